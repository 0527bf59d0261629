/*
 * Sidereal: web sessions for C programs.            Made from capi/src by `make header`; do not edit.
 *
 * Three handles: a configuration makes an engine, an engine makes requests, a request opens one session.
 *
 *     sidereal_config_new, set ..., sidereal_engine_new              once, at the start
 *     sidereal_request_new, add_cookies, open, payload,
 *     set_payload, commit, set_cookie, free                         for each request
 *     sidereal_request_login, is_bound, is_fresh                    where a user logs in
 *     sidereal_engine_roster, revoke, revoke_others                 the user's sessions, on all devices
 *     sidereal_request_enable_autologin, resume                     clients that stay logged in
 *     sidereal_engine_evidence, evidence_json, evidence_purge       what was kept of an alarm
 *     sidereal_config_audit, sidereal_audit_finding, write          what is wrong with the configuration
 *
 * Conventions
 *
 *   Answers   Every function that can fail returns a sidereal_status: 0 is SIDEREAL_STATUS_OK. What it
 *             gives back comes through its last pointers, which are written on success only. The handle
 *             keeps a sentence for people: what was expected, what was found, what to do. No message, log
 *             or event ever holds a session ID, a user ID, a key or a payload.
 *   NULL      Never crashes: a NULL that is not allowed is SIDEREAL_STATUS_NULL.
 *   Bytes     Come as pointer and length, need no NUL at their end, and are copied before the call returns.
 *   Memory    Handles are made by _new and freed by _free, nothing else is ever yours to free. What a function
 *             lends belongs to its request, until the next call with that request that is not const, or its end.
 *   Numbers   Constants go in as uint32_t and are checked. Their meaning never changes; new ones are added.
 *   Quiet     No signal handlers, no errno, no exit; a fault in the library is SIDEREAL_STATUS_INTERNAL and one line
 *             on stderr. Its threads take no signals: one copies the log of the embedded store back, for some 50 ms
 *             after every few thousand writes, and fork(2) and exit(3) wait for it; one renews leases on a server.
 *
 * Threads and forks
 *
 *                      threads                        after fork(2), in the child
 *   sidereal_config    one at a time                  as before
 *   sidereal_engine    any number at once             SIDEREAL_STATUS_FORKED until sidereal_after_fork()
 *   sidereal_request   one at a time                  SIDEREAL_STATUS_FORKED; can only be freed
 *   sidereal_roster    any number at once             as before
 *   sidereal_evidence  any number at once             as before
 *   sidereal_audit     any number at once             as before
 *   fork(2) itself     while no other thread is in the library
 *
 *   The parent goes on as if nothing had happened. A process that forks at its start makes the engine after that.
 *
 * A pointer to a handle has to be one that _new gave and _free has not had, and a length has to be that of what its
 * pointer points to: nobody can check these.
 */

#ifndef SIDEREAL_H
#define SIDEREAL_H

#include <stddef.h>
#include <stdint.h>

// What a call answers. The numbers never change their meaning; new ones come at the end. PHP's
// exceptions have the same ones as their codes.
typedef enum {
    // Done.
    SIDEREAL_STATUS_OK = 0,
    // A pointer that must not be NULL was.
    SIDEREAL_STATUS_NULL = 1,
    // A number or a text is not what the function takes: out of range, too long, not UTF-8, or with CR, LF or NUL in it.
    SIDEREAL_STATUS_ARGUMENT = 2,
    // A setting is wrong or contradicts another one.
    SIDEREAL_STATUS_CONFIG = 3,
    // The store can not answer. Leave the client's cookie alone and serve the request without a session, or an error page.
    SIDEREAL_STATUS_STORE = 4,
    // The store can be read but has no room to write.
    SIDEREAL_STATUS_STORE_FULL = 5,
    // The keyring is missing, damaged, or can be read by others.
    SIDEREAL_STATUS_KEYRING = 6,
    // The operating system gives no random bytes.
    SIDEREAL_STATUS_ENTROPY = 7,
    // Another request has the session open. Ask the client to try again: 503 with Retry-After.
    SIDEREAL_STATUS_BUSY = 8,
    // The write was dropped, as it has to be: the session is read-only, has ended, or was superseded. No fault of the application.
    SIDEREAL_STATUS_DROPPED = 9,
    // The write was dropped although it should have been stored: another holder has written meanwhile. This request's changes are lost.
    SIDEREAL_STATUS_LOST = 10,
    // The payload is larger than the setting allows. Nothing was stored.
    SIDEREAL_STATUS_TOO_LARGE = 11,
    // The call does not fit the moment: no session is open, or one is already.
    SIDEREAL_STATUS_STATE = 12,
    // The handle was made by the process that this one was forked from.
    SIDEREAL_STATUS_FORKED = 13,
    // A fault in the library itself. What was open is given up; please report it.
    SIDEREAL_STATUS_INTERNAL = 14,
    // The user has as many sessions as the settings allow, and they refuse one more.
    SIDEREAL_STATUS_ROSTER_FULL = 15,
    // The user has to prove once more who they are: auto-login is not turned on by a session that came of it. sidereal_request_is_fresh() answers 0.
    SIDEREAL_STATUS_REAUTHENTICATION_REQUIRED = 16,
    // The session needs a new ID, which goes into a header, and the headers are sent.
    SIDEREAL_STATUS_HEADERS_SENT = 17,
    // Nobody has logged in to the session, or not the user that auto-login is for.
    SIDEREAL_STATUS_NOT_BOUND = 18,
    // Nothing shows that the user has meant the request. PHP's alone: sidereal_request_csrf_check() writes why.
    SIDEREAL_STATUS_CSRF_REFUSED = 19,
} sidereal_status;

