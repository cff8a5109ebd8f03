//! Writing files below the staging folder.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rayon::prelude::*;
use rustix::fs::Mode as Bits;
use sha2::{Digest as _, Sha256 as Hasher};

use crate::fs::Beneath;
use crate::key::Sha256;

use super::container::{Container, Fault, Inflater};
use super::layout::Placement;
use super::paths::split;
use super::{File, Mode, Problem};

/// What pip looks for at the front of scripts.
const PLACEHOLDER: &[u8] = b"#!python";

/// A file that was written.
pub(super) struct Written {
    pub(super) file: File,
    pub(super) opening: Opening,
}

/// How a file begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// With the line that stands for the interpreter.
    Placeholder,
    /// With anything else.
    Other,
}

/// Writes each placement's member to its path below `staging`, in parallel, and returns them in the same order.
///
/// Everything is opened relative to the staging folder, exclusively, through no link; modes do not depend on the umask.
pub(super) fn write(container: &Container, placements: &[&Placement<'_>], staging: &Path) -> Result<Vec<Written>, Problem> {
    let failed = |path: &str| {
        let path = staging.join(path);
        move |source: io::Error| Problem::Write { path, source }
    };
    let root = Beneath::open(staging).map_err(failed(""))?;
    let searchable = bits(Mode::Executable) | Bits::WUSR;
    for folder in folders(placements) {
        // The skeleton of an environment may be there, but nothing that leads elsewhere.
        root.make_folder(folder, searchable).map_err(failed(folder))?;
    }
    // The largest first, so that no thread starts one when the others are done.
    let mut order: Vec<usize> = (0..placements.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(placements[*index].member.size));
    // `map_init` would make one for each file, since each is a task of its own.
    let idle: Mutex<Vec<Inflater>> = Mutex::default();
    let mut written: Vec<(usize, Written)> = order
        .into_par_iter()
        .with_max_len(1)
        .map(|index| {
            let placement = placements[index];
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut inflater = taken.unwrap_or_default();
            let written = write_one(container, &mut inflater, placement, &root).map_err(|fault| match fault {
                Failure::Write(error) => failed(&placement.path)(error),
                Failure::Read(fault) => Problem::Container(fault),
            })?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(inflater);
            Ok((index, written))
        })
        .collect::<Result<_, Problem>>()?;
    written.sort_unstable_by_key(|(index, _)| *index);
    Ok(written.into_iter().map(|(_, written)| written).collect())
}

enum Failure {
    Read(Fault),
    Write(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

fn write_one(
    container: &Container,
    inflater: &mut Inflater,
    placement: &Placement<'_>,
    root: &Beneath,
) -> Result<Written, Failure> {
    let member = placement.member;
    let bits = bits(member.mode);
    let mut file = root.create(&placement.path, bits)?;
    let mut hasher = Hasher::new();
    let mut front = Vec::with_capacity(PLACEHOLDER.len());
    let mut failure = None;
    let outcome = inflater.copy(container, member, &mut |bytes| {
        let missing = PLACEHOLDER.len() - front.len();
        front.extend_from_slice(&bytes[..missing.min(bytes.len())]);
        hasher.update(bytes);
        file.write_all(bytes).map_err(|error| {
            // Kept apart, so that a full disk is not taken for a damaged wheel.
            let kind = error.kind();
            failure = Some(error);
            kind.into()
        })
    });
    match (failure, outcome) {
        (Some(error), _) => return Err(Failure::Write(error)),
        (None, Err(fault)) => return Err(Failure::Read(fault)),
        (None, Ok(())) => {}
    }
    // The umask may have taken something away.
    if Bits::from_raw_mode(rustix::fs::fstat(&file).map_err(io::Error::from)?.st_mode) != bits {
        rustix::fs::fchmod(&file, bits).map_err(io::Error::from)?;
    }
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(member.modified))
        .map_err(Failure::Write)?;
    Ok(Written {
        file: File {
            path: placement.path.clone(),
            size: member.size,
            sha256: Sha256::from_bytes(hasher.finalize().into()),
            mode: member.mode,
            mtime: member.modified,
        },
        opening: if front == PLACEHOLDER {
            Opening::Placeholder
        } else {
            Opening::Other
        },
    })
}

/// The permissions by name, since the type of their number differs between systems. Nobody writes to a file that is laid out.
fn bits(mode: Mode) -> Bits {
    let plain = Bits::RUSR | Bits::RGRP | Bits::ROTH;
    match mode {
        Mode::Plain => plain,
        Mode::Executable => plain | Bits::XUSR | Bits::XGRP | Bits::XOTH,
    }
}

/// All folders that the placements need, parents first.
fn folders<'p>(placements: &[&'p Placement<'_>]) -> BTreeSet<&'p str> {
    let mut folders = BTreeSet::new();
    for placement in placements {
        let (mut folder, _) = split(&placement.path);
        while !folder.is_empty() && folders.insert(folder) {
            (folder, _) = split(folder);
        }
    }
    folders
}
