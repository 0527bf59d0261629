/*
 * The classes and functions of namespace Sidereal: what crosses the border for them, and what the files of the shim
 * that make them share. src/api.rs mirrors the first part.
 */
#ifndef SIDEREAL_API_H
#define SIDEREAL_API_H

#include "shim.h"

/* Why a call failed: the code of the exception, the same number as the C library's status. Only ever added to. */
enum sidereal_code {
    SIDEREAL_CODE_NONE = 0,
    SIDEREAL_CODE_ARGUMENT = 2,
    SIDEREAL_CODE_CONFIG = 3,
    SIDEREAL_CODE_STORE = 4,
    SIDEREAL_CODE_STORE_FULL = 5,
    SIDEREAL_CODE_KEYRING = 6,
    SIDEREAL_CODE_ENTROPY = 7,
    SIDEREAL_CODE_LOST = 10,
    SIDEREAL_CODE_STATE = 12,
    SIDEREAL_CODE_INTERNAL = 14,
    SIDEREAL_CODE_ROSTER_FULL = 15,
    SIDEREAL_CODE_NOT_FRESH = 16,
    SIDEREAL_CODE_HEADERS_SENT = 17,
    SIDEREAL_CODE_NOT_BOUND = 18,
    SIDEREAL_CODE_CSRF_REFUSED = 19,
};

/* What session_regenerate_id() is called for. */
enum sidereal_purpose {
    SIDEREAL_PURPOSE_ELEVATE = 0,
    SIDEREAL_PURPOSE_LOG_IN = 1,
    SIDEREAL_PURPOSE_REAUTHENTICATED = 2,
};

/* Texts that somebody else owns. */
typedef struct sidereal_texts {
    const sidereal_bytes *at;
    size_t count;
} sidereal_texts;

typedef struct sidereal_intent {
    uint32_t purpose; /* enum sidereal_purpose */
    sidereal_bytes user;
    sidereal_texts methods;
    sidereal_texts scopes;
} sidereal_intent;

/* How fresh an authentication has to be. A text without address is any. */
typedef struct sidereal_freshness {
    int64_t max_age;
    sidereal_bytes method;
    sidereal_bytes scope;
} sidereal_freshness;

/* One session in a list. Times are milliseconds since 1970. */
typedef struct sidereal_info {
    sidereal_bytes handle;
    sidereal_bytes address;
    sidereal_bytes agent;
    sidereal_texts methods;
    int64_t created;
    int64_t last_seen;
    int64_t authenticated; /* if has_authenticated */
    uint32_t has_authenticated;
    uint32_t current;
} sidereal_info;

typedef struct sidereal_infos {
    const sidereal_info *at;
    size_t count;
} sidereal_infos;

/* What a token is for. */
typedef struct sidereal_scope {
    sidereal_bytes name;
    uint32_t once;
} sidereal_scope;

/* A request that may change something. A header that was not sent is not given. */
typedef struct sidereal_attempt {
    sidereal_bytes method;
    sidereal_bytes host;
    sidereal_bytes fetch_site;
    sidereal_bytes origin;
    sidereal_bytes referer;
    sidereal_bytes token;
} sidereal_attempt;

typedef struct sidereal_event {
    sidereal_bytes name;
    sidereal_bytes level;
    sidereal_bytes session;
    sidereal_bytes reason;
    int64_t at;
    int64_t count; /* if has_count */
    uint32_t has_count;
} sidereal_event;

typedef struct sidereal_finding {
    sidereal_bytes id;
    sidereal_bytes severity;
    sidereal_bytes what;
    sidereal_bytes why;
    sidereal_bytes fix;
    sidereal_texts references;
} sidereal_finding;

typedef struct sidereal_audit {
    const sidereal_finding *findings;
    size_t count;
    sidereal_bytes verdict;
    sidereal_bytes text;
    sidereal_bytes json;
    sidereal_bytes sarif;
    int64_t exit_status;
} sidereal_audit;

/* src/audit.rs expects the same. */
_Static_assert(sizeof(void *) != 8 || (sizeof(sidereal_finding) == 96 && sizeof(sidereal_audit) == 88), "audit.rs");