// Why a client got a fresh session instead of the one that it asked for. The numbers never change their meaning.
typedef enum {
    // It got what it asked for, or asked for nothing.
    SIDEREAL_DENIAL_NONE = 0,
    // Not an ID of ours.
    SIDEREAL_DENIAL_FORGED = 1,
    // Genuine, but nobody knows it.
    SIDEREAL_DENIAL_UNKNOWN = 2,
    // No request for too long.
    SIDEREAL_DENIAL_IDLE = 3,
    // Its time is over.
    SIDEREAL_DENIAL_ABSOLUTE = 4,
    // The client never presented the ID that replaced this one.
    SIDEREAL_DENIAL_LOST_COOKIE = 5,
    // Superseded, and the grace is over.
    SIDEREAL_DENIAL_SUPERSEDED = 6,
    // Superseded, and used so late that somebody else must have it: tell the user.
    SIDEREAL_DENIAL_OBSOLETE = 7,
    // The user has logged out.
    SIDEREAL_DENIAL_LOGGED_OUT = 8,
    // Ended by somebody else.
    SIDEREAL_DENIAL_REVOKED = 9,
    // Its seal does not open, or it is of another serializer.
    SIDEREAL_DENIAL_BROKEN = 10,
    // The client sent several IDs, and more than one of them is alive: somebody has planted one.
    SIDEREAL_DENIAL_CONFLICT = 11,
    // It was made by https and came by http, or the other way round where the ID could not be replaced.
    SIDEREAL_DENIAL_SCHEME = 12,
    // The client seems to be another one than the session's, and the settings deny those.
    SIDEREAL_DENIAL_STRANGER = 13,
} sidereal_denial;

// Why sidereal_request_csrf_check() refuses a request. The numbers never change their meaning.
typedef enum {
    // It does not.
    SIDEREAL_REFUSAL_NONE = 0,
    // Another site made the browser send it.
    SIDEREAL_REFUSAL_CROSS_SITE = 1,
    // A neighbour did: another host under the same registered domain, or the other scheme.
    SIDEREAL_REFUSAL_SAME_SITE = 2,
    // Origin or Referer names somebody else.
    SIDEREAL_REFUSAL_FOREIGN_ORIGIN = 3,
    // Origin is "null": a sandbox, a local file, a redirect across sites.
    SIDEREAL_REFUSAL_OPAQUE_ORIGIN = 4,
    // The client used to say where its requests come from, and this one does not.
    SIDEREAL_REFUSAL_DOWNGRADE = 5,
    // The request does not say where it comes from, and the settings ask for that.
    SIDEREAL_REFUSAL_UNKNOWN_ORIGIN = 6,
    // There is no token.
    SIDEREAL_REFUSAL_NO_TOKEN = 7,
    // The token is not one for this session, this scope and this use.
    SIDEREAL_REFUSAL_WRONG_TOKEN = 8,
} sidereal_refusal;

// What became of sidereal_request_resume(). The numbers never change their meaning.
typedef enum {
    // Nobody is logged in by it.
    SIDEREAL_RESUMED_NOBODY = 0,
    // A user is logged in, and the session has a new ID.
    SIDEREAL_RESUMED_LOGGED_IN = 1,
    // A user is logged in for this request only: another request that came with the same token has the session and the cookies. What is committed
    // is dropped.
    SIDEREAL_RESUMED_THIS_REQUEST = 2,
} sidereal_resumed;

