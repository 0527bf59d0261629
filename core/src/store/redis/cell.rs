//! Cells: how rows lie on the server, and what scripts are told and answer.
//!
//! A **cell** is one hash. It has everything of one partition - one visitor, or one user with all their sessions and devices - so that every script
//! writes to the one key that it names: it is atomic, it finds all of it on one server of a cluster also while slots move, and it needs no index of its
//! own. Its fields, where `h` is the hash of a locator in hexadecimal digits:
//!
//! | field | holds |
//! |--|--|
//! | `h` | the head of a row: words, in the order of [`Head`]; `-` is none |
//! | `h` `m`, `h` `p` | its sealed metadata and payload |
//! | `h` `>` | a pointer: the `h` of its row, when it was made, what is sealed in it |
//! | `id` `o` | where the row is that the index knows as `id` |
//! | `h` `l`, `h` `q` | a lease and those who wait for it |
//! | `d` and a name | a remembered device |

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use redis::{Cmd, Value};

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::id::{Family, Locator, Partition, Tag};
use crate::record::{EndReason, Ended};
use crate::store::{Change, Due, Found, New, Row, Written};

/// No value, in a place that always has a word.
pub(super) const NONE: &str = "-";

/// What a script is told.
pub(super) type Arg<'a> = Cow<'a, [u8]>;

/// A word of ASCII as an argument.
pub(super) fn word(text: impl Into<String>) -> Arg<'static> {
    Cow::Owned(text.into().into_bytes())
}

/// A word that stays.
pub(super) fn fixed(text: &'static str) -> Arg<'static> {
    Cow::Borrowed(text.as_bytes())
}

/// The arguments as the client takes them.
pub(super) fn slices<'a>(args: &'a [Arg<'_>]) -> Vec<&'a [u8]> {
    args.iter().map(|arg| &**arg).collect()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

fn hex_or_none(bytes: Option<&[u8]>) -> String {
    bytes.map_or_else(|| NONE.to_owned(), hex)
}

/// The name of a place within its cell.
pub(super) fn place(at: &Locator) -> String {
    hex(at.hash())
}

/// The place called `name` in `partition`.
pub(super) fn locator(name: &[u8], partition: &Partition) -> Option<Locator> {
    let hash = HEXLOWER.decode(name).ok()?;
    let bytes: Vec<u8> = hash.into_iter().chain(partition.0).collect();
    Locator::from_slice(&bytes)
}

/// Numbers in scripts are doubles: exact within this.
const EXACT: i64 = 1 << 53;

/// A time that scripts compare with others. What is farther away than they can count is further still.
pub(super) fn moment(time: Time) -> String {
    match time.as_millis() {
        ms if ms >= EXACT => "1e300".to_owned(),
        ms if ms <= -EXACT => "-1e300".to_owned(),
        ms => ms.to_string(),
    }
}

/// When the sweeper has to look at a row that is due at `due`.
fn next_due(due: &Due) -> Time {
    due.erase.map_or(due.delete, |erase| erase.min(due.delete))
}

/// Where the index of the whole store has a new row; `score` in cell.lua is the same for rows that are there.
pub(super) fn score(new: &New<'_>) -> u64 {
    let class: u64 = match new {
        New { subject: Some(_), .. } => 3,
        New { ended: Some(_), .. } => 0,
        New { generation: 0, .. } => 1,
        _ => 2,
    };
    score_at(class, next_due(&new.due))
}

/// Where the index has what is due at `time` and of this class.
pub(super) fn score_at(class: u64, time: Time) -> u64 {
    (class << 50) + u64::try_from(time.as_millis()).unwrap_or(0).min(1 << 49)
}

/// How a row ended, as three words of a head: why, when, whether the cookie was cleared.
pub(super) fn ended_words(ended: Option<Ended>) -> [String; 3] {
    ended.map_or_else(
        || [NONE, NONE, NONE].map(str::to_owned),
        |ended| {
            let cleared = u8::from(ended.cookie_cleared).to_string();
            [(ended.reason as u8).to_string(), ended.at.as_millis().to_string(), cleared]
        },
    )
}

pub(super) fn due_words(due: &Due) -> [String; 2] {
    [due.erase.map_or_else(|| NONE.to_owned(), moment), moment(due.delete)]
}

/// The head of a new row called `id`. `by`: the write that makes it; `kin`: the cells where the family comes from, if it does not come from this one.
fn head(new: &New<'_>, id: &str, by: &str, kin: &str) -> String {
    let [why, ended, cookie] = ended_words(new.ended);
    let [erase, delete] = due_words(&new.due);
    [
        "1".to_owned(),
        by.to_owned(),
        why,
        ended,
        cookie,
        NONE.to_owned(),
        erase,
        delete,
        moment(next_due(&new.due)),
        NONE.to_owned(),
        hex(&new.family.0),
        new.generation.to_string(),
        hex_or_none(new.subject.as_ref().map(|tag| &tag.0[..])),
        hex_or_none(new.prefix.as_ref().map(|tag| &tag.0[..])),
        NONE.to_owned(),
        if new.ended.is_some() { "1" } else { NONE }.to_owned(),
        kin.to_owned(),
        id.to_owned(),
    ]
    .join(" ")
}

/// A new row as five arguments.
pub(super) fn row_args<'a>(new: &New<'a>, id: &str, by: &str, kin: &str) -> Vec<Arg<'a>> {
    let mut args = vec![word(place(&new.at)), word(head(new, id, by, kin)), Cow::Borrowed(new.meta)];
    args.extend(payload_args(new.payload));
    args
}

fn payload_args(payload: Option<&[u8]>) -> [Arg<'_>; 2] {
    payload.map_or([fixed(NONE), fixed("")], |payload| [fixed("+"), Cow::Borrowed(payload)])
}

/// The cap of a new row, as seven arguments and one for each place that is over.
pub(super) fn cap_args(new: &New<'_>) -> Vec<Arg<'static>> {
    let Some(cap) = new.cap else {
        return [NONE, NONE, NONE, NONE, NONE, NONE, "0"].map(fixed).to_vec();
    };
    let [why, when, cookie] = ended_words(cap.evict.map(|(ended, _)| ended));
    let delete = cap.evict.map_or_else(|| NONE.to_owned(), |(_, delete)| moment(delete));
    let mut args = [cap.most.to_string(), moment(cap.now), why, when, cookie, delete, cap.over.len().to_string()]
        .map(word)
        .to_vec();
    args.extend(cap.over.iter().map(|at| word(place(at))));
    args
}

/// A change as nine arguments. `token`: the lease that the writer has, `*` for writers that need none.
pub(super) fn change_args<'a>(change: &Change<'a>, by: &str, token: &str) -> Vec<Arg<'a>> {
    let [erase, delete] = due_words(&change.due);
    let mut args = vec![
        word(place(&change.at)),
        word(change.version.to_string()),
        word(by),
        word(token),
        word(erase),
        word(delete),
        Cow::Borrowed(change.meta),
    ];
    args.extend(payload_args(change.payload));
    args
}

