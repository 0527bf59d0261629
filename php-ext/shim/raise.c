/* PHP's errors, raised when nothing of Rust is on the stack any more: an error handler of the application may leave by
 * longjmp. */
#include "api.h"

#include "zend_exceptions.h"

ZEND_TLS bool throwing;

void sidereal_set_throwing(bool on) {
    throwing = on;
}

void sidereal_raise(const sidereal_reply *reply) {
    if (reply->level == SIDEREAL_LEVEL_NONE || EG(exception)) {
        return;
    }
    if (throwing && reply->level == SIDEREAL_LEVEL_WARNING) {
        sidereal_throw_reply(reply);
        return;
    }
    php_error_docref(NULL, reply->level == SIDEREAL_LEVEL_NOTICE ? E_NOTICE : E_WARNING, "Sidereal: %.*s",
                     (int)reply->message_length, reply->message);
}

void sidereal_throw(const sidereal_reply *reply) {
    if (throwing) {
        sidereal_throw_reply(reply);
    } else if (!EG(exception)) {
        zend_throw_error(NULL, "Sidereal: %.*s", (int)reply->message_length, reply->message);
    }
}
