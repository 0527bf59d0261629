/* sidereal.user_key: whom an application that knows nothing of us has put into $_SESSION. */
#include "shim.h"

/* The key as it is written, or else step by step. */
static zval *find(zval *in, const char *path, size_t length) {
    const char *dot = memchr(path, '.', length);
    zval *found;

    ZVAL_DEREF(in);
    if (Z_TYPE_P(in) != IS_ARRAY) {
        return NULL;
    }
    found = zend_symtable_str_find(Z_ARRVAL_P(in), path, length);
    if (found || !dot) {
        return found;
    }
    found = zend_symtable_str_find(Z_ARRVAL_P(in), path, (size_t)(dot - path));
    return found ? find(found, dot + 1, length - (size_t)(dot + 1 - path)) : NULL;
}

static sidereal_bytes number(zend_long value) {
    ZEND_TLS char text[MAX_LENGTH_OF_LONG + 1];

    snprintf(text, sizeof(text), ZEND_LONG_FMT, value);
    return sidereal_text(text);
}

sidereal_bytes sidereal_user_in_session(uint8_t *wrong) {
    sidereal_bytes key = sidereal_setting(ZEND_STRL("sidereal.user_key"));
    zval *session = &SPS(http_session_vars);
    zval *found;

    *wrong = IS_UNDEF;
    if (!key.length) {
        return (sidereal_bytes){NULL, 0};
    }
    found = Z_ISUNDEF_P(session) ? NULL : find(session, key.at, key.length);
    if (found) {
        ZVAL_DEREF(found);
    }
    switch (found ? Z_TYPE_P(found) : IS_NULL) {
    case IS_STRING:
        return Z_STRLEN_P(found) ? sidereal_bytes_of(Z_STR_P(found)) : sidereal_text("");
    case IS_LONG:
        return number(Z_LVAL_P(found));
    case IS_NULL:
    case IS_FALSE:
        break;
    default:
        *wrong = Z_TYPE_P(found);
    }
    return sidereal_text("");
}

void sidereal_tell_wrong_user(uint8_t wrong) {
    if (wrong != IS_UNDEF) {
        php_error_docref(NULL, E_WARNING,
                         "Sidereal: expected the key of $_SESSION that sidereal.user_key names to hold a text or a whole "
                         "number, found %s; name the key of the user's ID",
                         zend_get_type_by_const(wrong));
    }
}