// What can be set. Those with a text go to sidereal_config_set_text(), those with a number to sidereal_config_set_number(). They mean what the
// INI settings of the same name mean in PHP (docs/operations.md), and a program that shares a store with PHP gives the same values. The numbers
// never change their meaning.
typedef enum {
    // Text. Where sessions are kept: "sqlite:/absolute/directory" (mode 0700, of this uid; it is created if its parent is there), the address of a Redis or
    // Valkey store such as "rediss://app@host:6379" (docs/operations.md has all forms), "memory:" (this process only), or empty for the default
    // directory, /var/lib/sidereal/UID or that of XDG_STATE_HOME.
    SIDEREAL_SETTING_STORE = 1,
    // Text. The absolute path of the keyring; empty for `keyring` beside the store, which is created on first use. A store on a server takes one that is
    // there, the same on all hosts.
    SIDEREAL_SETTING_KEYRING = 2,
    // Text, at most 128 bytes. Sessions of one application are worthless to another one on the same store. Default: empty.
    SIDEREAL_SETTING_APPLICATION = 3,
    // Text. The defaults of the times below: "standard", "high" or "low".
    SIDEREAL_SETTING_PROFILE = 4,
    // Text. Where events go, besides the callback: "stderr" (default), "none", "syslog" or "file:/absolute/path".
    SIDEREAL_SETTING_LOG = 5,
    // Text. The name of the cookie; empty, the default, is `__Host-sid` by https and `sid` by http.
    SIDEREAL_SETTING_COOKIE_NAME = 6,
    // Text. "Lax" (default), "Strict", or "None", which takes https.
    SIDEREAL_SETTING_COOKIE_SAME_SITE = 7,
    // Text. What the payload is written in. A payload of another serializer is refused. Default: empty. To share sessions with PHP: its
    // session.serialize_handler, such as "php".
    SIDEREAL_SETTING_SERIALIZER = 8,
    // Text. When the wait for a session runs out: "fail" (default) or "read-only".
    SIDEREAL_SETTING_LOCK_FAILURE = 9,
    // Text. What a log-in does when the user has as many sessions as they may: "evict" (default) ends the one that is closest to its end, "refuse"
    // fails with SIDEREAL_STATUS_ROSTER_FULL.
    SIDEREAL_SETTING_SESSIONS_FULL = 10,
    // Text. What ends when a superseded ID is used after the alarm time: "deny" (nothing), "revoke_family" or "revoke_user". Empty, the default, is
    // "revoke_user" in the profile "high" and "revoke_family" in the others. PHP's "unauthenticate" is refused: a payload of yours cannot be stripped
    // of the log-in by anybody but you. Where PHP shares the store and does it, such a session opens here bound to nobody and with an empty payload.
    SIDEREAL_SETTING_ON_OBSOLETE = 11,
    // Text. What happens when the client of a session seems to be another one: "ignore", "event", "step-up" or "deny". Empty, the default, is "event" in
    // the profile "low" and "step-up" in the others.
    SIDEREAL_SETTING_CLIENT_CHANGE = 12,
    // Text. Addresses and networks of proxies, separated by commas, whose X-Forwarded-For and X-Forwarded-Proto are believed. Default: none.
    SIDEREAL_SETTING_TRUSTED_PROXIES = 13,
    // Text. Other origins whose pages may send requests with a CSRF token, such as "https://pay.example.org", with commas between them. Default: none.
    SIDEREAL_SETTING_CSRF_ORIGINS = 14,
    // Text. The name of the cookie of auto-login: `__Secure-` and more. Empty, the default, is `__Secure-autologin`.
    SIDEREAL_SETTING_AUTOLOGIN_COOKIE = 15,
    // Text. The path below which the program calls sidereal_request_resume(), such as "/auth/resume": the client sends its token nowhere else.
    // Empty, the default, turns auto-login off.
    SIDEREAL_SETTING_AUTOLOGIN_PATH = 16,
    // Text. The absolute path of a file, mode 0600, with the password of the store's server. Empty, the default: the environment variable
    // SIDEREAL_STORE_PASSWORD, or the address itself.
    SIDEREAL_SETTING_STORE_PASSWORD_FILE = 17,
    // Text. Where sessions are that this store does not have yet: "files:/directory" (PHP's own handler), "redis-php:ADDRESS" (phpredis) or
    // "sqlite:/directory" (a store of Sidereal's). Each is taken over when its client comes, once, and its client gets a new ID. Default: empty, none.
    SIDEREAL_SETTING_MIGRATE_FROM = 18,
    // Seconds without a request after which a session ends.
    SIDEREAL_SETTING_IDLE_TIMEOUT = 20,
    // Seconds after which a session ends whatever happens.
    SIDEREAL_SETTING_ABSOLUTE_TIMEOUT = 21,
    // Seconds after which an ID is replaced; 0 turns that off.
    SIDEREAL_SETTING_ROTATE_INTERVAL = 22,
    // Seconds for which a superseded ID is still served.
    SIDEREAL_SETTING_GRACE = 23,
    // Seconds after which the use of a superseded ID is an alarm.
    SIDEREAL_SETTING_ALARM_AFTER = 24,
    // Seconds after which a request that changes nothing is recorded; a twentieth of the idle timeout by default.
    SIDEREAL_SETTING_TOUCH_INTERVAL = 25,
    // Milliseconds to wait for a session that another request has open. Default: 10000.
    SIDEREAL_SETTING_LOCK_WAIT_MS = 30,
    // Requests that may wait for one session, 1 to 60. Default: 32.
    SIDEREAL_SETTING_LOCK_MAX_WAITERS = 31,
    // Bytes that a payload may have. Default: 1048576.
    SIDEREAL_SETTING_MAX_PAYLOAD = 32,
    // Stored sessions that are not bound to a user; the oldest go first. Default: 1000000.
    SIDEREAL_SETTING_ANONYMOUS_MAX = 33,
    // Sessions that one user may have at a time, at least 1. Default: 10, 3 ("high"), 25 ("low").
    SIDEREAL_SETTING_SESSIONS_PER_USER = 34,
    // Seconds for which the evidence of an alarm is kept; 0 keeps none. Default: 30 days.
    SIDEREAL_SETTING_EVIDENCE_RETENTION = 35,
    // 1: a request that changes something and does not say where it comes from is refused, whatever its token; 0: its token decides. Default: 0, and
    // 1 in the profile "high".
    SIDEREAL_SETTING_CSRF_REQUIRE_ORIGIN = 36,
    // Seconds after which a client is no longer logged in by auto-login, however often it has been: 60 to 31622400. Default: 2592000, 604800 ("high").
    SIDEREAL_SETTING_AUTOLOGIN_LIFETIME = 37,
} sidereal_setting;

// How a session is opened.
typedef enum {
    // Alone, to be written: waits for others, first come first served.
    SIDEREAL_ACCESS_EXCLUSIVE = 0,
    // To be read: waits for nobody and keeps nobody waiting.
    SIDEREAL_ACCESS_READ_ONLY = 1,
} sidereal_access;

// What the old ID shows for the grace after an elevation.
typedef enum {
    // The payload as it was when this request opened the session.
    SIDEREAL_SNAPSHOT_AS_READ = 0,
    // Nothing.
    SIDEREAL_SNAPSHOT_EMPTY = 1,
} sidereal_snapshot;

// How bad a finding is.
typedef enum {
    // Sessions are not safe, or do not work.
    SIDEREAL_SEVERITY_ERROR = 1,
    // A protection is weaker than it could be.
    SIDEREAL_SEVERITY_WARNING = 2,
    // Worth knowing.
    SIDEREAL_SEVERITY_NOTE = 3,
} sidereal_severity;

// What an audit is written as.
typedef enum {
    // For people, with what each protection costs.
    SIDEREAL_FORMAT_TEXT = 1,
    // One JSON object with `verdict`, `subject`, `findings` and `protections`.
    SIDEREAL_FORMAT_JSON = 2,
    // SARIF 2.1.0, for programs that collect findings.
    SIDEREAL_FORMAT_SARIF = 3,
} sidereal_format;

// What an audit has found. Freed with sidereal_audit_free(); it is never written, so any number of threads may read it, and forked children may.
typedef struct sidereal_audit sidereal_audit;

// Settings to make engines of. Freed with sidereal_config_free(); one thread at a time. An engine copies what it needs.
typedef struct sidereal_config sidereal_config;

// Devices as they were when the list was made, the one used last first. Freed with sidereal_devices_free(); it is never written, so any number of
// threads may read it, and forked children may.
typedef struct sidereal_devices sidereal_devices;

// Keys, store, clock and settings of one application. Any number of threads may share it. Freed with sidereal_engine_free(); requests that are
// still there keep what they need.
typedef struct sidereal_engine sidereal_engine;

