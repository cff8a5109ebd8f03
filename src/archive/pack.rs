//! Packing a staging folder into an archive; the folder becomes fit to be the tree on the way.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use tar::{Builder, EntryType, Header};

use super::content::Hashing;
use super::error::ArchiveError;
use super::gzip::{Carrier, Gzip};
use super::unpack::DESCRIPTION;
use crate::key::ContentKey;
use crate::wheel::Deflated;

/// What is smaller is deflated together with what is around it.
const TAKEN_OVER: u64 = 2 << 10;

/// A record of a tar stream; every content is filled up to whole ones.
const RECORD: usize = 512;

/// As much is read at once.
const BUFFER: usize = 128 << 10;

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
/// What is there as a deflate stream already (`deflated`) becomes a gzip member of its own as it is. Each file also gets the time and the read-only mode that it has in a tree, so that the folder can be renamed to be the tree.
///
/// # Errors
/// When a member cannot be read or changed, or the archive cannot be written.
pub fn pack(
    (staging, deflated): (&Path, Option<&Deflated<'_>>),
    description: &[u8],
    members: &[Member],
    archive: &File,
) -> Result<Packed, ArchiveError> {
    let compressed = Gzip::new(BufWriter::with_capacity(1 << 18, archive));
    let mut builder = Builder::new(Hashing::new(compressed));
    place_description(staging, description).map_err(failed("write description in", staging))?;
    let source = Source {
        folder: staging,
        deflated,
    };
    source.stream(&mut builder, (description, members), seal)?;
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
    let source = Source {
        folder: tree,
        deflated: None,
    };
    source.stream(&mut builder, (description, members), |_, _| Ok(()))?;
    let hashing = builder.into_inner().map_err(failed("read", tree))?;
    Ok(hashing.finish().1)
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ArchiveError {
    let path = path.to_owned();
    move |source| ArchiveError::Io { action, path, source }
}

/// Where contents come from.
struct Source<'a> {
    folder: &'a Path,
    deflated: Option<&'a Deflated<'a>>,
}

impl Source<'_> {
    /// Writes the tar stream; `then` is called for each file that was read.
    fn stream<W: Carrier>(
        &self,
        builder: &mut Builder<Hashing<W>>,
        (description, members): (&[u8], &[Member]),
        then: impl Fn(&File, &Member) -> io::Result<()>,
    ) -> Result<(), ArchiveError> {
        let newest = members.iter().map(|member| member.mtime).max().unwrap_or_default();
        let front = Member {
            path: DESCRIPTION.to_owned(),
            executable: false,
            mtime: newest,
        };
        let packed = header_of(builder, &front, description.len() as u64);
        let packed = packed.and_then(|header| builder.append(&header, description));
        packed.map_err(failed("pack", Path::new(DESCRIPTION)))?;

        let mut sorted: Vec<&Member> = members.iter().collect();
        sorted.sort_by(|a, b| a.path.cmp(&b.path));
        let mut buffer = vec![0; BUFFER];
        for member in sorted {
            let path = self.folder.join(&member.path);
            let file = File::open(&path).map_err(failed("open", &path))?;
            self.append(builder, member, &file, &mut buffer)
                .map_err(failed("pack", &path))?;
            then(&file, member).map_err(failed("set time and mode of", &path))?;
        }
        Ok(())
    }

    fn append<W: Carrier>(
        &self,
        builder: &mut Builder<Hashing<W>>,
        member: &Member,
        file: &File,
        buffer: &mut [u8],
    ) -> io::Result<()> {
        let size = file.metadata()?.len();
        let header = header_of(builder, member, size)?;
        let deflated = self.deflated.and_then(|deflated| deflated.of(&member.path));
        let deflated = deflated.filter(|stream| stream.size() >= TAKEN_OVER && stream.size() == size);
        let out = builder.get_mut();
        out.write_all(header.as_bytes())?;
        let mut content = file.take(size);
        let mut left = size;
        while left > 0 {
            let count = match content.read(buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            left -= count as u64;
            match deflated {
                Some(_) => out.note(&buffer[..count]),
                None => out.write_all(&buffer[..count])?,
            }
        }
        if let Some(stream) = deflated {
            out.inner_mut().carry(stream)?;
        }
        let over = usize::try_from(size % RECORD as u64).unwrap_or_default();
        out.write_all(&[0; RECORD][..(RECORD - over) % RECORD])
    }
}

/// The header of a member; what does not fit into it is written before.
fn header_of(builder: &mut Builder<impl Write>, member: &Member, size: u64) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(if member.executable { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(u64::try_from(member.mtime).unwrap_or_default());
    header.set_size(size);
    if header.set_path(&member.path).is_err() {
        builder.append_pax_extensions([("path", member.path.as_bytes())])?;
        header.set_path("long-path")?;
    }
    header.set_cksum();
    Ok(header)
}

fn place_description(staging: &Path, description: &[u8]) -> io::Result<()> {
    let path = staging.join(DESCRIPTION);
    fs::create_dir_all(path.parent().unwrap_or(staging))?;
    fs::write(&path, description)?;
    fs::set_permissions(&path, Permissions::from_mode(0o444))
}

/// Time and read-only mode of a tree file; most have them from the start, and to look is cheaper than to set.
fn seal(file: &File, member: &Member) -> io::Result<()> {
    let metadata = file.metadata()?;
    let mode = tree_mode(member.executable);
    if metadata.mode() & 0o7777 != mode {
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    if (metadata.mtime(), metadata.mtime_nsec()) != (member.mtime, 0) {
        file.set_modified(time_of(member.mtime))?;
    }
    Ok(())
}

pub(super) fn tree_mode(executable: bool) -> u32 {
    if executable { 0o555 } else { 0o444 }
}

pub(super) fn time_of(mtime: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(mtime).unwrap_or_default())
}
