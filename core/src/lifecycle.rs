//! What a presented ID opens: one pure function.
//!
//! [`judge`] sees what the client presented, what the store has, the policy and the time, and answers with a [`Verdict`]. No I/O, no
//! clock, no keys. Whether an ID is genuine is known before ([`crate::keys::Keyring::genuine`]); carrying the verdict out is
//! [`crate::engine`]'s work. Judged once, at arrival: a wait for the lease afterwards never turns a served request into a denied one.

use std::fmt;
use std::time::Duration;

use crate::client::Scheme;
use crate::clock::Time;
use crate::id::Class;
use crate::policy::{ClientChange, GHOST, MAX_SIBLINGS, Policy, REMINT_EVERY};
use crate::record::{EndReason, Ended, Frozen, Meta, Pending, PointerState, Unbound};

/// A genuine ID and what the store has for it.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// What kind of session the ID was minted for.
    pub class: Class,
    /// The minute in which it was minted.
    pub minted: Time,
    /// The row it leads to, if there is one.
    pub standing: Option<Standing<'a>>,
}

/// A row as an ID sees it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The pointer that led there; `None` when the ID is the record's current one.
    pub pointer: Option<PointerState>,
    /// Whether the row has ended.
    pub ended: Option<Ended>,
    /// The record.
    pub meta: &'a Meta,
}

/// The moment of judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When the request arrived.
    pub now: Time,
    /// What the clock shows by now, after a wait for the lease perhaps.
    pub latest: Time,
    /// Whether the wall clock can be trusted: no alarm is raised by a clock that has just jumped (A26).
    pub steady: bool,
    /// Whether this request may replace the client's ID: it is exclusive and a cookie can be sent.
    pub can_rotate: bool,
    /// Whether the client seems to be another one than the record's ([`crate::signals::differences`]).
    pub stranger: bool,
    /// How the request came.
    pub scheme: Option<Scheme>,
}

/// What a presented ID opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Genuine, young and never stored: an empty session under the same ID.
    Unstored,
    /// Genuine, but nobody knows it: a fresh session.
    Unknown,
    /// The record, under its current ID.
    Current(Step),
    /// The record, under a successor seen for the first time: it becomes the current ID.
    Promote,
    /// The record, under a superseded ID: no cookie.
    Alias,
    /// The snapshot that an elevation froze: read-only, no cookie.
    Snapshot,
    /// An empty session under the presented ID, for requests that were in flight when the client moved on: writes dropped, no cookie, which would
    /// overwrite that of the session it has now.
    Ghost(Denial),
    /// A fresh session, and the reason.
    Denied(Denial),
}

/// What to do on the way to serving a current ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Serve,
    /// Mint a successor: rotation is due.
    Rotate,
    /// Mint one more successor: the client has not presented the earlier ones.
    Remint,
    /// Elevate: the ID has travelled in plain text, and the client has come to https (R66).
    Upgrade,
}

/// Why a session was denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denial {
    /// Not an ID of ours, or its MAC is wrong.
    Forged,
    /// Genuine, but nobody knows it.
    Unknown,
    /// No request for too long.
    Idle,
    /// Its time is over.
    Absolute,
    /// The successor of this ID was never presented, and it is too late to try again.
    LostCookie,
    /// Superseded, and the grace is over: too late for data, too early for an alarm.
    Superseded,
    /// Superseded, and used so late that somebody else must have it: the alarm.
    Obsolete,
    /// The user has logged out.
    LoggedOut,
    /// Ended by somebody else.
    Revoked,
    /// Its seal does not open, or it was written by another serializer.
    Broken,
    /// The client sent several IDs, and more than one of them is alive (A6).
    Conflict,
    /// The ID is of a session by https and came by http, or the other way round where it cannot be replaced (R66).
    Scheme,
    /// The client seems to be another one than the session's, and the policy denies those (R70).
    Stranger,
}

