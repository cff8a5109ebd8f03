//! What snapenv knows about an interpreter.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Everything that snapenv needs to know about a base interpreter, as probed once by running it with `-I`.
///
/// A virtual environment's interpreter is described by the facts of the interpreter that it is based on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The base executable: what `python -m venv` would link `bin/python` to (`sys._base_executable`).
    pub executable: PathBuf,
    /// `sys.base_prefix`.
    pub base_prefix: PathBuf,
    /// `sys.base_exec_prefix`.
    pub base_exec_prefix: PathBuf,
    /// `sys.implementation.name`, such as `cpython`.
    pub implementation: String,
    /// `sys.version_info[:3]`.
    pub version: (u8, u8, u16),
    /// Full version with a pre-release suffix, as `platform.python_version()` prints it.
    pub full_version: String,
    /// `sys.implementation.cache_tag`, such as `cpython-311`.
    pub cache_tag: String,
    /// Bytecode magic number (`importlib.util.MAGIC_NUMBER`), in hexadecimal.
    pub magic: String,
    /// ABI tag of the interpreter, such as `cp311`, `cp38`, `cp313t` (PEP 425).
    pub abi: String,
    /// `sysconfig.get_config_var("SOABI")`, empty when unknown.
    pub soabi: String,
    /// `sysconfig.get_platform()`, such as `linux-x86_64`.
    pub platform: String,
    /// The C library.
    pub libc: Libc,
    /// The marker environment of PEP 508: all eleven variables (`extra` is not among them).
    pub markers: BTreeMap<String, String>,
    /// Where pip installs to in a virtual environment of this interpreter.
    pub scheme: Scheme,
    /// Whether a virtual environment has `lib64 -> lib` (64-bit POSIX, not macOS).
    pub lib64: bool,
    /// The interpreter's own site-packages, visible with `--system-site-packages`.
    pub site_packages: Vec<PathBuf>,
    /// The stdlib folder (`sysconfig.get_path("stdlib")`); an `EXTERNALLY-MANAGED` file in it is PEP 668's mark.
    pub stdlib: PathBuf,
    /// The pip wheel bundled for `ensurepip`, where there is one.
    pub bundled_pip: Option<PathBuf>,
    /// Version of the pip that the interpreter itself can import, where there is one.
    pub own_pip: Option<String>,
    /// BLAKE3 (hexadecimal) of the sysconfig variables that steer the building of extensions (CC, CFLAGS, LDSHARED, ...).
    pub sysconfig_digest: String,
    /// Distribution identity (`ID` and `VERSION_ID` of os-release), for bare `linux_*` tags.
    pub os_release: String,
}

/// The C library of an interpreter, part of its platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Libc {
    /// GNU C library, major and minor version.
    Glibc(u16, u16),
    /// musl, major and minor version.
    Musl(u16, u16),
    /// None that wheels are tagged for (macOS).
    System,
}

/// Installation paths of the `venv` scheme, relative to the environment, `/`-separated (sysconfig's `venv`, else `posix_prefix`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheme {
    /// Pure Python modules, such as `lib/python3.11/site-packages`.
    pub purelib: String,
    /// Platform-specific modules; the same as `purelib` on most systems.
    pub platlib: String,
    /// Scripts: `bin`.
    pub scripts: String,
    /// Headers as pip places them in environments, such as `include/site/python3.11`; the project name is appended.
    pub headers: String,
    /// Data files: empty, the environment itself.
    pub data: String,
}

impl Facts {
    /// `X.Y`, as in `python3.11`.
    pub fn major_minor(&self) -> String {
        format!("{}.{}", self.version.0, self.version.1)
    }
}