// Incidents as they were when the list was made, the latest first: in each of them somebody used a session ID that its owner had left behind. Freed
// with sidereal_evidence_free(); it is never written, so any number of threads may read it, and forked children may.
typedef struct sidereal_evidence sidereal_evidence;

// One request of a client, and the session that it opens. Freed with sidereal_request_free(); one thread at a time. What it lends is valid until the
// next call with it that takes it without `const`.
typedef struct sidereal_request sidereal_request;

// Sessions as they were when the list was made, the one used last first. Freed with sidereal_roster_free(); it is never written, so any number of
// threads may read it, and forked children may.
typedef struct sidereal_roster sidereal_roster;

// One event, as long as the callback runs. New members come at the end.
typedef struct {
    // When, in milliseconds since 1970-01-01 UTC.
    int64_t at_ms;
    // What, such as "obsolete_access"; docs/operations.md has the list.
    const char *name;
    // How much attention it wants: "INFO", "WARN" or "CRITICAL".
    const char *level;
    // A keyed hash, the same for one family of sessions; empty when no session is concerned. Never a session ID.
    const char *session_ref;
    // Why, in a word or two; may be empty.
    const char *reason;
    // How many rows, bytes or waiters; -1 when there is nothing to count.
    int64_t count;
} sidereal_event;

// Takes one event. It is called on the thread that uses the engine, on several at once if several do: it must be thread-safe, must not call the
// library, and must not leave by longjmp or a C++ exception.
typedef void (*sidereal_event_callback)(void *context, const sidereal_event *event);

// Reads the time: wall time in milliseconds since 1970-01-01 UTC, and milliseconds since the machine started. What holds for event callbacks
// holds for it. For tests.
typedef void (*sidereal_clock_callback)(void *context, int64_t *wall_ms, int64_t *uptime_ms);

// One finding. The texts belong to the audit, end with NUL and are UTF-8. New members come at the end.
typedef struct {
    // The name of the rule, in words; docs/audit.md has the list.
    const char *id;
    // How bad it is: a constant of sidereal_severity.
    uint32_t severity;
    // What was found, never with anything secret in it.
    const char *what;
    // Why that is bad.
    const char *why;
    // What to do.
    const char *fix;
    // Numbers of requirements and of OWASP ASVS 5.0, with commas between them.
    const char *references;
} sidereal_finding;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// What a status means, in a few words. Never NULL; the text is static. The handle's message says more.
const char *sidereal_strerror(uint32_t status);

// The version of the library, such as "0.1.0". Static.
const char *sidereal_version(void);

// Makes a configuration with every default in it.
sidereal_status sidereal_config_new(sidereal_config **config);

// Frees a configuration. Engines made of it go on. NULL is fine.
void sidereal_config_free(sidereal_config *config);

// Sets a text. `setting` is a constant of sidereal_setting, `value` is UTF-8 without CR, LF and NUL.
sidereal_status sidereal_config_set_text(sidereal_config *config,
                                         uint32_t setting,
                                         const char *value,
                                         size_t length);

// Sets a number. Whether it goes with the others is seen when an engine is made.
sidereal_status sidereal_config_set_number(sidereal_config *config,
                                           uint32_t setting,
                                           uint64_t value);

// Has `callback` called with each event, besides the log. NULL for `callback` takes it away; `context` may be NULL.
sidereal_status sidereal_config_set_events(sidereal_config *config,
                                           sidereal_event_callback callback,
                                           void *context);

// Has `callback` asked for the time, for tests. NULL for `callback` is the system's time; `context` may be NULL.
sidereal_status sidereal_config_set_clock(sidereal_config *config,
                                          sidereal_clock_callback callback,
                                          void *context);

// Adds a working key to the keyring that is set and drops all but the newest `keep` ones. Running engines find it within a minute. The keyring
// must be there. Keep at least as many keys as were added within one absolute timeout: sessions whose key is gone start afresh.
sidereal_status sidereal_config_rotate_keyring(sidereal_config *config,
                                               size_t keep);

// Copies the message of the latest call with this configuration, empty if it succeeded, to `buffer`: cut to `capacity` bytes, NUL at its end.
// `length`, which may be NULL, gets its whole length without the NUL. sidereal_engine_new() leaves its message here.
sidereal_status sidereal_config_message(const sidereal_config *config,
                                        char *buffer,
                                        size_t capacity,
                                        size_t *length);

// Makes an engine: opens the store and the keyring, and creates them if they are not there. When it fails the message is the configuration's.
sidereal_status sidereal_engine_new(sidereal_config *config,
                                    sidereal_engine **engine);

// Frees an engine. NULL is fine. In a forked child this gives back the memory only: locks and files are the parent's.
void sidereal_engine_free(sidereal_engine *engine);

// Makes an inherited engine usable in a forked child: `*engine` is replaced by a new one with the same settings, and the old one is forgotten. Call
// it first in the child, while that has one thread, then make new requests; inherited ones can only be freed. A "memory:" store starts empty. In a
// process that was not forked since the engine was made nothing happens. On failure `*engine` stays as it was.
sidereal_status sidereal_after_fork(sidereal_engine **engine);

// Sweeps for at most `budget_ms` milliseconds: deletes what is due. `removed`, which may be NULL, gets the number of sessions that were removed.
// Requests sweep by themselves, a little at a time; a cron job may do it at once. From 1000 ms on it lets the requests go first while the
// store's log is copied: that may take up to five seconds more.
sidereal_status sidereal_engine_sweep(const sidereal_engine *engine,
                                      uint32_t budget_ms,
                                      uint64_t *removed);

// Counts what the store holds: sessions (those that have ended are kept for a while), those of them that are not bound to a user, and superseded
// IDs. Each pointer may be NULL. May take long.
sidereal_status sidereal_engine_stats(const sidereal_engine *engine,
                                      uint64_t *sessions,
                                      uint64_t *anonymous,
                                      uint64_t *superseded);

