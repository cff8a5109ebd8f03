//! The list: folders, parents first, each with its files, in the order in which they are made.

use std::error::Error;
use std::ffi::CStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const LINK: u8 = 0;
const COPY: u8 = 1;
const SYMLINK: u8 = 2;

/// A folder and all below it.
pub(crate) struct Folder<'a> {
    pub(crate) name: &'a CStr,
    pub(crate) files: Vec<Entry<'a>>,
    pub(crate) folders: Vec<Folder<'a>>,
    /// Files and folders below it.
    pub(crate) weight: usize,
}

/// A file or a symbolic link.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a CStr,
    pub(crate) kind: Kind<'a>,
}

/// How a file is made.
pub(crate) enum Kind<'a> {
    /// Another name of the reference's file.
    Link,
    /// A file of its own, with this mode; its content stands in the list's data, too.
    Copy { mode: u32, offset: u64, length: usize },
    /// A symbolic link with this content.
    Symlink(&'a CStr),
}

/// Writes a list from a folder on disk.
pub(crate) struct Writer {
    pub(crate) list: Vec<u8>,
    /// The contents of all files that are copied.
    pub(crate) data: Vec<u8>,
}

impl Writer {
    /// A list of the folder `reference`.
    pub(crate) fn new(reference: &Path) -> Self {
        let mut writer = Self {
            list: Vec::new(),
            data: Vec::new(),
        };
        writer.text(reference.as_os_str().as_bytes());
        writer.text(b".");
        writer
    }

    /// Adds what is in `path`; its name is written already.
    pub(crate) fn folder(&mut self, path: &Path) -> Result<(), Box<dyn Error>> {
        let mut entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut folders = Vec::new();
        let mut files = Vec::new();
        for entry in entries {
            let is_folder = entry.file_type()?.is_dir();
            if is_folder { &mut folders } else { &mut files }.push(entry);
        }
        self.number(files.len())?;
        for entry in files {
            self.text(entry.file_name().as_bytes());
            self.file(&entry)?;
        }
        self.number(folders.len())?;
        for entry in folders {
            self.text(entry.file_name().as_bytes());
            self.folder(&entry.path())?;
        }
        Ok(())
    }

    fn file(&mut self, entry: &fs::DirEntry) -> Result<(), Box<dyn Error>> {
        let metadata = entry.metadata()?;
        if metadata.is_symlink() {
            self.list.push(SYMLINK);
            self.text(fs::read_link(entry.path())?.as_os_str().as_bytes());
        } else if metadata.nlink() > 1 {
            self.list.push(LINK);
        } else {
            let content = fs::read(entry.path())?;
            self.list.push(COPY);
            self.list.extend_from_slice(&metadata.mode().to_le_bytes());
            self.number(self.data.len())?;
            self.number(content.len())?;
            self.data.extend_from_slice(&content);
        }
        Ok(())
    }

    fn number(&mut self, number: usize) -> Result<(), Box<dyn Error>> {
        self.list.extend_from_slice(&u32::try_from(number)?.to_le_bytes());
        Ok(())
    }

    fn text(&mut self, text: &[u8]) {
        self.list.extend_from_slice(text);
        self.list.push(0);
    }
}

/// Reads a list; names stay where they are in its bytes.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads from `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// A text.
    pub(crate) fn name(&mut self) -> Result<&'a CStr, Box<dyn Error>> {
        let name = CStr::from_bytes_until_nul(self.rest)?;
        self.rest = &self.rest[name.to_bytes_with_nul().len()..];
        Ok(name)
    }

    /// A folder with all below it.
    pub(crate) fn folder(&mut self) -> Result<Folder<'a>, Box<dyn Error>> {
        let name = self.name()?;
        let count = self.number()?;
        let files = (0..count).map(|_| self.entry()).collect::<Result<Vec<_>, _>>()?;
        let count = self.number()?;
        let folders = (0..count).map(|_| self.folder()).collect::<Result<Vec<_>, _>>()?;
        let below: usize = folders.iter().map(|folder| 1 + folder.weight).sum();
        Ok(Folder {
            name,
            weight: files.len() + below,
            files,
            folders,
        })
    }

    fn entry(&mut self) -> Result<Entry<'a>, Box<dyn Error>> {
        let name = self.name()?;
        let [kind] = self.array()?;
        let kind = match kind {
            LINK => Kind::Link,
            COPY => Kind::Copy {
                mode: u32::from_le_bytes(self.array()?),
                offset: self.number()? as u64,
                length: self.number()?,
            },
            _ => Kind::Symlink(self.name()?),
        };
        Ok(Entry { name, kind })
    }

    fn number(&mut self) -> Result<usize, Box<dyn Error>> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Box<dyn Error>> {
        let (array, rest) = self.rest.split_first_chunk().ok_or("the list breaks off")?;
        self.rest = rest;
        Ok(*array)
    }
}
