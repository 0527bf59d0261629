<?php

/**
 * What the extension brings, for editors and static analysers. Not loaded by PHP.
 *
 * tests/phpt/api/stub.phpt compares it with what the extension really has.
 */

namespace Sidereal;

/** Everything that this API throws on its own. getCode() is the number that the C library has for it. */
interface ExceptionInterface extends \Throwable
{
}

/** Code 2: an argument cannot be what it is said to be. */
class InvalidArgument extends \InvalidArgumentException implements ExceptionInterface
{
}

/** Code 3: a setting is wrong or contradicts another one. */
class Misconfigured extends \RuntimeException implements ExceptionInterface
{
}

/** Code 4: the store cannot answer. What was asked for has not happened. */
class StoreUnavailable extends \RuntimeException implements ExceptionInterface
{
}

/** Code 5: the store can be read but has no room. */
class StoreFull extends StoreUnavailable
{
}

/** Code 6: the keyring is missing, damaged, or can be read by others. */
class KeyringUnavailable extends \RuntimeException implements ExceptionInterface
{
}

/** Code 7: the operating system gives no random bytes. */
class RandomnessUnavailable extends \RuntimeException implements ExceptionInterface
{
}

/** Code 10: another request has ended or changed the session meanwhile. */
class SessionLost extends \RuntimeException implements ExceptionInterface
{
}

/** Code 12: there is no session that this could be about. */
class NoActiveSession extends \RuntimeException implements ExceptionInterface
{
}

/** Code 14: a fault in Sidereal itself. */
class InternalFault extends \RuntimeException implements ExceptionInterface
{
}

/** Code 15: the user has as many sessions as they may (sidereal.sessions_per_user, sidereal.sessions_full = refuse). */
class RosterFull extends \RuntimeException implements ExceptionInterface
{
}

/** Code 16: the user has to prove once more who they are. */
class ReauthenticationRequired extends \RuntimeException implements ExceptionInterface
{
}

/** Code 17: the new session ID goes into a header, and headers have been sent. */
class HeadersSent extends \RuntimeException implements ExceptionInterface
{
}

/** Code 18: nobody has logged in to the session. */
class NotBound extends \RuntimeException implements ExceptionInterface
{
}

/** Code 19: nothing shows that the user has meant this request. The message says why. */
class CsrfRefused extends \RuntimeException implements ExceptionInterface
{
}

/** Why a client got a fresh session instead of the one that it presented. */
enum Denial: string
{
    /** Not an ID of ours. */
    case Forged = 'forged';
    /** An ID of ours that nobody knows. */
    case Unknown = 'unknown';
    /** No request for too long. */
    case Idle = 'idle';
    /** Its time is over. */
    case Absolute = 'absolute';
    /** The client never got the ID that replaced this one. */
    case LostCookie = 'lost_cookie';
    /** Another ID has replaced this one. */
    case Superseded = 'superseded';
    /** Another ID has replaced this one so long ago that somebody else must have it. */
    case Obsolete = 'obsolete';
    /** The user has logged out. */
    case LoggedOut = 'logged_out';
    /** Ended by the user from another device, or by somebody else. */
    case Revoked = 'revoked';
    /** Its record is damaged, or was written by another serializer. */
    case Broken = 'broken';
    /** The client sent several cookies of our name, and more than one of them opens a session. */
    case Conflict = 'conflict';
    /** It was made by https and came by http, or the other way round where the ID could not be replaced. */
    case Scheme = 'scheme';
    /** The client seems to be another one than the session's (sidereal.client_change = deny). */
    case Stranger = 'stranger';
}

/** Whether somebody has logged in to a session. */
enum SessionState: string
{
    case Anonymous = 'anonymous';
    case Authenticated = 'authenticated';
}

/** How much attention an event wants. */
enum EventLevel: string
{
    case Info = 'INFO';
    case Warning = 'WARN';
    case Critical = 'CRITICAL';
}

