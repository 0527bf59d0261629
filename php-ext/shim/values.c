/* What the API gives away: enums and readonly objects without methods. */
#include "api.h"

#include "ext/date/php_date.h"
#include "zend_enum.h"
#include "zend_exceptions.h"

zend_class_entry *sidereal_ce_denial, *sidereal_ce_state, *sidereal_ce_level;
zend_class_entry *sidereal_ce_info, *sidereal_ce_event, *sidereal_ce_device;
zend_class_entry *sidereal_ce_finding, *sidereal_ce_severity;

/* --- enums --- */

struct enum_case {
    const char *name;
    const char *value;
};

static const struct enum_case denials[] = {
    {"Forged", "forged"},
    {"Unknown", "unknown"},
    {"Idle", "idle"},
    {"Absolute", "absolute"},
    {"LostCookie", "lost_cookie"},
    {"Superseded", "superseded"},
    {"Obsolete", "obsolete"},
    {"LoggedOut", "logged_out"},
    {"Revoked", "revoked"},
    {"Broken", "broken"},
    {"Conflict", "conflict"},
    {"Scheme", "scheme"},
    {"Stranger", "stranger"},
    {NULL, NULL},
};

static const struct enum_case states[] = {
    {"Anonymous", "anonymous"},
    {"Authenticated", "authenticated"},
    {NULL, NULL},
};

static const struct enum_case levels[] = {
    {"Info", "INFO"},
    {"Warning", "WARN"},
    {"Critical", "CRITICAL"},
    {NULL, NULL},
};

static const struct enum_case severities[] = {
    {"Error", "error"},
    {"Warning", "warning"},
    {"Note", "note"},
    {NULL, NULL},
};

static zend_class_entry *register_enum(const char *name, const struct enum_case *cases) {
    zend_class_entry *ce = zend_register_internal_enum(name, IS_STRING, NULL);

    for (; cases->name; cases++) {
        zval value;

        ZVAL_STR(&value, zend_string_init_interned(cases->value, strlen(cases->value), 1));
        zend_enum_add_case_cstr(ce, cases->name, &value);
    }
    return ce;
}

/* The case with this value. */
static void enum_case(zval *result, zend_class_entry *ce, const struct enum_case *cases, sidereal_bytes value) {
    for (; cases->name; cases++) {
        if (strlen(cases->value) == value.length && memcmp(cases->value, value.at, value.length) == 0) {
            ZVAL_OBJ_COPY(result, zend_enum_get_case_cstr(ce, cases->name));
            return;
        }
    }
    ZVAL_NULL(result);
}

void sidereal_denial_case(zval *result, sidereal_bytes value) {
    enum_case(result, sidereal_ce_denial, denials, value);
}

/* --- classes --- */

#define ENUM_TYPE(name) (zend_type) ZEND_TYPE_INIT_CLASS(zend_string_init(name, sizeof(name) - 1, 1), 0, 0)

enum {
    INFO_HANDLE,
    INFO_CREATED,
    INFO_LAST_SEEN,
    INFO_AUTHENTICATED,
    INFO_METHODS,
    INFO_ADDRESS,
    INFO_AGENT,
    INFO_CURRENT,
    INFO_STATE
};

enum { DEVICE_HANDLE, DEVICE_CREATED, DEVICE_LAST_USED, DEVICE_ENDS, DEVICE_ADDRESS, DEVICE_AGENT, DEVICE_CURRENT };

enum { EVENT_NAME, EVENT_LEVEL, EVENT_AT, EVENT_SESSION, EVENT_REASON, EVENT_COUNT };

enum { FINDING_ID, FINDING_SEVERITY, FINDING_WHAT, FINDING_WHY, FINDING_FIX, FINDING_REFERENCES };

static zend_class_entry *register_value(const char *name, size_t length) {
    zend_class_entry ce;
    zend_class_entry *registered;

    INIT_CLASS_ENTRY_EX(ce, name, length, NULL);
    registered = zend_register_internal_class_ex(&ce, NULL);
    sidereal_no_instances(registered);
    return registered;
}

