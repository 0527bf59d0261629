//! The C library as a C program meets it: installed into an empty prefix, found by pkg-config, compiled against with `cc`.

// Tests unwrap, print, and wait for programs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

#[path = "c/examples.rs"]
mod examples;
#[path = "c/install.rs"]
mod install;
#[path = "c/manual.rs"]
mod manual;
#[path = "c/topics.rs"]
mod topics;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The prefix that the library is installed into, once for all tests.
fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-prefix");
        let _ = std::fs::remove_dir_all(&prefix);
        let mut script = Command::new(root().join("scripts/install-c.sh"));
        run(script.env("PREFIX", &prefix).env("PROFILE", "dev").env_remove("DESTDIR"));
        prefix
    })
}

/// Runs `command`, which must succeed.
fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|found| panic!("{command:?}: {found}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    output
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(run(command).stdout).unwrap()
}

/// What pkg-config says about the installed library.
fn pkg_config(arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new("pkg-config");
    command.env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig")).args(arguments).arg("sidereal");
    stdout(&mut command).split_whitespace().map(str::to_owned).collect()
}

/// A private directory for one test program.
fn place() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("sidereal-c.").tempdir().unwrap()
}

/// The language by the name of the file: C11 or C++17.
fn compiler(source: &Path) -> Command {
    let cpp = source.extension().is_some_and(|extension| extension == "cpp");
    let mut command = Command::new(if cpp { "c++" } else { "cc" });
    command.args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-pthread"]);
    command.arg(if cpp { "-std=c++17" } else { "-std=c11" });
    command
}

/// Compiles a program of this repository and links it as a user would; `libraries` besides ours.
fn build(source: &str, into: &Path, libraries: &[&str]) -> PathBuf {
    let source = root().join(source);
    let program = into.join(source.file_stem().unwrap());
    let mut command = compiler(&source);
    command.arg(&source).arg("-o").arg(&program).args(pkg_config(&["--cflags", "--libs"])).args(libraries);
    run(&mut command);
    program
}

/// A command that finds the shared library.
fn with_library(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("LD_LIBRARY_PATH", prefix().join("lib"));
    command
}
