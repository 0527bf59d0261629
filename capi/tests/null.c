/* NULL to every argument of every function: a status where it is not allowed, and never a crash. */
#include "check.h"

static void configs(void) {
	sidereal_config *config = NULL;
	size_t length = 7;
	char text[8] = "1234567";

	FAILS(NULL, sidereal_config_new(NULL));
	OK(sidereal_config_new(&config));
	sidereal_config_free(NULL);
	FAILS(NULL, sidereal_config_set_text(NULL, SIDEREAL_SETTING_STORE, TEXT("memory:")));
	FAILS(NULL, sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, NULL, 0));
	FAILS(NULL, sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, NULL, 7));
	FAILS(NULL, sidereal_config_set_number(NULL, SIDEREAL_SETTING_GRACE, 60));
	FAILS(NULL, sidereal_config_set_events(NULL, NULL, NULL));
	OK(sidereal_config_set_events(config, NULL, NULL));
	FAILS(NULL, sidereal_config_set_clock(NULL, NULL, NULL));
	OK(sidereal_config_set_clock(config, NULL, NULL));
	FAILS(NULL, sidereal_config_rotate_keyring(NULL, 1));
	FAILS(NULL, sidereal_config_message(NULL, text, sizeof text, &length));
	FAILS(NULL, sidereal_config_message(config, NULL, 8, &length));
	CHECK(length == 7 && strcmp(text, "1234567") == 0);
	OK(sidereal_config_message(config, text, sizeof text, NULL));
	OK(sidereal_config_message(config, NULL, 0, NULL));
	FAILS(NULL, sidereal_engine_new(config, NULL));
	sidereal_config_free(config);
}

static void engines(sidereal_engine *engine) {
	sidereal_engine *none = NULL;
	sidereal_request *request = NULL;
	char text[8];
	size_t length;

	FAILS(NULL, sidereal_engine_new(NULL, &none));
	CHECK(none == NULL);
	sidereal_engine_free(NULL);
	FAILS(NULL, sidereal_after_fork(NULL));
	FAILS(NULL, sidereal_after_fork(&none));
	FAILS(NULL, sidereal_engine_sweep(NULL, 1, NULL));
	OK(sidereal_engine_sweep(engine, 1, NULL));
	FAILS(NULL, sidereal_engine_stats(NULL, NULL, NULL, NULL));
	OK(sidereal_engine_stats(engine, NULL, NULL, NULL));
	FAILS(NULL, sidereal_engine_message(NULL, text, sizeof text, &length));
	FAILS(NULL, sidereal_engine_message(engine, NULL, 8, &length));
	OK(sidereal_engine_message(engine, NULL, 0, NULL));
	FAILS(NULL, sidereal_request_new(NULL, &request));
	FAILS(NULL, sidereal_request_new(engine, NULL));
	CHECK(request == NULL);
}

