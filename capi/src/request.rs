//! The request's handle: what came with it, and what it answers about its session. What it does with the session is in [`crate::session`].

use std::borrow::Cow;
use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::sync::Arc;

use sidereal_core::cookie::Scheme;
use sidereal_core::engine::Request as Arrival;
use sidereal_core::id::SessionId;
use sidereal_core::policy::Policy;
use sidereal_core::proxy;
use sidereal_core::session::{Denial as CoreDenial, Session};
use sidereal_core::signals::{self, Sent};

use crate::bytes;
use crate::config::Made;
use crate::engine::Engine;
use crate::fork::{Birth, drop_or_forget};
use crate::guard::{self, Handle};
use crate::session::Denial;
use crate::status::{Failure, Status};

/// One request of a client, and the session that it opens. Freed with sidereal_request_free(); one thread at a time. What it lends is valid until the
/// next call with it that takes it without `const`.
pub struct Request {
    pub(crate) birth: Birth,
    pub(crate) inner: Inner,
}

/// What a forked child must not touch.
pub(crate) struct Inner {
    pub made: Arc<Made>,
    pub came: Came,
    pub session: Option<Session>,
    /// What the program has set and not committed yet.
    pub pending: Option<Vec<u8>>,
    pub past: Past,
    message: Cow<'static, str>,
}

/// What came with the request.
pub(crate) struct Came {
    pub cookies: Vec<u8>,
    pub scheme: Scheme,
    pub can_set_cookie: bool,
    /// Of the connection.
    pub address: Box<str>,
    pub headers: Headers,
    pub method: Box<str>,
}

/// The headers that tell of the client and its way, each as it came; several of one name are joined by commas.
#[derive(Default)]
pub(crate) struct Headers {
    pub user_agent: String,
    pub accept_language: String,
    pub ch_platform: String,
    pub ch_mobile: String,
    pub forwarded_for: String,
    pub forwarded_proto: String,
    pub host: String,
    pub origin: String,
    pub referer: String,
    pub fetch_site: String,
}

impl Headers {
    /// Where the header called `name` is kept; `None` for one that is not looked at.
    fn slot(&mut self, name: &[u8]) -> Option<&mut String> {
        let slots: [(&str, &mut String); 10] = [
            ("user-agent", &mut self.user_agent),
            ("accept-language", &mut self.accept_language),
            ("sec-ch-ua-platform", &mut self.ch_platform),
            ("sec-ch-ua-mobile", &mut self.ch_mobile),
            ("x-forwarded-for", &mut self.forwarded_for),
            ("x-forwarded-proto", &mut self.forwarded_proto),
            ("host", &mut self.host),
            ("origin", &mut self.origin),
            ("referer", &mut self.referer),
            ("sec-fetch-site", &mut self.fetch_site),
        ];
        slots.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes())).map(|(_, slot)| slot)
    }
}

impl Came {
    /// Where the request came from, and how, as far as the proxies say so that `policy` trusts.
    pub fn origin(&self, policy: &Policy) -> proxy::Origin<'_> {
        policy.trusted_proxies.origin(&proxy::Arrival {
            address: &self.address,
            scheme: Some(self.scheme),
            forwarded_for: &self.headers.forwarded_for,
            forwarded_proto: &self.headers.forwarded_proto,
        })
    }

    /// The request as `policy` sees it: the client's scheme and address come from the proxies that it trusts.
    pub fn arrival<'a>(&self, policy: &Policy, serializer: &'a str, minted_here: bool) -> Arrival<'a> {
        let (headers, origin) = (&self.headers, self.origin(policy));
        let client = signals::client(&Sent {
            address: origin.address,
            user_agent: &headers.user_agent,
            accept_language: &headers.accept_language,
            ch_platform: &headers.ch_platform,
            ch_mobile: &headers.ch_mobile,
        });
        let (scheme, is_local) = (origin.scheme, origin.is_local);
        let can_set_cookie = self.can_set_cookie;
        Arrival { can_set_cookie, minted_here, serializer, client, scheme, is_local, can_strip: false }
    }
}