/** One session, as its owner may see it. */
final class SessionInfo
{
    /** Its public name: safe to show, good for Roster::revoke() and for nothing else. */
    public readonly string $handle;
    /** When it began: at the log-in. */
    public readonly \DateTimeImmutable $created;
    /** When it was in use last, up to sidereal.touch_interval. */
    public readonly \DateTimeImmutable $lastSeen;
    /** When the user last proved who they are. */
    public readonly ?\DateTimeImmutable $authenticatedAt;
    /** How: a list of what login() or reauthenticated() was given. */
    public readonly array $methods;
    /** The network that the client was in at the log-in, such as 192.0.2.0/24; empty when unknown. */
    public readonly string $address;
    /** Browser and platform, such as "Firefox, Linux"; empty when unknown. */
    public readonly string $agent;
    /** Whether it is the session of this request. */
    public readonly bool $current;
    public readonly SessionState $state;

    private function __construct()
    {
    }
}

/** A device that stays logged in, as its owner may see it. */
final class Device
{
    /** Its public name: safe to show, good for AutoLogin::revoke() and for nothing else. */
    public readonly string $handle;
    /** When auto-login was turned on. */
    public readonly \DateTimeImmutable $created;
    /** When it logged in last; when auto-login was turned on, until it has. */
    public readonly \DateTimeImmutable $lastUsed;
    /** When it is over, however often it is used. */
    public readonly \DateTimeImmutable $ends;
    /** The network that it was in then, such as 192.0.2.0/24; empty when unknown. */
    public readonly string $address;
    /** Browser and platform, such as "Firefox, Linux"; empty when unknown. */
    public readonly string $agent;
    /** Whether it is the device of this request's session. */
    public readonly bool $current;

    private function __construct()
    {
    }
}

/** Something that an operator is told, and a handler set with on_event(). */
final class Event
{
    /** As in the log, such as session_renewed or obsolete_access. */
    public readonly string $name;
    public readonly EventLevel $level;
    public readonly \DateTimeImmutable $at;
    /** Tells events of one session from those of another; no session ID. Empty when no session is concerned. */
    public readonly string $session;
    /** A word or two: why. */
    public readonly string $reason;
    /** How many rows, bytes, waiters: whatever the event counts. */
    public readonly ?int $count;

    private function __construct()
    {
    }
}

/** The session of this request. */
final class Session
{
    private function __construct()
    {
    }