// Copies the message of the latest call with this engine, of whichever thread; otherwise as sidereal_config_message().
sidereal_status sidereal_engine_message(const sidereal_engine *engine,
                                        char *buffer,
                                        size_t capacity,
                                        size_t *length);

// Makes a request that came by http, without cookies, whose response headers are not sent yet.
sidereal_status sidereal_request_new(const sidereal_engine *engine, sidereal_request **request);

// Frees a request. A session that is open is closed, and what was not committed is gone. NULL is fine. In a forked child this gives back the memory
// only.
void sidereal_request_free(sidereal_request *request);

// Adds the value of a `Cookie` header, as it came: every cookie, ours or not. Call it once for each such header. A header with CR, LF or NUL in it is
// refused with SIDEREAL_STATUS_ARGUMENT, as is more than 64 KiB.
sidereal_status sidereal_request_add_cookies(sidereal_request *request,
                                             const char *header,
                                             size_t length);

// Says whether the client's request was encrypted on its way, by TLS here or at a proxy that you trust: 1 or 0. Then the cookie is Secure and its
// default name begins with __Host-.
sidereal_status sidereal_request_set_https(sidereal_request *request,
                                           uint32_t https);

// Says that the response's headers are on their way: no cookie can be sent, so the ID is not replaced.
sidereal_status sidereal_request_set_headers_sent(sidereal_request *request);

// The IP address that the connection came from, as text, at most 64 bytes; or the client's, if you know of proxies yourself. Cut to its network before
// it is kept.
sidereal_status sidereal_request_set_address(sidereal_request *request,
                                             const char *address,
                                             size_t length);

// The client's `User-Agent` header, at most 4096 bytes. Cut to browser and platform before it is kept.
sidereal_status sidereal_request_set_user_agent(sidereal_request *request,
                                                const char *user_agent,
                                                size_t length);

// The request's method, such as "POST", in capitals as it came. Before sidereal_request_csrf_check(); without it no request is taken for one that
// changes nothing.
sidereal_status sidereal_request_set_method(sidereal_request *request,
                                            const char *method,
                                            size_t length);

// Adds a header of the request, as it came; pass them all, those that tell nothing of the client are passed over: User-Agent, Accept-Language,
// Sec-CH-UA-Platform, Sec-CH-UA-Mobile; for sidereal_request_csrf_check() Host, Origin, Referer and Sec-Fetch-Site; and of the way it came X-Forwarded-For and X-Forwarded-Proto, which are believed if
// sidereal_request_set_address() names a proxy in SIDEREAL_SETTING_TRUSTED_PROXIES. `Cookie` goes to sidereal_request_add_cookies(). A value with CR, LF
// or NUL in it is refused with SIDEREAL_STATUS_ARGUMENT, as are more than 16 KiB of one name.
sidereal_status sidereal_request_add_header(sidereal_request *request,
                                            const char *name,
                                            size_t name_length,
                                            const char *value,
                                            size_t length);

// Lends the value of the `Set-Cookie` header that the response has to carry, with NUL at its end, which `length` does not count. `*length` is 0 when
// there is nothing to send. It may change until the session is closed: ask when you write the headers.
sidereal_status sidereal_request_set_cookie(const sidereal_request *request,
                                            const char **line,
                                            size_t *length);

// Why the client got a fresh session instead of the one that it asked for: a constant of sidereal_denial. Stays when the session is closed.
sidereal_status sidereal_request_denial(const sidereal_request *request,
                                        sidereal_denial *denial);

// Whether a session is open: 1 or 0.
sidereal_status sidereal_request_is_open(const sidereal_request *request, uint32_t *answer);

// Whether what is committed will be stored: 1 or 0. An exclusively opened session may be a snapshot all the same: of an ID that was superseded by
// an elevation, or because the wait for it ran out and the settings say so.
sidereal_status sidereal_request_is_writable(const sidereal_request *request,
                                             uint32_t *answer);

// Whether the session's ID may leave in a header: 1 or 0. A superseded one may not. sidereal_request_set_cookie() sees to that by itself.
sidereal_status sidereal_request_may_send_cookie(const sidereal_request *request,
                                                 uint32_t *answer);

// Whether the user has to prove who they are once more, because the client seemed to be another one or has come from http to https: 1 or 0. Stays until
// sidereal_request_reauthenticated() or sidereal_request_login(); as long as it does no proof is fresh.
sidereal_status sidereal_request_must_reauthenticate(const sidereal_request *request,
                                                     uint32_t *answer);

// Copies the session's public name, 26 characters and NUL, to `handle`, which has room for 27: safe to show and to log, and no cookie. Fails with
// SIDEREAL_STATUS_STATE while nothing is stored.
sidereal_status sidereal_request_handle(const sidereal_request *request,
                                        char (*handle)[27]);

// Copies the message of the latest call that took this request without `const`; otherwise as sidereal_config_message().
sidereal_status sidereal_request_message(const sidereal_request *request,
                                         char *buffer,
                                         size_t capacity,
                                         size_t *length);

// One word for a denial, for logs. Never NULL; static.
const char *sidereal_denial_word(uint32_t denial);

// Opens the session that the client's cookie names, or a fresh one: nothing that a client sends makes this fail. A session that was closed can be
// opened again. `access` is a constant of sidereal_access.
sidereal_status sidereal_request_open(sidereal_request *request,
                                      uint32_t access);

// Lends the payload: as it was set last, or as it was read. It is whatever bytes the program stored, and empty at first.
sidereal_status sidereal_request_payload(sidereal_request *request,
                                         const void **payload,
                                         size_t *length);

// Sets the payload to `length` bytes, which are copied. Nothing is stored before sidereal_request_commit().
sidereal_status sidereal_request_set_payload(sidereal_request *request,
                                             const void *payload,
                                             size_t length);

// Stores the payload and lets the next request have the session; it can still be read here. A payload that is as it was costs nothing. Fails with
// SIDEREAL_STATUS_DROPPED or SIDEREAL_STATUS_LOST when it was not stored. Commit once, before the response is sent; to write again, close and open.
sidereal_status sidereal_request_commit(sidereal_request *request);

