//! Trees: every file is hashed.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rayon::prelude::*;
use walkdir::WalkDir;

use super::audit::Looked;
use super::finding::Subject;
use super::look::{Seen, look};
use crate::archive::{ArchiveError, DESCRIPTION, Member, content_of};
use crate::key::ContentKey;
use crate::store::{Area, Description, Layout};
use crate::upkeep::catalogue::keyed;

/// Trees that are as their archives, as texts.
pub(super) fn trees(layout: &Layout, looked: &mut Looked) -> BTreeSet<String> {
    let found = keyed(&layout.area(Area::Trees));
    let seen: Vec<_> = found
        .into_par_iter()
        .map(|found| {
            let content: Option<ContentKey> = found.name.parse().ok();
            let seen = content.map(|content| look(&[&found.path], &|| examine(&found.path, content)));
            (found, content, seen)
        })
        .collect();
    let mut whole = BTreeSet::new();
    for (found, content, seen) in seen {
        let (Some(content), Some(seen)) = (content, seen) else {
            looked.unknown.push(found.path);
            continue;
        };
        if matches!(seen, Seen::Whole(_)) {
            whole.insert(found.name);
        }
        looked.note(&found.path, Subject::Tree(content), seen);
    }
    whole
}

fn examine(tree: &Path, content: ContentKey) -> Seen {
    let path = tree.join(DESCRIPTION);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if tree.exists() => match Seen::failed(&error) {
            Seen::Gone => return Seen::Damaged(format!("{DESCRIPTION} is missing")),
            other => return other,
        },
        Err(_) => return Seen::Gone,
    };
    let Ok(description) = serde_json::from_slice::<Description>(&bytes) else {
        return Seen::Damaged(format!("{DESCRIPTION} is no description"));
    };
    let members = description.members();
    if let Some(reason) = odd(tree, &members) {
        return Seen::Damaged(reason);
    }
    match content_of(tree, &bytes, &members) {
        Ok(found) if found == content => Seen::Whole(description.laid.files.iter().map(|file| file.size).sum()),
        Ok(_) => Seen::Damaged(altered(tree, &description)),
        Err(ArchiveError::Io { source, .. }) => match Seen::failed(&source) {
            Seen::Gone => Seen::Damaged(source.to_string()),
            other => other,
        },
        Err(error) => Seen::Damaged(error.to_string()),
    }
}

/// The first file of which size, time, mode or owner is another, or that does not belong there. Python may drop bytecode, which nobody reads.
fn odd(tree: &Path, members: &[Member]) -> Option<String> {
    let owner = fs::symlink_metadata(tree).ok()?.uid();
    for member in members {
        let change = match fs::symlink_metadata(tree.join(&member.path)) {
            Err(error) => error.to_string(),
            Ok(found) => {
                let mode = if member.executable { 0o555 } else { 0o444 };
                if !found.is_file() {
                    "it is no file".to_owned()
                } else if found.mode() & 0o7777 != mode || found.uid() != owner {
                    "another mode or owner".to_owned()
                } else if found.mtime() != member.mtime {
                    "another time".to_owned()
                } else {
                    continue;
                }
            }
        };
        return Some(format!("{}: {change}", member.path));
    }
    let known: BTreeSet<&Path> = members.iter().map(|member| Path::new(&member.path)).collect();
    let files = WalkDir::new(tree).into_iter().filter_map(Result::ok);
    let files = files.filter(|entry| !entry.file_type().is_dir());
    let mut strangers = files.filter(|entry| {
        let path = entry.path().strip_prefix(tree).unwrap_or(entry.path());
        let bytecode = path.parent().is_some_and(|folder| folder.ends_with("__pycache__"));
        path != Path::new(DESCRIPTION) && !bytecode && !known.contains(path)
    });
    let stranger = strangers.next()?;
    let path = stranger.path().strip_prefix(tree).unwrap_or(stranger.path());
    Some(format!("{}: it does not belong there", path.display()))
}

/// The first file whose content is another, by the description's digests; bytecode has none there.
fn altered(tree: &Path, description: &Description) -> String {
    let differs = description.laid.files.iter().find(|file| {
        let content = fs::read(tree.join(&file.path));
        content.map_or(true, |content| crate::key::Sha256::of(&content) != file.sha256)
    });
    match differs {
        Some(file) => format!("{}: another content", file.path),
        None => "another content".to_owned(),
    }
}
