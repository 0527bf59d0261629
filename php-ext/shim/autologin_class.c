/*
 * Sidereal\AutoLogin: devices that stay logged in. The cookie is read from the raw header: what PHP makes of names in
 * brackets does not count.
 */
#include "api.h"

/* What every call has. */
struct call {
    sidereal_facts facts;
    sidereal_bytes cookies;
    sidereal_reply reply;
};

static void begin(struct call *call) {
    const char *cookies = SG(request_info).cookie_data;

    sidereal_look_outside(&call->facts);
    sidereal_look_at_client(&call->facts);
    call->cookies = sidereal_text(cookies ? cookies : "");
    sidereal_reply_begin(&call->reply);
}

/* Answers false when an exception is pending. */
static bool end(const struct call *call) {
    if (!call->reply.ok) {
        sidereal_throw_reply(&call->reply);
        return false;
    }
    if (call->reply.act & SIDEREAL_ACT_SET_LINE) {
        sidereal_set_line(call->reply.payload);
    }
    if (call->reply.act & SIDEREAL_ACT_DROP_COOKIE) {
        sidereal_drop_cookie();
    }
    return true;
}

bool sidereal_is_guest(void) {
    return sidereal_api_rust->autologin.is_guest() != 0;
}

/* --- methods --- */

static ZEND_METHOD(Sidereal_AutoLogin, enable) {
    zend_string *user;
    struct call call;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(user)
    ZEND_PARSE_PARAMETERS_END();
    if (!sidereal_needs_session() || !sidereal_needs_headers("auto-login token")) {
        RETURN_THROWS();
    }
    begin(&call);
    sidereal_api_rust->autologin.remember(&call.facts, call.cookies, sidereal_bytes_of(user), &call.reply);
    if (end(&call)) {
        sidereal_deliver_events();
    }
}

static ZEND_METHOD(Sidereal_AutoLogin, resume) {
    struct call call;
    zend_string *user;

    ZEND_PARSE_PARAMETERS_NONE();
    if (!sidereal_needs_session() || !sidereal_needs_headers("new session ID")) {
        RETURN_THROWS();
    }
    begin(&call);
    sidereal_api_rust->autologin.resume(&call.facts, call.cookies, &call.reply);
    if (!end(&call)) {
        RETURN_THROWS();
    }
    if (call.reply.count == SIDEREAL_RESUMED_NOBODY) {
        sidereal_deliver_events();
        RETURN_NULL();
    }
    user = zend_string_init(call.reply.id.at, call.reply.id.length, 0);
    if (call.reply.count == SIDEREAL_RESUMED_LOGGED_IN && !sidereal_renewed()) {
        zend_string_release(user);
        RETURN_THROWS();
    }
    sidereal_deliver_events();
    RETURN_STR(user);
}

static ZEND_METHOD(Sidereal_AutoLogin, disable) {
    struct call call;

    ZEND_PARSE_PARAMETERS_NONE();
    begin(&call);
    sidereal_api_rust->autologin.forget(&call.facts, call.cookies, &call.reply);
    if (!end(&call)) {
        RETURN_THROWS();
    }
    sidereal_deliver_events();
    RETURN_BOOL(call.reply.count);
}

static ZEND_METHOD(Sidereal_AutoLogin, list) {
    zend_string *user;
    sidereal_devices devices = {NULL, 0};
    struct call call;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(user)
    ZEND_PARSE_PARAMETERS_END();
    begin(&call);
    sidereal_api_rust->autologin.devices(&call.facts, sidereal_bytes_of(user), &devices, &call.reply);
    if (!end(&call)) {
        RETURN_THROWS();
    }
    sidereal_new_devices(return_value, &devices);
}

static ZEND_METHOD(Sidereal_AutoLogin, revoke) {
    zend_string *user, *handle = NULL;
    struct call call;

    ZEND_PARSE_PARAMETERS_START(1, 2)
    Z_PARAM_STR(user)
    Z_PARAM_OPTIONAL
    Z_PARAM_STR_OR_NULL(handle)
    ZEND_PARSE_PARAMETERS_END();
    begin(&call);
    sidereal_api_rust->autologin.forget_devices(&call.facts, sidereal_bytes_of(user),
                                                handle ? sidereal_bytes_of(handle) : (sidereal_bytes){NULL, 0},
                                                &call.reply);
    if (!end(&call)) {
        RETURN_THROWS();
    }
    sidereal_deliver_events();
    RETURN_LONG((zend_long)call.reply.count);
}

/* --- the class --- */

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_enable, 0, 1, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, userId, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_resume, 0, 0, IS_STRING, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_disable, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_list, 0, 1, IS_ARRAY, 0)
ZEND_ARG_TYPE_INFO(0, userId, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_revoke, 0, 1, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, userId, IS_STRING, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, handle, IS_STRING, 1, "null")
ZEND_END_ARG_INFO()

#define STATIC (ZEND_ACC_PUBLIC | ZEND_ACC_STATIC)

static const zend_function_entry methods[] = {
    ZEND_ME(Sidereal_AutoLogin, enable, arginfo_enable, STATIC)
        ZEND_ME(Sidereal_AutoLogin, resume, arginfo_resume, STATIC)
            ZEND_ME(Sidereal_AutoLogin, disable, arginfo_disable, STATIC)
                ZEND_ME(Sidereal_AutoLogin, list, arginfo_list, STATIC)
                    ZEND_ME(Sidereal_AutoLogin, revoke, arginfo_revoke, STATIC) ZEND_FE_END};

void sidereal_register_autologin_class(void) {
    zend_class_entry ce;
    zend_class_entry *registered;

    INIT_CLASS_ENTRY(ce, "Sidereal\\AutoLogin", methods);
    registered = zend_register_internal_class_ex(&ce, NULL);
    sidereal_no_instances(registered);
    sidereal_mark_sensitive(registered, ZEND_STRL("enable"));
    sidereal_mark_sensitive(registered, ZEND_STRL("list"));
    sidereal_mark_sensitive(registered, ZEND_STRL("revoke"));
}
