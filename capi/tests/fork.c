/* What a forked child may do with what it inherited: nothing, until sidereal_after_fork(). */
#include "check.h"

#include <sys/wait.h>

static void without(sidereal_engine *engine, sidereal_request *request) {
	const void *payload;
	const char *line;
	size_t length;
	uint32_t yes;
	char text[64];
	sidereal_denial denial;
	sidereal_request *another = NULL;

	FAILS(FORKED, sidereal_request_new(engine, &another));
	CHECK(another == NULL);
	FAILS(FORKED, sidereal_engine_sweep(engine, 1, NULL));
	FAILS(FORKED, sidereal_engine_stats(engine, NULL, NULL, NULL));
	FAILS(FORKED, sidereal_engine_message(engine, text, sizeof text, NULL));
	FAILS(FORKED, sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	FAILS(FORKED, sidereal_request_payload(request, &payload, &length));
	FAILS(FORKED, sidereal_request_set_payload(request, "x", 1));
	FAILS(FORKED, sidereal_request_commit(request));
	FAILS(FORKED, sidereal_request_rotate(request));
	FAILS(FORKED, sidereal_request_elevate(request, SIDEREAL_SNAPSHOT_AS_READ));
	FAILS(FORKED, sidereal_request_logout(request));
	FAILS(FORKED, sidereal_request_quarantine(request));
	FAILS(FORKED, sidereal_request_close(request));
	FAILS(FORKED, sidereal_request_set_cookie(request, &line, &length));
	FAILS(FORKED, sidereal_request_denial(request, &denial));
	FAILS(FORKED, sidereal_request_is_writable(request, &yes));
	FAILS(FORKED, sidereal_request_message(request, text, sizeof text, NULL));
	sidereal_request_free(request);
	sidereal_engine_free(engine);
}

static void with(sidereal_engine *engine, sidereal_request *request, jar *client) {
	sidereal_request *own;

	OK(sidereal_after_fork(&engine));
	OK(sidereal_after_fork(&engine));
	FAILS(FORKED, sidereal_request_commit(request));
	sidereal_request_free(request);
	/* The parent has it open. */
	own = new_request(engine, client);
	FAILS(BUSY, sidereal_request_open(own, SIDEREAL_ACCESS_EXCLUSIVE));
	OK(sidereal_request_open(own, SIDEREAL_ACCESS_READ_ONLY));
	CHECK(payload_is(own, "parent"));
	sidereal_request_free(own);
	memset(client, 0, sizeof *client);
	visit(engine, client, "child");
	CHECK(finds(engine, client, "child"));
	sidereal_engine_free(engine);
}

static void join(pid_t child) {
	int status = 0;

	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int count, char **arguments) {
	sidereal_config *config;
	sidereal_engine *engine;
	sidereal_request *request;
	jar client = {""};
	pid_t child;

	CHECK(count == 2);
	config = new_config(arguments[1]);
	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_LOCK_WAIT_MS, 50));
	engine = engine_of(config);
	sidereal_config_free(config);
	visit(engine, &client, "parent");
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);

	child = fork();
	if (child == 0) {
		without(engine, request);
		_exit(0);
	}
	join(child);
	child = fork();
	if (child == 0) {
		with(engine, request, &client);
		_exit(0);
	}
	join(child);

	/* The parent goes on as if nothing had happened. */
	OK(sidereal_after_fork(&engine));
	put(request, "still the parent");
	sidereal_request_free(request);
	CHECK(finds(engine, &client, "still the parent"));
	sidereal_engine_free(engine);
	return 0;
}
