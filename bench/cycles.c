/* Microseconds of one open-commit-close cycle from C: the same as core/examples/cycles.rs. scripts/bench-c.sh compares the two.
 *
 *   cycles DIRECTORY COUNT BYTES */
#define _POSIX_C_SOURCE 200809L
#include <sidereal.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static sidereal_engine *engine;
static char cookies[1024];

static void must(sidereal_status status) {
	if (status != SIDEREAL_STATUS_OK) {
		fprintf(stderr, "cycles: %s\n", sidereal_strerror(status));
		exit(1);
	}
}

static void cycle(size_t turn, char *payload, size_t bytes) {
	sidereal_request *request;
	const char *line;
	size_t length;

	memcpy(payload, &turn, sizeof turn);
	must(sidereal_request_new(engine, &request));
	must(sidereal_request_add_cookies(request, cookies, strlen(cookies)));
	must(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	must(sidereal_request_set_payload(request, payload, bytes));
	must(sidereal_request_commit(request));
	must(sidereal_request_set_cookie(request, &line, &length));
	if (length > 0) {
		snprintf(cookies, sizeof cookies, "%.*s", (int)strcspn(line, ";"), line);
	}
	sidereal_request_free(request);
}

static double now(void) {
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

int main(int count, char **arguments) {
	size_t turns = count == 4 ? strtoul(arguments[2], NULL, 10) : 0, bytes = count == 4 ? strtoul(arguments[3], NULL, 10) : 0, turn;
	sidereal_config *config;
	char store[4096], *payload;
	double started;

	if (turns == 0) {
		fprintf(stderr, "usage: cycles DIRECTORY COUNT BYTES\n");
		return 2;
	}
	bytes = bytes < sizeof turns ? sizeof turns : bytes;
	payload = malloc(bytes);
	if (!payload) {
		return 1;
	}
	memset(payload, 'x', bytes);
	snprintf(store, sizeof store, "sqlite:%s", arguments[1]);
	must(sidereal_config_new(&config));
	must(sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, store, strlen(store)));
	must(sidereal_config_set_text(config, SIDEREAL_SETTING_LOG, "none", 4));
	must(sidereal_engine_new(config, &engine));
	sidereal_config_free(config);
	for (turn = 0; turn < 100; turn++) {
		cycle(turn, payload, bytes);
	}
	started = now();
	for (turn = 0; turn < turns; turn++) {
		cycle(turn, payload, bytes);
	}
	printf("%.3f\n", (now() - started) / (double)turns);
	free(payload);
	sidereal_engine_free(engine);
	return 0;
}
