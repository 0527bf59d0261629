//! The examples are real programs: they run, and browsers use them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::{build, place, root, stdout, with_library};

/// Ends a server with its test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The `name=value` of the only `Set-Cookie` header, if there is one.
fn cookie(response: &str) -> Option<String> {
    let line = response.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie:"))?;
    Some(line.split_once(':')?.1.split(';').next()?.trim().to_owned())
}

#[test]
fn the_quick_start_counts_visits() {
    let place = place();
    let program = build("capi/examples/quickstart.c", place.path(), &[]);
    let store = format!("sqlite:{}/store", place.path().display());
    let visit = |cookie: &str| stdout(with_library(&program).env("HTTP_COOKIE", cookie).arg(&store));
    let first = visit("");
    let cookie = cookie(&first).unwrap();
    assert!(first.contains("\r\n\r\nvisit 1\n"), "{first}");
    let second = visit(&format!("other=1; {cookie}"));
    assert!(second.contains("visit 2\n") && !second.contains("Set-Cookie"), "{second}");
    assert!(visit("sid=invented").contains("visit 1\n"));
    let lines = std::fs::read_to_string(root().join("capi/examples/quickstart.c")).unwrap().lines().count();
    assert!(lines <= 40, "the quick start has {lines} lines");
}

fn get(port: &str, path: &str, cookie: &str) -> String {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}Connection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn has_library(name: &str) -> bool {
    let found = Command::new("pkg-config").args(["--exists", name]).status();
    let there = found.is_ok_and(|status| status.success()) || Path::new(&format!("/usr/include/{name}.h")).exists();
    if !there {
        let _ =
            writeln!(std::io::stderr(), "\nSKIPPED: {name} is not installed; scripts/bootstrap.sh test installs it");
    }
    there
}

#[test]
fn microhttpd_workers_count_every_visit() {
    if !has_library("libmicrohttpd") {
        return;
    }
    let place = place();
    let program = build("capi/examples/microhttpd.c", place.path(), &["-lmicrohttpd"]);
    let mut child = with_library(&program)
        .args([&format!("sqlite:{}/store", place.path().display()), "0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _server = Server(child);
    let port = line.trim().rsplit(':').next().unwrap().to_owned();
    let first = get(&port, "/", "");
    let cookie = cookie(&first).unwrap();
    assert!(first.contains("visit 1"), "{first}");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..10).for_each(|_| assert!(get(&port, "/", &cookie).contains("visit "))));
        }
    });
    assert!(get(&port, "/", &cookie).contains("visit 82"));
}

#[test]
fn the_fastcgi_application_passes_its_check() {
    if !has_library("fcgiapp") {
        return;
    }
    let mut check = Command::new(root().join("demo/c/check.sh"));
    let said = stdout(check.env("SIDEREAL_PREFIX", crate::prefix()));
    assert!(said.contains(" 0 failed"), "{said}");
}
