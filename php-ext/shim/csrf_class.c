/* Sidereal\Csrf: tokens for forms, and whether a request was meant by the user. */
#include "api.h"

#include "ext/standard/url_scanner_ex.h"
#include "zend_exceptions.h"

/* The form field and the header that a token comes in. */
#define FIELD "csrf_token"
#define HEADER "X-CSRF-Token"
#define HEADER_VARIABLE "HTTP_X_CSRF_TOKEN"

static sidereal_bytes text_or_nothing(const char *text) {
    return text ? sidereal_text(text) : (sidereal_bytes){NULL, 0};
}

static sidereal_scope scope_of(const zend_string *name, bool once) {
    return (sidereal_scope){name ? sidereal_bytes_of(name) : sidereal_text(""), once};
}

/* --- the request --- */

/* What the server says, not $_SERVER, which the application may have changed. A header that was not sent is not given. */
static sidereal_bytes said(const char *name, size_t length) {
    return text_or_nothing(sapi_module.getenv ? sapi_module.getenv(name, length) : NULL);
}

/* The field, or else the header. A field that is an array is no token. */
static sidereal_bytes sent_token(void) {
    zval *fields = &PG(http_globals)[TRACK_VARS_POST];
    zval *field = Z_TYPE_P(fields) == IS_ARRAY ? zend_hash_str_find(Z_ARRVAL_P(fields), ZEND_STRL(FIELD)) : NULL;

    if (field) {
        ZVAL_DEREF(field);
        return Z_TYPE_P(field) == IS_STRING ? sidereal_bytes_of(Z_STR_P(field)) : sidereal_text("");
    }
    return said(ZEND_STRL(HEADER_VARIABLE));
}

static void look_at_attempt(sidereal_attempt *attempt) {
    attempt->method = sidereal_text(SG(request_info).request_method ? SG(request_info).request_method : "");
    attempt->host = said(ZEND_STRL("HTTP_HOST"));
    attempt->fetch_site = said(ZEND_STRL("HTTP_SEC_FETCH_SITE"));
    attempt->origin = said(ZEND_STRL("HTTP_ORIGIN"));
    attempt->referer = said(ZEND_STRL("HTTP_REFERER"));
    attempt->token = sent_token();
}

/* --- methods --- */

static bool render(zend_string *scope, bool once, sidereal_reply *reply) {
    sidereal_scope wanted = scope_of(scope, once);

    sidereal_reply_begin(reply);
    sidereal_api_rust->csrf_token(&wanted, reply);
    if (!reply->ok) {
        sidereal_throw_reply(reply);
    }
    return reply->ok;
}

static ZEND_METHOD(Sidereal_Csrf, token) {
    zend_string *scope = NULL;
    bool once = false;
    sidereal_reply reply;

    ZEND_PARSE_PARAMETERS_START(0, 2)
    Z_PARAM_OPTIONAL
    Z_PARAM_STR_OR_NULL(scope)
    Z_PARAM_BOOL(once)
    ZEND_PARSE_PARAMETERS_END();
    if (!sidereal_needs_session() || !render(scope, once, &reply)) {
        RETURN_THROWS();
    }
    RETURN_STRINGL(reply.id.at, reply.id.length);
}

static ZEND_METHOD(Sidereal_Csrf, field) {
    zend_string *scope = NULL;
    bool once = false;
    sidereal_reply reply;

    ZEND_PARSE_PARAMETERS_START(0, 2)
    Z_PARAM_OPTIONAL
    Z_PARAM_STR_OR_NULL(scope)
    Z_PARAM_BOOL(once)
    ZEND_PARSE_PARAMETERS_END();
    if (!sidereal_needs_session() || !render(scope, once, &reply)) {
        RETURN_THROWS();
    }
    /* A token has nothing in it that HTML would have another meaning for. */
    RETURN_STR(zend_strpprintf(0, "<input type=\"hidden\" name=\"" FIELD "\" value=\"%.*s\">", (int)reply.id.length,
                               reply.id.at));
}

static ZEND_METHOD(Sidereal_Csrf, verify) {
    zend_string *token, *scope = NULL;
    bool once = false;
    sidereal_scope wanted;
    sidereal_reply reply;

    ZEND_PARSE_PARAMETERS_START(1, 3)
    Z_PARAM_STR(token)
    Z_PARAM_OPTIONAL
    Z_PARAM_STR_OR_NULL(scope)
    Z_PARAM_BOOL(once)
    ZEND_PARSE_PARAMETERS_END();
    if (!sidereal_needs_session()) {
        RETURN_THROWS();
    }
    wanted = scope_of(scope, once);
    sidereal_reply_begin(&reply);
    sidereal_api_rust->csrf_verify(sidereal_bytes_of(token), &wanted, &reply);
    if (!reply.ok) {
        sidereal_throw_reply(&reply);
        RETURN_THROWS();
    }
    RETURN_BOOL(reply.count);
}

