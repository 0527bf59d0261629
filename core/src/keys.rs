//! The keyring: one root key and numbered working keys, and everything that is computed with a key.
//!
//! Owns the file format, the checks on who may read it, key derivation (HKDF-SHA256, one label a purpose), minting and
//! verifying of IDs, locators, handles, references for logs, CSRF hashes, and the AEAD that [`crate::seal`] uses. No key ever leaves this
//! module; none has `Debug` output.

use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _};
use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::clock::Time;
use crate::entropy::{self, Entropy};
use crate::error::{Error, Result};
use crate::id::{
    Class, Handle, KeyId, Locator, Prefix, RANDOM_LEN, SECRET_LEN, SIGNED_LEN, Secret, SessionId, TAG_LEN, Tag,
    signed_part,
};
use crate::token::{self, Token};

type HmacSha256 = Hmac<Sha256>;
type KeyBytes = Zeroizing<[u8; 32]>;

/// Bytes of the MAC in an ID.
const MAC_LEN: usize = SECRET_LEN - SIGNED_LEN;

const HEADER: &str = "sidereal-keyring 1";
/// A keyring has at most 127 working keys of 70 characters; anything larger is not one.
const MAX_FILE: u64 = 16 * 1024;

/// The keys of one installation, ready to use.
pub struct Keyring {
    application: Box<str>,
    user: HmacSha256,
    log: HmacSha256,
    handle: HmacSha256,
    /// Newest first, never empty.
    working: Vec<WorkingKey>,
}

struct WorkingKey {
    id: KeyId,
    sid: HmacSha256,
    autologin: HmacSha256,
    csrf: HmacSha256,
    seal: Aes256GcmSiv,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({} working keys)", self.working.len())
    }
}

impl Keyring {
    /// Reads the keyring file at `path` for `application`. The file must be a regular file of this uid, readable by nobody
    /// else, reached by no symlink, in a directory that only this uid can enter.
    ///
    /// # Errors
    /// [`Error::is_keyring`], with a sentence that names the path and the fault.
    pub fn load(path: &Path, application: &str) -> Result<Self> {
        Self::derive(&KeyFile::read(path)?, application)
    }

    /// Reads the keyring at `path`, or creates it when there is none. Any number of processes that race here end up with
    /// the same keyring.
    ///
    /// # Errors
    /// As [`Keyring::load`], and [`Error::is_entropy`].
    pub fn load_or_create(path: &Path, application: &str, entropy: &dyn Entropy) -> Result<Self> {
        if !path.try_exists().unwrap_or(false) && path.symlink_metadata().is_err() {
            KeyFile::generate(entropy)?.publish(path, Publish::UnlessThere)?;
        }
        Self::load(path, application)
    }

    /// Adds a working key to the keyring at `path` and drops all but the newest `keep` (at least 1) working keys: new IDs and
    /// seals use it, old ones stay readable until their key is dropped (A33).
    ///
    /// # Errors
    /// As [`Keyring::load`], and [`Error::is_entropy`].
    pub fn rotate(path: &Path, keep: usize, entropy: &dyn Entropy) -> Result<()> {
        check_directory(path)?;
        // Who rotates at the same time waits, or the key of one would be lost.
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let turn = std::fs::File::open(directory).and_then(|directory| directory.lock().map(|()| directory));
        let _turn = turn.map_err(|found| refused(path, format!("could not lock its directory: {found}")))?;
        let mut file = KeyFile::read(path)?;
        file.add(entropy)?;
        file.working.truncate(keep.max(1));
        file.publish(path, Publish::Replace)
    }

    /// A keyring that exists in memory only.
    ///
    /// # Errors
    /// [`Error::is_entropy`].
    pub fn ephemeral(application: &str, entropy: &dyn Entropy) -> Result<Self> {
        Self::derive(&KeyFile::generate(entropy)?, application)
    }

