/* Auto-login: tokens that are good once, theft, the limit, and everything that ends a device. */
#include "check.h"

static const char alice[] = "alice@example.org";
static int64_t now_ms = 1800000000000;

static void clock_ms(void *context, int64_t *wall_ms, int64_t *uptime_ms) {
	(void)context;
	*wall_ms = now_ms;
	*uptime_ms = now_ms - 1700000000000;
}

static void pass(int seconds) {
	now_ms += (int64_t)seconds * 1000;
}

/* A client with both cookies. */
typedef struct client {
	char session[512];
	char token[512];
} client;

static sidereal_request *request_of(const sidereal_engine *engine, const client *who, uint32_t https) {
	sidereal_request *request = new_request(engine, NULL);

	OK(sidereal_request_set_https(request, https));
	OK(sidereal_request_set_address(request, TEXT("192.0.2.77")));
	if (who && who->session[0]) {
		OK(sidereal_request_add_cookies(request, TEXT(who->session)));
	}
	if (who && who->token[0]) {
		OK(sidereal_request_add_cookies(request, TEXT(who->token)));
	}
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	return request;
}

static const char *token_line(const sidereal_request *request) {
	const char *line = NULL;
	size_t length = 0;

	OK(sidereal_request_set_autologin_cookie(request, &line, &length));
	CHECK(strlen(line) == length);
	return line;
}

static void keep(char *cookie, size_t size, const char *line) {
	if (strstr(line, "Max-Age=0")) {
		cookie[0] = '\0';
	} else if (line[0]) {
		snprintf(cookie, size, "%.*s", (int)strcspn(line, ";"), line);
	}
}

static void answer(client *who, sidereal_request *request) {
	if (who) {
		keep(who->session, sizeof who->session, line_of(request));
		keep(who->token, sizeof who->token, token_line(request));
	}
	sidereal_request_free(request);
}

static void remembered(const sidereal_engine *engine, client *who) {
	sidereal_request *request = request_of(engine, NULL, 1);

	*who = (client){"", ""};
	OK(sidereal_request_login(request, TEXT(alice), TEXT("pwd")));
	OK(sidereal_request_enable_autologin(request, TEXT(alice)));
	CHECK(strncmp(token_line(request), "__Secure-autologin=", 19) == 0);
	CHECK(strstr(token_line(request), "; Max-Age=2592000; Path=/auth/resume; Secure; HttpOnly; SameSite=Strict"));
	put(request, "alice");
	answer(who, request);
}

/* The browser is started: the session's cookie is gone. */
static sidereal_resumed resume(const sidereal_engine *engine, client *who, int arrives) {
	sidereal_resumed resumed = SIDEREAL_RESUMED_NOBODY;
	sidereal_request *request;
	char user[256];
	size_t length = 99;

	who->session[0] = '\0';
	request = request_of(engine, who, 1);
	OK(sidereal_request_resume(request, &resumed, &user, &length));
	CHECK(strcmp(user, resumed == SIDEREAL_RESUMED_NOBODY ? "" : alice) == 0 && strlen(user) == length);
	if (resumed == SIDEREAL_RESUMED_THIS_REQUEST) {
		CHECK(!line_of(request)[0] && !token_line(request)[0]);
		FAILS(DROPPED, (sidereal_request_set_payload(request, "x", 1), sidereal_request_commit(request)));
	} else {
		OK(sidereal_request_commit(request));
	}
	answer(arrives ? who : NULL, request);
	return resumed;
}

static size_t devices(sidereal_engine *engine) {
	sidereal_devices *list = NULL;
	size_t count = 99;

	OK(sidereal_engine_devices(engine, TEXT(alice), &list));
	OK(sidereal_devices_count(list, &count));
	sidereal_devices_free(list);
	return count;
}

static void a_token_logs_in_once(sidereal_engine *engine) {
	client alices, thief, tab;

	remembered(engine, &alices);
	for (int day = 1; day < 5; day++) {
		pass(86400);
		tab = thief = alices;
		CHECK(resume(engine, &alices, 1) == SIDEREAL_RESUMED_LOGGED_IN);
		CHECK(resume(engine, &tab, 1) == SIDEREAL_RESUMED_THIS_REQUEST);
		CHECK(strcmp(alices.token, thief.token));
	}
	CHECK(resume(engine, &alices, 0) == SIDEREAL_RESUMED_LOGGED_IN);
	pass(60);
	CHECK(resume(engine, &alices, 1) == SIDEREAL_RESUMED_LOGGED_IN);
	pass(60);
	CHECK(resume(engine, &thief, 1) == SIDEREAL_RESUMED_NOBODY && !thief.token[0]);
	CHECK(resume(engine, &alices, 1) == SIDEREAL_RESUMED_NOBODY && devices(engine) == 0);
}

