//! What every store must keep of remembered devices.

use std::sync::Arc;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{ALICE, BOB, NOW, New, Rule, at, create, ending, ending_of, later, new};
use crate::clock::Time;
use crate::id::{Family, Handle, Tag};
use crate::record::EndReason;
use crate::store::evidence::{Alarm, Fate};
use crate::store::{DeviceRow, Except, MAX_DEVICES, NewDevice, Store, Whom, Whose, Written};

pub(super) const RULES: &[(&str, Rule)] = &[
    ("a created device is found whole", a_created_device_is_found_whole),
    ("a token is used once: of many writers of a version one wins", of_many_writers_of_a_version_one_wins),
    ("devices end by name and by user", devices_end_by_name_and_by_user),
    ("an ending of a subject forgets their devices", an_ending_of_a_subject_forgets_their_devices),
    (
        "an alarm forgets the devices of whom it ends or unbinds",
        an_alarm_forgets_the_devices_of_whom_it_ends_or_unbinds,
    ),
    ("an ending of all forgets every device", an_ending_of_all_forgets_every_device),
    ("a user has so many devices and no more", a_user_has_so_many_devices_and_no_more),
    ("a sweep takes the devices that are over", a_sweep_takes_the_devices_that_are_over),
];

fn name(n: u8) -> Handle {
    Handle([n; 16])
}

fn device(subject: Tag, n: u8) -> NewDevice<'static> {
    NewDevice { name: name(n), subject, sealed: b"sealed", delete: later(1000) }
}

fn names(store: &Arc<dyn Store>, subject: Tag) -> Vec<u8> {
    let mut names: Vec<u8> = store.list_devices(&subject).unwrap().into_iter().map(|row| row.name.0[0]).collect();
    names.sort_unstable();
    names
}

fn have(store: &Arc<dyn Store>, devices: &[(Tag, u8)]) {
    for (subject, n) in devices {
        assert!(store.create_device(&device(*subject, *n)).unwrap());
    }
}

fn a_created_device_is_found_whole(store: &Arc<dyn Store>) {
    assert_eq!(store.load_device(&name(1)).unwrap(), None);
    have(store, &[(ALICE, 1)]);
    let whole = DeviceRow { name: name(1), version: 1, sealed: b"sealed".to_vec() };
    assert_eq!(store.load_device(&name(1)).unwrap(), Some(whole.clone()));
    assert_eq!(store.list_devices(&ALICE).unwrap(), std::slice::from_ref(&whole));
    assert!(!store.create_device(&NewDevice { sealed: b"other", ..device(BOB, 1) }).unwrap(), "the name is taken");
    assert_eq!(store.load_device(&name(1)).unwrap(), Some(whole));
    assert_eq!(names(store, BOB), []);
}

