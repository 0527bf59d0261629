/*
 * What an application writes into $_SESSION after it has closed the session is lost, and PHP does not say so (R50).
 *
 * A reference to the array as it was keeps PHP from changing it in place: whoever writes gets a copy, so that looking
 * for a change is a comparison of pointers.
 */
#include "api.h"

ZEND_TLS zend_array *at_close;

static zend_array *session_array(void) {
    zval *session = sidereal_session_array();

    return session ? Z_ARR_P(session) : NULL;
}

static void forget(void) {
    zend_array *kept = at_close;

    at_close = NULL;
    if (kept && !(GC_FLAGS(kept) & GC_IMMUTABLE)) {
        zend_array_release(kept);
    }
}

/* Who empties $_SESSION has no more use for it, and loses nothing. */
void sidereal_check_late_write(void) {
    zend_array *now = at_close ? session_array() : NULL;
    sidereal_facts facts;
    sidereal_reply reply;

    if (now && now != at_close && zend_hash_num_elements(now) != 0) {
        sidereal_look_outside(&facts);
        sidereal_reply_begin(&reply);
        sidereal_rust->late_write(&facts, &reply);
    }
    forget();
}

/* The session has been closed, and the application's code runs on. */
void sidereal_watch_late_writes(void) {
    forget();
    if (SPS(session_status) == php_session_active || !sidereal_is_ours(SPS(mod))) {
        return;
    }
    at_close = session_array();
    if (at_close) {
        GC_TRY_ADDREF(at_close);
    }
}

/* After a fatal error what was allocated goes by itself. */
void sidereal_stop_watching(void) {
    if (CG(unclean_shutdown)) {
        at_close = NULL;
        return;
    }
    sidereal_check_late_write();
}