// Closes the session and does a little of what is due for the store. What was set and not committed is gone. Nothing happens when none is open.
sidereal_status sidereal_request_close(sidereal_request *request);

// Replaces the ID now, for the same privilege; the old one goes on until the client has presented the new one, and for the grace. Sessions do this by
// themselves at each rotate interval. Nothing happens where it can not be done: nothing is stored, the session is read-only or committed, or no
// cookie can be sent.
sidereal_status sidereal_request_rotate(sidereal_request *request);

// Gives the session a new ID for a new privilege: call it at log-in, log-in with another factor and every change of rights, and then set and commit
// what is new. The old ID never sees it: for the grace it shows `snapshot`, a constant of sidereal_snapshot. Fails with
// SIDEREAL_STATUS_HEADERS_SENT when they are.
sidereal_status sidereal_request_elevate(sidereal_request *request,
                                         uint32_t snapshot);

// Ends the session and every ID that leads to it, at once and for good, and turns auto-login off for the client; nothing in flight can bring it back.
// The client is told to drop its cookies: see sidereal_request_set_autologin_cookie().
// Check the status: when it fails the session has not ended.
sidereal_status sidereal_request_logout(sidereal_request *request);

// Sets a payload aside that the program can not decode: the session ends, its payload stays in the store for a while. The next opening is fresh.
sidereal_status sidereal_request_quarantine(sidereal_request *request);

// Binds the session to a user who has just proved who they are: 1 to 255 bytes that name them in the application, without NUL. Only a keyed hash of
// them is kept. `methods` says how they proved it, such as "pwd otp": at most 16 names of at most 64 characters with spaces between them, or empty.
// The session has a new ID, as by sidereal_request_elevate(), its absolute timeout starts anew, and it is stored: then set and commit what is new.
// Fails with SIDEREAL_STATUS_ROSTER_FULL when the user has as many sessions as they may and the settings refuse one more. When it fails nobody is
// logged in; so it does with SIDEREAL_STATUS_HEADERS_SENT, because the client could not learn its new ID.
sidereal_status sidereal_request_login(sidereal_request *request,
                                       const void *user,
                                       size_t user_length,
                                       const char *methods,
                                       size_t methods_length);

// The user of the session has proved once more who they are: a new ID, and a proof that is fresh again. `scopes` says what for, such as "pay": each
// is good for one sidereal_request_is_fresh(); names as those of `methods`, or empty. Fails with SIDEREAL_STATUS_NOT_BOUND when nobody is logged in.
sidereal_status sidereal_request_reauthenticated(sidereal_request *request,
                                                 const char *methods,
                                                 size_t methods_length,
                                                 const char *scopes,
                                                 size_t scopes_length);

// Whether the user has proved who they are no longer than `max_age_s` seconds ago: 1 or 0. By `method`, unless that is empty; for `scope`, unless
// that is empty. A proof for a scope is used up by this question, and is good only where the session was opened exclusively and is not committed.
sidereal_status sidereal_request_is_fresh(sidereal_request *request,
                                          uint32_t max_age_s,
                                          const char *method,
                                          size_t method_length,
                                          const char *scope,
                                          size_t scope_length,
                                          uint32_t *answer);

// Whether somebody has logged in to the open session: 1 or 0.
sidereal_status sidereal_request_is_bound(const sidereal_request *request, uint32_t *answer);

// Whether this user has logged in to the open session: 1 or 0.
sidereal_status sidereal_request_is_of(const sidereal_request *request,
                                       const void *user,
                                       size_t user_length,
                                       uint32_t *answer);

// The word of the log for a refusal, such as "cross-site"; "unknown" for a number that is none.
const char *sidereal_refusal_word(uint32_t refusal);

// Copies a token for a form of the open session, 87 characters of A-Z, a-z, 0-9, "-" and "_" and NUL, to `token`, which has room for 88: another one
// each time, all good. `scope` says what for, at most 64 printable ASCII characters, or is empty: the token of the whole site. `once` is 1 for a token
// that is good for one request, in a session that is stored and open exclusively, or 0. Tokens stay good through rotations, and are void after a
// log-in, an elevation or a log-out.
sidereal_status sidereal_request_csrf_token(sidereal_request *request,
                                            const char *scope_name,
                                            size_t scope_length,
                                            uint32_t once,
                                            char (*token)[88]);

// Whether `token` is one of the open session for `scope` and `once`: 1 or 0, whatever its bytes are. A token that is good once is used up by asking.
sidereal_status sidereal_request_csrf_verify(sidereal_request *request,
                                             const char *token,
                                             size_t token_length,
                                             const char *scope_name,
                                             size_t scope_length,
                                             uint32_t once,
                                             uint32_t *answer);

// Whether the request was meant by the user: by what its headers say and, unless the method changes nothing, by its token; otherwise as
// sidereal_request_csrf_verify(). `token` is NULL when none came. Writes a constant of sidereal_refusal; every refusal is an event.
sidereal_status sidereal_request_csrf_check(sidereal_request *request,
                                            const char *token,
                                            size_t token_length,
                                            const char *scope_name,
                                            size_t scope_length,
                                            uint32_t once,
                                            sidereal_refusal *refusal);

// Whether a value may stand in a response header: 1, or 0 when it has a CR, an LF, a NUL or another control character in it, is not UTF-8, or has one of
// the line ends of Unicode, which some programs turn into CR or LF. For headers that are made from what a client sent, such as a redirect. NULL is 0.
uint32_t sidereal_header_value_ok(const char *value,
                                  size_t length);

// Makes a list of the living sessions of a user: 1 to 255 bytes, as for sidereal_request_login().
sidereal_status sidereal_engine_roster(const sidereal_engine *engine,
                                       const void *user,
                                       size_t user_length,
                                       sidereal_roster **roster);

