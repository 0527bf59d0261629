//! Keeps the tree as `docs/architecture.md` says it is: layers, sizes, paths named in the docs, tests named in the threat model.

// Tests say what they expect by unwrapping it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Lines that a file may have without its tests.
const MAX_LINES: usize = 480;

/// Layer of each module of `core`, lowest first. A module uses only modules of lower layers, and its own.
const LAYERS: &[&[&str]] = &[
    &["error", "clock", "entropy", "id", "token", "directory", "birth", "shared"],
    &["record", "client", "device", "origin", "policy", "proxy", "incident", "keys", "event"],
    &["lifecycle", "autologin", "signals", "codec", "seal", "cookie", "csrf", "audit"],
    &["lock", "log", "store", "survey", "migrate"],
    &["engine", "opening", "alarm", "choosing", "session", "roster", "remembering", "evidence"],
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn files(under: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(under)];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if name != "target" && !name.to_string_lossy().starts_with('.') {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The part of a source file before its tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

#[test]
fn core_modules_use_only_lower_layers() {
    let layer: BTreeMap<&str, usize> =
        LAYERS.iter().enumerate().flat_map(|(i, names)| names.iter().map(move |name| (*name, i))).collect();
    let mut faults = Vec::new();
    for path in files("core/src", "rs") {
        let relative = path.strip_prefix(root().join("core/src")).unwrap();
        let module =
            relative.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        if module == "lib" {
            continue;
        }
        let Some(own) = layer.get(module.as_str()) else {
            faults.push(format!("{module} has no layer"));
            continue;
        };
        for line in code(&fs::read_to_string(&path).unwrap()).lines().filter(|l| !l.trim_start().starts_with("//")) {
            for used in line.match_indices("crate::").map(|(at, _)| &line[at + 7..]) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                // The contract speaks of waits and holders: locks and stores are one layer.
                if layer.get(used.as_str()).is_some_and(|other| other > own) {
                    faults.push(format!("{}: {module} uses {used}, which is above it", path.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn no_file_has_grown_too_long() {
    let long: Vec<String> = ["core/src", "capi/src", "php-ext/src"]
        .iter()
        .flat_map(|dir| files(dir, "rs"))
        .chain(files("php-ext/shim", "c"))
        .filter(|path| !path.ends_with("conformance.rs"))
        .filter_map(|path| {
            let lines = code(&fs::read_to_string(&path).unwrap()).lines().count();
            (lines > MAX_LINES).then(|| format!("{}: {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "split by subject: {long:#?}");
}

#[test]
fn unsafe_is_where_it_may_be() {
    let allowed = [
        "core/src/lock",
        "core/src/shared",
        "core/src/birth.rs",
        "core/src/clock.rs",
        "core/src/directory.rs",
        "core/src/store/sqlite/cache/index.rs",
        "core/src/store/sqlite/handle.rs",
        "core/src/store/sqlite/pool.rs",
        "capi/src/bytes.rs",
        "capi/src/callback.rs",
    ];
    for path in files("core/src", "rs").into_iter().chain(files("capi/src", "rs")) {
        let relative = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let has = text.contains("unsafe {") || text.contains("unsafe impl") || text.contains("allow(unsafe_code)");
        assert!(!has || allowed.iter().any(|prefix| relative.starts_with(prefix)), "{relative} has unsafe code");
    }
}

#[test]
fn paths_named_in_the_docs_exist() {
    let mut missing = BTreeSet::new();
    let pages = files("docs", "md").into_iter().chain([
        root().join("README.md"),
        root().join("CONTRIBUTING.md"),
        root().join("SECURITY.md"),
    ]);
    for page in pages {
        let text = fs::read_to_string(&page).unwrap_or_default();
        for (i, quoted) in text.split('`').enumerate() {
            let starts = ["core/", "capi/", "php-ext/", "tests/", "docs/", "scripts/", "demo/", "bench/", "include/"];
            let is_path = i % 2 == 1
                && starts.iter().any(|s| quoted.starts_with(s))
                && !quoted.contains([' ', '*', '<', '$', '{']);
            if is_path && !root().join(quoted).exists() {
                missing.insert(format!("{}: {quoted}", page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Every test that exists: Rust test functions and phpt files.
fn tests_that_exist() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in ["core", "php-ext", "capi", "tests"].iter().flat_map(|dir| files(dir, "rs")) {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            if let Some(rest) =
                line.trim_start().strip_prefix("fn ").or_else(|| line.trim_start().strip_prefix("pub fn "))
            {
                names.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            }
        }
    }
    for path in files("tests/phpt", "phpt") {
        names.insert(path.strip_prefix(root().join("tests/phpt")).unwrap().to_string_lossy().into_owned());
    }
    names
}

#[test]
fn every_test_named_in_the_threat_model_exists() {
    let text = fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    let exist = tests_that_exist();
    let mut rows = 0;
    for line in text.lines().filter(|l| l.starts_with("| R") || l.starts_with("| A")) {
        rows += 1;
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let tests = cells[cells.len() - 2];
        let mut named = 0;
        for (i, name) in tests.split('`').enumerate() {
            if i % 2 == 1 && !name.starts_with("make ") {
                named += 1;
                assert!(exist.contains(name), "{}: there is no test {name}", cells[1]);
            }
        }
        assert!(
            named > 0 || tests.starts_with("later:") || tests.starts_with("no test:") || tests.contains("`make "),
            "{} names no test",
            cells[1]
        );
    }
    assert!(rows > 100, "the threat model has {rows} rows only");
}

#[test]
fn every_requirement_and_attack_has_a_row() {
    let text = fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    for name in (1..=101).map(|n| format!("R{n}")).chain((1..=35).map(|n| format!("A{n}"))) {
        assert!(text.lines().any(|line| line.starts_with(&format!("| {name} |"))), "{name} has no row");
    }
}
