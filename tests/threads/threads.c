/*
 * Requests in several threads of one thread-safe PHP, which no test of PHP's own runner makes. scripts/php-matrix.sh builds and
 * runs it:
 *
 *     threads PHP.INI THREADS REQUESTS
 *
 * Each thread keeps a session of its own and counts in it; all of them count in one session that they share. Nobody may lose a
 * count or see another's session, and PHP may not say a word.
 */
#include <sapi/embed/php_embed.h>

#include <pthread.h>

#define ID_SIZE 300

static char shared_id[ID_SIZE];
static int requests;
static int faults;

static void fault(long thread, int request, const char *what) {
    fprintf(stderr, "thread %ld, request %d: %s\n", thread, request, what);
    __atomic_add_fetch(&faults, 1, __ATOMIC_RELAXED);
}

static void run(const char *code) {
    zend_eval_string_ex(code, NULL, "threads", true);
}

static zend_long number(const char *expression) {
    zval value;
    zend_long found = -1;

    if (zend_eval_string(expression, &value, "threads") == SUCCESS) {
        found = zval_get_long(&value);
        zval_ptr_dtor(&value);
    }
    return found;
}

static void text(const char *expression, char *into, size_t size) {
    zval value;

    into[0] = '\0';
    if (zend_eval_string(expression, &value, "threads") == SUCCESS) {
        if (Z_TYPE(value) == IS_STRING) {
            snprintf(into, size, "%s", Z_STRVAL(value));
        }
        zval_ptr_dtor(&value);
    }
}

static void one_request(long thread, int request, char *id) {
    char code[2 * ID_SIZE];

    if (request > 0) {
        snprintf(code, sizeof(code), "session_id('%s');", id);
        run(code);
    }
    snprintf(
        code, sizeof(code),
        "session_start(); $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1; $_SESSION['thread'] = $_SESSION['thread'] ?? %ld;", thread);
    run(code);
    if (number("$_SESSION['n']") != request + 1 || number("$_SESSION['thread']") != thread) {
        fault(thread, request, "its own session is not what it left");
    }
    if (request % 10 == 9) {
        run("session_regenerate_id();");
    }
    text("session_id()", id, ID_SIZE);
    snprintf(
        code, sizeof(code), "session_write_close(); session_id('%s'); session_start(); $_SESSION['sum']++;", shared_id);
    run(code);
    if (number("(int) isset($_SESSION['thread'])") != 0) {
        fault(thread, request, "the shared session is another's");
    }
    /* Some leave the session to the end of the request, some leave in the middle. */
    switch (request % 3) {
    case 0:
        run("session_write_close();");
        break;
    case 1:
        run("exit;");
        break;
    default:
        break;
    }
}

/* Runs one request to its end, whether or not PHP leaves it by longjmp. */
static void request_of(long thread, int request, char *id) {
    if (php_request_startup() == FAILURE) {
        fault(thread, request, "PHP does not start a request");
        return;
    }
    zend_first_try {
        one_request(thread, request, id);
    }
    zend_catch {
        fault(thread, request, "PHP left the request");
    }
    zend_end_try();
    php_request_shutdown(NULL);
}

static void *work(void *argument) {
    long thread = (long)argument;
    char id[ID_SIZE] = "";

    (void)ts_resource(0);
    for (int request = 0; request < requests; request++) {
        request_of(thread, request, id);
    }
    ts_free_thread();
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t threads[64];
    char code[2 * ID_SIZE];
    int count;
    zend_long sum;

    if (argc != 4 || (count = atoi(argv[2])) < 1 || count > 64 || (requests = atoi(argv[3])) < 1) {
        fputs("usage: threads PHP.INI THREADS REQUESTS, with 1 to 64 threads\n", stderr);
        return 2;
    }
    php_embed_module.php_ini_path_override = argv[1];
    if (php_embed_init(1, argv) == FAILURE) {
        fputs("PHP does not start\n", stderr);
        return 1;
    }
    /* The request that it has begun counts its headers as sent. */
    php_request_shutdown(NULL);
    if (php_request_startup() == FAILURE) {
        fputs("PHP does not start a request\n", stderr);
        return 1;
    }
    run("session_start(); $_SESSION['sum'] = 0;");
    text("session_id()", shared_id, sizeof(shared_id));
    run("session_write_close();");
    php_request_shutdown(NULL);

    for (long i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, work, (void *)i) != 0) {
            fputs("no thread could be started\n", stderr);
            return 1;
        }
    }
    for (long i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }

    /* php_embed_shutdown() ends the request that it finds. */
    if (php_request_startup() == FAILURE) {
        fputs("PHP does not start a last request\n", stderr);
        return 1;
    }
    snprintf(code, sizeof(code), "session_id('%s'); session_start(); $sum = $_SESSION['sum']; session_write_close();", shared_id);
    run(code);
    sum = number("$sum");
    if (sum != (zend_long)count * requests) {
        fault(-1, -1, "the shared session lost counts");
    }
    php_embed_shutdown();
    fprintf(stderr, "%d threads, %d requests each, shared count %ld, %d faults\n", count, requests, (long)sum, faults);
    return faults == 0 ? 0 : 1;
}
