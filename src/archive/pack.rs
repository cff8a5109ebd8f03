//! Packing a staging folder into an archive; the folder becomes fit to be the tree on the way.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use super::content::Hashing;
use super::error::ArchiveError;
use super::unpack::DESCRIPTION;
use crate::key::ContentKey;

/// Fast: archives are written on the way to an environment that somebody waits for, and a higher level gains a tenth in size
/// for several times the seconds.
const LEVEL: Compression = Compression::new(2);

/// One file of the staging folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Path within the environment, `/`-separated.
    pub path: String,
    /// Whether it gets the executable bits.
    pub executable: bool,
    /// Modification time in seconds since 1970.
    pub mtime: i64,
}

/// An archive as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed {
    /// Digest of the uncompressed stream.
    pub content: ContentKey,
    /// Size of the compressed file in bytes.
    pub bytes: u64,
}

/// Writes `members` of the folder `staging`, sorted by path, with the distribution description in front, to `archive`.
///
/// Each file also gets the time and the read-only mode that it has in a tree, so that the folder can be renamed to be the tree.
///
/// # Errors
/// When a member cannot be read or changed, or the archive cannot be written.
pub fn pack(staging: &Path, description: &[u8], members: &[Member], archive: &File) -> Result<Packed, ArchiveError> {
    // GzBuilder writes no time and no name: equal content gives equal bytes.
    let compressed = GzBuilder::new().write(BufWriter::with_capacity(1 << 18, archive), LEVEL);
    let mut builder = Builder::new(Hashing::new(compressed));
    place_description(staging, description).map_err(failed("write description in", staging))?;
    stream(&mut builder, staging, description, members, seal)?;
    let (compressed, content) = builder.into_inner().map_err(failed("pack", staging))?.finish();
    let mut buffered = compressed.finish().map_err(failed("pack", staging))?;
    buffered.flush().map_err(failed("pack", staging))?;
    let bytes = archive.metadata().map_err(failed("measure archive of", staging))?.len();
    Ok(Packed { content, bytes })
}

/// The content key of a tree as it is now: that of the archive that would be packed from its `members`.
///
/// # Errors
/// When a member cannot be read.
pub fn content_of(tree: &Path, description: &[u8], members: &[Member]) -> Result<ContentKey, ArchiveError> {
    let mut builder = Builder::new(Hashing::new(io::sink()));
    stream(&mut builder, tree, description, members, |_, _| Ok(()))?;
    let hashing = builder.into_inner().map_err(failed("read", tree))?;
    Ok(hashing.finish().1)
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ArchiveError {
    let path = path.to_owned();
    move |source| ArchiveError::Io { action, path, source }
}

/// Writes the tar stream; `then` is called for each file that was read.
fn stream(
    builder: &mut Builder<impl Write>,
    folder: &Path,
    description: &[u8],
    members: &[Member],
    then: impl Fn(&File, &Member) -> io::Result<()>,
) -> Result<(), ArchiveError> {
    let newest = members.iter().map(|member| member.mtime).max().unwrap_or_default();
    let front = Member {
        path: DESCRIPTION.to_owned(),
        executable: false,
        mtime: newest,
    };
    append(builder, &front, description).map_err(failed("pack", Path::new(DESCRIPTION)))?;

    let mut sorted: Vec<&Member> = members.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut content = Vec::new();
    for member in sorted {
        let path = folder.join(&member.path);
        content.clear();
        let mut file = File::open(&path).map_err(failed("open", &path))?;
        file.read_to_end(&mut content).map_err(failed("read", &path))?;
        append(builder, member, &content).map_err(failed("pack", &path))?;
        then(&file, member).map_err(failed("set time and mode of", &path))?;
    }
    Ok(())
}

fn append(builder: &mut Builder<impl Write>, member: &Member, content: &[u8]) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(if member.executable { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(u64::try_from(member.mtime).unwrap_or_default());
    header.set_size(content.len() as u64);
    if header.set_path(&member.path).is_err() {
        builder.append_pax_extensions([("path", member.path.as_bytes())])?;
        header.set_path("long-path")?;
    }
    header.set_cksum();
    builder.append(&header, content)
}

fn place_description(staging: &Path, description: &[u8]) -> io::Result<()> {
    let path = staging.join(DESCRIPTION);
    fs::create_dir_all(path.parent().unwrap_or(staging))?;
    fs::write(&path, description)?;
    fs::set_permissions(&path, Permissions::from_mode(0o444))
}

/// Time and read-only mode of a tree file.
fn seal(file: &File, member: &Member) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(tree_mode(member.executable)))?;
    file.set_modified(time_of(member.mtime))
}

pub(super) fn tree_mode(executable: bool) -> u32 {
    if executable { 0o555 } else { 0o444 }
}

pub(super) fn time_of(mtime: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(mtime).unwrap_or_default())
}
