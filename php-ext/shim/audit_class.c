/* Sidereal\Audit: what is wrong with the configuration of this PHP. */
#include "api.h"

#include "php_ini.h"
#include "php_open_temporary_file.h"

zend_class_entry *sidereal_ce_audit;

/* --- what PHP is and does --- */

bool sidereal_next_header(const void **position, sidereal_bytes *header) {
    const zend_llist_element *element =
        *position ? ((const zend_llist_element *)*position)->next : SG(sapi_headers).headers.head;
    const sapi_header_struct *found;

    if (!element) {
        return false;
    }
    found = (const sapi_header_struct *)element->data;
    *position = element;
    *header = (sidereal_bytes){found->header, found->header_len};
    return true;
}

/* A framework's handler stands before the one that session.save_handler has named, and calls it. */
static bool is_in_use(void) {
    const ps_module *module = SPS(mod);

    return sidereal_is_ours(module) ||
           (module && strcmp(module->s_name, "user") == 0 && sidereal_is_ours(SPS(default_mod)));
}

/* What get_cfg_var('cfg_file_path') answers. */
static sidereal_bytes ini_file(void) {
    const zval *path = cfg_get_entry(ZEND_STRL("cfg_file_path"));

    return path && Z_TYPE_P(path) == IS_STRING ? sidereal_bytes_of(Z_STR_P(path)) : sidereal_text("");
}

void sidereal_look_around(sidereal_surroundings *surroundings) {
    memset(surroundings, 0, sizeof(*surroundings));
    surroundings->version = PHP_VERSION_ID;
    surroundings->is_ours = is_in_use();
    surroundings->version_text = sidereal_text(PHP_VERSION);
    surroundings->sapi = sidereal_text(sapi_module.name);
    surroundings->ini_file = ini_file();
    surroundings->session_name = sidereal_text(SPS_STRING(session_name));
    surroundings->temporary = sidereal_text(php_get_temporary_directory());
    surroundings->is_request = !sidereal_is_command_line() && SG(request_info).request_method != NULL;
    if (surroundings->is_request) {
        surroundings->is_https = sidereal_is_https();
        surroundings->document_root = sidereal_server_variable(ZEND_STRL("DOCUMENT_ROOT"));
        surroundings->address = sidereal_server_variable(ZEND_STRL("REMOTE_ADDR"));
        surroundings->forwarded_for = sidereal_server_variable(ZEND_STRL("HTTP_X_FORWARDED_FOR"));
        surroundings->forwarded_proto = sidereal_server_variable(ZEND_STRL("HTTP_X_FORWARDED_PROTO"));
        surroundings->forwarded = sidereal_server_variable(ZEND_STRL("HTTP_FORWARDED"));
    }
}

/* --- the class --- */

enum { AUDIT_VERDICT, AUDIT_FINDINGS };

/* What the methods answer: no properties, so that dumping the object shows the findings only. */
typedef struct audit {
    zend_string *text, *json, *sarif;
    zend_long exit_status;
    zend_object std;
} audit;

static zend_object_handlers audit_handlers;

static audit *audit_of(zend_object *object) {
    return (audit *)((char *)object - offsetof(audit, std));
}

static zend_object *create_audit(zend_class_entry *ce) {
    audit *made = zend_object_alloc(sizeof(audit), ce);

    made->text = made->json = made->sarif = ZSTR_EMPTY_ALLOC();
    made->exit_status = 0;
    zend_object_std_init(&made->std, ce);
    object_properties_init(&made->std, ce);
    made->std.handlers = &audit_handlers;
    return &made->std;
}

static void free_audit(zend_object *object) {
    zend_string_release(audit_of(object)->text);
    zend_string_release(audit_of(object)->json);
    zend_string_release(audit_of(object)->sarif);
    zend_object_std_dtor(object);
}

static zend_string *copy_of(sidereal_bytes text) {
    return zend_string_init(text.at, text.length, 0);
}

