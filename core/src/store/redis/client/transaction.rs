//! Writes that are done if nobody has touched the key since it was read: WATCH, and then MULTI and EXEC.
//!
//! Such a write is made of plain commands in the server's own code, which a script is not. It is an attempt: where somebody has touched the key - we
//! ourselves, too - where the connection is not there any more, transactions are not allowed or no answer comes, a script has to do it, which must
//! recognise a write that has been done after all.

use redis::{Cmd, Value};

use super::{Batch, Call, Client, Deadline, first_of, script, single};
use crate::error::Result;
use crate::store::redis::cell::{Arg, slices};
use crate::store::redis::link::Watched;
use crate::store::redis::wire::{pack, packed};

/// What is done before a key is read and watched.
#[derive(Clone, Copy)]
pub(in crate::store::redis) enum Lead<'a> {
    Script(Call<'a>),
    /// Plain commands, all of this key.
    Commands(&'a [u8], &'a [Cmd]),
}

/// A write of plain commands that each answer with a number, done if nobody has touched what is watched.
#[derive(Debug)]
pub(in crate::store::redis) struct Plain<'a> {
    pub(in crate::store::redis) watched: Watched,
    /// Each a name and its arguments.
    pub(in crate::store::redis) commands: Vec<Vec<Arg<'a>>>,
}

impl Client {
    /// Runs `lead` and then a plain command that reads, in one round trip; in between the server begins to watch the key, if it may. Answers what
    /// the last of `lead` was answered, what was read, and the watch.
    pub(in crate::store::redis) fn read_and_watch(
        &self,
        lead: Lead<'_>,
        read: &Cmd,
    ) -> Result<(Value, Value, Option<Watched>)> {
        let key = match lead {
            Lead::Script(call) => first_of(call.keys),
            Lead::Commands(key, _) => key,
        };
        self.call(key, self.budget(), |link, attempt, deadline| {
            let mut batch = Batch::new(attempt);
            let was_watching = link.watched().is_some();
            if was_watching {
                batch.add(&packed(&[b"UNWATCH"]));
            }
            match lead {
                Lead::Script(call) => batch.add(&script(call, attempt)),
                Lead::Commands(_, commands) => {
                    commands.iter().for_each(|command| batch.add(&command.get_packed_command()));
                }
            }
            let watches = link.may_transact();
            if watches {
                batch.add(&packed(&[b"WATCH", key]));
            }
            batch.add(&read.get_packed_command());
            let (mut answers, mut link) = batch.exchange(link, deadline)?;
            let found = answers.pop();
            let watched = watches && answers.pop() == Some(Value::Okay);
            let watched = watched.then(|| link.has_watched());
            answers.drain(..usize::from(was_watching));
            let (answer, link) = single((answers, link))?;
            let (found, link) = single((found.into_iter().collect(), link))?;
            Ok((answer.and_then(|answer| Ok((answer, found?, watched))), link))
        })
    }

    /// Writes by plain commands if nobody has touched the key, else by the script. `None`: by the commands.
    pub(in crate::store::redis) fn write(&self, plain: Option<&Plain<'_>>, call: Call<'_>) -> Result<Option<Value>> {
        let budget = self.budget();
        if plain.is_some_and(|plain| self.transact(plain, budget)) {
            return Ok(None);
        }
        self.run_within(call, budget).map(Some)
    }

    /// Whether the write is known to be done.
    fn transact(&self, plain: &Plain<'_>, budget: Deadline) -> bool {
        let pool = self.pool.get();
        let Some(link) = pool.take_watching(plain.watched) else { return false };
        let (server, count) = (link.server().clone(), plain.commands.len());
        let mut out = packed(&[b"MULTI"]);
        plain.commands.iter().for_each(|command| pack(&mut out, &slices(command)));
        pack(&mut out, &[b"EXEC"]);
        let deadline = budget.within(self.address.timeouts.operation);
        let Ok((replies, mut link)) = link.exchange(&out, count + 2, deadline) else {
            pool.forget(&server);
            return false;
        };
        if replies.first() != Some(&Value::Okay) {
            // Somebody has forbidden MULTI since the connection was made, and what followed it stood alone: not again.
            return false;
        }
        link.has_ended_watch();
        pool.keep(link);
        let Some(Value::Array(done)) = replies.last() else { return false };
        done.len() == count && done.iter().all(|answer| matches!(answer, Value::Int(_)))
    }
}