/// What the request has done so far.
#[derive(Default)]
pub(crate) struct Past {
    pub denial: Option<CoreDenial>,
    /// The `Set-Cookie` line to send, if any.
    pub line: Option<CString>,
    /// The `Set-Cookie` line of auto-login, if any.
    pub device_line: Option<CString>,
    /// The ID that the client has or will have, from the first opening on.
    pub id: Option<SessionId>,
    /// Whether this request has made that ID.
    pub minted: bool,
    /// Whether this request has ended the session.
    pub ended: bool,
}

impl Handle for Request {
    fn is_ours(&self) -> bool {
        self.birth.is_current()
    }

    fn note(&mut self, message: Cow<'static, str>) {
        self.inner.message = message;
    }

    fn give_up(&mut self) {
        self.inner.session = None;
        self.inner.pending = None;
    }
}

/// Cookie headers of one request, together: servers accept 8 to 16 KiB.
const MAX_COOKIES: usize = 64 * 1024;
/// An IPv6 address with a zone is shorter.
const MAX_ADDRESS: usize = 64;
const MAX_USER_AGENT: usize = 4096;
/// Servers accept no longer ones.
const MAX_HEADER: usize = 16 * 1024;

/// Refused once the session is open: it was judged by what had come before.
fn before_open(inner: &Inner) -> Result<(), Failure> {
    match inner.past.id {
        None => Ok(()),
        Some(_) => Err(Failure::new(
            Status::State,
            "expected to learn about the request before its session is opened, found that it has been; call this before sidereal_request_open()",
        )),
    }
}

fn at_most(found: &[u8], most: usize, name: &str) -> Result<(), Failure> {
    if found.len() <= most {
        return Ok(());
    }
    Err(Failure::argument(format!(
        "expected {name} to be at most {most} bytes long, found {}; leave it out or refuse the request",
        found.len()
    )))
}

/// Makes a request that came by http, without cookies, whose response headers are not sent yet.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_new(
    engine: Option<&Engine>,
    request: Option<&mut MaybeUninit<*mut Request>>,
) -> Status {
    let (Some(engine), Some(out)) = (engine, request) else {
        return Status::Null;
    };
    if !engine.birth.is_current() {
        return Status::Forked;
    }
    let came = Came {
        cookies: Vec::new(),
        scheme: Scheme::Http,
        can_set_cookie: true,
        address: Box::default(),
        headers: Headers::default(),
        method: Box::default(),
    };
    let inner = Inner {
        made: Arc::clone(&engine.made),
        came,
        session: None,
        pending: None,
        past: Past::default(),
        message: Cow::Borrowed(""),
    };
    out.write(Box::into_raw(Box::new(Request { birth: engine.birth, inner })));
    Status::Ok
}

/// Frees a request. A session that is open is closed, and what was not committed is gone. NULL is fine. In a forked child this gives back the memory
/// only.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_free(request: Option<Box<Request>>) {
    guard::quietly(|| {
        if let Some(request) = request {
            let Request { birth, mut inner } = *request;
            if birth.is_current() {
                let _ = crate::session::close(&mut inner);
            }
            drop_or_forget(inner, birth);
        }
    });
}

/// Adds the value of a `Cookie` header, as it came: every cookie, ours or not. Call it once for each such header. A header with CR, LF or NUL in it is
/// refused with SIDEREAL_STATUS_ARGUMENT, as is more than 64 KiB.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_add_cookies(
    request: Option<&mut Request>,
    header: *const c_char,
    length: usize,
) -> Status {
    guard::on(request, |request| {
        before_open(&request.inner)?;
        let header = bytes::text(header, length, "header")?;
        let cookies = &mut request.inner.came.cookies;
        at_most(header, MAX_COOKIES.saturating_sub(cookies.len() + 1), "all Cookie headers together")?;
        if !cookies.is_empty() {
            cookies.push(b';');
        }
        cookies.extend_from_slice(header);
        Ok(())
    })
}

