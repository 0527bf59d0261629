/*
 * Takes the log-in out of a session whose user an alarm has taken away: the keys that sidereal.auth_keys names.
 *
 * Only PHP's serializer knows what the payload says, so one of ours stands before it for a single decoding, whoever
 * asked for it: session_start(), auto_start, session_reset(), an own handler that decrypts first. $_SESSION is out of
 * sight meanwhile, because decoding runs __unserialize() and __wakeup(), and taking out runs __destruct().
 */
#include "shim.h"

ZEND_TLS const ps_serializer *theirs;
ZEND_TLS ps_serializer ours;

/* Takes an entry out, without running anything yet. */
static void take_out(HashTable *from, const char *key, size_t length, zval *removed) {
    zval *value = zend_symtable_str_find(from, key, length);

    if (value) {
        Z_TRY_ADDREF_P(value);
        add_next_index_zval(removed, value);
        zend_symtable_str_del(from, key, length);
    }
}

/* A path that ends early, in what is no array, takes all of that: there is no telling what it says. */
static void strip_path(HashTable *from, const char *path, size_t length, zval *removed) {
    const char *dot = memchr(path, '.', length);
    zval *value;

    take_out(from, path, length, removed);
    if (!dot) {
        return;
    }
    value = zend_symtable_str_find(from, path, (size_t)(dot - path));
    if (!value) {
        return;
    }
    ZVAL_DEREF(value);
    if (Z_TYPE_P(value) != IS_ARRAY) {
        take_out(from, path, (size_t)(dot - path), removed);
        return;
    }
    SEPARATE_ARRAY(value);
    strip_path(Z_ARRVAL_P(value), dot + 1, length - (size_t)(dot + 1 - path), removed);
}

static void strip_all(HashTable *from, zval *removed) {
    sidereal_bytes keys = sidereal_setting(ZEND_STRL("sidereal.auth_keys"));
    const char *at = keys.at, *end = keys.at + keys.length, *comma, *stop;

    for (; at < end; at = comma + 1) {
        comma = memchr(at, ',', (size_t)(end - at));
        comma = comma ? comma : end;
        for (stop = comma; at < stop && isspace((unsigned char)stop[-1]); stop--) {
        }
        for (; at < stop && isspace((unsigned char)*at); at++) {
        }
        if (at < stop) {
            strip_path(from, at, (size_t)(stop - at), removed);
        }
    }
}

/* What $_SESSION shows; the session itself is PS(http_session_vars). */
static void show(zval *value) {
    zend_string *name = zend_string_init(ZEND_STRL("_SESSION"), 0);

    zend_hash_update_ind(&EG(symbol_table), name, value);
    zend_string_release(name);
}

static void hide_session(void) {
    zval nothing;

    ZVAL_EMPTY_ARRAY(&nothing);
    show(&nothing);
}

static void show_session(void) {
    zval *session = &SPS(http_session_vars);

    Z_TRY_ADDREF_P(session);
    show(session);
}

/* Without keys, or where there is no array, nothing is left. */
static void strip(void) {
    zval *session = &SPS(http_session_vars);
    zval removed;

    if (Z_ISUNDEF_P(session)) {
        return;
    }
    array_init(&removed);
    ZVAL_DEREF(session);
    if (Z_TYPE_P(session) == IS_ARRAY && sidereal_setting(ZEND_STRL("sidereal.auth_keys")).length) {
        SEPARATE_ARRAY(session);
        strip_all(Z_ARRVAL_P(session), &removed);
    } else {
        add_next_index_zval(&removed, session);
        array_init(session);
    }
    zval_ptr_dtor(&removed);
    if (!Z_ISUNDEF(SPS(http_session_vars))) {
        show_session();
    }
}

static zend_result decode_and_strip(PS_SERIALIZER_DECODE_ARGS) {
    const ps_serializer *serializer = theirs;
    sidereal_reply reply;
    zend_result result;

    sidereal_strip_nothing();
    hide_session();
    result = serializer->decode(val, vallen);
    strip();
    sidereal_reply_begin(&reply);
    sidereal_rust->stripped(&reply);
    return result;
}

void sidereal_strip_next(void) {
    if (!SPS(serializer) || SPS(serializer) == &ours) {
        return;
    }
    theirs = SPS(serializer);
    ours = *theirs;
    ours.decode = decode_and_strip;
    SPS(serializer) = &ours;
}

void sidereal_strip_nothing(void) {
    if (theirs && SPS(serializer) == &ours) {
        SPS(serializer) = theirs;
    }
    theirs = NULL;
}
