/* Counts visits. A CGI program: cc quickstart.c $(pkg-config --cflags --libs sidereal); its argument is the store, such as sqlite:/var/lib/app/store. */
#include <sidereal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **arguments) {
	const char *cookies = getenv("HTTP_COOKIE"), *store = count > 1 ? arguments[1] : "", *line;
	sidereal_config *config;
	sidereal_engine *engine;
	sidereal_request *request;
	const void *payload;
	size_t length;
	int visits = 0;

	if (sidereal_config_new(&config) || sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, store, strlen(store)) ||
	    sidereal_engine_new(config, &engine) || sidereal_request_new(engine, &request) ||
	    (cookies && sidereal_request_add_cookies(request, cookies, strlen(cookies))) ||
	    sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE) || sidereal_request_payload(request, &payload, &length)) {
		return puts("Status: 503 Service Unavailable\r\n\r\n") < 0;
	}
	if (length == sizeof visits) {
		memcpy(&visits, payload, length);
	}
	visits++;
	if (sidereal_request_set_payload(request, &visits, sizeof visits) || sidereal_request_commit(request) ||
	    sidereal_request_set_cookie(request, &line, &length)) {
		return puts("Status: 500 Internal Server Error\r\n\r\n") < 0;
	}
	printf("%s%s%sContent-Type: text/plain\r\n\r\nvisit %d\n", length ? "Set-Cookie: " : "", line, length ? "\r\n" : "", visits);
	sidereal_request_free(request);
	sidereal_engine_free(engine);
	sidereal_config_free(config);
	return 0;
}
