/* Two processes with an engine each, on one store: they take turns on one session and lose nothing; the death of a holder frees it. */
#include "check.h"

#include <signal.h>
#include <sys/wait.h>

enum { TURNS = 50 };

static void count_up(const char *directory, const jar *client) {
	sidereal_engine *engine = new_engine(directory);
	int turn;

	for (turn = 0; turn < TURNS; turn++) {
		sidereal_request *request = open_request(engine, client, SIDEREAL_ACCESS_EXCLUSIVE);

		put_number(request, number_in(request) + 1);
		sidereal_request_free(request);
	}
	sidereal_engine_free(engine);
}

static void hold(const char *directory, const jar *client, int ready) {
	sidereal_engine *engine = new_engine(directory);

	open_request(engine, client, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(write(ready, "x", 1) == 1);
	for (;;) {
		pause();
	}
}

int main(int count, char **arguments) {
	sidereal_engine *engine;
	jar client = {""};
	pid_t first, second;
	int status = 0, ready[2];
	char expected[32], byte;

	CHECK(count == 2 && pipe(ready) == 0);
	engine = new_engine(arguments[1]);
	visit(engine, &client, "0");
	sidereal_engine_free(engine);

	first = fork();
	if (first == 0) {
		count_up(arguments[1], &client);
		_exit(0);
	}
	second = fork();
	if (second == 0) {
		hold(arguments[1], &client, ready[1]);
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	CHECK(kill(second, SIGKILL) == 0 && waitpid(second, &status, 0) == second);
	count_up(arguments[1], &client);
	CHECK(waitpid(first, &status, 0) == first && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	snprintf(expected, sizeof expected, "%d", 2 * TURNS);
	engine = new_engine(arguments[1]);
	CHECK(finds(engine, &client, expected));
	sidereal_engine_free(engine);
	return 0;
}
