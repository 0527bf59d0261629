/* What each function is for. */
#include "check.h"

typedef struct machine {
	int64_t wall, uptime;
	int events, expired, renewed;
} machine;

static void read_clock(void *context, int64_t *wall_ms, int64_t *uptime_ms) {
	const machine *now = context;

	*wall_ms = now->wall;
	*uptime_ms = now->uptime;
}

static void take(void *context, const sidereal_event *event) {
	machine *seen = context;

	seen->events++;
	seen->expired += strcmp(event->name, "session_expired") == 0;
	seen->renewed += strcmp(event->name, "session_renewed") == 0;
	CHECK(event->at_ms > 0 && event->level[0] && event->session_ref && event->reason);
}

static void pass(machine *now, int seconds) {
	now->wall += seconds * 1000LL;
	now->uptime += seconds * 1000LL;
}

static void a_session_is_kept(const sidereal_engine *engine) {
	jar client = {""};
	sidereal_request *request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	uint32_t yes = 7;
	char handle[27], again[27];

	CHECK(payload_is(request, ""));
	CHECK(denial_of(request) == SIDEREAL_DENIAL_NONE);
	OK(sidereal_request_is_open(request, &yes));
	CHECK(yes == 1);
	OK(sidereal_request_is_writable(request, &yes));
	CHECK(yes == 1);
	FAILS(STATE, sidereal_request_handle(request, &handle));
	put(request, "cart");
	CHECK(payload_is(request, "cart"));
	OK(sidereal_request_handle(request, &handle));
	CHECK(strlen(handle) == 26);
	OK(sidereal_request_may_send_cookie(request, &yes));
	CHECK(yes == 1);
	CHECK(strncmp(line_of(request), "sid=", 4) == 0);
	CHECK(strstr(line_of(request), "; Path=/; HttpOnly; SameSite=Lax"));
	OK(sidereal_request_close(request));
	OK(sidereal_request_is_open(request, &yes));
	CHECK(yes == 0);
	receive(&client, request);
	sidereal_request_free(request);

	request = open_request(engine, &client, SIDEREAL_ACCESS_READ_ONLY);
	CHECK(payload_is(request, "cart"));
	CHECK(line_of(request)[0] == '\0');
	OK(sidereal_request_is_writable(request, &yes));
	CHECK(yes == 0);
	OK(sidereal_request_handle(request, &again));
	CHECK(strcmp(handle, again) == 0);
	sidereal_request_free(request);
}

static void a_request_may_open_its_session_again(const sidereal_engine *engine) {
	jar client = {""};
	sidereal_request *request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);

	put(request, "1");
	OK(sidereal_request_close(request));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	CHECK(payload_is(request, "1"));
	put(request, "2");
	OK(sidereal_request_close(request));
	receive(&client, request);
	sidereal_request_free(request);
	CHECK(finds(engine, &client, "2"));
}

static void what_is_not_committed_is_gone(const sidereal_engine *engine) {
	jar client = {""};
	sidereal_request *request;

	visit(engine, &client, "kept");
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_set_payload(request, "gone", 4));
	CHECK(payload_is(request, "gone"));
	sidereal_request_free(request);
	CHECK(finds(engine, &client, "kept"));
}

static void any_bytes_are_a_payload(const sidereal_engine *engine) {
	static const char bytes[] = "\0\xff\r\n\0";
	jar client = {""};
	sidereal_request *request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	const void *payload;
	size_t length;

	OK(sidereal_request_set_payload(request, bytes, sizeof bytes));
	OK(sidereal_request_commit(request));
	receive(&client, request);
	sidereal_request_free(request);
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_payload(request, &payload, &length));
	CHECK(length == sizeof bytes && memcmp(payload, bytes, length) == 0);
	OK(sidereal_request_set_payload(request, NULL, 0));
	OK(sidereal_request_commit(request));
	sidereal_request_free(request);
	CHECK(finds(engine, &client, ""));
}

