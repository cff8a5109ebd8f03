//! A folder for one input, and what must not happen beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use snapenv::interpreter::{Facts, Libc, Scheme};
use tempfile::TempDir;

/// A file, and where it is unpacked to.
pub struct Place {
    root: TempDir,
    pub file: PathBuf,
    pub target: PathBuf,
}

impl Place {
    pub fn with(name: &str, content: &[u8]) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let (file, target) = (root.path().join(name), root.path().join("target"));
        fs::write(&file, content).expect("a file");
        fs::create_dir(&target).expect("a folder");
        Self { root, file, target }
    }

    /// Nothing was written beside the target.
    pub fn check(&self) {
        let entries = fs::read_dir(self.root.path()).expect("a folder");
        assert_eq!(entries.count(), 2, "something lies outside");
    }
}

/// An interpreter that wheels are laid out for.
#[allow(dead_code, reason = "only one of the targets lays wheels out")]
pub fn facts() -> Facts {
    let library = "lib/python3.11/site-packages".to_owned();
    Facts {
        executable: PathBuf::new(),
        base_prefix: PathBuf::new(),
        base_exec_prefix: PathBuf::new(),
        implementation: "cpython".to_owned(),
        version: (3, 11, 7),
        full_version: "3.11.7".to_owned(),
        cache_tag: "cpython-311".to_owned(),
        magic: String::new(),
        abi: "cp311".to_owned(),
        soabi: String::new(),
        platform: "linux-x86_64".to_owned(),
        libc: Libc::Glibc(2, 36),
        markers: BTreeMap::new(),
        scheme: Scheme {
            purelib: library.clone(),
            platlib: library,
            scripts: "bin".to_owned(),
            headers: "include/site/python3.11".to_owned(),
            data: String::new(),
        },
        lib64: true,
        site_packages: Vec::new(),
        stdlib: PathBuf::new(),
        bundled_pip: None,
        own_pip: None,
        sysconfig_digest: String::new(),
        os_release: String::new(),
    }
}
