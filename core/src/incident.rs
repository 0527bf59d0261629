//! What is kept of an alarm besides the sessions themselves: when, why, which, by whom, and what was done.
//!
//! Plain data. Its bytes are made in [`crate::codec`], sealed in [`crate::seal`].

use crate::client::Client;
use crate::clock::Time;
use crate::id::{Family, Handle, Tag};
use crate::policy::OnObsolete;

/// An obsolete ID was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Time,
    /// What made it an alarm.
    pub cause: Cause,
    /// What was done.
    pub response: Response,
    /// The public name of the session that the ID led to.
    pub session: Handle,
    /// The family of that session.
    pub family: Family,
    /// The user that it was bound to.
    pub subject: Option<Tag>,
    /// The client that used the ID.
    pub client: Client,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $case:ident = $number:literal $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum $name { $($(#[$about])* $case = $number,)* }

        impl $name {
            /// The one with this number.
            pub fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$case),)* _ => None }
            }

            /// One word for an operator.
            pub fn word(self) -> &'static str {
                match self { $(Self::$case => $word,)* }
            }
        }
    };
}

words! {
    /// What made the use of an obsolete ID an alarm.
    Cause {
        /// It came after the alarm time, from a client that may be the one that the session was made for.
        Late = 1 "late",
        /// It came from a client that contradicts that one, in network and agent both.
        Stranger = 2 "stranger",
    }
}

words! {
    /// What was done.
    Response {
        /// The ID was denied.
        Deny = 1 "deny",
        /// What the ID could reach has ended.
        RevokeFamily = 2 "revoke_family",
        /// All of the user's sessions have ended.
        RevokeUser = 3 "revoke_user",
        /// Nobody is logged in any more to any of the user's sessions.
        Unauthenticate = 4 "unauthenticate",
    }
}

impl Response {
    /// What follows from a policy. `bound`: whether there is a user; `stranger`: whether another client than theirs used the ID.
    pub fn of(policy: OnObsolete, bound: bool, stranger: bool) -> Self {
        match policy {
            OnObsolete::Deny => Self::Deny,
            OnObsolete::Unauthenticate => Self::Unauthenticate,
            OnObsolete::RevokeUser if bound => Self::RevokeUser,
            OnObsolete::RevokeFamily if bound && stranger => Self::RevokeUser,
            OnObsolete::RevokeUser | OnObsolete::RevokeFamily => Self::RevokeFamily,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r15_r39_who_is_bound_loses_more_and_to_a_stranger_everything() {
        for (policy, bound, stranger, expected) in [
            (OnObsolete::Deny, true, true, Response::Deny),
            (OnObsolete::RevokeFamily, true, false, Response::RevokeFamily),
            (OnObsolete::RevokeFamily, true, true, Response::RevokeUser),
            (OnObsolete::RevokeFamily, false, true, Response::RevokeFamily),
            (OnObsolete::RevokeUser, true, false, Response::RevokeUser),
            (OnObsolete::RevokeUser, false, false, Response::RevokeFamily),
            (OnObsolete::Unauthenticate, true, true, Response::Unauthenticate),
            (OnObsolete::Unauthenticate, false, false, Response::Unauthenticate),
        ] {
            assert_eq!(Response::of(policy, bound, stranger), expected, "{policy:?} {bound} {stranger}");
        }
    }
}
