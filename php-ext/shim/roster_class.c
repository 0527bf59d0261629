/* Sidereal\Roster: the sessions of one user, and their end. */
#include "api.h"

#include "zend_interfaces.h"

zend_class_entry *sidereal_ce_roster;

/* The user is not a property: dumping the object does not show who it is. */
typedef struct roster {
    zend_string *user;
    zend_object std;
} roster;

static zend_object_handlers roster_handlers;

static roster *roster_of(zend_object *object) {
    return (roster *)((char *)object - offsetof(roster, std));
}

static zend_object *create_roster(zend_class_entry *ce) {
    roster *made = zend_object_alloc(sizeof(roster), ce);

    made->user = NULL;
    zend_object_std_init(&made->std, ce);
    object_properties_init(&made->std, ce);
    made->std.handlers = &roster_handlers;
    return &made->std;
}

static void free_roster(zend_object *object) {
    if (roster_of(object)->user) {
        zend_string_release(roster_of(object)->user);
    }
    zend_object_std_dtor(object);
}

static sidereal_bytes user_of(const zval *object) {
    const zend_string *user = roster_of(Z_OBJ_P(object))->user;

    return user ? sidereal_bytes_of(user) : sidereal_text("");
}

/* What every call has, and what becomes of it. */
struct call {
    sidereal_facts facts;
    sidereal_reply reply;
    sidereal_infos infos;
};

static void begin(struct call *call) {
    sidereal_look_outside(&call->facts);
    sidereal_reply_begin(&call->reply);
    call->infos = (sidereal_infos){NULL, 0};
}

/* Answers false when an exception is pending. */
static bool end(const struct call *call) {
    if (!call->reply.ok) {
        sidereal_throw_reply(&call->reply);
        return false;
    }
    sidereal_deliver_events();
    return EG(exception) == NULL;
}

/* --- methods --- */

static ZEND_METHOD(Sidereal_Roster, of) {
    zend_string *user;
    struct call call;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(user)
    ZEND_PARSE_PARAMETERS_END();
    begin(&call);
    sidereal_api_rust->check_user(sidereal_bytes_of(user), &call.reply);
    if (!end(&call)) {
        RETURN_THROWS();
    }
    object_init_ex(return_value, sidereal_ce_roster);
    roster_of(Z_OBJ_P(return_value))->user = zend_string_copy(user);
}

static ZEND_METHOD(Sidereal_Roster, ofPrefix) {
    zend_string *prefix;
    struct call call;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(prefix)
    ZEND_PARSE_PARAMETERS_END();
    begin(&call);
    sidereal_api_rust->list_prefix(&call.facts, sidereal_bytes_of(prefix), &call.infos, &call.reply);
    if (!call.reply.ok) {
        end(&call);
        RETURN_THROWS();
    }
    sidereal_new_infos(return_value, &call.infos);
}

/* The sessions of the roster's user; false: something is thrown. */
static bool list_of(zval *roster, struct call *call) {
    begin(call);
    sidereal_api_rust->list(&call->facts, user_of(roster), &call->infos, &call->reply);
    if (!call->reply.ok) {
        end(call);
    }
    return call->reply.ok;
}

static ZEND_METHOD(Sidereal_Roster, list) {
    struct call call;

    ZEND_PARSE_PARAMETERS_NONE();
    if (!list_of(ZEND_THIS, &call)) {
        RETURN_THROWS();
    }
    sidereal_new_infos(return_value, &call.infos);
}

static ZEND_METHOD(Sidereal_Roster, count) {
    struct call call;

    ZEND_PARSE_PARAMETERS_NONE();
    if (!list_of(ZEND_THIS, &call)) {
        RETURN_THROWS();
    }
    RETURN_LONG((zend_long)call.infos.count);
}

static ZEND_METHOD(Sidereal_Roster, revoke) {
    zend_string *handle;
    struct call call;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(handle)
    ZEND_PARSE_PARAMETERS_END();
    begin(&call);
    sidereal_api_rust->revoke(&call.facts, user_of(ZEND_THIS), sidereal_bytes_of(handle), &call.reply);
    if (!end(&call)) {
        RETURN_THROWS();
    }
    RETURN_BOOL(call.reply.count);
}

