/* What the classes have in common, and their registration in MINIT. */
#include "api.h"

#include "zend_attributes.h"

const sidereal_api *sidereal_api_rust;

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_on_event, 0, 1, IS_VOID, 0)
ZEND_ARG_TYPE_INFO(0, handler, IS_CALLABLE, 1)
ZEND_END_ARG_INFO()

static const zend_function_entry functions[] = {
    ZEND_NS_FE("Sidereal", on_event, arginfo_on_event) ZEND_FE_END};

/* ext/session may be a shared library: its classes are looked up, not linked. */
zend_class_entry *sidereal_php_class(const char *name, size_t length) {
    return zend_hash_str_find_ptr(CG(class_table), name, length);
}

ZEND_BEGIN_ARG_INFO_EX(arginfo_construct, 0, 0, 0)
ZEND_END_ARG_INFO()

/* Nobody but us makes one. */
static ZEND_METHOD(Sidereal, __construct) {
    ZEND_PARSE_PARAMETERS_NONE();
}

static const zend_function_entry private_constructor[] = {
    ZEND_ME(Sidereal, __construct, arginfo_construct, ZEND_ACC_PRIVATE) ZEND_FE_END};

void sidereal_no_instances(zend_class_entry *ce) {
    ce->ce_flags |= ZEND_ACC_FINAL | ZEND_ACC_NO_DYNAMIC_PROPERTIES | ZEND_ACC_NOT_SERIALIZABLE;
    zend_register_functions(ce, private_constructor, &ce->function_table, MODULE_PERSISTENT);
}

void sidereal_readonly(zend_class_entry *ce, const char *name, size_t length, zend_type type) {
    zend_string *property = zend_string_init_interned(name, length, 1);
    zval none;

    ZVAL_UNDEF(&none);
    zend_declare_typed_property(ce, property, &none, ZEND_ACC_PUBLIC | ZEND_ACC_READONLY, NULL, type);
    zend_string_release(property);
}

/* Who a session belongs to is not for stack traces: the first parameter. */
void sidereal_mark_sensitive(zend_class_entry *ce, const char *method, size_t length) {
#if PHP_VERSION_ID >= 80200
    zend_function *function = zend_hash_str_find_ptr(&ce->function_table, method, length);

    if (function) {
        zend_add_parameter_attribute(function, 0, ZSTR_KNOWN(ZEND_STR_SENSITIVEPARAMETER), 0);
    }
#else
    (void)ce, (void)method, (void)length;
#endif
}

zend_result sidereal_register_api(const sidereal_api *api) {
    sidereal_api_rust = api;
    sidereal_register_exceptions();
    sidereal_register_values();
    sidereal_register_session_class();
    sidereal_register_roster_class();
    sidereal_register_autologin_class();
    sidereal_register_csrf_class();
    sidereal_register_audit_class();
    if (sidereal_register_handler_class() == FAILURE) {
        return FAILURE;
    }
    return zend_register_functions(NULL, functions, NULL, MODULE_PERSISTENT);
}

/* PHP only takes out what it has put in by itself. */
void sidereal_unregister_api(void) {
    zend_unregister_functions(functions, -1, NULL);
}
