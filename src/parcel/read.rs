//! Reading a parcel into a private folder: our own loop, regular files of known names only. What was read counts once the manifest has come.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tar::{Archive, Entry, EntryType};

use super::error::ParcelError;
use super::manifest::{MANIFEST, Manifest, PREFACE, Preface, Row, parse};
use super::name::{Kind, MemberName, Part};
use crate::archive::{Ration, Rationed, nothing_behind};
use crate::fs::Limits;

/// No record, snapshot or manifest is longer.
const LONGEST: u64 = 1 << 30;

/// The members of a parcel, unpacked: where each is.
pub(super) type Members = BTreeMap<MemberName, PathBuf>;

/// Unpacks a parcel into an empty folder; errors call it `place`.
///
/// # Errors
/// When it is not whole, or has a member that none of ours has.
pub(super) fn unpack(source: impl Read, place: &Path, (folder, limits): (&Path, Limits)) -> Result<Members, ParcelError> {
    let (stream, ration) = Rationed::new(source);
    let mut reading = Reading {
        folder,
        ration,
        members: Members::new(),
        rows: Vec::new(),
        limits,
    };
    let mut archive = Archive::new(stream);
    let finished = reading.all(&mut archive).map_err(|trouble| trouble.told(place))?;
    if !finished {
        return Err(ParcelError::refused("the end", "it breaks off"));
    }
    nothing_behind(archive.into_inner().into_inner()).map_err(|error| ParcelError::refused("the end", &error.to_string()))?;
    Ok(reading.members)
}

/// What went wrong.
enum Trouble {
    Read(io::Error),
    Write(io::Error, PathBuf),
    Parcel(ParcelError),
}

impl Trouble {
    fn told(self, place: &Path) -> ParcelError {
        match self {
            // What it breaks off with is no trouble of the disk.
            Self::Read(error) if error.raw_os_error().is_none() => ParcelError::refused("the file", &error.to_string()),
            Self::Read(error) => ParcelError::io("read", place)(error),
            Self::Write(error, path) => ParcelError::io("write", &path)(error),
            Self::Parcel(error) => error,
        }
    }
}

impl From<ParcelError> for Trouble {
    fn from(error: ParcelError) -> Self {
        Self::Parcel(error)
    }
}

struct Reading<'a> {
    folder: &'a Path,
    ration: Ration,
    members: Members,
    rows: Vec<Row>,
    limits: Limits,
}

type Stream<R> = Rationed<R>;

impl Reading<'_> {
    /// Whether the manifest came, which agrees with all before.
    fn all<R: Read>(&mut self, archive: &mut Archive<Stream<R>>) -> Result<bool, Trouble> {
        self.ration.headers();
        let mut began = false;
        let mut ended = false;
        for entry in archive.entries().map_err(Trouble::Read)? {
            let mut entry = entry.map_err(Trouble::Read)?;
            self.ration.content(entry.size());
            let name = checked_name(&entry)?;
            if ended {
                return Err(ParcelError::refused(&name, "it stands behind the manifest").into());
            }
            if !began {
                if name != PREFACE {
                    return Err(ParcelError::refused(&name, "this is no export of snapenv").into());
                }
                let text = text_of(&mut entry, &name)?;
                let _: Preface = parse(PREFACE, &text)?;
                began = true;
            } else if name == MANIFEST {
                let text = text_of(&mut entry, &name)?;
                let manifest: Manifest = parse(MANIFEST, &text)?;
                if manifest.members != self.rows {
                    return Err(ParcelError::refused(MANIFEST, "its members are others").into());
                }
                ended = true;
            } else {
                self.member(&name, &mut entry)?;
            }
            self.ration.headers();
        }
        Ok(ended)
    }

    fn member<R: Read>(&mut self, text: &str, entry: &mut Entry<'_, Stream<R>>) -> Result<(), Trouble> {
        let refused = |reason: &str| Trouble::from(ParcelError::refused(text, reason));
        let name: MemberName = text.parse().map_err(|_| refused("no export has such a member"))?;
        if self.members.last_key_value().is_some_and(|(last, _)| *last >= name) {
            return Err(refused("it is out of order, or there twice"));
        }
        if self.members.len() >= self.limits.entries {
            return Err(refused("there are more members than the limit"));
        }
        let bytes = entry.size();
        if bytes > LONGEST && name.part != Part::Archive || bytes > self.limits.total_bytes {
            return Err(refused("it is longer than its limit"));
        }
        // The name is nobody's but ours.
        let path = self.folder.join(self.members.len().to_string());
        let failed = |error| Trouble::Write(error, path.clone());
        let mut file = File::create_new(&path).map_err(failed)?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 64 << 10];
        let mut left = bytes;
        while left > 0 {
            let read = match entry.read(&mut buffer) {
                Ok(0) => return Err(ParcelError::refused(text, "it breaks off").into()),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Trouble::Read(error)),
            };
            hasher.update(&buffer[..read]);
            file.write_all(&buffer[..read]).map_err(failed)?;
            left -= read as u64;
        }
        self.rows.push(Row {
            name: text.to_owned(),
            bytes,
            blake3: hasher.finalize().to_hex().to_string(),
        });
        self.members.insert(name, path);
        Ok(())
    }
}

fn checked_name<R: Read>(entry: &Entry<'_, Stream<R>>) -> Result<String, Trouble> {
    let bytes = entry.path_bytes();
    let name = String::from_utf8_lossy(&bytes).into_owned();
    if entry.header().entry_type() != EntryType::Regular {
        return Err(ParcelError::refused(&name, "only regular files are taken in").into());
    }
    Ok(name)
}

fn text_of<R: Read>(entry: &mut Entry<'_, Stream<R>>, name: &str) -> Result<Vec<u8>, Trouble> {
    if entry.size() > LONGEST {
        return Err(ParcelError::refused(name, "it is longer than its limit").into());
    }
    let mut text = Vec::new();
    entry.read_to_end(&mut text).map_err(Trouble::Read)?;
    Ok(text)
}

/// Members of a kind.
pub(super) fn of_kind(members: &Members, kind: Kind) -> impl Iterator<Item = (&MemberName, &PathBuf)> {
    members.iter().filter(move |(name, _)| name.kind == kind)
}