static void an_elevation_leaves_a_snapshot(const sidereal_engine *engine, machine *now) {
	jar before = {""}, after;
	sidereal_request *request;
	uint32_t yes;

	visit(engine, &before, "guest");
	after = before;
	request = open_request(engine, &before, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_elevate(request, SIDEREAL_SNAPSHOT_AS_READ));
	put(request, "alice");
	receive(&after, request);
	sidereal_request_free(request);
	CHECK(strcmp(before.cookies, after.cookies) != 0);
	CHECK(finds(engine, &after, "alice"));
	request = open_request(engine, &before, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(payload_is(request, "guest"));
	OK(sidereal_request_is_writable(request, &yes));
	CHECK(yes == 0 && line_of(request)[0] == '\0');
	sidereal_request_free(request);
	pass(now, 61);
	CHECK(!finds(engine, &before, "guest"));
	CHECK(finds(engine, &after, "alice"));

	/* Nothing is stored yet, and the old ID shows nothing. */
	memset(&before, 0, sizeof before);
	request = open_request(engine, &before, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_elevate(request, SIDEREAL_SNAPSHOT_EMPTY));
	put(request, "bob");
	receive(&before, request);
	sidereal_request_free(request);
	CHECK(finds(engine, &before, "bob"));
}

static void an_elevated_id_leads_somewhere_whatever_becomes_of_the_request(const sidereal_engine *engine) {
	jar client = {""};
	sidereal_request *request;

	visit(engine, &client, "guest");
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_elevate(request, SIDEREAL_SNAPSHOT_AS_READ));
	receive(&client, request);
	sidereal_request_free(request);
	CHECK(finds(engine, &client, "guest"));
}

static void a_rotation_keeps_both_ids_until_the_new_one_is_seen(const sidereal_engine *engine, machine *now) {
	jar before = {""}, after;
	sidereal_request *request;

	visit(engine, &before, "data");
	after = before;
	request = open_request(engine, &before, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_rotate(request));
	receive(&after, request);
	put(request, "more");
	sidereal_request_free(request);
	CHECK(strcmp(before.cookies, after.cookies) != 0);
	CHECK(finds(engine, &before, "more"));
	visit(engine, &after, "most");
	CHECK(finds(engine, &before, "most"));
	pass(now, 61);
	CHECK(!finds(engine, &before, "most"));
	CHECK(finds(engine, &after, "most"));

	/* By itself, when it is due; never when no cookie can be sent. */
	pass(now, 15 * 60);
	request = new_request(engine, &after);
	OK(sidereal_request_set_headers_sent(request));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	CHECK(line_of(request)[0] == '\0');
	OK(sidereal_request_rotate(request));
	CHECK(line_of(request)[0] == '\0');
	sidereal_request_free(request);
	request = open_request(engine, &after, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(line_of(request)[0] != '\0');
	sidereal_request_free(request);
}

static void a_log_out_is_final(const sidereal_engine *engine) {
	jar client = {""}, copy;
	sidereal_request *request;

	visit(engine, &client, "alice");
	copy = client;
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_logout(request));
	CHECK(payload_is(request, ""));
	CHECK(strstr(line_of(request), "sid=; Expires=Thu, 01 Jan 1970") && strstr(line_of(request), "Max-Age=0"));
	OK(sidereal_request_set_payload(request, "zombie", 6));
	FAILS(DROPPED, sidereal_request_commit(request));
	receive(&client, request);
	CHECK(client.cookies[0] == '\0');

	/* Whoever opens a session after a log-out wants a new one. */
	OK(sidereal_request_close(request));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	CHECK(payload_is(request, ""));
	put(request, "fresh");
	receive(&client, request);
	sidereal_request_free(request);
	CHECK(finds(engine, &client, "fresh"));
	CHECK(finds(engine, &copy, ""));
	CHECK(denial_for(engine, &copy) == SIDEREAL_DENIAL_LOGGED_OUT);
}

