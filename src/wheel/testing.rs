//! For tests: an interpreter that wheels are laid out for.

use std::path::PathBuf;

use crate::interpreter::{Facts, Libc, Scheme};

pub(crate) fn facts(version: (u8, u8, u16)) -> Facts {
    let library = format!("lib/python{}.{}", version.0, version.1);
    Facts {
        executable: PathBuf::new(),
        base_prefix: PathBuf::new(),
        base_exec_prefix: PathBuf::new(),
        implementation: "cpython".to_owned(),
        version,
        full_version: String::new(),
        cache_tag: format!("cpython-{}{}", version.0, version.1),
        magic: String::new(),
        abi: String::new(),
        soabi: String::new(),
        platform: "linux-x86_64".to_owned(),
        libc: Libc::Glibc(2, 36),
        markers: std::collections::BTreeMap::new(),
        scheme: Scheme {
            purelib: format!("{library}/site-packages"),
            platlib: format!("{library}/platform-packages"),
            scripts: "bin".to_owned(),
            headers: format!("include/site/python{}.{}", version.0, version.1),
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
