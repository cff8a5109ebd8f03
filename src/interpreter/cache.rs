//! Facts on disk: one small JSON file per interpreter and host.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::answer::Probed;
use super::identity::{Identity, Witness};
use super::{Facts, Host};
use crate::fs::{Durability, Soundness, create_folders, sealed, soundness, write_new};

/// Raised whenever [`Record`] or [`Facts`] change; records of any other format are made anew.
const FORMAT: u32 = 1;

/// The folder of cached facts (`<cache>/v1/interpreters`).
///
/// # Compatibility
/// A record that is damaged, of another format or of a changed interpreter counts as absent and is replaced.
///
/// # Filesystems
/// Records are written to a temporary file that is renamed. They are not fsynced: a torn one is merely absent.
#[derive(Debug, Clone)]
pub struct FactsCache {
    folder: PathBuf,
    staging: PathBuf,
}

/// What tells one interpreter from another; hashed into the name of its record.
#[derive(Debug, Serialize)]
pub(super) struct InterpreterKey<'a> {
    kind: &'static str,
    host: &'a str,
    /// A 64-bit kernel can pose as a 32-bit one.
    machine: &'a str,
    /// The name it is called by: Python derives its prefix from it.
    executable: &'a Path,
    real: &'a Path,
    identity: Identity,
}

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    format: u32,
    libpython: Libpython,
    witnesses: Vec<Witness>,
    facts: Facts,
}

/// Where an interpreter's `libpython` is.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Libpython {
    /// In the executable.
    Inside,
    /// In a shared library that was found with this `LD_LIBRARY_PATH`.
    Shared(Option<String>),
}

/// What is known of an interpreter.
pub(super) enum Loaded {
    /// These facts.
    Known(Box<Facts>),
    /// Nothing that still holds.
    Unknown,
    /// Nothing: this record is damaged.
    Damaged(PathBuf),
}

/// Looks at a whole record of facts.
pub fn facts_soundness(bytes: &[u8]) -> Soundness {
    match soundness(bytes, FORMAT) {
        Soundness::Whole if serde_json::from_slice::<Record>(bytes).is_err() => Soundness::Damaged("it holds no such facts"),
        found => found,
    }
}

impl<'a> InterpreterKey<'a> {
    pub(super) fn new(executable: &'a Path, real: &'a Path, host: &'a Host) -> io::Result<Self> {
        Ok(Self {
            kind: "interpreter",
            host: &host.id,
            machine: &host.machine,
            executable,
            real,
            identity: Identity::of(real)?,
        })
    }
}

impl FactsCache {
    /// A cache in a folder that need not exist.
    pub fn at(folder: PathBuf) -> Self {
        Self {
            staging: folder.clone(),
            folder,
        }
    }

    /// The same, whose records are written in another folder of the same filesystem.
    #[must_use]
    pub fn staged_in(self, staging: PathBuf) -> Self {
        Self { staging, ..self }
    }

    /// The facts, if they are known and everything that they were read from is unchanged.
    pub(super) fn load(&self, key: &InterpreterKey<'_>, host: &Host) -> Loaded {
        let Some(file) = self.file(key) else { return Loaded::Unknown };
        let Ok(bytes) = fs::read(&file) else { return Loaded::Unknown };
        match facts_soundness(&bytes) {
            Soundness::Whole => {}
            Soundness::Newer => return Loaded::Unknown,
            Soundness::Damaged(_) => return Loaded::Damaged(file),
        }
        let known = serde_json::from_slice(&bytes).ok().filter(|record: &Record| {
            let same_libpython = match &record.libpython {
                Libpython::Inside => true,
                Libpython::Shared(library_path) => *library_path == host.library_path,
            };
            same_libpython && record.witnesses.iter().all(Witness::still_holds)
        });
        known.map_or(Loaded::Unknown, |record| Loaded::Known(Box::new(record.facts)))
    }

    /// Writes facts down; a folder that cannot be written is an error that need not stop anyone.
    pub(super) fn store(&self, key: &InterpreterKey<'_>, probed: Probed, host: &Host) -> io::Result<()> {
        let Some(file) = self.file(key) else {
            return Ok(());
        };
        let record = Record {
            format: FORMAT,
            libpython: if probed.shares_libpython {
                Libpython::Shared(host.library_path.clone())
            } else {
                Libpython::Inside
            },
            witnesses: probed.witnesses,
            facts: probed.facts,
        };
        let bytes = sealed(serde_json::to_vec(&record)?);
        create_folders(&self.staging)?;
        write_new(&file, &bytes, &self.staging, Durability::Derived).map_err(|error| error.source)
    }

    /// `None` for paths that JSON cannot hold.
    fn file(&self, key: &InterpreterKey<'_>) -> Option<PathBuf> {
        let preimage = serde_json::to_vec(key).ok()?;
        Some(self.folder.join(format!("{}.json", blake3::hash(&preimage).to_hex())))
    }
}
