//! The Sidereal session engine.
//!
//! Layers, each of which uses only the ones above it:
//! values ([`error`], [`clock`], [`entropy`], [`id`], [`directory`]), data ([`record`], [`client`], [`origin`], [`policy`], [`proxy`], [`incident`], [`keys`],
//! [`event`]), rules ([`lifecycle`], [`signals`], [`codec`], [`seal`], [`cookie`], [`csrf`], [`audit`]: pure), edges ([`store`], [`lock`], [`log`],
//! [`survey`], [`migrate`]), engine ([`engine`], [`session`], [`roster`], [`evidence`]).
#![deny(unsafe_code)]

mod alarm;
pub mod audit;
pub mod autologin;
pub mod birth;
mod choosing;
pub mod client;
pub mod clock;
pub mod codec;
pub mod cookie;
pub mod csrf;
pub mod device;
pub mod directory;
pub mod engine;
pub mod entropy;
pub mod error;
pub mod event;
pub mod evidence;
pub mod id;
pub mod incident;
pub mod keys;
pub mod lifecycle;
pub mod lock;
pub mod log;
pub mod migrate;
mod opening;
pub mod origin;
pub mod policy;
pub mod proxy;
pub mod record;
pub mod remembering;
pub mod roster;
pub mod seal;
pub mod session;
pub mod shared;
pub mod signals;
pub mod store;
pub mod survey;
pub mod token;

pub use error::{Error, Result};
