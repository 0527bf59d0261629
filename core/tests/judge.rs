//! Every arm of `judge`, at its boundaries.

// Tests say what they expect by unwrapping it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use proptest::prelude::*;
use sidereal_core::client::{Client, Scheme, Signals};
use sidereal_core::clock::Time;
use sidereal_core::id::{Class, Family, Handle, Locator, Prefix, Tag};
use sidereal_core::lifecycle::{
    Denial, Moment, Presented, Standing, Step, Verdict, delete_after, judge, tombstone_until,
};
use sidereal_core::policy::{ClientChange, GHOST, MAX_SIBLINGS, Policy, Profile, REMINT_EVERY};
use sidereal_core::record::{CsrfMemory, EndReason, Ended, Frozen, Meta, Pending, PointerState, StepUp};

const MS: Duration = Duration::from_millis(1);
const START: Time = Time::from_secs(1_800_000_000);

fn policy() -> Policy {
    Policy::of(Profile::Standard)
}

/// A record that began, was last seen and got its ID at `START`.
fn meta() -> Meta {
    Meta {
        handle: Handle([1; 16]),
        family: Family([2; 16]),
        tag: Tag([3; 16]),
        prefix: Prefix::default(),
        generation: 0,
        round: 1,
        created: START,
        last_seen: START,
        minted: START,
        pending: None,
        frozen: None,
        predecessor: None,
        binding: None,
        unbound: None,
        csrf: CsrfMemory::default(),
        client: Client::UNKNOWN,
        noticed: Signals::NONE,
        step_up: None,
        scheme: None,
        payload_number: 1,
        serializer: "php".into(),
    }
}

fn moment(now: Time) -> Moment {
    Moment { now, latest: now, steady: true, can_rotate: true, stranger: false, scheme: None }
}

/// The verdict on a row `after` the start.
fn row(meta: &Meta, pointer: Option<PointerState>, after: Duration) -> Verdict {
    let standing = Some(Standing { pointer, ended: None, meta });
    judge(&Presented { class: Class::User, minted: START, standing }, &policy(), moment(START.after(after)))
}

/// The verdict on an ID without a row, `after` it was minted.
fn no_row(class: Class, after: Duration) -> Verdict {
    judge(&Presented { class, minted: START, standing: None }, &policy(), moment(START.after(after)))
}

/// Used by somebody `ago` before each look, so that idleness does not interfere.
fn busy(now: Duration, spoil: impl FnOnce(&mut Meta)) -> Meta {
    let mut meta = Meta { last_seen: START.after(now), ..meta() };
    spoil(&mut meta);
    meta
}

#[test]
fn an_id_without_a_row_is_unstored_while_it_is_young_and_anonymous() {
    assert_eq!(no_row(Class::Anonymous, Duration::ZERO), Verdict::Unstored);
    assert_eq!(no_row(Class::Anonymous, policy().idle - MS), Verdict::Unstored);
    assert_eq!(no_row(Class::Anonymous, policy().idle), Verdict::Unknown);
    assert_eq!(no_row(Class::User, Duration::ZERO), Verdict::Unknown);
}

#[test]
fn an_id_from_the_future_is_unknown_beyond_five_minutes_of_skew() {
    for (skew, verdict) in [(300, Verdict::Unstored), (301, Verdict::Unknown)] {
        let presented = Presented { class: Class::Anonymous, minted: START, standing: None };
        assert_eq!(judge(&presented, &policy(), moment(START.before(Duration::from_secs(skew)))), verdict);
    }
}