// Makes a list of the living sessions whose IDs were minted with exactly this prefix.
sidereal_status sidereal_engine_roster_of_prefix(const sidereal_engine *engine,
                                                 const char *prefix,
                                                 size_t prefix_length,
                                                 sidereal_roster **roster);

// Makes a list of one: the session that is open, as the roster shows it. Fails with SIDEREAL_STATUS_STATE while nothing is stored.
sidereal_status sidereal_request_info(const sidereal_request *request,
                                      sidereal_roster **roster);

// Frees a list. NULL is fine.
void sidereal_roster_free(sidereal_roster *roster);

// How many sessions the list has.
sidereal_status sidereal_roster_count(const sidereal_roster *roster, size_t *count);

// Copies the public name of the session at `index`, 26 characters and NUL: good for sidereal_engine_revoke() and for nothing else. An `index` that
// is not below the count is SIDEREAL_STATUS_ARGUMENT, here and below.
sidereal_status sidereal_roster_handle(const sidereal_roster *roster,
                                       size_t index,
                                       char (*handle)[27]);

// When the session at `index` began, at the latest log-in or proof; when it was last in use, up to the touch interval; and when the user last proved
// who they are, -1 when they have not. In milliseconds since 1970-01-01 UTC. Each pointer may be NULL.
sidereal_status sidereal_roster_times(const sidereal_roster *roster,
                                      size_t index,
                                      int64_t *created_ms,
                                      int64_t *last_seen_ms,
                                      int64_t *authenticated_ms);

// Copies how the user proved who they are, names with spaces between them, to `buffer`: cut to `capacity` bytes, NUL at its end. `length`, which may
// be NULL, gets its whole length without the NUL.
sidereal_status sidereal_roster_methods(const sidereal_roster *roster,
                                        size_t index,
                                        char *buffer,
                                        size_t capacity,
                                        size_t *length);

// Copies the network of the request that brought the latest log-in or proof, such as "192.0.2.0/24", empty when unknown; otherwise as sidereal_roster_methods().
sidereal_status sidereal_roster_network(const sidereal_roster *roster,
                                        size_t index,
                                        char *buffer,
                                        size_t capacity,
                                        size_t *length);

// Copies its browser and platform, such as "Firefox, Linux", empty when unknown; otherwise as sidereal_roster_methods().
sidereal_status sidereal_roster_agent(const sidereal_roster *roster,
                                      size_t index,
                                      char *buffer,
                                      size_t capacity,
                                      size_t *length);

// Ends the session of this user that `handle` names, with everything that descends from it, at once and durably. `found`, which may be NULL, gets
// whether there was one: 1 or 0. A handle of somebody else's session, or a text that is no handle, ends nothing.
sidereal_status sidereal_engine_revoke(const sidereal_engine *engine,
                                       const void *user,
                                       size_t user_length,
                                       const char *handle,
                                       size_t handle_length,
                                       uint32_t *found);

// Ends every session of this user. `count`, which may be NULL, gets how many stored sessions ended; snapshots from before a log-in count as well.
sidereal_status sidereal_engine_revoke_user(const sidereal_engine *engine,
                                            const void *user,
                                            size_t user_length,
                                            uint64_t *count);

// Ends every session of this user but the one that `keep` names, such as that of the request. A handle of somebody else's session keeps nothing, a
// text that is no handle is SIDEREAL_STATUS_ARGUMENT. `count` as for sidereal_engine_revoke_user().
sidereal_status sidereal_engine_revoke_others(const sidereal_engine *engine,
                                              const void *user,
                                              size_t user_length,
                                              const char *keep,
                                              size_t keep_length,
                                              uint64_t *count);

// Ends every session of everybody. `count` as for sidereal_engine_revoke_user(). Takes a moment where there are very many.
sidereal_status sidereal_engine_revoke_all(const sidereal_engine *engine,
                                           uint64_t *count);

// Mints a session ID with this prefix: at most 177 letters, digits, commas and dashes, or empty. `id` gets it with NUL at its end. Nothing is stored:
// the client has to present it as its cookie, and it is as secret as that.
sidereal_status sidereal_engine_mint(const sidereal_engine *engine,
                                     const char *prefix,
                                     size_t prefix_length,
                                     char (*id)[257]);

// Mints a session ID under the tag of a user, of a session that is bound to nobody yet; otherwise as sidereal_engine_mint().
sidereal_status sidereal_engine_mint_for(const sidereal_engine *engine,
                                         const void *user,
                                         size_t user_length,
                                         char (*id)[257]);

// Turns on auto-login for the client, whose session `user` has logged in to by sidereal_request_login(); then send
// sidereal_request_set_autologin_cookie() with the response. It is for clients whose user asks for it, and takes https and
// SIDEREAL_SETTING_AUTOLOGIN_PATH. Fails with SIDEREAL_STATUS_CONFIG without these, with SIDEREAL_STATUS_NOT_BOUND when the session is not this
// user's, and with SIDEREAL_STATUS_REAUTHENTICATION_REQUIRED when it was resumed: a token must not extend itself.
sidereal_status sidereal_request_enable_autologin(sidereal_request *request,
                                                  const void *user,
                                                  size_t user_length);

// Logs in by the client's token, unless the session has a user: call it below SIDEREAL_SETTING_AUTOLOGIN_PATH when somebody comes who is not logged
// in. `resumed` gets a constant of sidereal_resumed. `user`, with room for 256 bytes, gets the ID that sidereal_request_enable_autologin() was given
// and NUL; `user_length`, which may be NULL, its length, 0 for nobody. Nothing that a client sends makes this fail: what is no token of ours is
// ignored. A token that somebody else has used ends the device and its sessions.
sidereal_status sidereal_request_resume(sidereal_request *request,
                                        sidereal_resumed *resumed,
                                        char (*user)[256],
                                        size_t *user_length);

// Turns auto-login off for the client, with or without an open session: its tokens log nobody in any more. `found`, which may be NULL, gets whether it
// was on: 1 or 0. The session goes on; sidereal_request_logout() does this as well.
sidereal_status sidereal_request_disable_autologin(sidereal_request *request,
                                                   uint32_t *found);

