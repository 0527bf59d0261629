/* Users: log-in, proof, the roster, ending sessions from elsewhere, and the limit. */
#include "check.h"

#include <sys/wait.h>

static const char alice[] = "alice@example.org";

static const char *message_of(const sidereal_request *request) {
	static char text[1024];

	OK(sidereal_request_message(request, text, sizeof text, NULL));
	CHECK(strstr(text, "expected ") && strchr(text, ';') && !strstr(text, "alice"));
	return text;
}

static const char *engine_message(const sidereal_engine *engine) {
	static char text[1024];

	OK(sidereal_engine_message(engine, text, sizeof text, NULL));
	CHECK(strstr(text, "expected ") && strchr(text, ';') && !strstr(text, "alice"));
	return text;
}

static sidereal_status log_in(sidereal_request *request, const char *user) {
	return sidereal_request_login(request, user, strlen(user), TEXT("pwd otp"));
}

/* A log-in from a device of this client; answers the handle. */
static void come(const sidereal_engine *engine, jar *client, const char *user, char (*handle)[27]) {
	sidereal_request *request = new_request(engine, client);

	OK(sidereal_request_set_address(request, TEXT("192.0.2.77")));
	OK(sidereal_request_set_user_agent(request, TEXT("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0")));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	OK(log_in(request, user));
	put(request, user);
	if (handle) {
		OK(sidereal_request_handle(request, handle));
	}
	receive(client, request);
	sidereal_request_free(request);
}

static sidereal_roster *roster_of(sidereal_engine *engine, const char *user, size_t expected) {
	sidereal_roster *roster = NULL;
	size_t count = 99;

	OK(sidereal_engine_roster(engine, user, strlen(user), &roster));
	OK(sidereal_roster_count(roster, &count));
	CHECK(count == expected);
	return roster;
}

static void there_are(sidereal_engine *engine, const char *user, size_t expected) {
	sidereal_roster_free(roster_of(engine, user, expected));
}

static uint32_t bound(const sidereal_request *request) {
	uint32_t yes = 7;

	OK(sidereal_request_is_bound(request, &yes));
	return yes;
}

static uint32_t of(const sidereal_request *request, const char *user) {
	uint32_t yes = 7;

	OK(sidereal_request_is_of(request, user, strlen(user), &yes));
	return yes;
}

static uint32_t fresh(sidereal_request *request, uint32_t age, const char *method, const char *scope) {
	uint32_t yes = 7;

	OK(sidereal_request_is_fresh(request, age, TEXT(method), TEXT(scope), &yes));
	return yes;
}

