/*
 * A FastCGI application with a log-in, a counter and a log-out, served by worker processes behind nginx. `make demo-c` shows it.
 *
 *   cc fcgi-login.c $(pkg-config --cflags --libs sidereal) -lfcgi
 *   ./fcgi-login /run/app.sock sqlite:/var/lib/app/store file:/var/log/app-events.jsonl
 *
 * What to look at: elevate() before the user is stored, commit() before the response is written, logout() whose status counts.
 */
#define _POSIX_C_SOURCE 200809L
#include <fcgiapp.h>
#include <sidereal.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 4 };

/* What this application keeps in a session. */
typedef struct visitor {
	char user[16];
	long count;
} visitor;

/* A real application keeps hashes. */
static const char *const passwords[][2] = {{"alice", "wonderland"}, {"bob", "builder"}};

static const char *parameter(const FCGX_Request *http, const char *name) {
	const char *value = FCGX_GetParam(name, http->envp);

	return value ? value : "";
}

/* Ours is the proxy in front: it says how the request came, and no client can. */
static sidereal_status open_session(sidereal_request *request, const FCGX_Request *http, visitor *who) {
	const char *cookies = parameter(http, "HTTP_COOKIE"), *address = parameter(http, "REMOTE_ADDR");
	const char *agent = parameter(http, "HTTP_USER_AGENT");
	const void *payload;
	size_t length;
	sidereal_status status;

	if (sidereal_request_set_https(request, strcmp(parameter(http, "HTTPS"), "on") == 0) != SIDEREAL_STATUS_OK) {
		return SIDEREAL_STATUS_ARGUMENT;
	}
	/* What is no header value is left out: such a client is a stranger. */
	sidereal_request_add_cookies(request, cookies, strlen(cookies));
	sidereal_request_set_address(request, address, strlen(address));
	sidereal_request_set_user_agent(request, agent, strlen(agent));
	status = sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE);
	if (status == SIDEREAL_STATUS_OK) {
		status = sidereal_request_payload(request, &payload, &length);
	}
	if (status == SIDEREAL_STATUS_OK && length == sizeof *who) {
		memcpy(who, payload, sizeof *who);
	}
	return status;
}

static sidereal_status keep(sidereal_request *request, const visitor *who) {
	sidereal_status status = sidereal_request_set_payload(request, who, sizeof *who);

	return status == SIDEREAL_STATUS_OK ? sidereal_request_commit(request) : status;
}

/* The value of a form field, without decoding: names and passwords of the demo need none. */
static void field(const char *form, const char *name, char *value, size_t size) {
	const char *at = form;
	size_t length = strlen(name);

	value[0] = '\0';
	while (at && *at) {
		if (strncmp(at, name, length) == 0 && at[length] == '=') {
			snprintf(value, size, "%.*s", (int)strcspn(at + length + 1, "&"), at + length + 1);
			return;
		}
		at = strchr(at, '&');
		at = at ? at + 1 : NULL;
	}
}

static sidereal_status log_in(sidereal_request *request, const FCGX_Request *http, visitor *who) {
	char form[256] = "", user[16], password[32];
	sidereal_status status;
	size_t i;
	int length = FCGX_GetStr(form, sizeof form - 1, http->in);

	form[length > 0 ? length : 0] = '\0';
	field(form, "user", user, sizeof user);
	field(form, "password", password, sizeof password);
	for (i = 0; i < sizeof passwords / sizeof passwords[0]; i++) {
		if (strcmp(user, passwords[i][0]) == 0 && strcmp(password, passwords[i][1]) == 0) {
			/* First the new ID, then what it may see: the ID from before the log-in never gets there. */
			status = sidereal_request_elevate(request, SIDEREAL_SNAPSHOT_AS_READ);
			if (status != SIDEREAL_STATUS_OK) {
				return status;
			}
			snprintf(who->user, sizeof who->user, "%s", user);
			return keep(request, who);
		}
	}
	return SIDEREAL_STATUS_OK;
}

static void begin(const FCGX_Request *http, const sidereal_request *request, const char *status) {
	const char *line = "";
	size_t length = 0;

	FCGX_FPrintF(http->out, "Status: %s\r\nCache-Control: no-store\r\n", status);
	if (sidereal_request_set_cookie(request, &line, &length) == SIDEREAL_STATUS_OK && length > 0) {
		FCGX_FPrintF(http->out, "Set-Cookie: %s\r\n", line);
	}
}

