//! Properties that hold for any bytes: reading is total, a seal opens what was sealed and nothing else, and an ID is accepted in the one
//! spelling in which it was minted.
#![allow(clippy::unwrap_used, clippy::expect_used)] // Tests say what they expect by unwrapping it.

use std::collections::HashSet;

use proptest::prelude::*;
use sidereal_core::client::{Client, Network, Scheme, Signals, Word};
use sidereal_core::clock::Time;
use sidereal_core::codec::{self, decode_meta, decode_pointer, encode_meta, encode_pointer};
use sidereal_core::entropy::SystemEntropy;
use sidereal_core::id::{
    BARE_CHARS, Class, Family, Handle, KeyId, Locator, MAX_CHARS, Prefix, RANDOM_LEN, SECRET_LEN, SessionId, Tag,
};
use sidereal_core::keys::Keyring;
use sidereal_core::record::{Binding, CsrfMemory, Frozen, Meta, Pending, Pointer, PointerState, StepUp, Unbound};
use sidereal_core::seal::{open_meta, open_payload, open_pointer, seal_meta, seal_payload, seal_pointer};

const NOW: Time = Time::from_secs(1_800_000_000);
const AT: Locator = Locator([3; 16]);
const ELSEWHERE: Locator = Locator([4; 16]);

fn keys() -> Keyring {
    Keyring::ephemeral("shop", &SystemEntropy).unwrap()
}

fn any_time() -> impl Strategy<Value = Time> {
    any::<i64>().prop_map(Time::from_millis)
}

fn any_prefix() -> impl Strategy<Value = Prefix> {
    "[A-Za-z0-9,-]{0,177}".prop_map(|text| Prefix::new(text.as_bytes()).unwrap())
}

prop_compose! {
    fn any_pending()(since in any_time(), latest in any_time(), siblings in any::<u8>()) -> Pending {
        Pending { since, latest, siblings }
    }
}

prop_compose! {
    fn any_frozen()(at in any_time(), confirmed in proptest::option::of(any_time())) -> Frozen {
        Frozen { at, confirmed }
    }
}

fn any_network() -> impl Strategy<Value = Network> {
    prop_oneof![any::<[u8; 3]>().prop_map(Network::V4), any::<[u16; 4]>().prop_map(Network::V6)]
}

fn any_word() -> impl Strategy<Value = Word> {
    "[A-Za-z0-9 ._-]{0,23}".prop_map(|text| Word::new(&text).unwrap())
}

fn any_scheme() -> impl Strategy<Value = Option<Scheme>> {
    proptest::option::of(prop_oneof![Just(Scheme::Http), Just(Scheme::Https)])
}

prop_compose! {
    fn any_client()(
        network in proptest::option::of(any_network()),
        words in (any_word(), any_word(), any_word(), any_word()),
        version in any::<u16>(),
        mobile in any::<Option<bool>>(),
    ) -> Client {
        let (browser, platform, language, hinted_platform) = words;
        Client { network, browser, platform, version, language, hinted_platform, mobile }
    }
}

prop_compose! {
    fn any_meta()(
        names in any::<([u8; 16], [u8; 16], [u8; 16])>(),
        prefix in any_prefix(),
        counts in any::<(u32, u32, u64)>(),
        times in (any_time(), any_time(), any_time()),
        pending in proptest::option::of(any_pending()),
        frozen in proptest::option::of(any_frozen()),
        predecessor in any::<Option<[u8; 16]>>(),
        binding in proptest::option::of(any_binding()),
        unbound in proptest::option::of((any_time(), any::<bool>())),
        csrf in any_csrf_memory(),
        client in any_client(),
        noticed in 0u8..64,
        step_up in any::<Option<bool>>(),
        scheme in any_scheme(),
        serializer in "[a-z_]{0,20}|[^\u{0}-\u{1f}]{0,40}",
    ) -> Meta {
        Meta {
            handle: Handle(names.0),
            family: Family(names.1),
            tag: Tag(names.2),
            prefix,
            generation: counts.0,
            round: counts.1,
            created: times.0,
            last_seen: times.1,
            minted: times.2,
            pending,
            frozen,
            predecessor: predecessor.map(Locator),
            binding,
            unbound: unbound.map(|(at, stripped)| Unbound { at, stripped }),
            csrf,
            client,
            noticed: Signals::from_bits(noticed).unwrap(),
            step_up: step_up.map(|is_renewed| StepUp { is_renewed }),
            scheme,
            payload_number: counts.2,
            serializer: serializer.into(),
        }
    }
}

