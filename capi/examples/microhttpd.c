/*
 * Counts visits, served by libmicrohttpd's own worker threads, which share one engine.
 *
 *   cc microhttpd.c $(pkg-config --cflags --libs sidereal libmicrohttpd)
 *   ./microhttpd sqlite:/var/lib/app/store 8082
 */
#define _POSIX_C_SOURCE 200809L
#include <microhttpd.h>
#include <sidereal.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { WORKERS = 8 };

static int complain(const sidereal_config *config) {
	char message[1024] = "";

	sidereal_config_message(config, message, sizeof message, NULL);
	fprintf(stderr, "microhttpd: %s\n", message);
	return 1;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *text, const char *cookie) {
	struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result queued;

	if (!response) {
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (cookie && cookie[0]) {
		MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, cookie);
	}
	queued = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return queued;
}

/* Each Cookie header as it came; the library's own parser would have taken it apart. */
static enum MHD_Result add_cookies(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
	(void)kind;
	if (value && strcasecmp(name, MHD_HTTP_HEADER_COOKIE) == 0) {
		/* One with CR, LF or NUL in it is left out. */
		sidereal_request_add_cookies(context, value, strlen(value));
	}
	return MHD_YES;
}

static enum MHD_Result visit(struct MHD_Connection *connection, sidereal_request *request) {
	const void *payload;
	const char *cookie;
	size_t length;
	long visits = 0;
	char text[64];
	sidereal_status status;

	MHD_get_connection_values(connection, MHD_HEADER_KIND, add_cookies, request);
	status = sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE);
	if (status == SIDEREAL_STATUS_OK) {
		status = sidereal_request_payload(request, &payload, &length);
	}
	if (status != SIDEREAL_STATUS_OK) {
		return answer(connection, MHD_HTTP_SERVICE_UNAVAILABLE, sidereal_strerror(status), NULL);
	}
	if (length == sizeof visits) {
		memcpy(&visits, payload, length);
	}
	visits++;
	sidereal_request_set_payload(request, &visits, sizeof visits);
	status = sidereal_request_commit(request);
	if (status != SIDEREAL_STATUS_OK || sidereal_request_set_cookie(request, &cookie, &length) != SIDEREAL_STATUS_OK) {
		return answer(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, sidereal_strerror(status), NULL);
	}
	snprintf(text, sizeof text, "visit %ld\n", visits);
	return answer(connection, MHD_HTTP_OK, text, cookie);
}

static enum MHD_Result serve(void *engine, struct MHD_Connection *connection, const char *path, const char *method,
			     const char *version, const char *body, size_t *body_size, void **seen) {
	sidereal_request *request;
	enum MHD_Result done;

	(void)path, (void)version, (void)body, (void)body_size;
	if (!*seen) { /* The first call comes before the body, and wants no answer yet. */
		*seen = engine;
		return MHD_YES;
	}
	if (strcmp(method, "GET") != 0) {
		return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only\n", NULL);
	}
	if (sidereal_request_new(engine, &request) != SIDEREAL_STATUS_OK) {
		return MHD_NO;
	}
	done = visit(connection, request);
	sidereal_request_free(request);
	return done;
}

int main(int count, char **arguments) {
	sidereal_config *config;
	sidereal_engine *engine;
	struct sockaddr_in address = {0};
	struct MHD_Daemon *daemon;
	const union MHD_DaemonInfo *info;
	sigset_t end;
	int number;

	if (count != 3) {
		fprintf(stderr, "usage: microhttpd STORE PORT\n");
		return 2;
	}
	if (sidereal_config_new(&config)) {
		return 1;
	}
	if (sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, arguments[1], strlen(arguments[1])) ||
	    sidereal_engine_new(config, &engine)) {
		return complain(config);
	}
	sidereal_config_free(config);
	sigemptyset(&end);
	sigaddset(&end, SIGINT);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t)atoi(arguments[2]));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL, serve, engine,
				  MHD_OPTION_THREAD_POOL_SIZE, (unsigned)WORKERS, MHD_OPTION_SOCK_ADDR,
				  (struct sockaddr *)&address, MHD_OPTION_END);
	if (!daemon) {
		fprintf(stderr, "microhttpd: port %s can not be listened on\n", arguments[2]);
		return 1;
	}
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	printf("http://127.0.0.1:%u\n", info ? (unsigned)info->port : 0U);
	fflush(stdout);
	sigwait(&end, &number);
	MHD_stop_daemon(daemon);
	sidereal_engine_free(engine);
	return 0;
}