/// Says whether the client's request was encrypted on its way, by TLS here or at a proxy that you trust: 1 or 0. Then the cookie is Secure and its
/// default name begins with __Host-.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_set_https(request: Option<&mut Request>, https: u32) -> Status {
    guard::on(request, |request| {
        before_open(&request.inner)?;
        request.inner.came.scheme = match https {
            0 => Scheme::Http,
            1 => Scheme::Https,
            other => {
                return Err(Failure::argument(format!(
                    "expected https to be 0 or 1, found {other}; pass one of these"
                )));
            }
        };
        Ok(())
    })
}

/// Says that the response's headers are on their way: no cookie can be sent, so the ID is not replaced.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_set_headers_sent(request: Option<&mut Request>) -> Status {
    guard::on(request, |request| {
        request.inner.came.can_set_cookie = false;
        Ok(())
    })
}

/// The IP address that the connection came from, as text, at most 64 bytes; or the client's, if you know of proxies yourself. Cut to its network before
/// it is kept.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_set_address(
    request: Option<&mut Request>,
    address: *const c_char,
    length: usize,
) -> Status {
    guard::on(request, |request| {
        before_open(&request.inner)?;
        let address = bytes::utf8(address, length, "address")?;
        at_most(address.as_bytes(), MAX_ADDRESS, "address")?;
        request.inner.came.address = address.into();
        Ok(())
    })
}

/// The client's `User-Agent` header, at most 4096 bytes. Cut to browser and platform before it is kept.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_set_user_agent(
    request: Option<&mut Request>,
    user_agent: *const c_char,
    length: usize,
) -> Status {
    guard::on(request, |request| {
        before_open(&request.inner)?;
        let user_agent = bytes::text(user_agent, length, "user_agent")?;
        at_most(user_agent, MAX_USER_AGENT, "user_agent")?;
        request.inner.came.headers.user_agent = String::from_utf8_lossy(user_agent).into_owned();
        Ok(())
    })
}

/// The request's method, such as "POST", in capitals as it came. Before sidereal_request_csrf_check(); without it no request is taken for one that
/// changes nothing.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_set_method(
    request: Option<&mut Request>,
    method: *const c_char,
    length: usize,
) -> Status {
    guard::on(request, |request| {
        before_open(&request.inner)?;
        request.inner.came.method = bytes::utf8(method, length, "method")?.into();
        Ok(())
    })
}

/// Adds a header of the request, as it came; pass them all, those that tell nothing of the client are passed over: User-Agent, Accept-Language,
/// Sec-CH-UA-Platform, Sec-CH-UA-Mobile; for sidereal_request_csrf_check() Host, Origin, Referer and Sec-Fetch-Site; and of the way it came X-Forwarded-For and X-Forwarded-Proto, which are believed if
/// sidereal_request_set_address() names a proxy in SIDEREAL_SETTING_TRUSTED_PROXIES. `Cookie` goes to sidereal_request_add_cookies(). A value with CR, LF
/// or NUL in it is refused with SIDEREAL_STATUS_ARGUMENT, as are more than 16 KiB of one name.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_add_header(
    request: Option<&mut Request>,
    name: *const c_char,
    name_length: usize,
    value: *const c_char,
    length: usize,
) -> Status {
    guard::on(request, |request| {
        before_open(&request.inner)?;
        let name = bytes::text(name, name_length, "name")?;
        let value = bytes::text(value, length, "value")?;
        let Some(slot) = request.inner.came.headers.slot(name) else {
            return Ok(());
        };
        at_most(value, MAX_HEADER.saturating_sub(slot.len() + 1), "a header")?;
        if !slot.is_empty() {
            slot.push(',');
        }
        slot.push_str(&String::from_utf8_lossy(value));
        Ok(())
    })
}

/// Lends the value of the `Set-Cookie` header that the response has to carry, with NUL at its end, which `length` does not count. `*length` is 0 when
/// there is nothing to send. It may change until the session is closed: ask when you write the headers.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_set_cookie(
    request: Option<&Request>,
    line: Option<&mut MaybeUninit<*const c_char>>,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    ask(request, |inner| {
        let (Some(line), Some(length)) = (line, length) else {
            return Status::Null;
        };
        let found = inner.past.line.as_deref().unwrap_or(c"");
        line.write(found.as_ptr());
        length.write(found.count_bytes());
        Status::Ok
    })
}