fn of_many_writers_of_a_version_one_wins(store: &Arc<dyn Store>) {
    assert_eq!(store.save_device(&name(1), 1, b"x").unwrap(), Written::Lost, "nothing is written where nothing is");
    have(store, &[(ALICE, 1)]);
    let (barrier, done) = (Barrier::new(8), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for n in 0..8u8 {
            let (barrier, done) = (&barrier, &done);
            scope.spawn(move || {
                barrier.wait();
                if store.save_device(&name(1), 1, &[n]).unwrap() == Written::Done(2) {
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!((done.load(Ordering::SeqCst), store.load_device(&name(1)).unwrap().unwrap().version), (1, 2));
    assert_eq!(store.save_device(&name(1), 2, b"next").unwrap(), Written::Done(3));
    assert_eq!(store.load_device(&name(1)).unwrap().unwrap().sealed, b"next");
}

fn devices_end_by_name_and_by_user(store: &Arc<dyn Store>) {
    have(store, &[(ALICE, 1), (ALICE, 2), (ALICE, 3), (BOB, 4)]);
    assert_eq!(store.end_devices(&Whose::One(name(2))).unwrap(), 1);
    assert_eq!(store.end_devices(&Whose::One(name(2))).unwrap(), 0);
    assert_eq!(store.save_device(&name(2), 1, b"late").unwrap(), Written::Lost, "a late writer brings nothing back");
    assert_eq!((names(store, ALICE), names(store, BOB)), (vec![1, 3], vec![4]));
    assert_eq!(store.end_devices(&Whose::Subject(ALICE)).unwrap(), 2);
    assert_eq!((names(store, ALICE), names(store, BOB)), (vec![], vec![4]));
}

fn an_ending_of_a_subject_forgets_their_devices(store: &Arc<dyn Store>) {
    create(store, &New { subject: Some(ALICE), family: Family([1; 16]), ..new(1) });
    have(store, &[(ALICE, 1), (ALICE, 2), (BOB, 3)]);
    let ended = ending(1, 0, EndReason::Revoked).ended;
    let except = Some(Except { family: Family([1; 16]), device: Some(name(1)) });
    assert_eq!(store.end(&ending_of(Whom::Subject { subject: ALICE, except }, ended)).unwrap(), 0);
    assert_eq!((names(store, ALICE), names(store, BOB)), (vec![1], vec![3]));
    assert_eq!(store.end(&ending_of(Whom::Subject { subject: ALICE, except: None }, ended)).unwrap(), 1);
    assert_eq!((names(store, ALICE), names(store, BOB)), (vec![], vec![3]));
    // Of a family nothing is said about devices.
    let whom = Whom::Family { family: Family([1; 16]), at: at(1), up_to_generation: 9 };
    store.end(&ending_of(whom, ended)).unwrap();
    assert_eq!(names(store, BOB), [3]);
}

fn an_alarm_forgets_the_devices_of_whom_it_ends_or_unbinds(store: &Arc<dyn Store>) {
    create(store, &New { family: Family([2; 16]), ..new(2) });
    let ended = ending(1, 0, EndReason::Obsolete).ended;
    let raise = |whom, fate| store.raise(&Alarm { ending: ending_of(whom, ended), fate, evidence: None }).unwrap();
    for fate in [Fate::End, Fate::Unbind] {
        have(store, &[(ALICE, 1), (ALICE, 2), (BOB, 3)]);
        let family = Whom::Family { family: Family([2; 16]), at: at(2), up_to_generation: 0 };
        raise(family, Fate::GoOn);
        raise(Whom::Subject { subject: ALICE, except: None }, Fate::GoOn);
        raise(family, fate);
        assert_eq!((names(store, ALICE), names(store, BOB)), (vec![1, 2], vec![3]), "{fate:?}");
        raise(
            Whom::Subject { subject: ALICE, except: Some(Except { family: Family([1; 16]), device: Some(name(1)) }) },
            fate,
        );
        assert_eq!((names(store, ALICE), names(store, BOB)), (vec![1], vec![3]), "{fate:?}");
        // With or without a session that it could reach.
        raise(Whom::Subject { subject: ALICE, except: None }, fate);
        assert_eq!((names(store, ALICE), names(store, BOB)), (vec![], vec![3]), "{fate:?}");
        raise(Whom::All, fate);
        assert_eq!(names(store, BOB), [], "{fate:?}");
    }
}

fn an_ending_of_all_forgets_every_device(store: &Arc<dyn Store>) {
    have(store, &[(ALICE, 1), (BOB, 2)]);
    assert_eq!(store.end(&ending_of(Whom::All, ending(1, 0, EndReason::Revoked).ended)).unwrap(), 0);
    assert_eq!((names(store, ALICE), names(store, BOB)), (vec![], vec![]));
}

fn a_user_has_so_many_devices_and_no_more(store: &Arc<dyn Store>) {
    have(store, &[(BOB, 200)]);
    let most = u8::try_from(MAX_DEVICES).unwrap();
    for n in 1..=most {
        let delete = later(if n == 7 { 1 } else { 1000 });
        assert!(store.create_device(&NewDevice { delete, ..device(ALICE, n) }).unwrap());
    }
    assert_eq!(names(store, ALICE).len(), MAX_DEVICES);
    // One that is over sooner than any other is there all the same.
    assert!(store.create_device(&NewDevice { delete: Time::from_millis(0), ..device(ALICE, 100) }).unwrap());
    let left = names(store, ALICE);
    assert!(left.len() == MAX_DEVICES && left.contains(&100) && !left.contains(&7), "{left:?}");
    assert_eq!(names(store, BOB), [200]);
}

fn a_sweep_takes_the_devices_that_are_over(store: &Arc<dyn Store>) {
    for n in 1..=5 {
        assert!(store.create_device(&NewDevice { delete: later(u64::from(n) * 10), ..device(ALICE, n) }).unwrap());
    }
    assert_eq!(store.sweep_devices(NOW, 100).unwrap(), 0);
    assert_eq!(store.sweep_devices(later(30), 2).unwrap(), 2, "no more than its limit");
    assert_eq!(store.sweep_devices(later(30), 2).unwrap(), 1);
    assert_eq!(names(store, ALICE), [4, 5]);
}