static void a_log_in_binds(sidereal_engine *engine) {
	jar before = {""}, after;
	sidereal_request *request;
	sidereal_roster *roster = NULL;

	visit(engine, &before, "guest");
	after = before;
	request = open_request(engine, &before, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(!bound(request) && !of(request, alice) && !fresh(request, 60, "", ""));
	OK(log_in(request, alice));
	CHECK(bound(request) && of(request, alice) && !of(request, "bob"));
	CHECK(payload_is(request, "guest"));
	put(request, "hello");
	receive(&after, request);
	CHECK(strcmp(before.cookies, after.cookies) != 0);
	sidereal_request_free(request);
	CHECK(finds(engine, &before, "guest") && finds(engine, &after, "hello"));
	request = open_request(engine, &before, SIDEREAL_ACCESS_READ_ONLY);
	CHECK(!bound(request));
	sidereal_request_free(request);
	request = open_request(engine, &after, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(of(request, alice) && fresh(request, 60, "otp", "") && !fresh(request, 60, "hw", ""));
	OK(sidereal_request_logout(request));
	CHECK(!bound(request));
	FAILS(STATE, sidereal_request_info(request, &roster));
	CHECK(roster == NULL);
	sidereal_request_free(request);
	there_are(engine, alice, 0);

	/* A log-in that nothing follows is a log-in. */
	memset(&after, 0, sizeof after);
	request = open_request(engine, &after, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_login(request, "\xff\x01", 2, "", 0));
	receive(&after, request);
	sidereal_request_free(request);
	request = open_request(engine, &after, SIDEREAL_ACCESS_READ_ONLY);
	CHECK(of(request, "\xff\x01"));
	sidereal_request_free(request);
}

static void a_proof_is_good_once(sidereal_engine *engine) {
	jar client = {""};
	sidereal_request *request;
	char before[1024];

	come(engine, &client, alice, NULL);
	snprintf(before, sizeof before, "%s", client.cookies);
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(!fresh(request, 60, "", "pay"));
	OK(sidereal_request_reauthenticated(request, TEXT("pwd"), TEXT("pay close")));
	OK(sidereal_request_commit(request));
	receive(&client, request);
	sidereal_request_free(request);
	CHECK(strcmp(before, client.cookies) != 0);
	request = open_request(engine, &client, SIDEREAL_ACCESS_READ_ONLY);
	CHECK(fresh(request, 60, "pwd", "") && !fresh(request, 60, "", "pay"));
	sidereal_request_free(request);
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(!fresh(request, 60, "otp", "") && fresh(request, 60, "pwd", "pay") && !fresh(request, 60, "pwd", "pay"));
	sidereal_request_free(request);
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(!fresh(request, 60, "", "pay") && fresh(request, 60, "", "close"));
	sidereal_request_free(request);
	OK(sidereal_engine_revoke_user(engine, TEXT(alice), NULL));
}

static void the_roster_shows_what_its_owner_may_see(sidereal_engine *engine) {
	jar phone = {""}, laptop = {""};
	char first[27], second[27], shown[27], text[64] = "", tiny[4] = "xxx";
	int64_t created = 0, seen = 0, proved = 0;
	size_t length = 0, at;
	sidereal_request *request;
	sidereal_roster *roster;

	come(engine, &phone, alice, &first);
	come(engine, &laptop, alice, &second);
	CHECK(strlen(first) == 26 && strcmp(first, second) != 0);
	roster = roster_of(engine, alice, 2);
	for (at = 0; at < 2; at++) {
		OK(sidereal_roster_handle(roster, at, &shown));
		CHECK(strcmp(shown, first) == 0 || strcmp(shown, second) == 0);
		OK(sidereal_roster_times(roster, at, &created, &seen, &proved));
		CHECK(created > INT64_C(1700000000000) && seen >= created && proved > 0);
		OK(sidereal_roster_times(roster, at, NULL, NULL, NULL));
		OK(sidereal_roster_methods(roster, at, text, sizeof text, &length));
		CHECK(strcmp(text, "pwd otp") == 0 && length == 7);
		OK(sidereal_roster_methods(roster, at, tiny, sizeof tiny, &length));
		CHECK(strcmp(tiny, "pwd") == 0 && length == 7);
		OK(sidereal_roster_network(roster, at, text, sizeof text, NULL));
		CHECK(strcmp(text, "192.0.2.0/24") == 0);
		OK(sidereal_roster_agent(roster, at, text, sizeof text, &length));
		CHECK(strcmp(text, "Firefox, Linux") == 0 && length == 14);
	}
	FAILS(ARGUMENT, sidereal_roster_handle(roster, 2, &shown));
	FAILS(ARGUMENT, sidereal_roster_times(roster, SIZE_MAX, &created, NULL, NULL));
	FAILS(ARGUMENT, sidereal_roster_methods(roster, 2, text, sizeof text, NULL));
	FAILS(ARGUMENT, sidereal_roster_network(roster, 2, text, sizeof text, NULL));
	FAILS(ARGUMENT, sidereal_roster_agent(roster, 2, text, sizeof text, NULL));
	sidereal_roster_free(roster);

	request = open_request(engine, &phone, SIDEREAL_ACCESS_READ_ONLY);
	OK(sidereal_request_info(request, &roster));
	sidereal_request_free(request);
	OK(sidereal_roster_count(roster, &length));
	OK(sidereal_roster_handle(roster, 0, &shown));
	CHECK(length == 1 && strcmp(shown, first) == 0);
	sidereal_roster_free(roster);
	OK(sidereal_engine_revoke_user(engine, TEXT(alice), NULL));
}

static void sessions_end_from_elsewhere(sidereal_engine *engine) {
	jar phone = {""}, laptop = {""}, tablet = {""}, bob = {""};
	char handles[3][27], foreign[27];
	uint32_t found = 7;
	uint64_t count = 99;
	sidereal_request *request;

	come(engine, &phone, alice, &handles[0]);
	come(engine, &laptop, alice, &handles[1]);
	come(engine, &tablet, alice, &handles[2]);
	come(engine, &bob, "bob", &foreign);
	OK(sidereal_engine_revoke(engine, TEXT(alice), TEXT(foreign), &found));
	CHECK(found == 0);
	OK(sidereal_engine_revoke(engine, TEXT(alice), TEXT("no handle"), &found));
	CHECK(found == 0);
	request = open_request(engine, &phone, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_engine_revoke(engine, TEXT(alice), TEXT(handles[0]), &found));
	CHECK(found == 1);
	OK(sidereal_request_set_payload(request, "zombie", 6));
	FAILS(DROPPED, sidereal_request_commit(request));
	sidereal_request_free(request);
	CHECK(denial_for(engine, &phone) == SIDEREAL_DENIAL_REVOKED);
	OK(sidereal_engine_revoke(engine, TEXT(alice), TEXT(handles[0]), NULL));
	there_are(engine, alice, 2);
	OK(sidereal_engine_revoke_others(engine, TEXT(alice), TEXT(handles[2]), &count));
	CHECK(count == 1 && denial_for(engine, &laptop) == SIDEREAL_DENIAL_REVOKED);
	CHECK(finds(engine, &tablet, alice) && finds(engine, &bob, "bob"));
	OK(sidereal_engine_revoke_user(engine, TEXT(alice), &count));
	CHECK(count == 1 && denial_for(engine, &tablet) == SIDEREAL_DENIAL_REVOKED && finds(engine, &bob, "bob"));
	there_are(engine, alice, 0);
	OK(sidereal_engine_revoke_all(engine, &count));
	CHECK(count >= 1 && denial_for(engine, &bob) == SIDEREAL_DENIAL_REVOKED);
}

static void minted_ids_are_listed(sidereal_engine *engine) {
	jar client = {""};
	char id[257] = "";
	sidereal_roster *roster = NULL;
	size_t count = 99;

	OK(sidereal_engine_mint(engine, TEXT("shop-"), &id));
	CHECK(strncmp(id, "shop-", 5) == 0);
	snprintf(client.cookies, sizeof client.cookies, "sid=%s", id);
	visit(engine, &client, "cart");
	CHECK(strstr(client.cookies, id) && finds(engine, &client, "cart"));
	OK(sidereal_engine_roster_of_prefix(engine, TEXT("shop-"), &roster));
	OK(sidereal_roster_count(roster, &count));
	CHECK(count == 1);
	sidereal_roster_free(roster);
	OK(sidereal_engine_roster_of_prefix(engine, TEXT("shop"), &roster));
	OK(sidereal_roster_count(roster, &count));
	CHECK(count == 0);
	sidereal_roster_free(roster);

	memset(&client, 0, sizeof client);
	OK(sidereal_engine_mint_for(engine, TEXT(alice), &id));
	snprintf(client.cookies, sizeof client.cookies, "sid=%s", id);
	visit(engine, &client, "for alice");
	CHECK(finds(engine, &client, "for alice"));
	there_are(engine, alice, 0);
	come(engine, &client, alice, NULL);
	there_are(engine, alice, 1);
	OK(sidereal_engine_revoke_user(engine, TEXT(alice), NULL));
}

static void a_log_in_that_can_not_be_stored_is_none(sidereal_engine *engine) {
	jar client = {""}, copy;
	sidereal_request *request, *other;

	/* Somebody ends the session while it logs in. */
	visit(engine, &client, "guest");
	copy = client;
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	other = open_request(engine, &copy, SIDEREAL_ACCESS_READ_ONLY);
	OK(sidereal_request_logout(other));
	sidereal_request_free(other);
	FAILS(LOST, log_in(request, alice));
	message_of(request);
	CHECK(!bound(request) && line_of(request)[0] == '\0');
	OK(sidereal_request_set_payload(request, "zombie", 6));
	FAILS(DROPPED, sidereal_request_commit(request));
	sidereal_request_free(request);
	there_are(engine, alice, 0);

	/* The client could not get its new ID. */
	memset(&client, 0, sizeof client);
	visit(engine, &client, "guest");
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_set_headers_sent(request));
	FAILS(HEADERS_SENT, log_in(request, alice));
	message_of(request);
	FAILS(HEADERS_SENT, sidereal_request_elevate(request, SIDEREAL_SNAPSHOT_AS_READ));
	CHECK(!bound(request));
	put(request, "still a guest");
	sidereal_request_free(request);
	CHECK(finds(engine, &client, "still a guest"));
	there_are(engine, alice, 0);

	/* One that was opened to be read becomes a session of its own. */
	request = open_request(engine, &client, SIDEREAL_ACCESS_READ_ONLY);
	OK(log_in(request, alice));
	put(request, "hello");
	receive(&client, request);
	sidereal_request_free(request);
	CHECK(finds(engine, &client, "hello"));
	there_are(engine, alice, 1);
	OK(sidereal_engine_revoke_user(engine, TEXT(alice), NULL));
}

static void what_cannot_be_is_refused(sidereal_engine *engine) {
	static char long_user[256], many[] = "1 2 3 4 5 6 7 8 9 a b c d e f g h";
	jar client = {""};
	sidereal_request *request = new_request(engine, &client);
	sidereal_roster *roster = NULL;
	char id[257] = "untouched";
	uint32_t yes = 7;
	uint64_t count = 99;

	memset(long_user, 'u', sizeof long_user);
	FAILS(STATE, log_in(request, alice));
	FAILS(STATE, sidereal_request_reauthenticated(request, TEXT("pwd"), "", 0));
	FAILS(STATE, sidereal_request_is_fresh(request, 60, "", 0, "", 0, &yes));
	FAILS(STATE, sidereal_request_info(request, &roster));
	CHECK(!bound(request) && !of(request, alice));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	FAILS(STATE, sidereal_request_info(request, &roster));
	FAILS(NOT_BOUND, sidereal_request_reauthenticated(request, TEXT("pwd"), "", 0));
	CHECK(strstr(message_of(request), "sidereal_request_login()"));
	FAILS(ARGUMENT, sidereal_request_login(request, "", 0, TEXT("pwd")));
	FAILS(ARGUMENT, sidereal_request_login(request, "alice\0x", 7, TEXT("pwd")));
	CHECK(strstr(message_of(request), "NUL"));
	FAILS(ARGUMENT, sidereal_request_login(request, long_user, sizeof long_user, TEXT("pwd")));
	FAILS(ARGUMENT, sidereal_request_login(request, long_user, SIZE_MAX, TEXT("pwd")));
	FAILS(ARGUMENT, sidereal_request_login(request, TEXT(alice), "p\xc3\xa4ss", 5));
	FAILS(ARGUMENT, sidereal_request_login(request, TEXT(alice), "pwd\n", 4));
	FAILS(ARGUMENT, sidereal_request_login(request, TEXT(alice), long_user, 65));
	FAILS(ARGUMENT, sidereal_request_login(request, TEXT(alice), TEXT(many)));
	message_of(request);
	FAILS(ARGUMENT, sidereal_request_is_of(request, "", 0, &yes));
	FAILS(ARGUMENT, sidereal_request_is_fresh(request, 60, TEXT("pwd otp"), "", 0, &yes));
	FAILS(ARGUMENT, sidereal_request_is_fresh(request, 60, "", 0, TEXT("pay close"), &yes));
	CHECK(!bound(request) && yes == 7 && roster == NULL);
	put(request, "guest");
	sidereal_request_free(request);

	FAILS(ARGUMENT, sidereal_engine_roster(engine, "", 0, &roster));
	engine_message(engine);
	FAILS(ARGUMENT, sidereal_engine_roster(engine, "alice\0", 6, &roster));
	FAILS(ARGUMENT, sidereal_engine_roster_of_prefix(engine, TEXT("not a prefix"), &roster));
	FAILS(ARGUMENT, sidereal_engine_revoke(engine, "", 0, TEXT("x"), &yes));
	FAILS(ARGUMENT, sidereal_engine_revoke_user(engine, "", 0, &count));
	FAILS(ARGUMENT, sidereal_engine_revoke_others(engine, TEXT(alice), TEXT("no handle"), &count));
	CHECK(strstr(engine_message(engine), "sidereal_request_handle()"));
	FAILS(ARGUMENT, sidereal_engine_mint(engine, TEXT("not a prefix"), &id));
	FAILS(ARGUMENT, sidereal_engine_mint(engine, long_user, 178, &id));
	FAILS(ARGUMENT, sidereal_engine_mint_for(engine, long_user, sizeof long_user, &id));
	CHECK(roster == NULL && yes == 7 && count == 99 && strcmp(id, "untouched") == 0);
	OK(sidereal_engine_mint(engine, long_user, 177, &id));
	CHECK(strlen(id) == 256);
}

static void null_is_a_status(sidereal_engine *engine) {
	jar client = {""};
	sidereal_request *request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	sidereal_roster *roster = NULL;
	char id[257], handle[27], text[8];
	uint32_t yes = 7;
	uint64_t count = 99;
	size_t size = 99;
	int64_t time = 99;

	FAILS(NULL, sidereal_request_login(NULL, "a", 1, "p", 1));
	FAILS(NULL, sidereal_request_login(request, NULL, 0, "p", 1));
	FAILS(NULL, sidereal_request_login(request, NULL, 1, "p", 1));
	FAILS(NULL, sidereal_request_login(request, "a", 1, NULL, 0));
	FAILS(NULL, sidereal_request_reauthenticated(NULL, "p", 1, "s", 1));
	FAILS(NULL, sidereal_request_reauthenticated(request, NULL, 0, "s", 1));
	FAILS(NULL, sidereal_request_reauthenticated(request, "p", 1, NULL, 0));
	FAILS(NULL, sidereal_request_is_fresh(NULL, 1, "p", 1, "s", 1, &yes));
	FAILS(NULL, sidereal_request_is_fresh(request, 1, NULL, 0, "s", 1, &yes));
	FAILS(NULL, sidereal_request_is_fresh(request, 1, "p", 1, NULL, 0, &yes));
	FAILS(NULL, sidereal_request_is_fresh(request, 1, "p", 1, "s", 1, NULL));
	FAILS(NULL, sidereal_request_is_bound(NULL, &yes));
	FAILS(NULL, sidereal_request_is_bound(request, NULL));
	FAILS(NULL, sidereal_request_is_of(NULL, "a", 1, &yes));
	FAILS(NULL, sidereal_request_is_of(request, NULL, 0, &yes));
	FAILS(NULL, sidereal_request_is_of(request, "a", 1, NULL));
	FAILS(NULL, sidereal_request_info(NULL, &roster));
	FAILS(NULL, sidereal_request_info(request, NULL));
	FAILS(NULL, sidereal_engine_roster(NULL, "a", 1, &roster));
	FAILS(NULL, sidereal_engine_roster(engine, NULL, 0, &roster));
	FAILS(NULL, sidereal_engine_roster(engine, "a", 1, NULL));
	FAILS(NULL, sidereal_engine_roster_of_prefix(NULL, "a", 1, &roster));
	FAILS(NULL, sidereal_engine_roster_of_prefix(engine, NULL, 0, &roster));
	FAILS(NULL, sidereal_engine_roster_of_prefix(engine, "a", 1, NULL));
	FAILS(NULL, sidereal_engine_revoke(NULL, "a", 1, "h", 1, &yes));
	FAILS(NULL, sidereal_engine_revoke(engine, NULL, 0, "h", 1, &yes));
	FAILS(NULL, sidereal_engine_revoke(engine, "a", 1, NULL, 0, &yes));
	OK(sidereal_engine_revoke(engine, "a", 1, "h", 1, NULL));
	FAILS(NULL, sidereal_engine_revoke_user(NULL, "a", 1, &count));
	FAILS(NULL, sidereal_engine_revoke_user(engine, NULL, 0, &count));
	OK(sidereal_engine_revoke_user(engine, "a", 1, NULL));
	FAILS(NULL, sidereal_engine_revoke_others(NULL, "a", 1, "h", 1, &count));
	FAILS(NULL, sidereal_engine_revoke_others(engine, NULL, 0, "h", 1, &count));
	FAILS(NULL, sidereal_engine_revoke_others(engine, "a", 1, NULL, 0, &count));
	FAILS(NULL, sidereal_engine_revoke_all(NULL, &count));
	FAILS(NULL, sidereal_engine_mint(NULL, "", 0, &id));
	FAILS(NULL, sidereal_engine_mint(engine, NULL, 0, &id));
	FAILS(NULL, sidereal_engine_mint(engine, "", 0, NULL));
	FAILS(NULL, sidereal_engine_mint_for(NULL, "a", 1, &id));
	FAILS(NULL, sidereal_engine_mint_for(engine, NULL, 0, &id));
	FAILS(NULL, sidereal_engine_mint_for(engine, "a", 1, NULL));
	CHECK(yes == 7 && count == 99 && roster == NULL);
	OK(sidereal_engine_roster(engine, "a", 1, &roster));
	FAILS(NULL, sidereal_roster_count(NULL, &size));
	FAILS(NULL, sidereal_roster_count(roster, NULL));
	FAILS(NULL, sidereal_roster_handle(NULL, 0, &handle));
	FAILS(NULL, sidereal_roster_handle(roster, 0, NULL));
	FAILS(NULL, sidereal_roster_times(NULL, 0, &time, &time, &time));
	FAILS(NULL, sidereal_roster_methods(NULL, 0, text, sizeof text, &size));
	FAILS(NULL, sidereal_roster_methods(roster, 0, NULL, 1, &size));
	FAILS(NULL, sidereal_roster_network(NULL, 0, text, sizeof text, &size));
	FAILS(NULL, sidereal_roster_network(roster, 0, NULL, 1, &size));
	FAILS(NULL, sidereal_roster_agent(NULL, 0, text, sizeof text, &size));
	FAILS(NULL, sidereal_roster_agent(roster, 0, NULL, 1, &size));
	CHECK(size == 99 && time == 99);
	sidereal_roster_free(roster);
	sidereal_roster_free(NULL);
	CHECK(!bound(request));
	sidereal_request_free(request);
}

static sidereal_config *limited(const char *directory, uint64_t most, const char *full) {
	sidereal_config *config = new_config(directory);

	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_SESSIONS_PER_USER, most));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_SESSIONS_FULL, TEXT(full)));
	return config;
}