/// Why the client got a fresh session instead of the one that it asked for: a constant of sidereal_denial. Stays when the session is closed.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_denial(
    request: Option<&Request>,
    denial: Option<&mut MaybeUninit<Denial>>,
) -> Status {
    ask(request, |inner| {
        let Some(denial) = denial else {
            return Status::Null;
        };
        denial.write(Denial::of(inner.past.denial));
        Status::Ok
    })
}

/// Whether a session is open: 1 or 0.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_is_open(request: Option<&Request>, answer: Option<&mut MaybeUninit<u32>>) -> Status {
    tell(request, answer, |_| true)
}

/// Whether what is committed will be stored: 1 or 0. An exclusively opened session may be a snapshot all the same: of an ID that was superseded by
/// an elevation, or because the wait for it ran out and the settings say so.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_is_writable(
    request: Option<&Request>,
    answer: Option<&mut MaybeUninit<u32>>,
) -> Status {
    tell(request, answer, Session::is_writable)
}

/// Whether the session's ID may leave in a header: 1 or 0. A superseded one may not. sidereal_request_set_cookie() sees to that by itself.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_may_send_cookie(
    request: Option<&Request>,
    answer: Option<&mut MaybeUninit<u32>>,
) -> Status {
    tell(request, answer, Session::may_send_cookie)
}

/// Whether the user has to prove who they are once more, because the client seemed to be another one or has come from http to https: 1 or 0. Stays until
/// sidereal_request_reauthenticated() or sidereal_request_login(); as long as it does no proof is fresh.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_must_reauthenticate(
    request: Option<&Request>,
    answer: Option<&mut MaybeUninit<u32>>,
) -> Status {
    tell(request, answer, Session::must_reauthenticate)
}

/// Copies the session's public name, 26 characters and NUL, to `handle`, which has room for 27: safe to show and to log, and no cookie. Fails with
/// SIDEREAL_STATUS_STATE while nothing is stored.
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_handle(
    request: Option<&Request>,
    handle: Option<&mut MaybeUninit<[c_char; 27]>>,
) -> Status {
    ask(request, |inner| {
        let Some(out) = handle else {
            return Status::Null;
        };
        let Some(found) = inner.session.as_ref().and_then(Session::handle) else {
            return Status::State;
        };
        out.write(bytes::fixed(&found.to_string()));
        Status::Ok
    })
}

/// Copies the message of the latest call that took this request without `const`; otherwise as sidereal_config_message().
#[unsafe(no_mangle)]
pub extern "C" fn sidereal_request_message(
    request: Option<&Request>,
    buffer: *mut c_char,
    capacity: usize,
    length: Option<&mut MaybeUninit<usize>>,
) -> Status {
    ask(request, |inner| {
        if buffer.is_null() && capacity > 0 {
            return Status::Null;
        }
        let whole = bytes::copy_message(&inner.message, buffer, capacity);
        if let Some(length) = length {
            length.write(whole);
        }
        Status::Ok
    })
}

/// A question that changes nothing and leaves no message.
pub(crate) fn ask(request: Option<&Request>, body: impl FnOnce(&Inner) -> Status) -> Status {
    let Some(request) = request else {
        return Status::Null;
    };
    if !request.birth.is_current() {
        return Status::Forked;
    }
    guard::caught(|| Ok(body(&request.inner))).unwrap_or(Status::Internal)
}

/// A question about the open session; no when there is none.
pub(crate) fn tell(
    request: Option<&Request>,
    answer: Option<&mut MaybeUninit<u32>>,
    question: impl FnOnce(&Session) -> bool,
) -> Status {
    ask(request, |inner| {
        let Some(answer) = answer else {
            return Status::Null;
        };
        answer.write(u32::from(inner.session.as_ref().is_some_and(question)));
        Status::Ok
    })
}