#[test]
fn what_has_ended_stays_ended() {
    let verdict = |reason, cookie_cleared, after| {
        let meta = meta();
        let ended = Some(Ended { reason, at: START, cookie_cleared });
        let standing = Some(Standing { pointer: None, ended, meta: &meta });
        judge(&Presented { class: Class::User, minted: START, standing }, &policy(), moment(START.after(after)))
    };
    assert_eq!(verdict(EndReason::Logout, true, Duration::ZERO), Verdict::Ghost(Denial::LoggedOut));
    assert_eq!(verdict(EndReason::Logout, true, GHOST - MS), Verdict::Ghost(Denial::LoggedOut));
    assert_eq!(verdict(EndReason::Logout, true, GHOST), Verdict::Denied(Denial::LoggedOut));
    assert_eq!(verdict(EndReason::Logout, false, Duration::ZERO), Verdict::Denied(Denial::LoggedOut));
    assert_eq!(verdict(EndReason::Revoked, true, Duration::ZERO), Verdict::Denied(Denial::Revoked));
    assert_eq!(verdict(EndReason::Obsolete, true, Duration::ZERO), Verdict::Denied(Denial::Revoked));
    assert_eq!(verdict(EndReason::Quarantined, true, Duration::ZERO), Verdict::Denied(Denial::Broken));
}

#[test]
fn idle_and_absolute_end_a_session_to_the_millisecond() {
    assert_eq!(row(&meta(), None, policy().idle - MS), Verdict::Current(Step::Rotate));
    assert_eq!(row(&meta(), None, policy().idle), Verdict::Denied(Denial::Idle));
    let late = policy().absolute - MS;
    assert_eq!(row(&busy(late, |_| ()), None, late), Verdict::Current(Step::Rotate));
    assert_eq!(row(&busy(policy().absolute, |_| ()), None, policy().absolute), Verdict::Denied(Denial::Absolute));
}

#[test]
fn expiry_is_judged_before_anything_else() {
    let superseded = Some(PointerState::Superseded { confirmed: START });
    assert_eq!(row(&meta(), superseded, policy().idle), Verdict::Denied(Denial::Idle));
    let frozen = busy(policy().absolute, |meta| meta.frozen = Some(Frozen { at: START, confirmed: Some(START) }));
    assert_eq!(row(&frozen, None, policy().absolute), Verdict::Denied(Denial::Absolute));
}

#[test]
fn a_record_from_the_future_is_denied_beyond_a_day() {
    let day = Duration::from_secs(86_400);
    let ahead = |by: Duration| Meta { last_seen: START.after(by), created: START.after(by), ..meta() };
    assert_eq!(row(&ahead(day), None, Duration::ZERO), Verdict::Current(Step::Serve));
    assert_eq!(row(&ahead(day + MS), None, Duration::ZERO), Verdict::Denied(Denial::Absolute));
}

#[test]
fn rotation_is_due_after_the_interval_where_a_cookie_can_be_sent() {
    let due = policy().rotate;
    assert_eq!(row(&meta(), None, due - MS), Verdict::Current(Step::Serve));
    assert_eq!(row(&meta(), None, due), Verdict::Current(Step::Rotate));
    let meta = meta();
    let standing = Some(Standing { pointer: None, ended: None, meta: &meta });
    let presented = Presented { class: Class::User, minted: START, standing };
    let cannot = Moment { can_rotate: false, ..moment(START.after(due)) };
    assert_eq!(judge(&presented, &policy(), cannot), Verdict::Current(Step::Serve));
    let never = Policy { rotate: Duration::ZERO, ..policy() };
    assert_eq!(judge(&presented, &never, moment(START.after(due))), Verdict::Current(Step::Serve));
}

#[test]
fn an_unseen_successor_is_minted_again_three_times_fifteen_seconds_apart() {
    let waiting =
        |siblings| busy(Duration::ZERO, |meta| meta.pending = Some(Pending { since: START, latest: START, siblings }));
    assert_eq!(row(&waiting(1), None, REMINT_EVERY - MS), Verdict::Current(Step::Serve));
    assert_eq!(row(&waiting(1), None, REMINT_EVERY), Verdict::Current(Step::Remint));
    assert_eq!(row(&waiting(MAX_SIBLINGS - 1), None, REMINT_EVERY), Verdict::Current(Step::Remint));
    assert_eq!(row(&waiting(MAX_SIBLINGS), None, REMINT_EVERY), Verdict::Current(Step::Serve));
}

