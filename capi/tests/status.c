/* Every status that can be brought about, the sentence that comes with it, and that outputs stay as they were. INTERNAL takes a fault of ours. */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

static const char *message_of(const sidereal_request *request) {
	static char text[1024];
	size_t length = 0;

	OK(sidereal_request_message(request, text, sizeof text, &length));
	CHECK(strlen(text) == length);
	return text;
}

static const char *complaint(const sidereal_config *config) {
	static char text[1024];

	OK(sidereal_config_message(config, text, sizeof text, NULL));
	CHECK(strstr(text, "expected ") && strchr(text, ';'));
	return text;
}

static void texts(sidereal_config *config) {
	static char long_text[70000];

	memset(long_text, 'x', sizeof long_text);
	FAILS(ARGUMENT, sidereal_config_set_text(config, 0, TEXT("x")));
	FAILS(ARGUMENT, sidereal_config_set_text(config, 19, TEXT("x")));
	FAILS(ARGUMENT, sidereal_config_set_text(config, UINT32_MAX, TEXT("x")));
	FAILS(ARGUMENT, sidereal_config_set_text(config, SIDEREAL_SETTING_GRACE, TEXT("60")));
	FAILS(ARGUMENT, sidereal_config_set_number(config, SIDEREAL_SETTING_STORE, 1));
	FAILS(ARGUMENT, sidereal_config_set_number(config, 1000, 1));
	FAILS(ARGUMENT, sidereal_config_set_text(config, SIDEREAL_SETTING_APPLICATION, "a\0b", 3));
	FAILS(ARGUMENT, sidereal_config_set_text(config, SIDEREAL_SETTING_APPLICATION, "a\r\nb", 4));
	FAILS(ARGUMENT, sidereal_config_set_text(config, SIDEREAL_SETTING_APPLICATION, "\xff", 1));
	FAILS(ARGUMENT, sidereal_config_set_text(config, SIDEREAL_SETTING_APPLICATION, long_text, sizeof long_text));
	CHECK(strstr(complaint(config), "65536"));
	FAILS(ARGUMENT, sidereal_config_set_text(config, SIDEREAL_SETTING_APPLICATION, "x", SIZE_MAX));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_APPLICATION, long_text, 129));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, TEXT("redis://user:hunter2@host:port")));
	CHECK(strstr(complaint(config), "redis") && !strstr(complaint(config), "hunter2"));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, TEXT("sqlite:relative")));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, TEXT("redis://user@host")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_STORE_PASSWORD_FILE, TEXT("relative")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_KEYRING, TEXT("relative")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_PROFILE, TEXT("paranoid")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_LOG, TEXT("stdout")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_COOKIE_NAME, TEXT("a b")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_COOKIE_NAME, TEXT("__host-sid")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_COOKIE_SAME_SITE, TEXT("lax")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_SERIALIZER, TEXT("p h p")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_LOCK_FAILURE, TEXT("panic")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_SESSIONS_FULL, TEXT("panic")));
	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_ON_OBSOLETE, TEXT("panic")));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_KEYRING, "", 0));
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, "", 0));
}

static void messages_are_cut_to_the_buffer(sidereal_config *config) {
	char text[8] = "1234567";
	size_t length = 0;

	FAILS(CONFIG, sidereal_config_set_text(config, SIDEREAL_SETTING_PROFILE, TEXT("paranoid")));
	OK(sidereal_config_message(config, text, 5, &length));
	CHECK(strcmp(text, "expe") == 0 && length > 40 && text[5] == '6');
	OK(sidereal_config_message(config, NULL, 0, &length));
	OK(sidereal_config_message(config, text, 1, NULL));
	CHECK(text[0] == '\0');
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_PROFILE, TEXT("high")));
	OK(sidereal_config_message(config, text, sizeof text, &length));
	CHECK(text[0] == '\0' && length == 0);
}

