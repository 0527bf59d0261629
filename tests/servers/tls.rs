//! A server that speaks TLS and asks its clients for a certificate.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Server;

/// The server, and the certificates that were made for it.
pub struct Tls {
    /// The server; its port speaks TLS.
    pub server: Server,
    /// Who signed the server's certificate and the client's.
    pub ca: PathBuf,
    /// The client's certificate.
    pub certificate: PathBuf,
    /// The client's key.
    pub key: PathBuf,
    /// Somebody else who signs certificates.
    pub other_ca: PathBuf,
}

impl Tls {
    /// Its address, without the certificates.
    pub fn url(&self) -> String {
        format!("rediss://127.0.0.1:{}", self.server.port())
    }
}

/// Starts one.
pub fn tls() -> Tls {
    let server = Server::start_as(None, |dir, port| {
        sign_self(dir, "ca");
        sign_self(dir, "other");
        sign(dir, "server");
        sign(dir, "client");
        let file = |name: &str| dir.join(name).display().to_string();
        vec![
            ("tls-port", port.to_string()),
            ("port", "0".to_owned()),
            ("tls-cert-file", file("server.pem")),
            ("tls-key-file", file("server.key")),
            ("tls-ca-cert-file", file("ca.pem")),
            ("tls-auth-clients", "yes".to_owned()),
        ]
    });
    let file = |name: &str| server.dir().join(name);
    let (ca, certificate, key, other_ca) = (file("ca.pem"), file("client.pem"), file("client.key"), file("other.pem"));
    Tls { server, ca, certificate, key, other_ca }
}

fn sign_self(dir: &Path, name: &str) {
    openssl(dir, name, &["-addext", "keyUsage=critical,keyCertSign"]);
}

fn sign(dir: &Path, name: &str) {
    let of = |suffix: &str| dir.join(format!("ca.{suffix}")).display().to_string();
    let names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
    let leaf = "basicConstraints=critical,CA:FALSE";
    openssl(dir, name, &["-CA", &of("pem"), "-CAkey", &of("key"), "-addext", names, "-addext", leaf]);
}

fn openssl(dir: &Path, name: &str, arguments: &[&str]) {
    let of = |suffix: &str| dir.join(format!("{name}.{suffix}"));
    let done = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", &format!("/CN=sidereal test {name}")])
        .arg("-keyout")
        .arg(of("key"))
        .arg("-out")
        .arg(of("pem"))
        .args(arguments)
        .output()
        .expect("openssl is not there; scripts/bootstrap.sh test installs it");
    assert!(done.status.success(), "openssl: {}", String::from_utf8_lossy(&done.stderr));
}