static ZEND_METHOD(Sidereal_Audit, run) {
    sidereal_surroundings surroundings;
    sidereal_audit found;
    sidereal_reply reply;
    audit *made;
    zval *findings;

    ZEND_PARSE_PARAMETERS_NONE();
    sidereal_look_around(&surroundings);
    sidereal_reply_begin(&reply);
    sidereal_api_rust->audit(&surroundings, &found, &reply);
    if (!reply.ok) {
        sidereal_throw_reply(&reply);
        RETURN_THROWS();
    }
    object_init_ex(return_value, sidereal_ce_audit);
    made = audit_of(Z_OBJ_P(return_value));
    made->text = copy_of(found.text);
    made->json = copy_of(found.json);
    made->sarif = copy_of(found.sarif);
    made->exit_status = (zend_long)found.exit_status;
    ZVAL_STR(OBJ_PROP_NUM(Z_OBJ_P(return_value), AUDIT_VERDICT), copy_of(found.verdict));
    findings = OBJ_PROP_NUM(Z_OBJ_P(return_value), AUDIT_FINDINGS);
    array_init_size(findings, (uint32_t)found.count);
    for (size_t i = 0; i < found.count; i++) {
        zval finding;

        sidereal_new_finding(&finding, &found.findings[i]);
        add_next_index_zval(findings, &finding);
    }
}

static ZEND_METHOD(Sidereal_Audit, exitStatus) {
    ZEND_PARSE_PARAMETERS_NONE();
    RETURN_LONG(audit_of(Z_OBJ_P(ZEND_THIS))->exit_status);
}

static ZEND_METHOD(Sidereal_Audit, toJson) {
    ZEND_PARSE_PARAMETERS_NONE();
    RETURN_STR_COPY(audit_of(Z_OBJ_P(ZEND_THIS))->json);
}

static ZEND_METHOD(Sidereal_Audit, toSarif) {
    ZEND_PARSE_PARAMETERS_NONE();
    RETURN_STR_COPY(audit_of(Z_OBJ_P(ZEND_THIS))->sarif);
}

static ZEND_METHOD(Sidereal_Audit, __toString) {
    ZEND_PARSE_PARAMETERS_NONE();
    RETURN_STR_COPY(audit_of(Z_OBJ_P(ZEND_THIS))->text);
}

ZEND_BEGIN_ARG_WITH_RETURN_OBJ_INFO_EX(arginfo_run, 0, 0, Sidereal\\Audit, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_number, 0, 0, IS_LONG, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(arginfo_text, 0, 0, IS_STRING, 0)
ZEND_END_ARG_INFO()

static const zend_function_entry methods[] = {
    ZEND_ME(Sidereal_Audit, run, arginfo_run, ZEND_ACC_PUBLIC | ZEND_ACC_STATIC)
        ZEND_ME(Sidereal_Audit, exitStatus, arginfo_number, ZEND_ACC_PUBLIC)
            ZEND_ME(Sidereal_Audit, toJson, arginfo_text, ZEND_ACC_PUBLIC)
                ZEND_ME(Sidereal_Audit, toSarif, arginfo_text, ZEND_ACC_PUBLIC)
                    ZEND_ME(Sidereal_Audit, __toString, arginfo_text, ZEND_ACC_PUBLIC) ZEND_FE_END};

void sidereal_register_audit_class(void) {
    zend_class_entry ce;

    INIT_CLASS_ENTRY(ce, "Sidereal\\Audit", methods);
    sidereal_ce_audit = zend_register_internal_class_ex(&ce, NULL);
    sidereal_no_instances(sidereal_ce_audit);
    sidereal_readonly(sidereal_ce_audit, ZEND_STRL("verdict"), (zend_type)ZEND_TYPE_INIT_MASK(MAY_BE_STRING));
    sidereal_readonly(sidereal_ce_audit, ZEND_STRL("findings"), (zend_type)ZEND_TYPE_INIT_MASK(MAY_BE_ARRAY));
    sidereal_ce_audit->create_object = create_audit;
    memcpy(&audit_handlers, zend_get_std_object_handlers(), sizeof(audit_handlers));
    audit_handlers.offset = offsetof(audit, std);
    audit_handlers.free_obj = free_audit;
    audit_handlers.clone_obj = NULL;
}