static void settings_that_contradict(const char *directory) {
	static const struct {
		uint32_t setting;
		uint64_t value;
		const char *says;
	} cases[] = {
		{SIDEREAL_SETTING_IDLE_TIMEOUT, 5, "sidereal.idle_timeout"},
		{SIDEREAL_SETTING_ABSOLUTE_TIMEOUT, 60, "sidereal.absolute_timeout"},
		{SIDEREAL_SETTING_ABSOLUTE_TIMEOUT, UINT64_MAX, "sidereal.absolute_timeout"},
		{SIDEREAL_SETTING_ROTATE_INTERVAL, 1, "sidereal.rotate_interval"},
		{SIDEREAL_SETTING_GRACE, 0, "sidereal.grace"},
		{SIDEREAL_SETTING_ALARM_AFTER, 1, "sidereal.alarm_after"},
		{SIDEREAL_SETTING_TOUCH_INTERVAL, 1800, "sidereal.touch_interval"},
		{SIDEREAL_SETTING_LOCK_WAIT_MS, UINT64_MAX, "sidereal.lock_wait_ms"},
		{SIDEREAL_SETTING_LOCK_MAX_WAITERS, 0, "sidereal.lock_max_waiters"},
		{SIDEREAL_SETTING_SESSIONS_PER_USER, 0, "sidereal.sessions_per_user"},
		{SIDEREAL_SETTING_MAX_PAYLOAD, UINT64_MAX, "sidereal.max_payload"},
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		sidereal_config *config = new_config(directory);
		sidereal_engine *engine = NULL;

		OK(sidereal_config_set_number(config, cases[i].setting, cases[i].value));
		FAILS(CONFIG, sidereal_engine_new(config, &engine));
		CHECK(engine == NULL && strstr(complaint(config), cases[i].says));
		sidereal_config_free(config);
	}
}

static void places_that_cannot_be_trusted(const char *directory) {
	sidereal_config *config = new_config(directory);
	sidereal_engine *engine = engine_of(config);
	char path[4096];

	sidereal_engine_free(engine);
	engine = NULL;
	snprintf(path, sizeof path, "%s/store/keyring", directory);
	CHECK(chmod(path, 0644) == 0);
	FAILS(KEYRING, sidereal_engine_new(config, &engine));
	CHECK(engine == NULL && strstr(complaint(config), path));
	CHECK(chmod(path, 0600) == 0);
	snprintf(path, sizeof path, "%s/store", directory);
	CHECK(chmod(path, 0755) == 0);
	FAILS(STORE, sidereal_engine_new(config, &engine));
	CHECK(engine == NULL && strstr(complaint(config), path));
	CHECK(chmod(path, 0700) == 0);
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_STORE, TEXT("memory:")));
	FAILS(CONFIG, sidereal_config_rotate_keyring(config, 1));
	snprintf(path, sizeof path, "%s/nothing", directory);
	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_KEYRING, TEXT(path)));
	FAILS(KEYRING, sidereal_config_rotate_keyring(config, 1));
	sidereal_config_free(config);
}

static void a_store_that_is_gone_or_full(const char *directory) {
	struct rlimit limit, tight = {64 * 1024, 64 * 1024};
	static char big[900000];
	sidereal_engine *engine = new_engine(directory);
	jar client = {""};
	sidereal_request *request;

	visit(engine, &client, "small");
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_set_payload(request, big, sizeof big));
	signal(SIGXFSZ, SIG_IGN);
	CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	tight.rlim_max = limit.rlim_max;
	CHECK(setrlimit(RLIMIT_FSIZE, &tight) == 0);
	FAILS(STORE_FULL, sidereal_request_commit(request));
	CHECK(strstr(message_of(request), "expected "));
	CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	sidereal_request_free(request);
	CHECK(finds(engine, &client, "small"));
	sidereal_engine_free(engine);
}

/* Stands before libc's: a machine whose random source fails on demand. */
static int randomness_fails;

ssize_t getrandom(void *buffer, size_t length, unsigned flags);

