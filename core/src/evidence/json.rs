//! Evidence as JSON (RFC 8259), for whatever an investigator works with. Times are RFC 3339 in UTC.

use std::fmt::Write as _;

use data_encoding::BASE64;

use super::{Evidence, Exhibit};
use crate::clock::Time;
use crate::log::iso8601;

/// What becomes of the payloads in an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payloads {
    /// They are left out.
    LeftOut,
    /// They are opened and written in base64.
    Opened,
}

/// One incident and its exhibits, each with its payload.
pub(super) fn object(evidence: &Evidence, exhibits: &[(&Exhibit, Option<Vec<u8>>)], payloads: Payloads) -> String {
    let mut out = Object::new();
    out.text("handle", &evidence.handle.to_string());
    out.time("at", Some(evidence.at));
    out.time("until", Some(evidence.until));
    out.text("cause", evidence.cause.word());
    out.text("response", evidence.response.word());
    out.text("session", &evidence.session.to_string());
    out.text("session_ref", &evidence.reference);
    out.optional("user", evidence.user.as_deref());
    out.text("address", &evidence.client.network());
    out.text("agent", &evidence.client.agent());
    let sessions: Vec<String> =
        exhibits.iter().map(|(exhibit, payload)| session(exhibit, payload.as_deref(), payloads)).collect();
    out.raw("sessions", &list(&sessions));
    out.end()
}

fn session(exhibit: &Exhibit, payload: Option<&[u8]>, payloads: Payloads) -> String {
    let info = &exhibit.info;
    let mut out = Object::new();
    out.text("handle", &info.handle.to_string());
    out.text("session_ref", &exhibit.reference);
    out.optional("user", exhibit.user.as_deref());
    out.text("state", if exhibit.user.is_some() { "authenticated" } else { "anonymous" });
    out.raw("superseded", if exhibit.superseded { "true" } else { "false" });
    out.time("created", Some(info.created));
    out.time("last_seen", Some(info.last_seen));
    out.time("authenticated_at", info.authenticated);
    let methods: Vec<String> = info.methods.iter().map(|method| quoted(method)).collect();
    out.raw("methods", &list(&methods));
    out.text("address", &info.client.network());
    out.text("agent", &info.client.agent());
    out.text("serializer", &exhibit.serializer);
    if payloads == Payloads::Opened {
        out.optional("payload", payload.map(|bytes| BASE64.encode(bytes)).as_deref());
    }
    out.end()
}

/// An object under way.
struct Object(String);

impl Object {
    fn new() -> Self {
        Self("{".to_owned())
    }

    fn raw(&mut self, name: &str, value: &str) {
        let comma = if self.0.len() > 1 { "," } else { "" };
        let _ = write!(self.0, "{comma}{}:{value}", quoted(name));
    }

    fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &quoted(value));
    }

    fn optional(&mut self, name: &str, value: Option<&str>) {
        self.raw(name, &value.map_or_else(|| "null".to_owned(), quoted));
    }

    fn time(&mut self, name: &str, at: Option<Time>) {
        self.optional(name, at.map(iso8601).as_deref());
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn list(values: &[String]) -> String {
    format!("[{}]", values.join(","))
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_quotes() {
        assert_eq!(quoted("a\"b\\c\nd\u{7f}é"), "\"a\\\"b\\\\c\\u000ad\\u007fé\"");
    }
}
