//! What `make install-c` leaves behind, and what the header and the library promise to compilers and linkers.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::{compiler, pkg_config, place, prefix, root, run, stdout, with_library};

const PROGRAM: &str = "#include <sidereal.h>\n\
    int main(void) { sidereal_config *config; return sidereal_config_new(&config) || sidereal_version()[0] != '0'; }\n";

#[test]
fn the_header_compiles_as_c99_c11_and_cpp17() {
    for (standard, language) in [("c99", "c"), ("c11", "c"), ("c++17", "c++")] {
        let place = place();
        let source = place.path().join("header.c");
        fs::write(&source, "#include <sidereal.h>\n#include <sidereal.h>\nint sidereal_is_there;\n").unwrap();
        let mut command = Command::new(if language == "c" { "cc" } else { "c++" });
        command.args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-x", language]);
        run(command.arg(format!("-std={standard}")).args(pkg_config(&["--cflags"])).arg(&source));
    }
}

#[test]
fn a_program_links_dynamically() {
    let place = place();
    let (source, program) = (place.path().join("program.c"), place.path().join("program"));
    fs::write(&source, PROGRAM).unwrap();
    run(compiler(&source).arg(&source).arg("-o").arg(&program).args(pkg_config(&["--cflags", "--libs"])));
    run(&mut with_library(&program));
    let needed = stdout(Command::new("readelf").arg("-d").arg(&program));
    assert!(needed.contains("[libsidereal.so.0]"), "{needed}");
}

#[test]
fn a_program_links_statically() {
    for whole in [false, true] {
        let place = place();
        let (source, program) = (place.path().join("program.c"), place.path().join("program"));
        fs::write(&source, PROGRAM).unwrap();
        let mut command = compiler(&source);
        command.arg(&source).arg("-o").arg(&program);
        if whole {
            command.arg("-static");
        }
        for flag in pkg_config(&["--cflags", "--libs", "--static"]) {
            // Of this library only, unless the whole program is static.
            if flag == "-lsidereal" {
                command.args(["-Wl,-Bstatic", "-lsidereal"]);
                command.args((!whole).then_some("-Wl,-Bdynamic"));
            } else {
                command.arg(flag);
            }
        }
        run(&mut command);
        run(&mut Command::new(&program));
        let needed = stdout(Command::new("readelf").arg("-d").arg(&program));
        assert!(!needed.contains("libsidereal"), "{needed}");
    }
}

/// Names of one kind of symbol, as nm prints them.
fn names(arguments: &[&str], file: &str) -> BTreeSet<String> {
    let text = stdout(Command::new("nm").args(arguments).arg(prefix().join(file)));
    let last = |line: &str| Some(line.split_whitespace().nth(2)?.to_owned());
    text.lines().filter_map(last).collect()
}

#[test]
fn the_exported_symbols_are_those_of_the_list() {
    let listed: BTreeSet<String> =
        fs::read_to_string(root().join("capi/symbols.txt")).unwrap().lines().map(str::to_owned).collect();
    let versioned: BTreeSet<String> = listed.iter().map(|name| format!("{name}@@SIDEREAL_0")).collect();
    let mut found = names(&["-D", "--defined-only"], "lib/libsidereal.so");
    found.remove("SIDEREAL_0");
    assert_eq!(found, versioned);
    // What is linked statically brings along neither SQLite nor the Rust runtime under names that a program could have.
    assert_eq!(names(&["-g", "--defined-only"], "lib/libsidereal.a"), listed);
}

#[test]
fn the_prefix_has_everything() {
    for path in ["include/sidereal.h", "include/sidereal.hpp", "lib/libsidereal.a", "lib/pkgconfig/sidereal.pc"] {
        assert!(prefix().join(path).is_file(), "{path}");
    }
    assert_eq!(fs::read_link(prefix().join("lib/libsidereal.so")).unwrap().to_str(), Some("libsidereal.so.0"));
    let version = pkg_config(&["--modversion"]);
    assert_eq!(version, [env!("CARGO_PKG_VERSION")]);
    assert!(prefix().join(format!("lib/libsidereal.so.{}", version[0])).is_file());
}

#[test]
fn every_function_has_a_manual_page() {
    let symbols = fs::read_to_string(root().join("capi/symbols.txt")).unwrap();
    let mut pages = String::new();
    for section in ["man3", "man7"] {
        for page in fs::read_dir(prefix().join("share/man").join(section)).unwrap() {
            let path = page.unwrap().path();
            pages.push_str(&fs::read_to_string(&path).unwrap());
            let complaints =
                Command::new("man").args(["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"]).arg(&path).output();
            // Where man is installed: groff has nothing to say about the page.
            if let Ok(output) = complaints.as_ref().map(|output| String::from_utf8_lossy(&output.stderr).into_owned()) {
                assert!(output.is_empty() || !output.contains("warning"), "{}: {output}", path.display());
            }
        }
    }
    for symbol in symbols.lines() {
        assert!(pages.contains(symbol), "no page tells of {symbol}");
    }
}
