//! What a genuine token logs in: one pure function.
//!
//! A token is good once. Its first use makes a successor, and the first sight of a successor proves that it has arrived. Until then the response
//! may have been lost, so the token is good again; from then on whoever presents the old one is not who presented the new one, and that is theft,
//! except for requests that were on their way together. No I/O, no clock, no keys; carrying the verdict out is [`crate::session`]'s work.

use std::time::Duration;

use crate::client::Client;
use crate::clock::Time;
use crate::device::{Device, Used};
use crate::policy::Policy;
use crate::token::Digest;

/// How long after its use a token still logs in requests that were on their way together: a browser that starts sends several. Each for itself only
/// and without a cookie.
pub const PARALLEL: Duration = Duration::from_secs(30);
/// Unseen successors of one token. More than one response is lost only where none arrives.
pub const MAX_SIBLINGS: usize = 3;
/// Used tokens that are remembered. A browser uses a token when it starts, and does not start this often in [`PARALLEL`].
pub const MAX_USED: usize = 8;
/// How a session that a token has logged in says that it was: no proof of anything (R100, C14).
pub const METHOD: &str = "remember";

/// The moment of judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When the request arrived.
    pub now: Time,
    /// Whether the wall clock can be trusted: nobody is accused by one that has just jumped (A26).
    pub steady: bool,
    /// Whether the client seems to be another one than the one that used the device last ([`crate::signals::is_stranger`]).
    pub stranger: bool,
}

/// What a genuine token of a device is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// A log-in, and a successor: [`renew`].
    LogIn,
    /// A log-in for this request only, and no cookie: another request was faster.
    ThisRequest,
    /// The device's time is over.
    Expired,
    /// Two parties have the device's tokens: neither is to be told from the other.
    Reused,
    /// As [`Verdict::Reused`], by a clock that accuses nobody: refused, and nothing else.
    Doubtful,
}

/// When the device is over: what was said when it was made, unless the policy has become stricter. No use moves it (R54).
pub fn limit(device: &Device, policy: &Policy) -> Time {
    device.ends.min(device.created.after(policy.autologin))
}

/// Decides what a genuine token of `device` is worth. The order is the argument: what is over logs nobody in, and what nobody has presented before
/// accuses nobody.
pub fn judge(device: &Device, presented: &Digest, policy: &Policy, moment: Moment) -> Verdict {
    if moment.now >= limit(device, policy) {
        return Verdict::Expired;
    }
    if device.pending.contains(presented) {
        return Verdict::LogIn;
    }
    let accused = if moment.steady { Verdict::Reused } else { Verdict::Doubtful };
    let Some(place) = device.used.iter().rposition(|used| used.digest == *presented) else {
        return accused;
    };
    let is_latest = place + 1 == device.used.len();
    match moment.now.since(device.used[place].at) < PARALLEL {
        _ if moment.stranger => accused,
        true => Verdict::ThisRequest,
        false if is_latest => Verdict::LogIn,
        false => accused,
    }
}