fn any_csrf_memory() -> impl Strategy<Value = CsrfMemory> {
    let uses = proptest::collection::vec(("[!-~]{1,64}", any::<u32>()), 0..17);
    (any::<bool>(), any::<u32>(), any::<u32>(), uses).prop_map(|(says_site, used, floor, uses)| CsrfMemory {
        says_site,
        used,
        floor,
        uses: uses.into_iter().map(|(scope, number)| (scope.into(), number)).collect(),
    })
}

fn any_pointer() -> impl Strategy<Value = Pointer> {
    let state = prop_oneof![
        any::<u32>().prop_map(|round| PointerState::Pending { round }),
        any_time().prop_map(|confirmed| PointerState::Superseded { confirmed }),
    ];
    (any::<[u8; 16]>(), state).prop_map(|(handle, state)| Pointer { handle: Handle(handle), state })
}

/// Every byte string that is one bit away from `bytes`, or `bytes` cut short, or with a byte more.
fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let (cut, flipped, longer) = (bytes.to_vec(), bytes.to_vec(), bytes.to_vec());
    let truncations = (0..bytes.len()).map(move |length| cut[..length].to_vec());
    let flips = (0..bytes.len() * 8).map(move |bit| {
        let mut other = flipped.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        other
    });
    let extensions = [0, 1, 255].into_iter().map(move |byte| [&longer[..], &[byte]].concat());
    truncations.chain(flips).chain(extensions)
}