/* In the order of the numbers above. */
void sidereal_register_values(void) {
    zend_class_entry *ce;

    sidereal_ce_denial = register_enum("Sidereal\\Denial", denials);
    sidereal_ce_state = register_enum("Sidereal\\SessionState", states);
    sidereal_ce_level = register_enum("Sidereal\\EventLevel", levels);
    sidereal_ce_severity = register_enum("Sidereal\\Severity", severities);

    ce = sidereal_ce_info = register_value(ZEND_STRL("Sidereal\\SessionInfo"));
    sidereal_readonly(ce, ZEND_STRL("handle"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("created"), DATE_TYPE(0));
    sidereal_readonly(ce, ZEND_STRL("lastSeen"), DATE_TYPE(0));
    sidereal_readonly(ce, ZEND_STRL("authenticatedAt"), DATE_TYPE(1));
    sidereal_readonly(ce, ZEND_STRL("methods"), SCALAR(MAY_BE_ARRAY));
    sidereal_readonly(ce, ZEND_STRL("address"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("agent"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("current"), SCALAR(MAY_BE_BOOL));
    sidereal_readonly(ce, ZEND_STRL("state"), ENUM_TYPE("Sidereal\\SessionState"));

    ce = sidereal_ce_device = register_value(ZEND_STRL("Sidereal\\Device"));
    sidereal_readonly(ce, ZEND_STRL("handle"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("created"), DATE_TYPE(0));
    sidereal_readonly(ce, ZEND_STRL("lastUsed"), DATE_TYPE(0));
    sidereal_readonly(ce, ZEND_STRL("ends"), DATE_TYPE(0));
    sidereal_readonly(ce, ZEND_STRL("address"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("agent"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("current"), SCALAR(MAY_BE_BOOL));

    ce = sidereal_ce_event = register_value(ZEND_STRL("Sidereal\\Event"));
    sidereal_readonly(ce, ZEND_STRL("name"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("level"), ENUM_TYPE("Sidereal\\EventLevel"));
    sidereal_readonly(ce, ZEND_STRL("at"), DATE_TYPE(0));
    sidereal_readonly(ce, ZEND_STRL("session"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("reason"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("count"), SCALAR(MAY_BE_LONG | MAY_BE_NULL));

    ce = sidereal_ce_finding = register_value(ZEND_STRL("Sidereal\\Finding"));
    sidereal_readonly(ce, ZEND_STRL("id"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("severity"), ENUM_TYPE("Sidereal\\Severity"));
    sidereal_readonly(ce, ZEND_STRL("what"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("why"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("fix"), SCALAR(MAY_BE_STRING));
    sidereal_readonly(ce, ZEND_STRL("references"), SCALAR(MAY_BE_ARRAY));
}

/* --- objects --- */

zval *sidereal_slot(zval *object, int number) {
    return OBJ_PROP_NUM(Z_OBJ_P(object), number);
}

void sidereal_put_text(zval *result, sidereal_bytes text) {
    ZVAL_STR(result, text.length ? zend_string_init(text.at, text.length, 0) : ZSTR_EMPTY_ALLOC());
}

/* In UTC, as every DateTimeImmutable is that is made from a number. */
void sidereal_put_date(zval *result, int64_t ms) {
    int64_t seconds = ms / 1000 - (ms % 1000 < 0), rest = ms - seconds * 1000;
    char text[48];
    int length = snprintf(text, sizeof(text), "@%" PRId64 ".%06d", seconds, (int)rest * 1000);

    php_date_instantiate(php_date_get_immutable_ce(), result);
    php_date_initialize(Z_PHPDATE_P(result), text, (size_t)length, NULL, NULL, 0);
}

static void put_texts(zval *result, sidereal_texts texts) {
    array_init_size(result, (uint32_t)texts.count);
    for (size_t i = 0; i < texts.count; i++) {
        add_next_index_stringl(result, texts.at[i].at, texts.at[i].length);
    }
}

void sidereal_new_info(zval *result, const sidereal_info *info) {
    /* An auto-login is none by a proof, but somebody is logged in. */
    bool is_bound = info->has_authenticated || info->methods.count;

    object_init_ex(result, sidereal_ce_info);
    sidereal_put_text(sidereal_slot(result, INFO_HANDLE), info->handle);
    sidereal_put_date(sidereal_slot(result, INFO_CREATED), info->created);
    sidereal_put_date(sidereal_slot(result, INFO_LAST_SEEN), info->last_seen);
    if (info->has_authenticated) {
        sidereal_put_date(sidereal_slot(result, INFO_AUTHENTICATED), info->authenticated);
    } else {
        ZVAL_NULL(sidereal_slot(result, INFO_AUTHENTICATED));
    }
    put_texts(sidereal_slot(result, INFO_METHODS), info->methods);
    sidereal_put_text(sidereal_slot(result, INFO_ADDRESS), info->address);
    sidereal_put_text(sidereal_slot(result, INFO_AGENT), info->agent);
    ZVAL_BOOL(sidereal_slot(result, INFO_CURRENT), info->current);
    enum_case(sidereal_slot(result, INFO_STATE), sidereal_ce_state, states,
              sidereal_text(is_bound ? "authenticated" : "anonymous"));
}

void sidereal_new_infos(zval *result, const sidereal_infos *infos) {
    array_init_size(result, (uint32_t)infos->count);
    for (size_t i = 0; i < infos->count; i++) {
        zval info;

        sidereal_new_info(&info, &infos->at[i]);
        add_next_index_zval(result, &info);
    }
}

void sidereal_new_devices(zval *result, const sidereal_devices *devices) {
    array_init_size(result, (uint32_t)devices->count);
    for (size_t i = 0; i < devices->count; i++) {
        const sidereal_device *device = &devices->at[i];
        zval made;

        object_init_ex(&made, sidereal_ce_device);
        sidereal_put_text(sidereal_slot(&made, DEVICE_HANDLE), device->handle);
        sidereal_put_date(sidereal_slot(&made, DEVICE_CREATED), device->created);
        sidereal_put_date(sidereal_slot(&made, DEVICE_LAST_USED), device->last_used);
        sidereal_put_date(sidereal_slot(&made, DEVICE_ENDS), device->ends);
        sidereal_put_text(sidereal_slot(&made, DEVICE_ADDRESS), device->address);
        sidereal_put_text(sidereal_slot(&made, DEVICE_AGENT), device->agent);
        ZVAL_BOOL(sidereal_slot(&made, DEVICE_CURRENT), device->current);
        add_next_index_zval(result, &made);
    }
}

void sidereal_new_event(zval *result, const sidereal_event *event) {
    object_init_ex(result, sidereal_ce_event);
    sidereal_put_text(sidereal_slot(result, EVENT_NAME), event->name);
    enum_case(sidereal_slot(result, EVENT_LEVEL), sidereal_ce_level, levels, event->level);
    sidereal_put_date(sidereal_slot(result, EVENT_AT), event->at);
    sidereal_put_text(sidereal_slot(result, EVENT_SESSION), event->session);
    sidereal_put_text(sidereal_slot(result, EVENT_REASON), event->reason);
    if (event->has_count) {
        ZVAL_LONG(sidereal_slot(result, EVENT_COUNT), (zend_long)event->count);
    } else {
        ZVAL_NULL(sidereal_slot(result, EVENT_COUNT));
    }
}

void sidereal_new_finding(zval *result, const sidereal_finding *finding) {
    object_init_ex(result, sidereal_ce_finding);
    sidereal_put_text(sidereal_slot(result, FINDING_ID), finding->id);
    enum_case(sidereal_slot(result, FINDING_SEVERITY), sidereal_ce_severity, severities, finding->severity);
    sidereal_put_text(sidereal_slot(result, FINDING_WHAT), finding->what);
    sidereal_put_text(sidereal_slot(result, FINDING_WHY), finding->why);
    sidereal_put_text(sidereal_slot(result, FINDING_FIX), finding->fix);
    put_texts(sidereal_slot(result, FINDING_REFERENCES), finding->references);
}
