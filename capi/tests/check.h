/* What the tests of the C library share: checks, a private store, a browser's jar. Each test is one program, and gets a private directory as its
 * first argument. */
#ifndef CHECK_H
#define CHECK_H

#define _GNU_SOURCE
#include <sidereal.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT(literal) literal, strlen(literal)

#define CHECK(what)                                                                                                    \
	do {                                                                                                           \
		if (!(what)) {                                                                                         \
			fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #what);                            \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

#define OK(call) expect(__FILE__, __LINE__, #call, SIDEREAL_STATUS_OK, (call))
#define FAILS(status, call) expect(__FILE__, __LINE__, #call, SIDEREAL_STATUS_##status, (call))

static inline void expect(const char *file, int line, const char *call, sidereal_status wanted, sidereal_status found) {
	if (wanted != found) {
		fprintf(stderr, "%s:%d: %s: expected '%s', found '%s'\n", file, line, call, sidereal_strerror(wanted),
			sidereal_strerror(found));
		abort();
	}
}

/* A client: the value of its Cookie header. */
typedef struct jar {
	char cookies[1024];
} jar;

static inline void store_at(const char *directory, char *url, size_t size) {
	snprintf(url, size, "sqlite:%s/store", directory);
}

/* A configuration with a store below `directory`, or in memory. */
static inline sidereal_config *new_config(const char *directory) {
	sidereal_config *config = NULL;
	char url[4096] = "memory:";

	if (directory) {
		store_at(directory, url, sizeof url);
	}
	OK(sidereal_config_new(&config));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, TEXT(url)));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_LOG, TEXT("none")));
	return config;
}

static inline sidereal_engine *engine_of(sidereal_config *config) {
	sidereal_engine *engine = NULL;
	sidereal_status status = sidereal_engine_new(config, &engine);

	if (status != SIDEREAL_STATUS_OK) {
		char message[1024];
		OK(sidereal_config_message(config, message, sizeof message, NULL));
		fprintf(stderr, "sidereal_engine_new: %s\n", message);
		abort();
	}
	return engine;
}

static inline sidereal_engine *new_engine(const char *directory) {
	sidereal_config *config = new_config(directory);
	sidereal_engine *engine = engine_of(config);

	sidereal_config_free(config);
	return engine;
}

/* A request of this client, with its session not opened yet. */
static inline sidereal_request *new_request(const sidereal_engine *engine, const jar *client) {
	sidereal_request *request = NULL;

	OK(sidereal_request_new(engine, &request));
	if (client && client->cookies[0]) {
		OK(sidereal_request_add_cookies(request, TEXT(client->cookies)));
	}
	return request;
}

static inline sidereal_request *open_request(const sidereal_engine *engine, const jar *client, uint32_t access) {
	sidereal_request *request = new_request(engine, client);

	OK(sidereal_request_open(request, access));
	return request;
}

static inline const char *line_of(const sidereal_request *request) {
	const char *line = NULL;
	size_t length = 0;

	OK(sidereal_request_set_cookie(request, &line, &length));
	CHECK(strlen(line) == length);
	return line;
}

/* What a browser does with the response. */
static inline void receive(jar *client, const sidereal_request *request) {
	const char *line = line_of(request);

	if (strstr(line, "Max-Age=0")) {
		client->cookies[0] = '\0';
	} else if (line[0]) {
		snprintf(client->cookies, sizeof client->cookies, "%.*s", (int)strcspn(line, ";"), line);
	}
}

static inline int payload_is(sidereal_request *request, const char *text) {
	const void *payload = NULL;
	size_t length = 0;

	OK(sidereal_request_payload(request, &payload, &length));
	return length == strlen(text) && memcmp(payload, text, length) == 0;
}

static inline long number_in(sidereal_request *request) {
	const void *payload = NULL;
	size_t length = 0;
	char text[32] = "";

	OK(sidereal_request_payload(request, &payload, &length));
	CHECK(length < sizeof text);
	memcpy(text, payload, length);
	return strtol(text, NULL, 10);
}

static inline void put(sidereal_request *request, const char *text) {
	OK(sidereal_request_set_payload(request, text, strlen(text)));
	OK(sidereal_request_commit(request));
}

static inline void put_number(sidereal_request *request, long number) {
	char text[32];

	snprintf(text, sizeof text, "%ld", number);
	put(request, text);
}

/* A visit that stores `text`. */
static inline void visit(const sidereal_engine *engine, jar *client, const char *text) {
	sidereal_request *request = open_request(engine, client, SIDEREAL_ACCESS_EXCLUSIVE);

	put(request, text);
	receive(client, request);
	sidereal_request_free(request);
}

/* Whether a visit finds `text`. */
static inline int finds(const sidereal_engine *engine, const jar *client, const char *text) {
	sidereal_request *request = open_request(engine, client, SIDEREAL_ACCESS_READ_ONLY);
	int found = payload_is(request, text);

	sidereal_request_free(request);
	return found;
}

static inline sidereal_denial denial_of(const sidereal_request *request) {
	sidereal_denial denial;

	OK(sidereal_request_denial(request, &denial));
	return denial;
}

static inline sidereal_denial denial_for(const sidereal_engine *engine, const jar *client) {
	sidereal_request *request = open_request(engine, client, SIDEREAL_ACCESS_READ_ONLY);
	sidereal_denial denial = denial_of(request);

	sidereal_request_free(request);
	return denial;
}

#endif