    fn derive(file: &KeyFile, application: &str) -> Result<Self> {
        let working = file
            .working
            .iter()
            .map(|(id, key)| {
                let seal = derive(key, "sidereal seal v1")?;
                Ok(WorkingKey {
                    id: *id,
                    sid: hmac(&derive(key, "sidereal sid v1")?)?,
                    autologin: hmac(&derive(key, "sidereal auto-login v1")?)?,
                    csrf: hmac(&derive(key, "sidereal csrf v1")?)?,
                    seal: Aes256GcmSiv::new((&*seal).into()),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            application: application.into(),
            user: hmac(&derive(&file.root, "sidereal user v1")?)?,
            log: hmac(&derive(&file.root, "sidereal log v1")?)?,
            handle: hmac(&derive(&file.root, "sidereal handle v1")?)?,
            working,
        })
    }

    /// The application that this keyring's IDs and seals are bound to.
    pub fn application(&self) -> &str {
        &self.application
    }

    fn newest(&self) -> &WorkingKey {
        // `KeyFile` refuses a file without a working key.
        &self.working[0]
    }

    fn working(&self, id: KeyId) -> Option<&WorkingKey> {
        self.working.iter().find(|key| key.id == id)
    }

    /// Whether a working key of this number is here.
    pub fn knows(&self, id: KeyId) -> bool {
        self.working(id).is_some()
    }

    /// Mints an ID.
    ///
    /// # Errors
    /// [`Error::is_entropy`].
    pub fn mint(&self, prefix: &Prefix, tag: Tag, class: Class, now: Time, entropy: &dyn Entropy) -> Result<SessionId> {
        let key = self.newest();
        let signed = signed_part(class, key.id, now, &entropy::array(entropy)?);
        Ok(self.sign(key, prefix.clone(), tag, &signed))
    }

    fn sign(&self, key: &WorkingKey, prefix: Prefix, tag: Tag, signed: &[u8; SIGNED_LEN]) -> SessionId {
        let mut mac = [0; MAC_LEN];
        mac.copy_from_slice(&self.sid_sum(key, &prefix, tag, signed)[..MAC_LEN]);
        SessionId::new(prefix, tag, Secret::new(signed, mac))
    }

    /// Whether `id` was minted with one of these keys for this application.
    pub fn genuine(&self, id: &SessionId) -> bool {
        self.locate(id).is_some()
    }

    /// The locator of `id`: what a store knows it by. `None` when `id` was not minted with one of these keys for this application; compares in
    /// constant time.
    pub fn locate(&self, id: &SessionId) -> Option<Locator> {
        let key = self.working(id.key()?)?;
        let signed = id.secret().signed().try_into().ok()?;
        let sum = self.sid_sum(key, id.prefix(), id.tag(), signed);
        let genuine = sum[..MAC_LEN].ct_eq(id.secret().mac());
        let hash = sum[sum.len() - Locator::HASH_LEN..].try_into().ok()?;
        bool::from(genuine).then(|| Locator::new(hash, &id.tag()))
    }

    /// One HMAC for two names that tell nothing of each other: its head proves an ID, its tail is the locator.
    fn sid_sum(&self, key: &WorkingKey, prefix: &Prefix, tag: Tag, signed: &[u8; SIGNED_LEN]) -> [u8; 32] {
        mac_of(&key.sid, &[self.application.as_bytes(), prefix.as_str().as_bytes(), &tag.0, signed])
    }

    /// Mints a token of the device called `device` (R56, R57).
    ///
    /// # Errors
    /// [`Error::is_entropy`].
    pub fn mint_token(&self, device: &Handle, entropy: &dyn Entropy) -> Result<Token> {
        let key = self.newest();
        let signed = token::signed_part(key.id, device, &entropy::array(entropy)?);
        Ok(Token::new(&signed, self.token_mac(key, &signed)))
    }

    /// Whether `token` was minted with one of these keys for this application; compares in constant time.
    pub fn genuine_token(&self, token: &Token) -> bool {
        let key = token.key().and_then(|id| self.working(id));
        key.is_some_and(|key| self.token_mac(key, token.signed()).ct_eq(token.mac()).into())
    }

    fn token_mac(&self, key: &WorkingKey, signed: &[u8]) -> [u8; token::MAC_LEN] {
        let mut mac = [0; token::MAC_LEN];
        mac.copy_from_slice(&mac_of(&key.autologin, &[self.application.as_bytes(), signed])[..token::MAC_LEN]);
        mac
    }

    /// A subject's tag: a keyed hash of the user ID (R17, R53). Does not change when working keys rotate.
    pub fn subject_tag(&self, user: &[u8]) -> Tag {
        self.tag(&[self.application.as_bytes(), user])
    }

    /// The name that a store knows an application's prefix by: the prefix may say who the user is.
    pub fn prefix_tag(&self, prefix: &Prefix) -> Option<Tag> {
        let prefix = prefix.as_str();
        (!prefix.is_empty()).then(|| self.tag(&[self.application.as_bytes(), b"prefix", prefix.as_bytes()]))
    }

    /// The name of the incident in which the ID at `presented` was used: one ID makes one incident, however often it is used.
    pub fn incident(&self, presented: &Locator) -> Handle {
        Handle(self.tag(&[self.application.as_bytes(), b"incident", &presented.0]).0)
    }

    fn tag(&self, fields: &[&[u8]]) -> Tag {
        let mut tag = Tag([0; TAG_LEN]);
        tag.0.copy_from_slice(&mac_of(&self.user, fields)[..TAG_LEN]);
        tag
    }

    /// A reference for logs: the same for the same `name`, and of no use to anybody who reads it (A10).
    pub fn log_reference(&self, name: &[u8]) -> String {
        HEXLOWER.encode(&mac_of(&self.log, &[self.application.as_bytes(), name])[..8])
    }

    /// The handle of the record whose first ID has this locator: known before there is a record, so that a form can be bound to it.
    pub(crate) fn handle(&self, first: &Locator) -> Handle {
        let mut handle = Handle([0; 16]);
        handle.0.copy_from_slice(&mac_of(&self.handle, &[self.application.as_bytes(), &first.0])[..16]);
        handle
    }

    /// The IDs under which a session of another store, which calls it `name`, is kept here until its client has one of ours: one for each working key,
    /// newest first. They cannot be computed without the keyring, whoever knows the name, and no client is sent one.
    pub(crate) fn stand_ins(&self, name: &[u8]) -> impl Iterator<Item = SessionId> {
        let fields: [&[u8]; 3] = [self.application.as_bytes(), b"stand-in", name];
        let (tag, sum) = (self.tag(&fields), mac_of(&self.handle, &fields));
        let mut random = [0; RANDOM_LEN];
        random.copy_from_slice(&sum[..RANDOM_LEN]);
        self.working.iter().map(move |key| {
            let signed = signed_part(Class::User, key.id, Time::from_secs(0), &random);
            self.sign(key, Prefix::default(), tag, &signed)
        })
    }

    /// What a CSRF token of `record` for `scope` and `number` hides, and the number of the key that it is made with.
    pub(crate) fn csrf_hash(&self, record: &[u8], scope: &[u8], number: &[u8]) -> (KeyId, [u8; 32]) {
        let key = self.newest();
        (key.id, self.csrf_sum(key, record, scope, number))
    }

    /// The same, made with key number `id`.
    pub(crate) fn csrf_hash_with(&self, id: KeyId, record: &[u8], scope: &[u8], number: &[u8]) -> Option<[u8; 32]> {
        Some(self.csrf_sum(self.working(id)?, record, scope, number))
    }

    fn csrf_sum(&self, key: &WorkingKey, record: &[u8], scope: &[u8], number: &[u8]) -> [u8; 32] {
        mac_of(&key.csrf, &[self.application.as_bytes(), record, scope, number])
    }

    /// The AEAD to seal with, and the number of its key.
    pub(crate) fn sealer(&self) -> (KeyId, &Aes256GcmSiv) {
        (self.newest().id, &self.newest().seal)
    }

    /// The AEAD that key number `id` sealed with.
    pub(crate) fn opener(&self, id: KeyId) -> Option<&Aes256GcmSiv> {
        Some(&self.working(id)?.seal)
    }
}

/// Tells one state of a keyring file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    changed: (i64, i64),
    length: u64,
}

impl Stamp {
    /// The state of the file at `path`; `None` when there is none.
    pub fn of(path: &Path) -> Option<Self> {
        let meta = path.symlink_metadata().ok()?;
        Some(Self { inode: meta.ino(), changed: (meta.ctime(), meta.ctime_nsec()), length: meta.len() })
    }
}

fn derive(key: &KeyBytes, label: &str) -> Result<KeyBytes> {
    let mut out = Zeroizing::new([0; 32]);
    match hkdf::Hkdf::<Sha256>::new(None, &**key).expand(label.as_bytes(), &mut *out) {
        Ok(()) => Ok(out),
        Err(_) => {
            Err(Error::keyring("HKDF-SHA256 could not derive 32 bytes; this is a fault in Sidereal, please report it"))
        }
    }
}

fn hmac(key: &KeyBytes) -> Result<HmacSha256> {
    HmacSha256::new_from_slice(&**key)
        .map_err(|_| Error::keyring("HMAC-SHA256 refused a 32-byte key; this is a fault in Sidereal, please report it"))
}

/// HMAC over fields that are each preceded by their length, so that no two lists of fields collide.
fn mac_of(key: &HmacSha256, fields: &[&[u8]]) -> [u8; 32] {
    let mut mac = key.clone();
    for field in fields {
        mac.update(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        mac.update(field);
    }
    mac.finalize().into_bytes().into()
}

/// What the file holds.
struct KeyFile {
    root: KeyBytes,
    working: Vec<(KeyId, KeyBytes)>,
}

enum Publish {
    UnlessThere,
    Replace,
}

impl KeyFile {
    fn generate(entropy: &dyn Entropy) -> Result<Self> {
        let mut file = Self { root: Zeroizing::new(entropy::array(entropy)?), working: Vec::new() };
        file.add(entropy)?;
        Ok(file)
    }

    /// Adds a working key under the next number that is free; numbers wrap round at 127.
    fn add(&mut self, entropy: &dyn Entropy) -> Result<()> {
        let newest = self.working.first().map_or(0, |(id, _)| id.get());
        let next = (1..=127u8)
            .filter_map(|step| KeyId::new(((u16::from(newest) + u16::from(step) - 1) % 127 + 1) as u8))
            .find(|id| self.working.iter().all(|(used, _)| used != id));
        let Some(next) = next else {
            return Err(Error::keyring(
                "expected a free number among 127 working keys, found none; drop old working keys first",
            ));
        };
        self.working.insert(0, (next, Zeroizing::new(entropy::array(entropy)?)));
        Ok(())
    }

    fn read(path: &Path) -> Result<Self> {
        check_directory(path)?;
        let text =
            crate::directory::read_secret(path, MAX_FILE, "rotate the keys").map_err(|found| refused(path, found))?;
        Self::parse(&text).ok_or_else(|| {
            refused(path, "found a file that is not a keyring or is damaged; restore it from a backup".into())
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != HEADER {
            return None;
        }
        let root = key_bytes(lines.next()?.strip_prefix("root ")?)?;
        let mut working: Vec<(KeyId, KeyBytes)> = Vec::new();
        for line in lines {
            let (number, key) = line.strip_prefix("key ")?.split_once(' ')?;
            let id = KeyId::new(number.parse().ok()?)?;
            if working.iter().any(|(used, _)| *used == id) {
                return None;
            }
            working.push((id, key_bytes(key)?));
        }
        (!working.is_empty()).then_some(Self { root, working })
    }

    fn publish(&self, path: &Path, how: Publish) -> Result<()> {
        check_directory(path)?;
        let mut text = Zeroizing::new(format!("{HEADER}\nroot {}\n", HEXLOWER.encode(&*self.root)));
        for (id, key) in &self.working {
            text.push_str(&format!("key {} {}\n", id.get(), HEXLOWER.encode(&**key)));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary =
            path.with_file_name(format!(".{name}.{}.{:?}", std::process::id(), std::thread::current().id()));
        let done = write_private(&temporary, text.as_bytes()).and_then(|()| match how {
            Publish::UnlessThere => match std::fs::hard_link(&temporary, path) {
                Err(found) if found.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
                other => other,
            },
            Publish::Replace => std::fs::rename(&temporary, path),
        });
        let _ = std::fs::remove_file(&temporary);
        done.map_err(|found| refused(path, format!("could not write it: {found}")))
    }
}

fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let _ = std::fs::remove_file(path);
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
        .open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

fn key_bytes(hex: &str) -> Option<KeyBytes> {
    let mut out = Zeroizing::new([0; 32]);
    (hex.len() == 64 && HEXLOWER.decode_mut(hex.as_bytes(), &mut *out).ok()? == 32).then_some(out)
}

fn check_directory(path: &Path) -> Result<()> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    crate::directory::check(&parent).map_err(|found| {
        Error::keyring(format!("the keyring {} (sidereal.keyring) cannot be trusted: {found}", path.display()))
    })
}

fn refused(path: &Path, fault: String) -> Error {
    Error::keyring(format!(
        "expected a keyring of this uid with mode 0600 at {} (sidereal.keyring), {fault}",
        path.display()
    ))
}
