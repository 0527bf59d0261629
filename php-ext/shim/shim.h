/*
 * The border between PHP and Rust.
 *
 * C looks at PHP and fills in facts, Rust decides and fills in a reply, C carries the reply out. Rust never calls Zend
 * functions that allocate or raise, and nothing of Rust is on the stack while C does: PHP leaves by longjmp, which
 * skips destructors.
 *
 * Everything that crosses the border is plain old data; src/border.rs mirrors it.
 */
#ifndef SIDEREAL_SHIM_H
#define SIDEREAL_SHIM_H

#include "php.h"
#include "SAPI.h"
#include "ext/session/php_session.h"

/* Bytes that somebody else owns. */
typedef struct sidereal_bytes {
    const char *at;
    size_t length;
} sidereal_bytes;

/* The innermost of PHP's session functions that is running. */
enum sidereal_caller {
    SIDEREAL_CALLER_NONE = 0, /* none: auto_start, the end of the request, another extension */
    SIDEREAL_CALLER_START = 1,
    SIDEREAL_CALLER_RESET = 2,
    SIDEREAL_CALLER_REGENERATE = 3,
    SIDEREAL_CALLER_DESTROY = 4,
    SIDEREAL_CALLER_DECODE = 5,
    SIDEREAL_CALLER_GC = 6,
    SIDEREAL_CALLER_CREATE_ID = 7,
    SIDEREAL_CALLER_CLOSE = 8, /* session_write_close(), session_commit(), session_abort() */
};

/* Where the ID came from that PHP has when it opens a session. */
enum sidereal_origin {
    SIDEREAL_ORIGIN_NONE = 0,
    SIDEREAL_ORIGIN_COOKIE = 1,
    SIDEREAL_ORIGIN_APPLICATION = 2, /* session_id(), or an earlier session of the same request */
    SIDEREAL_ORIGIN_URL = 3,         /* query string or form field */
};

/* How a request came. */
enum sidereal_scheme {
    SIDEREAL_SCHEME_NONE = 0, /* on the command line */
    SIDEREAL_SCHEME_HTTP = 1,
    SIDEREAL_SCHEME_HTTPS = 2,
};

/* What PHP is doing. */
typedef struct sidereal_facts {
    uint8_t caller;         /* enum sidereal_caller */
    uint8_t code_runs;      /* some PHP code is running */
    uint8_t wrapped;        /* called by a method of SessionHandler, not by ext/session itself */
    uint8_t upload;         /* called by the upload progress feature, before the request has begun */
    uint8_t read_only;      /* session_start(['read_and_close' => true]) */
    uint8_t can_set_cookie; /* a Set-Cookie header would reach the client */
    uint8_t dying;          /* out of memory, or leaving after a fatal error */
    uint8_t origin;         /* enum sidereal_origin; for open only */
    uint8_t scheme;         /* enum sidereal_scheme, as the server has it; for open only */
    uint8_t cookie_secure;  /* session.cookie_secure; for open only, as path, domain and samesite */
    size_t memory_left;     /* until memory_limit; for read only */
    sidereal_bytes serializer;
    sidereal_bytes save_path;
    sidereal_bytes id;      /* for open only */
    sidereal_bytes address; /* that the connection came from; this and the rest for open only */
    sidereal_bytes user_agent;
    sidereal_bytes accept_language;
    sidereal_bytes ch_platform;
    sidereal_bytes ch_mobile;
    sidereal_bytes forwarded_for;
    sidereal_bytes forwarded_proto;
    sidereal_bytes cookies;     /* all of them, as they came; for open, validate, create and read only, as the next */
    sidereal_bytes cookie_name; /* session.name */
    sidereal_bytes cookie_path; /* session.cookie_path; as the next two for open only */
    sidereal_bytes cookie_domain;
    sidereal_bytes cookie_samesite;
    sidereal_bytes user; /* whom sidereal.user_key finds in $_SESSION; not given where it is not set. Empty: nobody. For write and touch only */
} sidereal_facts;

enum sidereal_level {
    SIDEREAL_LEVEL_NONE = 0,
    SIDEREAL_LEVEL_NOTICE = 1,
    SIDEREAL_LEVEL_WARNING = 2,
};

