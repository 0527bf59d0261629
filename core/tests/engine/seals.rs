//! Seals: bytes that somebody changed, swapped or cannot be read by this request give a fresh session and an event, never data, never a
//! dead request, and never the loss of the row.

use sidereal_core::engine::{Access, Request};
use sidereal_core::event::Kind;
use sidereal_core::session::Denial;
use sidereal_core::store::Found;

use crate::fixture::{MINUTE, REQUEST, World, commit, cookie, on_every_store, sid};

on_every_store! {
    a5_a_changed_payload_does_not_open,
    a5_changed_metadata_does_not_open,
    a5_a_changed_pointer_does_not_open,
    a5_two_payloads_cannot_be_swapped,
    a5_two_rows_cannot_be_swapped,
    a5_an_older_payload_does_not_open,
    a5_a_pointer_cannot_be_turned_to_another_record,
    r84_a_row_without_a_seal_is_refused,
    a34_bytes_of_another_format_are_refused,
    a34_a_row_truncated_anywhere_gives_a_fresh_session,
    a4_another_serializer_gives_a_fresh_session_and_keeps_the_row,
    a_broken_snapshot_is_not_served,
}

/// `id` is denied as broken, with one more event of `kind`, and served again once the bytes are what they were.
fn assert_refused(world: &World, id: &str, kind: Kind, tamper: impl Fn(&mut Found) + Send + 'static) {
    let before = (world.events.count(kind), world.rows(), world.sees(id));
    world.store.tamper(tamper);
    for access in [Access::Exclusive, Access::ReadOnly] {
        let session = world.try_open(Some(id), &REQUEST, access).unwrap();
        assert_eq!((session.denial(), session.payload()), (Some(Denial::Broken), &b""[..]));
        assert_ne!(sid(&session), id);
        assert_eq!(cookie(&session), Some(sid(&session)));
    }
    world.store.stop_tampering();
    assert_eq!(world.events.count(kind), before.0 + 2);
    assert_eq!((world.rows(), world.sees(id)), (before.1, before.2), "the row is kept as it was");
}

fn flip(bytes: &mut [u8], bit: usize) {
    bytes[bit / 8 % bytes.len()] ^= 1 << (bit % 8);
}

fn a5_a_changed_payload_does_not_open(world: World) {
    let id = world.begin("user");
    for bit in [0, 8, 20, 200, 260] {
        assert_refused(&world, &id, Kind::SealBroken, move |found| flip(found.row.payload.as_mut().unwrap(), bit));
    }
}

fn a5_changed_metadata_does_not_open(world: World) {
    let id = world.begin("user");
    for bit in [0, 8, 20, 500, 1000] {
        assert_refused(&world, &id, Kind::SealBroken, move |found| flip(&mut found.row.meta, bit));
    }
}

fn a5_a_changed_pointer_does_not_open(world: World) {
    let a = world.begin("user");
    world.rotate_and_confirm(&a);
    for bit in [0, 8, 20, 130, 300] {
        assert_refused(&world, &a, Kind::SealBroken, move |found| flip(found.pointer.as_mut().unwrap(), bit));
    }
}

fn a5_two_payloads_cannot_be_swapped(world: World) {
    let (alice, mallory) = (world.begin("user=alice"), world.begin("user=mallory"));
    let stolen = world.stored(&alice).unwrap().row.payload;
    assert_refused(&world, &mallory, Kind::SealBroken, move |found| found.row.payload.clone_from(&stolen));
}

fn a5_two_rows_cannot_be_swapped(world: World) {
    let (alice, mallory) = (world.begin("user=alice"), world.begin("user=mallory"));
    let stolen = world.stored(&alice).unwrap().row;
    let at = world.locate(&mallory);
    assert_refused(&world, &mallory, Kind::SealBroken, move |found| {
        found.row.meta.clone_from(&stolen.meta);
        found.row.payload.clone_from(&stolen.payload);
        found.row.at = at;
    });
}

fn a5_an_older_payload_does_not_open(world: World) {
    let id = world.begin("role=admin");
    let older = world.stored(&id).unwrap().row.payload;
    world.write(&id, "role=guest");
    assert_refused(&world, &id, Kind::SealBroken, move |found| found.row.payload.clone_from(&older));
}

/// Whoever can write the store points an ID of their own at somebody else's record.
fn a5_a_pointer_cannot_be_turned_to_another_record(world: World) {
    let alice = world.begin("user=alice");
    let mallory = world.begin("user=mallory");
    world.rotate_and_confirm(&mallory);
    let stolen = world.stored(&alice).unwrap().row;
    assert_refused(&world, &mallory, Kind::SealBroken, move |found| found.row = stolen.clone());
}

fn r84_a_row_without_a_seal_is_refused(world: World) {
    let id = world.begin("user");
    let plain = {
        let row = world.stored(&id).unwrap().row;
        let meta = sidereal_core::seal::open_meta(&world.keys(), &row.at, &row.meta).unwrap();
        sidereal_core::codec::encode_meta(&meta)
    };
    assert_refused(&world, &id, Kind::SealBroken, move |found| found.row.meta.clone_from(&plain));
    assert_refused(&world, &id, Kind::SealBroken, |found| found.row.payload = Some(b"user|s:5:\"admin\";".to_vec()));
    assert_refused(&world, &id, Kind::SealBroken, |found| found.row.meta.clear());
}

fn a34_bytes_of_another_format_are_refused(world: World) {
    let id = world.begin("user");
    for format in [0, 2, 255] {
        assert_refused(&world, &id, Kind::SealBroken, move |found| found.row.meta[0] = format);
        assert_refused(&world, &id, Kind::SealBroken, move |found| found.row.payload.as_mut().unwrap()[0] = format);
    }
}

fn a34_a_row_truncated_anywhere_gives_a_fresh_session(world: World) {
    let id = world.begin("user");
    let row = world.stored(&id).unwrap().row;
    for length in 0..row.meta.len() {
        world.store.tamper(move |found| found.row.meta.truncate(length));
        assert_eq!(world.denial(&id), Some(Denial::Broken), "metadata of {length} bytes");
    }
    for length in 0..row.payload.unwrap().len() {
        world.store.tamper(move |found| found.row.payload.as_mut().unwrap().truncate(length));
        assert_eq!(world.denial(&id), Some(Denial::Broken), "payload of {length} bytes");
    }
    world.store.stop_tampering();
    assert_eq!(world.sees(&id), b"user");
}

fn a4_another_serializer_gives_a_fresh_session_and_keeps_the_row(world: World) {
    let id = world.begin("user|s:5:\"alice\";");
    let other = Request { serializer: "php_serialize", ..REQUEST };
    for access in [Access::Exclusive, Access::ReadOnly] {
        let session = world.try_open(Some(&id), &other, access).unwrap();
        assert_eq!((session.denial(), session.payload()), (Some(Denial::Broken), &b""[..]));
    }
    assert_eq!((world.events.count(Kind::SerializerMismatch), world.events.count(Kind::SealBroken)), (2, 0));
    assert_eq!(world.sees(&id), b"user|s:5:\"alice\";");
}

fn a_broken_snapshot_is_not_served(world: World) {
    let a = world.begin("cart");
    let b = world.log_in(&a, "user");
    world.pass(MINUTE / 2);
    assert_refused(&world, &a, Kind::SealBroken, |found| flip(found.row.payload.as_mut().unwrap(), 130));
    let mut session = world.open(&b);
    commit(&mut session, "user;order");
    drop(session);
    assert_eq!(world.sees(&b), b"user;order");
}
