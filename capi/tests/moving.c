/* Moving from PHP's own handler: each session is taken over once, and its client gets an ID of ours (A1). */
#include "check.h"

#define OLD "0123456789abcdefghijklmnopqrstuv"
#define BASKET "basket|s:4:\"shoe\";"

static int migrated, down;

static void take(void *context, const sidereal_event *event) {
	(void)context;
	migrated += strcmp(event->name, "session_migrated") == 0;
	down += strcmp(event->name, "store_down") == 0;
}

static void leave_session(const char *directory, const char *id) {
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/sess_%s", directory, id);
	umask(077);
	file = fopen(path, "w");
	CHECK(file && fputs(BASKET, file) >= 0 && fclose(file) == 0);
}

static sidereal_engine *engine_from(const char *directory, const char *migrate_from) {
	sidereal_config *config = new_config(directory);
	sidereal_engine *engine;

	OK(sidereal_config_set_events(config, take, NULL));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_MIGRATE_FROM, TEXT("files:old")));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_MIGRATE_FROM, migrate_from, strlen(migrate_from)));
	engine = engine_of(config);
	sidereal_config_free(config);
	return engine;
}

int main(int count, char **arguments) {
	char old[4096], source[4200];
	jar client = {"sid=" OLD}, late = client, stranger = {"sid=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"};
	sidereal_engine *engine;
	sidereal_request *request;
	uint32_t answer = 1;

	CHECK(count == 2);
	snprintf(old, sizeof old, "%s/old", arguments[1]);
	CHECK(mkdir(old, 0700) == 0);
	leave_session(old, OLD);
	snprintf(source, sizeof source, "files:%s", old);

	/* Off by default. */
	engine = new_engine(arguments[1]);
	CHECK(denial_for(engine, &client) == SIDEREAL_DENIAL_FORGED);
	sidereal_engine_free(engine);

	engine = engine_from(arguments[1], source);
	CHECK(denial_for(engine, &stranger) == SIDEREAL_DENIAL_UNKNOWN);
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(payload_is(request, BASKET));
	receive(&client, request);
	put(request, BASKET "n|i:1;");
	sidereal_request_free(request);
	CHECK(strcmp(client.cookies, late.cookies) != 0);
	CHECK(finds(engine, &client, BASKET "n|i:1;") && finds(engine, &late, BASKET "n|i:1;"));
	request = open_request(engine, &late, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(line_of(request)[0] == '\0');
	sidereal_request_free(request);
	CHECK(migrated == 1 && down == 0);
	sidereal_engine_free(engine);

	/* The old store is down: an empty session that is not kept, and the client keeps its cookie. */
	engine = engine_from(arguments[1], "files:/nowhere/at/all");
	request = open_request(engine, &stranger, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_is_writable(request, &answer));
	CHECK(!answer && line_of(request)[0] == '\0' && down == 1);
	sidereal_request_free(request);
	CHECK(finds(engine, &client, BASKET "n|i:1;"));
	sidereal_engine_free(engine);
	return 0;
}