#[test]
fn who_never_picks_a_successor_up_is_denied_after_a_rotate_interval_of_use() {
    let window = policy().rotate;
    let used = |siblings, span| {
        let pending = Some(Pending { since: START, latest: START, siblings });
        busy(span, |meta| meta.pending = pending)
    };
    assert_eq!(row(&used(MAX_SIBLINGS, window - MS), None, window), Verdict::Current(Step::Serve));
    assert_eq!(row(&used(MAX_SIBLINGS, window), None, window), Verdict::Denied(Denial::LostCookie));
    // Idle time is no use: who comes back late gets one more.
    assert_eq!(row(&used(MAX_SIBLINGS, Duration::ZERO), None, policy().idle - MS), Verdict::Current(Step::Serve));
    assert_eq!(row(&used(MAX_SIBLINGS - 1, window), None, window), Verdict::Current(Step::Remint));
}

#[test]
fn a_successor_is_promoted_at_first_sight_unless_a_later_rotation_was_confirmed() {
    let pending = |round| Some(PointerState::Pending { round });
    for (round, verdict) in [(0, Verdict::Denied(Denial::LostCookie)), (1, Verdict::Promote), (2, Verdict::Promote)] {
        assert_eq!(row(&meta(), pending(round), Duration::ZERO), verdict, "round {round}");
    }
}

#[test]
fn a_rotated_id_is_an_alias_for_the_grace_then_a_ghost_then_an_alarm() {
    let (grace, alarm) = (policy().grace, policy().alarm_after);
    let verdict = |after| row(&busy(after, |_| ()), Some(PointerState::Superseded { confirmed: START }), after);
    assert_eq!(verdict(Duration::ZERO), Verdict::Alias);
    assert_eq!(verdict(grace - MS), Verdict::Alias);
    assert_eq!(verdict(grace), Verdict::Ghost(Denial::Superseded));
    assert_eq!(verdict(alarm - MS), Verdict::Ghost(Denial::Superseded));
    assert_eq!(verdict(alarm), Verdict::Denied(Denial::Obsolete));
}

#[test]
fn an_elevated_id_shows_its_snapshot_for_the_grace_then_a_ghost_then_an_alarm() {
    let (grace, alarm) = (policy().grace, policy().alarm_after);
    let verdict = |confirmed: Option<Time>, pointer, after| {
        row(&busy(after, |meta| meta.frozen = Some(Frozen { at: START, confirmed })), pointer, after)
    };
    assert_eq!(verdict(Some(START), None, grace - MS), Verdict::Snapshot);
    assert_eq!(verdict(None, None, grace - MS), Verdict::Snapshot);
    assert_eq!(verdict(None, None, grace), Verdict::Denied(Denial::LostCookie));
    assert_eq!(verdict(None, None, alarm), Verdict::Denied(Denial::LostCookie));
    assert_eq!(verdict(Some(START), None, grace), Verdict::Ghost(Denial::Superseded));
    assert_eq!(verdict(Some(START), None, alarm - MS), Verdict::Ghost(Denial::Superseded));
    assert_eq!(verdict(Some(START), None, alarm), Verdict::Denied(Denial::Obsolete));
    // A successor that nobody has presented accuses nobody when it comes late.
    let unseen = Some(PointerState::Pending { round: 2 });
    assert_eq!(verdict(Some(START), unseen, grace - MS), Verdict::Snapshot);
    assert_eq!(verdict(Some(START), unseen, alarm), Verdict::Denied(Denial::LostCookie));
}

#[test]
fn a_stranger_raises_the_alarm_as_soon_as_the_grace_is_over() {
    let grace = policy().grace;
    for (after, steady, expected) in [
        (grace - MS, true, Verdict::Alias),
        (grace, true, Verdict::Denied(Denial::Obsolete)),
        (grace, false, Verdict::Ghost(Denial::Superseded)),
    ] {
        let meta = busy(after, |_| ());
        let pointer = Some(PointerState::Superseded { confirmed: START });
        let presented = Presented {
            class: Class::User,
            minted: START,
            standing: Some(Standing { pointer, ended: None, meta: &meta }),
        };
        let moment = Moment { stranger: true, steady, ..moment(START.after(after)) };
        assert_eq!(judge(&presented, &policy(), moment), expected);
    }
}