static void the_limit_is_kept(void) {
	sidereal_config *config = limited(NULL, 2, "refuse");
	sidereal_engine *engine = engine_of(config);
	jar clients[4] = {{""}, {""}, {""}, {""}};
	sidereal_request *request;

	come(engine, &clients[0], alice, NULL);
	come(engine, &clients[1], alice, NULL);
	visit(engine, &clients[2], "guest");
	request = open_request(engine, &clients[2], SIDEREAL_ACCESS_EXCLUSIVE);
	FAILS(ROSTER_FULL, log_in(request, alice));
	CHECK(strstr(message_of(request), "sidereal.sessions_per_user"));
	/* A guest they were, and a guest they are. */
	CHECK(!bound(request) && line_of(request)[0] == '\0' && payload_is(request, "guest"));
	sidereal_request_free(request);
	CHECK(finds(engine, &clients[2], "guest"));
	there_are(engine, alice, 2);
	OK(sidereal_engine_revoke_user(engine, TEXT(alice), NULL));
	come(engine, &clients[2], alice, NULL);
	there_are(engine, alice, 1);
	sidereal_engine_free(engine);
	sidereal_config_free(config);

	config = limited(NULL, 1, "evict");
	engine = engine_of(config);
	memset(clients, 0, sizeof clients);
	come(engine, &clients[0], alice, NULL);
	come(engine, &clients[1], alice, NULL);
	CHECK(denial_for(engine, &clients[0]) == SIDEREAL_DENIAL_REVOKED && finds(engine, &clients[1], alice));
	sidereal_engine_free(engine);
	sidereal_config_free(config);

	config = limited(NULL, 0, "evict");
	engine = NULL;
	FAILS(CONFIG, sidereal_engine_new(config, &engine));
	CHECK(engine == NULL);
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_SESSIONS_FULL, TEXT("panic")));
	sidereal_config_free(config);
}

