/*
 * Sidereal\Evidence: what crosses the border for it. src/evidence.rs mirrors this.
 */
#ifndef SIDEREAL_EVIDENCE_H
#define SIDEREAL_EVIDENCE_H

#include "api.h"

/* Whose evidence. */
enum sidereal_whose {
    SIDEREAL_WHOSE_EVERYBODY = 0,
    SIDEREAL_WHOSE_USER = 1,     /* `name` is a user ID */
    SIDEREAL_WHOSE_SESSION = 2,  /* `name` is the handle of a session */
    SIDEREAL_WHOSE_INCIDENT = 3, /* `name` is the handle of an incident */
};

typedef struct sidereal_question {
    uint32_t whose; /* enum sidereal_whose */
    uint32_t most;
    sidereal_bytes name;
} sidereal_question;

/* One incident. Times are milliseconds since 1970. A user without address is none. */
typedef struct sidereal_evidence {
    sidereal_bytes handle;
    sidereal_bytes cause;
    sidereal_bytes response;
    sidereal_bytes session;
    sidereal_bytes reference;
    sidereal_bytes user;
    sidereal_bytes address;
    sidereal_bytes agent;
    int64_t at;
    int64_t until;
} sidereal_evidence;

typedef struct sidereal_evidences {
    const sidereal_evidence *at;
    size_t count;
} sidereal_evidences;

/* src/evidence.rs expects the same. */
_Static_assert(sizeof(void *) != 8 || (sizeof(sidereal_question) == 24 && sizeof(sidereal_evidence) == 144),
               "evidence.rs");

/* What Rust lends belongs to it and stays until it is called again. */
typedef struct sidereal_evidence_api {
    void (*list)(const sidereal_facts *facts, const sidereal_question *question, sidereal_evidences *found,
                 sidereal_reply *reply);
    void (*sessions)(const sidereal_facts *facts, sidereal_bytes incident, sidereal_infos *infos,
                     sidereal_reply *reply);
    /* `payload`, and in `count` whether there is one. */
    void (*payload)(const sidereal_facts *facts, sidereal_bytes incident, sidereal_bytes session,
                    sidereal_reply *reply);
    /* In `payload`; in `count` whether the incident is there. */
    void (*json)(const sidereal_facts *facts, sidereal_bytes incident, uint32_t payloads, sidereal_reply *reply);
    /* `count` is how many incidents are gone. */
    void (*purge)(const sidereal_facts *facts, const sidereal_question *question, sidereal_reply *reply);
} sidereal_evidence_api;

/* --- called from Rust --- */

/* The class: MINIT. */
void sidereal_register_evidence(const sidereal_evidence_api *api);

#endif