static void what_cannot_be_decoded_is_set_aside(const sidereal_engine *engine) {
	jar client = {""};
	sidereal_request *request;

	visit(engine, &client, "garbage");
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_quarantine(request));
	OK(sidereal_request_close(request));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	CHECK(payload_is(request, ""));
	put(request, "new");
	receive(&client, request);
	sidereal_request_free(request);
	CHECK(finds(engine, &client, "new"));
}

static void time_ends_sessions(const sidereal_engine *engine, machine *now) {
	jar client = {""};
	uint64_t sessions = 0, anonymous = 0, superseded = 0, removed = 99;

	visit(engine, &client, "old");
	pass(now, 31 * 60);
	CHECK(denial_for(engine, &client) == SIDEREAL_DENIAL_IDLE);
	CHECK(now->expired > 0 && now->renewed > 0);
	OK(sidereal_engine_stats(engine, &sessions, &anonymous, &superseded));
	CHECK(sessions > 0 && anonymous > 0);
	OK(sidereal_engine_stats(engine, NULL, NULL, NULL));
	pass(now, 40 * 24 * 3600);
	OK(sidereal_engine_sweep(engine, 1000, &removed));
	OK(sidereal_engine_sweep(engine, 1000, NULL));
}

static void keys_are_rotated(const char *directory) {
	sidereal_config *config = new_config(directory);
	sidereal_engine *engine = engine_of(config);
	jar client = {""};

	visit(engine, &client, "old key");
	OK(sidereal_config_rotate_keyring(config, 2));
	sidereal_engine_free(engine);
	engine = engine_of(config);
	CHECK(finds(engine, &client, "old key"));
	OK(sidereal_config_rotate_keyring(config, 1));
	sidereal_engine_free(engine);
	engine = engine_of(config);
	CHECK(denial_for(engine, &client) == SIDEREAL_DENIAL_FORGED);
	sidereal_engine_free(engine);
	sidereal_config_free(config);
}

static void handles_may_be_freed_in_any_order(void) {
	sidereal_engine *engine = new_engine(NULL);
	jar client = {""};
	sidereal_request *request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);

	sidereal_engine_free(engine);
	put(request, "still");
	sidereal_request_free(request);
}

static void every_word_is_there(void) {
	uint32_t number;

	CHECK(strcmp(sidereal_version(), "0.1.0") == 0);
	for (number = 0; number < 14; number++) {
		CHECK(!strstr(sidereal_denial_word(number), "does not know"));
	}
	CHECK(strstr(sidereal_denial_word(99), "does not know") && strstr(sidereal_denial_word(UINT32_MAX), "does not know"));
}

static void all_with(const char *directory) {
	machine now = {1800000000000LL, 1000000, 0, 0, 0};
	sidereal_config *config = new_config(directory);
	sidereal_engine *engine;

	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_PROFILE, TEXT("standard")));
	OK(sidereal_config_set_clock(config, read_clock, &now));
	OK(sidereal_config_set_events(config, take, &now));
	engine = engine_of(config);
	sidereal_config_free(config);
	a_session_is_kept(engine);
	a_request_may_open_its_session_again(engine);
	what_is_not_committed_is_gone(engine);
	any_bytes_are_a_payload(engine);
	an_elevation_leaves_a_snapshot(engine, &now);
	an_elevated_id_leads_somewhere_whatever_becomes_of_the_request(engine);
	a_rotation_keeps_both_ids_until_the_new_one_is_seen(engine, &now);
	a_log_out_is_final(engine);
	what_cannot_be_decoded_is_set_aside(engine);
	time_ends_sessions(engine, &now);
	CHECK(now.events > 10);
	sidereal_engine_free(engine);
}

int main(int count, char **arguments) {
	char other[4096];

	CHECK(count == 2);
	all_with(NULL);
	all_with(arguments[1]);
	snprintf(other, sizeof other, "%s/keys", arguments[1]);
	CHECK(mkdir(other, 0700) == 0);
	keys_are_rotated(other);
	handles_may_be_freed_in_any_order();
	every_word_is_there();
	return 0;
}
