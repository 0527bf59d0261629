//! Remembered devices in memory.

use super::{MemoryStore, State};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{Handle, Tag};
use crate::store::devices::{DeviceRow, Devices, MAX_DEVICES, NewDevice, Whose};
use crate::store::{Whom, Written};

#[derive(Clone, Debug)]
pub(super) struct Device {
    subject: Tag,
    version: u64,
    sealed: Vec<u8>,
    delete: Time,
}

impl Device {
    fn row(&self, name: &Handle) -> DeviceRow {
        DeviceRow { name: *name, version: self.version, sealed: self.sealed.clone() }
    }
}

impl State {
    /// Deletes the devices of those whom an ending or an alarm reaches.
    pub(super) fn forget_devices(&mut self, whom: &Whom) {
        match *whom {
            Whom::Family { .. } => {}
            Whom::Subject { subject, except } => {
                let spared = except.and_then(|it| it.device);
                self.devices.retain(|name, device| device.subject != subject || Some(*name) == spared);
            }
            Whom::All => self.devices.clear(),
        }
    }
}

fn counted(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

impl Devices for MemoryStore {
    fn create_device(&self, new: &NewDevice<'_>) -> Result<bool> {
        let NewDevice { name, subject, sealed, delete } = *new;
        let devices = &mut self.state.lock().devices;
        if devices.contains_key(&name) {
            return Ok(false);
        }
        let others = devices.iter().filter(|(_, device)| device.subject == subject);
        let mut others: Vec<(Time, Handle)> = others.map(|(name, device)| (device.delete, *name)).collect();
        others.sort_unstable();
        let surplus = (others.len() + 1).saturating_sub(MAX_DEVICES);
        for (_, name) in others.into_iter().take(surplus) {
            devices.remove(&name);
        }
        devices.insert(name, Device { subject, version: 1, sealed: sealed.to_vec(), delete });
        Ok(true)
    }

    fn load_device(&self, name: &Handle) -> Result<Option<DeviceRow>> {
        Ok(self.state.lock().devices.get(name).map(|device| device.row(name)))
    }

    fn save_device(&self, name: &Handle, version: u64, sealed: &[u8]) -> Result<Written> {
        let mut state = self.state.lock();
        let Some(device) = state.devices.get_mut(name).filter(|device| device.version == version) else {
            return Ok(Written::Lost);
        };
        device.version += 1;
        device.sealed = sealed.to_vec();
        Ok(Written::Done(device.version))
    }

    fn end_devices(&self, whose: &Whose) -> Result<u64> {
        let devices = &mut self.state.lock().devices;
        let before = devices.len();
        devices.retain(|name, device| match whose {
            Whose::One(one) => name != one,
            Whose::Subject(subject) => device.subject != *subject,
        });
        Ok(counted(before - devices.len()))
    }

    fn list_devices(&self, subject: &Tag) -> Result<Vec<DeviceRow>> {
        let state = self.state.lock();
        let own = state.devices.iter().filter(|(_, device)| device.subject == *subject);
        Ok(own.map(|(name, device)| device.row(name)).collect())
    }

    fn sweep_devices(&self, now: Time, limit: u32) -> Result<u64> {
        let devices = &mut self.state.lock().devices;
        let over = devices.iter().filter(|(_, device)| device.delete <= now).map(|(name, _)| *name);
        let over: Vec<Handle> = over.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect();
        for name in &over {
            devices.remove(name);
        }
        Ok(counted(over.len()))
    }
}
