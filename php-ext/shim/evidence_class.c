/* Sidereal\Evidence: what was kept of an alarm. */
#include "evidence.h"

#include "ext/json/php_json.h"
#include "zend_interfaces.h"

static const sidereal_evidence_api *rust;
static zend_class_entry *ce_evidence;

/* In the order of their declaration. */
enum { HANDLE, AT, UNTIL, CAUSE, RESPONSE, SESSION, REFERENCE, USER, ADDRESS, AGENT };

/* What every call has. */
struct call {
    sidereal_facts facts;
    sidereal_reply reply;
};

static void begin(struct call *call) {
    sidereal_look_outside(&call->facts);
    sidereal_reply_begin(&call->reply);
}

/* Answers false when an exception is pending. */
static bool end(const struct call *call) {
    if (!call->reply.ok) {
        sidereal_throw_reply(&call->reply);
        return false;
    }
    return EG(exception) == NULL;
}

static sidereal_bytes handle_of(zval *object) {
    zval *handle = sidereal_slot(object, HANDLE);

    /* Reflection makes objects without asking: such a one names nothing. */
    return Z_TYPE_P(handle) == IS_STRING ? sidereal_bytes_of(Z_STR_P(handle)) : sidereal_text("");
}

static void new_evidence(zval *result, const sidereal_evidence *found) {
    object_init_ex(result, ce_evidence);
    sidereal_put_text(sidereal_slot(result, HANDLE), found->handle);
    sidereal_put_date(sidereal_slot(result, AT), found->at);
    sidereal_put_date(sidereal_slot(result, UNTIL), found->until);
    sidereal_put_text(sidereal_slot(result, CAUSE), found->cause);
    sidereal_put_text(sidereal_slot(result, RESPONSE), found->response);
    sidereal_put_text(sidereal_slot(result, SESSION), found->session);
    sidereal_put_text(sidereal_slot(result, REFERENCE), found->reference);
    if (found->user.at) {
        sidereal_put_text(sidereal_slot(result, USER), found->user);
    } else {
        ZVAL_NULL(sidereal_slot(result, USER));
    }
    sidereal_put_text(sidereal_slot(result, ADDRESS), found->address);
    sidereal_put_text(sidereal_slot(result, AGENT), found->agent);
}

static bool ask(const sidereal_question *question, sidereal_evidences *found) {
    struct call call;

    begin(&call);
    *found = (sidereal_evidences){NULL, 0};
    rust->list(&call.facts, question, found, &call.reply);
    return end(&call);
}

static void list(zval *result, const sidereal_question *question) {
    sidereal_evidences found;

    if (!ask(question, &found)) {
        return;
    }
    array_init_size(result, (uint32_t)found.count);
    for (size_t i = 0; i < found.count; i++) {
        zval evidence;

        new_evidence(&evidence, &found.at[i]);
        add_next_index_zval(result, &evidence);
    }
}

static zend_long purge(const sidereal_question *question) {
    struct call call;

    begin(&call);
    rust->purge(&call.facts, question, &call.reply);
    return end(&call) ? (zend_long)call.reply.count : 0;
}

/* --- methods --- */

#define MOST 1000

static ZEND_METHOD(Sidereal_Evidence, of) {
    zend_string *user;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(user)
    ZEND_PARSE_PARAMETERS_END();
    list(return_value, &(sidereal_question){SIDEREAL_WHOSE_USER, MOST, sidereal_bytes_of(user)});
}

static ZEND_METHOD(Sidereal_Evidence, ofSession) {
    zend_string *handle;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(handle)
    ZEND_PARSE_PARAMETERS_END();
    list(return_value, &(sidereal_question){SIDEREAL_WHOSE_SESSION, MOST, sidereal_bytes_of(handle)});
}

static ZEND_METHOD(Sidereal_Evidence, latest) {
    zend_long most = 100;

    ZEND_PARSE_PARAMETERS_START(0, 1)
    Z_PARAM_OPTIONAL
    Z_PARAM_LONG(most)
    ZEND_PARSE_PARAMETERS_END();
    if (most < 1 || most > MOST) {
        sidereal_throw_code(SIDEREAL_CODE_ARGUMENT,
                            "expected a limit of 1 to %d, found " ZEND_LONG_FMT "; ask for fewer and purge what is done",
                            MOST, most);
        RETURN_THROWS();
    }
    list(return_value, &(sidereal_question){SIDEREAL_WHOSE_EVERYBODY, (uint32_t)most, sidereal_text("")});
}

static ZEND_METHOD(Sidereal_Evidence, find) {
    zend_string *handle;
    sidereal_evidences found;
    sidereal_question question = {SIDEREAL_WHOSE_INCIDENT, 1, {NULL, 0}};

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(handle)
    ZEND_PARSE_PARAMETERS_END();
    question.name = sidereal_bytes_of(handle);
    if (ask(&question, &found) && found.count) {
        new_evidence(return_value, found.at);
    }
}

static ZEND_METHOD(Sidereal_Evidence, purgeUser) {
    zend_string *user;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(user)
    ZEND_PARSE_PARAMETERS_END();
    RETURN_LONG(purge(&(sidereal_question){SIDEREAL_WHOSE_USER, 0, sidereal_bytes_of(user)}));
}

static ZEND_METHOD(Sidereal_Evidence, purge) {
    ZEND_PARSE_PARAMETERS_NONE();
    RETURN_BOOL(purge(&(sidereal_question){SIDEREAL_WHOSE_INCIDENT, 0, handle_of(ZEND_THIS)}) > 0);
}