// Lends the value of one more `Set-Cookie` header, that of auto-login; otherwise as sidereal_request_set_cookie().
sidereal_status sidereal_request_set_autologin_cookie(const sidereal_request *request,
                                                      const char **line,
                                                      size_t *length);

// Makes a list of the devices that a user is remembered on: 1 to 255 bytes, as for sidereal_request_login().
sidereal_status sidereal_engine_devices(const sidereal_engine *engine,
                                        const void *user,
                                        size_t user_length,
                                        sidereal_devices **devices);

// Forgets the device of this user that `handle` names, or all of them where `handle` is empty: after a changed password, say, when
// sidereal_engine_revoke_user() would end too much. Sessions go on. `count`, which may be NULL, gets how many there were. A handle of somebody else's
// device, or a text that is no handle, forgets nothing.
sidereal_status sidereal_engine_forget_devices(const sidereal_engine *engine,
                                               const void *user,
                                               size_t user_length,
                                               const char *handle,
                                               size_t handle_length,
                                               uint64_t *count);

// Frees a list. NULL is fine.
void sidereal_devices_free(sidereal_devices *devices);

// How many devices the list has.
sidereal_status sidereal_devices_count(const sidereal_devices *devices, size_t *count);

// Copies the public name of the device at `index`, 26 characters and NUL: good for sidereal_engine_forget_devices() and for nothing else. An `index`
// that is not below the count is SIDEREAL_STATUS_ARGUMENT, here and below.
sidereal_status sidereal_devices_handle(const sidereal_devices *devices,
                                        size_t index,
                                        char (*handle)[27]);

// When auto-login was turned on for the device at `index`, when it logged in last, and when it is over whatever happens. In milliseconds since
// 1970-01-01 UTC. Each pointer may be NULL.
sidereal_status sidereal_devices_times(const sidereal_devices *devices,
                                       size_t index,
                                       int64_t *created_ms,
                                       int64_t *last_used_ms,
                                       int64_t *ends_ms);

// Copies the network that the device was in when it logged in last, such as "192.0.2.0/24", empty when unknown; otherwise as
// sidereal_roster_methods().
sidereal_status sidereal_devices_network(const sidereal_devices *devices,
                                         size_t index,
                                         char *buffer,
                                         size_t capacity,
                                         size_t *length);

// Copies its browser and platform, such as "Firefox, Linux", empty when unknown; otherwise as sidereal_roster_methods().
sidereal_status sidereal_devices_agent(const sidereal_devices *devices,
                                       size_t index,
                                       char *buffer,
                                       size_t capacity,
                                       size_t *length);

// Makes a list of at most `most` incidents: those of a user, 1 to 255 bytes as for sidereal_request_login(), or of everybody when `user` is NULL.
sidereal_status sidereal_engine_evidence(const sidereal_engine *engine,
                                         const void *user,
                                         size_t user_length,
                                         uint32_t most,
                                         sidereal_evidence **evidence);

// Frees a list. NULL is fine.
void sidereal_evidence_free(sidereal_evidence *evidence);

// How many incidents the list has.
sidereal_status sidereal_evidence_count(const sidereal_evidence *evidence, size_t *count);

// Copies the name of the incident at `index`, 26 characters and NUL: good for sidereal_engine_evidence_json() and sidereal_engine_evidence_purge(). An
// `index` that is not below the count is SIDEREAL_STATUS_ARGUMENT, here and below.
sidereal_status sidereal_evidence_handle(const sidereal_evidence *evidence,
                                         size_t index,
                                         char (*handle)[27]);

// When the incident at `index` happened and until when it is kept, in milliseconds since 1970-01-01 UTC. Each pointer may be NULL.
sidereal_status sidereal_evidence_times(const sidereal_evidence *evidence,
                                        size_t index,
                                        int64_t *at_ms,
                                        int64_t *until_ms);

// Copies an incident with its sessions, as JSON, to `buffer`: cut to `capacity` bytes, NUL at its end. `length`, which may be NULL, gets its whole
// length without the NUL; it is 0 when there is no such incident. `payloads`: 1 adds what each session had stored, opened and in base64; 0 leaves it out.
sidereal_status sidereal_engine_evidence_json(const sidereal_engine *engine,
                                              const char *handle,
                                              size_t handle_length,
                                              uint32_t payloads,
                                              char *buffer,
                                              size_t capacity,
                                              size_t *length);

// Deletes the incident that `handle` names, with everything that was kept for it. `found`, which may be NULL, gets whether there was one: 1 or 0.
sidereal_status sidereal_engine_evidence_purge(const sidereal_engine *engine,
                                               const char *handle,
                                               size_t handle_length,
                                               uint32_t *found);

// Looks at the configuration and at the place where it has sessions kept, and judges it: settings, store, keyring, cookie, clock. Makes nothing; a
// configuration that no engine can be made of is a finding, and no failure.
sidereal_status sidereal_config_audit(sidereal_config *config,
                                      sidereal_audit **audit);

// Frees an audit. NULL is fine.
void sidereal_audit_free(sidereal_audit *audit);

// How many findings there are.
sidereal_status sidereal_audit_count(const sidereal_audit *audit, size_t *count);

// The finding at `index`; they are in order of severity, errors first. An `index` that is not below the count is SIDEREAL_STATUS_ARGUMENT.
sidereal_status sidereal_audit_finding(const sidereal_audit *audit,
                                       size_t index,
                                       sidereal_finding *finding);

// Copies the whole audit in a constant of sidereal_format to `buffer`: cut to `capacity` bytes, NUL at its end. `length`, which may be NULL, gets its
// whole length without the NUL.
sidereal_status sidereal_audit_write(const sidereal_audit *audit,
                                     uint32_t format,
                                     char *buffer,
                                     size_t capacity,
                                     size_t *length);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SIDEREAL_H */
