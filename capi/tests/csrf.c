/* Forms: tokens, what the headers of a request say, and header values that are safe to send. */
#include "check.h"

static void token_of(sidereal_request *request, const char *scope, uint32_t once, char (*token)[88]) {
	OK(sidereal_request_csrf_token(request, TEXT(scope), once, token));
	CHECK(strlen(*token) == 87);
}

static uint32_t verify(sidereal_request *request, const char *token, const char *scope, uint32_t once) {
	uint32_t answer = 7;

	OK(sidereal_request_csrf_verify(request, TEXT(token), TEXT(scope), once, &answer));
	return answer;
}

/* A request of this client with an open session. */
static sidereal_request *opened(const sidereal_engine *engine, jar *client) {
	sidereal_request *request = new_request(engine, client);

	OK(sidereal_request_set_https(request, 1));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	return request;
}

static void done(jar *client, sidereal_request *request) {
	receive(client, request);
	sidereal_request_free(request);
}

static void tokens_belong_to_their_session(const sidereal_engine *engine) {
	jar alice = {""}, mallory = {""};
	char hers[88], again[88], his[88], once[88], cut[88];
	sidereal_request *request = opened(engine, &alice);

	put(request, "cart");
	done(&alice, request);
	request = opened(engine, &mallory);
	token_of(request, "", 0, &his);
	done(&mallory, request);

	request = opened(engine, &alice);
	token_of(request, "", 0, &hers);
	token_of(request, "", 0, &again);
	CHECK(strcmp(hers, again));
	CHECK(verify(request, hers, "", 0) && verify(request, again, "", 0));
	CHECK(!verify(request, his, "", 0) && !verify(request, hers, "pay", 0) && !verify(request, hers, "", 1));
	token_of(request, "pay", 1, &once);
	CHECK(verify(request, once, "pay", 1) && !verify(request, once, "pay", 1));
	for (size_t length = 0; length < sizeof hers - 1; length++) {
		memcpy(cut, hers, length);
		cut[length] = 0;
		CHECK(!verify(request, cut, "", 0));
	}
	OK(sidereal_request_login(request, TEXT("alice"), TEXT("pwd")));
	CHECK(!verify(request, hers, "", 0));
	done(&alice, request);
}

static sidereal_refusal check(const sidereal_engine *engine, jar *client, const char *method, const char *name, const char *value,
			      const char *token) {
	sidereal_request *request = new_request(engine, client);
	sidereal_refusal refusal = SIDEREAL_REFUSAL_NO_TOKEN;

	OK(sidereal_request_set_https(request, 1));
	OK(sidereal_request_set_method(request, TEXT(method)));
	OK(sidereal_request_add_header(request, TEXT("HOST"), TEXT("shop.example")));
	OK(sidereal_request_add_header(request, TEXT("Accept"), TEXT("*/*")));
	OK(sidereal_request_add_header(request, TEXT(name), TEXT(value)));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	OK(sidereal_request_csrf_check(request, token, token ? strlen(token) : 0, TEXT(""), 0, &refusal));
	sidereal_request_free(request);
	return refusal;
}