enum sidereal_act {
    SIDEREAL_ACT_KEEP_COOKIE = 1,  /* do not send a cookie for this ID */
    SIDEREAL_ACT_MOVE_CLIENT = 2,  /* the session has another ID than PHP thinks: `id` */
    SIDEREAL_ACT_CLEAR_COOKIE = 4, /* tell the client to drop its cookie */
    SIDEREAL_ACT_RELEASE = 8,      /* the session is over for now: PHP's own settings apply again */
    SIDEREAL_ACT_SECURE = 16,      /* the client came by https: so must the cookie */
    SIDEREAL_ACT_STRIP = 32,       /* take what sidereal.auth_keys names out of the payload before PHP code sees it */
    SIDEREAL_ACT_SET_LINE = 64,    /* send the Set-Cookie line that `payload` is */
    SIDEREAL_ACT_DROP_COOKIE = 128, /* send no session cookie, whatever PHP was going to */
    SIDEREAL_ACT_TAKE_ID = 256,     /* PHP has another ID than the client's session, `id`; no cookie is sent for that */
};

/* What Rust has decided. The bytes belong to Rust and stay until it is called again. */
typedef struct sidereal_reply {
    uint32_t ok;
    uint32_t act; /* enum sidereal_act */
    int64_t count;
    sidereal_bytes id;
    sidereal_bytes payload;
    uint32_t level; /* enum sidereal_level */
    uint32_t code;  /* why it failed: enum sidereal_code in api.h */
    uint32_t message_length;
    uint32_t reserved;
    char message[768];
} sidereal_reply;

/* src/border.rs expects the same. */
_Static_assert(sizeof(void *) != 8 || (sizeof(sidereal_facts) == 280 && sizeof(sidereal_reply) == 832), "border.rs");

/* What the audit asks of PHP besides its settings. The bytes are PHP's and stay as long as the call. */
typedef struct sidereal_surroundings {
    uint32_t version;   /* PHP_VERSION_ID */
    uint8_t is_ours;    /* Sidereal is the save handler, be it wrapped by another one */
    uint8_t is_request; /* somebody is being served over HTTP */
    uint8_t is_https;
    uint8_t reserved;
    sidereal_bytes version_text;
    sidereal_bytes sapi;
    sidereal_bytes ini_file;
    sidereal_bytes session_name;
    sidereal_bytes temporary; /* where PHP's own handler keeps its files when it is told nothing */
    sidereal_bytes document_root;
    sidereal_bytes address;       /* that the connection came from */
    sidereal_bytes forwarded_for; /* this and the rest: headers of the request, which any client can send */
    sidereal_bytes forwarded_proto;
    sidereal_bytes forwarded;
} sidereal_surroundings;

_Static_assert(sizeof(void *) != 8 || sizeof(sidereal_surroundings) == 168, "audit.rs");

/* For phpinfo(). */
typedef struct sidereal_about {
    char version[32];
    char store[512];
    char keyring[512];
    char policy[256];
    char audit[128];
} sidereal_about;

/* The Rust side, handed over in MINIT: nothing of ours is exported into PHP's global symbols. */
typedef struct sidereal_handler {
    void (*open)(const sidereal_facts *facts, sidereal_reply *reply);
    void (*close)(const sidereal_facts *facts, sidereal_reply *reply);
    void (*validate)(const sidereal_facts *facts, sidereal_bytes id, sidereal_reply *reply);
    void (*create)(const sidereal_facts *facts, sidereal_reply *reply);
    void (*read)(const sidereal_facts *facts, sidereal_bytes id, sidereal_reply *reply);
    void (*stripped)(sidereal_reply *reply);
    void (*write)(const sidereal_facts *facts, sidereal_bytes id, sidereal_bytes payload, sidereal_reply *reply);
    void (*touch)(const sidereal_facts *facts, sidereal_bytes id, sidereal_reply *reply);
    void (*destroy)(const sidereal_facts *facts, sidereal_bytes id, sidereal_reply *reply);
    void (*sweep)(const sidereal_facts *facts, sidereal_reply *reply);
    void (*mint)(const sidereal_facts *facts, sidereal_bytes prefix, sidereal_reply *reply);
    void (*notice)(sidereal_reply *reply);
    /* $_SESSION was written after the session was closed. */
    void (*late_write)(const sidereal_facts *facts, sidereal_reply *reply);
    void (*check)(sidereal_bytes name, sidereal_bytes value, sidereal_reply *reply);
    void (*describe)(const sidereal_surroundings *surroundings, sidereal_about *about);
} sidereal_handler;

/* --- called from Rust --- */

