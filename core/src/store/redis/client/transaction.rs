//! Writes that are done if nobody has touched the key since it was read: WATCH, and then MULTI and EXEC.
//!
//! Such a write is a plain command in the server's own code, which a script is not. It is an attempt: where somebody has touched the key, where the
//! connection has served for something else meanwhile, where transactions are not allowed or no answer comes, a script has to do it, which must
//! recognise a write that has been done after all.

use redis::{Cmd, Value};

use super::{Call, Client, Deadline, asking, first_of, packed, replies, single};
use crate::error::Result;
use crate::store::redis::cell::{Arg, slices};
use crate::store::redis::link::Watched;
use crate::store::redis::wire::pack;

/// A write as a plain command, done if nobody has touched what is watched.
#[derive(Debug)]
pub(in crate::store::redis) struct Plain<'a> {
    pub(in crate::store::redis) watched: Watched,
    /// The command and its arguments.
    pub(in crate::store::redis) command: Vec<Arg<'a>>,
}

impl Client {
    /// Runs a script and then a plain command that reads, in one round trip; in between the server begins to watch the script's key, if it may.
    pub(in crate::store::redis) fn run_and_watch(
        &self,
        call: Call<'_>,
        read: &Cmd,
    ) -> Result<(Value, Value, Option<Watched>)> {
        let key = first_of(call.keys);
        self.call(key, self.budget(), |link, attempt, deadline| {
            let mut out = Vec::new();
            let before = usize::from(link.is_watching());
            if link.is_watching() {
                pack(&mut out, &[b"UNWATCH"]);
            }
            out.extend(packed(call, attempt));
            let watches = link.may_transact();
            if watches {
                out.extend(asking(attempt));
                pack(&mut out, &[b"WATCH", key]);
            }
            out.extend(asking(attempt));
            read.write_packed_command(&mut out);
            let of_each = replies(attempt);
            let (mut script, mut link) =
                link.exchange(&out, before + of_each * (2 + usize::from(watches)), deadline)?;
            let mut watch = script.split_off(before + of_each);
            let of_read = watch.split_off(watch.len() - of_each);
            let watched = (watch.last() == Some(&Value::Okay)).then(|| link.has_watched());
            let (answer, link) = single((script, link))?;
            let (found, link) = single((of_read, link))?;
            Ok((answer.and_then(|answer| Ok((answer, found?, watched))), link))
        })
    }

    /// Writes by the plain command if nobody has touched the key, else by the script. `None`: by the command.
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
        let mut out = Vec::new();
        pack(&mut out, &[b"MULTI"]);
        pack(&mut out, &slices(&plain.command));
        pack(&mut out, &[b"EXEC"]);
        let Ok((replies, mut link)) = link.exchange(&out, 3, budget.within(self.address.timeouts.operation)) else {
            return false;
        };
        link.has_ended_watch();
        pool.keep(link);
        matches!(replies.last(), Some(Value::Array(done)) if matches!(done.as_slice(), [Value::Int(_)]))
    }
}
