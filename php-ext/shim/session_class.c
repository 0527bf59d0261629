/*
 * Sidereal\Session. What changes the session goes the way of ext/session: Rust does it in the store, and then PHP's
 * own session_regenerate_id() is called, so that cookie, $_SESSION and the application's own save handler notice.
 */
#include "api.h"

#include "zend_exceptions.h"

zend_class_entry *sidereal_ce_session;

/* A request has no use for more, and the core says what they may be. */
#define MOST_TEXTS 16

/* --- parameters --- */

/* `string|array`: one name, or a list of them. Answers false when an exception is pending. */
static bool read_texts(uint32_t argument, zend_string *text, HashTable *list, sidereal_bytes *into,
                       sidereal_texts *texts) {
    zval *value;

    *texts = (sidereal_texts){into, 0};
    if (text) {
        into[texts->count++] = sidereal_bytes_of(text);
        return true;
    }
    if (!list) {
        return true;
    }
    if (zend_hash_num_elements(list) > MOST_TEXTS) {
        sidereal_throw_code(SIDEREAL_CODE_ARGUMENT, "expected at most %d names, found %u; leave some out", MOST_TEXTS,
                            zend_hash_num_elements(list));
        return false;
    }
    ZEND_HASH_FOREACH_VAL(list, value) {
        ZVAL_DEREF(value);
        if (Z_TYPE_P(value) != IS_STRING) {
            zend_argument_type_error(argument, "must be a string or a list of strings, %s found in the list",
                                     zend_zval_type_name(value));
            return false;
        }
        into[texts->count++] = sidereal_bytes_of(Z_STR_P(value));
    }
    ZEND_HASH_FOREACH_END();
    return true;
}

/* --- the way through ext/session --- */

bool sidereal_needs_session(void) {
    if (SPS(session_status) == php_session_active) {
        return true;
    }
    sidereal_throw_code(SIDEREAL_CODE_STATE, "expected an active session, found none; call session_start() first");
    return false;
}

bool sidereal_needs_headers(const char *what) {
    const char *file;

    if (!SG(headers_sent)) {
        return true;
    }
    file = php_output_get_start_filename();
    sidereal_throw_code(SIDEREAL_CODE_HEADERS_SENT,
                        "expected headers not to have been sent, because the %s goes into one; found that "
                        "output began at %s:%d; call this before any output",
                        what, file ? file : "an unknown place", php_output_get_start_lineno());
    return false;
}

/* Takes to PHP what Rust has done in the store. */
bool sidereal_renewed(void) {
    sidereal_reply reply;
    bool called = sidereal_call(ZEND_STRL("session_regenerate_id"));

    sidereal_reply_begin(&reply);
    sidereal_api_rust->carried_out(&reply);
    if (called && !reply.ok) {
        sidereal_throw_reply(&reply);
    }
    return called && reply.ok;
}

/* A new ID for new privileges. Answers false when an exception is pending. */
static bool renew(const sidereal_intent *intent) {
    sidereal_facts facts;
    sidereal_reply reply;

    if (!sidereal_needs_session() || !sidereal_needs_headers("new session ID")) {
        return false;
    }
    sidereal_look(&facts);
    sidereal_reply_begin(&reply);
    sidereal_api_rust->intend(&facts, intent, &reply);
    if (!reply.ok) {
        sidereal_throw_reply(&reply);
        return false;
    }
    return sidereal_renewed();
}

zval *sidereal_session_array(void) {
    zval *variable = zend_hash_str_find(&EG(symbol_table), ZEND_STRL("_SESSION"));

    if (variable) {
        ZVAL_DEINDIRECT(variable);
        ZVAL_DEREF(variable);
    }
    return variable && Z_TYPE_P(variable) == IS_ARRAY ? variable : NULL;
}

/* What goes may have destructors: they run when nothing here looks at the array any more. */
static void replace_session_array(zval *with) {
    zval *array = sidereal_session_array();
    zval old;

    if (array) {
        ZVAL_COPY_VALUE(&old, array);
        ZVAL_COPY_VALUE(array, with);
        zval_ptr_dtor(&old);
    } else {
        zval_ptr_dtor(with);
    }
}

/* What the log-in carries over, checked before anything happens. */
static bool are_keys(HashTable *keep) {
    zval *key;

    ZEND_HASH_FOREACH_VAL(keep, key) {
        ZVAL_DEREF(key);
        if (Z_TYPE_P(key) != IS_STRING && Z_TYPE_P(key) != IS_LONG) {
            zend_argument_type_error(3, "must be a list of keys of $_SESSION, %s found in the list",
                                     zend_zval_type_name(key));
            return false;
        }
    }
    ZEND_HASH_FOREACH_END();
    return true;
}