static ZEND_METHOD(Sidereal_Csrf, check) {
    zend_string *scope = NULL;
    bool once = false;
    sidereal_attempt attempt;
    sidereal_scope wanted;
    sidereal_reply reply;

    ZEND_PARSE_PARAMETERS_START(0, 2)
    Z_PARAM_OPTIONAL
    Z_PARAM_STR_OR_NULL(scope)
    Z_PARAM_BOOL(once)
    ZEND_PARSE_PARAMETERS_END();
    if (!sidereal_needs_session()) {
        RETURN_THROWS();
    }
    look_at_attempt(&attempt);
    wanted = scope_of(scope, once);
    sidereal_reply_begin(&reply);
    sidereal_api_rust->csrf_check(&attempt, &wanted, &reply);
    if (!reply.ok) {
        sidereal_throw_reply(&reply);
    } else if (reply.id.length) {
        sidereal_throw_code(SIDEREAL_CODE_CSRF_REFUSED,
                            "expected a request that the user has made from a page of this site, found one that is "
                            "refused (%.*s); show the form again",
                            (int)reply.id.length, reply.id.at);
    }
    sidereal_deliver_events();
}

/* --- forms that are not the application's to change --- */

/* PHP's rewriter puts variables into whatever url_rewriter.tags lists; a token may go into forms only (C11). */
static bool rewrites_forms_only(void) {
    const char *tags = zend_ini_string_ex(ZEND_STRL("url_rewriter.tags"), 0, NULL);

    return tags && (strcmp(tags, "form=") == 0 || strcmp(tags, "form=fakeentry") == 0 || strcmp(tags, "form=,fieldset=") == 0);
}

void sidereal_offer_csrf_field(void) {
    sidereal_scope site = scope_of(NULL, false);
    sidereal_reply reply;
    zend_string *name;

    if (!zend_ini_long(ZEND_STRL("sidereal.csrf_rewrite"), 0)) {
        return;
    }
    if (!rewrites_forms_only()) {
        php_error_docref(NULL, E_WARNING,
                         "Sidereal: expected url_rewriter.tags to be \"form=\", because a token must never get into a "
                         "link, found others; set it so, or sidereal.csrf_rewrite = 0");
        return;
    }
    sidereal_reply_begin(&reply);
    sidereal_api_rust->csrf_token(&site, &reply);
    if (!reply.ok) {
        sidereal_raise(&reply);
        return;
    }
    /* A session that is opened again, or gets new privileges, has another token. */
    name = zend_string_init(FIELD, sizeof(FIELD) - 1, 0);
    php_url_scanner_reset_var(name, 1);
    zend_string_release(name);
    php_url_scanner_add_var(FIELD, sizeof(FIELD) - 1, reply.id.at, reply.id.length, 1);
}

/* --- the class --- */

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_token, 0, 0, IS_STRING, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, scope, IS_STRING, 1, "null")
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, once, _IS_BOOL, 0, "false")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_verify, 0, 1, _IS_BOOL, 0)
ZEND_ARG_TYPE_INFO(0, token, IS_STRING, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, scope, IS_STRING, 1, "null")
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, once, _IS_BOOL, 0, "false")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_check, 0, 0, IS_VOID, 0)
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, scope, IS_STRING, 1, "null")
ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, once, _IS_BOOL, 0, "false")
ZEND_END_ARG_INFO()

#define STATIC (ZEND_ACC_PUBLIC | ZEND_ACC_STATIC)

static const zend_function_entry methods[] = {
    ZEND_ME(Sidereal_Csrf, token, arginfo_token, STATIC) ZEND_ME(Sidereal_Csrf, field, arginfo_token, STATIC)
        ZEND_ME(Sidereal_Csrf, verify, arginfo_verify, STATIC)
            ZEND_ME(Sidereal_Csrf, check, arginfo_check, STATIC) ZEND_FE_END};

void sidereal_register_csrf_class(void) {
    zend_class_entry ce, *registered;

    INIT_CLASS_ENTRY(ce, "Sidereal\\Csrf", methods);
    registered = zend_register_internal_class_ex(&ce, NULL);
    sidereal_no_instances(registered);
    zend_declare_class_constant_stringl(registered, ZEND_STRL("FIELD"), ZEND_STRL(FIELD));
    zend_declare_class_constant_stringl(registered, ZEND_STRL("HEADER"), ZEND_STRL(HEADER));
    sidereal_mark_sensitive(registered, ZEND_STRL("verify"));
}
