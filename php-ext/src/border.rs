//! The border between PHP and Rust: mirror of `shim/shim.h`.
//!
//! Plain old data only. What it means is decided in [`crate::handler`]; that no panic crosses is up to
//! [`crate::guard`].

pub mod act;
mod code;

pub use code::Code;

use std::ffi::{c_char, c_int, c_void};
use std::mem::MaybeUninit;

use ext_php_rs::ffi::{zend_ini_entry, zend_string};
use ext_php_rs::zend::ModuleEntry;
use sidereal_core::client::Scheme;
use sidereal_core::cookie::Attributes;
use sidereal_core::proxy::Arrival;
use sidereal_core::signals::Sent;

use crate::api::ApiTable;

/// Bytes that the other side owns, for the length of one call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    at: *const c_char,
    length: usize,
}

impl Bytes {
    /// No bytes.
    pub const NONE: Bytes = Bytes { at: std::ptr::null(), length: 0 };

    /// Lends `bytes` to C. Whoever owns them keeps them until C calls again.
    pub fn lend(bytes: &[u8]) -> Self {
        Self { at: bytes.as_ptr().cast(), length: bytes.len() }
    }

    /// The bytes that C lends.
    pub fn borrow(&self) -> &[u8] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: the shim passes the contents of a zend_string or a C string that outlives the call it makes.
        unsafe { std::slice::from_raw_parts(self.at.cast(), self.length) }
    }

    /// The same as text, empty if it is none.
    pub fn text(&self) -> &str {
        std::str::from_utf8(self.borrow()).unwrap_or_default()
    }

    /// The same where nothing is not nothing: what is no text becomes one that means nothing to anybody.
    pub fn text_or_foreign(&self) -> &str {
        std::str::from_utf8(self.borrow()).unwrap_or("\u{fffd}")
    }

    /// Whether C lends anything, be it empty.
    pub fn is_given(&self) -> bool {
        !self.at.is_null()
    }
}

/// What PHP is doing, as C tells it: `sidereal_facts`.
#[repr(C)]
pub struct RawFacts {
    caller: u8,
    code_runs: u8,
    wrapped: u8,
    upload: u8,
    read_only: u8,
    can_set_cookie: u8,
    dying: u8,
    origin: u8,
    scheme: u8,
    cookie_secure: u8,
    memory_left: usize,
    serializer: Bytes,
    save_path: Bytes,
    id: Bytes,
    address: Bytes,
    user_agent: Bytes,
    accept_language: Bytes,
    ch_platform: Bytes,
    ch_mobile: Bytes,
    forwarded_for: Bytes,
    forwarded_proto: Bytes,
    cookies: Bytes,
    cookie_name: Bytes,
    cookie_path: Bytes,
    cookie_domain: Bytes,
    cookie_samesite: Bytes,
    user: Bytes,
}

/// The innermost of PHP's session functions that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// None: `session.auto_start`, the end of the request, another extension.
    None,
    /// `session_start()`.
    Start,
    /// `session_reset()`.
    Reset,
    /// `session_regenerate_id()`.
    Regenerate,
    /// `session_destroy()`.
    Destroy,
    /// `session_decode()`.
    Decode,
    /// `session_gc()`.
    Gc,
    /// `session_create_id()`.
    CreateId,
    /// `session_write_close()`, `session_commit()` or `session_abort()`.
    Close,
}

/// Where the ID came from that PHP has when it opens a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// There is none.
    None,
    /// The client's cookie.
    Cookie,
    /// `session_id()`, or an earlier session of the same request.
    Application,
    /// The query string or a form field.
    Url,
}

