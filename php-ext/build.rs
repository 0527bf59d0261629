//! Compiles the C shim against the headers of the PHP that `php-config` describes (`PHP_CONFIG` names another one).

use std::error::Error;
use std::process::Command;

const SOURCES: [&str; 20] = [
    "shim/ps_module.c",
    "shim/globals.c",
    "shim/cookie.c",
    "shim/functions.c",
    "shim/ini.c",
    "shim/raise.c",
    "shim/classes.c",
    "shim/exceptions.c",
    "shim/values.c",
    "shim/session_class.c",
    "shim/roster_class.c",
    "shim/autologin_class.c",
    "shim/csrf_class.c",
    "shim/evidence_class.c",
    "shim/strip.c",
    "shim/user_key.c",
    "shim/late_write.c",
    "shim/handler_class.c",
    "shim/events.c",
    "shim/audit_class.c",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=shim");
    println!("cargo::rerun-if-env-changed=PHP_CONFIG");
    let mut shim = cc::Build::new();
    shim.files(SOURCES).std("gnu11").flag("-fvisibility=hidden");
    // Warnings of PHP's own headers are not ours to mend: `-isystem` silences them and nothing else.
    for directory in php_includes()?.split_whitespace().filter_map(|flag| flag.strip_prefix("-I")) {
        shim.flag("-isystem").flag(directory);
    }
    shim.warnings(true).extra_warnings(true).warnings_into_errors(true);
    shim.try_compile("sidereal_shim")?;
    // PHP unloads its extensions while the thread that renews leases may be asleep in this one.
    println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
    Ok(())
}

fn php_includes() -> Result<String, Box<dyn Error>> {
    let php_config = std::env::var("PHP_CONFIG").unwrap_or_else(|_| "php-config".into());
    let output = Command::new(&php_config).arg("--includes").output().map_err(|found| {
        format!("expected to run `{php_config} --includes`, found: {found}; install php-dev or set PHP_CONFIG")
    })?;
    if !output.status.success() {
        return Err(format!("`{php_config} --includes` failed; set PHP_CONFIG to the php-config of your PHP").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
