/* What PHP is doing, and the globals of ext/session: found in MINIT, read into facts, forced to safe values while a
 * session is open. */
#include "api.h"

#include <dlfcn.h>

#ifdef ZTS
ts_rsrc_id sidereal_session_id;
#else
php_ps_globals *sidereal_session;
#endif

static zend_result (*register_module)(const ps_module *);
static zend_result (*reset_id)(void);
static zend_result (*valid_key)(const char *);

/*
 * ext/session may be a shared library that is loaded after ours, so none of its symbols may be undefined in us. By
 * MINIT everything is loaded.
 */
zend_result sidereal_find_session(void) {
    const zend_module_entry *session = zend_hash_str_find_ptr(&module_registry, ZEND_STRL("session"));

    *(void **)&register_module = dlsym(RTLD_DEFAULT, "php_session_register_module");
    *(void **)&reset_id = dlsym(RTLD_DEFAULT, "php_session_reset_id");
    *(void **)&valid_key = dlsym(RTLD_DEFAULT, "php_session_valid_key");
    if (!session || !register_module || !reset_id || !valid_key) {
        zend_error(
            E_CORE_WARNING,
            "Sidereal: expected ext/session to be loaded, found none; add extension=session to php.ini, or install "
            "the package that has it");
        return FAILURE;
    }
#ifdef ZTS
    sidereal_session_id = *session->globals_id_ptr;
#else
    sidereal_session = session->globals_ptr;
#endif
    return SUCCESS;
}

zend_result sidereal_register(void) {
    if (register_module(&sidereal_ps_module) == FAILURE) {
        zend_error(
            E_CORE_WARNING,
            "Sidereal: expected a free place among PHP's session save handlers, found none; load fewer extensions "
            "that bring save handlers");
        return FAILURE;
    }
    return SUCCESS;
}

zend_result sidereal_reset_id(void) {
    return reset_id();
}

bool sidereal_valid_key(const char *key) {
    return valid_key(key) == SUCCESS;
}

bool sidereal_is_command_line(void) {
    return strcmp(sapi_module.name, "cli") == 0 || strcmp(sapi_module.name, "phpdbg") == 0;
}

/* php -q and php-cgi -q send no headers at all; neither does the command line, which does not say so. */
bool sidereal_can_set_cookie(void) {
    return SPS(use_cookies) && !SG(headers_sent) && !SG(request_info).no_headers && !sidereal_is_command_line();
}

/*
 * Leaving by longjmp sets unclean_shutdown. Since October 2026 running out of memory no longer leaves at once but makes
 * everything fail until PHP gets round to it.
 */
static bool dying(void) {
#ifdef ZEND_HAS_OOM
    if (ZEND_HAS_OOM()) {
        return true;
    }
#endif
    return CG(unclean_shutdown);
}

void sidereal_look(sidereal_facts *facts) {
    memset(facts, 0, sizeof(*facts));
    facts->caller = sidereal_find_caller(facts);
    facts->code_runs = EG(current_execute_data) != NULL;
    facts->upload = SPS(rfc1867_progress) != NULL && facts->caller == SIDEREAL_CALLER_NONE;
    facts->can_set_cookie = !facts->upload && sidereal_can_set_cookie();
    facts->dying = dying();
    facts->serializer = sidereal_text(SPS(serializer) ? SPS(serializer)->name : "");
}

void sidereal_look_at_cookies(sidereal_facts *facts) {
    facts->cookies = sidereal_text(SG(request_info).cookie_data ? SG(request_info).cookie_data : "");
    facts->cookie_name = sidereal_text(SPS_STRING(session_name));
}

/* What PHP makes the cookie of. */
void sidereal_look_at_attributes(sidereal_facts *facts) {
    facts->cookie_secure = SPS(cookie_secure);
    facts->cookie_path = sidereal_text(SPS_STRING(cookie_path));
    facts->cookie_domain = sidereal_text(SPS_STRING(cookie_domain));
    facts->cookie_samesite = sidereal_text(SPS_STRING(cookie_samesite));
}

