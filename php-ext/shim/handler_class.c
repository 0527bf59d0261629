/*
 * Sidereal\SessionHandler: PHP's own SessionHandler with the two methods that it lacks. For frameworks that want an
 * object: without them ext/session validates an ID by reading it, and writes what has not changed.
 */
#include "api.h"

/* Once the object is set, PHP's module is the one for objects and ours the one behind it. */
static bool needs_our_module(void) {
    if (sidereal_is_ours(SPS(default_mod)) || sidereal_is_ours(SPS(mod))) {
        return true;
    }
    sidereal_throw_code(SIDEREAL_CODE_CONFIG, "expected session.save_handler to be sidereal, found another one; set it "
                                              "in php.ini before this class is used");
    return false;
}

static bool needs_open_handler(void) {
    if (!needs_our_module()) {
        return false;
    }
    if (SPS(session_status) == php_session_active && sidereal_is_ours(SPS(default_mod)) && SPS(mod_user_is_open)) {
        return true;
    }
    sidereal_throw_code(SIDEREAL_CODE_STATE, "expected the handler to be open, found that it is not; ext/session calls "
                                             "this by itself after session_set_save_handler() and session_start()");
    return false;
}

static ZEND_METHOD(Sidereal_SessionHandler, __construct) {
    ZEND_PARSE_PARAMETERS_NONE();
    needs_our_module();
}

static ZEND_METHOD(Sidereal_SessionHandler, validateId) {
    zend_string *id;

    ZEND_PARSE_PARAMETERS_START(1, 1)
    Z_PARAM_STR(id)
    ZEND_PARSE_PARAMETERS_END();
    if (!needs_open_handler()) {
        RETURN_THROWS();
    }
    RETURN_BOOL(SPS(default_mod)->s_validate_sid(&SPS(mod_data), id) == SUCCESS);
}

static ZEND_METHOD(Sidereal_SessionHandler, updateTimestamp) {
    zend_string *id, *data;

    ZEND_PARSE_PARAMETERS_START(2, 2)
    Z_PARAM_STR(id)
    Z_PARAM_STR(data)
    ZEND_PARSE_PARAMETERS_END();
    if (!needs_open_handler()) {
        RETURN_THROWS();
    }
    RETURN_BOOL(SPS(default_mod)->s_update_timestamp(&SPS(mod_data), id, data, SPS(gc_maxlifetime)) == SUCCESS);
}

ZEND_BEGIN_ARG_INFO_EX(arginfo_construct, 0, 0, 0)
ZEND_END_ARG_INFO()

/* As in the interface. */
ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_validate_id, 0, 1, _IS_BOOL, 0)
ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_update_timestamp, 0, 2, _IS_BOOL, 0)
ZEND_ARG_TYPE_INFO(0, id, IS_STRING, 0)
ZEND_ARG_TYPE_INFO(0, data, IS_STRING, 0)
ZEND_END_ARG_INFO()

static const zend_function_entry methods[] = {
    ZEND_ME(Sidereal_SessionHandler, __construct, arginfo_construct, ZEND_ACC_PUBLIC)
        ZEND_ME(Sidereal_SessionHandler, validateId, arginfo_validate_id, ZEND_ACC_PUBLIC)
            ZEND_ME(Sidereal_SessionHandler, updateTimestamp, arginfo_update_timestamp, ZEND_ACC_PUBLIC) ZEND_FE_END};

zend_result sidereal_register_handler_class(void) {
    zend_class_entry *parent = sidereal_php_class(ZEND_STRL("sessionhandler"));
    zend_class_entry *interface = sidereal_php_class(ZEND_STRL("sessionupdatetimestamphandlerinterface"));
    zend_class_entry ce, *registered;

    if (!parent || !interface) {
        zend_error(E_CORE_WARNING, "Sidereal: expected ext/session to have its classes, found them missing; load the "
                                   "ext/session of this PHP");
        return FAILURE;
    }
    INIT_CLASS_ENTRY(ce, "Sidereal\\SessionHandler", methods);
    registered = zend_register_internal_class_ex(&ce, parent);
    zend_class_implements(registered, 1, interface);
    registered->ce_flags |= ZEND_ACC_NO_DYNAMIC_PROPERTIES | ZEND_ACC_NOT_SERIALIZABLE;
    return SUCCESS;
}
