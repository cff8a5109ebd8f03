//! The share that an environment over a layer has for itself.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rayon::prelude::*;
use rustix::fs::CWD;

use crate::environment::assemble::{Assembled, Assembly};
use crate::environment::error::AssembleError;
use crate::environment::generate::generate_scripts;
use crate::environment::links::link_all;
use crate::environment::snapshot::{Role, Snapshot, is_static};
use crate::fs::{Means, open_folder, touch};

/// Assembles what an excerpt says: data files from trees, and scripts.
///
/// # Errors
/// As [`assemble`](crate::environment::assemble()).
pub fn assemble_over(assembly: &Assembly) -> Result<Assembled, AssembleError> {
    let links = link_all(assembly)?;
    generate_scripts(assembly)?;
    Ok(Assembled {
        means: Means::Layer,
        files: assembly.snapshot.header.files,
        bytes: assembly.snapshot.header.bytes,
        exceptions: links.exceptions,
    })
}

/// Gives the static files of a layer the current time: tools that compare by time find them as new as in a flat environment.
///
/// # Errors
/// When the layer cannot be written.
pub fn renew(excerpt: &Snapshot, layer: &Path) -> io::Result<()> {
    let paths = excerpt.paths(&excerpt.present);
    let folders = excerpt.present.par_iter().zip(&paths);
    folders.with_min_len(16).try_for_each(|(folder, path)| {
        let mut private = folder.files.iter().filter(|file| file.role == Role::Private).peekable();
        if private.peek().is_none() || !is_static(path) {
            return Ok(());
        }
        let open = open_folder(CWD, &layer.join(path))?;
        private.try_for_each(|file| touch(open.as_fd(), excerpt.name(file.name)))
    })
}
