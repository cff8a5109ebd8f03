//! Where a member of an sdist goes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Longest part of a path, in bytes: what file systems take.
const LONGEST_PART: usize = 255;

/// A path of names only, or the reason why it is none; `.` is left out.
pub(super) fn plain(path: &Path) -> Result<PathBuf, &'static str> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return Err("its path is absolute"),
            Component::ParentDir => return Err("its path leads out of the tree"),
        }
    }
    Ok(plain)
}

/// Members below one folder, written one after the other.
pub(super) struct Tree<'a> {
    pub(super) root: &'a Path,
    /// Links lead somewhere else: from the first one on, each folder is looked at before something is put into it.
    pub(super) has_links: bool,
}

impl Tree<'_> {
    /// The place of a member, with its folder made, and nothing at it that could be written through.
    pub(super) fn place(&self, member: &Path) -> io::Result<Result<PathBuf, &'static str>> {
        if member.iter().any(|part| part.len() > LONGEST_PART) {
            return Ok(Err("its name is longer than file systems take"));
        }
        if member.as_os_str().as_bytes().contains(&0) {
            return Ok(Err("its path holds a NUL"));
        }
        let path = self.root.join(member);
        let parent = path.parent().unwrap_or(self.root);
        match fs::create_dir_all(parent) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists) => {
                return Ok(Err("it is within something that is both a file and a folder"));
            }
            other => other?,
        }
        if self.has_links && !self.holds(parent, member)? {
            return Ok(Err("its path leads out of the tree"));
        }
        match fs::symlink_metadata(&path) {
            Ok(there) if !there.is_dir() => fs::remove_file(&path)?,
            Ok(_) | Err(_) => {}
        }
        Ok(Ok(path))
    }

    /// Whether a path is really within the top folder of a member.
    fn holds(&self, path: &Path, member: &Path) -> io::Result<bool> {
        let top = member
            .components()
            .next()
            .map(|first| self.root.join(first))
            .unwrap_or_default();
        let real = path.canonicalize()?;
        Ok(real.starts_with(&top) || real == self.root && member.components().count() == 1)
    }

    pub(super) fn write(content: &mut dyn Read, path: &Path, mode: u32, seconds: u64) -> io::Result<()> {
        let mut file = Self::create(path)?;
        io::copy(content, &mut file)?;
        Self::finish(&file, mode, seconds)
    }

    pub(super) fn create(path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o666).open(path)
    }

    /// Gives a file its mode and time.
    pub(super) fn finish(file: &File, mode: u32, seconds: u64) -> io::Result<()> {
        if mode & 0o111 != 0 {
            let mode = file.metadata()?.permissions().mode();
            // As pip does: the umask holds for everything but running.
            file.set_permissions(fs::Permissions::from_mode(mode | 0o111))?;
        }
        // A time that no clock can show is left out.
        let modified = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        modified.map_or(Ok(()), |modified| file.set_modified(modified))
    }

    /// Makes a symbolic link at `path`, the place of `member`.
    pub(super) fn link(&mut self, path: &Path, member: &Path, target: &Path) -> io::Result<Result<(), &'static str>> {
        if target.is_absolute() {
            return Ok(Err("it is a link to an absolute path"));
        }
        // The folder is real, and so `..` in front leads where it says; behind a name it could lead anywhere.
        let real = path.parent().unwrap_or(self.root).canonicalize()?;
        let within = real.strip_prefix(self.root).unwrap_or(member).join(target);
        let Some(leads) = normal(&within).filter(|leads| leads.components().next() == member.components().next()) else {
            return Ok(Err("it is a link out of the tree"));
        };
        let depth = real.strip_prefix(self.root).map_or(0, |below| below.components().count());
        let back: PathBuf = std::iter::repeat_n(Component::ParentDir, depth).collect();
        let text = normal(target).unwrap_or_else(|| back.join(leads));
        self.has_links = true;
        symlink(text, path)?;
        Ok(Ok(()))
    }

    /// Makes a hard link at `path` to another member.
    pub(super) fn join(&self, path: &Path, member: &Path, target: &Path) -> io::Result<Result<(), &'static str>> {
        let Ok(target) = plain(target) else {
            return Ok(Err("it is a link out of the tree"));
        };
        let from = self.root.join(&target);
        let Ok(there) = fs::symlink_metadata(&from) else {
            return Ok(Err("it is a link to nothing"));
        };
        if !there.is_file() || !self.holds(from.parent().unwrap_or(self.root), member)? {
            return Ok(Err("it is a link out of the tree"));
        }
        fs::hard_link(&from, path)?;
        Ok(Ok(()))
    }
}

/// A relative path without `.` and `..`; none where it leads out.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => normal.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(normal)
}
