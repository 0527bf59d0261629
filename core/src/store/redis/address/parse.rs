//! The forms of an address.

use super::options::{Fault, Options, database, decode, host, password, path};
use super::{Address, Login, Server, Topology};
use crate::store::redis::password::Password;

/// The longest address: four paths and a token of a cloud.
const MAX_LEN: usize = 16 * 1024;
const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;
/// Sentinels, or nodes to begin with.
const MAX_SERVERS: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A URL of a single server, as redis-cli takes it.
    Single,
    Sentinels,
    Cluster,
    /// A URL with everything but the server in its options.
    Php,
}

const SCHEMES: [(&str, Form, bool); 15] = [
    ("redis://", Form::Single, false),
    ("valkey://", Form::Single, false),
    ("rediss://", Form::Single, true),
    ("valkeys://", Form::Single, true),
    ("redis+sentinel://", Form::Sentinels, false),
    ("valkey+sentinel://", Form::Sentinels, false),
    ("rediss+sentinel://", Form::Sentinels, true),
    ("valkeys+sentinel://", Form::Sentinels, true),
    ("redis+cluster://", Form::Cluster, false),
    ("valkey+cluster://", Form::Cluster, false),
    ("rediss+cluster://", Form::Cluster, true),
    ("valkeys+cluster://", Form::Cluster, true),
    ("tcp://", Form::Php, false),
    ("tls://", Form::Php, true),
    ("ssl://", Form::Php, true),
];
const UNIX: &str = "unix:";
const SEED: &str = "seed[";

pub(super) fn begins(text: &str) -> bool {
    let text = text.trim_start();
    SCHEMES.iter().any(|(scheme, ..)| text.starts_with(scheme)) || text.starts_with(UNIX) || text.starts_with(SEED)
}

pub(super) fn address(text: &str, elsewhere: Option<Password>) -> Result<Address, Fault> {
    let text = text.trim();
    if text.len() > MAX_LEN || text.contains(char::is_control) {
        return Err("one that is too long or has control characters; write it on one line");
    }
    let mut address = if text.starts_with(SEED) {
        seeds(text)?
    } else if let Some(rest) = text.strip_prefix(UNIX) {
        unix(rest)?
    } else {
        let scheme = SCHEMES.iter().find_map(|(scheme, form, tls)| Some((text.strip_prefix(scheme)?, *form, *tls)));
        let (rest, form, is_encrypted) = scheme.ok_or(
            "no scheme that is known; begin it with redis://, rediss://, unix:, redis+sentinel:// or redis+cluster://",
        )?;
        url(rest, form, is_encrypted)?
    };
    take_password(&mut address.login, elsewhere)?;
    for login in [&address.login, &address.sentinel_login] {
        if login.user.is_some() && login.password.is_none() {
            return Err("a user without a password; set sidereal.store_password_file, or write user:password");
        }
    }
    Ok(address)
}

fn take_password(login: &mut Login, elsewhere: Option<Password>) -> Result<(), Fault> {
    if login.password.is_some() && elsewhere.is_some() {
        return Err(
            "a password in the address and another one in sidereal.store_password_file or SIDEREAL_STORE_PASSWORD; keep one",
        );
    }
    login.password = login.password.take().or(elsewhere);
    Ok(())
}

fn url(rest: &str, form: Form, is_encrypted: bool) -> Result<Address, Fault> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    if form == Form::Php {
        refuse_several(rest)?;
    } else if path.contains('@') || query.contains('@') {
        // Else what follows an unencoded character of a password would count as a host, a database or an option, and be shown.
        return Err(
            "an @ behind the host; percent-encode the special characters of a password, and @ in options as %40",
        );
    }
    let mut options = Options::parse(query)?;
    if !options.seeds.is_empty() {
        return Err("seed[] behind a scheme; begin the address with seed[], or write redis+cluster://host,host");
    }
    let (user_info, hosts) = match authority.rsplit_once('@') {
        Some((user_info, hosts)) => (Some(user_info), hosts),
        None => (None, authority),
    };
    if let Some(user_info) = user_info {
        user_and_password(user_info, &mut options.login)?;
    }
    let (topology, database_text) = match form {
        Form::Single | Form::Php => (Topology::Single(server(hosts, PORT)?), path),
        Form::Sentinels => {
            let (primary, rest) = path.split_once('/').unwrap_or((path, ""));
            (Topology::Sentinels { sentinels: servers(hosts, SENTINEL_PORT)?, primary: name(primary)? }, rest)
        }
        Form::Cluster => (Topology::Cluster(servers(hosts, PORT)?), path),
    };
    if !database_text.is_empty() && options.database.replace(database(database_text)?).is_some() {
        return Err("a database in the path and another one in the options; keep one");
    }
    finish(topology, options, is_encrypted)
}