ssize_t getrandom(void *buffer, size_t length, unsigned flags) {
	FILE *source;
	size_t count;

	(void)flags;
	if (randomness_fails) {
		errno = EIO;
		return -1;
	}
	source = fopen("/dev/urandom", "rb");
	count = source ? fread(buffer, 1, length, source) : 0;
	if (source) {
		fclose(source);
	}
	return (ssize_t)count;
}

static void a_machine_without_randomness(void) {
	sidereal_engine *engine = new_engine(NULL);
	jar client = {""};
	sidereal_request *request;

	visit(engine, &client, "old");
	randomness_fails = 1;
	request = new_request(engine, NULL);
	FAILS(ENTROPY, sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	CHECK(strstr(message_of(request), "getrandom") && line_of(request)[0] == '\0');
	sidereal_request_free(request);
	CHECK(finds(engine, &client, "old"));
	randomness_fails = 0;
	sidereal_engine_free(engine);
}

/* Deleting the lock files takes the exclusion away; the row's version still tells that somebody else has written. */
static void a_holder_that_lost_its_lock(const char *directory) {
	sidereal_engine *first = new_engine(directory), *second;
	sidereal_request *late;
	char path[4096];
	const struct dirent *entry;
	jar client = {""};
	DIR *store;

	visit(first, &client, "old");
	late = open_request(first, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	snprintf(path, sizeof path, "%s/store", directory);
	store = opendir(path);
	CHECK(store != NULL);
	while ((entry = readdir(store)) != NULL) {
		if (strncmp(entry->d_name, "lock", 4) == 0) {
			snprintf(path, sizeof path, "%s/store/%s", directory, entry->d_name);
			CHECK(unlink(path) == 0);
		}
	}
	closedir(store);
	second = new_engine(directory);
	visit(second, &client, "quick");
	OK(sidereal_request_set_payload(late, "late", 4));
	FAILS(LOST, sidereal_request_commit(late));
	CHECK(strstr(message_of(late), "lost"));
	sidereal_request_free(late);
	CHECK(finds(second, &client, "quick"));
	sidereal_engine_free(first);
	sidereal_engine_free(second);
}

static void payloads(void) {
	static char big[2048];
	sidereal_config *config = new_config(NULL);
	sidereal_engine *engine;
	sidereal_request *request;
	jar client = {""};

	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_MAX_PAYLOAD, 1024));
	engine = engine_of(config);
	visit(engine, &client, "old");
	request = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	OK(sidereal_request_set_payload(request, big, sizeof big));
	FAILS(TOO_LARGE, sidereal_request_commit(request));
	CHECK(strstr(message_of(request), "sidereal.max_payload"));
	FAILS(ARGUMENT, sidereal_request_set_payload(request, big, SIZE_MAX));
	put(request, "new");
	sidereal_request_free(request);
	CHECK(finds(engine, &client, "new"));
	sidereal_engine_free(engine);
	sidereal_config_free(config);
}

static void waits(const char *directory) {
	sidereal_config *config = new_config(directory);
	sidereal_engine *engine;
	sidereal_request *holder, *other;
	jar client = {""};
	uint32_t yes = 7;

	OK(sidereal_config_set_number(config, SIDEREAL_SETTING_LOCK_WAIT_MS, 20));
	engine = engine_of(config);
	visit(engine, &client, "held");
	holder = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	other = new_request(engine, &client);
	FAILS(BUSY, sidereal_request_open(other, SIDEREAL_ACCESS_EXCLUSIVE));
	CHECK(strstr(message_of(other), "commit early"));
	CHECK(line_of(other)[0] == '\0');
	OK(sidereal_request_is_open(other, &yes));
	CHECK(yes == 0);
	OK(sidereal_request_open(other, SIDEREAL_ACCESS_READ_ONLY));
	CHECK(payload_is(other, "held"));
	OK(sidereal_request_set_payload(other, "x", 1));
	FAILS(DROPPED, sidereal_request_commit(other));
	sidereal_request_free(other);
	sidereal_engine_free(engine);

	OK(sidereal_config_set_text(config, SIDEREAL_SETTING_LOCK_FAILURE, TEXT("read-only")));
	engine = engine_of(config);
	other = open_request(engine, &client, SIDEREAL_ACCESS_EXCLUSIVE);
	CHECK(payload_is(other, "held"));
	OK(sidereal_request_is_writable(other, &yes));
	CHECK(yes == 0);
	sidereal_request_free(other);
	sidereal_request_free(holder);
	sidereal_engine_free(engine);
	sidereal_config_free(config);
}