/// What PHP is doing.
pub struct Facts<'a> {
    /// The session function that is running.
    pub caller: Caller,
    /// Whether any PHP code is running.
    pub code_runs: bool,
    /// Whether a method of `SessionHandler` calls, and not ext/session itself.
    pub wrapped: bool,
    /// Whether the upload progress feature calls, before the request has begun.
    pub upload: bool,
    /// Whether `session_start()` was asked to read and close.
    pub read_only: bool,
    /// Whether a `Set-Cookie` header would reach the client.
    pub can_set_cookie: bool,
    /// Whether PHP is out of memory, or leaving after a fatal error.
    pub dying: bool,
    /// Where the ID came from; known when a session opens.
    pub origin: Origin,
    /// Bytes until `memory_limit`; known when a session is read.
    pub memory_left: usize,
    /// The ID that PHP has; known when a session opens.
    pub id: &'a [u8],
    /// The `Cookie` header; known when a session opens, and when an ID is judged, made or read.
    pub cookies: &'a [u8],
    /// Whom `sidereal.user_key` finds in `$_SESSION`, if it is set; empty for nobody. Known when a session is written.
    pub user: Option<&'a [u8]>,
    /// Texts, which are looked at where they are needed: most calls need none.
    raw: &'a RawFacts,
}

impl<'a> Facts<'a> {
    /// PHP's name of the serializer.
    pub fn serializer(&self) -> &'a str {
        self.raw.serializer.text()
    }

    /// `session.save_path`; known when a session opens.
    pub fn save_path(&self) -> &'a str {
        self.raw.save_path.text()
    }

    /// `session.name`; known where `cookies` is.
    pub fn cookie_name(&self) -> &'a str {
        self.raw.cookie_name.text()
    }

    /// What PHP makes the session cookie of; known when a session opens.
    pub fn attributes(&self) -> Attributes<'a> {
        let raw = self.raw;
        Attributes {
            is_secure: raw.cookie_secure != 0,
            path: raw.cookie_path.text(),
            domain: raw.cookie_domain.text(),
            same_site: raw.cookie_samesite.text(),
        }
    }

    /// Where the request came from, as the server has it; known when a session opens.
    pub fn arrival(&self) -> Arrival<'a> {
        let raw = self.raw;
        Arrival {
            address: raw.address.text(),
            scheme: raw.scheme(),
            forwarded_for: raw.forwarded_for.text(),
            forwarded_proto: raw.forwarded_proto.text(),
        }
    }

    /// What the request tells of the client; known when a session opens. Its address is that of the connection.
    pub fn sent(&self) -> Sent<'a> {
        let raw = self.raw;
        Sent {
            address: raw.address.text(),
            user_agent: raw.user_agent.text(),
            accept_language: raw.accept_language.text(),
            ch_platform: raw.ch_platform.text(),
            ch_mobile: raw.ch_mobile.text(),
        }
    }
}

impl RawFacts {
    /// The facts, with every number checked.
    pub fn read(&self) -> Facts<'_> {
        Facts {
            caller: self.caller(),
            code_runs: self.code_runs != 0,
            wrapped: self.wrapped != 0,
            upload: self.upload != 0,
            read_only: self.read_only != 0,
            can_set_cookie: self.can_set_cookie != 0,
            dying: self.dying != 0,
            origin: self.origin(),
            memory_left: self.memory_left,
            id: self.id.borrow(),
            cookies: self.cookies.borrow(),
            user: self.user.is_given().then(|| self.user.borrow()),
            raw: self,
        }
    }

    fn caller(&self) -> Caller {
        match self.caller {
            1 => Caller::Start,
            2 => Caller::Reset,
            3 => Caller::Regenerate,
            4 => Caller::Destroy,
            5 => Caller::Decode,
            6 => Caller::Gc,
            7 => Caller::CreateId,
            8 => Caller::Close,
            _ => Caller::None,
        }
    }

    fn scheme(&self) -> Option<Scheme> {
        match self.scheme {
            1 => Some(Scheme::Http),
            2 => Some(Scheme::Https),
            _ => None,
        }
    }

    fn origin(&self) -> Origin {
        match self.origin {
            0 => Origin::None,
            1 => Origin::Cookie,
            2 => Origin::Application,
            _ => Origin::Url,
        }
    }
}

/// Room for a message; a longer one is cut.
pub const MESSAGE_SIZE: usize = 768;