fn unix(rest: &str) -> Result<Address, Fault> {
    refuse_several(rest)?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    // `unix:///path` is a URL without a host.
    let place = place.strip_prefix("//").unwrap_or(place);
    let options = Options::parse(query)?;
    finish(Topology::Single(Server::Unix(path(decode(place)?)?)), options, false)
}

/// `seed[]=host:port&seed[]=...`, what phpredis has for a Cluster.
fn seeds(text: &str) -> Result<Address, Fault> {
    let options = Options::parse(text)?;
    // phpredis writes TLS as a scheme of each seed.
    let encrypted: Vec<_> =
        options.seeds.iter().map(|seed| seed.strip_prefix("tls://").or(seed.strip_prefix("ssl://"))).collect();
    let is_encrypted = encrypted.iter().any(Option::is_some);
    if is_encrypted && encrypted.iter().any(Option::is_none) {
        return Err("seeds with TLS beside seeds without; write tls:// before all of them or none");
    }
    let hosts: Vec<_> = options.seeds.iter().zip(encrypted).map(|(seed, rest)| rest.unwrap_or(seed)).collect();
    let topology = Topology::Cluster(servers(&hosts.join(","), PORT)?);
    finish(topology, options, is_encrypted)
}

fn finish(topology: Topology, options: Options, is_encrypted: bool) -> Result<Address, Fault> {
    let database = options.database.unwrap_or(0);
    match topology {
        Topology::Cluster(_) if database != 0 => {
            return Err(
                "a database in a Cluster, which has only database 0; keep applications apart with the option prefix",
            );
        }
        Topology::Single(_) | Topology::Cluster(_) if options.sentinel_login != Login::default() => {
            return Err("a login for Sentinels where there are none; write redis+sentinel://");
        }
        _ => {}
    }
    Ok(Address {
        topology,
        tls: options.tls(is_encrypted)?,
        database,
        prefix: options.prefix(),
        timeouts: options.timeouts(),
        login: options.login,
        sentinel_login: options.sentinel_login,
    })
}

/// phpredis spreads sessions over several servers by their IDs; it splits at these characters whatever they stand in.
fn refuse_several(text: &str) -> Result<(), Fault> {
    if text.contains([',', ' ', '\t']) {
        return Err(
            "several servers; name one, or write redis+sentinel://host,host/primary or redis+cluster://host,host. \
                    Percent-encode commas and spaces in a password or a path",
        );
    }
    Ok(())
}

fn user_and_password(text: &str, login: &mut Login) -> Result<(), Fault> {
    let (user, secret) = match text.split_once(':') {
        Some((user, secret)) => (user, Some(secret)),
        None => (text, None),
    };
    if (!user.is_empty() && login.user.is_some()) || (secret.is_some() && login.password.is_some()) {
        return Err("a user or a password before the host and another one in the options; keep one");
    }
    if !user.is_empty() {
        login.user = Some(decode(user)?);
    }
    if let Some(secret) = secret {
        login.password = Some(password(decode(secret)?)?);
    }
    Ok(())
}

fn servers(text: &str, port: u16) -> Result<Vec<Server>, Fault> {
    let servers = text.split(',').map(|one| server(one.trim(), port)).collect::<Result<Vec<_>, _>>()?;
    (servers.len() <= MAX_SERVERS)
        .then_some(servers)
        .ok_or("more than 64 hosts; name some of them, the others are found")
}

fn server(text: &str, default_port: u16) -> Result<Server, Fault> {
    let (name, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((v6, port))) => (v6, port),
        Some(None) => return Err("an opening bracket without its closing one; write an IPv6 address as [::1]:6379"),
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().ok().filter(|port| *port > 0),
        None if port.is_empty() => Some(default_port),
        None => None,
    };
    let port = port.ok_or("a port that is not a number from 1 to 65535; write host:6379, and percent-encode the special characters of a password")?;
    Ok(Server::Tcp { host: host(name)?, port })
}

/// The name that Sentinels know a primary by.
fn name(text: &str) -> Result<String, Fault> {
    let text = decode(text)?;
    let is_one =
        (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    is_one.then_some(text).ok_or("no name of a primary behind the Sentinels; write redis+sentinel://host,host/name, with the name of 'sentinel monitor'")
}
