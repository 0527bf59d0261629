//! From what a client sent under our name to the one ID that counts (A6).
//!
//! A browser sends every cookie of a name that some path or domain has set, and says of none where it came from: a neighbour domain can plant
//! one beside ours, or before it. So each is judged, without changing anything, and only one that is alone in being alive is opened.

use std::sync::Arc;

use crate::cookie::{Candidates, decoded};
use crate::engine::{Access, Engine, Refused, Request};
use crate::event::Kind;
use crate::id::Locator;
use crate::lifecycle::{Denial, Verdict};
use crate::opening::{Opening, Trace};
use crate::policy::Policy;
use crate::session::Session;

/// How alive an ID is, deadest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Life {
    /// It opens nothing.
    None,
    /// It opens something that the client has left behind, or nothing yet.
    Some,
    /// It opens a session that is to be taken over from another store.
    Old,
    /// It opens a record.
    Full,
    /// It opens a record, and is the newest one that does.
    Newest,
}

impl Life {
    fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Denied(_) | Verdict::Unknown => Self::None,
            // Alive, and about to be taken to https: weighing moves nothing.
            Verdict::Ghost(Denial::Scheme) => Self::Full,
            Verdict::Unstored | Verdict::Alias | Verdict::Snapshot | Verdict::Ghost(_) => Self::Some,
            Verdict::Current(_) => Self::Full,
            Verdict::Promote => Self::Newest,
        }
    }

    /// Two that are equal in this are rivals.
    fn is_full(self) -> bool {
        self >= Self::Full
    }
}

/// The best candidate so far.
struct Best<'a> {
    text: &'a [u8],
    life: Life,
    at: Option<Locator>,
}

enum Choice<'a> {
    Open(Option<&'a [u8]>),
    Conflict,
}

impl Engine {
    /// Opens the session that one of `presented` names, or a fresh one. When two of them are alive none is served: one of the two was planted, and
    /// nobody can tell which. The session then is fresh, with [`Denial::Conflict`].
    ///
    /// # Errors
    /// As [`Engine::open`].
    pub fn open_one(
        self: &Arc<Self>,
        policy: &Arc<Policy>,
        presented: &Candidates<'_>,
        request: &Request<'_>,
        access: Access,
    ) -> Result<Session, Refused> {
        policy.admit(request.scheme, request.is_local)?;
        if presented.lookalikes() > 0 {
            self.emit(Kind::CookieLookalike, None, "", Some(presented.lookalikes()));
        }
        match self.choose(policy, presented, request)? {
            Choice::Open(text) => self.open(policy, text.map(decoded).as_deref(), request, access),
            Choice::Conflict => {
                self.emit(Kind::CookieConflict, None, "", Some(presented.values().len() as u64));
                let arrival = self.observe();
                Opening { engine: self, keys: self.keys(), policy, request, access, arrival }
                    .fresh(Some(Denial::Conflict))
            }
        }
    }

    fn choose<'a>(
        self: &Arc<Self>,
        policy: &Arc<Policy>,
        presented: &Candidates<'a>,
        request: &Request<'_>,
    ) -> Result<Choice<'a>, Refused> {
        let texts = presented.values();
        if texts.len() <= 1 {
            return Ok(Choice::Open(texts.first().copied()));
        }
        if presented.are_crowded() {
            return Ok(Choice::Conflict);
        }
        let mut best: Option<Best<'a>> = None;
        let mut rivals = false;
        for text in texts {
            let (life, at) = self.weigh(policy, text, request)?;
            let Some(leader) = &best else {
                best = Some(Best { text, life, at });
                continue;
            };
            let same_record = at.is_some() && at == leader.at;
            let same_life = life == leader.life || (life.is_full() && leader.life.is_full());
            if same_life && !same_record && life != Life::None {
                rivals = true;
            }
            if life > leader.life {
                rivals &= same_life;
                best = Some(Best { text, life, at });
            }
        }
        Ok(if rivals { Choice::Conflict } else { Choice::Open(best.map(|best| best.text)) })
    }

    fn weigh(
        self: &Arc<Self>,
        policy: &Arc<Policy>,
        text: &[u8],
        request: &Request<'_>,
    ) -> Result<(Life, Option<Locator>), Refused> {
        let text = decoded(text);
        let (ours, arrival, access) = (self.ours(&text), self.observe(), Access::ReadOnly);
        let mut opening = Opening { engine: self, keys: self.keys(), policy, request, access, arrival };
        let (id, at) = match opening.trace(&text, ours)? {
            Trace::Ours(id, at) | Trace::Here(id, at) => (id, at),
            Trace::There(_, at) => return Ok((Life::Old, Some(at))),
            Trace::Left | Trace::Gone | Trace::Forged | Trace::Down(_) => return Ok((Life::None, None)),
        };
        Ok(opening.weigh(&id, &at)?.map_or((Life::None, None), |(verdict, at)| (Life::of(verdict), Some(at))))
    }
}
