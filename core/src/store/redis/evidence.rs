//! Evidence on a server: an incident is one key, with its exhibits. Lists say which there are.
//!
//! An incident is written whole before the alarm changes any row, so an alarm that is broken off leaves evidence of what it was about to do, and is
//! raised again by the next use of the obsolete ID.

use data_encoding::HEXLOWER;
use redis::Value;

use super::cell::{self, Arg, NONE, Relatives, Reply, fixed, hex, score_at, slices, word};
use super::{RedisStore, ending, scripts};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{Handle, Locator, Tag};
use crate::store::evidence::{
    Alarm, Archive, Fate, Incident, MAX_EVIDENCE, MAX_EXHIBITS, MAX_INCIDENTS, MAX_UNBOUND_INCIDENTS, NewIncident,
    Which as Asked,
};
use crate::store::{Row, Whom};

/// An entry of the lists: name, subject, session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    name: String,
    subject: String,
    session: String,
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ').map(str::to_owned);
        Some(Self { name: words.next()?, subject: words.next()?, session: words.next()? })
    }

    fn text(&self) -> String {
        format!("{} {} {}", self.name, self.subject, self.session)
    }
}

fn subject_word(subject: Option<&Tag>) -> String {
    subject.map_or_else(|| NONE.to_owned(), |subject| hex(&subject.0))
}

/// The latest incident has the highest score. Times before 1970 are all the same.
fn at_score(at: Time) -> String {
    score_at(0, at).to_string()
}

impl RedisStore {
    /// The rows that an alarm reaches, those that nobody has superseded first, then the latest.
    fn reach(&self, whom: &Whom) -> Result<Vec<Row>> {
        let mut found = Vec::new();
        ending::each_cell(self, whom, |partition, which| {
            let mut reply = self.run(&scripts::REACH, partition, &which.args())?;
            found.extend(cell::rows(reply.list()?, partition)?);
            Relatives::read(&mut reply)
        })?;
        found.sort_by_key(|(row, head)| {
            (head.superseded.is_some(), head.superseded.map(std::cmp::Reverse), row.at.number())
        });
        Ok(found.into_iter().map(|(row, _)| row).collect())
    }

    fn keep(&self, new: &NewIncident<'_>) -> Result<()> {
        let rows = self.reach(&new.whom)?;
        if rows.is_empty() {
            return Ok(());
        }
        let (name, subject) = (hex(&new.name.0), subject_word(new.subject.as_ref()));
        let head = format!("{} {}", new.at.as_millis(), new.until.as_millis());
        let mut args: Vec<Arg<'_>> = vec![word(cell::moment(new.until)), word(head), new.sealed.into()];
        let mut left = MAX_EVIDENCE;
        for row in rows.iter().take(MAX_EXHIBITS) {
            let payload = row.payload.as_deref().filter(|payload| payload.len() <= left);
            left -= payload.map_or(0, <[u8]>::len);
            let unbound = row.unbound.map_or_else(|| NONE.to_owned(), |at| at.as_millis().to_string());
            args.extend([word(hex(&row.at.0)), word(format!("{} {unbound}", row.version)), row.meta.as_slice().into()]);
            args.extend(payload.map_or([fixed(NONE), fixed("")], |payload| [fixed("+"), payload.into()]));
        }
        let kept = self.client.call_durably(&scripts::INCIDENT_KEEP, &self.keys.incident(&name), &slices(&args))?;
        let entry = Entry { name, subject, session: hex(&new.session.0) };
        // One that is there already may not have come as far as the lists.
        let (at, until) = match self.incident(&entry)? {
            Some(there) if kept != Value::Int(1) => (there.at, there.until),
            _ => (new.at, new.until),
        };
        self.add(&self.keys.incidents(), &at_score(at), &entry)?;
        self.add(&self.keys.incidents_of(&entry.subject), &at_score(at), &entry)?;
        self.add(&self.keys.incidents_due(), &at_score(until), &entry)?;
        let most = if new.subject.is_some() { MAX_INCIDENTS } else { MAX_UNBOUND_INCIDENTS };
        let surplus = self.entries(&self.keys.incidents_of(&entry.subject), "ZREVRANGE", &[&most.to_string(), "-1"])?;
        surplus.iter().try_for_each(|entry| self.delete(entry).map(drop))
    }

    fn add(&self, key: &[u8], score: &str, entry: &Entry) -> Result<()> {
        let mut command = redis::cmd("ZADD");
        command.arg(key).arg(score).arg(entry.text());
        self.client.command(&command).map(drop)
    }

    fn entries(&self, key: &[u8], command: &str, args: &[&str]) -> Result<Vec<Entry>> {
        let mut command = redis::cmd(command);
        command.arg(key).arg(args);
        let found = Reply::new(self.client.command(&command)?)?.texts()?;
        Ok(found.iter().filter_map(|text| Entry::parse(text)).collect())
    }

    /// Those that are asked for, the latest first.
    fn asked(&self, asked: &Asked) -> Result<Vec<Entry>> {
        let all = |key: &[u8]| self.entries(key, "ZREVRANGE", &["0", "-1"]);
        Ok(match asked {
            Asked::Named(name) => {
                let name = hex(&name.0);
                all(&self.keys.incidents())?.into_iter().filter(|entry| entry.name == name).collect()
            }
            Asked::Session(session) => {
                let session = hex(&session.0);
                all(&self.keys.incidents())?.into_iter().filter(|entry| entry.session == session).collect()
            }
            Asked::Subject(subject) => all(&self.keys.incidents_of(&hex(&subject.0)))?,
            Asked::All => all(&self.keys.incidents())?,
        })
    }

