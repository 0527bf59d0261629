/* What clients and neighbours put into the Cookie header (A6, A7, A8, A20, A21, R80, R83, R93). */
#include "check.h"

static int conflicts, lookalikes;

static void take(void *context, const sidereal_event *event) {
	(void)context;
	conflicts += strcmp(event->name, "cookie_conflict") == 0;
	lookalikes += strcmp(event->name, "cookie_lookalike") == 0;
}

static void both(jar *to, const jar *first, const jar *second) {
	snprintf(to->cookies, sizeof to->cookies, "%.500s; %.500s", first->cookies, second->cookies);
}

/* A tossed cookie beside ours, in either order. */
static int good_wins(const sidereal_engine *engine, const jar *good, const char *evil) {
	jar planted, together;
	int found;

	snprintf(planted.cookies, sizeof planted.cookies, "%s", evil);
	both(&together, good, &planted);
	found = finds(engine, &together, "good");
	both(&together, &planted, good);
	return found && finds(engine, &together, "good");
}

static void one_that_is_alive_wins(const sidereal_engine *engine) {
	jar good = {""}, unstored = {""}, old;
	sidereal_request *request;

	visit(engine, &good, "good");
	CHECK(good_wins(engine, &good, "sid=evil"));
	CHECK(good_wins(engine, &good, "sid="));
	CHECK(good_wins(engine, &good, good.cookies));
	request = open_request(engine, &unstored, SIDEREAL_ACCESS_EXCLUSIVE);
	receive(&unstored, request);
	sidereal_request_free(request);
	CHECK(good_wins(engine, &good, unstored.cookies));
	old = good;
	request = open_request(engine, &good, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_elevate(request, SIDEREAL_SNAPSHOT_AS_READ));
	put(request, "good");
	receive(&good, request);
	sidereal_request_free(request);
	CHECK(good_wins(engine, &good, old.cookies));
	/* Two IDs of one record are no rivals. */
	old = good;
	request = open_request(engine, &good, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_rotate(request));
	receive(&good, request);
	sidereal_request_free(request);
	CHECK(strcmp(good.cookies, old.cookies) != 0 && good_wins(engine, &good, old.cookies));
	CHECK(conflicts == 0);
}

static void of_two_that_are_alive_none_is_served(const sidereal_engine *engine) {
	jar mine = {""}, planted = {""}, together;
	sidereal_request *request;

	visit(engine, &mine, "mine");
	visit(engine, &planted, "theirs");
	both(&together, &mine, &planted);
	request = open_request(engine, &together, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(payload_is(request, "") && denial_of(request) == SIDEREAL_DENIAL_CONFLICT);
	CHECK(strncmp(line_of(request), "sid=", 4) == 0 && conflicts == 1);
	sidereal_request_free(request);
	/* Neither was harmed. */
	CHECK(finds(engine, &mine, "mine") && finds(engine, &planted, "theirs"));
}

static void only_the_exact_name_is_ours(const sidereal_engine *engine) {
	static const char *const spellings[] = {"SID", ".sid", "_sid", "sid[x]", "sid[", "sid ", "\tsid", "\vsid", "\fsid", "sid\t"};
	jar good = {""}, spelled;
	size_t i;

	visit(engine, &good, "good");
	for (i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
		jar array;

		snprintf(spelled.cookies, sizeof spelled.cookies, "%s=%s", spellings[i], good.cookies + 4);
		CHECK(finds(engine, &spelled, "") && denial_for(engine, &spelled) == SIDEREAL_DENIAL_NONE);
		snprintf(array.cookies, sizeof array.cookies, "%s=1", spellings[i]);
		CHECK(good_wins(engine, &good, array.cookies));
	}
	CHECK(lookalikes > 0);
}

static void headers_are_checked_and_joined(const sidereal_engine *engine) {
	jar good = {""};
	static char big[70000];
	sidereal_request *request;
	int i;

	visit(engine, &good, "good");
	request = new_request(engine, NULL);
	FAILS(ARGUMENT, sidereal_request_add_cookies(request, "sid=a\r\nX: y", 11));
	FAILS(ARGUMENT, sidereal_request_add_cookies(request, "sid=a\0b", 7));
	memset(big, 'x', sizeof big);
	FAILS(ARGUMENT, sidereal_request_add_cookies(request, big, sizeof big));
	OK(sidereal_request_add_cookies(request, big, 16384));
	OK(sidereal_request_add_cookies(request, TEXT(good.cookies)));
	OK(sidereal_request_add_cookies(request, TEXT("")));
	for (i = 0; i < 400; i++) {
		OK(sidereal_request_add_cookies(request, TEXT("foreign=\xff\x01")));
	}
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	CHECK(payload_is(request, "good"));
	sidereal_request_free(request);
}

static void the_line_never_grows(const sidereal_engine *engine) {
	jar client = {""};
	size_t length = 0;
	int i;

	visit(engine, &client, "x");
	for (i = 0; i < 100; i++) {
		sidereal_request *request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);

		OK(sidereal_request_elevate(request, SIDEREAL_SNAPSHOT_EMPTY));
		OK(sidereal_request_commit(request));
		CHECK(strlen(line_of(request)) < 200 && (length == 0 || strlen(line_of(request)) == length));
		length = strlen(line_of(request));
		receive(&client, request);
		sidereal_request_free(request);
	}
	CHECK(finds(engine, &client, "x"));
}

static void https_has_a_name_of_its_own(const sidereal_engine *engine) {
	jar client = {""};
	sidereal_request *request = new_request(engine, &client);

	OK(sidereal_request_set_https(request, 1));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	put(request, "safe");
	CHECK(strncmp(line_of(request), "__Host-sid=", 11) == 0);
	CHECK(strstr(line_of(request), "; Path=/; Secure; HttpOnly; SameSite=Lax") && !strstr(line_of(request), "Domain"));
	receive(&client, request);
	OK(sidereal_request_logout(request));
	CHECK(strncmp(line_of(request), "__Host-sid=; Expires=", 21) == 0 && strstr(line_of(request), "; Secure;"));
	sidereal_request_free(request);
	/* By http that name is not ours. */
	CHECK(denial_for(engine, &client) == SIDEREAL_DENIAL_NONE);
}

static void names_and_attributes_can_be_chosen(void) {
	sidereal_config *config = new_config(NULL);
	sidereal_engine *engine;
	sidereal_request *request;

	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_COOKIE_NAME, TEXT("__Host-shop")));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_COOKIE_SAME_SITE, TEXT("Strict")));
	engine = engine_of(config);
	request = new_request(engine, NULL);
	FAILS(CONFIG, sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	OK(sidereal_request_set_https(request, 1));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	CHECK(strncmp(line_of(request), "__Host-shop=", 12) == 0 && strstr(line_of(request), "SameSite=Strict"));
	sidereal_request_free(request);
	sidereal_engine_free(engine);
	sidereal_config_free(config);
}

int main(void) {
	sidereal_config *config = new_config(NULL);
	sidereal_engine *engine;

	OK(sidereal_config_set_events(config, take, NULL));
	engine = engine_of(config);
	sidereal_config_free(config);
	one_that_is_alive_wins(engine);
	of_two_that_are_alive_none_is_served(engine);
	only_the_exact_name_is_ours(engine);
	headers_are_checked_and_joined(engine);
	the_line_never_grows(engine);
	https_has_a_name_of_its_own(engine);
	sidereal_engine_free(engine);
	names_and_attributes_can_be_chosen();
	return 0;
}
