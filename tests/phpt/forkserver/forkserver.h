/*
 * Many processes of PHP for the price of one start. Under valgrind PHP takes seconds to start, and the tests start it
 * thousands of times; here one process for each command line starts, and forks when it is ready for a request: what
 * php-fpm does, with a new process for each request.
 *
 *     forkserver_run /usr/bin/php-cgi -n -d ...        instead of the command itself
 *
 * Over a Unix socket go: one byte from the server, which is there; from the client one byte with its descriptors 0, 1
 * and 2, then the length (uint32_t) and the text of its working directory and environment, each ended by NUL; at the end
 * the process's status (int) from the server. When the client dies, so does the process.
 */
#ifndef FORKSERVER_H
#define FORKSERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Where the server listens; it is one only if this is set. */
#define FORKSERVER_SOCKET "SIDEREAL_FORKSERVER"
/* How long it waits for the next client. */
#define FORKSERVER_IDLE_SECONDS 20
#define FORKSERVER_MAX_TEXT (1 << 20)

enum { FORKSERVER_DESCRIPTORS = 3 };

/* A message with room for the descriptors. */
union forkserver_control {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int) * FORKSERVER_DESCRIPTORS)];
};

static inline bool forkserver_address(struct sockaddr_un *address, const char *path) {
    *address = (struct sockaddr_un) {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address->sun_path)) {
        return false;
    }
    strcpy(address->sun_path, path);
    return true;
}

static inline bool forkserver_read(int from, void *into, size_t length) {
    for (char *at = into; length > 0;) {
        ssize_t n = read(from, at, length);
        if (n <= 0) {
            return false;
        }
        at += n;
        length -= (size_t) n;
    }
    return true;
}

static inline bool forkserver_write(int to, const void *from, size_t length) {
    for (const char *at = from; length > 0;) {
        ssize_t n = send(to, at, length, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        at += n;
        length -= (size_t) n;
    }
    return true;
}

#endif