#[test]
fn an_alias_of_a_frozen_record_shows_the_snapshot() {
    let alias = Some(PointerState::Superseded { confirmed: START });
    let frozen = busy(MS, |meta| meta.frozen = Some(Frozen { at: START, confirmed: None }));
    assert_eq!(row(&frozen, alias, MS), Verdict::Snapshot);
}

#[test]
fn a_clock_that_has_jumped_raises_no_alarm() {
    let after = policy().alarm_after;
    let meta = busy(after, |_| ());
    let standing =
        Some(Standing { pointer: Some(PointerState::Superseded { confirmed: START }), ended: None, meta: &meta });
    let presented = Presented { class: Class::User, minted: START, standing };
    let unsteady = Moment { steady: false, ..moment(START.after(after)) };
    assert_eq!(judge(&presented, &policy(), unsteady), Verdict::Denied(Denial::Superseded));
}

#[test]
fn a_row_stays_until_none_of_its_ids_can_pass_as_never_stored() {
    let policy = policy();
    assert_eq!(delete_after(&meta(), &policy), START.after(policy.idle));
    let old = busy(policy.absolute, |_| ());
    assert_eq!(delete_after(&old, &policy), START.after(policy.absolute + policy.idle));
    assert_eq!(tombstone_until(START, &policy), START.after(policy.absolute));
}

proptest! {
    #[test]
    fn no_time_makes_judge_panic_or_serve_what_has_expired(
        now: i64, latest: i64, created: i64, last_seen: i64, minted: i64, since: i64, siblings: u8, round: u32, kind in 0..4u8,
    ) {
        let time = Time::from_millis;
        let mut meta = Meta { created: time(created), last_seen: time(last_seen), minted: time(minted), round, ..meta() };
        let pointer = match kind {
            0 => None,
            1 => Some(PointerState::Pending { round: round.wrapping_add(1) }),
            2 => Some(PointerState::Superseded { confirmed: time(since) }),
            _ => { meta.frozen = Some(Frozen { at: time(since), confirmed: Some(time(since)) }); None }
        };
        if siblings > 0 {
            meta.pending = Some(Pending { since: time(since), latest: time(since), siblings });
        }
        let standing = Some(Standing { pointer, ended: None, meta: &meta });
        let moment = Moment { now: time(now), latest: time(latest), steady: true, can_rotate: true, stranger: false, scheme: None };
        let verdict = judge(&Presented { class: Class::User, minted: time(minted), standing }, &policy(), moment);
        if time(now).since(time(created)) >= policy().absolute {
            prop_assert!(matches!(verdict, Verdict::Denied(_)));
        }
    }
}

#[test]
fn a_locator_is_no_part_of_the_judgement() {
    // What was elevated from a record knows it by its locator; that does not change what its own ID opens.
    let meta = Meta { predecessor: Some(Locator([9; 16])), ..meta() };
    assert_eq!(row(&meta, None, Duration::ZERO), Verdict::Current(Step::Serve));
}

/// What the current ID of a record that came by `kept` opens when it comes by `now`.
fn by(kept: Scheme, now: Scheme, pointer: Option<PointerState>, change: impl FnOnce(&mut Moment)) -> Verdict {
    let meta = busy(MS, |meta| meta.scheme = Some(kept));
    let standing = Some(Standing { pointer, ended: None, meta: &meta });
    let mut moment = Moment { scheme: Some(now), ..moment(START.after(MS)) };
    change(&mut moment);
    judge(&Presented { class: Class::User, minted: START, standing }, &policy(), moment)
}

#[test]
fn r66_an_id_never_crosses_from_one_scheme_to_the_other() {
    use Scheme::{Http, Https};
    let alias = Some(PointerState::Superseded { confirmed: START });
    let pending = Some(PointerState::Pending { round: 1 });
    for (pointer, up, late) in [
        (None, Verdict::Current(Step::Upgrade), Verdict::Ghost(Denial::Scheme)),
        (pending, Verdict::Current(Step::Upgrade), Verdict::Ghost(Denial::Scheme)),
        (alias, Verdict::Ghost(Denial::Scheme), Verdict::Ghost(Denial::Scheme)),
    ] {
        assert_eq!(by(Https, Http, pointer, |_| ()), Verdict::Denied(Denial::Scheme));
        assert_eq!(by(Http, Https, pointer, |_| ()), if pointer == alias { late } else { up });
        assert_eq!(by(Http, Https, pointer, |moment| moment.can_rotate = false), late);
        for same in [Http, Https] {
            let as_ever = by(same, same, pointer, |_| ());
            assert_eq!(by(same, same, pointer, |moment| moment.scheme = None), as_ever);
            assert!(!matches!(as_ever, Verdict::Denied(_) | Verdict::Ghost(_)));
        }
    }
}