static ZEND_METHOD(Sidereal_Roster, revokeOthers) {
    struct call call;

    ZEND_PARSE_PARAMETERS_NONE();
    if (!sidereal_needs_session()) {
        RETURN_THROWS();
    }
    begin(&call);
    sidereal_api_rust->revoke_others(&call.facts, user_of(ZEND_THIS), &call.reply);
    if (!end(&call)) {
        RETURN_THROWS();
    }
    RETURN_LONG((zend_long)call.reply.count);
}

static ZEND_METHOD(Sidereal_Roster, revokeUser) {
    zend_string *user;
    struct call call;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(user)
    ZEND_PARSE_PARAMETERS_END();
    begin(&call);
    sidereal_api_rust->revoke_user(&call.facts, sidereal_bytes_of(user), &call.reply);
    if (!end(&call)) {
        RETURN_THROWS();
    }
    RETURN_LONG((zend_long)call.reply.count);
}

static ZEND_METHOD(Sidereal_Roster, revokeAll) {
    struct call call;

    ZEND_PARSE_PARAMETERS_NONE();
    begin(&call);
    sidereal_api_rust->revoke_all(&call.facts, &call.reply);
    if (!end(&call)) {
        RETURN_THROWS();
    }
    RETURN_LONG((zend_long)call.reply.count);
}

/* --- the class --- */

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_of, 0, 1, Sidereal\\Roster, 0)
ZEND_ARG_TYPE_INFO(0, userId, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_of_prefix, 0, 1, IS_ARRAY, 0)
ZEND_ARG_TYPE_INFO(0, prefix, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_list, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_number, 0, 0, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_revoke, 0, 1, _IS_BOOL, 0)
ZEND_ARG_TYPE_INFO(0, handle, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_revoke_user, 0, 1, IS_LONG, 0)
ZEND_ARG_TYPE_INFO(0, userId, IS_STRING, 0)
ZEND_END_ARG_INFO()

#define STATIC (ZEND_ACC_PUBLIC | ZEND_ACC_STATIC)

static const zend_function_entry methods[] = {
    ZEND_ME(Sidereal_Roster, of, arginfo_of, STATIC) ZEND_ME(Sidereal_Roster, ofPrefix, arginfo_of_prefix, STATIC)
        ZEND_ME(Sidereal_Roster, list, arginfo_list, ZEND_ACC_PUBLIC)
            ZEND_ME(Sidereal_Roster, count, arginfo_number, ZEND_ACC_PUBLIC)
                ZEND_ME(Sidereal_Roster, revoke, arginfo_revoke, ZEND_ACC_PUBLIC)
                    ZEND_ME(Sidereal_Roster, revokeOthers, arginfo_number, ZEND_ACC_PUBLIC)
                        ZEND_ME(Sidereal_Roster, revokeUser, arginfo_revoke_user, STATIC)
                            ZEND_ME(Sidereal_Roster, revokeAll, arginfo_number, STATIC) ZEND_FE_END};

void sidereal_register_roster_class(void) {
    zend_class_entry ce;

    INIT_CLASS_ENTRY(ce, "Sidereal\\Roster", methods);
    sidereal_ce_roster = zend_register_internal_class_ex(&ce, NULL);
    sidereal_no_instances(sidereal_ce_roster);
    zend_class_implements(sidereal_ce_roster, 1, zend_ce_countable);
    sidereal_ce_roster->create_object = create_roster;
    memcpy(&roster_handlers, zend_get_std_object_handlers(), sizeof(roster_handlers));
    roster_handlers.offset = offsetof(roster, std);
    roster_handlers.free_obj = free_roster;
    roster_handlers.clone_obj = NULL;
    sidereal_mark_sensitive(sidereal_ce_roster, ZEND_STRL("of"));
    sidereal_mark_sensitive(sidereal_ce_roster, ZEND_STRL("revokeuser"));
}