/// What [`Verdict::LogIn`] makes of a device: `presented` is used, `successor` is pending.
pub fn renew(device: &mut Device, presented: Digest, successor: Digest, now: Time, client: Client) {
    if device.pending.contains(&presented) {
        device.used.retain(|used| now.since(used.at) < PARALLEL);
        let surplus = (device.used.len() + 1).saturating_sub(MAX_USED);
        device.used.drain(..surplus);
        device.used.push(Used { digest: presented, at: now });
        // The client has this one, so what was sent beside it is nobody's, or a thief's.
        device.pending.clear();
    } else if let Some(latest) = device.used.last_mut() {
        latest.at = now;
        let surplus = (device.pending.len() + 1).saturating_sub(MAX_SIBLINGS);
        device.pending.drain(..surplus);
    }
    device.pending.push(successor);
    device.last_used = now;
    device.client = client;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Handle;

    const START: Time = Time::from_secs(1_800_000_000);

    fn token(n: u8) -> Digest {
        Digest([n; 32])
    }

    fn at(seconds: u64) -> Moment {
        Moment { now: START.after(Duration::from_secs(seconds)), steady: true, stranger: false }
    }

    /// Tokens by number: `used` with the second of their use, and those pending.
    fn device(used: &[(u8, u64)], pending: &[u8]) -> Device {
        Device {
            name: Handle([1; 16]),
            user: b"alice"[..].into(),
            created: START,
            ends: START.after(Policy::default().autologin),
            last_used: START,
            client: Client::default(),
            used: used.iter().map(|(n, second)| Used { digest: token(*n), at: at(*second).now }).collect(),
            pending: pending.iter().map(|n| token(*n)).collect(),
        }
    }

    fn verdict(device: &Device, n: u8, moment: Moment) -> Verdict {
        judge(device, &token(n), &Policy::default(), moment)
    }

    #[test]
    fn r58_r59_a_token_logs_in_once_and_then_only_what_came_with_it() {
        assert_eq!(verdict(&device(&[], &[1]), 1, at(9)), Verdict::LogIn);
        let used = device(&[(1, 10)], &[2]);
        assert_eq!(verdict(&used, 1, at(39)), Verdict::ThisRequest);
        assert_eq!(verdict(&used, 2, at(11)), Verdict::LogIn);
    }

    #[test]
    fn a_token_whose_successor_never_arrived_is_good_again() {
        let used = device(&[(1, 10)], &[2]);
        assert_eq!(verdict(&used, 1, at(40)), Verdict::LogIn);
        assert_eq!(verdict(&used, 1, at(86_400)), Verdict::LogIn);
    }

    #[test]
    fn r59_a15_a_token_whose_successor_was_seen_is_theft() {
        let confirmed = device(&[(1, 10), (2, 20)], &[3]);
        assert_eq!(verdict(&confirmed, 1, at(39)), Verdict::ThisRequest);
        assert_eq!(verdict(&confirmed, 1, at(40)), Verdict::Reused);
        assert_eq!(verdict(&confirmed, 9, at(21)), Verdict::Reused, "one that is too old to be remembered");
    }

    #[test]
    fn a_stranger_with_a_used_token_is_theft_at_once() {
        let used = device(&[(1, 10)], &[2]);
        let stranger = |second| Moment { stranger: true, ..at(second) };
        assert_eq!(verdict(&used, 1, stranger(11)), Verdict::Reused);
        assert_eq!(verdict(&used, 1, stranger(99)), Verdict::Reused);
        assert_eq!(
            verdict(&used, 2, stranger(11)),
            Verdict::LogIn,
            "who has moved and changed the browser has the newest one"
        );
    }

    #[test]
    fn a26_a_clock_that_has_jumped_accuses_nobody() {
        let moment = Moment { steady: false, ..at(99) };
        assert_eq!(verdict(&device(&[(1, 10), (2, 20)], &[3]), 1, moment), Verdict::Doubtful);
    }

    #[test]
    fn r54_the_limit_is_absolute_and_a_stricter_policy_acts_at_once() {
        let policy = Policy::default();
        let mut device = device(&[], &[1]);
        let last = Moment { now: device.ends.before(Duration::from_millis(1)), ..at(0) };
        assert_eq!(verdict(&device, 1, last), Verdict::LogIn);
        renew(&mut device, token(1), token(2), last.now, Client::default());
        assert_eq!(verdict(&device, 2, Moment { now: device.ends, ..at(0) }), Verdict::Expired);
        let strict = Policy { autologin: Duration::from_secs(60), ..policy.clone() };
        assert_eq!(limit(&device, &strict), START.after(Duration::from_secs(60)));
        let lax = Policy { autologin: policy.autologin * 2, ..policy };
        assert_eq!(limit(&device, &lax), device.ends);
    }

    #[test]
    fn renewing_remembers_what_can_still_be_on_its_way() {
        let mut device = device(&[], &[1]);
        renew(&mut device, token(1), token(2), at(0).now, Client::default());
        assert_eq!(device, self::device(&[(1, 0)], &[2]));
        renew(&mut device, token(2), token(3), at(29).now, Client::default());
        assert_eq!((device.used.len(), &device.pending), (2, &vec![token(3)]));
        renew(&mut device, token(3), token(4), at(59).now, Client::default());
        assert_eq!(device.used, [Used { digest: token(3), at: at(59).now }], "nothing that old is on its way");
        for n in 5..20 {
            renew(&mut device, token(3), token(n), at(60).now, Client::default());
        }
        assert_eq!(device.pending, [17, 18, 19].map(token));
        for n in 20..60 {
            renew(&mut device, token(n - 1), token(n), at(61).now, Client::default());
        }
        assert_eq!(device.used.len(), MAX_USED);
    }
}
