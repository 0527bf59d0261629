/* PHP's errors, raised when nothing of Rust is on the stack any more: an error handler of the application may leave by
 * longjmp. */
#include "shim.h"

#include "zend_exceptions.h"

void sidereal_raise(const sidereal_reply *reply) {
    if (reply->level == SIDEREAL_LEVEL_NONE || EG(exception)) {
        return;
    }
    php_error_docref(NULL, reply->level == SIDEREAL_LEVEL_NOTICE ? E_NOTICE : E_WARNING, "Sidereal: %.*s",
                     (int)reply->message_length, reply->message);
}

void sidereal_throw(const sidereal_reply *reply) {
    if (!EG(exception)) {
        zend_throw_error(NULL, "Sidereal: %.*s", (int)reply->message_length, reply->message);
    }
}