static void moments(void) {
	sidereal_engine *engine = new_engine(NULL);
	jar client = {""};
	sidereal_request *request = new_request(engine, &client);
	const void *payload = &client;
	size_t length = 7;

	FAILS(STATE, sidereal_request_payload(request, &payload, &length));
	CHECK(payload == &client && length == 7);
	CHECK(strstr(message_of(request), "sidereal_request_open()"));
	FAILS(STATE, sidereal_request_set_payload(request, "x", 1));
	FAILS(STATE, sidereal_request_commit(request));
	FAILS(STATE, sidereal_request_rotate(request));
	FAILS(STATE, sidereal_request_elevate(request, SIDEREAL_SNAPSHOT_EMPTY));
	FAILS(STATE, sidereal_request_logout(request));
	FAILS(STATE, sidereal_request_quarantine(request));
	OK(sidereal_request_close(request));
	FAILS(ARGUMENT, sidereal_request_open(request, 2));
	FAILS(ARGUMENT, sidereal_request_set_https(request, 2));
	OK(sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	FAILS(STATE, sidereal_request_open(request, SIDEREAL_ACCESS_EXCLUSIVE));
	FAILS(STATE, sidereal_request_add_cookies(request, TEXT("a=b")));
	FAILS(STATE, sidereal_request_set_https(request, 1));
	FAILS(STATE, sidereal_request_set_address(request, TEXT("::1")));
	FAILS(STATE, sidereal_request_set_user_agent(request, TEXT("x")));
	FAILS(ARGUMENT, sidereal_request_elevate(request, 2));
	sidereal_request_free(request);

	request = new_request(engine, &client);
	OK(sidereal_request_set_address(request, TEXT("2001:db8::1")));
	OK(sidereal_request_set_user_agent(request, TEXT("Mozilla/5.0")));
	FAILS(ARGUMENT, sidereal_request_set_user_agent(request, "a\nb", 3));
	sidereal_request_free(request);
	sidereal_engine_free(engine);
}

static void every_status_has_a_sentence(void) {
	uint32_t number;

	for (number = 0; number <= SIDEREAL_STATUS_CSRF_REFUSED; number++) {
		CHECK(strlen(sidereal_strerror(number)) > 3 && !strstr(sidereal_strerror(number), "does not know"));
	}
	CHECK(strstr(sidereal_strerror(number), "does not know") && strstr(sidereal_strerror(UINT32_MAX), "does not know"));
}

/* Programs that were compiled against an older header go on. */
static void numbers_never_change(void) {
	CHECK(SIDEREAL_STATUS_OK == 0 && SIDEREAL_STATUS_NULL == 1 && SIDEREAL_STATUS_ARGUMENT == 2 && SIDEREAL_STATUS_CONFIG == 3);
	CHECK(SIDEREAL_STATUS_STORE == 4 && SIDEREAL_STATUS_STORE_FULL == 5 && SIDEREAL_STATUS_KEYRING == 6);
	CHECK(SIDEREAL_STATUS_ENTROPY == 7 && SIDEREAL_STATUS_BUSY == 8 && SIDEREAL_STATUS_DROPPED == 9);
	CHECK(SIDEREAL_STATUS_LOST == 10 && SIDEREAL_STATUS_TOO_LARGE == 11 && SIDEREAL_STATUS_STATE == 12);
	CHECK(SIDEREAL_STATUS_FORKED == 13 && SIDEREAL_STATUS_INTERNAL == 14);
	CHECK(SIDEREAL_STATUS_ROSTER_FULL == 15 && SIDEREAL_STATUS_REAUTHENTICATION_REQUIRED == 16);
	CHECK(SIDEREAL_STATUS_HEADERS_SENT == 17 && SIDEREAL_STATUS_NOT_BOUND == 18);
	CHECK(SIDEREAL_ACCESS_EXCLUSIVE == 0 && SIDEREAL_ACCESS_READ_ONLY == 1);
	CHECK(SIDEREAL_SNAPSHOT_AS_READ == 0 && SIDEREAL_SNAPSHOT_EMPTY == 1);
	CHECK(SIDEREAL_DENIAL_NONE == 0 && SIDEREAL_DENIAL_FORGED == 1 && SIDEREAL_DENIAL_UNKNOWN == 2 && SIDEREAL_DENIAL_IDLE == 3);
	CHECK(SIDEREAL_DENIAL_ABSOLUTE == 4 && SIDEREAL_DENIAL_LOST_COOKIE == 5 && SIDEREAL_DENIAL_SUPERSEDED == 6);
	CHECK(SIDEREAL_DENIAL_OBSOLETE == 7 && SIDEREAL_DENIAL_LOGGED_OUT == 8 && SIDEREAL_DENIAL_REVOKED == 9);
	CHECK(SIDEREAL_DENIAL_BROKEN == 10 && SIDEREAL_DENIAL_CONFLICT == 11);
	CHECK(SIDEREAL_SETTING_STORE == 1 && SIDEREAL_SETTING_KEYRING == 2 && SIDEREAL_SETTING_APPLICATION == 3);
	CHECK(SIDEREAL_SETTING_PROFILE == 4 && SIDEREAL_SETTING_LOG == 5 && SIDEREAL_SETTING_COOKIE_NAME == 6);
	CHECK(SIDEREAL_SETTING_COOKIE_SAME_SITE == 7 && SIDEREAL_SETTING_SERIALIZER == 8 && SIDEREAL_SETTING_LOCK_FAILURE == 9);
	CHECK(SIDEREAL_SETTING_IDLE_TIMEOUT == 20 && SIDEREAL_SETTING_ABSOLUTE_TIMEOUT == 21 && SIDEREAL_SETTING_ROTATE_INTERVAL == 22);
	CHECK(SIDEREAL_SETTING_GRACE == 23 && SIDEREAL_SETTING_ALARM_AFTER == 24 && SIDEREAL_SETTING_TOUCH_INTERVAL == 25);
	CHECK(SIDEREAL_SETTING_LOCK_WAIT_MS == 30 && SIDEREAL_SETTING_LOCK_MAX_WAITERS == 31);
	CHECK(SIDEREAL_SETTING_MAX_PAYLOAD == 32 && SIDEREAL_SETTING_ANONYMOUS_MAX == 33);
	CHECK(SIDEREAL_SETTING_SESSIONS_FULL == 10 && SIDEREAL_SETTING_SESSIONS_PER_USER == 34 && SIDEREAL_SETTING_ON_OBSOLETE == 11);
}

int main(int count, char **arguments) {
	sidereal_config *config;

	CHECK(count == 2);
	config = new_config(NULL);
	texts(config);
	messages_are_cut_to_the_buffer(config);
	sidereal_config_free(config);
	settings_that_contradict(arguments[1]);
	places_that_cannot_be_trusted(arguments[1]);
	a_store_that_is_gone_or_full(arguments[1]);
	payloads();
	waits(arguments[1]);
	a_machine_without_randomness();
	a_holder_that_lost_its_lock(arguments[1]);
	moments();
	every_status_has_a_sentence();
	numbers_never_change();
	return 0;
}
