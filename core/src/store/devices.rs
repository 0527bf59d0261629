//! The part of the store contract that auto-login stands on.
//!
//! - A **device** is one row, found by its name. What it holds is sealed, and the store does not know what it says.
//! - Its **version** makes a token good once: a write that names another version than the row has is [`Written::Lost`], so of those that use a
//!   token at the same time one wins.
//! - When it is over is written once, with the row, and no operation moves it (R54).
//! - Everything written here is durable when the call returns, power loss included: a token that comes to life again would accuse its owner.

use super::Written;
use crate::clock::Time;
use crate::error::Result;
use crate::id::{Handle, Tag};

/// Devices that one user may have. Of more than that those go that end first.
pub const MAX_DEVICES: usize = 32;

/// A device as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    /// Its name.
    pub name: Handle,
    /// Grows with each write.
    pub version: u64,
    /// What is known of it.
    pub sealed: Vec<u8>,
}

/// A device to be created.
#[derive(Clone, Copy, Debug)]
pub struct NewDevice<'a> {
    /// Its name.
    pub name: Handle,
    /// The user that it logs in.
    pub subject: Tag,
    /// What is known of it.
    pub sealed: &'a [u8],
    /// When it is over.
    pub delete: Time,
}

/// Which devices end. Those of everybody, and those of a user together with their sessions, end by [`Store::end`](super::Store::end).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The device of this name.
    One(Handle),
    /// All of a user's.
    Subject(Tag),
}

/// Where remembered devices are kept: a part of every [`super::Store`].
pub trait Devices {
    /// Creates a device with version 1, and ends those beyond [`MAX_DEVICES`]. Whether the name was free.
    fn create_device(&self, new: &NewDevice<'_>) -> Result<bool>;

    /// The device called `name`. Waits for nobody.
    fn load_device(&self, name: &Handle) -> Result<Option<DeviceRow>>;

    /// Writes what is known of the device called `name`, if it is there and has this version: compare and swap.
    fn save_device(&self, name: &Handle, version: u64, sealed: &[u8]) -> Result<Written>;

    /// Deletes devices. Answers how many there were.
    fn end_devices(&self, whose: &Whose) -> Result<u64>;

    /// The devices of a user, in no order.
    fn list_devices(&self, subject: &Tag) -> Result<Vec<DeviceRow>>;

    /// Deletes up to `limit` devices that were over at `now`, and answers how many.
    fn sweep_devices(&self, now: Time, limit: u32) -> Result<u64>;
}
