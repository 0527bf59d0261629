/*
 * The save handler: nine callbacks that convert, ask Rust, and carry out what it says.
 *
 * PHP calls them before the request has begun (auto_start, upload progress) and after it has ended (the last write), in
 * the middle of one another (session_reset opens what is open) and through methods of SessionHandler. What is to be
 * made of that is decided in Rust.
 */
#include "shim.h"

const sidereal_handler *sidereal_rust;

/* What PHP keeps for us. The session is in Rust; this only has to be something while it is open, or PHP does not write
 * and close it. */
static char open_session;

static void keep_cookie(const sidereal_reply *reply) {
    if (reply->act & SIDEREAL_ACT_KEEP_COOKIE) {
        SPS(send_cookie) = 0;
    }
}

static void take_id(const sidereal_reply *reply) {
    if (reply->act & SIDEREAL_ACT_TAKE_ID) {
        sidereal_take_id(reply->id);
    }
}

static zend_result ask_to_open(void **mod_data, const char *save_path) {
    sidereal_facts facts;
    sidereal_reply reply;

    sidereal_look(&facts);
    sidereal_look_at_origin(&facts);
    sidereal_look_at_client(&facts);
    sidereal_look_at_cookies(&facts);
    sidereal_look_at_attributes(&facts);
    facts.save_path = sidereal_text(save_path);
    facts.id = SPS(id) ? sidereal_bytes_of(SPS(id)) : sidereal_text("");
    sidereal_reply_begin(&reply);
    sidereal_rust->open(&facts, &reply);
    keep_cookie(&reply);
    take_id(&reply);
    if (reply.ok) {
        sidereal_force_settings(&facts, &reply);
        *mod_data = &open_session;
    } else {
        *mod_data = NULL;
    }
    sidereal_raise(&reply);
    return reply.ok ? SUCCESS : FAILURE;
}

#if PHP_VERSION_ID >= 80600
static zend_result ps_open(void **mod_data, zend_string *save_path, zend_string *session_name) {
    (void)session_name;
    return ask_to_open(mod_data, save_path ? ZSTR_VAL(save_path) : "");
}
#else
static zend_result ps_open(void **mod_data, const char *save_path, const char *session_name) {
    (void)session_name;
    return ask_to_open(mod_data, save_path ? save_path : "");
}
#endif

static zend_result ps_close(void **mod_data) {
    sidereal_facts facts;
    sidereal_reply reply;

    sidereal_look(&facts);
    sidereal_reply_begin(&reply);
    sidereal_rust->close(&facts, &reply);
    sidereal_strip_nothing();
    *mod_data = NULL;
    if (reply.act & SIDEREAL_ACT_RELEASE) {
        sidereal_restore_settings();
    }
    sidereal_raise(&reply);
    return reply.ok ? SUCCESS : FAILURE;
}

static size_t memory_left(void) {
    size_t used = zend_memory_usage(false);

    if (PG(memory_limit) <= 0) {
        return SIZE_MAX;
    }
    return used < (size_t)PG(memory_limit) ? (size_t)PG(memory_limit) - used : 0;
}

static zend_result ps_read(void **mod_data, zend_string *key, zend_string **val, zend_long maxlifetime) {
    sidereal_facts facts;
    sidereal_reply reply;

    (void)mod_data, (void)maxlifetime;
    *val = NULL;
    sidereal_look(&facts);
    sidereal_look_at_cookies(&facts);
    facts.memory_left = memory_left();
    sidereal_reply_begin(&reply);
    sidereal_rust->read(&facts, key ? sidereal_bytes_of(key) : sidereal_text(""), &reply);
    if (!reply.ok) {
        sidereal_raise(&reply);
        return FAILURE;
    }
    *val = reply.payload.length ? zend_string_init(reply.payload.at, reply.payload.length, 0) : ZSTR_EMPTY_ALLOC();
    /* session_regenerate_id() reads and does not decode. */
    if ((reply.act & SIDEREAL_ACT_STRIP) && facts.caller != SIDEREAL_CALLER_REGENERATE) {
        sidereal_strip_next();
    } else {
        sidereal_strip_nothing();
    }
    if (reply.act & SIDEREAL_ACT_MOVE_CLIENT) {
        sidereal_move_client(reply.id);
    }
    take_id(&reply);
    sidereal_raise(&reply);
    if (!facts.upload) {
        sidereal_offer_csrf_field();
    }
    return SUCCESS;
}

/* A session that belongs to somebody else now has a new ID. */
static zend_result written(const sidereal_reply *reply) {
    if (reply->act & SIDEREAL_ACT_MOVE_CLIENT) {
        sidereal_move_client(reply->id);
    }
    sidereal_raise(reply);
    return reply->ok ? SUCCESS : FAILURE;
}