static ZEND_METHOD(Sidereal_Evidence, sessions) {
    sidereal_infos infos = {NULL, 0};
    struct call call;

    ZEND_PARSE_PARAMETERS_NONE();
    begin(&call);
    rust->sessions(&call.facts, handle_of(ZEND_THIS), &infos, &call.reply);
    if (end(&call)) {
        sidereal_new_infos(return_value, &infos);
    }
}

static ZEND_METHOD(Sidereal_Evidence, payload) {
    zend_string *session;
    struct call call;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(session)
    ZEND_PARSE_PARAMETERS_END();
    begin(&call);
    rust->payload(&call.facts, handle_of(ZEND_THIS), sidereal_bytes_of(session), &call.reply);
    if (end(&call) && call.reply.count) {
        sidereal_put_text(return_value, call.reply.payload);
    }
}

/* Answers false when an exception is pending. Evidence that is purged meanwhile is null. */
static bool to_json(zval *object, bool payloads, zval *result) {
    struct call call;

    begin(&call);
    rust->json(&call.facts, handle_of(object), payloads, &call.reply);
    if (!end(&call)) {
        return false;
    }
    sidereal_put_text(result, call.reply.count ? call.reply.payload : sidereal_text("null"));
    return true;
}

static ZEND_METHOD(Sidereal_Evidence, toJson) {
    bool payloads = false;

    ZEND_PARSE_PARAMETERS_START(0, 1)
    Z_PARAM_OPTIONAL
    Z_PARAM_BOOL(payloads)
    ZEND_PARSE_PARAMETERS_END();
    to_json(ZEND_THIS, payloads, return_value);
}

static ZEND_METHOD(Sidereal_Evidence, jsonSerialize) {
    zval text;

    ZEND_PARSE_PARAMETERS_NONE();
    if (to_json(ZEND_THIS, false, &text)) {
        php_json_decode_ex(return_value, Z_STRVAL(text), Z_STRLEN(text), PHP_JSON_OBJECT_AS_ARRAY, 8);
        zval_ptr_dtor(&text);
    }
}

/* --- the class --- */

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_of, 0, 1, IS_ARRAY, 0)
ZEND_ARG_TYPE_INFO(0, userId, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_of_session, 0, 1, IS_ARRAY, 0)
ZEND_ARG_TYPE_INFO(0, handle, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_latest, 0, 0, IS_ARRAY, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, limit, IS_LONG, 0, "100")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_find, 0, 1, Sidereal\\Evidence, 1)
ZEND_ARG_TYPE_INFO(0, handle, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_purge_user, 0, 1, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, userId, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_purge, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_sessions, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_payload, 0, 1, IS_STRING, 1)
ZEND_ARG_TYPE_INFO(0, session, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_to_json, 0, 0, IS_STRING, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, payloads, _IS_BOOL, 0, "false")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_json_serialize, 0, 0, IS_ARRAY, 1)
ZEND_END_ARG_INFO()

#define STATIC (ZEND_ACC_PUBLIC | ZEND_ACC_STATIC)

static const zend_function_entry methods[] = {
    ZEND_ME(Sidereal_Evidence, of, arginfo_of, STATIC)
        ZEND_ME(Sidereal_Evidence, ofSession, arginfo_of_session, STATIC)
            ZEND_ME(Sidereal_Evidence, latest, arginfo_latest, STATIC)
                ZEND_ME(Sidereal_Evidence, find, arginfo_find, STATIC)
                    ZEND_ME(Sidereal_Evidence, purgeUser, arginfo_purge_user, STATIC)
                        ZEND_ME(Sidereal_Evidence, sessions, arginfo_sessions, ZEND_ACC_PUBLIC)
                            ZEND_ME(Sidereal_Evidence, payload, arginfo_payload, ZEND_ACC_PUBLIC)
                                ZEND_ME(Sidereal_Evidence, toJson, arginfo_to_json, ZEND_ACC_PUBLIC)
                                    ZEND_ME(Sidereal_Evidence, jsonSerialize, arginfo_json_serialize, ZEND_ACC_PUBLIC)
                                        ZEND_ME(Sidereal_Evidence, purge, arginfo_purge, ZEND_ACC_PUBLIC) ZEND_FE_END};

void sidereal_register_evidence(const sidereal_evidence_api *api) {
    zend_class_entry ce;

    rust = api;
    INIT_CLASS_ENTRY(ce, "Sidereal\\Evidence", methods);
    ce_evidence = zend_register_internal_class_ex(&ce, NULL);
    sidereal_no_instances(ce_evidence);
    zend_class_implements(ce_evidence, 1, php_json_serializable_ce);
    sidereal_readonly(ce_evidence, ZEND_STRL("handle"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce_evidence, ZEND_STRL("at"), DATE_TYPE(0));
    sidereal_readonly(ce_evidence, ZEND_STRL("until"), DATE_TYPE(0));
    sidereal_readonly(ce_evidence, ZEND_STRL("cause"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce_evidence, ZEND_STRL("response"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce_evidence, ZEND_STRL("session"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce_evidence, ZEND_STRL("reference"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce_evidence, ZEND_STRL("user"), SCALAR(MAY_BE_STRING | MAY_BE_NULL));
    sidereal_readonly(ce_evidence, ZEND_STRL("address"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce_evidence, ZEND_STRL("agent"), SCALAR(MAY_BE_STRING));
    sidereal_mark_sensitive(ce_evidence, ZEND_STRL("of"));
    sidereal_mark_sensitive(ce_evidence, ZEND_STRL("purgeuser"));
}
