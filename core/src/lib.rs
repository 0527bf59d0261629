//! The Sidereal session engine.
//!
//! Layers, each of which uses only the ones above it:
//! values ([`error`], [`clock`], [`entropy`], [`id`], [`directory`]), data ([`record`], [`policy`], [`keys`], [`event`]), rules ([`lifecycle`],
//! [`signals`], [`codec`], [`seal`], [`cookie`]: pure), edges ([`store`], [`lock`], [`log`]), engine ([`engine`], [`session`], [`roster`]).
#![deny(unsafe_code)]

pub mod autologin;
mod choosing;
pub mod clock;
pub mod codec;
pub mod cookie;
pub mod device;
pub mod directory;
pub mod engine;
pub mod entropy;
pub mod error;
pub mod event;
pub mod id;
pub mod keys;
pub mod lifecycle;
pub mod lock;
pub mod log;
mod opening;
pub mod policy;
pub mod record;
pub mod remembering;
pub mod roster;
pub mod seal;
pub mod session;
pub mod signals;
pub mod store;
pub mod token;

pub use error::{Error, Result};
