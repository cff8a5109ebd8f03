//! Looking at the content of a layer.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::check::Altered;
use super::make::{generated_paths, generated_without_scripts};
use crate::environment::assemble::Assembly;
use crate::environment::error::{AssembleError, Change};
use crate::environment::generate::{generate, generate_without_scripts};
use crate::environment::snapshot::{Entry, FolderEntries};

/// Where the source's time and size stand in bytecode of a script: they are those of the script beside it.
const BYTECODE_HEADER: usize = 16;

/// Compares the content of all files of a layer with trees whose content is right, and with what is generated anew in the assembly's target,
/// an empty folder. The first finding of each folder.
///
/// # Errors
/// When a tree is not what the snapshot says, or the target cannot be written.
pub fn compare_layer(assembly: &Assembly, layer: &Path) -> Result<Vec<Altered>, AssembleError> {
    let paths: Vec<String> = generated_paths(assembly.snapshot).collect();
    compare(assembly, layer, (&paths, &|| generate(assembly).map(drop)))
}

/// The same of a spare, which has no scripts: its interpreter is the assembly's.
///
/// # Errors
/// As [`compare_layer`].
pub fn compare_spare(assembly: &Assembly, spare: &Path) -> Result<Vec<Altered>, AssembleError> {
    let paths: Vec<String> = generated_without_scripts(assembly.snapshot).collect();
    compare(assembly, spare, (&paths, &|| generate_without_scripts(assembly).map(drop)))
}

/// Paths of what is generated, and what generates them.
type Generating<'a> = (&'a [String], &'a dyn Fn() -> Result<(), AssembleError>);

fn compare(assembly: &Assembly, layer: &Path, (generated, generate): Generating) -> Result<Vec<Altered>, AssembleError> {
    let snapshot = assembly.snapshot;
    let paths = snapshot.paths(&snapshot.folders);
    let folders = snapshot.folders.par_iter().zip(&paths);
    let mut found: Vec<Altered> = folders
        .filter_map(|(folder, path)| folder_differs(assembly, folder, path, layer))
        .collect();
    for path in generated {
        let folder = assembly.target.join(path);
        let folder = folder.parent().unwrap_or(assembly.target);
        fs::create_dir_all(folder).map_err(AssembleError::io("create folder", folder))?;
    }
    generate()?;
    found.extend(generated.iter().filter_map(|path| {
        let skipped = if path.ends_with(".pyc") { BYTECODE_HEADER } else { 0 };
        let read = |folder: &Path| fs::read(folder.join(path)).map(|content| content.get(skipped..).unwrap_or_default().to_vec());
        let same = matches!((read(layer), read(assembly.target)), (Ok(there), Ok(right)) if there == right);
        (!same).then(|| altered(layer.join(path)))
    }));
    Ok(found)
}

fn folder_differs(assembly: &Assembly, folder: &FolderEntries, path: &Path, layer: &Path) -> Option<Altered> {
    folder.files.iter().find_map(|entry: &Entry| {
        let path = path.join(assembly.snapshot.name(entry.name));
        let original = assembly.trees[usize::from(entry.distribution)].join(&path);
        let there = layer.join(&path);
        (!is_same(&original, &there).unwrap_or(false)).then(|| altered(there))
    })
}

/// Whether two paths are one file, or two of the same content.
fn is_same(original: &Path, other: &Path) -> io::Result<bool> {
    let (first, second) = (fs::symlink_metadata(original)?, fs::symlink_metadata(other)?);
    if (first.dev(), first.ino()) == (second.dev(), second.ino()) {
        return Ok(true);
    }
    Ok(fs::read(original)? == fs::read(other)?)
}

fn altered(path: PathBuf) -> Altered {
    Altered {
        path,
        change: Change::Content,
    }
}
