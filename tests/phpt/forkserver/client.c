/*
 * Runs a command of PHP in a process that a server has forked, and starts that server where there is none: `forkserver_run COMMAND...`.
 *
 * Beside it lie the server's library (forkserver.so) and the words that go before the command (prefix, one a line). What names a script is run
 * by itself, for a command line that is used once pays no server; so is what has no server because PHP does not get that far.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "forkserver.h"

enum { MAX_PREFIX = 32, MAX_ARGUMENTS = 256 };

extern char **environ;
static char directory[PATH_MAX];
static char prefix_text[4096];
static char *prefix[MAX_PREFIX + 1];

static void fail(const char *what) {
    fprintf(stderr, "forkserver_run: %s: %s\n", what, strerror(errno));
    exit(126);
}

static void find_directory(void) {
    ssize_t n = readlink("/proc/self/exe", directory, sizeof(directory) - 1);
    if (n < 0) {
        fail("/proc/self/exe");
    }
    directory[n] = '\0';
    dirname(directory);
}

static void read_prefix(void) {
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/prefix", directory);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, prefix_text, sizeof(prefix_text) - 1);
    if (n < 0) {
        fail(path);
    }
    close(file);
    size_t count = 0;
    for (char *line = strtok(prefix_text, "\n"); line != NULL && count < MAX_PREFIX; line = strtok(NULL, "\n")) {
        prefix[count++] = line;
    }
}

/* The command with the prefix before it. */
static void execute(char **command) {
    char *arguments[MAX_PREFIX + MAX_ARGUMENTS + 1];
    size_t count = 0;
    for (char **word = prefix; *word != NULL; word++) {
        arguments[count++] = *word;
    }
    for (size_t i = 0; command[i] != NULL; i++) {
        if (i == MAX_ARGUMENTS) {
            errno = E2BIG;
            fail(command[0]);
        }
        arguments[count++] = command[i];
    }
    arguments[count] = NULL;
    execvp(arguments[0], arguments);
    fail(arguments[0]);
}

/* The same for the same command line; FNV-1a. */
static uint64_t name_of(char **command) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *command != NULL; command++) {
        for (const char *at = *command;; at++) {
            hash = (hash ^ (unsigned char) *at) * UINT64_C(0x100000001b3);
            if (*at == '\0') {
                break;
            }
        }
    }
    return hash;
}

/* A server that is there, or -1. */
static int reach(const char *path) {
    struct sockaddr_un address;
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char byte;
    if (forkserver_address(&address, path) && connect(server, (struct sockaddr *) &address, sizeof(address)) == 0 &&
        forkserver_read(server, &byte, 1)) {
        return server;
    }
    close(server);
    return -1;
}

static void redirect(const char *path, int flags, int to) {
    int file = open(path, flags, 0600);
    if (file < 0) {
        fail(path);
    }
    dup2(file, to);
    close(file);
}

/* Starts a server, and answers it once it listens; -1 where it does not come to that. What it says while it starts goes to files. */
static int start(char **command, const char *path, const char *output, const char *errors) {
    char library[PATH_MAX + 32];
    unlink(path);
    pid_t server = fork();
    if (server == 0) {
        setsid();
        redirect("/dev/null", O_RDONLY, 0);
        redirect(output, O_WRONLY | O_CREAT | O_TRUNC, 1);
        redirect(errors, O_WRONLY | O_CREAT | O_TRUNC, 2);
        snprintf(library, sizeof(library), "%s/forkserver.so", directory);
        setenv("LD_PRELOAD", library, 1);
        setenv(FORKSERVER_SOCKET, path, 1);
        close_range(3, ~0U, 0);
        execute(command);
    }
    int connection = -1;
    while (connection < 0 && server > 0 && waitpid(server, NULL, WNOHANG) == 0) {
        nanosleep(&(struct timespec) {.tv_nsec = 10 * 1000 * 1000}, NULL);
        connection = reach(path);
    }
    return connection;
}

/* What the server said while it started, each process of PHP would have said. */
static void repeat(const char *path, int to) {
    char buffer[4096];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t n; file >= 0 && (n = read(file, buffer, sizeof(buffer))) > 0;) {
        if (write(to, buffer, (size_t) n) != n) {
            break;
        }
    }
    close(file);
}

static bool send_descriptors(int server) {
    const int descriptors[FORKSERVER_DESCRIPTORS] = {0, 1, 2};
    union forkserver_control control = {.space = {0}};
    struct iovec vector = {.iov_base = "", .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(descriptors));
    memcpy(CMSG_DATA(header), descriptors, sizeof(descriptors));
    return sendmsg(server, &message, MSG_NOSIGNAL) == 1;
}

static bool send_text(int server) {
    char here[PATH_MAX];
    if (getcwd(here, sizeof(here)) == NULL) {
        return false;
    }
    uint32_t length = (uint32_t) strlen(here) + 1;
    for (char **variable = environ; *variable != NULL; variable++) {
        length += (uint32_t) strlen(*variable) + 1;
    }
    bool is_sent = forkserver_write(server, &length, sizeof(length)) && forkserver_write(server, here, strlen(here) + 1);
    for (char **variable = environ; is_sent && *variable != NULL; variable++) {
        is_sent = forkserver_write(server, *variable, strlen(*variable) + 1);
    }
    return is_sent;
}

/* Ends as the process has ended. */
static _Noreturn void end(int status) {
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        kill(getpid(), WTERMSIG(status));
    }
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
}

int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "forkserver_run: expected a command.\n");
        return 126;
    }
    char **command = arguments + 1;
    find_directory();
    read_prefix();
    /* Behind -n there are pairs of -d and a setting; anything else is a script. */
    const char *before_last = arguments[count - 2];
    if (count < 4 || strcmp(before_last, "-d") != 0) {
        execute(command);
    }

    char base[PATH_MAX + 32], path[PATH_MAX + 64], output[PATH_MAX + 64], errors[PATH_MAX + 64];
    snprintf(base, sizeof(base), "%s/%016llx", directory, (unsigned long long) name_of(command));
    snprintf(path, sizeof(path), "%s.socket", base);
    snprintf(output, sizeof(output), "%s.output", base);
    snprintf(errors, sizeof(errors), "%s.errors", base);
    int server = reach(path);
    if (server < 0) {
        int lock = open(base, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (lock < 0 || flock(lock, LOCK_EX) != 0) {
            fail(base);
        }
        /* The one before us may have started it. */
        server = reach(path);
        if (server < 0) {
            server = start(command, path, output, errors);
        }
        close(lock);
        if (server < 0) {
            execute(command);
        }
    }
    repeat(output, 1);
    repeat(errors, 2);
    int status;
    if (!send_descriptors(server) || !send_text(server) || !forkserver_read(server, &status, sizeof(status))) {
        errno = EPIPE;
        fail("the server is gone");
    }
    end(status);
}
