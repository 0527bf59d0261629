//! `include/sidereal.h` is what cbindgen makes of `capi/src`, and the exported symbols are those of `capi/symbols.txt`.
//!
//! `SIDEREAL_WRITE_HEADER=1` writes both instead of comparing them: `make header`.

// Tests say what they expect by unwrapping it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// In the order in which a reader meets them.
const SOURCES: [&str; 13] = [
    "status",
    "setting",
    "callback",
    "config",
    "engine",
    "request",
    "session",
    "user",
    "csrf",
    "roster",
    "autologin",
    "evidence",
    "audit",
];

fn generated() -> String {
    let capi = root().join("capi");
    let config = cbindgen::Config::from_file(capi.join("cbindgen.toml")).unwrap();
    let mut builder = cbindgen::Builder::new()
        .with_config(config)
        .with_header(fs::read_to_string(capi.join("header.txt")).unwrap().trim_end());
    for source in SOURCES {
        builder = builder.with_src(capi.join("src").join(format!("{source}.rs")));
    }
    let mut out = Vec::new();
    builder.generate().expect("cbindgen should understand capi/src").write(&mut out);
    String::from_utf8(out).unwrap()
}

/// What the sources export, sorted.
fn symbols() -> String {
    let mut found: Vec<String> = Vec::new();
    for source in SOURCES {
        let text = fs::read_to_string(root().join(format!("capi/src/{source}.rs"))).unwrap();
        for (at, _) in text.match_indices("pub extern \"C\" fn ") {
            let name = &text[at + 18..];
            found.push(name[..name.find('(').unwrap()].to_owned());
        }
    }
    found.sort();
    found.join("\n") + "\n"
}

fn compare(path: &str, made: &str) {
    let path = root().join(path);
    if std::env::var_os("SIDEREAL_WRITE_HEADER").is_some() {
        fs::write(&path, made).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "{} is not what capi/src makes: run 'make header' and look at the difference",
        path.display()
    );
}

#[test]
fn the_header_is_made_of_the_sources() {
    compare("include/sidereal.h", &generated());
}

#[test]
fn the_list_of_symbols_is_that_of_the_sources() {
    compare("capi/symbols.txt", &symbols());
}
