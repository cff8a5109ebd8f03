//! What a distribution consists of, as it stands in its archive and beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::archive::Member;
use crate::wheel::{Laid, Mode, decoded};

/// A distribution as installed: the wheel's files and the bytecode compiled from them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// What the wheel brought.
    #[serde(flatten)]
    pub laid: Laid,
    /// Bytecode files, in the order of their sources.
    pub bytecode: Vec<Bytecode>,
}

/// A bytecode file of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytecode {
    /// Path within the environment.
    #[serde(deserialize_with = "decoded::path")]
    pub path: String,
    /// Path as RECORD writes it.
    pub record: String,
    /// Path of its source within the environment.
    #[serde(deserialize_with = "decoded::path")]
    pub source: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its time and that of its source, in seconds since 1970.
    pub mtime: u64,
}

/// The size of blocks that most filesystems keep files in.
const BLOCK: u64 = 4 << 10;

impl Description {
    /// Bytes on disk of a tree with a description of this length: files and folders in whole blocks.
    pub(super) fn tree_bytes(&self, description: usize) -> u64 {
        let files = self.laid.files.iter().map(|file| (&file.path, file.size));
        let bytecode = self.bytecode.iter().map(|file| (&file.path, file.size));
        let (mut folders, mut blocks) = (BTreeSet::new(), (description as u64).div_ceil(BLOCK));
        for (path, size) in files.chain(bytecode) {
            blocks += size.div_ceil(BLOCK);
            folders.extend(Path::new(path).ancestors().skip(1));
        }
        // The tree itself is among them, the folder of the description is not.
        (blocks + folders.len() as u64 + 1) * BLOCK
    }

    /// The members of the archive, each once: a wheel may bring a file where its bytecode was written then, and two sources may share
    /// their bytecode's place (`.py` and `py.py`).
    pub fn members(&self) -> Vec<Member> {
        let compiled: BTreeSet<&str> = self.bytecode.iter().map(|file| file.path.as_str()).collect();
        let brought = self.laid.files.iter().filter(|file| !compiled.contains(file.path.as_str()));
        let files = brought.map(|file| Member {
            path: file.path.clone(),
            executable: file.mode == Mode::Executable,
            mtime: signed(file.mtime),
        });
        let last: BTreeMap<&str, &Bytecode> = self.bytecode.iter().map(|file| (file.path.as_str(), file)).collect();
        let bytecode = last.into_values().map(|file| Member {
            path: file.path.clone(),
            executable: false,
            mtime: signed(file.mtime),
        });
        files.chain(bytecode).collect()
    }
}

fn signed(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or_default()
}
