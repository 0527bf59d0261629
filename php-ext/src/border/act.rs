//! What C is asked to do: `sidereal_act`.

/// Do not send a cookie for this ID.
pub const KEEP_COOKIE: u32 = 1;
/// The session has another ID than PHP thinks.
pub const MOVE_CLIENT: u32 = 2;
/// Tell the client to drop its cookie.
pub const CLEAR_COOKIE: u32 = 4;
/// The session is over for now: PHP's own settings apply again.
pub const RELEASE: u32 = 8;
/// The client came by https: so must the cookie.
pub const SECURE: u32 = 16;
/// The payload may say that somebody is logged in although nobody is any more: PHP must not see that part of it.
pub const STRIP: u32 = 32;
/// Send the `Set-Cookie` line that the payload is.
pub const SET_LINE: u32 = 64;
/// PHP has another ID than the client's session: it takes this one, and sends no cookie for it.
pub const TAKE_ID: u32 = 256;
/// Send no session cookie with this response, whatever PHP was going to.
pub const DROP_COOKIE: u32 = 128;