/// What a script answered, value by value.
pub(super) struct Reply(std::vec::IntoIter<Value>);

fn unexpected() -> Error {
    Error::store(
        "expected an answer of this version of Sidereal's scripts from the session store's server, found one of another shape; give each version and \
         application a prefix of its own in sidereal.store",
    )
}

impl Reply {
    pub(super) fn new(value: Value) -> Result<Self> {
        match value {
            Value::Array(list) => Ok(Self(list.into_iter())),
            _ => Err(unexpected()),
        }
    }

    /// As [`Reply::new`], where nothing is an answer too.
    pub(super) fn some(value: Value) -> Result<Option<Self>> {
        if value == Value::Nil { Ok(None) } else { Self::new(value).map(Some) }
    }

    fn value(&mut self) -> Result<Value> {
        self.0.next().ok_or_else(unexpected)
    }

    pub(super) fn int(&mut self) -> Result<i64> {
        int(self.value()?)
    }

    /// A number, or else a word.
    pub(super) fn number_or_word(&mut self) -> Result<std::result::Result<i64, String>> {
        match self.value()? {
            Value::Int(n) => Ok(Ok(n)),
            Value::BulkString(bytes) => String::from_utf8(bytes).map(Err).map_err(|_| unexpected()),
            _ => Err(unexpected()),
        }
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>> {
        self.optional()?.ok_or_else(unexpected)
    }

    pub(super) fn optional(&mut self) -> Result<Option<Vec<u8>>> {
        match self.0.next() {
            Some(Value::BulkString(bytes)) => Ok(Some(bytes)),
            Some(Value::Nil) | None => Ok(None),
            Some(_) => Err(unexpected()),
        }
    }

    pub(super) fn text(&mut self) -> Result<String> {
        String::from_utf8(self.bytes()?).map_err(|_| unexpected())
    }

    /// A list within the answer; nothing is an empty one.
    pub(super) fn list(&mut self) -> Result<Self> {
        match self.0.next() {
            Some(Value::Nil) | None => Ok(Self(Vec::new().into_iter())),
            Some(value) => Self::new(value),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// The rest, as texts.
    pub(super) fn texts(mut self) -> Result<Vec<String>> {
        let mut list = Vec::with_capacity(self.0.len());
        while !self.is_empty() {
            list.push(self.text()?);
        }
        Ok(list)
    }
}

pub(super) fn int(value: Value) -> Result<i64> {
    match value {
        Value::Int(n) => Ok(n),
        Value::BulkString(bytes) => {
            std::str::from_utf8(&bytes).ok().and_then(|text| text.parse().ok()).ok_or_else(unexpected)
        }
        _ => Err(unexpected()),
    }
}

/// A number of things.
pub(super) fn count(value: Value) -> Result<u64> {
    u64::try_from(int(value)?).map_err(|_| unexpected())
}

/// What reads the row at `at`, for [`whole`].
pub(super) fn read(cell: &[u8], at: &Locator) -> Cmd {
    let place = place(at);
    let mut command = redis::cmd("HMGET");
    command.arg(cell).arg(&place).arg(format!("{place}m")).arg(format!("{place}p")).arg(format!("{place}>"));
    command
}

/// As [`read`], with the lease and the queue of the place, for [`Leased`].
pub(super) fn read_leased(cell: &[u8], at: &Locator) -> Cmd {
    let (mut command, place) = (read(cell, at), place(at));
    command.arg(format!("{place}l")).arg(format!("{place}q"));
    command
}

/// What [`read_leased`] has read.
pub(super) struct Leased {
    /// For [`whole`].
    pub(super) row: Value,
    pub(super) lease: Value,
    pub(super) queue: Value,
}

impl Leased {
    pub(super) fn new(read: Value) -> Result<Self> {
        let Value::Array(mut fields) = read else { return Err(unexpected()) };
        let (Some(queue), Some(lease)) = (fields.pop(), fields.pop()) else { return Err(unexpected()) };
        Ok(Self { row: Value::Array(fields), lease, queue })
    }

    /// Whether the lease is `token`'s.
    pub(super) fn is_held_by(&self, token: &str) -> bool {
        matches!(&self.lease, Value::BulkString(lease) if lease.split(|byte| *byte == b' ').next() == Some(token.as_bytes()))
    }

    /// Whether there is no row at the place but a pointer, so that the lease belongs elsewhere.
    pub(super) fn is_elsewhere(&self) -> bool {
        is_pointer(&self.row)
    }
}

/// The row at `at` itself, as [`read`] has read it.
pub(super) fn whole(at: Locator, read: Value) -> Result<Option<Found>> {
    let Value::Array(mut fields) = read else { return Err(unexpected()) };
    fields.pop();
    if fields.first().is_none_or(|head| *head == Value::Nil) {
        return Ok(None);
    }
    found_at(at, Reply::new(Value::Array(fields))?).map(Some)
}

/// Whether there is a pointer at the place, as [`read`] has read it.
pub(super) fn is_pointer(read: &Value) -> bool {
    matches!(read, Value::Array(fields) if fields.last().is_some_and(|pointer| *pointer != Value::Nil))
}

/// A row from its place, head, metadata, payload, and the pointer that led there.
pub(super) fn found(mut reply: Reply, partition: &Partition) -> Result<Found> {
    let at = locator(&reply.bytes()?, partition).ok_or_else(unexpected)?;
    found_at(at, reply)
}

/// As [`found`], where the place is known.
fn found_at(at: Locator, mut reply: Reply) -> Result<Found> {
    let head = reply.text()?;
    let (meta, payload, pointer) = (reply.bytes()?, reply.optional()?, reply.optional()?);
    Ok(Found { row: row(at, &head, meta, payload).ok_or_else(unexpected)?, pointer })
}

/// Rows, each as [`found`] reads it.
pub(super) fn rows(mut reply: Reply, partition: &Partition) -> Result<Vec<(Row, Head)>> {
    let mut list = Vec::new();
    while !reply.is_empty() {
        let mut reply = reply.list()?;
        let at = locator(&reply.bytes()?, partition).ok_or_else(unexpected)?;
        let text = reply.text()?;
        let (meta, payload) = (reply.bytes()?, reply.optional()?);
        let row = row(at, &text, meta, payload).ok_or_else(unexpected)?;
        list.push((row, Head::parse(&text).ok_or_else(unexpected)?));
    }
    Ok(list)
}

/// A row from its parts.
pub(super) fn row(at: Locator, head: &str, meta: Vec<u8>, payload: Option<Vec<u8>>) -> Option<Row> {
    let Head { version, ended, unbound, .. } = Head::parse(head)?;
    Some(Row { at, version, ended, unbound, meta, payload })
}

/// What Rust reads of a head. Its words are: version, the write that was last, why, when and with which cookie it ended, when it was unbound, when to erase
/// and to delete it, when the index says it is due, until when its cell is kept at least, family, generation, subject, prefix, place in the order of
/// supersession, whether it is left over, the cells of its relatives, and its name in the index.
pub(super) struct Head {
    pub(super) version: u64,
    pub(super) ended: Option<Ended>,
    pub(super) unbound: Option<Time>,
    /// The cells where it has relatives, with commas between them.
    pub(super) kin: Option<String>,
    /// Its place in the order in which its family was superseded.
    pub(super) superseded: Option<u64>,
}

/// Where the words of a head stand that Rust looks at; cell.lua counts from one.
pub(super) mod words {
    pub(in crate::store::redis) const VERSION: usize = 0;
    pub(in crate::store::redis) const BY: usize = 1;
    pub(in crate::store::redis) const WHY: usize = 2;
    pub(super) const ENDED: usize = 3;
    pub(super) const COOKIE: usize = 4;
    pub(super) const UNBOUND: usize = 5;
    pub(in crate::store::redis) const ERASE: usize = 6;
    pub(in crate::store::redis) const DELETE: usize = 7;
    pub(in crate::store::redis) const INDEXED: usize = 8;
    pub(in crate::store::redis) const KEPT: usize = 9;
    pub(super) const SUPERSEDED: usize = 14;
    pub(super) const KIN: usize = 16;
}

impl Head {
    pub(super) fn read(text: &str) -> Result<Self> {
        Self::parse(text).ok_or_else(unexpected)
    }

    fn parse(text: &str) -> Option<Self> {
        let head: Vec<&str> = text.split(' ').collect();
        let number = |at: usize| head.get(at).and_then(|word| word.parse::<i64>().ok());
        let ended = match number(words::WHY) {
            Some(why) => Some(Ended {
                reason: EndReason::from_number(u8::try_from(why).ok()?)?,
                at: Time::from_millis(number(words::ENDED)?),
                cookie_cleared: number(words::COOKIE)? == 1,
            }),
            None => None,
        };
        Some(Self {
            version: head.get(words::VERSION)?.parse().ok()?,
            ended,
            unbound: number(words::UNBOUND).map(Time::from_millis),
            kin: head.get(words::KIN).filter(|kin| **kin != NONE).map(|kin| (*kin).to_owned()),
            superseded: number(words::SUPERSEDED).and_then(|place| u64::try_from(place).ok()),
        })
    }
}

/// What a write was answered: done, and the version; lost; or full.
pub(super) fn written(code: i64, version: Option<Vec<u8>>) -> Result<Written> {
    match code {
        0 => Ok(Written::Lost),
        2 => Ok(Written::Full),
        _ => {
            let version = version.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
            Ok(Written::Done(version.ok_or_else(unexpected)?))
        }
    }
}

/// What scripts say of rows besides what they did to them: the families that are meant as wholes, and the cells where they have relatives.
pub(super) struct Relatives {
    pub(super) families: Vec<String>,
    pub(super) kin: Vec<String>,
}

impl Relatives {
    pub(super) fn read(reply: &mut Reply) -> Result<Self> {
        Ok(Self { families: reply.list()?.texts()?, kin: reply.list()?.texts()? })
    }
}

/// The partition with this name.
pub(super) fn partition(name: &str) -> Option<Partition> {
    Partition::from_slice(&HEXLOWER.decode(name.as_bytes()).ok()?)
}

/// Which rows of a cell are meant, as four arguments.
pub(super) enum Which<'a> {
    Family { family: Family, at: Option<&'a Locator>, up_to_generation: u32 },
    Families(&'a [String]),
    Subject { subject: Tag, but: Option<Family> },
    All,
}

impl Which<'_> {
    pub(super) fn args(&self) -> Vec<Arg<'static>> {
        let none = || NONE.to_owned();
        let words = match self {
            Self::Family { family, at, up_to_generation } => {
                ["family".to_owned(), hex(&family.0), at.map_or_else(none, place), up_to_generation.to_string()]
            }
            Self::Families(families) => ["families".to_owned(), families.join(","), none(), none()],
            Self::Subject { subject, but } => {
                ["subject".to_owned(), hex(&subject.0), hex_or_none(but.as_ref().map(|but| &but.0[..])), none()]
            }
            Self::All => ["all".to_owned(), none(), none(), none()],
        };
        words.map(word).to_vec()
    }
}