proptest! {
    #[test]
    fn metadata_reads_back_as_it_was_written(meta in any_meta()) {
        prop_assert_eq!(decode_meta(&encode_meta(&meta)), Some(meta));
    }

    #[test]
    fn a_pointer_reads_back_as_it_was_written(pointer in any_pointer()) {
        prop_assert_eq!(decode_pointer(&encode_pointer(&pointer)), Some(pointer));
    }

    /// A changed byte string is refused or is the one spelling of other metadata: nothing decodes to a default.
    #[test]
    fn a34_damaged_metadata_is_refused_or_is_exactly_something_else(meta in any_meta()) {
        let bytes = encode_meta(&meta);
        for other in damaged(&bytes) {
            if let Some(read) = decode_meta(&other) {
                prop_assert!(read != meta);
                prop_assert_eq!(encode_meta(&read), other);
            }
        }
    }

    #[test]
    fn a34_truncated_metadata_is_refused(meta in any_meta()) {
        let bytes = encode_meta(&meta);
        for length in 0..bytes.len() {
            prop_assert_eq!(decode_meta(&bytes[..length]), None);
        }
    }

    #[test]
    fn a34_a_damaged_pointer_is_refused_or_is_exactly_something_else(pointer in any_pointer()) {
        let bytes = encode_pointer(&pointer);
        for other in damaged(&bytes) {
            if let Some(read) = decode_pointer(&other) {
                prop_assert!(read != pointer);
                prop_assert_eq!(encode_pointer(&read), other);
            }
        }
    }

    #[test]
    fn a34_bytes_of_another_format_are_refused(meta in any_meta(), pointer in any_pointer(), format in any::<u8>()) {
        prop_assume!(format != codec::FORMAT);
        let (mut meta, mut pointer) = (encode_meta(&meta), encode_pointer(&pointer));
        (meta[0], pointer[0]) = (format, format);
        prop_assert_eq!((decode_meta(&meta), decode_pointer(&pointer)), (None, None));
    }

    #[test]
    fn a34_reading_is_total(mut bytes in proptest::collection::vec(any::<u8>(), 0..400), dressed in any::<bool>()) {
        if let (true, Some(first)) = (dressed, bytes.first_mut()) {
            *first = codec::FORMAT;
        }
        if let Some(meta) = decode_meta(&bytes) {
            prop_assert_eq!(encode_meta(&meta), &bytes[..]);
        }
        if let Some(pointer) = decode_pointer(&bytes) {
            prop_assert_eq!(encode_pointer(&pointer), &bytes[..]);
        }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place(meta in any_meta(), pointer in any_pointer(), payload in proptest::collection::vec(any::<u8>(), 0..4096)) {
        let keys = keys();
        let sealed = seal_payload(&keys, &SystemEntropy, &meta, &payload).unwrap();
        prop_assert_eq!(open_payload(&keys, &meta, sealed.clone()), Some(payload));
        prop_assert_eq!(open_pointer(&keys, &AT, &seal_pointer(&keys, &SystemEntropy, &AT, &pointer).unwrap()), Some(pointer));
        prop_assert_eq!(open_meta(&keys, &AT, &seal_meta(&keys, &SystemEntropy, &AT, &meta).unwrap()), Some(meta));
    }

    #[test]
    fn a5_sealed_bytes_open_nowhere_else(meta in any_meta(), pointer in any_pointer(), other in any_meta()) {
        let keys = keys();
        let (sealed, moved) = (seal_meta(&keys, &SystemEntropy, &AT, &meta).unwrap(), seal_pointer(&keys, &SystemEntropy, &AT, &pointer).unwrap());
        prop_assert_eq!(open_meta(&keys, &ELSEWHERE, &sealed), None);
        prop_assert_eq!(open_pointer(&keys, &ELSEWHERE, &moved), None);
        prop_assert_eq!(open_meta(&keys, &AT, &moved), None);
        prop_assert_eq!(open_pointer(&keys, &AT, &sealed), None);
        let payload = seal_payload(&keys, &SystemEntropy, &meta, b"user").unwrap();
        let strangers = [
            Meta { handle: other.handle, ..meta.clone() },
            Meta { payload_number: meta.payload_number.wrapping_add(1), ..meta.clone() },
            Meta { payload_number: meta.payload_number.wrapping_sub(1), ..meta.clone() },
            Meta { serializer: format!("{}x", meta.serializer).into(), ..meta.clone() },
        ];
        for stranger in strangers {
            prop_assert_eq!(open_payload(&keys, &stranger, payload.clone()), None);
        }
        prop_assert_eq!(open_meta(&keys, &AT, &payload), None);
        prop_assert_eq!(open_payload(&keys, &meta, sealed.clone()), None);
    }

    #[test]
    fn sealed_bytes_of_any_kind_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), meta in any_meta()) {
        let keys = keys();
        prop_assert_eq!(open_meta(&keys, &AT, &bytes), None);
        prop_assert_eq!(open_pointer(&keys, &AT, &bytes), None);
        prop_assert_eq!(open_payload(&keys, &meta, bytes.clone()), None);
    }

    #[test]
    fn r80_any_bytes_are_an_id_in_one_spelling_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Some(id) = SessionId::parse(&bytes) {
            prop_assert_eq!(id.expose().into_bytes(), bytes);
        }
    }

    #[test]
    fn r80_anything_that_looks_like_an_id_has_one_spelling_or_none(text in "[A-Za-z0-9,-]{0,20}[a-z2-7]{26}-[a-z2-7]{52}") {
        if let Some(id) = SessionId::parse(text.as_bytes()) {
            prop_assert_eq!(id.expose(), text);
        }
    }

    #[test]
    fn a18_only_plain_prefixes_of_a_bounded_length_are_prefixes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let plain = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b",-".contains(byte));
        prop_assert_eq!(Prefix::new(&bytes).is_some(), plain && bytes.len() <= MAX_CHARS - BARE_CHARS);
    }

    #[test]
    fn a9_a_minted_id_with_any_character_changed_is_refused(prefix in any_prefix(), tag in any::<[u8; 16]>(), with in "[ -~]") {
        let keys = keys();
        let text = keys.mint(&prefix, Tag(tag), Class::User, NOW, &SystemEntropy).unwrap().expose();
        prop_assert!(SessionId::parse(text.as_bytes()).is_some_and(|id| keys.genuine(&id)));
        for i in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[i] = with.as_bytes()[0];
            if other != text.as_bytes() {
                prop_assert!(!SessionId::parse(&other).is_some_and(|id| keys.genuine(&id)), "character {}", i);
            }
        }
    }

    #[test]
    fn a18_the_border_between_prefix_and_tag_is_under_the_mac(prefix in "[a-z2-7]{1,30}", tag in any::<[u8; 16]>()) {
        let keys = keys();
        let id = keys.mint(&Prefix::new(prefix.as_bytes()).unwrap(), Tag(tag), Class::Anonymous, NOW, &SystemEntropy).unwrap();
        let shorter = SessionId::new(Prefix::new(&prefix.as_bytes()[1..]).unwrap(), id.tag(), id.secret().clone());
        let other_tag = SessionId::new(id.prefix().clone(), Tag(tag.map(|byte| !byte)), id.secret().clone());
        prop_assert!(keys.genuine(&id) && !keys.genuine(&shorter) && !keys.genuine(&other_tag));
    }

    #[test]
    fn an_id_says_when_and_for_what_it_was_minted(minute in 0..0xff_ffff_i64, user in any::<bool>()) {
        let minted = Time::from_secs(1_704_067_200 + minute * 60);
        let class = if user { Class::User } else { Class::Anonymous };
        let id = keys().mint(&Prefix::default(), Tag([1; 16]), class, minted, &SystemEntropy).unwrap();
        prop_assert_eq!((id.minted(), id.class(), id.key().is_some()), (minted, class, true));
    }

    #[test]
    fn an_id_can_be_minted_at_any_time(at in any_time()) {
        let keys = keys();
        let id = keys.mint(&Prefix::default(), Tag([1; 16]), Class::User, at, &SystemEntropy).unwrap();
        prop_assert!(keys.genuine(&id) && keys.locate(&id).is_some());
        prop_assert!(id.minted() <= at || at < Time::from_secs(1_704_067_200));
    }

    #[test]
    fn time_saturates(at in any::<i64>(), span in any::<u64>()) {
        let (at, span) = (Time::from_millis(at), std::time::Duration::from_millis(span));
        prop_assert!(at.after(span) >= at && at.before(span) <= at);
        prop_assert_eq!(at.since(at.after(span)), std::time::Duration::ZERO);
        prop_assert!(at.since(at.before(span)) <= span);
    }
}