/* src/api.rs expects the same. */
_Static_assert(sizeof(void *) != 8 || (sizeof(sidereal_intent) == 56 && sizeof(sidereal_freshness) == 40 &&
                                       sizeof(sidereal_info) == 96 && sizeof(sidereal_event) == 88 &&
                                       sizeof(sidereal_scope) == 24 && sizeof(sidereal_attempt) == 96),
               "api.rs");

/* One remembered device in a list. Times are milliseconds since 1970. */
typedef struct sidereal_device {
    sidereal_bytes handle;
    sidereal_bytes address;
    sidereal_bytes agent;
    int64_t created;
    int64_t last_used;
    int64_t ends;
    uint32_t current;
} sidereal_device;

typedef struct sidereal_devices {
    const sidereal_device *at;
    size_t count;
} sidereal_devices;

/* src/api/device.rs expects the same. */
_Static_assert(sizeof(void *) != 8 || sizeof(sidereal_device) == 80, "device.rs");

/* What becomes of resume(). */
enum sidereal_resumed {
    SIDEREAL_RESUMED_NOBODY = 0,
    SIDEREAL_RESUMED_LOGGED_IN = 1,    /* session_regenerate_id() has to be called next */
    SIDEREAL_RESUMED_THIS_REQUEST = 2, /* another request has the cookies */
};

/* Auto-login. `cookies` is what the client sent, a Set-Cookie line is `payload`. */
typedef struct sidereal_autologin {
    void (*remember)(const sidereal_facts *facts, sidereal_bytes cookies, sidereal_bytes user, sidereal_reply *reply);
    /* `count` is an enum sidereal_resumed, `id` the user. */
    void (*resume)(const sidereal_facts *facts, sidereal_bytes cookies, sidereal_reply *reply);
    /* `count` is 0 or 1. */
    void (*forget)(const sidereal_facts *facts, sidereal_bytes cookies, sidereal_reply *reply);
    void (*devices)(const sidereal_facts *facts, sidereal_bytes user, sidereal_devices *devices,
                    sidereal_reply *reply);
    /* A handle without address is all. `count` is how many there were. */
    void (*forget_devices)(const sidereal_facts *facts, sidereal_bytes user, sidereal_bytes handle,
                           sidereal_reply *reply);
    uint32_t (*is_guest)(void);
} sidereal_autologin;

/* What Rust lends belongs to it and stays until it is called again. */
typedef struct sidereal_api {
    /* Does it in the store; session_regenerate_id(), which has to be called next, gives PHP the new ID. */
    void (*intend)(const sidereal_facts *facts, const sidereal_intent *intent, sidereal_reply *reply);
    /* After session_regenerate_id(). */
    void (*carried_out)(sidereal_reply *reply);
    /* `id` is the name of a case of Denial, or nothing. */
    void (*denial)(sidereal_reply *reply);
    /* `count` is 0 or 1. */
    void (*has_stuck_cookie)(sidereal_reply *reply);
    /* At most one. */
    void (*info)(sidereal_infos *infos, sidereal_reply *reply);
    /* `count` is 0 or 1. */
    void (*user_is)(sidereal_bytes user, sidereal_reply *reply);
    /* `count` is 0 or 1. */
    void (*is_fresh)(const sidereal_freshness *wanted, sidereal_reply *reply);
    /* `count` is 0 or 1. */
    void (*must_reauthenticate)(sidereal_reply *reply);
    void (*mint_for)(const sidereal_facts *facts, sidereal_bytes user, sidereal_reply *reply);
    /* Whether there may be such a user. */
    void (*check_user)(sidereal_bytes user, sidereal_reply *reply);
    void (*list)(const sidereal_facts *facts, sidereal_bytes user, sidereal_infos *infos, sidereal_reply *reply);
    void (*list_prefix)(const sidereal_facts *facts, sidereal_bytes prefix, sidereal_infos *infos,
                        sidereal_reply *reply);
    /* `count` is how many were ended. */
    void (*revoke)(const sidereal_facts *facts, sidereal_bytes user, sidereal_bytes handle, sidereal_reply *reply);
    void (*revoke_others)(const sidereal_facts *facts, sidereal_bytes user, sidereal_reply *reply);
    void (*revoke_user)(const sidereal_facts *facts, sidereal_bytes user, sidereal_reply *reply);
    void (*revoke_all)(const sidereal_facts *facts, sidereal_reply *reply);
    /* `id` is a token. */
    void (*csrf_token)(const sidereal_scope *scope, sidereal_reply *reply);
    /* `count` is 0 or 1. */
    void (*csrf_verify)(sidereal_bytes token, const sidereal_scope *scope, sidereal_reply *reply);
    /* `id` is why the request is refused, or nothing. */
    void (*csrf_check)(const sidereal_attempt *attempt, const sidereal_scope *scope, sidereal_reply *reply);
    /* The next event of this request. 0: there is none. */
    uint32_t (*next_event)(sidereal_event *event);
    sidereal_autologin autologin;
    void (*audit)(const sidereal_surroundings *surroundings, sidereal_audit *audit, sidereal_reply *reply);
} sidereal_api;

