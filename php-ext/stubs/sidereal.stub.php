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
     * @throws NoActiveSession when there is no session, or it is not this user's
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