prop_compose! {
    fn any_binding()(
        subject in any::<[u8; 16]>(),
        authenticated in proptest::option::of(any_time()),
        methods in proptest::collection::vec("[a-z]{1,16}", 0..4),
        scopes in proptest::collection::vec("[a-z-]{1,64}", 0..4),
        device in proptest::option::of(any::<[u8; 16]>()),
    ) -> Binding {
        let texts = |names: Vec<String>| names.into_iter().map(Into::into).collect();
        Binding { subject: Tag(subject), authenticated, methods: texts(methods), scopes: texts(scopes), device: device.map(Handle) }
    }
}

fn sample() -> Meta {
    Meta {
        handle: Handle([1; 16]),
        family: Family([2; 16]),
        tag: Tag([3; 16]),
        prefix: Prefix::new(b"u12-").unwrap(),
        generation: 1,
        round: 2,
        created: NOW,
        last_seen: NOW,
        minted: NOW,
        pending: Some(Pending { since: NOW, latest: NOW, siblings: 1 }),
        frozen: Some(Frozen { at: NOW, confirmed: Some(NOW) }),
        predecessor: Some(AT),
        binding: Some(Binding {
            subject: Tag([4; 16]),
            authenticated: Some(NOW),
            methods: vec!["pwd".into(), "otp".into()],
            scopes: vec!["delete-account".into()],
            device: None,
        }),
        unbound: Some(Unbound { at: NOW, stripped: false }),
        csrf: CsrfMemory {
            says_site: true,
            used: 3,
            floor: 1,
            uses: vec![("transfer".into(), 2), ("close".into(), 3)],
        },
        client: Client {
            network: Some(Network::V4([192, 0, 2])),
            browser: Word::new("Chrome").unwrap(),
            platform: Word::new("Windows").unwrap(),
            version: 133,
            language: Word::new("de").unwrap(),
            hinted_platform: Word::new("Windows").unwrap(),
            mobile: Some(false),
        },
        noticed: Signals::NETWORK,
        step_up: Some(StepUp { is_renewed: true }),
        scheme: Some(Scheme::Https),
        payload_number: 7,
        serializer: "php".into(),
    }
}

#[test]
fn a34_any_damage_to_a_sealed_row_is_noticed() {
    let (keys, meta) = (keys(), sample());
    let pointer = Pointer { handle: meta.handle, state: PointerState::Superseded { confirmed: NOW } };
    for other in damaged(&seal_meta(&keys, &SystemEntropy, &AT, &meta).unwrap()) {
        assert_eq!(open_meta(&keys, &AT, &other), None);
    }
    for other in damaged(&seal_pointer(&keys, &SystemEntropy, &AT, &pointer).unwrap()) {
        assert_eq!(open_pointer(&keys, &AT, &other), None);
    }
    for other in damaged(&seal_payload(&keys, &SystemEntropy, &meta, b"user|s:5:\"alice\";").unwrap()) {
        assert_eq!(open_payload(&keys, &meta, other.clone()), None);
    }
}

