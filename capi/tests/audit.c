/* R98, R99, A35: what is wrong with a configuration, its store and its keyring. */
#include "check.h"

/* The ids of all findings, with spaces between them. Where the tests run is not what they are about. */
static const char *found_in(sidereal_config *config) {
	static char ids[1024];
	sidereal_audit *audit = NULL;
	sidereal_finding finding;
	size_t count = 0;
	uint32_t severity = SIDEREAL_SEVERITY_ERROR;

	ids[0] = 0;
	OK(sidereal_config_audit(config, &audit));
	OK(sidereal_audit_count(audit, &count));
	for (size_t i = 0; i < count; i++) {
		OK(sidereal_audit_finding(audit, i, &finding));
		CHECK(finding.severity >= severity && finding.severity <= SIDEREAL_SEVERITY_NOTE);
		CHECK(finding.what[0] && finding.why[0] && finding.fix[0] && finding.references[0]);
		severity = finding.severity;
		if (strcmp(finding.id, "store-volatile") && strcmp(finding.id, "store-network") && strcmp(finding.id, "store-full") &&
		    strcmp(finding.id, "store-copy-on-write")) {
			strcat(strcat(ids, ids[0] ? " " : ""), finding.id);
		}
	}
	FAILS(ARGUMENT, sidereal_audit_finding(audit, count, &finding));
	sidereal_audit_free(audit);
	return ids;
}

static void expects(sidereal_config *config, const char *expected) {
	const char *found = found_in(config);

	if (strcmp(found, expected)) {
		fprintf(stderr, "expected '%s', found '%s'\n", expected, found);
		abort();
	}
}

static sidereal_config *good_config(const char *directory) {
	sidereal_config *config = new_config(directory);

	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_LOG, TEXT("stderr")));
	return config;
}

static void settings_are_judged(const char *directory) {
	sidereal_config *config = good_config(directory);

	expects(config, "");
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_LOG, TEXT("none")));
	expects(config, "events-unheard");
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_COOKIE_NAME, TEXT("PHPSESSID")));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_COOKIE_SAME_SITE, TEXT("None")));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_ON_OBSOLETE, TEXT("deny")));
	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_ROTATE_INTERVAL, 0));
	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_SESSIONS_PER_USER, 1000));
	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_LOCK_WAIT_MS, 60000));
	expects(config, "cookie-samesite-none rotation-off weaker-than-profile alarm-denies lock-wait events-unheard cookie-name");
	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_GRACE, 100000));
	expects(config, "policy-invalid cookie-samesite-none events-unheard cookie-name");
	sidereal_config_free(config);
}

static void the_place_is_judged(const char *directory) {
	sidereal_config *config = good_config(directory);
	sidereal_engine *engine;
	char store[4096], keyring[4200];

	snprintf(store, sizeof store, "%s/store", directory);
	snprintf(keyring, sizeof keyring, "%s/keyring", store);
	CHECK(access(store, F_OK) != 0);
	expects(config, "");
	CHECK(access(store, F_OK) != 0);
	engine = engine_of(config);
	expects(config, "");
	CHECK(chmod(keyring, 0644) == 0);
	expects(config, "keyring-unusable");
	CHECK(chmod(store, 0777) == 0);
	expects(config, "store-unusable keyring-unusable");
	CHECK(chmod(store, 0700) == 0 && chmod(keyring, 0600) == 0);
	expects(config, "");
	sidereal_engine_free(engine);
	sidereal_config_free(config);
	config = good_config(NULL);
	expects(config, "store-memory");
	sidereal_config_free(config);
}

static void it_is_written_in_three_ways(void) {
	sidereal_config *config = good_config(NULL);
	sidereal_audit *audit = NULL;
	char text[1 << 16];
	size_t length = 0;

	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_PROFILE, TEXT("high")));
	OK(sidereal_config_audit(config, &audit));
	OK(sidereal_audit_write(audit, SIDEREAL_FORMAT_TEXT, text, sizeof text, &length));
	CHECK(length == strlen(text) && strstr(text, ": 1 warning\n") && strstr(text, "What the protections cost (profile high):"));
	OK(sidereal_audit_write(audit, SIDEREAL_FORMAT_JSON, text, sizeof text, &length));
	CHECK(strstr(text, "{\"verdict\":\"1 warning\",") == text && strstr(text, "\"id\":\"store-memory\""));
	OK(sidereal_audit_write(audit, SIDEREAL_FORMAT_SARIF, text, 20, &length));
	CHECK(strlen(text) == 19 && length > 1000);
	FAILS(ARGUMENT, sidereal_audit_write(audit, 4, text, sizeof text, &length));
	sidereal_audit_free(audit);
	sidereal_config_free(config);
}

int main(int argc, char **argv) {
	CHECK(argc == 2);
	the_place_is_judged(argv[1]);
	settings_are_judged(argv[1]);
	it_is_written_in_three_ways();
	return 0;
}