static int status_of(pid_t child) {
	int status = 0;

	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Is told a handle, ends its session, and answers whether there was one. */
static int revoke_elsewhere(const char *directory, int told) {
	sidereal_engine *engine = new_engine(directory);
	char handle[27] = "";
	uint32_t found = 0;

	CHECK(read(told, handle, 26) == 26);
	OK(sidereal_engine_revoke(engine, TEXT(alice), TEXT(handle), &found));
	sidereal_engine_free(engine);
	return (int)found;
}

static void what_one_process_revokes_another_denies(const char *directory) {
	sidereal_engine *engine;
	jar client = {""};
	char handle[27];
	int tell[2];
	pid_t child;

	CHECK(pipe(tell) == 0);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		_exit(revoke_elsewhere(directory, tell[0]));
	}
	engine = new_engine(directory);
	come(engine, &client, alice, &handle);
	CHECK(finds(engine, &client, alice));
	CHECK(write(tell[1], handle, 26) == 26);
	CHECK(status_of(child) == 1);
	CHECK(denial_for(engine, &client) == SIDEREAL_DENIAL_REVOKED);
	there_are(engine, alice, 0);
	sidereal_engine_free(engine);
	close(tell[0]);
	close(tell[1]);
}

enum { RACERS = 4, TRIES = 5, MOST = 3 };