    /// Whether it was there.
    fn delete(&self, entry: &Entry) -> Result<bool> {
        let mut command = redis::cmd("DEL");
        command.arg(self.keys.incident(&entry.name));
        let was_there = cell::count(self.client.command(&command)?)? == 1;
        self.unlist(entry)?;
        Ok(was_there)
    }

    fn unlist(&self, entry: &Entry) -> Result<()> {
        for key in [self.keys.incidents(), self.keys.incidents_of(&entry.subject), self.keys.incidents_due()] {
            let mut command = redis::cmd("ZREM");
            command.arg(key).arg(entry.text());
            self.client.command(&command)?;
        }
        Ok(())
    }

    fn incident(&self, entry: &Entry) -> Result<Option<Incident>> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.keys.incident(&entry.name)).arg(&["head", "sealed"]);
        let mut reply = Reply::new(self.client.command(&command)?)?;
        let (Some(head), Some(sealed)) = (reply.optional()?, reply.optional()?) else { return Ok(None) };
        let times: Vec<i64> = String::from_utf8_lossy(&head).split(' ').filter_map(|word| word.parse().ok()).collect();
        let name = HEXLOWER.decode(entry.name.as_bytes()).ok().and_then(|name| Handle::from_slice(&name));
        Ok(match (name, times.as_slice()) {
            (Some(name), [at, until]) => {
                Some(Incident { name, at: Time::from_millis(*at), until: Time::from_millis(*until), sealed })
            }
            _ => None,
        })
    }

    /// Deletes up to `limit` exhibits of incidents that are due, and the incidents that have none left. Answers how many rows are gone.
    pub(super) fn sweep_incidents(&self, now: Time, limit: u32) -> Result<u32> {
        let mut left = limit;
        if left == 0 {
            return Ok(0);
        }
        let until = score_at(0, now).min((1 << 49) - 1).to_string();
        let due = self.entries(
            &self.keys.incidents_due(),
            "ZRANGE",
            &["0", &until, "BYSCORE", "LIMIT", "0", &left.to_string()],
        )?;
        for entry in due {
            let key = self.keys.incident(&entry.name);
            let answer = self.client.call_script(&scripts::INCIDENT_SWEEP, &key, &[left.to_string().as_bytes()])?;
            let mut answer = Reply::new(answer)?;
            let (exhibits, over) = (u32::try_from(answer.int()?).unwrap_or(0), answer.int()? == 1);
            left = left.saturating_sub(exhibits);
            if over {
                self.unlist(&entry)?;
                left = left.saturating_sub(1);
            }
            if left == 0 {
                break;
            }
        }
        Ok(limit - left)
    }
}

impl Archive for RedisStore {
    fn raise(&self, alarm: &Alarm<'_>) -> Result<u64> {
        if let Some(evidence) = &alarm.evidence {
            self.keep(evidence)?;
        }
        match alarm.fate {
            Fate::End => ending::end(self, &scripts::END, &alarm.ending),
            Fate::Unbind => ending::end(self, &scripts::UNBIND, &alarm.ending),
            Fate::GoOn => Ok(0),
        }
    }

    fn incidents(&self, which: &Asked, most: u32) -> Result<Vec<Incident>> {
        let mut list = Vec::new();
        for entry in self.asked(which)? {
            if list.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
                break;
            }
            match self.incident(&entry)? {
                Some(incident) => list.push(incident),
                None => self.unlist(&entry)?,
            }
        }
        Ok(list)
    }

    fn exhibits(&self, name: &Handle) -> Result<Vec<Row>> {
        let key = self.keys.incident(&hex(&name.0));
        let mut command = redis::cmd("HGET");
        command.arg(&key).arg("exhibits");
        let number = match self.client.command(&command)? {
            Value::Nil => 0,
            number => cell::count(number)?,
        };
        let mut list = Vec::new();
        for number in 1..=number {
            let mut command = redis::cmd("HMGET");
            command
                .arg(&key)
                .arg(["at", "head", "meta", "payload"].map(|suffix| format!("{number}{suffix}")).as_slice());
            let mut reply = Reply::new(self.client.command(&command)?)?;
            let (Some(at), Some(head), Some(meta)) = (reply.optional()?, reply.optional()?, reply.optional()?) else {
                continue;
            };
            let payload = reply.optional()?;
            let head = String::from_utf8_lossy(&head).into_owned();
            let (version, unbound) = head.split_once(' ').unwrap_or((&head, NONE));
            let at = HEXLOWER.decode(&at).ok().and_then(|at| Locator::from_slice(&at));
            if let (Some(at), Ok(version)) = (at, version.parse()) {
                let unbound = unbound.parse().ok().map(Time::from_millis);
                list.push(Row { at, version, ended: None, unbound, meta, payload });
            }
        }
        Ok(list)
    }

    fn purge(&self, which: &Asked) -> Result<u64> {
        let mut count = 0;
        for entry in self.asked(which)? {
            count += u64::from(self.delete(&entry)?);
        }
        Ok(count)
    }
}
