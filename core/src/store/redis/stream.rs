//! A connection to one server as a stream of bytes, none of whose operations outlives its deadline.
//!
//! The deadline is kept by every single call to the kernel, below TLS too: a server that sends one byte a second does not stretch it. Only the
//! resolver's own time (`resolv.conf`) is beyond it. A write to a connection that is gone is an error and never SIGPIPE, which would end a C program.
//!
//! Dropping a stream closes the descriptor and says nothing: in a forked child it is a copy, and its server must not hear of it.

use std::fs;
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use socket2::{Domain, SockAddr, Socket, Type};

use super::address::{Server, Tls};
use crate::error::{Error, Result};

/// Until when something must be done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    /// That is `span` away.
    pub(super) fn after(span: Duration) -> Self {
        Self(now() + span)
    }

    /// That is `span` away, but no later than this one.
    pub(super) fn within(self, span: Duration) -> Self {
        Self(self.0.min(now() + span))
    }

    /// How long there is left; zero when it has passed.
    pub(super) fn left(self) -> Duration {
        self.0.saturating_duration_since(now())
    }

    /// The same, where no time left is an error. The kernel takes a time-out of zero for none.
    fn some_left(self) -> io::Result<Duration> {
        Some(self.left()).filter(|left| !left.is_zero()).ok_or_else(|| io::ErrorKind::TimedOut.into())
    }
}

/// A wait takes real time, which no test moves and no administrator sets.
#[allow(clippy::disallowed_methods)]
fn now() -> Instant {
    Instant::now()
}