/* Answers how many of its log-ins were let in. */
static int race(const char *directory, int start) {
	sidereal_config *config = limited(directory, MOST, "refuse");
	sidereal_engine *engine = engine_of(config);
	int turn, entered = 0;
	char byte;

	CHECK(read(start, &byte, 1) == 0);
	for (turn = 0; turn < TRIES; turn++) {
		jar client = {""};
		sidereal_request *request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
		sidereal_status status = log_in(request, "racer");

		CHECK(status == SIDEREAL_STATUS_OK || status == SIDEREAL_STATUS_ROSTER_FULL);
		entered += status == SIDEREAL_STATUS_OK;
		sidereal_request_free(request);
	}
	sidereal_engine_free(engine);
	sidereal_config_free(config);
	return entered;
}

static void log_ins_that_race_keep_the_limit(const char *directory) {
	pid_t racers[RACERS];
	int i, entered = 0, start[2];
	sidereal_engine *engine;

	CHECK(pipe(start) == 0);
	for (i = 0; i < RACERS; i++) {
		racers[i] = fork();
		CHECK(racers[i] >= 0);
		if (racers[i] == 0) {
			close(start[1]);
			_exit(race(directory, start[0]));
		}
	}
	close(start[1]);
	for (i = 0; i < RACERS; i++) {
		entered += status_of(racers[i]);
	}
	close(start[0]);
	CHECK(entered == MOST);
	engine = new_engine(directory);
	there_are(engine, "racer", MOST);
	sidereal_engine_free(engine);
}

