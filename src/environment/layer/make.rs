//! Making a layer: what a flat environment would hold besides its skeleton, sealed.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rayon::prelude::*;

use crate::environment::assemble::{Assembly, assemble};
use crate::environment::error::AssembleError;
use crate::environment::snapshot::Snapshot;
use crate::interpreter::Scheme;
use crate::store::GeneratedFile;

/// The interpreter that scripts of a layer name: nobody runs them, they are as in a wheel, and their rows in RECORD are true.
pub const LAYER_PYTHON: &str = "python";

/// Assembles a layer (its interpreter is [`LAYER_PYTHON`]) in an empty folder and takes the right to write from all that is in it; the files
/// that were generated.
///
/// # Errors
/// When a tree is not what the snapshot says, or the folder cannot be written. What was written by then is the caller's to remove.
pub fn make_layer(assembly: &Assembly, scheme: &Scheme) -> Result<Vec<GeneratedFile>, AssembleError> {
    let target = assembly.target;
    assemble(assembly)?;
    for library in [&scheme.purelib, &scheme.platlib] {
        // An environment without distributions has one, too.
        let library = target.join(library);
        fs::create_dir_all(&library).map_err(AssembleError::io("create folder", &library))?;
    }
    let generated = generated_paths(assembly.snapshot).map(|path| {
        let place = target.join(&path);
        let size = seal_generated(&place).map_err(AssembleError::io("write", &place))?;
        Ok::<_, AssembleError>(GeneratedFile { path, size })
    });
    let generated = generated.collect::<Result<_, AssembleError>>()?;
    seal_content(target).map_err(AssembleError::io("change the mode of a file in", target))?;
    Ok(generated)
}

/// The paths of all files that are generated.
pub(super) fn generated_paths(snapshot: &Snapshot) -> impl Iterator<Item = String> {
    let of_scripts = snapshot.generated.iter().flat_map(|one| {
        let scripts = one.scripts.iter().filter(|script| script.wins);
        let scripts = scripts.map(|script| script.script.path().to_owned());
        scripts.chain(one.script_bytecode.iter().map(|file| file.path.clone()))
    });
    of_scripts.chain(generated_without_scripts(snapshot))
}

/// The same without scripts and their bytecode.
pub(super) fn generated_without_scripts(snapshot: &Snapshot) -> impl Iterator<Item = String> {
    snapshot.generated.iter().flat_map(|one| {
        let names = one.small.iter().map(|file| file.name.as_str()).chain(["RECORD"]);
        names.map(|name| format!("{}/{name}", one.dist_info))
    })
}

fn seal_generated(path: &Path) -> io::Result<u64> {
    fs::set_permissions(path, Permissions::from_mode(0o444))?;
    Ok(fs::metadata(path)?.len())
}

/// Seals what is in a folder; links to trees are sealed already, and must not be touched.
fn seal_content(folder: &Path) -> io::Result<()> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.par_iter().try_for_each(|entry| {
        let metadata = entry.metadata()?;
        let mode = sealed(&metadata);
        if metadata.is_dir() {
            seal_content(&entry.path())?;
        }
        if metadata.permissions().mode() & 0o7777 != mode {
            fs::set_permissions(entry.path(), Permissions::from_mode(mode))?;
        }
        Ok(())
    })
}

fn sealed(metadata: &Metadata) -> u32 {
    if metadata.is_dir() || metadata.permissions().mode() & 0o111 != 0 {
        0o555
    } else {
        0o444
    }
}