static void it_is_no_proof_and_has_a_limit(sidereal_engine *engine) {
	sidereal_request *request;
	uint32_t fresh = 7;
	client alices;

	remembered(engine, &alices);
	pass(29 * 86400);
	CHECK(resume(engine, &alices, 1) == SIDEREAL_RESUMED_LOGGED_IN);
	request = request_of(engine, &alices, 1);
	OK(sidereal_request_is_fresh(request, UINT32_MAX, TEXT(""), TEXT(""), &fresh));
	CHECK(!fresh);
	FAILS(REAUTHENTICATION_REQUIRED, sidereal_request_enable_autologin(request, TEXT(alice)));
	FAILS(NOT_BOUND, sidereal_request_enable_autologin(request, TEXT("bob")));
	sidereal_request_free(request);
	pass(86400);
	CHECK(resume(engine, &alices, 1) == SIDEREAL_RESUMED_NOBODY && !alices.token[0]);
}

static void it_can_be_turned_off(sidereal_engine *engine) {
	sidereal_request *request;
	client alices, copy;
	uint32_t found = 7;
	uint64_t count = 99;

	remembered(engine, &alices);
	copy = alices;
	request = request_of(engine, &alices, 1);
	OK(sidereal_request_disable_autologin(request, &found));
	CHECK(found && strstr(token_line(request), "Max-Age=0"));
	answer(&alices, request);
	CHECK(resume(engine, &copy, 1) == SIDEREAL_RESUMED_NOBODY);

	/* A log-out on a page that never sees the token. */
	remembered(engine, &alices);
	copy = alices;
	alices.token[0] = '\0';
	request = request_of(engine, &alices, 1);
	OK(sidereal_request_logout(request));
	CHECK(strstr(token_line(request), "__Secure-autologin=; ") && strstr(token_line(request), "Max-Age=0"));
	answer(&alices, request);
	CHECK(resume(engine, &copy, 1) == SIDEREAL_RESUMED_NOBODY && devices(engine) == 0);

	/* From elsewhere. */
	remembered(engine, &alices);
	remembered(engine, &copy);
	OK(sidereal_engine_forget_devices(engine, TEXT("bob"), TEXT(""), &count));
	CHECK(count == 0);
	OK(sidereal_engine_forget_devices(engine, TEXT(alice), TEXT("no handle"), &count));
	CHECK(count == 0 && devices(engine) == 2);
	OK(sidereal_engine_forget_devices(engine, TEXT(alice), TEXT(""), &count));
	CHECK(count == 2 && resume(engine, &alices, 1) == SIDEREAL_RESUMED_NOBODY);
	remembered(engine, &alices);
	OK(sidereal_engine_revoke_user(engine, TEXT(alice), NULL));
	CHECK(resume(engine, &alices, 1) == SIDEREAL_RESUMED_NOBODY);
}

static void a_list_shows_what_its_owner_may_see(sidereal_engine *engine) {
	int64_t created = 0, used = 0, ends = 0;
	char handle[27], text[64];
	sidereal_devices *list = NULL;
	uint64_t count = 99;
	client alices;

	remembered(engine, &alices);
	pass(3600);
	CHECK(resume(engine, &alices, 1) == SIDEREAL_RESUMED_LOGGED_IN);
	OK(sidereal_engine_devices(engine, TEXT(alice), &list));
	OK(sidereal_devices_times(list, 0, &created, &used, &ends));
	CHECK(used - created == 3600000 && ends - created == (int64_t)2592000 * 1000);
	OK(sidereal_devices_network(list, 0, text, sizeof text, NULL));
	CHECK(strcmp(text, "192.0.2.0/24") == 0);
	OK(sidereal_devices_agent(list, 0, text, sizeof text, NULL));
	CHECK(text[0] == '\0');
	OK(sidereal_devices_handle(list, 0, &handle));
	FAILS(ARGUMENT, sidereal_devices_handle(list, 1, &handle));
	FAILS(ARGUMENT, sidereal_devices_times(list, 1, NULL, NULL, NULL));
	FAILS(NULL, sidereal_devices_handle(list, 0, NULL));
	FAILS(NULL, sidereal_devices_agent(list, 0, NULL, 1, NULL));
	sidereal_devices_free(list);
	OK(sidereal_engine_forget_devices(engine, TEXT(alice), TEXT(handle), &count));
	CHECK(count == 1 && devices(engine) == 0);
}

