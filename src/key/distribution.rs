//! The preimage of a distribution key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Sha256;
use super::preimage::{DistributionKey, Preimage, SnapshotKey};
use crate::interpreter::{Libc, Scheme};

/// One built distribution, as installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistributionPreimage {
    /// Normalized project name.
    pub name: String,
    /// Version as the artifact's metadata says it.
    pub version: String,
    /// The wheel or sdist.
    pub artifact: Sha256,
    /// `sys.implementation.name`.
    pub implementation: String,
    /// Cache tag, such as `cpython-311`: it is in the names of bytecode files.
    pub cache_tag: String,
    /// Bytecode magic.
    pub magic: String,
    /// Installed paths.
    pub scheme: Scheme,
    /// ABI and platform.
    pub platform: PlatformPreimage,
    /// Bytecode in the archive.
    pub bytecode: BytecodeMode,
    /// How it was built, when the artifact is not a wheel.
    pub build: Option<BuildPreimage>,
}

impl Preimage for DistributionPreimage {
    type Key = DistributionKey;
    const KIND: &'static str = "distribution";
    /// Also the version of snapenv's own layout and compile step.
    const FORMAT: u32 = 1;
}

/// The tags under which an archive is filed (PEP 425).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformPreimage {
    /// ABI tag: `none`, `abi3`, `cp311`.
    pub abi: String,
    /// Platform tag: `any`, `manylinux_2_17_x86_64`, `linux_x86_64`.
    pub platform: String,
}

/// Everything that steers a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildPreimage {
    /// `--config-settings` and older build options, as given.
    pub settings: Vec<String>,
    /// The folder within the artifact that is built (`#subdirectory=`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Variables of the caller's environment that compilers and build backends read.
    pub environment: BTreeMap<String, String>,
    /// SOABI of the interpreter.
    pub soabi: String,
    /// Digest of the interpreter's compiler settings.
    pub sysconfig: String,
    /// The C library.
    pub libc: Libc,
    /// Distribution id, because a bare `linux_*` wheel fits only there.
    pub os_release: String,
    /// The pip whose build it is.
    pub pip: String,
    /// What the build environment held, the backend's own requirements last; nothing where pip ran the build.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<SnapshotKey>,
    /// The compilers that were there, by the variable that names them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub compilers: BTreeMap<String, String>,
}

/// Whether and how an archive holds bytecode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BytecodeMode {
    /// None (`--no-compile`).
    Off,
    /// Compiled at an optimization level (0, 1, 2), with a kind of header.
    On {
        /// `PYTHONOPTIMIZE` as pip would have seen it.
        optimization: u8,
        /// How Python checks a bytecode file against its source.
        invalidation: Invalidation,
        /// Which source encodings the pip whose answer it is can compile.
        codecs: Codecs,
    },
}

/// Which source encodings (PEP 263) can be compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Codecs {
    /// All that Python has.
    Any,
    /// Those that pip has loaded before it installs: since 26.3 it imports nothing afterwards, and leaves other sources uncompiled.
    Loaded,
}

impl BytecodeMode {
    /// The same mode with other codecs.
    #[must_use]
    pub fn with_codecs(self, codecs: Codecs) -> Self {
        match self {
            Self::Off => Self::Off,
            Self::On {
                optimization,
                invalidation,
                ..
            } => Self::On {
                optimization,
                invalidation,
                codecs,
            },
        }
    }
}

/// How Python checks a bytecode file against its source (PEP 552).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Invalidation {
    /// By the source's time and size.
    Timestamp,
    /// By the source's hash (`SOURCE_DATE_EPOCH` is set).
    CheckedHash,
}

/// A short name of a bytecode mode, for file names: `py`, `off`, `opt-1-hash`.
pub fn bytecode_name(mode: BytecodeMode) -> String {
    match mode {
        BytecodeMode::Off => "off".to_owned(),
        BytecodeMode::On {
            optimization,
            invalidation,
            ..
        } => {
            let checked = if invalidation == Invalidation::CheckedHash {
                "-hash"
            } else {
                ""
            };
            format!("opt-{optimization}{checked}")
        }
    }
}