static void forged_requests_are_refused(const sidereal_engine *engine) {
	jar alice = {""};
	char token[88];
	sidereal_request *request = opened(engine, &alice);

	put(request, "cart");
	token_of(request, "", 0, &token);
	done(&alice, request);
	CHECK(check(engine, &alice, "POST", "Origin", "https://shop.example", token) == SIDEREAL_REFUSAL_NONE);
	CHECK(check(engine, &alice, "POST", "origin", "https://shop.example", NULL) == SIDEREAL_REFUSAL_NO_TOKEN);
	CHECK(check(engine, &alice, "POST", "origin", "https://shop.example", "x") == SIDEREAL_REFUSAL_WRONG_TOKEN);
	CHECK(check(engine, &alice, "POST", "Origin", "https://evil.example", token) == SIDEREAL_REFUSAL_FOREIGN_ORIGIN);
	CHECK(check(engine, &alice, "POST", "Origin", "https://pay.example", token) == SIDEREAL_REFUSAL_NONE);
	CHECK(check(engine, &alice, "POST", "Origin", "null", token) == SIDEREAL_REFUSAL_OPAQUE_ORIGIN);
	CHECK(check(engine, &alice, "POST", "Referer", "https://evil.example/", token) == SIDEREAL_REFUSAL_FOREIGN_ORIGIN);
	CHECK(check(engine, &alice, "POST", "Sec-Fetch-Site", "cross-site", token) == SIDEREAL_REFUSAL_CROSS_SITE);
	CHECK(check(engine, &alice, "POST", "Sec-Fetch-Site", "same-site", token) == SIDEREAL_REFUSAL_SAME_SITE);
	CHECK(check(engine, &alice, "POST", "X-Other", "1", token) == SIDEREAL_REFUSAL_UNKNOWN_ORIGIN);
	CHECK(check(engine, &alice, "GET", "Sec-Fetch-Site", "cross-site", NULL) == SIDEREAL_REFUSAL_NONE);
	CHECK(strcmp(sidereal_refusal_word(SIDEREAL_REFUSAL_CROSS_SITE), "cross-site") == 0);
	CHECK(strcmp(sidereal_refusal_word(99), "unknown") == 0);
}

static void bad_input_is_refused(const sidereal_engine *engine) {
	jar nobody = {""};
	sidereal_request *request = new_request(engine, &nobody);
	sidereal_refusal refusal;
	char token[88];
	uint32_t answer;

	FAILS(STATE, sidereal_request_csrf_token(request, TEXT(""), 0, &token));
	FAILS(STATE, sidereal_request_csrf_verify(request, TEXT("x"), TEXT(""), 0, &answer));
	FAILS(STATE, sidereal_request_csrf_check(request, TEXT("x"), TEXT(""), 0, &refusal));
	FAILS(ARGUMENT, sidereal_request_add_header(request, TEXT("Origin"), "a\r\nb", 4));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	FAILS(ARGUMENT, sidereal_request_csrf_token(request, TEXT("two words"), 0, &token));
	FAILS(ARGUMENT, sidereal_request_csrf_token(request, TEXT(""), 2, &token));
	FAILS(NULL, sidereal_request_csrf_token(request, TEXT(""), 0, NULL));
	OK(sidereal_request_csrf_verify(request, NULL, 0, TEXT(""), 0, &answer));
	CHECK(!answer);
	OK(sidereal_request_csrf_verify(request, "a\0b\xff", 4, TEXT(""), 0, &answer));
	CHECK(!answer);
	sidereal_request_free(request);
}

/* A21, R93. */
static void headers_cannot_be_split(void) {
	CHECK(sidereal_header_value_ok(TEXT("/page?next=%0d%0a")) == 1 && sidereal_header_value_ok(TEXT("")) == 1);
	CHECK(!sidereal_header_value_ok("a\rb", 3) && !sidereal_header_value_ok("a\nb", 3) && !sidereal_header_value_ok("a\0b", 3));
	CHECK(!sidereal_header_value_ok(TEXT("a\xe2\x80\xa8" "b")) && !sidereal_header_value_ok(TEXT("\xff")));
	CHECK(!sidereal_header_value_ok(NULL, 0));
}

int main(void) {
	sidereal_config *config = new_config(NULL);
	sidereal_engine *engine;

	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_CSRF_ORIGINS, TEXT("https://pay.example")));
	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_CSRF_REQUIRE_ORIGIN, 1));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_CSRF_ORIGINS, TEXT("*.example")));
	engine = engine_of(config);
	sidereal_config_free(config);
	tokens_belong_to_their_session(engine);
	forged_requests_are_refused(engine);
	bad_input_is_refused(engine);
	headers_cannot_be_split();
	sidereal_engine_free(engine);
	return 0;
}
