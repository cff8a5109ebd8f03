//! Links what Rust's runtime needs of the compiler's unwinder into the program, where the C compiler has it as a static library.
//!
//! The shared one examines the processor when it is loaded, which a virtual machine has to interrupt for: a tenth of the time that it takes
//! to start.

use std::env;
use std::path::PathBuf;
use std::process::Command;

const UNWINDER: &str = "libgcc_eh.a";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if let Some(unwinder) = unwinder() {
        println!("cargo:rustc-link-arg-bins=-Wl,--whole-archive");
        println!("cargo:rustc-link-arg-bins={}", unwinder.display());
        println!("cargo:rustc-link-arg-bins=-Wl,--no-whole-archive");
    }
}

/// The static library, for releases that are made for the machine that makes them.
fn unwinder() -> Option<PathBuf> {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let native = env::var("HOST").ok()? == env::var("TARGET").ok()?;
    if !native || !is("PROFILE", "release") || !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_ENV", "gnu") {
        return None;
    }
    let output = Command::new("cc").arg(format!("-print-file-name={UNWINDER}")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_absolute().then_some(path)
}
