/* Who presents an ID, by which way and by which scheme: proxies that are trusted, strangers, https. */
#include "check.h"

static const char chrome[] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0.0.0 Safari/537.36";
static const char firefox[] = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

static sidereal_engine *engine_with(const char *change, const char *profile) {
	sidereal_config *config = new_config(NULL);
	sidereal_engine *engine;

	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_CLIENT_CHANGE, TEXT(change)));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_PROFILE, TEXT(profile)));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_TRUSTED_PROXIES, TEXT("10.0.0.0/8, ::1")));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_COOKIE_NAME, TEXT("id")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_CLIENT_CHANGE, TEXT("shrug")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_TRUSTED_PROXIES, TEXT("10.0.0.0/8 and more")));
	engine = engine_of(config);
	sidereal_config_free(config);
	return engine;
}

/* A request that a proxy passes on for a client. */
static sidereal_request *through_proxy(const sidereal_engine *engine, const jar *client, const char *address,
				       const char *agent, const char *scheme) {
	sidereal_request *request = new_request(engine, client);

	OK(sidereal_request_set_address(request, TEXT("10.0.0.1")));
	OK(sidereal_request_add_header(request, TEXT("Host"), TEXT("shop.example")));
	OK(sidereal_request_add_header(request, TEXT("x-forwarded-for"), TEXT("127.0.0.1")));
	OK(sidereal_request_add_header(request, TEXT("X-Forwarded-For"), TEXT(address)));
	OK(sidereal_request_add_header(request, TEXT("X-Forwarded-Proto"), TEXT(scheme)));
	OK(sidereal_request_add_header(request, TEXT("User-Agent"), TEXT(agent)));
	OK(sidereal_request_add_header(request, TEXT("Accept-Language"), TEXT("de-DE,de;q=0.9")));
	FAILS(ARGUMENT, sidereal_request_add_header(request, TEXT("User-Agent"), TEXT("a\r\nb")));
	return request;
}

static uint32_t must(const sidereal_request *request) {
	uint32_t yes = 7;

	OK(sidereal_request_must_reauthenticate(request, &yes));
	return yes;
}

static void come(const sidereal_engine *engine, jar *client, const char *scheme) {
	sidereal_request *request = through_proxy(engine, client, "192.0.2.1", chrome, scheme);

	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	OK(sidereal_request_login(request, TEXT("alice"), TEXT("pwd")));
	put(request, "alice");
	CHECK((strstr(line_of(request), "Secure") != NULL) == (strcmp(scheme, "https") == 0));
	receive(client, request);
	sidereal_request_free(request);
}

/* Opens, tells why not, whether a proof is asked for, and keeps the cookie. */
static sidereal_denial comes_from(const sidereal_engine *engine, jar *client, const char *address, const char *agent,
				  const char *scheme, uint32_t *asks) {
	sidereal_request *request = through_proxy(engine, client, address, agent, scheme);
	sidereal_denial denial;

	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	denial = denial_of(request);
	*asks = must(request);
	CHECK(payload_is(request, denial == SIDEREAL_DENIAL_NONE ? "alice" : ""));
	receive(client, request);
	sidereal_request_free(request);
	return denial;
}

static void step_up(void) {
	sidereal_engine *engine = engine_with("", "standard");
	sidereal_request *request;
	jar client = {""}, before;
	uint32_t asks, yes = 7;

	come(engine, &client, "https");
	CHECK(comes_from(engine, &client, "198.51.100.1", chrome, "https", &asks) == SIDEREAL_DENIAL_NONE && !asks);
	CHECK(comes_from(engine, &client, "192.0.2.1", firefox, "https", &asks) == SIDEREAL_DENIAL_NONE && !asks);
	before = client;
	CHECK(comes_from(engine, &client, "198.51.100.1", firefox, "https", &asks) == SIDEREAL_DENIAL_NONE && asks);
	CHECK(strcmp(before.cookies, client.cookies) != 0);
	CHECK(comes_from(engine, &client, "192.0.2.1", chrome, "https", &asks) == SIDEREAL_DENIAL_NONE && asks);
	request = through_proxy(engine, &client, "198.51.100.1", firefox, "https");
	CHECK(!must(request));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	OK(sidereal_request_is_fresh(request, 300, TEXT(""), TEXT(""), &yes));
	CHECK(!yes);
	OK(sidereal_request_reauthenticated(request, TEXT("pwd"), TEXT("")));
	OK(sidereal_request_is_fresh(request, 300, TEXT(""), TEXT(""), &yes));
	CHECK(yes && !must(request));
	receive(&client, request);
	sidereal_request_free(request);
	CHECK(comes_from(engine, &client, "198.51.100.1", firefox, "https", &asks) == SIDEREAL_DENIAL_NONE && !asks);
	sidereal_engine_free(engine);
}

static void deny(void) {
	sidereal_engine *engine = engine_with("deny", "standard");
	jar client = {""}, thief;
	uint32_t asks;

	come(engine, &client, "https");
	thief = client;
	CHECK(comes_from(engine, &thief, "198.51.100.1", firefox, "https", &asks) == SIDEREAL_DENIAL_STRANGER && !asks);
	CHECK(comes_from(engine, &client, "192.0.2.1", chrome, "https", &asks) == SIDEREAL_DENIAL_NONE && !asks);
	sidereal_engine_free(engine);
}

static void schemes(void) {
	sidereal_engine *engine = engine_with("", "standard");
	jar client = {""}, plain;
	uint32_t asks;

	come(engine, &client, "http");
	plain = client;
	CHECK(comes_from(engine, &client, "192.0.2.1", chrome, "https", &asks) == SIDEREAL_DENIAL_NONE && asks);
	CHECK(strcmp(plain.cookies, client.cookies) != 0);
	plain = client;
	CHECK(comes_from(engine, &plain, "192.0.2.1", chrome, "http", &asks) == SIDEREAL_DENIAL_SCHEME);
	CHECK(comes_from(engine, &client, "192.0.2.1", chrome, "https", &asks) == SIDEREAL_DENIAL_NONE && asks);
	sidereal_engine_free(engine);
}

static void high(void) {
	sidereal_engine *engine = engine_with("", "high");
	sidereal_request *request;
	jar client = {""};
	char text[1024];

	request = through_proxy(engine, &client, "192.0.2.1", chrome, "http");
	FAILS(CONFIG, sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	OK(sidereal_request_message(request, text, sizeof text, NULL));
	CHECK(strstr(text, "by https") && line_of(request)[0] == '\0');
	sidereal_request_free(request);
	come(engine, &client, "https");
	request = new_request(engine, &client);
	OK(sidereal_request_set_address(request, TEXT("127.0.0.1")));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	sidereal_request_free(request);
	sidereal_engine_free(engine);
}

int main(void) {
	step_up();
	deny();
	schemes();
	high();
	return 0;
}
