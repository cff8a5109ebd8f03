//! What folders take up.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use walkdir::WalkDir;

/// Bytes on disk of a file, or of a folder with everything in it.
pub fn all_bytes(path: &Path) -> u64 {
    metadata(path).map(|metadata| on_disk(&metadata)).sum()
}

/// The same without files that have hard links: what is freed when it is removed.
pub fn own_bytes(path: &Path) -> u64 {
    let own = metadata(path).filter(|metadata| metadata.is_dir() || metadata.nlink() == 1);
    own.map(|metadata| on_disk(&metadata)).sum()
}

/// Bytes on disk: blocks are of 512 bytes, whatever the filesystem's are (stat(2)).
pub fn on_disk(metadata: &Metadata) -> u64 {
    metadata.blocks() * 512
}

fn metadata(path: &Path) -> impl Iterator<Item = Metadata> {
    let entries = WalkDir::new(path).into_iter().filter_map(Result::ok);
    entries.filter_map(|entry| entry.metadata().ok())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_has_hard_links_is_not_freed() {
        let folder = tempfile::tempdir().unwrap();
        let (tree, link) = (folder.path().join("tree"), folder.path().join("link"));
        fs::create_dir(&tree).unwrap();
        fs::write(tree.join("a"), vec![7; 100_000]).unwrap();
        fs::write(tree.join("b"), vec![7; 50_000]).unwrap();
        assert_eq!(own_bytes(&tree), all_bytes(&tree));
        fs::hard_link(tree.join("a"), &link).unwrap();
        assert!(all_bytes(&tree) >= 150_000);
        assert!((50_000..100_000).contains(&own_bytes(&tree)));
        assert_eq!(own_bytes(&link), 0);
    }
}