typedef struct machine {
	int64_t wall, uptime;
} machine;

static void read_clock(void *context, int64_t *wall_ms, int64_t *uptime_ms) {
	const machine *now = context;

	*wall_ms = now->wall;
	*uptime_ms = now->uptime;
}

/* A superseded ID that comes late was stolen; answers whether the user's other device goes on. */
static int after_a_theft(const char *on_obsolete) {
	machine now = {INT64_C(1750000000000), INT64_C(50000000)};
	sidereal_config *config = new_config(NULL);
	sidereal_engine *engine;
	sidereal_request *request;
	jar stolen = {""}, phone, laptop = {""};
	int goes_on;

	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_ON_OBSOLETE, TEXT(on_obsolete)));
	OK(sidereal_config_set_clock(config, read_clock, &now));
	engine = engine_of(config);
	come(engine, &stolen, alice, NULL);
	come(engine, &laptop, alice, NULL);
	phone = stolen;
	request = open_request(engine, &phone, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_rotate(request));
	receive(&phone, request);
	sidereal_request_free(request);
	CHECK(strcmp(phone.cookies, stolen.cookies) != 0 && finds(engine, &phone, alice));
	visit(engine, &phone, "hello");
	now.wall += 600 * 1000;
	now.uptime += 600 * 1000;
	request = new_request(engine, &stolen);
	OK(sidereal_request_set_address(request, TEXT("192.0.2.77")));
	OK(sidereal_request_set_user_agent(request, TEXT("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0")));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	CHECK(denial_of(request) == SIDEREAL_DENIAL_OBSOLETE && !bound(request));
	sidereal_request_free(request);
	CHECK(finds(engine, &phone, "hello") == (strcmp(on_obsolete, "deny") == 0));
	goes_on = finds(engine, &laptop, alice);
	sidereal_engine_free(engine);
	sidereal_config_free(config);
	return goes_on;
}

int main(int count, char **arguments) {
	sidereal_engine *engine;

	CHECK(count == 2);
	/* Before this process has an engine: a child inherits none. */
	log_ins_that_race_keep_the_limit(arguments[1]);
	what_one_process_revokes_another_denies(arguments[1]);
	engine = new_engine(arguments[1]);
	a_log_in_binds(engine);
	a_proof_is_good_once(engine);
	the_roster_shows_what_its_owner_may_see(engine);
	sessions_end_from_elsewhere(engine);
	minted_ids_are_listed(engine);
	a_log_in_that_can_not_be_stored_is_none(engine);
	what_cannot_be_is_refused(engine);
	null_is_a_status(engine);
	sidereal_engine_free(engine);
	the_limit_is_kept();
	CHECK(after_a_theft("deny") && after_a_theft("revoke_family") && after_a_theft("") && !after_a_theft("revoke_user"));
	return 0;
}
