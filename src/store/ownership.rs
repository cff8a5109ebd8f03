//! Whom the files of a store belong to, and who could change them: the rules of `docs/sharing.md`.
//!
//! # Performance
//! A store is looked at once, when it is opened: one `lstat` for each folder on its path and each area in it. Trees are looked at where they
//! are looked for anyway.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::accounts::{group_name, is_private, user_name};
use super::layout::{Area, Layout};
use crate::fs::{Context, FsError, Sharing};

/// Links that are followed on the way to a store, as the system does (`ELOOP`).
const LINKS: usize = 40;

const GROUP: u32 = 0o020;
const OTHERS: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// A store that somebody could change whom nobody trusts.
#[derive(Debug, thiserror::Error)]
pub enum Distrust {
    /// It is somebody else's.
    #[error("{} belongs to {owner}, who could change it", path.display())]
    Owner {
        /// What.
        path: PathBuf,
        /// Whose it is.
        owner: String,
    },
    /// A group may write it.
    #[error("{} can be written by the group {group}", path.display())]
    Group {
        /// What.
        path: PathBuf,
        /// Which group.
        group: String,
    },
    /// Everybody may write it.
    #[error("{} can be written by everybody", path.display())]
    Everybody {
        /// What.
        path: PathBuf,
    },
    /// It cannot be looked at.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl Distrust {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Owner { .. } => Some(
                "name another folder with SNAPENV_CACHE_DIR; if you trust its owner, name this one in SNAPENV_READ_STORES instead"
                    .to_owned(),
            ),
            Self::Group { path, .. } => Some(format!(
                "`chmod g-w {}`, or SNAPENV_SHARED=group if the group shares the store and you trust each of its members",
                path.display()
            )),
            Self::Everybody { path } => Some(format!("`chmod o-w {}`, or another folder", path.display())),
            Self::Fs(error) => error.hint(),
        }
    }

    /// The same where the store is one that is only read.
    pub fn hint_of_read(&self) -> Option<String> {
        match self {
            Self::Owner { .. } => Some(
                "a store in SNAPENV_READ_STORES has to belong to one user, and the folders above it to him, to you, or to root"
                    .to_owned(),
            ),
            other => other.hint(),
        }
    }
}

/// What a store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It may be written.
    Home,
    /// It was named as one that is read: its owner is trusted.
    Read,
}

/// Who is asking.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking {
    pub(super) uid: u32,
    pub(super) sharing: Sharing,
}

impl Asking {
    /// This process.
    pub(super) fn process(sharing: Sharing) -> Self {
        Self {
            uid: rustix::process::geteuid().as_raw(),
            sharing,
        }
    }
}

/// Whom the files of a store may belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owners {
    /// These users.
    users: Vec<u32>,
    /// Whoever makes files for this group.
    group: Option<u32>,
    /// Whose own group may write, too.
    uid: u32,
}

impl Owners {
    /// Those of a folder that is a store's; nothing if it is not there.
    fn of(root: &Path, purpose: Purpose, asking: Asking) -> Result<Option<Self>, Distrust> {
        let found = match fs::metadata(root) {
            Err(error) if is_absent(&error) => return Ok(None),
            found => found.context("look at", root)?,
        };
        let group = (asking.sharing == Sharing::Group && found.mode() & GROUP != 0).then(|| found.gid());
        let mut users = vec![0, asking.uid];
        if purpose == Purpose::Read || group.is_some() {
            users.push(found.uid());
        }
        let uid = asking.uid;
        Ok(Some(Self { users, group, uid }))
    }

    /// Those of what is only ours.
    pub(super) fn own() -> Self {
        let uid = rustix::process::geteuid().as_raw();
        Self {
            users: vec![0, uid],
            group: None,
            uid,
        }
    }

    /// Whether a folder of the store may be used.
    pub(super) fn trust(&self, found: &Metadata) -> bool {
        self.object(Path::new(""), found).is_none()
    }