#[test]
fn a5_another_application_or_keyring_opens_nothing() {
    let place = tempfile::tempdir().unwrap();
    let private = place.path().join("private");
    sidereal_core::directory::ensure(&private).unwrap();
    let path = private.join("keyring");
    let shop = Keyring::load_or_create(&path, "shop", &SystemEntropy).unwrap();
    let meta = sample();
    let sealed = seal_meta(&shop, &SystemEntropy, &AT, &meta).unwrap();
    let payload = seal_payload(&shop, &SystemEntropy, &meta, b"user").unwrap();
    let id = shop.mint(&Prefix::default(), Tag([1; 16]), Class::User, NOW, &SystemEntropy).unwrap();
    for stranger in [Keyring::load(&path, "blog").unwrap(), Keyring::load(&path, "").unwrap(), keys()] {
        assert_eq!((open_meta(&stranger, &AT, &sealed), open_payload(&stranger, &meta, payload.clone())), (None, None));
        assert!(!stranger.genuine(&id));
        assert_ne!(
            (stranger.locate(&id), stranger.subject_tag(b"alice")),
            (shop.locate(&id), shop.subject_tag(b"alice"))
        );
        assert_ne!(stranger.log_reference(b"family"), shop.log_reference(b"family"));
    }
    assert!(Keyring::load(&path, "shop").unwrap().genuine(&id));
}

#[test]
fn r1_a_sealed_payload_shows_nothing_of_what_it_holds() {
    let (keys, meta) = (keys(), sample());
    let marker = b"marker-that-must-not-show";
    let sealed = seal_payload(&keys, &SystemEntropy, &meta, marker).unwrap();
    assert!(!sealed.windows(6).any(|window| marker.windows(6).any(|part| part == window)));
    let sealed = seal_meta(&keys, &SystemEntropy, &AT, &meta).unwrap();
    assert!(!sealed.windows(4).any(|window| window == b"u12-") && !sealed.windows(8).any(|window| window == [2; 8]));
}

#[test]
fn two_seals_of_the_same_are_different() {
    let (keys, meta) = (keys(), sample());
    let seals: HashSet<_> = (0..1000).map(|_| seal_payload(&keys, &SystemEntropy, &meta, b"user").unwrap()).collect();
    assert_eq!(seals.len(), 1000);
    let nonces: HashSet<_> = seals.iter().map(|sealed| sealed[2..14].to_vec()).collect();
    assert_eq!(nonces.len(), 1000);
}

#[test]
fn r91_ten_thousand_ids_have_nothing_in_common() {
    let keys = keys();
    let ids: Vec<_> = (0..10_000)
        .map(|_| keys.mint(&Prefix::default(), Tag([0; 16]), Class::Anonymous, NOW, &SystemEntropy).unwrap())
        .collect();
    let random = |id: &SessionId| <[u8; RANDOM_LEN]>::try_from(&id.secret().signed()[4..]).unwrap();
    let distinct: HashSet<_> = ids.iter().map(random).collect();
    assert_eq!(distinct.len(), ids.len());
    const { assert!(RANDOM_LEN * 8 >= 128 && SECRET_LEN * 8 == 256) };
    for bit in 0..RANDOM_LEN * 8 {
        let set = ids.iter().filter(|id| random(id)[bit / 8] >> (bit % 8) & 1 == 1).count();
        assert!((4700..=5300).contains(&set), "bit {bit} is set in {set} of 10,000"); // Six standard deviations.
    }
    // No counter: two IDs in a row differ in about half of their bits.
    let flips: u32 = ids.windows(2).map(|pair| hamming(&random(&pair[0]), &random(&pair[1]))).sum();
    let mean = f64::from(flips) / 9999.0;
    assert!((79.0..81.0).contains(&mean), "{mean}");
}

fn hamming(a: &[u8], b: &[u8]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

#[test]
fn a10_the_names_of_a_session_are_all_different_and_none_is_an_id() {
    let keys = keys();
    let id = keys.mint(&Prefix::default(), Tag([9; 16]), Class::User, NOW, &SystemEntropy).unwrap();
    let (locator, meta) = (keys.locate(&id).unwrap(), sample());
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let names = [
        hex(&locator.0),
        hex(&meta.handle.0),
        meta.handle.to_string(),
        format!("{:?}", meta.handle),
        format!("{locator:?}"),
        keys.log_reference(&meta.family.0),
        keys.log_reference(&meta.handle.0),
        keys.log_reference(&locator.0),
        id.tag().to_string(),
    ];
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    for name in names {
        assert!(SessionId::parse(name.as_bytes()).is_none(), "{name}");
        assert!(!id.expose()[27..].contains(&name), "{name}");
    }
}

#[test]
fn a_key_number_is_one_of_127() {
    assert!(KeyId::new(0).is_none() && KeyId::new(128).is_none() && KeyId::new(255).is_none());
    assert_eq!((1..=127).filter_map(KeyId::new).count(), 127);
}
