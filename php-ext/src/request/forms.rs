//! What an application asks about the forms of the open session.

use sidereal_core::csrf::Attempt;
use sidereal_core::session::Scope;

use super::Request;
use super::user::checked;
use crate::guard::Answer;

impl Request {
    /// A token for a form.
    pub fn csrf_token(&mut self, scope: Scope<'_>) -> Answer {
        let mut token = String::new();
        let answer = self.ask_session(|session| {
            checked(session.csrf_token(scope), |text| {
                token = text;
                Answer::yes()
            })
        });
        if answer.is_yes() { answer.id(self.past.keep_text(token)) } else { answer }
    }

    /// Whether `token` is one of the open session.
    pub fn csrf_verify(&mut self, token: &[u8], scope: Scope<'_>) -> Answer {
        self.ask_session(|session| Answer::yes().count(u64::from(session.csrf_verify(token, scope))))
    }

    /// Whether the request was meant by the user; if not, why.
    pub fn csrf_check(&mut self, attempt: &Attempt<'_>, token: Option<&[u8]>, scope: Scope<'_>) -> Answer {
        self.ask_session(|session| match session.csrf_check(attempt, token, scope) {
            Ok(()) => Answer::yes(),
            Err(refusal) => Answer::yes().id(refusal.word()),
        })
    }
}