    /// What is against a folder of the store.
    fn object(&self, path: &Path, found: &Metadata) -> Option<Distrust> {
        let path = || path.to_owned();
        if !self.users.contains(&found.uid()) && self.group != Some(found.gid()) {
            let owner = user_name(found.uid());
            return Some(Distrust::Owner { path: path(), owner });
        }
        if found.mode() & OTHERS != 0 {
            return Some(Distrust::Everybody { path: path() });
        }
        if found.mode() & GROUP != 0 && !self.trust_group(found.gid()) {
            let group = group_name(found.gid());
            return Some(Distrust::Group { path: path(), group });
        }
        None
    }

    /// What is against a folder or link on the way to the store; `top` is the owner of `/`, who need not be known by the number 0 in a
    /// container.
    fn object_above(&self, path: &Path, found: &Metadata, top: u32) -> Option<Distrust> {
        if found.uid() != top && !self.users.contains(&found.uid()) {
            let (path, owner) = (path.to_owned(), user_name(found.uid()));
            return Some(Distrust::Owner { path, owner });
        }
        // The rights of a link are those of the folder that it is in.
        if found.is_symlink() || found.mode() & STICKY != 0 {
            return None;
        }
        if found.mode() & OTHERS != 0 {
            return Some(Distrust::Everybody { path: path.to_owned() });
        }
        let group = found.mode() & GROUP != 0 && !self.trust_group(found.gid());
        group.then(|| Distrust::Group {
            path: path.to_owned(),
            group: group_name(found.gid()),
        })
    }

    fn trust_group(&self, gid: u32) -> bool {
        self.group == Some(gid) || is_private(gid, self.uid)
    }
}

/// Looks at a store and all that leads to it; nothing if it is not there.
///
/// # Errors
/// When somebody could change it who is not trusted, or it cannot be looked at.
pub(super) fn examine(layout: &Layout, purpose: Purpose, asking: Asking) -> Result<Option<Owners>, Distrust> {
    let root = layout.root();
    let Some(owners) = Owners::of(root, purpose, asking)? else {
        return Ok(None);
    };
    way(root, &owners)?;
    let version = layout.staging();
    let version = version.parent().unwrap_or(root).to_owned();
    let areas = Area::ALL.map(|area| layout.area(area));
    let more = [root.to_owned(), version, layout.staging()];
    for path in more.into_iter().chain(areas) {
        let found = match fs::metadata(&path) {
            Err(error) if is_absent(&error) => continue,
            found => found.context("look at", &path)?,
        };
        owners.object(&path, &found).map_or(Ok(()), Err)?;
    }
    Ok(Some(owners))
}

/// Walks to a folder as the system does, and looks at everything on the way, links included; not at the folder itself.
fn way(root: &Path, owners: &Owners) -> Result<(), Distrust> {
    let mut ahead: VecDeque<OsString> = parts(root);
    let mut here = PathBuf::from("/");
    let top = fs::symlink_metadata(&here).context("look at", &here)?.uid();
    let mut links = 0;
    while let Some(part) = ahead.pop_front() {
        if part == ".." {
            here.pop();
            continue;
        }
        here.push(part);
        let found = fs::symlink_metadata(&here).context("look at", &here)?;
        if found.is_symlink() {
            owners.object_above(&here, &found, top).map_or(Ok(()), Err)?;
            links += 1;
            if links > LINKS {
                return Err(io::Error::from(rustix::io::Errno::LOOP)).context("look at", root)?;
            }
            let target = fs::read_link(&here).context("look at", &here)?;
            here.pop();
            if target.is_absolute() {
                here = PathBuf::from("/");
            }
            let mut inserted = parts(&target);
            inserted.append(&mut ahead);
            ahead = inserted;
        } else if !ahead.is_empty() {
            owners.object_above(&here, &found, top).map_or(Ok(()), Err)?;
        }
    }
    Ok(())
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    parts.collect()
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests;
