/* The exceptions: one class for each thing that an application may want to handle by itself, with the code that the C
 * library has for it. */
#include "api.h"

#include "ext/spl/spl_exceptions.h"
#include "zend_exceptions.h"

static zend_class_entry *ce_interface;

static struct {
    const char *name;
    uint32_t code;
    zend_class_entry *ce;
} exceptions[] = {
    {"Sidereal\\InvalidArgument", SIDEREAL_CODE_ARGUMENT, NULL},
    {"Sidereal\\Misconfigured", SIDEREAL_CODE_CONFIG, NULL},
    {"Sidereal\\StoreUnavailable", SIDEREAL_CODE_STORE, NULL},
    {"Sidereal\\StoreFull", SIDEREAL_CODE_STORE_FULL, NULL},
    {"Sidereal\\KeyringUnavailable", SIDEREAL_CODE_KEYRING, NULL},
    {"Sidereal\\RandomnessUnavailable", SIDEREAL_CODE_ENTROPY, NULL},
    {"Sidereal\\SessionLost", SIDEREAL_CODE_LOST, NULL},
    {"Sidereal\\NoActiveSession", SIDEREAL_CODE_STATE, NULL},
    {"Sidereal\\InternalFault", SIDEREAL_CODE_INTERNAL, NULL},
    {"Sidereal\\RosterFull", SIDEREAL_CODE_ROSTER_FULL, NULL},
    {"Sidereal\\ReauthenticationRequired", SIDEREAL_CODE_NOT_FRESH, NULL},
    {"Sidereal\\HeadersSent", SIDEREAL_CODE_HEADERS_SENT, NULL},
    {"Sidereal\\NotBound", SIDEREAL_CODE_NOT_BOUND, NULL},
    {"Sidereal\\CsrfRefused", SIDEREAL_CODE_CSRF_REFUSED, NULL},
};

#define EXCEPTIONS (sizeof(exceptions) / sizeof(exceptions[0]))

static zend_class_entry *class_of(uint32_t code) {
    for (size_t i = 0; i < EXCEPTIONS; i++) {
        if (exceptions[i].code == code) {
            return exceptions[i].ce;
        }
    }
    return class_of(SIDEREAL_CODE_INTERNAL);
}

static zend_class_entry *parent_of(uint32_t code) {
    switch (code) {
    case SIDEREAL_CODE_ARGUMENT:
        return spl_ce_InvalidArgumentException;
    case SIDEREAL_CODE_STORE_FULL:
        return class_of(SIDEREAL_CODE_STORE);
    default:
        return spl_ce_RuntimeException;
    }
}

void sidereal_register_exceptions(void) {
    zend_class_entry ce;

    INIT_CLASS_ENTRY(ce, "Sidereal\\ExceptionInterface", NULL);
    ce_interface = zend_register_internal_interface(&ce);
    zend_class_implements(ce_interface, 1, zend_ce_throwable);
    for (size_t i = 0; i < EXCEPTIONS; i++) {
        INIT_CLASS_ENTRY_EX(ce, exceptions[i].name, strlen(exceptions[i].name), NULL);
        exceptions[i].ce = zend_register_internal_class_ex(&ce, parent_of(exceptions[i].code));
        if (!instanceof_function(exceptions[i].ce, ce_interface)) {
            zend_class_implements(exceptions[i].ce, 1, ce_interface);
        }
    }
}

/* One that is pending already says more about what went wrong first. */
static void throw_text(uint32_t code, const char *text) {
    if (!EG(exception)) {
        zend_throw_exception(class_of(code), text, (zend_long)code);
    }
}

void sidereal_throw_code(uint32_t code, const char *format, ...) {
    va_list arguments;
    zend_string *text;

    va_start(arguments, format);
    text = zend_vstrpprintf(0, format, arguments);
    va_end(arguments);
    throw_text(code, ZSTR_VAL(text));
    zend_string_release(text);
}

void sidereal_throw_reply(const sidereal_reply *reply) {
    sidereal_throw_code(reply->code ? reply->code : SIDEREAL_CODE_INTERNAL, "%.*s", (int)reply->message_length,
                        reply->message);
}
