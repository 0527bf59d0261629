/* PHP's session functions: which of them is running, and hooks for what a save handler is not asked or too late. */
#include "api.h"

/* Frames that are looked at: between ext/session and us may be a few methods of the application's own handler. */
#define MAX_FRAMES 16

static const struct {
    const char *name;
    enum sidereal_caller caller;
} known[] = {
    {"session_start", SIDEREAL_CALLER_START},
    {"session_write_close", SIDEREAL_CALLER_CLOSE},
    {"session_regenerate_id", SIDEREAL_CALLER_REGENERATE},
    {"session_destroy", SIDEREAL_CALLER_DESTROY},
    {"session_commit", SIDEREAL_CALLER_CLOSE},
    {"session_abort", SIDEREAL_CALLER_CLOSE},
    {"session_reset", SIDEREAL_CALLER_RESET},
    {"session_decode", SIDEREAL_CALLER_DECODE},
    {"session_gc", SIDEREAL_CALLER_GC},
    {"session_create_id", SIDEREAL_CALLER_CREATE_ID},
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

/* Each thread has copies of PHP's functions of its own, made after MINIT. */
ZEND_TLS struct {
    bool found;
    const zend_function *functions[KNOWN];
} own;

/* As PHP's functions are called: `hooks` has their names. */
enum { START, CREATE_ID, REGENERATE, DESTROY, WRITE_CLOSE, COMMIT, ABORT, RESET, GC, HOOKS };

static struct {
    const char *name;
    zif_handler ours;
    zif_handler theirs;
} hooks[HOOKS] = {
    [START] = {"session_start", NULL, NULL},
    [CREATE_ID] = {"session_create_id", NULL, NULL},
    [REGENERATE] = {"session_regenerate_id", NULL, NULL},
    [DESTROY] = {"session_destroy", NULL, NULL},
    [WRITE_CLOSE] = {"session_write_close", NULL, NULL},
    [COMMIT] = {"session_commit", NULL, NULL},
    [ABORT] = {"session_abort", NULL, NULL},
    [RESET] = {"session_reset", NULL, NULL},
    [GC] = {"session_gc", NULL, NULL},
};

static void find_own_functions(void) {
    for (size_t i = 0; i < KNOWN; i++) {
        const zend_function *function =
            zend_hash_str_find_ptr(CG(function_table), known[i].name, strlen(known[i].name));

        /* A function that was disabled may have been written anew by the application. */
        own.functions[i] = function && function->type == ZEND_INTERNAL_FUNCTION ? function : NULL;
    }
    own.found = true;
}

static enum sidereal_caller caller_of(const zend_function *function) {
    if (!own.found) {
        find_own_functions();
    }
    for (size_t i = 0; i < KNOWN; i++) {
        if (own.functions[i] == function) {
            return known[i].caller;
        }
    }
    return SIDEREAL_CALLER_NONE;
}

static bool asks_to_read_and_close(const zend_execute_data *frame) {
    const zval *options, *value;

    if (ZEND_CALL_NUM_ARGS(frame) < 1) {
        return false;
    }
    options = ZEND_CALL_ARG(frame, 1);
    ZVAL_DEREF(options);
    if (Z_TYPE_P(options) != IS_ARRAY) {
        return false;
    }
    value = zend_hash_str_find(Z_ARRVAL_P(options), ZEND_STRL("read_and_close"));
    switch (value ? Z_TYPE_P(value) : IS_UNDEF) {
    case IS_TRUE:
    case IS_LONG:
    case IS_STRING:
        return zval_get_long((zval *)value) != 0;
    default:
        return false;
    }
}

uint8_t sidereal_find_caller(sidereal_facts *facts) {
    const zend_execute_data *frame = EG(current_execute_data);
    enum sidereal_caller caller;

    for (int depth = 0; frame && depth < MAX_FRAMES; frame = frame->prev_execute_data) {
        if (!frame->func) {
            continue;
        }
        if (depth++ == 0) {
            facts->wrapped = frame->func->type == ZEND_INTERNAL_FUNCTION && frame->func->common.scope != NULL;
        }
        caller = frame->func->type == ZEND_INTERNAL_FUNCTION ? caller_of(frame->func) : SIDEREAL_CALLER_NONE;
        if (caller == SIDEREAL_CALLER_START) {
            facts->read_only = asks_to_read_and_close(frame);
        }
        if (caller != SIDEREAL_CALLER_NONE) {
            return caller;
        }
    }
    return SIDEREAL_CALLER_NONE;
}

/*
 * PHP would append its own ID to the prefix, and under strict mode that opens nothing. Ours has the prefix under its
 * MAC. Whatever PHP has to say about a prefix it says itself.
 */
static ZEND_NAMED_FUNCTION(create_id) {
    zend_string *prefix = NULL;
    sidereal_facts facts;
    sidereal_reply reply;

    if (!sidereal_is_ours(SPS(mod)) || SPS(in_save_handler)) {
        hooks[CREATE_ID].theirs(INTERNAL_FUNCTION_PARAM_PASSTHRU);
        return;
    }
    if (zend_parse_parameters(ZEND_NUM_ARGS(), "|S", &prefix) == FAILURE) {
        RETURN_THROWS();
    }
    if (prefix && strlen(ZSTR_VAL(prefix)) != ZSTR_LEN(prefix)) {
        /* PHP before 8.4 looks no further than the NUL. */
        php_error_docref(NULL, E_WARNING,
                         "Prefix cannot contain special characters. Only the A-Z, a-z, 0-9, \"-\", and \",\" "
                         "characters are allowed");
        RETURN_FALSE;
    }
    if (prefix && ZSTR_LEN(prefix) && !sidereal_valid_key(ZSTR_VAL(prefix))) {
        hooks[CREATE_ID].theirs(INTERNAL_FUNCTION_PARAM_PASSTHRU);
        return;
    }
    sidereal_look_outside(&facts);
    sidereal_reply_begin(&reply);
    sidereal_rust->mint(&facts, prefix ? sidereal_bytes_of(prefix) : sidereal_text(""), &reply);
    if (reply.ok) {
        RETURN_STRINGL(reply.id.at, reply.id.length);
    }
    sidereal_raise(&reply);
    RETURN_FALSE;
}

/*
 * What the session has to tell the developer is told when session_start() is done: a message that is displayed sends
 * the headers, and PHP still had some to add.
 */
static ZEND_NAMED_FUNCTION(start) {
    bool was_active = SPS(session_status) == php_session_active;
    sidereal_reply reply;

    if (!was_active) {
        sidereal_check_late_write();
    }
    hooks[START].theirs(INTERNAL_FUNCTION_PARAM_PASSTHRU);
    if (!was_active) {
        sidereal_watch_late_writes();
    }
    sidereal_reply_begin(&reply);
    sidereal_rust->notice(&reply);
    sidereal_raise(&reply);
    sidereal_deliver_events();
}

/* A request that is logged in for itself only has no cookie to send, and PHP sends one all the same. */
static ZEND_NAMED_FUNCTION(regenerate) {
    hooks[REGENERATE].theirs(INTERNAL_FUNCTION_PARAM_PASSTHRU);
    if (sidereal_is_guest()) {
        sidereal_drop_cookie();
    }
    sidereal_deliver_events();
}

/* Events are told when the function is done. */
#define DELIVERS(hook, name)                                                                                           \
    static ZEND_NAMED_FUNCTION(name) {                                                                                 \
        hooks[hook].theirs(INTERNAL_FUNCTION_PARAM_PASSTHRU);                                                          \
        sidereal_deliver_events();                                                                                     \
    }

/* What closes a session that is open. */
#define CLOSES(hook, name)                                                                                             \
    static ZEND_NAMED_FUNCTION(name) {                                                                                 \
        bool was_active = SPS(session_status) == php_session_active;                                                   \
                                                                                                                       \
        hooks[hook].theirs(INTERNAL_FUNCTION_PARAM_PASSTHRU);                                                          \
        if (was_active) {                                                                                              \
            sidereal_watch_late_writes();                                                                              \
        }                                                                                                              \
        sidereal_deliver_events();                                                                                     \
    }

DELIVERS(DESTROY, destroy)
CLOSES(WRITE_CLOSE, write_close)
CLOSES(COMMIT, commit)
CLOSES(ABORT, abort_session)
DELIVERS(RESET, reset)
DELIVERS(GC, collect)

/* Only in MINIT: disable_functions takes entries out afterwards. One that is missing is none that could run. */
void sidereal_hook_functions(void) {
    hooks[START].ours = start;
    hooks[CREATE_ID].ours = create_id;
    hooks[REGENERATE].ours = regenerate;
    hooks[DESTROY].ours = destroy;
    hooks[WRITE_CLOSE].ours = write_close;
    hooks[COMMIT].ours = commit;
    hooks[ABORT].ours = abort_session;
    hooks[RESET].ours = reset;
    hooks[GC].ours = collect;
    for (size_t i = 0; i < HOOKS; i++) {
        zend_function *function = zend_hash_str_find_ptr(CG(function_table), hooks[i].name, strlen(hooks[i].name));

        if (function && function->type == ZEND_INTERNAL_FUNCTION) {
            hooks[i].theirs = function->internal_function.handler;
            function->internal_function.handler = hooks[i].ours;
        }
    }
}

/* Another extension may have put its own hook over ours: then both stay. */
void sidereal_unhook_functions(void) {
    own.found = false;
    for (size_t i = 0; i < HOOKS; i++) {
        zend_function *function = zend_hash_str_find_ptr(CG(function_table), hooks[i].name, strlen(hooks[i].name));

        if (function && function->type == ZEND_INTERNAL_FUNCTION &&
            function->internal_function.handler == hooks[i].ours) {
            function->internal_function.handler = hooks[i].theirs;
        }
    }
}