/// What Rust has decided: `sidereal_reply`.
#[repr(C)]
pub struct Reply {
    /// Whether the callback succeeds.
    pub ok: u32,
    /// A set of [`act`].
    pub act: u32,
    /// How many rows were removed.
    pub count: i64,
    /// An ID.
    pub id: Bytes,
    /// A payload.
    pub payload: Bytes,
    /// [`Level`] of the message.
    pub level: u32,
    /// [`Code`] of what failed.
    pub code: u32,
    /// Length of the message; zero when there is none.
    pub message_length: u32,
    /// Nothing.
    pub reserved: u32,
    /// The message, without NUL at its end. C leaves it as it is until there is one.
    pub message: [MaybeUninit<u8>; MESSAGE_SIZE],
}

// `shim/shim.h` expects the same.
const _: () = assert!(size_of::<usize>() != 8 || (size_of::<RawFacts>() == 280 && size_of::<Reply>() == 832));

/// How loud a message is.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `E_NOTICE`.
    Notice = 1,
    /// `E_WARNING`.
    Warning = 2,
}

/// What the audit asks of PHP besides its settings: `sidereal_surroundings`.
#[repr(C)]
pub struct Surroundings {
    /// `PHP_VERSION_ID`.
    pub version: u32,
    is_ours: u8,
    is_request: u8,
    is_https: u8,
    reserved: u8,
    /// Such as 8.4.1.
    pub version_text: Bytes,
    /// PHP's name of the server.
    pub sapi: Bytes,
    /// The php.ini in use, empty if there is none.
    pub ini_file: Bytes,
    /// The name of the session cookie.
    pub session_name: Bytes,
    /// Where PHP's own handler keeps its files when it is told nothing.
    pub temporary: Bytes,
    /// What the server serves files from.
    pub document_root: Bytes,
    address: Bytes,
    forwarded_for: Bytes,
    /// The header `X-Forwarded-Proto`, which any client can send.
    pub forwarded_proto: Bytes,
    /// The header `Forwarded`, likewise.
    pub forwarded: Bytes,
}

// `shim/shim.h` expects the same.
const _: () = assert!(size_of::<usize>() != 8 || size_of::<Surroundings>() == 168);

impl Surroundings {
    /// Whether Sidereal is the save handler, be it wrapped by another one.
    pub fn is_ours(&self) -> bool {
        self.is_ours != 0
    }

    /// Whether somebody is being served over HTTP.
    pub fn is_request(&self) -> bool {
        self.is_request != 0
    }

    /// Where they came from, as the server has it.
    pub fn arrival(&self) -> Arrival<'_> {
        Arrival {
            address: self.address.text(),
            scheme: Some(if self.is_https != 0 { Scheme::Https } else { Scheme::Http }),
            forwarded_for: self.forwarded_for.text(),
            forwarded_proto: self.forwarded_proto.text(),
        }
    }
}

/// For phpinfo(): `sidereal_about`. Each text ends with NUL.
#[repr(C)]
pub struct About {
    /// Our version.
    pub version: [u8; 32],
    /// Where sessions are kept.
    pub store: [u8; 512],
    /// Where the keys are: a path, never a key.
    pub keyring: [u8; 512],
    /// The times in force.
    pub policy: [u8; 256],
    /// The audit's verdict.
    pub audit: [u8; 128],
}

/// The Rust side as C calls it: `sidereal_handler`.
#[repr(C)]
pub struct HandlerTable {
    /// `s_open`.
    pub open: unsafe extern "C" fn(*const RawFacts, *mut Reply),
    /// `s_close`.
    pub close: unsafe extern "C" fn(*const RawFacts, *mut Reply),
    /// `s_validate_sid`.
    pub validate: unsafe extern "C" fn(*const RawFacts, Bytes, *mut Reply),
    /// `s_create_sid`.
    pub create: unsafe extern "C" fn(*const RawFacts, *mut Reply),
    /// `s_read`.
    pub read: unsafe extern "C" fn(*const RawFacts, Bytes, *mut Reply),
    /// What [`act::STRIP`] asked for is done.
    pub stripped: unsafe extern "C" fn(*mut Reply),
    /// `s_write`.
    pub write: unsafe extern "C" fn(*const RawFacts, Bytes, Bytes, *mut Reply),
    /// `s_update_timestamp`.
    pub touch: unsafe extern "C" fn(*const RawFacts, Bytes, *mut Reply),
    /// `s_destroy`.
    pub destroy: unsafe extern "C" fn(*const RawFacts, Bytes, *mut Reply),
    /// `s_gc`.
    pub sweep: unsafe extern "C" fn(*const RawFacts, *mut Reply),
    /// `session_create_id()`.
    pub mint: unsafe extern "C" fn(*const RawFacts, Bytes, *mut Reply),
    /// `session_start()` is done.
    pub notice: unsafe extern "C" fn(*mut Reply),
    /// `$_SESSION` was written after the session was closed.
    pub late_write: unsafe extern "C" fn(*const RawFacts, *mut Reply),
    /// A setting is about to change.
    pub check: unsafe extern "C" fn(Bytes, Bytes, *mut Reply),
    /// phpinfo().
    pub describe: unsafe extern "C" fn(*const Surroundings, *mut About),
}