impl Denial {
    /// One word for logs and for applications.
    pub fn word(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::Unknown => "unknown",
            Self::Idle => "idle",
            Self::Absolute => "absolute",
            Self::LostCookie => "lost_cookie",
            Self::Superseded => "superseded",
            Self::Obsolete => "obsolete",
            Self::LoggedOut => "logged_out",
            Self::Revoked => "revoked",
            Self::Broken => "broken",
            Self::Conflict => "conflict",
            Self::Scheme => "scheme",
            Self::Stranger => "stranger",
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How far ahead of now a record's time-stamps may be.
const FORGIVEN: Duration = Duration::from_secs(24 * 3600);

/// Decides what a genuine ID opens. The order is the argument: what has ended stays ended, what has expired is denied before anything is
/// decrypted (R88), only then does the ID's own state matter, and last who presents it: nobody is served a session that is not for them.
pub fn judge(presented: &Presented<'_>, policy: &Policy, moment: Moment) -> Verdict {
    match presented.standing {
        None => without_row(presented, policy, moment.now),
        Some(standing) => withheld(of_row(standing, policy, moment), standing.meta, policy, moment),
    }
}

fn of_row(standing: Standing<'_>, policy: &Policy, moment: Moment) -> Verdict {
    if let Some(ended) = standing.ended {
        return after_the_end(ended, moment.now);
    }
    if let Some(denial) = expired(standing.meta, policy, moment) {
        return Verdict::Denied(denial);
    }
    if let Some(verdict) = superseded_by_rotate(standing, policy, moment) {
        return verdict;
    }
    if let Some(frozen) = standing.meta.frozen {
        return superseded_by_elevate(standing, frozen, policy, moment);
    }
    match standing.pointer {
        None => current(standing.meta, policy, moment),
        Some(PointerState::Pending { .. }) => Verdict::Promote,
        Some(PointerState::Superseded { .. }) => Verdict::Alias,
    }
}

/// The verdict, unless it would hand the session to a stranger whom the policy denies, or carry an ID across schemes. From https nothing goes to
/// http. From http a client gets on by a new ID; a request that cannot have one sees nothing and leaves the client's cookie to one that can. What an
/// elevation has frozen is shown, for the requests that race with the one that upgrades.
fn withheld(verdict: Verdict, meta: &Meta, policy: &Policy, moment: Moment) -> Verdict {
    use Verdict::{Alias, Current, Denied, Ghost, Promote, Snapshot};
    match (verdict, meta.scheme, moment.scheme) {
        (Verdict::Unstored | Verdict::Unknown | Ghost(_) | Denied(_), ..) => verdict,
        _ if moment.stranger && policy.client_change == ClientChange::Deny => Denied(Denial::Stranger),
        (_, Some(Scheme::Https), Some(Scheme::Http)) => Denied(Denial::Scheme),
        (Current(_) | Promote, Some(Scheme::Http), Some(Scheme::Https)) if moment.can_rotate => Current(Step::Upgrade),
        (Current(_) | Promote | Alias, Some(Scheme::Http), Some(Scheme::Https)) => Ghost(Denial::Scheme),
        (Current(_) | Promote | Alias | Snapshot, ..) => verdict,
    }
}

fn without_row(presented: &Presented<'_>, policy: &Policy, now: Time) -> Verdict {
    // Minutes are all that an ID tells of its age; five of them are forgiven to a clock that is behind.
    let from_the_future = presented.minted.since(now) > Duration::from_secs(300);
    let young = now.since(presented.minted) < policy.idle;
    if presented.class == Class::Anonymous && young && !from_the_future { Verdict::Unstored } else { Verdict::Unknown }
}

fn after_the_end(ended: Ended, now: Time) -> Verdict {
    match ended.reason {
        // Requests in flight must not overwrite the cookie of a new log-in; but a client that could not be told to drop its
        // cookie would be stuck with a session that forgets everything.
        EndReason::Logout if ended.cookie_cleared && now.since(ended.at) < GHOST => Verdict::Ghost(Denial::LoggedOut),
        EndReason::Logout => Verdict::Denied(Denial::LoggedOut),
        EndReason::Revoked | EndReason::Obsolete => Verdict::Denied(Denial::Revoked),
        EndReason::Quarantined => Verdict::Denied(Denial::Broken),
    }
}

fn expired(meta: &Meta, policy: &Policy, Moment { now, latest, .. }: Moment) -> Option<Denial> {
    // A record from the future was written by a clock that was ahead. Waiting until now gets there would extend its life; a clock that
    // was wrong by hours is forgiven, because the next use stamps the record anew ([`Meta::use_at`]).
    let from_the_future = meta.last_seen.max(meta.created).since(latest) > FORGIVEN;
    if now.since(meta.created) >= policy.absolute || from_the_future {
        return Some(Denial::Absolute);
    }
    // A frozen record is no longer used; what became of it counts from the elevation.
    if meta.frozen.is_none() && now.since(meta.last_seen) >= policy.idle {
        return Some(Denial::Idle);
    }
    None
}

fn superseded_by_rotate(standing: Standing<'_>, policy: &Policy, moment: Moment) -> Option<Verdict> {
    match standing.pointer? {
        PointerState::Superseded { confirmed } if moment.now.since(confirmed) >= policy.grace => {
            Some(too_late(confirmed, standing.meta.unbound, policy, moment))
        }
        // A sibling of an earlier rotation: a later one has been confirmed since, so the client has moved on.
        PointerState::Pending { round } if round < standing.meta.round => Some(Verdict::Denied(Denial::LostCookie)),
        _ => None,
    }
}

fn superseded_by_elevate(standing: Standing<'_>, frozen: Frozen, policy: &Policy, moment: Moment) -> Verdict {
    if moment.now.since(frozen.at) < policy.grace {
        return Verdict::Snapshot;
    }
    match (standing.pointer, frozen.confirmed) {
        // Never presented by anybody: that it comes late, and over a newer one in the jar, is no sign of theft.
        (Some(PointerState::Pending { .. }), _) | (_, None) => Verdict::Denied(Denial::LostCookie),
        (_, Some(_)) => too_late(frozen.at, standing.meta.unbound, policy, moment),
    }
}

/// A superseded and confirmed ID after its grace: a request that took long on its way, until it is too late even for that, or comes from
/// somebody else altogether.
fn too_late(since: Time, unbound: Option<Unbound>, policy: &Policy, moment: Moment) -> Verdict {
    let late = moment.now.since(since) >= policy.alarm_after;
    // The alarm has been raised, and what this ID could reach has been taken away: who has it cannot do that again and again.
    if unbound.is_some_and(|unbound| unbound.at > since) {
        return if late { Verdict::Denied(Denial::Revoked) } else { Verdict::Ghost(Denial::Superseded) };
    }
    match (late || (moment.stranger && moment.steady), moment.steady) {
        (true, true) => Verdict::Denied(Denial::Obsolete),
        // A client that is left with this ID by a clock that has jumped would be stuck with a session that forgets everything.
        (true, false) => Verdict::Denied(Denial::Superseded),
        (false, _) => Verdict::Ghost(Denial::Superseded),
    }
}

fn current(meta: &Meta, policy: &Policy, moment: Moment) -> Verdict {
    if let Some(pending) = meta.pending {
        return unconfirmed(meta, pending, policy, moment);
    }
    let due = moment.now.since(meta.minted) >= policy.rotate || is_doubted(meta, policy, moment);
    let due = due && !policy.rotate.is_zero();
    // What an alarm has left behind is a change of privilege: the ID from before goes.
    let due = due || meta.unbound.is_some_and(|unbound| unbound.at > meta.minted);
    Verdict::Current(if due && moment.can_rotate { Step::Rotate } else { Step::Serve })
}

/// Whether the ID may be in other hands, and has not been replaced since (R73). Two clients that both go on with it are found out the sooner.
fn is_doubted(meta: &Meta, policy: &Policy, moment: Moment) -> bool {
    match meta.step_up {
        Some(step_up) => !step_up.is_renewed,
        None => moment.stranger && policy.client_change == ClientChange::StepUp,
    }
}

/// A current ID whose successors have been sent and not been seen. After the last one the client gets a rotate interval *of use* to pick
/// one up: the time to its latest use, so that who closed the laptop while the cookie was under way is not logged out.
fn unconfirmed(meta: &Meta, pending: Pending, policy: &Policy, moment: Moment) -> Verdict {
    let window = policy.rotate.max(policy.grace);
    if pending.siblings >= MAX_SIBLINGS && meta.last_seen.since(pending.latest) >= window {
        return Verdict::Denied(Denial::LostCookie);
    }
    let again =
        moment.can_rotate && pending.siblings < MAX_SIBLINGS && moment.now.since(pending.latest) >= REMINT_EVERY;
    Verdict::Current(if again { Step::Remint } else { Step::Serve })
}

/// The latest generation of its family that ends with a record, by log-out or by the alarm. What was elevated from an anonymous record, perhaps
/// meanwhile, goes on: whoever planted an ID could sign the user out at will. A user's record takes everything with it that came of the log-in.
pub fn reach(meta: &Meta) -> u32 {
    if meta.binding.is_some() { u32::MAX } else { meta.generation }
}

/// When a live record's row may go: when it is denied anyway, and every ID that led to it is too old to pass as one that was
/// never stored (R35).
pub fn delete_after(meta: &Meta, policy: &Policy) -> Time {
    let idle = meta.last_seen.after(policy.idle);
    let absolute = meta.created.after(policy.absolute).after(policy.idle);
    idle.min(absolute)
}

/// When the row of an ended or superseded record may go: as long as an absolute timeout it must be recognised as ended (R35).
pub fn tombstone_until(at: Time, policy: &Policy) -> Time {
    at.after(policy.absolute.max(policy.idle))
}