#[test]
fn r66_what_an_elevation_froze_is_shown_upwards_only() {
    for (kept, now, expected) in [
        (Scheme::Http, Scheme::Https, Verdict::Snapshot),
        (Scheme::Https, Scheme::Http, Verdict::Denied(Denial::Scheme)),
    ] {
        let meta = busy(MS, |meta| {
            meta.scheme = Some(kept);
            meta.frozen = Some(Frozen { at: START, confirmed: None });
        });
        let standing = Some(Standing { pointer: None, ended: None, meta: &meta });
        let moment = Moment { scheme: Some(now), ..moment(START.after(MS)) };
        assert_eq!(judge(&Presented { class: Class::User, minted: START, standing }, &policy(), moment), expected);
    }
}

#[test]
fn r66_neither_an_end_nor_an_alarm_is_hidden_by_the_scheme() {
    let alarm = policy().alarm_after;
    let meta = busy(alarm, |meta| meta.scheme = Some(Scheme::Https));
    let alias = Some(PointerState::Superseded { confirmed: START });
    let moment = Moment { scheme: Some(Scheme::Http), stranger: true, ..moment(START.after(alarm)) };
    for (pointer, ended, expected) in [
        (alias, None, Denial::Obsolete),
        (None, Some(Ended { reason: EndReason::Revoked, at: START, cookie_cleared: false }), Denial::Revoked),
    ] {
        let standing = Some(Standing { pointer, ended, meta: &meta });
        let presented = Presented { class: Class::User, minted: START, standing };
        assert_eq!(judge(&presented, &policy(), moment), Verdict::Denied(expected));
    }
}

#[test]
fn r70_r73_what_a_stranger_gets_is_policy() {
    let stranger = Moment { stranger: true, ..moment(START.after(MS)) };
    let serve = Verdict::Current(Step::Serve);
    for (client_change, expected) in [
        (ClientChange::Ignore, serve),
        (ClientChange::Event, serve),
        (ClientChange::StepUp, Verdict::Current(Step::Rotate)),
        (ClientChange::Deny, Verdict::Denied(Denial::Stranger)),
    ] {
        let policy = Policy { client_change, ..policy() };
        let meta = meta();
        let standing = Some(Standing { pointer: None, ended: None, meta: &meta });
        let presented = Presented { class: Class::User, minted: START, standing };
        assert_eq!(judge(&presented, &policy, stranger), expected);
        assert_eq!(judge(&presented, &policy, Moment { stranger: false, ..stranger }), serve);
        let off = Policy { rotate: Duration::ZERO, ..policy };
        assert_ne!(judge(&presented, &off, stranger), Verdict::Current(Step::Rotate), "rotation is off");
    }
}

#[test]
fn r73_the_id_of_a_doubted_session_is_rotated_once_at_the_next_chance() {
    let doubted = |is_renewed| meta_with(move |meta| meta.step_up = Some(StepUp { is_renewed }));
    let row = |meta: &Meta, can_rotate| {
        let standing = Some(Standing { pointer: None, ended: None, meta });
        let moment = Moment { can_rotate, stranger: true, ..moment(START.after(MS)) };
        judge(&Presented { class: Class::User, minted: START, standing }, &policy(), moment)
    };
    assert_eq!(row(&doubted(false), false), Verdict::Current(Step::Serve));
    assert_eq!(row(&doubted(false), true), Verdict::Current(Step::Rotate));
    assert_eq!(row(&doubted(true), true), Verdict::Current(Step::Serve));
}

fn meta_with(change: impl FnOnce(&mut Meta)) -> Meta {
    let mut meta = meta();
    change(&mut meta);
    meta
}