sidereal_bytes sidereal_server_variable(const char *name, size_t length) {
    const char *value = sapi_module.getenv ? sapi_module.getenv(name, length) : NULL;

    return sidereal_text(value ? value : "");
}

/* The server's own words, not $_SERVER, which the application may have changed and PHP may not have made yet. */
void sidereal_look_at_client(sidereal_facts *facts) {
    facts->address = sidereal_server_variable(ZEND_STRL("REMOTE_ADDR"));
    facts->user_agent = sidereal_server_variable(ZEND_STRL("HTTP_USER_AGENT"));
    facts->accept_language = sidereal_server_variable(ZEND_STRL("HTTP_ACCEPT_LANGUAGE"));
    facts->ch_platform = sidereal_server_variable(ZEND_STRL("HTTP_SEC_CH_UA_PLATFORM"));
    facts->ch_mobile = sidereal_server_variable(ZEND_STRL("HTTP_SEC_CH_UA_MOBILE"));
    facts->forwarded_for = sidereal_server_variable(ZEND_STRL("HTTP_X_FORWARDED_FOR"));
    facts->forwarded_proto = sidereal_server_variable(ZEND_STRL("HTTP_X_FORWARDED_PROTO"));
    if (!sidereal_is_command_line()) {
        facts->scheme = sidereal_is_https() ? SIDEREAL_SCHEME_HTTPS : SIDEREAL_SCHEME_HTTP;
    }
}

void sidereal_look_outside(sidereal_facts *facts) {
    sidereal_look(facts);
    facts->save_path = sidereal_text(SPS_STRING(save_path));
}

/* Whether `$array[session name]` is the ID that PHP has. */
static bool id_is_in(const char *array, size_t length) {
    zval *values = zend_hash_str_find(&EG(symbol_table), array, length);
    zval *value;

    if (!values) {
        return false;
    }
    ZVAL_DEREF(values);
    if (Z_TYPE_P(values) != IS_ARRAY) {
        return false;
    }
    value = zend_hash_str_find(Z_ARRVAL_P(values), SPS_STRING(session_name), strlen(SPS_STRING(session_name)));
    if (!value) {
        return false;
    }
    ZVAL_DEREF(value);
    return Z_TYPE_P(value) == IS_STRING && zend_string_equals(Z_STR_P(value), SPS(id));
}

/*
 * php_session_start() takes an ID from the query string before it calls us, if session.use_only_cookies is off. What it
 * leaves behind tells where the ID is from: it wants to send a cookie for an ID that was there before, or where there
 * was nothing, and in no other case.
 */
void sidereal_look_at_origin(sidereal_facts *facts) {
    if (!SPS(id) || !ZSTR_VAL(SPS(id))[0]) {
        /* PHP found a cookie and could make nothing of it: an array, or characters that it refuses. */
        facts->origin = SPS(use_cookies) && !SPS(send_cookie) ? SIDEREAL_ORIGIN_COOKIE : SIDEREAL_ORIGIN_NONE;
    } else if (SPS(send_cookie)) {
        facts->origin = SIDEREAL_ORIGIN_APPLICATION;
    } else if (SPS(use_only_cookies) || id_is_in(ZEND_STRL("_COOKIE"))) {
        facts->origin = SIDEREAL_ORIGIN_COOKIE;
    } else if (id_is_in(ZEND_STRL("_GET")) || id_is_in(ZEND_STRL("_POST"))) {
        facts->origin = SIDEREAL_ORIGIN_URL;
    } else {
        facts->origin = SIDEREAL_ORIGIN_APPLICATION;
    }
}

#if PHP_VERSION_ID >= 80500
typedef zend_string *session_string;
#else
typedef char *session_string;
#endif

/* PHP's own values, as long as ours stand in their place. */
ZEND_TLS struct {
    bool active;
    bool use_strict_mode, use_cookies, use_only_cookies, use_trans_sid, cookie_httponly, cookie_secure;
    session_string cookie_samesite;
} saved;