static void keep_only(HashTable *keep) {
    zval *array = sidereal_session_array();
    zval kept, *key, *value;

    if (!array) {
        return;
    }
    array_init(&kept);
    ZEND_HASH_FOREACH_VAL(keep, key) {
        ZVAL_DEREF(key);
        value = Z_TYPE_P(key) == IS_LONG ? zend_hash_index_find(Z_ARRVAL_P(array), (zend_ulong)Z_LVAL_P(key))
                                         : zend_symtable_find(Z_ARRVAL_P(array), Z_STR_P(key));
        if (value) {
            Z_TRY_ADDREF_P(value);
            if (Z_TYPE_P(key) == IS_LONG) {
                zend_hash_index_update(Z_ARRVAL(kept), (zend_ulong)Z_LVAL_P(key), value);
            } else {
                zend_symtable_update(Z_ARRVAL(kept), Z_STR_P(key), value);
            }
        }
    }
    ZEND_HASH_FOREACH_END();
    replace_session_array(&kept);
}

/* --- methods --- */

static ZEND_METHOD(Sidereal_Session, login) {
    zend_string *user, *method = NULL;
    HashTable *methods = NULL, *keep = NULL;
    sidereal_bytes texts[MOST_TEXTS];
    sidereal_intent intent = {.purpose = SIDEREAL_PURPOSE_LOG_IN};

    ZEND_PARSE_PARAMETERS_START(1, 3)
    Z_PARAM_STR(user)
    Z_PARAM_OPTIONAL
    Z_PARAM_ARRAY_HT_OR_STR(methods, method)
    Z_PARAM_ARRAY_HT_OR_NULL(keep)
    ZEND_PARSE_PARAMETERS_END();
    if (!read_texts(2, method, methods, texts, &intent.methods) || (keep && !are_keys(keep))) {
        RETURN_THROWS();
    }
    intent.user = sidereal_bytes_of(user);
    if (renew(&intent)) {
        if (keep) {
            keep_only(keep);
        }
        sidereal_deliver_events();
    }
}

static ZEND_METHOD(Sidereal_Session, elevate) {
    sidereal_intent intent = {.purpose = SIDEREAL_PURPOSE_ELEVATE};

    ZEND_PARSE_PARAMETERS_NONE();
    if (renew(&intent)) {
        sidereal_deliver_events();
    }
}

static ZEND_METHOD(Sidereal_Session, reauthenticated) {
    zend_string *method = NULL, *scope = NULL;
    HashTable *methods = NULL, *scopes = NULL;
    sidereal_bytes method_texts[MOST_TEXTS], scope_texts[MOST_TEXTS];
    sidereal_intent intent = {.purpose = SIDEREAL_PURPOSE_REAUTHENTICATED};

    ZEND_PARSE_PARAMETERS_START(0, 2)
    Z_PARAM_OPTIONAL
    Z_PARAM_ARRAY_HT_OR_STR(methods, method)
    Z_PARAM_ARRAY_HT_OR_STR(scopes, scope)
    ZEND_PARSE_PARAMETERS_END();
    if (!read_texts(1, method, methods, method_texts, &intent.methods) ||
        !read_texts(2, scope, scopes, scope_texts, &intent.scopes)) {
        RETURN_THROWS();
    }
    if (renew(&intent)) {
        sidereal_deliver_events();
    }
}

static const char clear_site_data[] = "Clear-Site-Data: \"cache\", \"cookies\", \"storage\"";

static ZEND_METHOD(Sidereal_Session, logout) {
    bool clear = false;
    zval nothing;

    ZEND_PARSE_PARAMETERS_START(0, 1)
    Z_PARAM_OPTIONAL
    Z_PARAM_BOOL(clear)
    ZEND_PARSE_PARAMETERS_END();
    if (!sidereal_needs_session()) {
        RETURN_THROWS();
    }
    ZVAL_EMPTY_ARRAY(&nothing);
    replace_session_array(&nothing);
    if (!sidereal_call(ZEND_STRL("session_destroy"))) {
        RETURN_THROWS();
    }
    if (clear && !SG(headers_sent)) {
        sapi_add_header_ex(estrndup(clear_site_data, sizeof(clear_site_data) - 1), sizeof(clear_site_data) - 1, 0, 1);
    }
    sidereal_deliver_events();
}