/* Finds ext/session, registers the save handler, hooks session_create_id(). FAILURE has said why. */
zend_result sidereal_startup(const sidereal_handler *handler, int type);
/* Takes out the hook and the settings. */
void sidereal_shutdown(int module_number);
/* The end of a request, however it ended. */
void sidereal_request_over(void);
/* The value of one of our settings. Allocates nothing. */
sidereal_bytes sidereal_setting(const char *name, size_t length);
/* The next of PHP's settings; false: there is none. `position` begins with 0. Allocates nothing, as the next one. */
bool sidereal_next_setting(uint32_t *position, sidereal_bytes *name, sidereal_bytes *value);
/* The next header that the response has so far. `position` begins with NULL. */
bool sidereal_next_header(const void **position, sidereal_bytes *header);
/* Whether this is PHP's command line, which has no client and no cookies. */
bool sidereal_is_command_line(void);
int sidereal_on_modify(zend_ini_entry *entry, zend_string *value, void *arg1, void *arg2, void *arg3, int stage);
void sidereal_display_masked(zend_ini_entry *entry, int type);
void sidereal_display_source(zend_ini_entry *entry, int type);
void sidereal_print_info(zend_module_entry *module);

/* --- between the files of the shim --- */

extern const sidereal_handler *sidereal_rust;
extern const ps_module sidereal_ps_module;

zend_result sidereal_find_session(void);
zend_result sidereal_register(void);
zend_result sidereal_reset_id(void);
bool sidereal_valid_key(const char *key);

#ifdef ZTS
extern ts_rsrc_id sidereal_session_id;
#define SPS(v) (TSRMG_BULK(sidereal_session_id, php_ps_globals *)->v)
#else
extern php_ps_globals *sidereal_session;
#define SPS(v) (sidereal_session->v)
#endif

/* PHP 8.5 turned the strings among the session globals from char * into zend_string *. */
#if PHP_VERSION_ID >= 80500
#define SPS_STRING(v) (SPS(v) ? ZSTR_VAL(SPS(v)) : "")
#else
#define SPS_STRING(v) (SPS(v) ? SPS(v) : "")
#endif

void sidereal_look(sidereal_facts *facts);
void sidereal_look_at_origin(sidereal_facts *facts);
void sidereal_look_at_client(sidereal_facts *facts);
void sidereal_look_at_cookies(sidereal_facts *facts);
void sidereal_look_at_attributes(sidereal_facts *facts);
void sidereal_look_around(sidereal_surroundings *surroundings);
sidereal_bytes sidereal_server_variable(const char *name, size_t length);
void sidereal_force_settings(const sidereal_facts *facts, const sidereal_reply *reply);
void sidereal_restore_settings(void);

/* Until PHP has decoded the payload that it is about to get. */
void sidereal_strip_next(void);
void sidereal_strip_nothing(void);

bool sidereal_can_set_cookie(void);
bool sidereal_is_https(void);
/* Whom sidereal.user_key names in $_SESSION; stays until it is asked again. `wrong` is the type of what names nobody, or IS_UNDEF. */
sidereal_bytes sidereal_user_in_session(uint8_t *wrong);
void sidereal_tell_wrong_user(uint8_t wrong);
/* Tells of what was written into $_SESSION since the session was closed, and watches no longer. */
void sidereal_check_late_write(void);
void sidereal_watch_late_writes(void);
/* RSHUTDOWN. */
void sidereal_stop_watching(void);
/* Has PHP add a token to the forms of the page, where the settings say so. */
void sidereal_offer_csrf_field(void);
void sidereal_clear_cookie(void);
void sidereal_drop_cookie(void);
void sidereal_set_line(sidereal_bytes line);
void sidereal_move_client(sidereal_bytes id);
void sidereal_take_id(sidereal_bytes id);

void sidereal_hook_functions(void);
void sidereal_unhook_functions(void);
uint8_t sidereal_find_caller(sidereal_facts *facts);

/* Not by the pointer: extensions that wrap save handlers copy the struct. */
static inline bool sidereal_is_ours(const ps_module *module) {
    return module && strcmp(module->s_name, sidereal_ps_module.s_name) == 0;
}

static inline sidereal_bytes sidereal_bytes_of(const zend_string *string) {
    return (sidereal_bytes){ZSTR_VAL(string), ZSTR_LEN(string)};
}

static inline sidereal_bytes sidereal_text(const char *text) {
    return (sidereal_bytes){text, strlen(text)};
}

/* The message is left as it is: its length says that there is none. */
static inline void sidereal_reply_begin(sidereal_reply *reply) {
    memset(reply, 0, offsetof(sidereal_reply, message));
}

void sidereal_raise(const sidereal_reply *reply);
void sidereal_throw(const sidereal_reply *reply);
/* While a method of the API has called, what would be a warning is an exception. */
void sidereal_set_throwing(bool on);

/* Whether the client's cookies are those of another request. */
bool sidereal_is_guest(void);

/* Hands queued events to the application's handler, if nothing is in the way. */
void sidereal_deliver_events(void);
void sidereal_forget_handler(void);

#endif
