//! What the application keeps in its session: who is logged in, and notes, each with a number of its own and the log-in it was written
//! under. A lost write is a missing note; a leak is a note in the wrong place.

/// Names one log-in.
pub type LoginNo = u32;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Data {
    pub user: Option<LoginNo>,
    pub notes: Vec<Note>,
}

/// The argument of `session_regenerate_id()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delete {
    No,
    Yes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    pub number: u32,
    pub login: Option<LoginNo>,
}

impl Data {
    pub fn write(&mut self, number: u32) {
        self.notes.push(Note { number, login: self.user });
    }

    /// Every log-in whose data is in here.
    pub fn logins(&self) -> impl Iterator<Item = LoginNo> {
        self.user.into_iter().chain(self.notes.iter().filter_map(|note| note.login))
    }

    pub fn is_empty(&self) -> bool {
        self.user.is_none() && self.notes.is_empty()
    }

    /// As bytes; nothing for an empty session, as PHP does.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.is_empty() {
            return out;
        }
        put(&mut out, self.user);
        for note in &self.notes {
            out.extend_from_slice(&note.number.to_be_bytes());
            put(&mut out, note.login);
        }
        out
    }

    pub fn decode(mut bytes: &[u8]) -> Self {
        let mut data = Self::default();
        if bytes.is_empty() {
            return data;
        }
        data.user = Some(number(&mut bytes)).filter(|n| *n != 0);
        while !bytes.is_empty() {
            data.notes.push(Note { number: number(&mut bytes), login: Some(number(&mut bytes)).filter(|n| *n != 0) });
        }
        data
    }
}

/// Zero is nobody.
fn put(out: &mut Vec<u8>, login: Option<LoginNo>) {
    out.extend_from_slice(&login.unwrap_or(0).to_be_bytes());
}

fn number(bytes: &mut &[u8]) -> u32 {
    let (head, tail) = bytes.split_first_chunk().expect("four more bytes");
    *bytes = tail;
    u32::from_be_bytes(*head)
}