static ZEND_METHOD(Sidereal_Session, createId) {
    zend_string *user;
    sidereal_facts facts;
    sidereal_reply reply;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(user)
    ZEND_PARSE_PARAMETERS_END();
    sidereal_look_outside(&facts);
    sidereal_reply_begin(&reply);
    sidereal_api_rust->mint_for(&facts, sidereal_bytes_of(user), &reply);
    if (!reply.ok) {
        sidereal_throw_reply(&reply);
        RETURN_THROWS();
    }
    RETURN_STRINGL(reply.id.at, reply.id.length);
}

/* A question without arguments. Answers false when an exception is pending. */
static bool ask(void (*question)(sidereal_reply *reply), sidereal_reply *reply) {
    sidereal_reply_begin(reply);
    question(reply);
    if (!reply->ok) {
        sidereal_throw_reply(reply);
    }
    return reply->ok;
}

static ZEND_METHOD(Sidereal_Session, denial) {
    sidereal_reply reply;

    ZEND_PARSE_PARAMETERS_NONE();
    if (!ask(sidereal_api_rust->denial, &reply)) {
        RETURN_THROWS();
    }
    sidereal_denial_case(return_value, reply.id);
}

static ZEND_METHOD(Sidereal_Session, hasStuckCookie) {
    sidereal_reply reply;

    ZEND_PARSE_PARAMETERS_NONE();
    if (!ask(sidereal_api_rust->has_stuck_cookie, &reply)) {
        RETURN_THROWS();
    }
    RETURN_BOOL(reply.count);
}

static ZEND_METHOD(Sidereal_Session, info) {
    sidereal_infos infos = {NULL, 0};
    sidereal_reply reply;

    ZEND_PARSE_PARAMETERS_NONE();
    if (!sidereal_needs_session()) {
        RETURN_THROWS();
    }
    sidereal_reply_begin(&reply);
    sidereal_api_rust->info(&infos, &reply);
    if (!reply.ok) {
        sidereal_throw_reply(&reply);
        RETURN_THROWS();
    }
    if (infos.count) {
        sidereal_new_info(return_value, infos.at);
    }
}

static ZEND_METHOD(Sidereal_Session, userIs) {
    zend_string *user;
    sidereal_reply reply;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(user)
    ZEND_PARSE_PARAMETERS_END();
    if (!sidereal_needs_session()) {
        RETURN_THROWS();
    }
    sidereal_reply_begin(&reply);
    sidereal_api_rust->user_is(sidereal_bytes_of(user), &reply);
    if (!reply.ok) {
        sidereal_throw_reply(&reply);
        RETURN_THROWS();
    }
    RETURN_BOOL(reply.count);
}

/* Answers false when an exception is pending. */
static bool must_reauthenticate(bool *must) {
    sidereal_reply reply;
    bool told = ask(sidereal_api_rust->must_reauthenticate, &reply);

    *must = told && reply.count;
    return told;
}

static ZEND_METHOD(Sidereal_Session, mustReauthenticate) {
    bool must;

    ZEND_PARSE_PARAMETERS_NONE();
    if (!sidereal_needs_session() || !must_reauthenticate(&must)) {
        RETURN_THROWS();
    }
    RETURN_BOOL(must);
}

static void is_another_client(void) {
    sidereal_throw_code(SIDEREAL_CODE_NOT_FRESH,
                        "expected the client that the user authenticated from, found one that seems to be another, or "
                        "that has come from http to https since; ask the user to authenticate again and call "
                        "Sidereal\\Session::reauthenticated()");
}

static void not_fresh(zend_long max_age, zend_string *method, zend_string *scope) {
    sidereal_throw_code(SIDEREAL_CODE_NOT_FRESH,
                        "expected the user to have authenticated within the last " ZEND_LONG_FMT
                        " seconds%s%s%s%s, found that it is longer ago or has not happened; ask for it again and call "
                        "Sidereal\\Session::reauthenticated()",
                        max_age, method ? " by " : "", method ? ZSTR_VAL(method) : "", scope ? " for " : "",
                        scope ? ZSTR_VAL(scope) : "");
}

