/*
 * Sidereal\on_event(), and PHP's session functions called on the application's behalf.
 *
 * Events are queued in Rust while it works and delivered here, when a session function is done: a handler may do what
 * it likes without meeting a session half-way. What it throws becomes a warning.
 */
#include "api.h"

#include "zend_exceptions.h"

ZEND_TLS struct {
    zval handler;
    bool is_set;
    /* The handler is running, or a session function that we have called is. */
    bool busy;
} events;

/* A request that PHP left by longjmp: the handler's memory is gone. */
void sidereal_forget_handler(void) {
    ZVAL_UNDEF(&events.handler);
    events.is_set = false;
    events.busy = false;
}

static void drop_handler(void) {
    zval old;

    if (events.is_set) {
        ZVAL_COPY_VALUE(&old, &events.handler);
        sidereal_forget_handler();
        zval_ptr_dtor(&old);
    }
}

/* exit() in a handler is one. */
static void tell_of_exception(void) {
    zend_object *exception = EG(exception);

    if (!exception || zend_is_unwind_exit(exception)) {
        return;
    }
    GC_ADDREF(exception);
    zend_clear_exception();
    zend_exception_error(exception, E_WARNING);
}

static void call_handler(const sidereal_event *event) {
    zval handler, argument, result;

    /* It may set another handler, or none. */
    ZVAL_COPY(&handler, &events.handler);
    sidereal_new_event(&argument, event);
    ZVAL_UNDEF(&result);
    call_user_function(NULL, NULL, &handler, &result, 1, &argument);
    zval_ptr_dtor(&result);
    zval_ptr_dtor(&argument);
    zval_ptr_dtor(&handler);
    tell_of_exception();
}

void sidereal_deliver_events(void) {
    sidereal_event event;

    if (!events.is_set || events.busy) {
        return;
    }
    events.busy = true;
    while (events.is_set && !EG(exception) && sidereal_api_rust->next_event(&event)) {
        call_handler(&event);
    }
    events.busy = false;
}

ZEND_FUNCTION(on_event) {
    zend_fcall_info call;
    zend_fcall_info_cache cache;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_FUNC_OR_NULL(call, cache)
    ZEND_PARSE_PARAMETERS_END();
    drop_handler();
    if (ZEND_FCI_INITIALIZED(call)) {
        ZVAL_COPY(&events.handler, &call.function_name);
        events.is_set = true;
        sidereal_deliver_events();
    }
}

bool sidereal_call(const char *name, size_t length) {
    zend_function *function = zend_hash_str_find_ptr(EG(function_table), name, length);
    bool was_busy = events.busy;
    zval result;

    if (!function) {
        sidereal_throw_code(SIDEREAL_CODE_CONFIG,
                            "expected to call %s(), found it disabled; take it out of "
                            "disable_functions",
                            name);
        return false;
    }
    ZVAL_UNDEF(&result);
    events.busy = true;
    sidereal_set_throwing(true);
    zend_try {
        zend_call_known_function(function, NULL, NULL, &result, 0, NULL, NULL);
    }
    zend_catch {
        sidereal_set_throwing(false);
        events.busy = was_busy;
        zend_bailout();
    }
    zend_end_try();
    sidereal_set_throwing(false);
    events.busy = was_busy;
    if (Z_TYPE(result) != IS_TRUE && !EG(exception)) {
        sidereal_throw_code(SIDEREAL_CODE_STATE, "expected %s() to succeed, found that it did not; PHP's log says why",
                            name);
    }
    zval_ptr_dtor(&result);
    return EG(exception) == NULL;
}

static void close_and_deliver(void) {
    zend_function *function = zend_hash_str_find_ptr(EG(function_table), ZEND_STRL("session_write_close"));

    if (SPS(session_status) == php_session_active && function && function->type == ZEND_INTERNAL_FUNCTION) {
        zval result;

        ZVAL_UNDEF(&result);
        zend_call_known_function(function, NULL, NULL, &result, 0, NULL, NULL);
        zval_ptr_dtor(&result);
    }
    sidereal_deliver_events();
    drop_handler();
}

/*
 * PHP writes the session when nobody can be told any more. Who wants to be told has it written now, a moment earlier,
 * when all of the application's code has run. After a fatal error no code runs; and one in the handler must not keep
 * PHP from writing the session.
 */
void sidereal_request_ends(void) {
    sidereal_stop_watching();
    if (!events.is_set) {
        return;
    }
    if (!CG(unclean_shutdown)) {
        zend_try {
            close_and_deliver();
        }
        zend_end_try();
    }
    sidereal_forget_handler();
}