unsafe extern "C" {
    /// See `shim/shim.h`.
    pub fn sidereal_startup(handler: *const HandlerTable, kind: c_int) -> c_int;
    /// See `shim/shim.h`.
    pub fn sidereal_shutdown(module_number: c_int);
    /// See `shim/shim.h`.
    pub fn sidereal_request_over();
    /// See `shim/api.h`.
    pub fn sidereal_register_api(api: *const ApiTable) -> c_int;
    /// See `shim/api.h`.
    pub fn sidereal_unregister_api();
    /// See `shim/api.h`.
    pub fn sidereal_request_ends();
    fn sidereal_setting(name: *const c_char, length: usize) -> Bytes;
    fn sidereal_next_setting(position: *mut u32, name: *mut Bytes, value: *mut Bytes) -> bool;
    fn sidereal_next_header(position: *mut *const c_void, header: *mut Bytes) -> bool;
    fn sidereal_is_command_line() -> bool;
    /// See `shim/shim.h`.
    pub fn sidereal_on_modify(
        entry: *mut zend_ini_entry,
        value: *mut zend_string,
        arg1: *mut c_void,
        arg2: *mut c_void,
        arg3: *mut c_void,
        stage: c_int,
    ) -> c_int;
    /// See `shim/shim.h`.
    pub fn sidereal_display_masked(entry: *mut zend_ini_entry, kind: c_int);
    pub fn sidereal_display_source(entry: *mut zend_ini_entry, kind: c_int);
    /// See `shim/shim.h`.
    pub fn sidereal_print_info(module: *mut ModuleEntry);
}

/// The value of the setting `name`, empty when there is none or it is not UTF-8.
pub fn setting(name: &str) -> String {
    // SAFETY: the shim reads `name` during the call and looks the value up in PHP's table of settings, which exists
    // whenever PHP calls us.
    let value = unsafe { sidereal_setting(name.as_ptr().cast(), name.len()) };
    String::from_utf8(value.borrow().to_vec()).unwrap_or_default()
}

/// Every setting of PHP, by name. What is not UTF-8 is shown as if it were.
pub fn settings() -> Vec<(String, String)> {
    let owned = |bytes: Bytes| String::from_utf8_lossy(bytes.borrow()).into_owned();
    let (mut position, mut name, mut value) = (0, Bytes::NONE, Bytes::NONE);
    let mut all = Vec::new();
    // SAFETY: the shim writes to three locals and looks into PHP's table of settings, which nobody changes meanwhile.
    while unsafe { sidereal_next_setting(&raw mut position, &raw mut name, &raw mut value) } {
        all.push((owned(name), owned(value)));
    }
    all
}

/// Shows `look` each header that the response has so far.
pub fn each_header(mut look: impl FnMut(&str)) {
    let (mut position, mut header) = (std::ptr::null(), Bytes::NONE);
    // SAFETY: the shim writes to two locals and looks into PHP's list of headers, which nobody changes meanwhile.
    while unsafe { sidereal_next_header(&raw mut position, &raw mut header) } {
        look(header.text());
    }
}

/// Whether this is PHP's command line, which has no client and no cookies.
pub fn is_command_line() -> bool {
    // SAFETY: the shim compares the name of the SAPI, which PHP sets before it loads any extension.
    unsafe { sidereal_is_command_line() }
}
