//! Where events go: JSON Lines to stderr, syslog or a file.
//!
//! Owns the line format, the limit on repeated events (A29) and the sinks. A sink that fails drops its event: a log never takes a
//! request with it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::event::{Event, Kind, NoSink, Sink};
use crate::policy::printable;

/// The sink that `spec` names: `none`, `stderr`, `syslog` or `file:PATH`. All but `none` are limited by [`Limited`].
///
/// # Errors
/// [`Error::is_config`] when `spec` is none of these.
pub fn open(spec: &str) -> Result<Arc<dyn Sink>> {
    match spec.split_once(':') {
        None if spec == "none" => Ok(Arc::new(NoSink)),
        None if spec == "stderr" => Ok(Arc::new(Limited::new(Lines(Target::Stderr)))),
        None if spec == "syslog" => Ok(Arc::new(Limited::new(Lines(Target::Syslog)))),
        Some(("file", path)) if Path::new(path).is_absolute() => {
            Ok(Arc::new(Limited::new(Lines(Target::File(path.into())))))
        }
        _ => Err(Error::config(format!(
            "expected sidereal.log to be none, stderr, syslog or file:/absolute/path, found {}; set one of these",
            printable(spec)
        ))),
    }
}

/// One event as one line of JSON, without the line feed.
pub fn line(event: &Event, suppressed: u64) -> String {
    let mut out = String::with_capacity(192);
    let _ = write!(
        out,
        r#"{{"datetime":"{}","event":"{}","level":"{}""#,
        iso8601(event.at),
        event.kind.name(),
        event.kind.level().name()
    );
    if !event.session.is_empty() {
        let _ = write!(out, r#","session_ref":"{}""#, event.session);
    }
    if !event.reason.is_empty() {
        let _ = write!(out, r#","reason":"{}""#, event.reason);
    }
    if let Some(count) = event.count {
        let _ = write!(out, r#","count":{count}"#);
    }
    if suppressed > 0 {
        let _ = write!(out, r#","suppressed":{suppressed}"#);
    }
    let _ = write!(out, r#","pid":{}}}"#, std::process::id());
    out
}

/// UTC with milliseconds. Days to dates after Howard Hinnant's `civil_from_days`.
pub(crate) fn iso8601(at: Time) -> String {
    let ms = at.as_millis().clamp(-62_135_596_800_000, 253_402_300_799_999);
    let (days, rest) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let (s, ms) = (rest / 1000, rest % 1000);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{ms:03}+00:00", s / 3600, s / 60 % 60, s % 60)
}

enum Target {
    Stderr,
    Syslog,
    File(PathBuf),
}

/// Takes an event together with how many of its kind were left out before it.
trait Writer: Send + Sync {
    fn write(&self, event: &Event, suppressed: u64);
}

struct Lines(Target);

impl Writer for Lines {
    fn write(&self, event: &Event, suppressed: u64) {
        let mut text = line(event, suppressed);
        text.push('\n');
        // One write(2) a line: lines of several processes do not mix.
        let _ = match &self.0 {
            Target::Stderr => std::io::stderr().write_all(text.as_bytes()),
            Target::Syslog => to_syslog(event, text.trim_end()),
            Target::File(path) => append(path, text.as_bytes()),
        };
    }
}

/// Opened for each line, so that log rotation needs no signal; events are rare.
fn append(path: &Path, text: &[u8]) -> std::io::Result<()> {
    std::fs::File::options()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NOCTTY | libc::O_NONBLOCK)
        .open(path)?
        .write_all(text)
}

/// RFC 3164, facility authpriv, straight to the local socket: `openlog(3)` belongs to PHP.
fn to_syslog(event: &Event, text: &str) -> std::io::Result<()> {
    let severity = match event.kind.level() {
        crate::event::Level::Info => 6,
        crate::event::Level::Warn => 4,
        crate::event::Level::Critical => 2,
    };
    let socket = std::os::unix::net::UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket
        .send_to(format!("<{}>sidereal[{}]: {text}", 10 * 8 + severity, std::process::id()).as_bytes(), "/dev/log")?;
    Ok(())
}

/// Lets a burst of each kind of event through and counts the rest.
pub struct Limited<W> {
    to: W,
    seen: Mutex<HashMap<Kind, Window>>,
}

#[derive(Clone, Copy)]
struct Window {
    since: Time,
    passed: u32,
    suppressed: u64,
}

/// Events of one kind that pass in one [`WINDOW`].
const BURST: u32 = 20;
const WINDOW: Duration = Duration::from_secs(60);

impl<W> Limited<W> {
    fn new(to: W) -> Self {
        Self { to, seen: Mutex::new(HashMap::new()) }
    }

    /// Whether the event passes, and how many did not since the last one that did.
    fn pass(&self, event: &Event) -> Option<u64> {
        let mut seen = self.seen.lock();
        let window = seen.entry(event.kind).or_insert(Window { since: event.at, passed: 0, suppressed: 0 });
        if event.at.since(window.since) >= WINDOW || event.at < window.since {
            *window = Window { since: event.at, passed: 0, suppressed: window.suppressed };
        }
        if window.passed >= BURST {
            window.suppressed += 1;
            return None;
        }
        window.passed += 1;
        Some(std::mem::take(&mut window.suppressed))
    }
}

impl<W: Writer> Sink for Limited<W> {
    fn take(&self, event: &Event) {
        if let Some(suppressed) = self.pass(event) {
            self.to.write(event, suppressed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: Kind, at: i64) -> Event {
        Event { at: Time::from_millis(at), kind, session: "0011223344556677".into(), reason: "idle", count: Some(3) }
    }

    #[test]
    fn a_line_is_one_json_object_with_owasp_names() {
        let text = line(&event(Kind::Expired, 1_700_000_000_123), 0);
        assert!(text.starts_with(r#"{"datetime":"2023-11-14T22:13:20.123+00:00","event":"session_expired","level":"INFO","session_ref":"0011223344556677","reason":"idle","count":3,"pid":"#));
        assert!(text.ends_with('}') && !text.contains('\n'));
        for (ms, date) in
            [(0, "1970-01-01"), (951_782_400_000, "2000-02-29"), (-1, "1969-12-31"), (i64::MAX, "9999-12-31")]
        {
            assert!(iso8601(Time::from_millis(ms)).starts_with(date));
        }
    }

    #[test]
    fn repeated_events_are_counted_not_written() {
        struct Count(Mutex<Vec<u64>>);
        impl Writer for Count {
            fn write(&self, _: &Event, suppressed: u64) {
                self.0.lock().push(suppressed);
            }
        }
        let sink = Limited::new(Count(Mutex::new(Vec::new())));
        for i in 0..100_000 {
            sink.take(&event(Kind::Forged, i / 10));
        }
        sink.take(&event(Kind::Expired, 0));
        sink.take(&event(Kind::Forged, 70_000));
        let seen = sink.to.0.lock().clone();
        assert_eq!(seen.len(), 22);
        assert_eq!(seen.last(), Some(&99_980));
    }

    #[test]
    fn an_unknown_sink_is_a_sentence() {
        for bad in ["", "stdout", "file:", "file:relative", "FILE:/x"] {
            assert!(open(bad).err().unwrap().is_config());
        }
    }
}
