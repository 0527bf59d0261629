/*
 * The server's side, loaded into PHP before the C library: PHP asks for SCRIPT_FILENAME first when it is ready for a
 * request, and then it serves. A forked process returns and goes on as if it had just started.
 *
 * Before that it serves a request of its own, with a store of its own: the code of a request that valgrind has
 * translated here is not translated again in each process.
 */
#define _GNU_SOURCE
#include "php.h"
#include "php_main.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "forkserver.h"

/* What starts PHP is loaded with this as well, and has none of them. */
#pragma weak executor_globals
#pragma weak zend_alter_ini_entry_chars
#pragma weak zend_eval_string
#pragma weak zend_ini_long
#pragma weak php_request_startup
#pragma weak php_request_shutdown
#pragma weak zend_string_init_interned

static const char WARM_UP[] =
    "for ($i = 0; $i < 2; $i++) {"
    "    session_start(); $_SESSION['n'] = $i; $id = session_id(); session_write_close();"
    "    session_id($id); session_start(['read_and_close' => true]);"
    "    session_id($id); session_start(); session_write_close();"
    "    session_id($id); session_start(); session_regenerate_id(); $_SESSION['n']++; session_write_close();"
    "}";

extern char **environ;

static void set(const char *name, const char *value) {
    zend_string *key = zend_string_init_interned(name, strlen(name), true);
    zend_alter_ini_entry_chars(key, value, strlen(value), PHP_INI_SYSTEM, PHP_INI_STAGE_RUNTIME);
}

/* The settings are as they were when the request is over. `path` is that of the socket. */
static void warm_up(const char *path) {
    char store[sizeof(((struct sockaddr_un *) NULL)->sun_path) + 16];
    /* The first would open the site's store before anything can be set; what has been said already is for the
     * processes to flush. */
    if (zend_ini_long(ZEND_STRL("session.auto_start"), 0) || __fpending(stdout) > 0) {
        return;
    }
    int kept[] = {dup(1), dup(2)}, null = open("/dev/null", O_RDWR);
    dup2(null, 1);
    dup2(null, 2);
    if (php_request_startup() == SUCCESS) {
        snprintf(store, sizeof(store), "sqlite:%s.store", path);
        mkdir(store + strlen("sqlite:"), 0700);
        set("session.save_path", "");
        set("sidereal.log", "none");
        set("sidereal.keyring", "");
        set("sidereal.migrate_from", "");
        set("sidereal.store", store);
        zend_try {
            zend_eval_string(WARM_UP, NULL, "warm-up");
        } zend_end_try();
        php_request_shutdown(NULL);
    }
    for (int i = 0; i < 2; i++) {
        dup2(kept[i], i + 1);
        close(kept[i]);
    }
    close(null);
}

static bool receive_descriptors(int client, int *descriptors) {
    char byte;
    union forkserver_control control;
    struct iovec vector = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    if (recvmsg(client, &message, 0) != 1) {
        return false;
    }
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header == NULL || header->cmsg_len != CMSG_LEN(sizeof(int) * FORKSERVER_DESCRIPTORS)) {
        return false;
    }
    memcpy(descriptors, CMSG_DATA(header), sizeof(int) * FORKSERVER_DESCRIPTORS);
    return true;
}

/* Takes over the working directory and the environment: texts one after the other, as long as the process lives. */
static bool take_text(char *text, size_t length) {
    if (length == 0 || text[length - 1] != '\0' || chdir(text) != 0) {
        return false;
    }
    size_t count = 0;
    for (char *at = text + strlen(text) + 1; at < text + length; at += strlen(at) + 1) {
        count++;
    }
    char **variables = calloc(count + 1, sizeof(char *));
    if (variables == NULL) {
        return false;
    }
    char *at = text + strlen(text) + 1;
    for (size_t i = 0; i < count; i++, at += strlen(at) + 1) {
        variables[i] = at;
    }
    environ = variables;
    return true;
}

/* Becomes what the client asks for. */
static bool become(int client) {
    int descriptors[FORKSERVER_DESCRIPTORS];
    uint32_t length;
    if (!receive_descriptors(client, descriptors) || !forkserver_read(client, &length, sizeof(length)) ||
        length > FORKSERVER_MAX_TEXT) {
        return false;
    }
    char *text = malloc(length + 1);
    if (text == NULL || !forkserver_read(client, text, length) || !take_text(text, length)) {
        return false;
    }
    for (int i = 0; i < FORKSERVER_DESCRIPTORS; i++) {
        dup2(descriptors[i], i);
        close(descriptors[i]);
    }
    return true;
}

static void wake(int signal) {
    (void) signal;
}

/* Waits for the process, whose client may die before. SIGCHLD is blocked, and comes while we wait. */
static void attend(int client, pid_t process) {
    struct pollfd end = {.fd = client, .events = POLLIN};
    sigset_t none;
    sigemptyset(&none);
    int status = 0;
    while (waitpid(process, &status, WNOHANG) == 0) {
        if (ppoll(&end, 1, NULL, &none) > 0) {
            kill(process, SIGKILL);
            waitpid(process, &status, 0);
            break;
        }
    }
    forkserver_write(client, &status, sizeof(status));
}

/* In a process of its own for each client. Returns in the process that is to go on. */
static void serve_client(int client) {
    sigset_t child, before;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    signal(SIGCHLD, wake);
    int ready[2];
    if (!forkserver_write(client, "", 1) || pipe(ready) != 0) {
        _exit(1);
    }
    pid_t process = fork();
    if (process == 0) {
        close(ready[0]);
        if (!become(client)) {
            _exit(127);
        }
        close(client);
        close(ready[1]);
        signal(SIGCHLD, SIG_DFL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        return;
    }
    /* Until the process has read all of it, a client that talks is none that has died. */
    char byte;
    close(ready[1]);
    if (process > 0 && read(ready[0], &byte, 1) == 0) {
        attend(client, process);
    }
    _exit(0);
}

/* Waits for clients, at the socket `path`. */
static void serve(const char *path) {
    struct sockaddr_un address;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!forkserver_address(&address, path) || bind(listener, (struct sockaddr *) &address, sizeof(address)) != 0 ||
        listen(listener, 64) != 0) {
        _exit(1);
    }
    signal(SIGCHLD, SIG_IGN);
    for (int idle = 0; idle < FORKSERVER_IDLE_SECONDS && access(path, F_OK) == 0;) {
        struct pollfd end = {.fd = listener, .events = POLLIN};
        if (poll(&end, 1, 1000) <= 0) {
            idle++;
            continue;
        }
        idle = 0;
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client >= 0 && fork() == 0) {
            close(listener);
            serve_client(client);
            return;
        }
        close(client);
    }
    unlink(path);
    _exit(0);
}

static char *find(const char *name) {
    size_t length = strlen(name);
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        if (strncmp(*variable, name, length) == 0 && (*variable)[length] == '=') {
            return *variable + length + 1;
        }
    }
    return NULL;
}

char *getenv(const char *name) {
    static bool is_ready;
    const char *path;
    if (!is_ready && php_request_startup != NULL && strcmp(name, "SCRIPT_FILENAME") == 0) {
        is_ready = true;
        path = find(FORKSERVER_SOCKET);
        if (path != NULL) {
            warm_up(path);
            serve(path);
        }
    }
    return find(name);
}
