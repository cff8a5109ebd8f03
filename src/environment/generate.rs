//! What is written for each environment anew: scripts, RECORD and the small files of dist-info.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256 as Hasher};

use super::assemble::{Assembly, InTheWay};
use super::error::AssembleError;
use super::original::read;
use super::snapshot::{Around, Generated, PlannedScript, ScriptBytecode};
use crate::key::Sha256;
use crate::wheel::{Listing, Row, Script, compose, relative, render};

/// Where time and size of the source stand in a bytecode file (PEP 552).
const BYTECODE_FIELDS: std::ops::Range<usize> = 8..16;
/// What an installed distribution says of its files (PEP 376).
pub(super) const RECORD: &str = "RECORD";
/// Flags of a bytecode file that is checked by time and size.
const BY_TIME: [u8; 4] = [0; 4];

/// Writes all of it.
pub(super) fn generate(assembly: &Assembly) -> Result<(), AssembleError> {
    for_each(assembly, |one| {
        let rows = one.write_scripts()?;
        one.write_small_files()?;
        one.write_record(rows)
    })
}

/// Writes only the scripts: everything else is in the layer below.
pub(super) fn generate_scripts(assembly: &Assembly) -> Result<(), AssembleError> {
    for_each(assembly, |one| one.write_scripts().map(drop))
}

/// Writes the scripts and their rows in each RECORD that names some: what else is generated is there.
pub(super) fn generate_scripts_and_rows(assembly: &Assembly) -> Result<(), AssembleError> {
    for_each(assembly, |one| match one.write_scripts()? {
        rows if rows.is_empty() => Ok(()),
        rows => one.mend_record(rows),
    })
}

/// Writes all but the scripts; their rows are those of the assembly's interpreter.
pub(super) fn generate_without_scripts(assembly: &Assembly) -> Result<(), AssembleError> {
    for_each(assembly, |one| {
        let rows = one.generated.scripts.iter().map(|planned| Ok(one.rendered(planned)?.1));
        let rows = rows.collect::<Result<_, AssembleError>>()?;
        one.write_small_files()?;
        one.write_record(rows)
    })
}

fn for_each(assembly: &Assembly, work: impl Fn(&Distribution) -> Result<(), AssembleError> + Sync) -> Result<(), AssembleError> {
    let snapshot = assembly.snapshot;
    let distributions = snapshot.generated.par_iter().enumerate();
    distributions.try_for_each(|(index, generated)| {
        work(&Distribution {
            assembly,
            index,
            generated,
        })
    })
}

/// One distribution's share.
struct Distribution<'a> {
    assembly: &'a Assembly<'a>,
    index: usize,
    generated: &'a Generated,
}

