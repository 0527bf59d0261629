//! Names the shared library: programs ask for `libsidereal.so.0` as long as the ABI is compatible.

#![allow(clippy::print_stdout)] // How a build script talks to cargo.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libsidereal.so.0");
}