static void save_settings(void) {
    saved.active = true;
    saved.use_strict_mode = SPS(use_strict_mode);
    saved.use_cookies = SPS(use_cookies);
    saved.use_only_cookies = SPS(use_only_cookies);
    saved.use_trans_sid = SPS(use_trans_sid);
    saved.cookie_httponly = SPS(cookie_httponly);
    saved.cookie_secure = SPS(cookie_secure);
    saved.cookie_samesite = SPS(cookie_samesite);
}

static session_string lax(void) {
#if PHP_VERSION_ID >= 80500
    return zend_string_init_interned(ZEND_STRL("Lax"), 1);
#else
    static char text[] = "Lax";
    return text;
#endif
}

/* While a session is open its ID comes from a cookie and goes to a cookie, and that cookie has its flags (R3-R6). */
void sidereal_force_settings(const sidereal_facts *facts, const sidereal_reply *reply) {
    if (saved.active) {
        return;
    }
    save_settings();
    SPS(use_strict_mode) = 1;
    SPS(use_only_cookies) = 1;
    SPS(use_trans_sid) = 0;
    SPS(define_sid) = 0;
    SPS(cookie_httponly) = 1;
    if (!SPS_STRING(cookie_samesite)[0]) {
        SPS(cookie_samesite) = lax();
    }
    if (!SPS(cookie_secure)) {
        SPS(cookie_secure) = (reply->act & SIDEREAL_ACT_SECURE) != 0;
    }
    if (facts->upload) {
        /* Whatever ID the form field holds, no cookie is sent for it (A3). */
        SPS(use_cookies) = 0;
    }
}

void sidereal_restore_settings(void) {
    if (!saved.active) {
        return;
    }
    saved.active = false;
    SPS(use_strict_mode) = saved.use_strict_mode;
    SPS(use_cookies) = saved.use_cookies;
    SPS(use_only_cookies) = saved.use_only_cookies;
    SPS(use_trans_sid) = saved.use_trans_sid;
    SPS(cookie_httponly) = saved.cookie_httponly;
    SPS(cookie_secure) = saved.cookie_secure;
    SPS(cookie_samesite) = saved.cookie_samesite;
}

static zend_string *session_setting(const char *name, size_t length) {
    const zend_ini_entry *entry = zend_hash_str_find_ptr(EG(ini_directives), name, length);

    return entry && entry->value ? entry->value : ZSTR_EMPTY_ALLOC();
}

#define SETTING_IS_ON(name) zend_ini_parse_bool(session_setting(ZEND_STRL("session." name)))

/*
 * A request whose session was never closed: PHP has left by longjmp in the middle of session_regenerate_id(). PHP has
 * put back its INI values by now and freed those of this request, so they are read anew.
 */
static void restore_settings_from_ini(void) {
    zend_string *samesite = session_setting(ZEND_STRL("session.cookie_samesite"));

    saved.active = false;
    SPS(use_strict_mode) = SETTING_IS_ON("use_strict_mode");
    SPS(use_cookies) = SETTING_IS_ON("use_cookies");
    SPS(use_only_cookies) = SETTING_IS_ON("use_only_cookies");
    SPS(use_trans_sid) = SETTING_IS_ON("use_trans_sid");
    SPS(cookie_httponly) = SETTING_IS_ON("cookie_httponly");
    SPS(cookie_secure) = SETTING_IS_ON("cookie_secure");
#if PHP_VERSION_ID >= 80500
    SPS(cookie_samesite) = samesite;
#else
    SPS(cookie_samesite) = ZSTR_VAL(samesite);
#endif
}

void sidereal_request_over(void) {
    if (saved.active) {
        restore_settings_from_ini();
    }
    sidereal_strip_nothing();
    sidereal_set_throwing(false);
    sidereal_forget_handler();
    /* A body that could not be read to its end leaves this behind, and the memory is gone. */
    SPS(rfc1867_progress) = NULL;
}
