//! Redis and Valkey: one server, a primary that Sentinels watch, or a Cluster.
//!
//! Owns how a call reaches the server that has its key, and comes back in time or not at all. Each part stands on the ones before it: [`address`],
//! what an operator writes; `wire`, what goes over a connection; `stream`, the connection; `slots`, who has which key; `fault`, what a failure
//! means; `link`, a connection that is logged in; `lookup`, who the primary is; `client`, a call with its budget.

mod address;
#[allow(dead_code, reason = "the store that calls it is the next piece")]
mod client;
mod fault;
mod link;
mod lookup;
mod password;
mod pool;
mod script;
mod slots;
mod stream;
mod wire;

pub use self::address::Address;
pub use self::password::Password;
