/* What an alarm keeps (R14): listed, exported as JSON, purged. */
#include "check.h"

static const int64_t minute = INT64_C(60000);

static void read_clock(void *context, int64_t *wall_ms, int64_t *uptime_ms) {
	const int64_t *now = context;

	*wall_ms = *now;
	*uptime_ms = *now - INT64_C(1700000000000);
}

/* Alice logs in, her ID is stolen, she goes on, and the thief comes late. */
static void steal(sidereal_engine *engine, int64_t *now) {
	jar alice = {""}, thief;
	sidereal_request *request = open_request(engine, &alice, SIDEREAL_ACCESS_EXCLUSIVE);

	OK(sidereal_request_login(request, TEXT("alice"), TEXT("pwd")));
	put(request, "secret");
	receive(&alice, request);
	sidereal_request_free(request);
	thief = alice;
	*now += 16 * minute;
	visit(engine, &alice, "secret");
	visit(engine, &alice, "secret");
	*now += 6 * minute;
	CHECK(denial_for(engine, &thief) == SIDEREAL_DENIAL_OBSOLETE);
	CHECK(denial_for(engine, &thief) == SIDEREAL_DENIAL_REVOKED);
}

static size_t count_of(sidereal_engine *engine, const char *user) {
	sidereal_evidence *evidence;
	size_t count = 99;

	OK(sidereal_engine_evidence(engine, user, user ? strlen(user) : 0, 10, &evidence));
	OK(sidereal_evidence_count(evidence, &count));
	sidereal_evidence_free(evidence);
	return count;
}

int main(int argc, char **argv) {
	int64_t now = INT64_C(1800000000000), at, until;
	sidereal_config *config = new_config(argc > 1 ? argv[1] : NULL);
	sidereal_engine *engine;
	sidereal_evidence *evidence;
	char handle[27], json[4096], message[1024];
	size_t length = 0;
	uint32_t found = 9;

	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_ON_OBSOLETE, TEXT("unauthenticate")));
	OK(sidereal_config_message(config, message, sizeof message, NULL));
	CHECK(strstr(message, "revoke_user"));
	OK(sidereal_config_set_clock(config, read_clock, &now));
	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_EVIDENCE_RETENTION, 3600));
	engine = engine_of(config);
	sidereal_config_free(config);

	CHECK(count_of(engine, NULL) == 0);
	steal(engine, &now);
	CHECK(count_of(engine, NULL) == 1 && count_of(engine, "alice") == 1 && count_of(engine, "bob") == 0);
	OK(sidereal_engine_evidence(engine, NULL, 0, 10, &evidence));
	OK(sidereal_evidence_handle(evidence, 0, &handle));
	OK(sidereal_evidence_times(evidence, 0, &at, &until));
	CHECK(at == now && until == now + 3600000);
	FAILS(ARGUMENT, sidereal_evidence_handle(evidence, 1, &handle));
	FAILS(NULL, sidereal_evidence_count(evidence, NULL));
	FAILS(NULL, sidereal_evidence_handle(NULL, 0, &handle));
	sidereal_evidence_free(evidence);
	sidereal_evidence_free(NULL);

	OK(sidereal_engine_evidence_json(engine, TEXT(handle), 0, json, sizeof json, &length));
	CHECK(strlen(json) == length && strstr(json, "\"methods\":[\"pwd\"]") && !strstr(json, "payload"));
	OK(sidereal_engine_evidence_json(engine, TEXT(handle), 1, json, sizeof json, NULL));
	CHECK(strstr(json, "\"payload\":\"c2VjcmV0\"") && !strstr(json, "alice"));
	FAILS(ARGUMENT, sidereal_engine_evidence_json(engine, TEXT(handle), 2, json, sizeof json, NULL));
	FAILS(NULL, sidereal_engine_evidence_json(engine, NULL, 0, 0, json, sizeof json, NULL));
	FAILS(NULL, sidereal_engine_evidence(engine, NULL, 0, 10, NULL));
	OK(sidereal_engine_evidence_purge(engine, TEXT(handle), &found));
	CHECK(found == 1);
	OK(sidereal_engine_evidence_purge(engine, TEXT(handle), &found));
	CHECK(found == 0);
	OK(sidereal_engine_evidence_json(engine, TEXT(handle), 0, json, sizeof json, &length));
	CHECK(length == 0 && count_of(engine, NULL) == 0);

	steal(engine, &now);
	CHECK(count_of(engine, "alice") == 1);
	now += 60 * minute;
	CHECK(count_of(engine, "alice") == 0);
	sidereal_engine_free(engine);
	return 0;
}
