//! The C library over the engine. Not written yet: the C API is the next piece of work, and nothing here is exported.

/// The version of the engine that the library will speak for.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
