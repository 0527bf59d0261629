//! Private directories: where a store and a keyring may live, and where they never go by themselves (A25).
#![allow(clippy::unwrap_used, clippy::expect_used)] // Tests say what they expect by unwrapping it.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use sidereal_core::directory::{SYSTEM_PARENT, check, default_place, ensure, own_uid};
use tempfile::TempDir;

fn place() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    set_mode(place.path(), 0o700);
    place
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn mode_of(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// The sentence that refuses `path`; it names the path and what to do.
fn refusal(path: &Path) -> String {
    let error = check(path).unwrap_err();
    assert!(error.is_store());
    let text = error.to_string();
    assert!(text.contains(&path.display().to_string()) && text.contains("0700"), "{text}");
    text
}

#[test]
fn a_private_directory_is_accepted() {
    let place = place();
    check(place.path()).unwrap();
    ensure(place.path()).unwrap();
    let new = place.path().join("new");
    ensure(&new).unwrap();
    ensure(&new).unwrap();
    assert_eq!(mode_of(&new), 0o700);
}

#[test]
fn a25_a_directory_that_others_can_enter_is_refused_and_not_mended() {
    for mode in [0o770, 0o707, 0o750, 0o705, 0o711, 0o701, 0o710, 0o1777, 0o777] {
        let place = place();
        set_mode(place.path(), mode);
        let text = refusal(place.path());
        assert!(text.contains(&format!("{mode:04o}")) && text.contains("chmod"), "{text}");
        assert!(ensure(place.path()).is_err());
        assert_eq!(mode_of(place.path()), mode);
    }
}

#[test]
fn a25_a_directory_of_another_uid_is_refused() {
    let place = place();
    if std::os::unix::fs::chown(place.path(), Some(65_534), None).is_err() {
        eprintln!("skipped: only root can give a directory away");
        return;
    }
    let text = refusal(place.path());
    assert!(text.contains("65534") && text.contains("chown"), "{text}");
}

#[test]
fn a25_a_symlink_is_refused_wherever_it_leads() {
    let (place, target) = (place(), place());
    for (name, to) in [
        ("good", target.path().to_path_buf()),
        ("dangling", place.path().join("nowhere")),
        ("loop", place.path().join("loop")),
    ] {
        let link = place.path().join(name);
        symlink(to, &link).unwrap();
        assert!(refusal(&link).contains("symbolic link"));
        assert!(ensure(&link).is_err());
    }
    assert!(!place.path().join("nowhere").exists(), "nothing is created through a link");
}

#[test]
fn a25_a_symlink_of_another_uid_on_the_way_is_refused() {
    let (place, target) = (place(), place());
    let inner = target.path().join("inner");
    ensure(&inner).unwrap();
    let link = place.path().join("link");
    symlink(target.path(), &link).unwrap();
    if own_uid() == 0 {
        check(&link.join("inner")).unwrap(); // Root's own links, such as /var/run, are part of the system.
    }
    if std::os::unix::fs::lchown(&link, Some(65_534), None).is_err() {
        eprintln!("skipped: only root can give a link away");
        return;
    }
    let text = refusal(&link.join("inner"));
    assert!(text.contains("symbolic link") && text.contains(&link.display().to_string()), "{text}");
    assert!(ensure(&link.join("new")).is_err());
    assert!(!target.path().join("new").exists(), "nothing is created beyond a link that is not trusted");
}

#[test]
fn a25_a_path_with_dots_is_refused() {
    let place = place();
    ensure(&place.path().join("a")).unwrap();
    ensure(&place.path().join("b")).unwrap();
    assert!(refusal(&place.path().join("a/../b")).contains("`..`"));
    assert!(refusal(&place.path().join("a/..")).contains("`..`"));
}

#[test]
fn a25_what_is_no_directory_is_refused() {
    let place = place();
    let file = place.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(refusal(&file).contains("not a directory"));
    assert!(ensure(&file).is_err());
    refusal(&place.path().join("missing"));
    refusal(&file.join("below"));
}

#[test]
fn a_directory_without_parent_is_not_created() {
    let place = place();
    let text = ensure(&place.path().join("missing/new")).unwrap_err().to_string();
    assert!(text.contains("could not create"), "{text}");
    assert!(!place.path().join("missing").exists());
}

/// What [`default_place`] answers in a process with this environment only.
fn default_place_with(environment: &[(&str, &Path)]) -> Result<PathBuf, String> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_asks_for_the_default_place", "--ignored", "--nocapture", "--test-threads", "1"])
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.split_once("place=")).expect("an answer").1;
    match line.strip_prefix("error:") {
        Some(message) => Err(message.to_owned()),
        None => Ok(line.into()),
    }
}

#[test]
#[ignore = "run by the tests of the default place, each with its own environment"]
fn child_asks_for_the_default_place() {
    match default_place() {
        Ok(path) => println!("place={}", path.display()),
        Err(error) => println!("place=error:{error}"),
    }
}

/// Whether an installation made the system's place, which then comes first whatever the environment says.
fn installed() -> bool {
    Path::new(SYSTEM_PARENT).is_dir()
}

#[test]
fn the_system_place_comes_first() {
    if !installed() {
        eprintln!("skipped: {SYSTEM_PARENT} does not exist");
        return;
    }
    let home = place();
    let found = default_place_with(&[("HOME", home.path())]).unwrap();
    assert_eq!(found, Path::new(SYSTEM_PARENT).join(own_uid().to_string()));
}

#[test]
fn without_it_the_user_s_state_directory_is_taken() {
    if installed() {
        eprintln!("skipped: {SYSTEM_PARENT} exists and comes first");
        return;
    }
    let (home, state) = (place(), place());
    let found = default_place_with(&[("HOME", home.path()), ("XDG_STATE_HOME", state.path())]).unwrap();
    assert_eq!(found, state.path().join("sidereal"));
    assert_eq!(mode_of(&found), 0o700);
    let found = default_place_with(&[("HOME", home.path())]).unwrap();
    assert_eq!(found, home.path().join(".local/state/sidereal"));
    assert_eq!(mode_of(&found), 0o700);
    let relative = default_place_with(&[("HOME", home.path()), ("XDG_STATE_HOME", Path::new("relative"))]).unwrap();
    assert_eq!(relative, found, "a relative XDG_STATE_HOME does not count");
}

#[test]
fn a25_there_is_no_default_in_a_temporary_directory() {
    if installed() {
        eprintln!("skipped: {SYSTEM_PARENT} exists and comes first");
        return;
    }
    let temporary = place();
    for name in ["TMPDIR", "TMP", "TEMP", "XDG_RUNTIME_DIR", "PWD"] {
        let text = default_place_with(&[(name, temporary.path())]).unwrap_err();
        assert!(text.contains("sidereal.store") && text.contains(SYSTEM_PARENT), "{text}");
    }
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn a25_a_state_directory_that_cannot_be_trusted_is_refused() {
    if installed() {
        eprintln!("skipped: {SYSTEM_PARENT} exists and comes first");
        return;
    }
    let (home, elsewhere) = (place(), place());
    symlink(elsewhere.path(), home.path().join("sidereal")).unwrap();
    assert!(default_place_with(&[("XDG_STATE_HOME", home.path())]).is_err());
    let open = place();
    ensure(&open.path().join("sidereal")).unwrap();
    set_mode(&open.path().join("sidereal"), 0o755);
    assert!(default_place_with(&[("XDG_STATE_HOME", open.path())]).is_err());
}