static zend_result ps_write(void **mod_data, zend_string *key, zend_string *val, zend_long maxlifetime) {
    sidereal_facts facts;
    sidereal_reply reply;
    zend_result result;
    uint8_t wrong;

    (void)mod_data, (void)maxlifetime;
    sidereal_look(&facts);
    facts.user = sidereal_user_in_session(&wrong);
    sidereal_reply_begin(&reply);
    sidereal_rust->write(&facts, key ? sidereal_bytes_of(key) : sidereal_text(""), sidereal_bytes_of(val), &reply);
    result = written(&reply);
    /* Not before: a warning runs code, which may take the ID away that PHP has lent. */
    sidereal_tell_wrong_user(wrong);
    return result;
}

static zend_result ps_update_timestamp(void **mod_data, zend_string *key, zend_string *val, zend_long maxlifetime) {
    sidereal_facts facts;
    sidereal_reply reply;
    uint8_t wrong;

    (void)mod_data, (void)val, (void)maxlifetime;
    sidereal_look(&facts);
    facts.user = sidereal_user_in_session(&wrong);
    sidereal_reply_begin(&reply);
    sidereal_rust->touch(&facts, key ? sidereal_bytes_of(key) : sidereal_text(""), &reply);
    return written(&reply);
}

static zend_result ps_destroy(void **mod_data, zend_string *key) {
    sidereal_facts facts;
    sidereal_reply reply;

    (void)mod_data;
    sidereal_look(&facts);
    sidereal_reply_begin(&reply);
    sidereal_rust->destroy(&facts, key ? sidereal_bytes_of(key) : sidereal_text(""), &reply);
    if (reply.act & SIDEREAL_ACT_CLEAR_COOKIE) {
        sidereal_clear_cookie();
    }
    if (reply.act & SIDEREAL_ACT_SET_LINE) {
        sidereal_set_line(reply.payload);
    }
    sidereal_raise(&reply);
    return reply.ok ? SUCCESS : FAILURE;
}

static zend_long ps_gc(void **mod_data, zend_long maxlifetime, zend_long *nrdels) {
    sidereal_facts facts;
    sidereal_reply reply;

    (void)mod_data, (void)maxlifetime;
    sidereal_look(&facts);
    sidereal_reply_begin(&reply);
    sidereal_rust->sweep(&facts, &reply);
    *nrdels = reply.ok ? (zend_long)reply.count : -1;
    sidereal_raise(&reply);
    return *nrdels;
}

/* SessionHandler::create_sid() returns what it gets without looking: an empty ID and an exception, never NULL. */
static zend_string *ps_create_sid(void **mod_data) {
    sidereal_facts facts;
    sidereal_reply reply;

    (void)mod_data;
    sidereal_look(&facts);
    sidereal_look_at_cookies(&facts);
    facts.save_path = sidereal_text(SPS_STRING(save_path));
    sidereal_reply_begin(&reply);
    sidereal_rust->create(&facts, &reply);
    if (reply.ok) {
        return zend_string_init(reply.id.at, reply.id.length, 0);
    }
    sidereal_throw(&reply);
    return facts.wrapped ? ZSTR_EMPTY_ALLOC() : NULL;
}

/* session_create_id() passes NULL on when no ID could be made. */
static zend_result ps_validate_sid(void **mod_data, zend_string *key) {
    sidereal_facts facts;
    sidereal_reply reply;

    (void)mod_data;
    if (!key) {
        return FAILURE;
    }
    sidereal_look(&facts);
    sidereal_look_at_cookies(&facts);
    sidereal_reply_begin(&reply);
    sidereal_rust->validate(&facts, sidereal_bytes_of(key), &reply);
    keep_cookie(&reply);
    take_id(&reply);
    return reply.ok ? SUCCESS : FAILURE;
}

const ps_module sidereal_ps_module = {
    "sidereal", ps_open, ps_close,      ps_read,         ps_write,
    ps_destroy, ps_gc,   ps_create_sid, ps_validate_sid, ps_update_timestamp,
};

zend_result sidereal_startup(const sidereal_handler *handler, int type) {
    if (type == MODULE_TEMPORARY) {
        zend_error(
            E_CORE_WARNING,
            "Sidereal: expected to be loaded when PHP starts, found dl(); write extension=sidereal into php.ini");
        return FAILURE;
    }
    sidereal_rust = handler;
    if (sidereal_find_session() == FAILURE || sidereal_register() == FAILURE) {
        return FAILURE;
    }
    sidereal_hook_functions();
    return SUCCESS;
}

void sidereal_shutdown(int module_number) {
    sidereal_unhook_functions();
    zend_unregister_ini_entries(module_number);
}
