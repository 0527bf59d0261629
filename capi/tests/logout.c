/* A log-out among 20 writers: whoever has the session open or waits for it can not bring it back (A14). */
#include "check.h"

#include <pthread.h>

enum { WRITERS = 20 };

static sidereal_engine *engine;
static jar client;
static pthread_barrier_t start;

static void *write_until_it_ends(void *unused) {
	int turn;

	(void)unused;
	pthread_barrier_wait(&start);
	for (turn = 0; turn < 20; turn++) {
		sidereal_request *request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
		sidereal_status status;

		OK(sidereal_request_set_payload(request, "zombie", 6));
		status = sidereal_request_commit(request);
		CHECK(status == SIDEREAL_STATUS_OK || status == SIDEREAL_STATUS_DROPPED);
		/* What is denied after the log-out gets no cookie, which could overwrite that of a new log-in. */
		CHECK(line_of(request)[0] == '\0');
		sidereal_request_free(request);
	}
	return NULL;
}

static void all_with(const char *directory) {
	pthread_t threads[WRITERS];
	sidereal_config *config = new_config(directory);
	sidereal_request *request;
	int number;

	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_LOCK_WAIT_MS, 120000));
	engine = engine_of(config);
	sidereal_config_free(config);
	memset(&client, 0, sizeof client);
	visit(engine, &client, "alice");
	CHECK(pthread_barrier_init(&start, NULL, WRITERS + 1) == 0);
	for (number = 0; number < WRITERS; number++) {
		CHECK(pthread_create(&threads[number], NULL, write_until_it_ends, NULL) == 0);
	}
	pthread_barrier_wait(&start);
	/* Without waiting for its turn. */
	request = open_request(engine, &client, SIDEREAL_ACCESS_READ_ONLY);
	OK(sidereal_request_logout(request));
	sidereal_request_free(request);
	CHECK(denial_for(engine, &client) == SIDEREAL_DENIAL_LOGGED_OUT);
	for (number = 0; number < WRITERS; number++) {
		CHECK(pthread_join(threads[number], NULL) == 0);
	}
	CHECK(finds(engine, &client, ""));
	CHECK(denial_for(engine, &client) == SIDEREAL_DENIAL_LOGGED_OUT);
	pthread_barrier_destroy(&start);
	sidereal_engine_free(engine);
}

int main(int count, char **arguments) {
	CHECK(count == 2);
	all_with(NULL);
	all_with(arguments[1]);
	return 0;
}