static void requests(const sidereal_engine *engine) {
	sidereal_request *request = new_request(engine, NULL);
	const void *payload = NULL;
	const char *line = NULL;
	size_t length = 7;
	uint32_t yes = 7;
	sidereal_denial denial;
	char handle[27], text[8];

	sidereal_request_free(NULL);
	FAILS(NULL, sidereal_request_add_cookies(NULL, TEXT("a=b")));
	FAILS(NULL, sidereal_request_add_cookies(request, NULL, 0));
	FAILS(NULL, sidereal_request_set_https(NULL, 1));
	FAILS(NULL, sidereal_request_set_headers_sent(NULL));
	FAILS(NULL, sidereal_request_set_address(NULL, TEXT("::1")));
	FAILS(NULL, sidereal_request_set_address(request, NULL, 0));
	FAILS(NULL, sidereal_request_set_user_agent(NULL, TEXT("x")));
	FAILS(NULL, sidereal_request_set_user_agent(request, NULL, 0));
	FAILS(NULL, sidereal_request_add_header(NULL, TEXT("User-Agent"), TEXT("x")));
	FAILS(NULL, sidereal_request_add_header(request, NULL, 0, TEXT("x")));
	FAILS(NULL, sidereal_request_add_header(request, TEXT("User-Agent"), NULL, 0));
	FAILS(NULL, sidereal_request_open(NULL, SIDEREAL_ACCESS_EXCLUSIVE));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	FAILS(NULL, sidereal_request_payload(NULL, &payload, &length));
	FAILS(NULL, sidereal_request_payload(request, NULL, &length));
	FAILS(NULL, sidereal_request_payload(request, &payload, NULL));
	FAILS(NULL, sidereal_request_set_payload(NULL, "x", 1));
	FAILS(NULL, sidereal_request_set_payload(request, NULL, 1));
	OK(sidereal_request_set_payload(request, NULL, 0));
	FAILS(NULL, sidereal_request_commit(NULL));
	FAILS(NULL, sidereal_request_rotate(NULL));
	FAILS(NULL, sidereal_request_elevate(NULL, SIDEREAL_SNAPSHOT_EMPTY));
	FAILS(NULL, sidereal_request_logout(NULL));
	FAILS(NULL, sidereal_request_quarantine(NULL));
	FAILS(NULL, sidereal_request_close(NULL));
	FAILS(NULL, sidereal_request_set_cookie(NULL, &line, &length));
	FAILS(NULL, sidereal_request_set_cookie(request, NULL, &length));
	FAILS(NULL, sidereal_request_set_cookie(request, &line, NULL));
	FAILS(NULL, sidereal_request_denial(NULL, &denial));
	FAILS(NULL, sidereal_request_denial(request, NULL));
	FAILS(NULL, sidereal_request_is_open(NULL, &yes));
	FAILS(NULL, sidereal_request_is_open(request, NULL));
	FAILS(NULL, sidereal_request_is_writable(NULL, &yes));
	FAILS(NULL, sidereal_request_is_writable(request, NULL));
	FAILS(NULL, sidereal_request_must_reauthenticate(NULL, &yes));
	FAILS(NULL, sidereal_request_must_reauthenticate(request, NULL));
	FAILS(NULL, sidereal_request_may_send_cookie(NULL, &yes));
	FAILS(NULL, sidereal_request_may_send_cookie(request, NULL));
	FAILS(NULL, sidereal_request_handle(NULL, &handle));
	FAILS(NULL, sidereal_request_handle(request, NULL));
	FAILS(NULL, sidereal_request_message(NULL, text, sizeof text, &length));
	FAILS(NULL, sidereal_request_message(request, NULL, 8, &length));
	OK(sidereal_request_message(request, NULL, 0, NULL));
	CHECK(payload == NULL && line == NULL && length == 7 && yes == 7);
	sidereal_request_free(request);
}

static void audits(void) {
	sidereal_config *config = new_config(NULL);
	sidereal_audit *audit = NULL;
	sidereal_finding finding;
	size_t count = 7;
	char text[8] = "1234567";

	FAILS(NULL, sidereal_config_audit(NULL, &audit));
	FAILS(NULL, sidereal_config_audit(config, NULL));
	CHECK(audit == NULL);
	OK(sidereal_config_audit(config, &audit));
	FAILS(NULL, sidereal_audit_count(NULL, &count));
	FAILS(NULL, sidereal_audit_count(audit, NULL));
	FAILS(NULL, sidereal_audit_finding(NULL, 0, &finding));
	FAILS(NULL, sidereal_audit_finding(audit, 0, NULL));
	FAILS(NULL, sidereal_audit_write(NULL, SIDEREAL_FORMAT_TEXT, text, sizeof text, &count));
	FAILS(NULL, sidereal_audit_write(audit, SIDEREAL_FORMAT_TEXT, NULL, 8, &count));
	CHECK(count == 7 && strcmp(text, "1234567") == 0);
	OK(sidereal_audit_write(audit, SIDEREAL_FORMAT_TEXT, NULL, 0, NULL));
	sidereal_audit_free(NULL);
	sidereal_audit_free(audit);
	sidereal_config_free(config);
}

int main(void) {
	sidereal_engine *engine = new_engine(NULL);

	configs();
	engines(engine);
	requests(engine);
	audits();
	sidereal_engine_free(engine);
	return 0;
}