static void bad_input_is_refused_or_ignored(sidereal_engine *engine, const char *directory) {
	static char huge[60000];
	const char *bad[] = {"x", "\x7f", "aaaa", huge};
	sidereal_resumed resumed = SIDEREAL_RESUMED_LOGGED_IN;
	sidereal_config *config = new_config(directory);
	sidereal_request *request;
	char cookies[61000], user[256];
	client alices;

	memset(huge, 'a', sizeof huge - 1);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		request = new_request(engine, NULL);
		OK(sidereal_request_set_https(request, 1));
		snprintf(cookies, sizeof cookies, "__Secure-autologin=%s; __Secure-autologin[x]=1", bad[i]);
		OK(sidereal_request_add_cookies(request, TEXT(cookies)));
		FAILS(STATE, sidereal_request_resume(request, &resumed, &user, NULL));
		OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
		OK(sidereal_request_resume(request, &resumed, &user, NULL));
		CHECK(resumed == SIDEREAL_RESUMED_NOBODY && !token_line(request)[0]);
		FAILS(NULL, sidereal_request_resume(request, NULL, &user, NULL));
		FAILS(NULL, sidereal_request_resume(request, &resumed, NULL, NULL));
		FAILS(NOT_BOUND, sidereal_request_enable_autologin(request, TEXT(alice)));
		FAILS(ARGUMENT, sidereal_request_enable_autologin(request, "", 0));
		FAILS(NULL, sidereal_request_enable_autologin(request, NULL, 1));
		sidereal_request_free(request);
	}
	/* By http anybody could have sent it. */
	remembered(engine, &alices);
	alices.session[0] = '\0';
	request = request_of(engine, &alices, 0);
	OK(sidereal_request_resume(request, &resumed, &user, NULL));
	CHECK(resumed == SIDEREAL_RESUMED_NOBODY);
	FAILS(CONFIG, sidereal_request_enable_autologin(request, TEXT(alice)));
	OK(sidereal_request_set_headers_sent(request));
	FAILS(HEADERS_SENT, sidereal_request_resume(request, &resumed, &user, NULL));
	sidereal_request_free(request);

	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_AUTOLOGIN_COOKIE, TEXT("stay")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_AUTOLOGIN_PATH, TEXT("auth")));
	sidereal_config_free(config);
	FAILS(NULL, sidereal_request_enable_autologin(NULL, TEXT(alice)));
	FAILS(NULL, sidereal_request_resume(NULL, &resumed, &user, NULL));
	FAILS(NULL, sidereal_request_disable_autologin(NULL, NULL));
	FAILS(NULL, sidereal_request_set_autologin_cookie(NULL, NULL, NULL));
	FAILS(NULL, sidereal_engine_devices(engine, TEXT(alice), NULL));
	FAILS(NULL, sidereal_engine_forget_devices(NULL, TEXT(alice), TEXT(""), NULL));
	FAILS(NULL, sidereal_devices_count(NULL, NULL));
	sidereal_devices_free(NULL);
}

int main(int argc, char **argv) {
	const char *directory = argc > 1 ? argv[1] : NULL;
	sidereal_config *config = new_config(directory);
	sidereal_engine *engine;

	OK(sidereal_config_set_clock(config, clock_ms, NULL));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_AUTOLOGIN_PATH, TEXT("/auth/resume")));
	engine = engine_of(config);
	a_token_logs_in_once(engine);
	it_is_no_proof_and_has_a_limit(engine);
	it_can_be_turned_off(engine);
	a_list_shows_what_its_owner_may_see(engine);
	bad_input_is_refused_or_ignored(engine, directory);
	sidereal_engine_free(engine);
	sidereal_config_free(config);
	return 0;
}