    /**
     * A user has just proved who they are. The session gets a new ID and belongs to them from now on.
     *
     * @param string $userId 1 to 255 bytes without NUL. Kept as a keyed hash only.
     * @param string|list<string> $methods how they proved it, such as 'pwd' or ['pwd', 'otp']
     * @param list<string|int>|null $keep the keys of $_SESSION to carry over; null carries everything
     * @throws ExceptionInterface The session is what it was.
     */
    public static function login(#[\SensitiveParameter] string $userId, array|string $methods = [], ?array $keep = null): void
    {
    }

    /**
     * The session's privileges change in another way: it gets a new ID, and the old one never sees what comes now.
     *
     * @throws ExceptionInterface The session is what it was.
     */
    public static function elevate(): void
    {
    }

    /**
     * The user has proved once more who they are. The session gets a new ID.
     *
     * @param string|list<string> $methods how they proved it
     * @param string|list<string> $scopes what for; each is good for one requireFresh()
     * @throws ExceptionInterface The session is what it was.
     */
    public static function reauthenticated(array|string $methods = [], array|string $scopes = []): void
    {
    }

    /**
     * Goes on only if the user has proved who they are within the last $maxAge seconds.
     *
     * @throws ReauthenticationRequired if not
     * @throws ExceptionInterface
     */
    public static function requireFresh(int $maxAge = 300, ?string $method = null, ?string $scope = null): void
    {
    }

    /**
     * Ends the session at once, with every ID that led to it, empties $_SESSION and clears the cookie.
     *
     * @param bool $clearSiteData Also asks the browser to forget its cache, cookies and storage of this site.
     * @throws ExceptionInterface
     */
    public static function logout(bool $clearSiteData = false): void
    {
    }

    /**
     * A session ID under the user's tag, for session_id(). It shows nothing of the user ID.
     *
     * @throws ExceptionInterface
     */
    public static function createId(#[\SensitiveParameter] string $userId): string
    {
    }

    /**
     * Whether the user has to prove who they are once more, because the client seemed to be another one or has come from http to https. Stays until
     * reauthenticated() or login(); requireFresh() throws as long as it does.
     *
     * @throws ExceptionInterface
     */
    public static function mustReauthenticate(): bool
    {
    }

    /**
     * Whether this user has logged in to this session.
     *
     * @throws ExceptionInterface
     */
    public static function userIs(#[\SensitiveParameter] string $userId): bool
    {
    }

    /**
     * This session as the roster shows it; null as long as nothing of it is stored.
     *
     * @throws ExceptionInterface
     */
    public static function info(): ?SessionInfo
    {
    }

    /**
     * Why session_start() opened a fresh session instead of the one that the client presented; null when it did not.
     *
     * @throws NoActiveSession when no session was opened in this request
     */
    public static function denial(): ?Denial
    {
    }

    /**
     * Whether the session is a fresh one because the client presents two that are alive (Denial::Conflict): somebody has planted one, for another
     * path or domain, and we cannot remove it. Ask the user to remove this site's cookies.
     *
     * @throws NoActiveSession when no session was opened in this request
     */
    public static function hasStuckCookie(): bool
    {
    }
}

/** The sessions of one user. */
final class Roster implements \Countable
{
    private function __construct()
    {
    }

    /** @throws InvalidArgument for an ID that no user can have */
    public static function of(#[\SensitiveParameter] string $userId): Roster
    {
    }

    /**
     * The sessions whose IDs have exactly this prefix, given to session_create_id().
     *
     * @return list<SessionInfo>
     * @throws ExceptionInterface
     */
    public static function ofPrefix(string $prefix): array
    {
    }

    /**
     * The one used last comes first.
     *
     * @return list<SessionInfo>
     * @throws ExceptionInterface
     */
    public function list(): array
    {
    }

    /** @throws ExceptionInterface */
    public function count(): int
    {
    }

    /**
     * Ends one session of this user, at once and everywhere. False: the user has none of that handle.
     *
     * @throws ExceptionInterface
     */
    public function revoke(string $handle): bool
    {
    }

    /**
     * Ends all of this user's sessions but the one of this request. Answers how many stored records ended.
     *
     * @throws ExceptionInterface
     */
    public function revokeOthers(): int
    {
    }

    /**
     * Ends all sessions of a user. Answers how many stored records ended.
     *
     * @throws ExceptionInterface
     */
    public static function revokeUser(#[\SensitiveParameter] string $userId): int
    {
    }

    /**
     * Ends everybody's sessions. Answers how many stored records ended.
     *
     * @throws ExceptionInterface
     */
    public static function revokeAll(): int
    {
    }
}

/** Devices that stay logged in: a token of their own, good for one log-in, and its successors, up to a limit that never moves. */
final class AutoLogin
{
    private function __construct()
    {
    }

    /**
     * Turns auto-login on for this client. Takes https, sidereal.autologin_path, and a session that this user has logged in to by a proof.
     *
     * @throws NoActiveSession
     * @throws NotBound when the session is not this user's
     * @throws ReauthenticationRequired when the session was resumed: a token does not extend itself
     * @throws ExceptionInterface Auto-login is not on.
     */
    public static function enable(#[\SensitiveParameter] string $userId): void
    {
    }

    /**
     * Logs in by the client's token, with a new session ID, and answers the user that enable() was given. null: nobody is logged in by it, or the
     * session has a user already.
     *
     * @throws ExceptionInterface Nobody is logged in.
     */
    public static function resume(): ?string
    {
    }

    /**
     * Turns auto-login off for this client, with or without a session. Answers whether it was on.
     *
     * @throws ExceptionInterface It is still on.
     */
    public static function disable(): bool
    {
    }

    /**
     * The devices that a user is remembered on. The one used last comes first.
     *
     * @return list<Device>
     * @throws ExceptionInterface
     */
    public static function list(#[\SensitiveParameter] string $userId): array
    {
    }

    /**
     * Forgets one device of this user, or all. Sessions go on. Answers how many there were.
     *
     * @throws ExceptionInterface
     */
    public static function revoke(#[\SensitiveParameter] string $userId, ?string $handle = null): int
    {
    }
}

/** What was kept of an alarm: somebody used a session ID that its owner had left behind. */
final class Evidence implements \JsonSerializable
{
    /** Its name: safe to show, good for find() and for nothing else. */
    public readonly string $handle;
    /** When it happened. */
    public readonly \DateTimeImmutable $at;
    /** Until when it is kept (sidereal.evidence_retention). */
    public readonly \DateTimeImmutable $until;
    /** "late": after the alarm time, by a client that may be the user's; "stranger": by one that is another in network and browser both. */
    public readonly string $cause;
    /** What was done: "deny", "revoke_family", "revoke_user" or "unauthenticate". */
    public readonly string $response;
    /** The handle of the session whose old ID was used. */
    public readonly string $session;
    /** What Event::$session and the log call that session. */
    public readonly string $reference;
    /** Tells one user from another; a keyed hash, no user ID. null: nobody had logged in. */
    public readonly ?string $user;
    /** The network of the client that used the ID, such as 192.0.2.0/24; empty when unknown. */
    public readonly string $address;
    /** Its browser and platform, such as "Firefox, Linux"; empty when unknown. */
    public readonly string $agent;

    private function __construct()
    {
    }

    /**
     * The incidents of a user's sessions, the latest first.
     *
     * @return list<Evidence>
     * @throws ExceptionInterface
     */
    public static function of(#[\SensitiveParameter] string $userId): array
    {
    }

    /**
     * The incidents in which an old ID of this session was used.
     *
     * @return list<Evidence>
     * @throws ExceptionInterface
     */
    public static function ofSession(string $handle): array
    {
    }

    /**
     * The latest incidents of everybody.
     *
     * @param int $limit 1 to 1000
     * @return list<Evidence>
     * @throws ExceptionInterface
     */
    public static function latest(int $limit = 100): array
    {
    }

    /** @throws ExceptionInterface */
    public static function find(string $handle): ?Evidence
    {
    }

    /**
     * Deletes the incidents of a user's sessions and answers how many.
     *
     * @throws ExceptionInterface
     */
    public static function purgeUser(#[\SensitiveParameter] string $userId): int
    {
    }

    /**
     * The user's sessions as they were, those in use first.
     *
     * @return list<SessionInfo>
     * @throws ExceptionInterface
     */
    public function sessions(): array
    {
    }

    /**
     * What a session had stored: the bytes that session.serialize_handler wrote, never decoded. null: nothing, or it is not kept.
     *
     * @param string $session the handle of one of sessions()
     * @throws ExceptionInterface
     */
    public function payload(string $session): ?string
    {
    }

    /**
     * All of it as JSON, for other tools; "null" when it is gone.
     *
     * @param bool $payloads Adds what each session had stored, in base64.
     * @throws ExceptionInterface
     */
    public function toJson(bool $payloads = false): string
    {
    }

    /** The same without payloads, for json_encode(). */
    public function jsonSerialize(): ?array
    {
    }

    /**
     * Deletes it. False: it was gone already.
     *
     * @throws ExceptionInterface
     */
    public function purge(): bool
    {
    }
}

/** PHP's SessionHandler with the methods that it lacks, for frameworks that want an object. */
class SessionHandler extends \SessionHandler implements \SessionUpdateTimestampHandlerInterface
{
    /** @throws Misconfigured when session.save_handler is not sidereal */
    public function __construct()
    {
    }

    public function validateId(string $id): bool
    {
    }

    public function updateTimestamp(string $id, string $data): bool
    {
    }
}

/** Whether a request that changes something was meant by the user. All of it needs an active session. */
final class Csrf
{
    /** The form field that a token comes in. */
    public const FIELD = 'csrf_token';

    /** The header that it comes in when there is no such field. */
    public const HEADER = 'X-CSRF-Token';

    private function __construct()
    {
    }

    /**
     * A token: 87 characters, another text each time, good until the session gets new privileges or ends.
     *
     * @param string|null $scope what for, at most 64 printable ASCII characters; null: anything
     * @param bool $once good for one request, and void for all other forms of this scope then. Needs a session that is stored
     * @throws NoActiveSession|InvalidArgument|RandomnessUnavailable
     */
    public static function token(?string $scope = null, bool $once = false): string
    {
    }

    /**
     * The same as a hidden form field, in HTML.
     *
     * @throws NoActiveSession|InvalidArgument|RandomnessUnavailable
     */
    public static function field(?string $scope = null, bool $once = false): string
    {
    }

    /**
     * Whether a token is one of this session for this scope, whatever it is made of. One that is good once is used up by asking.
     *
     * @throws NoActiveSession
     */
    public static function verify(#[\SensitiveParameter] string $token, ?string $scope = null, bool $once = false): bool
    {
    }

    /**
     * Lets this request pass or refuses it: by what the browser says of where it comes from, and by its token. GET, HEAD, OPTIONS and TRACE pass.
     *
     * @throws CsrfRefused|NoActiveSession
     */
    public static function check(?string $scope = null, bool $once = false): void
    {
    }
}

/** How bad a finding is. */
enum Severity: string
{
    /** Sessions are not safe, or do not work. */
    case Error = 'error';
    /** A protection is weaker than it could be. */
    case Warning = 'warning';
    /** Worth knowing. */
    case Note = 'note';
}

/** Something that the audit has found. */
final class Finding
{
    /** The name of the rule, in words; docs/audit.md has the list. */
    public readonly string $id;
    public readonly Severity $severity;
    /** What was found, never with anything secret in it. */
    public readonly string $what;
    /** Why that is bad. */
    public readonly string $why;
    /** What to do. */
    public readonly string $fix;
    /** @var list<string> Numbers of requirements (R), attacks (A) and of OWASP ASVS 5.0. */
    public readonly array $references;

    private function __construct()
    {
    }
}

/** What is wrong with the configuration of this PHP, for the user that it runs as. */
final class Audit implements \Stringable
{
    /** In one line. */
    public readonly string $verdict;
    /** @var list<Finding> The worst first. */
    public readonly array $findings;

    private function __construct()
    {
    }

    /**
     * Looks at every session.* and sidereal.* setting, the store, the keyring and the clock; while a request is served, at https and the headers of
     * the response so far as well. Makes nothing.
     *
     * @throws InternalFault
     */
    public static function run(): Audit
    {
    }

    /** For exit(): 2 with an error, 1 with a warning, else 0. */
    public function exitStatus(): int
    {
    }

    /** One JSON object: verdict, subject, findings, protections and what they cost. */
    public function toJson(): string
    {
    }

    /** SARIF 2.1.0. */
    public function toSarif(): string
    {
    }

    /** For people, with what each protection costs. */
    public function __toString(): string
    {
    }
}

/**
 * Calls $handler with each event of this request, when the session function that caused it is done. null: no longer.
 *
 * What the handler throws becomes a warning.
 *
 * @param (callable(Event): void)|null $handler
 */
function on_event(?callable $handler): void
{
}
