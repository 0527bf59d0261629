/* The session cookie, where PHP does not send it by itself. */
#include "shim.h"

#include "zend_smart_str.h"

static bool is_on(const char *value) {
    return strcasecmp(value, "on") == 0 || strcmp(value, "1") == 0;
}

/* A variable as the application sees it: where TLS ends in front of PHP it may have corrected $_SERVER. */
static bool server_says(const zval *server, const char *name, size_t length, bool (*test)(const char *)) {
    const zval *value = zend_hash_str_find(Z_ARRVAL_P(server), name, length);

    if (!value) {
        return false;
    }
    ZVAL_DEREF(value);
    switch (Z_TYPE_P(value)) {
    case IS_STRING:
        return test(Z_STRVAL_P(value));
    case IS_TRUE:
        return test("1");
    case IS_LONG:
        return Z_LVAL_P(value) == 1 && test("1");
    default:
        return false;
    }
}

/* $_SERVER may not have been filled in yet: then the server itself is asked. */
static bool environment_says(const char *name, size_t length, bool (*test)(const char *)) {
    char *value = sapi_getenv(name, length);
    bool says = value && test(value);

    if (value) {
        efree(value);
    }
    return says;
}

static bool is_scheme_https(const char *value) {
    return strcasecmp(value, "https") == 0;
}

/* Variables of the server, never a header that the client could have sent. */
bool sidereal_is_https(void) {
    zval *server = zend_hash_str_find(&EG(symbol_table), ZEND_STRL("_SERVER"));

    if (server) {
        ZVAL_DEREF(server);
    }
    if (server && Z_TYPE_P(server) == IS_ARRAY) {
        return server_says(server, ZEND_STRL("HTTPS"), is_on) ||
               server_says(server, ZEND_STRL("REQUEST_SCHEME"), is_scheme_https);
    }
    return environment_says(ZEND_STRL("HTTPS"), is_on) ||
           environment_says(ZEND_STRL("REQUEST_SCHEME"), is_scheme_https);
}

static int is_session_cookie(void *header, void *wanted) {
    const sapi_header_struct *found = header;
    const zend_string *start = wanted;

    return found->header_len >= ZSTR_LEN(start) && strncasecmp(found->header, ZSTR_VAL(start), ZSTR_LEN(start)) == 0;
}

/* Forgets session cookies that this request was going to send. PHP does the same before it sends one, but lets nobody
 * else call it. */
static void remove_cookie(zend_string *start) {
    size_t before;

    do {
        before = zend_llist_count(&SG(sapi_headers).headers);
        zend_llist_del_element(&SG(sapi_headers).headers, start, is_session_cookie);
    } while (zend_llist_count(&SG(sapi_headers).headers) < before);
}

static void append(smart_str *cookie, const char *name, const char *value) {
    if (value[0]) {
        smart_str_appends(cookie, name);
        smart_str_appends(cookie, value);
    }
}

/* Tells the client to drop the cookie. It starts as PHP's own does, so that a later session_start() replaces it. */
void sidereal_clear_cookie(void) {
    smart_str cookie = {0};
    zend_string *start;

    if (strpbrk(SPS_STRING(session_name), "=,;.[ \t\r\n\013\014")) {
        return;
    }
    start = zend_strpprintf(0, "Set-Cookie: %s=", SPS_STRING(session_name));
    remove_cookie(start);
    smart_str_append(&cookie, start);
    zend_string_release(start);
    smart_str_appends(&cookie, "; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0");
    append(&cookie, "; path=", SPS_STRING(cookie_path));
    append(&cookie, "; domain=", SPS_STRING(cookie_domain));
    if (SPS(cookie_secure)) {
        smart_str_appends(&cookie, "; secure");
    }
#if PHP_VERSION_ID >= 80500
    if (SPS(cookie_partitioned)) {
        smart_str_appends(&cookie, "; Partitioned");
    }
#endif
    smart_str_appends(&cookie, "; HttpOnly");
    append(&cookie, "; SameSite=", SPS_STRING(cookie_samesite));
    smart_str_0(&cookie);
    /* Without `replace`, which would drop the other cookies of this response. */
    sapi_add_header_ex(estrndup(ZSTR_VAL(cookie.s), ZSTR_LEN(cookie.s)), ZSTR_LEN(cookie.s), 0, 0);
    smart_str_free(&cookie);
}

/* The client's session is another request's: none of this one leaves. */
void sidereal_drop_cookie(void) {
    zend_string *start = zend_strpprintf(0, "Set-Cookie: %s=", SPS_STRING(session_name));

    remove_cookie(start);
    zend_string_release(start);
    SPS(send_cookie) = 0;
}

/* A cookie that PHP knows nothing of. A later line of the same name replaces it. */
void sidereal_set_line(sidereal_bytes line) {
    const char *equals = memchr(line.at, '=', line.length);
    zend_string *start, *header;

    if (!equals || SG(headers_sent)) {
        return;
    }
    start = zend_strpprintf(0, "Set-Cookie: %.*s", (int)(equals - line.at + 1), line.at);
    remove_cookie(start);
    zend_string_release(start);
    header = zend_strpprintf(0, "Set-Cookie: %.*s", (int)line.length, line.at);
    sapi_add_header_ex(estrndup(ZSTR_VAL(header), ZSTR_LEN(header)), ZSTR_LEN(header), 0, 0);
    zend_string_release(header);
}

/* PHP has taken another ID from the client's cookies, or none: the client has this one already. */
void sidereal_take_id(sidereal_bytes id) {
    zend_string *taken = zend_string_init(id.at, id.length, 0);

    if (SPS(id)) {
        zend_string_release(SPS(id));
    }
    SPS(id) = taken;
}

/* PHP has read or made an ID without asking us: the session has another one. */
void sidereal_move_client(sidereal_bytes id) {
    sidereal_take_id(id);
    if (sidereal_can_set_cookie()) {
        SPS(send_cookie) = 1;
        sidereal_reset_id();
    }
}
