//! Remembered devices: fields in the cell of their user, and for each a key that says which cell that is.
//!
//! The key is there before the device is; one that leads nowhere does no harm and expires.

use std::collections::BTreeSet;

use redis::Value;

use super::cell::{self, NONE, Reply, fixed, hex, slices, word};
use super::{RedisStore, scripts, unique, wall};
use crate::clock::Time;
use crate::error::Result;
use crate::id::{Handle, Partition, Tag};
use crate::store::Written;
use crate::store::devices::{DeviceRow, Devices, MAX_DEVICES, NewDevice, Whose};

/// What the index of devices says: name and partition.
fn member(name: &Handle, partition: &Partition) -> String {
    format!("{}{}", hex(&name.0), hex(&partition.0))
}

fn decode(text: &str) -> Option<(Handle, Partition)> {
    let (name, partition) = text.split_at_checked(2 * Handle::LEN)?;
    let bytes = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).ok();
    Some((Handle::from_slice(&bytes(name)?)?, Partition::from_slice(&bytes(partition)?)?))
}

impl RedisStore {
    fn partition_of(&self, name: &Handle) -> Result<Option<Partition>> {
        let mut command = redis::cmd("GET");
        command.arg(self.keys.device(name));
        let Value::BulkString(text) = self.client.command(&command)? else { return Ok(None) };
        Ok(data_encoding::HEXLOWER.decode(&text).ok().and_then(|bytes| Partition::from_slice(&bytes)))
    }

    fn forget_device(&self, name: &Handle, partition: &Partition) -> Result<()> {
        let mut command = redis::cmd("ZREM");
        command.arg(self.keys.devices()).arg(member(name, partition));
        self.client.command(&command)?;
        self.client.call_script(&scripts::UNNAME, &self.keys.device(name), &[hex(&partition.0).as_bytes()]).map(drop)
    }

    fn devices_in(
        &self,
        partition: &Partition,
        name: Option<&Handle>,
        subject: Option<&Tag>,
    ) -> Result<Vec<DeviceRow>> {
        let or_none = |bytes: Option<&[u8]>| word(bytes.map_or_else(|| NONE.to_owned(), hex));
        let args = [or_none(name.map(|name| &name.0[..])), or_none(subject.map(|subject| &subject.0[..]))];
        let mut reply = self.run(&scripts::DEVICE_LIST, partition, &args)?;
        let mut list = Vec::new();
        while !reply.is_empty() {
            let mut device = reply.list()?;
            let name = device.bytes()?;
            let version = device.text()?.parse().unwrap_or(0);
            let name = data_encoding::HEXLOWER.decode(&name).ok().and_then(|bytes| Handle::from_slice(&bytes));
            let sealed = device.bytes()?;
            list.extend(name.map(|name| DeviceRow { name, version, sealed }));
        }
        Ok(list)
    }

    /// Every partition that has devices.
    pub(super) fn device_partitions(&self) -> Result<BTreeSet<Partition>> {
        let mut command = redis::cmd("ZRANGE");
        command.arg(self.keys.devices()).arg(0).arg(-1);
        let members = Reply::new(self.client.command(&command)?)?.texts()?;
        Ok(members.iter().filter_map(|text| Some(decode(text)?.1)).collect())
    }

    /// Deletes one device if it is over at `now`, or whenever it is over.
    fn end_device(&self, name: &Handle, partition: &Partition, now: Option<Time>) -> Result<u64> {
        let over = now.map_or_else(|| NONE.to_owned(), cell::moment);
        let args = [word(hex(&name.0)), fixed(NONE), word(over)];
        let gone = self.client.call_durably(&scripts::DEVICE_END, &self.keys.cell(partition), &slices(&args))?;
        let gone = cell::count(gone)?;
        if gone == NOT_YET {
            return Ok(0);
        }
        self.forget_device(name, partition)?;
        Ok(gone)
    }
}

impl Devices for RedisStore {
    fn create_device(&self, new: &NewDevice<'_>) -> Result<bool> {
        let partition = new.subject.partition();
        if let Some(other) = self.partition_of(&new.name)?
            && !self.devices_in(&other, Some(&new.name), None)?.is_empty()
        {
            return Ok(false);
        }
        // Names are random: nobody else makes a device of this name meanwhile.
        let mut command = redis::cmd("SET");
        let until = cell::score_at(0, new.delete.max(wall())).saturating_add(SLACK);
        command.arg(self.keys.device(&new.name)).arg(hex(&partition.0)).arg("PXAT").arg(until);
        self.client.command(&command)?;
        let mut command = redis::cmd("ZADD");
        command.arg(self.keys.devices()).arg(cell::score_at(0, new.delete)).arg(member(&new.name, &partition));
        self.client.command(&command)?;
        let args = [
            word(hex(&new.name.0)),
            word(hex(&new.subject.0)),
            word(cell::moment(new.delete)),
            word(MAX_DEVICES.to_string()),
            new.sealed.into(),
            word(unique()?),
        ];
        let made = self.client.call_durably(&scripts::DEVICE_CREATE, &self.keys.cell(&partition), &slices(&args))?;
        Ok(cell::count(made)? == 1)
    }

    fn load_device(&self, name: &Handle) -> Result<Option<DeviceRow>> {
        let Some(partition) = self.partition_of(name)? else { return Ok(None) };
        Ok(self.devices_in(&partition, Some(name), None)?.pop())
    }

    fn save_device(&self, name: &Handle, version: u64, sealed: &[u8]) -> Result<Written> {
        let Some(partition) = self.partition_of(name)? else { return Ok(Written::Lost) };
        let args = [word(hex(&name.0)), word(version.to_string()), sealed.into(), word(unique()?)];
        let saved = self.client.call_durably(&scripts::DEVICE_SAVE, &self.keys.cell(&partition), &slices(&args))?;
        Ok(if saved == Value::Nil { Written::Lost } else { Written::Done(cell::count(saved)?) })
    }

    fn end_devices(&self, whose: &Whose) -> Result<u64> {
        match whose {
            Whose::One(name) => match self.partition_of(name)? {
                Some(partition) => self.end_device(name, &partition, None),
                None => Ok(0),
            },
            Whose::Subject(subject) => {
                let partition = subject.partition();
                let args = [fixed(NONE), word(hex(&subject.0)), fixed(NONE)];
                let gone =
                    self.client.call_durably(&scripts::DEVICE_END, &self.keys.cell(&partition), &slices(&args))?;
                cell::count(gone)
            }
        }
    }

    fn list_devices(&self, subject: &Tag) -> Result<Vec<DeviceRow>> {
        self.devices_in(&subject.partition(), None, Some(subject))
    }

    fn sweep_devices(&self, now: Time, limit: u32) -> Result<u64> {
        let mut command = redis::cmd("ZRANGE");
        command.arg(self.keys.devices()).arg(0).arg(cell::score_at(0, now).min((1 << 49) - 1));
        command.arg("BYSCORE").arg("LIMIT").arg(0).arg(limit);
        let over = Reply::new(self.client.command(&command)?)?.texts()?;
        let over = over.iter().filter_map(|text| decode(text));
        over.map(|(name, partition)| self.end_device(&name, &partition, Some(now))).sum()
    }
}

/// What the script answers of a device that is not over.
const NOT_YET: u64 = 2;

/// Milliseconds for which a key outlives its device.
const SLACK: u64 = 86_400_000;
