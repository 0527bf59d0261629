/* 32 threads on one engine: they take turns on one session and lose nothing, and do not disturb each other on their own ones. */
#include "check.h"

#include <pthread.h>

enum { THREADS = 32, TURNS = 8 };

static sidereal_engine *engine;
static jar shared;

static void *work(void *unused) {
	jar own = {""};
	int turn;

	(void)unused;
	for (turn = 0; turn < TURNS; turn++) {
		sidereal_request *request = open_request(engine, &shared, SIDEREAL_ACCESS_EXCLUSIVE);

		put_number(request, number_in(request) + 1);
		sidereal_request_free(request);
		request = open_request(engine, &own, SIDEREAL_ACCESS_EXCLUSIVE);
		CHECK(number_in(request) == turn);
		put_number(request, turn + 1);
		receive(&own, request);
		sidereal_request_free(request);
	}
	OK(sidereal_engine_sweep(engine, 1, NULL));
	return NULL;
}

static void all_with(const char *directory) {
	sidereal_config *config = new_config(directory);
	pthread_t threads[THREADS];
	char expected[32];
	int number;

	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_LOCK_WAIT_MS, 120000));
	engine = engine_of(config);
	sidereal_config_free(config);
	memset(&shared, 0, sizeof shared);
	visit(engine, &shared, "0");
	for (number = 0; number < THREADS; number++) {
		CHECK(pthread_create(&threads[number], NULL, work, NULL) == 0);
	}
	for (number = 0; number < THREADS; number++) {
		CHECK(pthread_join(threads[number], NULL) == 0);
	}
	snprintf(expected, sizeof expected, "%d", THREADS * TURNS);
	CHECK(finds(engine, &shared, expected));
	sidereal_engine_free(engine);
}

int main(int count, char **arguments) {
	CHECK(count == 2);
	all_with(NULL);
	all_with(arguments[1]);
	return 0;
}
