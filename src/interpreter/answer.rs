//! What `probe.py` says, and the facts that it makes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use super::identity::Witness;
use super::{Facts, Host, InterpreterError, Libc, Scheme};

/// The line of the output that is the answer begins so: start-up files may print, too.
const MARK: &str = "snapenv-probe:";

/// The part that every version of Python answers.
#[derive(Debug, Deserialize)]
struct Head {
    version: (u8, u8, u16),
}

/// The whole answer of a Python that is new enough.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    #[serde(flatten)]
    head: Head,
    executable: PathBuf,
    base_prefix: PathBuf,
    base_exec_prefix: PathBuf,
    implementation: String,
    full_version: String,
    cache_tag: String,
    magic: String,
    abi: String,
    soabi: String,
    platform: String,
    libc: Libc,
    markers: BTreeMap<String, String>,
    scheme: Scheme,
    lib64: bool,
    site_packages: Vec<PathBuf>,
    stdlib: PathBuf,
    bundled_pip: Option<PathBuf>,
    own_pip: Option<String>,
    build_variables: BTreeMap<String, String>,
    #[serde(deserialize_with = "witnesses")]
    witnesses: Vec<Witness>,
    shares_libpython: bool,
}

/// The facts, and what they hold by.
#[derive(Debug)]
pub(super) struct Probed {
    pub(super) facts: Facts,
    pub(super) witnesses: Vec<Witness>,
    /// The interpreter's `libpython` is found by way of `LD_LIBRARY_PATH`.
    pub(super) shares_libpython: bool,
}

fn witnesses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Witness>, D::Error> {
    let paths = Vec::<PathBuf>::deserialize(deserializer)?;
    Ok(paths.into_iter().map(Witness::now).collect())
}

impl Answer {
    /// Reads the output of `probe.py`, started as `executable`.
    pub(super) fn read(output: &str, executable: &Path) -> Result<Self, InterpreterError> {
        let line = output
            .lines()
            .find_map(|line| line.strip_prefix(MARK))
            .ok_or_else(|| InterpreterError::NotPython(executable.to_owned()))?;
        let bad = |source| InterpreterError::BadAnswer {
            path: executable.to_owned(),
            source,
        };
        let Head { version } = serde_json::from_str(line).map_err(bad)?;
        if version < (3, 8, 0) {
            return Err(InterpreterError::TooOld {
                path: executable.to_owned(),
                version: format!("{}.{}.{}", version.0, version.1, version.2),
            });
        }
        serde_json::from_str(line).map_err(bad)
    }

    pub(super) fn into_probed(self, host: &Host) -> Result<Probed, serde_json::Error> {
        // A sorted map in JSON is canonical, and its framing is unambiguous.
        let build_variables = serde_json::to_vec(&self.build_variables)?;
        Ok(Probed {
            facts: Facts {
                executable: self.executable,
                base_prefix: self.base_prefix,
                base_exec_prefix: self.base_exec_prefix,
                implementation: self.implementation,
                version: self.head.version,
                full_version: self.full_version,
                cache_tag: self.cache_tag,
                magic: self.magic,
                abi: self.abi,
                soabi: self.soabi,
                platform: self.platform,
                libc: self.libc,
                markers: self.markers,
                scheme: self.scheme,
                lib64: self.lib64,
                site_packages: self.site_packages,
                stdlib: self.stdlib,
                bundled_pip: self.bundled_pip,
                own_pip: self.own_pip,
                sysconfig_digest: blake3::hash(&build_variables).to_hex().to_string(),
                os_release: host.os_release.clone(),
            },
            witnesses: self.witnesses,
            shares_libpython: self.shares_libpython,
        })
    }
}
