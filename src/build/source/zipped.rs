//! sdists that are zip files: read as strictly as wheels.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::error::SourceError;
use super::member::{Tree, plain};
use crate::fs::Limits;
use crate::wheel::{Container, Fault, Inflater, Member, MemberKind, Mode, ReadLimits};

/// Unpacks `file`, which is the sdist at `archive`, and answers with the number of members.
pub(super) fn unpack(file: File, archive: &Path, tree: &Tree<'_>, limits: &Limits) -> Result<usize, SourceError> {
    let faulty = |fault| fault_of(fault, archive);
    let container = Container::open(file, ReadLimits::default()).map_err(faulty)?;
    container.check_size(limits).map_err(faulty)?;
    let mut inflater = Inflater::default();
    for member in container.members() {
        let refused = |reason| SourceError::Refused {
            archive: archive.to_owned(),
            member: member.name.clone(),
            reason,
        };
        let path = plain(Path::new(&member.name)).map_err(refused)?;
        let failed = |source| SourceError::Io {
            action: "unpack",
            path: tree.root.join(&path),
            source,
        };
        let place = match make_room(tree, &path, member) {
            Ok(place) => place.map_err(refused)?,
            Err(error) => return Err(failed(error)),
        };
        let Some(place) = place else { continue };
        let mut target = Tree::create(&place).map_err(failed)?;
        let mut failure = None;
        let outcome = inflater.copy(&container, member, &mut |bytes| {
            target.write_all(bytes).map_err(|error| {
                let kind = error.kind();
                failure = Some(error);
                kind.into()
            })
        });
        if let Some(error) = failure {
            return Err(failed(error));
        }
        outcome.map_err(faulty)?;
        let mode = if member.mode == Mode::Executable { 0o755 } else { 0o644 };
        Tree::finish(&target, mode, member.modified).map_err(failed)?;
    }
    Ok(container.members().len())
}

/// Where a file goes; none for a folder, which is made.
fn make_room(tree: &Tree<'_>, path: &Path, member: &Member) -> io::Result<Result<Option<PathBuf>, &'static str>> {
    match tree.place(path)? {
        Ok(place) if member.kind() == MemberKind::Folder => fs::create_dir_all(place).map(|()| Ok(None)),
        other => Ok(other.map(Some)),
    }
}

fn fault_of(fault: Fault, archive: &Path) -> SourceError {
    let archive = archive.to_owned();
    match fault {
        Fault::Io(source) => SourceError::Io {
            action: "read",
            path: archive,
            source,
        },
        Fault::NoEnd | Fault::Damaged(_) | Fault::Checksum(_) => SourceError::Damaged {
            archive,
            reason: fault.to_string(),
        },
        fault => SourceError::Container { archive, fault },
    }
}
