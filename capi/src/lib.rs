//! `libsidereal`: the engine for C programs that serve the web.
//!
//! Owns the border to C and nothing else: handles, bytes, numbers, panics, forks. What a session is and does is in the core. The header
//! `include/sidereal.h` is made from these sources by `make header`; what it says is written here.
//!
//! A pointer to a handle or to one thing to be written is a reference or a box here, and NULL is `None`; a pointer to bytes is raw until
//! [`bytes`] has seen its length. So no function of the API needs `unsafe`; what C has to keep for that to be sound stands in the header. `unsafe` is left where bytes are borrowed ([`bytes`]), where C is called ([`callback`]) and where
//! forks are counted ([`fork`]).

mod audit;
mod autologin;
mod bytes;
mod callback;
mod config;
mod csrf;
mod engine;
mod evidence;
mod fork;
mod guard;
mod list;
mod request;
mod roster;
mod session;
mod setting;
mod status;
mod user;

pub use audit::{
    Audit, Finding, Format, Severity, sidereal_audit_count, sidereal_audit_finding, sidereal_audit_free,
    sidereal_audit_write, sidereal_config_audit,
};
pub use callback::{ClockCallback, Event, EventCallback};
pub use config::{
    Config, sidereal_config_free, sidereal_config_message, sidereal_config_new, sidereal_config_rotate_keyring,
    sidereal_config_set_clock, sidereal_config_set_events, sidereal_config_set_number, sidereal_config_set_text,
};
pub use csrf::{
    Refusal, sidereal_header_value_ok, sidereal_refusal_word, sidereal_request_csrf_check, sidereal_request_csrf_token,
    sidereal_request_csrf_verify,
};
pub use engine::{
    Engine, sidereal_after_fork, sidereal_engine_free, sidereal_engine_message, sidereal_engine_new,
    sidereal_engine_stats, sidereal_engine_sweep,
};
pub use evidence::{
    Evidence, sidereal_engine_evidence, sidereal_engine_evidence_json, sidereal_engine_evidence_purge,
    sidereal_evidence_count, sidereal_evidence_free, sidereal_evidence_handle, sidereal_evidence_times,
};
pub use request::{
    Request, sidereal_request_add_cookies, sidereal_request_denial, sidereal_request_free, sidereal_request_handle,
    sidereal_request_is_open, sidereal_request_is_writable, sidereal_request_may_send_cookie, sidereal_request_message,
    sidereal_request_new, sidereal_request_set_address, sidereal_request_set_cookie, sidereal_request_set_headers_sent,
    sidereal_request_set_https, sidereal_request_set_method, sidereal_request_set_user_agent,
};
pub use roster::{
    Roster, sidereal_engine_mint, sidereal_engine_mint_for, sidereal_engine_revoke, sidereal_engine_revoke_all,
    sidereal_engine_revoke_others, sidereal_engine_revoke_user, sidereal_engine_roster,
    sidereal_engine_roster_of_prefix, sidereal_request_info, sidereal_roster_agent, sidereal_roster_count,
    sidereal_roster_free, sidereal_roster_handle, sidereal_roster_methods, sidereal_roster_network,
    sidereal_roster_times,
};
pub use session::{
    Access, Denial, Snapshot, sidereal_denial_word, sidereal_request_close, sidereal_request_commit,
    sidereal_request_elevate, sidereal_request_logout, sidereal_request_open, sidereal_request_payload,
    sidereal_request_quarantine, sidereal_request_rotate, sidereal_request_set_payload,
};
pub use setting::Setting;
pub use status::{Status, sidereal_strerror, sidereal_version};
pub use user::{
    sidereal_request_is_bound, sidereal_request_is_fresh, sidereal_request_is_of, sidereal_request_login,
    sidereal_request_reauthenticated,
};
