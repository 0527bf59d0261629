/* Settings and phpinfo(), where PHP wants to be called back by C. */
#include "shim.h"

#include "ext/standard/info.h"

sidereal_bytes sidereal_setting(const char *name, size_t length) {
    const zend_ini_entry *entry = zend_hash_str_find_ptr(EG(ini_directives), name, length);

    return entry && entry->value ? sidereal_bytes_of(entry->value) : sidereal_text("");
}

bool sidereal_next_setting(uint32_t *position, sidereal_bytes *name, sidereal_bytes *value) {
    const zend_ini_entry *entry = zend_hash_get_current_data_ptr_ex(EG(ini_directives), position);

    if (!entry) {
        return false;
    }
    *name = sidereal_bytes_of(entry->name);
    *value = entry->value ? sidereal_bytes_of(entry->value) : sidereal_text("");
    zend_hash_move_forward_ex(EG(ini_directives), position);
    return true;
}

/*
 * A value that makes no sense is refused at run time. At start-up it stays, so that session_start() fails with the same
 * sentence: a default in its place could be weaker than what was meant.
 */
int sidereal_on_modify(zend_ini_entry *entry, zend_string *value, void *arg1, void *arg2, void *arg3, int stage) {
    sidereal_reply reply;

    (void)arg1, (void)arg2, (void)arg3;
    sidereal_reply_begin(&reply);
    sidereal_rust->check(sidereal_bytes_of(entry->name), value ? sidereal_bytes_of(value) : sidereal_text(""), &reply);
    if (reply.ok) {
        return SUCCESS;
    }
    if (stage != ZEND_INI_STAGE_DEACTIVATE && stage != ZEND_INI_STAGE_SHUTDOWN) {
        sidereal_raise(&reply);
    }
    return stage == ZEND_INI_STAGE_RUNTIME ? FAILURE : SUCCESS;
}

static void write_setting(const char *at, size_t length) {
    if (length == 0) {
        php_output_write(ZEND_STRL("no value"));
    } else if (sapi_module.phpinfo_as_text) {
        php_output_write(at, length);
    } else {
        zend_html_puts(at, length);
    }
}

/* Of an address only the scheme is shown, for anything behind it may be a password: the row "Store" has the rest, as Rust understands it. */
void sidereal_display_masked(zend_ini_entry *entry, int type) {
    const zend_string *value = type == ZEND_INI_DISPLAY_ORIG && entry->modified ? entry->orig_value : entry->value;
    const char *text = value ? ZSTR_VAL(value) : "";

    if (*text == '\0' || strncmp(text, "sqlite:", 7) == 0 || strcmp(text, "memory:") == 0) {
        write_setting(text, strlen(text));
        return;
    }
    if (text[strcspn(text, ":[@")] != '@' && strpbrk(text, ":[")) {
        write_setting(text, strcspn(text, ":["));
        php_output_write(ZEND_STRL(":"));
    }
    php_output_write(ZEND_STRL("***"));
}

/* Where sessions come from: a path, or an address of Redis in which a password can stand anywhere. */
void sidereal_display_source(zend_ini_entry *entry, int type) {
    const zend_string *value = type == ZEND_INI_DISPLAY_ORIG && entry->modified ? entry->orig_value : entry->value;
    const char *text = value ? ZSTR_VAL(value) : "";

    if (*text == '\0' || strncmp(text, "files:", 6) == 0 || strncmp(text, "sqlite:", 7) == 0) {
        write_setting(text, strlen(text));
    } else if (strncmp(text, "redis-php:", 10) == 0) {
        php_output_write(ZEND_STRL("redis-php:***"));
    } else {
        php_output_write(ZEND_STRL("***"));
    }
}

#ifdef ZTS
#define THREADS "ZTS"
#else
#define THREADS "NTS"
#endif

void sidereal_print_info(zend_module_entry *module) {
    sidereal_surroundings surroundings;
    sidereal_about about;

    memset(&about, 0, sizeof(about));
    sidereal_look_around(&surroundings);
    sidereal_rust->describe(&surroundings, &about);
    php_info_print_table_start();
    php_info_print_table_row(2, "Sidereal sessions", "enabled");
    php_info_print_table_row(2, "Version", about.version);
    php_info_print_table_row(2, "Build", THREADS ", PHP API " ZEND_TOSTR(ZEND_MODULE_API_NO));
    php_info_print_table_row(2, "Store", about.store);
    php_info_print_table_row(2, "Keyring", about.keyring);
    php_info_print_table_row(2, "Policy", about.policy);
    php_info_print_table_row(2, "Audit", about.audit);
    php_info_print_table_end();
    display_ini_entries(module);
}