extern const sidereal_api *sidereal_api_rust;

/* --- called from Rust --- */

/* The classes, enums and functions: MINIT. */
zend_result sidereal_register_api(const sidereal_api *api);
void sidereal_unregister_api(void);
/* RSHUTDOWN: delivers what is left while PHP code can still run. */
void sidereal_request_ends(void);

/* --- between the files of the shim --- */

extern zend_class_entry *sidereal_ce_denial, *sidereal_ce_state, *sidereal_ce_level;
extern zend_class_entry *sidereal_ce_finding, *sidereal_ce_severity, *sidereal_ce_audit;
extern zend_class_entry *sidereal_ce_device, *sidereal_ce_session, *sidereal_ce_roster, *sidereal_ce_info, *sidereal_ce_event;

zend_class_entry *sidereal_php_class(const char *name, size_t length);
void sidereal_no_instances(zend_class_entry *ce);
void sidereal_readonly(zend_class_entry *ce, const char *name, size_t length, zend_type type);
void sidereal_mark_sensitive(zend_class_entry *ce, const char *method, size_t length);

/* The type of a property, and what is put into it. A readonly property is written once, into the object's own slot. */
#define DATE_TYPE(null)                                                                                                \
    (zend_type) ZEND_TYPE_INIT_CLASS(zend_string_init("DateTimeImmutable", sizeof("DateTimeImmutable") - 1, 1), null, 0)
#define SCALAR(mask) (zend_type) ZEND_TYPE_INIT_MASK(mask)

zval *sidereal_slot(zval *object, int number);
void sidereal_put_text(zval *result, sidereal_bytes text);
void sidereal_put_date(zval *result, int64_t ms);

void sidereal_register_exceptions(void);
void sidereal_register_values(void);
void sidereal_register_session_class(void);
void sidereal_register_roster_class(void);
void sidereal_register_autologin_class(void);
void sidereal_register_csrf_class(void);
void sidereal_register_audit_class(void);
zend_result sidereal_register_handler_class(void);

/* Throws the exception of a code. */
void sidereal_throw_code(uint32_t code, const char *format, ...) ZEND_ATTRIBUTE_FORMAT(printf, 2, 3);
void sidereal_throw_reply(const sidereal_reply *reply);

/* Facts for a call that needs no open session. */
void sidereal_look_outside(sidereal_facts *facts);
/* The array in $_SESSION, if it is one. */
zval *sidereal_session_array(void);
/* Whether there is an active session; throws if not. */
bool sidereal_needs_session(void);
/* Has PHP's session_regenerate_id() take on what Rust has done in the store. False: an exception is pending. */
bool sidereal_renewed(void);
/* Whether headers can still be sent; throws if not. `what` goes into one of them. */
bool sidereal_needs_headers(const char *what);
/* Calls one of PHP's session functions, whose warnings become exceptions. False: an exception is pending. */
bool sidereal_call(const char *name, size_t length);

void sidereal_new_info(zval *result, const sidereal_info *info);
void sidereal_new_infos(zval *result, const sidereal_infos *infos);
void sidereal_new_devices(zval *result, const sidereal_devices *devices);
void sidereal_new_event(zval *result, const sidereal_event *event);
void sidereal_new_finding(zval *result, const sidereal_finding *finding);

void sidereal_denial_case(zval *result, sidereal_bytes value);

ZEND_FUNCTION(on_event);

#endif