static void page(const FCGX_Request *http, const sidereal_request *request, const visitor *who) {
	sidereal_denial denial = SIDEREAL_DENIAL_NONE;

	sidereal_request_denial(request, &denial);
	begin(http, request, "200 OK");
	FCGX_FPrintF(http->out, "Content-Type: text/html; charset=utf-8\r\n\r\n<!doctype html><title>Sidereal in C</title>"
				"<h1>Sidereal in C</h1><p data-user=\"%s\" data-count=\"%d\">%s, you were here %d times.</p>",
		     who->user, (int)who->count, who->user[0] ? who->user : "Guest", (int)who->count);
	if (denial == SIDEREAL_DENIAL_OBSOLETE) {
		FCGX_FPrintF(http->out, "<p><strong>Somebody else may have used your session. It was ended.</strong></p>");
	}
	if (who->user[0]) {
		FCGX_FPrintF(http->out, "<form method=post action=/logout><button>Log out</button></form>");
	} else {
		FCGX_FPrintF(http->out, "<form method=post action=/login><input name=user placeholder=alice>"
					"<input name=password type=password placeholder=wonderland><button>Log in</button></form>");
	}
}

static void redirect(const FCGX_Request *http, const sidereal_request *request) {
	begin(http, request, "303 See Other");
	FCGX_FPrintF(http->out, "Location: /\r\n\r\n");
}

static void fail(const FCGX_Request *http, const sidereal_request *request, sidereal_status status) {
	char message[1024] = "";

	sidereal_request_message(request, message, sizeof message, NULL);
	fprintf(stderr, "fcgi-login: %s\n", message);
	FCGX_FPrintF(http->out, "Status: 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Type: text/plain\r\n\r\n%s\n", sidereal_strerror(status));
}

static void serve(const sidereal_engine *engine, const FCGX_Request *http) {
	const char *path = parameter(http, "DOCUMENT_URI");
	int posted = strcmp(parameter(http, "REQUEST_METHOD"), "POST") == 0;
	sidereal_request *request;
	visitor who = {"", 0};
	sidereal_status status;

	if (sidereal_request_new(engine, &request) != SIDEREAL_STATUS_OK) {
		return;
	}
	status = open_session(request, http, &who);
	if (status == SIDEREAL_STATUS_OK && posted && strcmp(path, "/login") == 0) {
		status = log_in(request, http, &who);
	} else if (status == SIDEREAL_STATUS_OK && posted && strcmp(path, "/logout") == 0) {
		status = sidereal_request_logout(request);
	} else if (status == SIDEREAL_STATUS_OK && !posted) {
		who.count++;
		status = keep(request, &who);
	}
	/* A write that had to be dropped is no failure of this request: it was in flight while the client logged in or out. */
	if (status != SIDEREAL_STATUS_OK && status != SIDEREAL_STATUS_DROPPED) {
		fail(http, request, status);
	} else if (posted) {
		redirect(http, request);
	} else {
		page(http, request, &who);
	}
	sidereal_request_free(request);
}

static int work(sidereal_config *config, int listener) {
	sidereal_engine *engine;
	FCGX_Request http;

	/* After the fork: locks and files belong to one process. */
	if (sidereal_engine_new(config, &engine) != SIDEREAL_STATUS_OK) {
		char message[1024] = "";

		sidereal_config_message(config, message, sizeof message, NULL);
		fprintf(stderr, "fcgi-login: %s\n", message);
		return 1;
	}
	FCGX_InitRequest(&http, listener, 0);
	while (FCGX_Accept_r(&http) >= 0) {
		serve(engine, &http);
		FCGX_Finish_r(&http);
	}
	sidereal_engine_free(engine);
	return 0;
}

/* Its workers end with it. */
static void end(int number) {
	(void)number;
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	_exit(0);
}

int main(int count, char **arguments) {
	sidereal_config *config;
	int listener, i;

	if (count != 4) {
		fprintf(stderr, "usage: fcgi-login SOCKET STORE LOG\n");
		return 2;
	}
	if (sidereal_config_new(&config) != SIDEREAL_STATUS_OK ||
	    sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, arguments[2], strlen(arguments[2])) != SIDEREAL_STATUS_OK ||
	    sidereal_config_set_text(config, SIDEREAL_SETTING_LOG, arguments[3], strlen(arguments[3])) != SIDEREAL_STATUS_OK) {
		fprintf(stderr, "fcgi-login: expected STORE to be sqlite:/directory and LOG to be file:/path\n");
		return 2;
	}
	FCGX_Init();
	listener = FCGX_OpenSocket(arguments[1], 64);
	if (listener < 0 || setpgid(0, 0) != 0) {
		fprintf(stderr, "fcgi-login: %s can not be listened on\n", arguments[1]);
		return 1;
	}
	for (i = 0; i < WORKERS; i++) {
		if (fork() == 0) {
			return work(config, listener);
		}
	}
	signal(SIGTERM, end);
	signal(SIGINT, end);
	while (wait(NULL) > 0) {
	}
	return 1;
}
