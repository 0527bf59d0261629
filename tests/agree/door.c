/* The C door for tests/agree.rs: one request, as its arguments say, on the store that PHP has as well.
 *
 *   door STORE COOKIES COMMAND [VALUE]       read | write VALUE | append VALUE | elevate VALUE | rotate | logout | hold |
 *                                          login USER | roster USER | revoke USER
 *
 * `login` keeps the payload, `roster` prints "handle <handle>" for each session of the user, `revoke` ends all of them and prints "revoked <count>".
 * Prints "payload <bytes>", "denial <word>" and, if there is one, "set-cookie <line>". `hold` says "held" and keeps the session until a line comes in. */
#include <sidereal.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) literal, strlen(literal)

static sidereal_request *request;

static void must(sidereal_status status, const char *what) {
	char message[1024] = "";

	if (status != SIDEREAL_STATUS_OK) {
		sidereal_request_message(request, message, sizeof message, NULL);
		printf("failed %s %u %s\n", what, (unsigned)status, message);
		exit(1);
	}
}

static void write_payload(const char *before, size_t length, const char *value) {
	size_t whole = length + strlen(value);
	char *joined = malloc(whole + 1);

	if (!joined) {
		abort();
	}
	memcpy(joined, before, length);
	memcpy(joined + length, value, strlen(value));
	must(sidereal_request_set_payload(request, joined, whole), "set_payload");
	free(joined);
	must(sidereal_request_commit(request), "commit");
}

int main(int count, char **arguments) {
	const char *command = count > 3 ? arguments[3] : "", *value = count > 4 ? arguments[4] : "", *line;
	sidereal_config *config = NULL;
	sidereal_engine *engine = NULL;
	const void *payload;
	sidereal_roster *roster = NULL;
	char handle[27];
	uint64_t ended;
	size_t length, at;
	sidereal_denial denial;
	char byte;

	if (count < 4) {
		return 2;
	}
	must(sidereal_config_new(&config), "config");
	must(sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, TEXT(arguments[1])), "store");
	if (getenv("DOOR_KEYRING")) {
		must(sidereal_config_set_text(config, SIDEREAL_SETTING_KEYRING, TEXT(getenv("DOOR_KEYRING"))), "keyring");
	}
	must(sidereal_config_set_text(config, SIDEREAL_SETTING_COOKIE_NAME, TEXT("PHPSESSID")), "name");
	must(sidereal_config_set_text(config, SIDEREAL_SETTING_SERIALIZER, TEXT("php")), "serializer");
	must(sidereal_config_set_text(config, SIDEREAL_SETTING_LOG, TEXT("none")), "log");
	must(sidereal_config_set_number(config, SIDEREAL_SETTING_LOCK_WAIT_MS, strcmp(command, "impatient") ? 10000 : 50), "wait");
	must(sidereal_engine_new(config, &engine), "engine");
	must(sidereal_request_new(engine, &request), "request");
	must(sidereal_request_add_cookies(request, TEXT(arguments[2])), "cookies");
	must(sidereal_request_open(request, strcmp(command, "read") ? SIDEREAL_ACCESS_EXCLUSIVE : SIDEREAL_ACCESS_READ_ONLY), "open");
	must(sidereal_request_payload(request, &payload, &length), "payload");
	printf("payload ");
	fwrite(payload, 1, length, stdout);
	must(sidereal_request_denial(request, &denial), "denial");
	printf("\ndenial %s\n", sidereal_denial_word(denial));
	if (strcmp(command, "write") == 0) {
		write_payload("", 0, value);
	} else if (strcmp(command, "append") == 0) {
		write_payload(payload, length, value);
	} else if (strcmp(command, "elevate") == 0) {
		must(sidereal_request_elevate(request, SIDEREAL_SNAPSHOT_AS_READ), "elevate");
		write_payload("", 0, value);
	} else if (strcmp(command, "rotate") == 0) {
		must(sidereal_request_rotate(request), "rotate");
	} else if (strcmp(command, "logout") == 0) {
		must(sidereal_request_logout(request), "logout");
	} else if (strcmp(command, "login") == 0) {
		must(sidereal_request_login(request, TEXT(value), TEXT("pwd")), "login");
		must(sidereal_request_commit(request), "commit");
		must(sidereal_request_handle(request, &handle), "handle");
		printf("own %s\n", handle);
	} else if (strcmp(command, "roster") == 0) {
		must(sidereal_engine_roster(engine, TEXT(value), &roster), "roster");
		must(sidereal_roster_count(roster, &length), "count");
		for (at = 0; at < length; at++) {
			must(sidereal_roster_handle(roster, at, &handle), "handle");
			printf("handle %s\n", handle);
		}
		printf("count %u\n", (unsigned)length);
		sidereal_roster_free(roster);
	} else if (strcmp(command, "revoke") == 0) {
		must(sidereal_engine_revoke_user(engine, TEXT(value), &ended), "revoke");
		printf("revoked %u\n", (unsigned)ended);
	} else if (strcmp(command, "hold") == 0) {
		printf("held\n");
		fflush(stdout);
		if (fread(&byte, 1, 1, stdin) != 1) {
			return 1;
		}
	}
	must(sidereal_request_set_cookie(request, &line, &length), "set_cookie");
	if (length > 0) {
		printf("set-cookie %s\n", line);
	}
	sidereal_request_free(request);
	sidereal_engine_free(engine);
	sidereal_config_free(config);
	return 0;
}