impl Distribution<'_> {
    /// Writes the scripts with their bytecode; the rows of RECORD that they make.
    fn write_scripts(&self) -> Result<Vec<Row>, AssembleError> {
        let Self { assembly, index, .. } = *self;
        let mut rows = Vec::with_capacity(self.generated.scripts.len());
        for planned in &self.generated.scripts {
            let (content, row) = self.rendered(planned)?;
            rows.push(row);
            if planned.wins {
                let path = assembly.target.join(planned.script.path());
                write(&path, &content, 0o755, assembly.in_the_way)?;
            }
        }
        for bytecode in &self.generated.script_bytecode {
            fit_bytecode(assembly, index, bytecode)?;
        }
        Ok(rows)
    }

    /// A script, and its row of RECORD.
    fn rendered(&self, planned: &PlannedScript) -> Result<(Vec<u8>, Row), AssembleError> {
        let tree = &self.assembly.trees[self.index];
        let original = planned.original;
        let body = original.map(|original| read(tree, planned.script.path(), original, self.index));
        let content = render(&planned.script, self.assembly.python, body.transpose()?.as_deref());
        let row = row(&planned.script, &self.generated.library, &content);
        Ok((content, row))
    }

    /// INSTALLER, REQUESTED, `direct_url.json`.
    fn write_small_files(&self) -> Result<(), AssembleError> {
        let mut files = self.generated.small.iter();
        files.try_for_each(|file| self.write(&file.name, file.content.as_bytes()))
    }

    /// RECORD comes last: a distribution without one is not taken for a complete one.
    fn write_record(&self, scripts: Vec<Row>) -> Result<(), AssembleError> {
        let record = self.assembly.snapshot.record(self.index);
        let unread = || AssembleError::io("write", &self.path(RECORD))(io::ErrorKind::InvalidInput.into());
        let [before, behind] = record.ok_or_else(unread)?;
        self.write(RECORD, &[before, self.among(scripts).as_bytes(), behind].concat())
    }

    /// Writes the rows of scripts over others in a RECORD that is there already, and nobody else's.
    fn mend_record(&self, scripts: Vec<Row>) -> Result<(), AssembleError> {
        let Around { before, behind, .. } = self.assembly.snapshot.records[self.index];
        let (path, among) = (self.path(RECORD), self.among(scripts));
        let mend = || {
            let file = OpenOptions::new().read(true).write(true).open(&path)?;
            if file.metadata()?.len() == (before + among.len() + behind) as u64 {
                return file.write_all_at(among.as_bytes(), before as u64).map(|()| None);
            }
            let content = fs::read(&path)?;
            let outside = content
                .get(..before)
                .zip(content.len().checked_sub(behind).and_then(|at| content.get(at..)));
            let (before, behind) = outside.ok_or(io::ErrorKind::InvalidData)?;
            Ok(Some([before, among.as_bytes(), behind].concat()))
        };
        match mend().map_err(AssembleError::io("write", &path))? {
            None => Ok(()),
            Some(record) => self.write(RECORD, &record),
        }
    }

    /// The part of RECORD that the rows of scripts are in.
    fn among(&self, scripts: Vec<Row>) -> String {
        compose([scripts, self.generated.rows.clone()].concat())
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), AssembleError> {
        write(&self.path(name), content, 0o666, self.assembly.in_the_way)
    }

    /// The path of a file of dist-info.
    fn path(&self, name: &str) -> PathBuf {
        self.assembly.target.join(&self.generated.dist_info).join(name)
    }
}

fn row(script: &Script, library: &str, content: &[u8]) -> Row {
    let path = relative(script.path(), library);
    match script {
        Script::Wheel(script) if script.listing == Listing::Bare => Row::bare(path),
        Script::Wheel(_) | Script::EntryPoint(_) => {
            let digest = Sha256::from_bytes(Hasher::digest(content).into());
            Row::hashed(path, &digest, content.len() as u64)
        }
    }
}

/// Copies bytecode of a rewritten script with time and size of the script as it is now: the code is the same, its first line is not.
fn fit_bytecode(assembly: &Assembly, index: usize, bytecode: &ScriptBytecode) -> Result<(), AssembleError> {
    let mut content = read(&assembly.trees[index], &bytecode.path, bytecode.original, index)?;
    let script = assembly.target.join(&bytecode.source);
    let metadata = fs::metadata(&script).map_err(AssembleError::io("read", &script))?;
    let by_time = content.get(4..8).is_some_and(|flags| flags == BY_TIME);
    if let (true, Some(fields)) = (by_time, content.get_mut(BYTECODE_FIELDS)) {
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        // Both fields are the lower 32 bits by definition.
        let seconds = modified.map_or(0, |since| since.as_secs()).to_le_bytes();
        fields[..4].copy_from_slice(&seconds[..4]);
        fields[4..].copy_from_slice(&metadata.len().to_le_bytes()[..4]);
    }
    write(&assembly.target.join(&bytecode.path), &content, 0o666, assembly.in_the_way)
}

/// Writes a file; one that stands in the way is replaced, where it may be, and never written into: it may be a link into the store.
fn write(path: &Path, content: &[u8], mode: u32, in_the_way: InTheWay) -> Result<(), AssembleError> {
    let create = || OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let file = match create() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && in_the_way == InTheWay::Replaced => {
            fs::remove_file(path).and_then(|()| create())
        }
        other => other,
    };
    file.and_then(|mut file| {
        file.write_all(content)?;
        // The mode given at creation is subject to the umask; pip's files follow it, scripts are executable for all.
        if mode & 0o111 != 0 {
            file.set_permissions(Permissions::from_mode(mode))
        } else {
            Ok(())
        }
    })
    .map_err(AssembleError::io("write", path))
}