/// Whether an operation ran out of time: the kernel says EAGAIN where a socket has a time-out.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// A connection.
pub(super) enum Stream {
    Plain(Timed),
    Encrypted(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Stream {
    /// Connects to `server`, and agrees on keys where there are any, before `deadline`.
    pub(super) fn connect(server: &Server, keys: Option<&Keys>, deadline: Deadline) -> io::Result<Self> {
        let socket = match server {
            Server::Unix(path) => connect_unix(path, deadline)?,
            Server::Tcp { host, port } => connect_tcp(host, *port, deadline)?,
        };
        let timed = Timed { socket, deadline, reading: Span::default(), writing: Span::default() };
        let (Some(keys), Server::Tcp { host, .. }) = (keys, server) else { return Ok(Self::Plain(timed)) };
        let name = ServerName::try_from(keys.name.as_deref().unwrap_or(host).to_owned()).map_err(io::Error::other)?;
        let connection = ClientConnection::new(Arc::clone(&keys.config), name).map_err(io::Error::other)?;
        let mut encrypted = StreamOwned::new(connection, timed);
        // Now, so that a certificate is refused by the one who can say so.
        while encrypted.conn.is_handshaking() {
            encrypted.conn.complete_io(&mut encrypted.sock)?;
        }
        Ok(Self::Encrypted(Box::new(encrypted)))
    }

    /// Until when what comes next must be done.
    pub(super) fn set_deadline(&mut self, deadline: Deadline) {
        self.timed_mut().deadline = deadline;
    }

    /// Whether the server has neither ended the connection nor said anything unasked.
    pub(super) fn is_quiet(&self) -> bool {
        let timed = match self {
            Self::Plain(timed) => timed,
            Self::Encrypted(encrypted) => &encrypted.sock,
        };
        let mut byte = [MaybeUninit::uninit()];
        let peeked = timed.socket.recv_with_flags(&mut byte, libc::MSG_PEEK | libc::MSG_DONTWAIT);
        matches!(peeked, Err(found) if found.kind() == io::ErrorKind::WouldBlock)
    }

    fn timed_mut(&mut self) -> &mut Timed {
        match self {
            Self::Plain(timed) => timed,
            Self::Encrypted(encrypted) => &mut encrypted.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(timed) => timed.read(into),
            Self::Encrypted(encrypted) => encrypted.read(into),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(timed) => timed.write(bytes),
            Self::Encrypted(encrypted) => encrypted.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(timed) => timed.flush(),
            Self::Encrypted(encrypted) => encrypted.flush(),
        }
    }
}

fn connect_unix(path: &Path, deadline: Deadline) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // Where the server's queue is full, connect(2) waits as long as a write would.
    socket.set_write_timeout(Some(deadline.some_left()?))?;
    socket.connect(&SockAddr::unix(path)?)?;
    Ok(socket)
}

/// Asks the host's addresses one after the other. Each of them gets an equal part of what is left, so that one that is dead leaves time for the next.
fn connect_tcp(host: &str, port: u16, deadline: Deadline) -> io::Result<Socket> {
    let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
    let mut latest = io::Error::from(io::ErrorKind::NotFound);
    for (i, address) in addresses.iter().enumerate() {
        let part = deadline.some_left()? / u32::try_from(addresses.len() - i).unwrap_or(u32::MAX);
        let socket = Socket::new(Domain::for_address(*address), Type::STREAM, None)?;
        match socket.connect_timeout(&(*address).into(), part) {
            Ok(()) => {
                socket.set_tcp_nodelay(true)?;
                return Ok(socket);
            }
            Err(found) => latest = found,
        }
    }
    Err(latest)
}

/// A socket each of whose operations ends at the deadline, or less than a tenth of what was left too late.
pub(super) struct Timed {
    socket: Socket,
    deadline: Deadline,
    reading: Span,
    writing: Span,
}

/// A time-out as the kernel has it: telling it anew for each call would cost as much as a small call itself.
#[derive(Default)]
struct Span(Option<Duration>);

impl Span {
    /// Sees to it that the kernel's time-out is about `left`.
    fn set(&mut self, left: Duration, tell: impl FnOnce(Duration) -> io::Result<()>) -> io::Result<()> {
        let near = |known: Duration| known <= left + left / 16 && known >= left - left / 16;
        if !self.0.is_some_and(near) {
            tell(left)?;
            self.0 = Some(left);
        }
        Ok(())
    }
}

/// Whether a call is worth making again: after a signal, such as of PHP's timers, or where the kernel's time-out was a little short.
fn is_early(found: &io::Error) -> bool {
    found.kind() == io::ErrorKind::Interrupted || is_timeout(found)
}

impl Read for Timed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.deadline.some_left()?;
            self.reading.set(left, |left| self.socket.set_read_timeout(Some(left)))?;
            match (&self.socket).read(into) {
                Err(found) if is_early(&found) => {}
                other => return other,
            }
        }
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let left = self.deadline.some_left()?;
            self.writing.set(left, |left| self.socket.set_write_timeout(Some(left)))?;
            match self.socket.send_with_flags(bytes, libc::MSG_NOSIGNAL) {
                Err(found) if is_early(&found) => {}
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What encrypted connections are made with: read once, for all of them.
pub(super) struct Keys {
    config: Arc<ClientConfig>,
    name: Option<String>,
}

impl Keys {
    /// Reads the certificates that `tls` names.
    ///
    /// # Errors
    /// [`Error::is_config`], with a sentence that names the file and the option.
    pub(super) fn read(tls: &Tls) -> Result<Self> {
        let roots = match &tls.ca {
            Some(path) => roots_in(path)?,
            None => roots_of_the_system()?,
        };
        // The provider is named: a default would be the process's, which is not ours.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let broken = |found: rustls::Error| {
            Error::config(format!(
                "expected a certificate and its key that fit together (options cert and key of sidereal.store), found: {found}"
            ))
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(broken)?
            .with_root_certificates(roots);
        let config = match &tls.client {
            Some((certificate, key)) => {
                builder.with_client_auth_cert(certificates_in(certificate, "cert")?, key_in(key)?).map_err(broken)?
            }
            None => builder.with_no_client_auth(),
        };
        Ok(Self { config: Arc::new(config), name: tls.name.clone() })
    }
}

fn roots_in(path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates_in(path, "ca")? {
        roots.add(certificate).map_err(|_| unreadable(path, "ca", "a certificate that signs nothing"))?;
    }
    Ok(roots)
}

fn roots_of_the_system() -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    // Some of a system's certificates may be too odd for us; the others do.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(Error::config(
            "expected certificates that this system trusts, found none; install ca-certificates, or name who signed the server's certificate with the \
             option ca of sidereal.store",
        ));
    }
    Ok(roots)
}

fn certificates_in(path: &Path, option: &str) -> Result<Vec<CertificateDer<'static>>> {
    let text = fs::read(path).map_err(|found| unreadable(path, option, &found.to_string()))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text).filter_map(std::result::Result::ok).collect();
    if certificates.is_empty() {
        return Err(unreadable(path, option, "no certificate in it"));
    }
    Ok(certificates)
}

fn key_in(path: &Path) -> Result<PrivateKeyDer<'static>> {
    let text = zeroize::Zeroizing::new(fs::read(path).map_err(|found| unreadable(path, "key", &found.to_string()))?);
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| unreadable(path, "key", "no key in it, or an encrypted one"))
}

fn unreadable(path: &Path, option: &str, found: &str) -> Error {
    Error::config(format!(
        "expected a PEM file that this user can read at {} (option {option} of sidereal.store), found {found}; repair the file or the option",
        path.display()
    ))
}