static ZEND_METHOD(Sidereal_Session, requireFresh) {
    zend_long max_age = 300;
    zend_string *method = NULL, *scope = NULL;
    sidereal_freshness wanted;
    sidereal_reply reply;
    bool must;

    ZEND_PARSE_PARAMETERS_START(0, 3)
    Z_PARAM_OPTIONAL
    Z_PARAM_LONG(max_age)
    Z_PARAM_STR_OR_NULL(method)
    Z_PARAM_STR_OR_NULL(scope)
    ZEND_PARSE_PARAMETERS_END();
    if (max_age < 1) {
        sidereal_throw_code(SIDEREAL_CODE_ARGUMENT,
                            "expected a maximum age of at least one second, found " ZEND_LONG_FMT "; give a number of "
                            "seconds above zero",
                            max_age);
        RETURN_THROWS();
    }
    if (!sidereal_needs_session() || !must_reauthenticate(&must)) {
        RETURN_THROWS();
    }
    if (must) {
        is_another_client();
        RETURN_THROWS();
    }
    wanted = (sidereal_freshness){max_age, {NULL, 0}, {NULL, 0}};
    if (method) {
        wanted.method = sidereal_bytes_of(method);
    }
    if (scope) {
        wanted.scope = sidereal_bytes_of(scope);
    }
    sidereal_reply_begin(&reply);
    sidereal_api_rust->is_fresh(&wanted, &reply);
    if (!reply.ok) {
        sidereal_throw_reply(&reply);
    } else if (!reply.count) {
        not_fresh(max_age, method, scope);
    }
}

/* --- the class --- */

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_login, 0, 1, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, userId, IS_STRING, 0)
ZEND_ARG_TYPE_MASK(0, methods, MAY_BE_ARRAY | MAY_BE_STRING, "[]")
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, keep, IS_ARRAY, 1, "null")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_elevate, 0, 0, IS_VOID, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_reauthenticated, 0, 0, IS_VOID, 0)
ZEND_ARG_TYPE_MASK(0, methods, MAY_BE_ARRAY | MAY_BE_STRING, "[]")
ZEND_ARG_TYPE_MASK(0, scopes, MAY_BE_ARRAY | MAY_BE_STRING, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_logout, 0, 0, IS_VOID, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, clearSiteData, _IS_BOOL, 0, "false")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_create_id, 0, 1, IS_STRING, 0)
ZEND_ARG_TYPE_INFO(0, userId, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_has_stuck_cookie, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_denial, 0, 0, Sidereal\\Denial, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_info, 0, 0, Sidereal\\SessionInfo, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_user_is, 0, 1, _IS_BOOL, 0)
ZEND_ARG_TYPE_INFO(0, userId, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_require_fresh, 0, 0, IS_VOID, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, maxAge, IS_LONG, 0, "300")
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, method, IS_STRING, 1, "null")
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, scope, IS_STRING, 1, "null")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_must_reauthenticate, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

#define STATIC (ZEND_ACC_PUBLIC | ZEND_ACC_STATIC)

static const zend_function_entry methods[] = {
    ZEND_ME(Sidereal_Session, login, arginfo_login, STATIC) ZEND_ME(Sidereal_Session, elevate, arginfo_elevate, STATIC)
        ZEND_ME(Sidereal_Session, reauthenticated, arginfo_reauthenticated, STATIC)
            ZEND_ME(Sidereal_Session, requireFresh, arginfo_require_fresh, STATIC)
                ZEND_ME(Sidereal_Session, mustReauthenticate, arginfo_must_reauthenticate, STATIC)
                    ZEND_ME(Sidereal_Session, logout, arginfo_logout, STATIC)
                        ZEND_ME(Sidereal_Session, createId, arginfo_create_id, STATIC)
                            ZEND_ME(Sidereal_Session, userIs, arginfo_user_is, STATIC)
                                ZEND_ME(Sidereal_Session, info, arginfo_info, STATIC)
                                    ZEND_ME(Sidereal_Session, denial, arginfo_denial, STATIC)
                                        ZEND_ME(Sidereal_Session, hasStuckCookie, arginfo_has_stuck_cookie, STATIC) ZEND_FE_END};

void sidereal_register_session_class(void) {
    zend_class_entry ce;

    INIT_CLASS_ENTRY(ce, "Sidereal\\Session", methods);
    sidereal_ce_session = zend_register_internal_class_ex(&ce, NULL);
    sidereal_no_instances(sidereal_ce_session);
    sidereal_mark_sensitive(sidereal_ce_session, ZEND_STRL("login"));
    sidereal_mark_sensitive(sidereal_ce_session, ZEND_STRL("createid"));
    sidereal_mark_sensitive(sidereal_ce_session, ZEND_STRL("useris"));
}
