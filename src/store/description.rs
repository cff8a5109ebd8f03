//! What a distribution consists of, as it stands in its archive and beside it.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::archive::Member;
use crate::wheel::{Laid, Mode};

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
    pub path: String,
    /// Path as RECORD writes it.
    pub record: String,
    /// Path of its source within the environment.
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

    /// The members of the archive.
    pub fn members(&self) -> Vec<Member> {
        let files = self.laid.files.iter().map(|file| Member {
            path: file.path.clone(),
            executable: file.mode == Mode::Executable,
            mtime: signed(file.mtime),
        });
        let bytecode = self.bytecode.iter().map(|file| Member {
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
