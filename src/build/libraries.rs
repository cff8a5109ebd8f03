//! Shared libraries of the system: which ones extensions need, and whether they are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use object::elf::{DT_NEEDED, FileHeader32, FileHeader64};
use object::read::elf::{Dyn, FileHeader};
use object::{Endianness, FileKind};

/// What the dynamic linker of glibc knows.
const CACHE: &str = "/etc/ld.so.cache";
/// Where linkers look besides.
const FOLDERS: [&str; 5] = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"];

/// The shared libraries of this machine, as its dynamic linker finds them; looked up when first asked for.
#[derive(Debug, Default)]
pub struct Libraries {
    folders: Vec<PathBuf>,
    cached: OnceLock<BTreeSet<String>>,
}

impl Libraries {
    /// Those of this machine; `searched` is the value of `LD_LIBRARY_PATH`.
    pub fn new(searched: Option<&str>) -> Self {
        let searched = searched.into_iter().flat_map(std::env::split_paths);
        Self {
            folders: searched.chain(FOLDERS.map(PathBuf::from)).collect(),
            cached: OnceLock::new(),
        }
    }

    /// Whether a library is there.
    pub fn has(&self, soname: &str) -> bool {
        let cached = self
            .cached
            .get_or_init(|| fs::read(CACHE).map(|bytes| names(&bytes)).unwrap_or_default());
        // The cache may name what was removed since; a file is what counts.
        let listed = cached.range(format!("/{soname}\0")..).next();
        let listed = listed.and_then(|line| line.strip_prefix(&format!("/{soname}\0")));
        listed.is_some_and(|path| Path::new(path).exists()) || self.folders.iter().any(|folder| folder.join(soname).exists())
    }

    /// The libraries of the system that files below `tree` need; those that come with them, or that cannot be found even now, are not
    /// among them.
    pub fn needed_by<'p>(&self, tree: &Path, files: impl Iterator<Item = &'p str> + Clone) -> Vec<String> {
        let base = |path: &'p str| path.rsplit('/').next().unwrap_or(path);
        let own: BTreeSet<&str> = files.clone().map(base).collect();
        let mut all = BTreeSet::new();
        for path in files.filter(|path| base(path).ends_with(".so") || base(path).contains(".so.")) {
            all.extend(
                fs::read(tree.join(path))
                    .ok()
                    .and_then(|bytes| needed(&bytes))
                    .unwrap_or_default(),
            );
        }
        all.retain(|soname| !own.contains(soname.as_str()) && self.has(soname));
        all.into_iter().collect()
    }
}

/// What an ELF file needs (`DT_NEEDED`); nothing where it is none.
fn needed(bytes: &[u8]) -> Option<Vec<String>> {
    match FileKind::parse(bytes).ok()? {
        FileKind::Elf32 => needed_of::<FileHeader32<Endianness>>(bytes),
        FileKind::Elf64 => needed_of::<FileHeader64<Endianness>>(bytes),
        _ => None,
    }
}

fn needed_of<Elf: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Option<Vec<String>> {
    let header = Elf::parse(bytes).ok()?;
    let endian = header.endian().ok()?;
    let sections = header.sections(endian, bytes).ok()?;
    let (entries, link) = sections.dynamic(endian, bytes).ok()??;
    let strings = sections.strings(endian, bytes, link).ok()?;
    let wanted = entries.iter().filter(|entry| entry.tag(endian) == DT_NEEDED);
    let names = wanted.filter_map(|entry| entry.string(endian, strings).ok());
    Some(names.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
}

/// The libraries in glibc's cache: `/` and the soname, a zero byte, the path.
///
/// Behind its tables, the cache holds each as two strings that end with zero bytes, whatever its version and byte order.
fn names(bytes: &[u8]) -> BTreeSet<String> {
    let strings = bytes.split(|byte| *byte == 0);
    let paths = strings
        .filter(|text| text.starts_with(b"/"))
        .filter_map(|text| std::str::from_utf8(text).ok());
    let named = paths.filter_map(|path| Some(format!("/{}\0{path}", path.rsplit('/').next()?)));
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_library_is_there_and_others_are_not() {
        let libraries = Libraries::new(None);
        let python = fs::read("/bin/sh").unwrap();
        let needed = needed(&python).unwrap();
        for soname in &needed {
            assert!(libraries.has(soname), "{soname}");
        }
        assert!(!libraries.has("libnobody-has-this.so.7"));
        assert!(!libraries.has("lib"));
    }

    #[test]
    fn a_named_folder_is_searched_too() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("libmine.so.1"), "").unwrap();
        assert!(Libraries::new(folder.path().to_str()).has("libmine.so.1"));
        assert!(!Libraries::new(None).has("libmine.so.1"));
    }

    #[test]
    fn what_is_no_elf_needs_nothing() {
        for bytes in [
            &b""[..],
            b"\x7fELF",
            b"text",
            &[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3],
        ] {
            assert_eq!(needed(bytes), None);
        }
    }
}
