//! Lists of wheel tags, best first, as `packaging.tags` and so pip make them (PEP 425, PEP 600, PEP 656).

use std::path::Path;

use super::target_python::Given;
use super::{Facts, Libc};

/// The module by which a system can refuse manylinux wheels (PEP 513); what it says is known only to Python.
const VETO: &str = "_manylinux.py";

/// Extensions for a stable ABI began with Python 3.2.
const OLDEST_STABLE: u8 = 2;

/// The tags that are a `CPython`'s own.
pub(super) fn cpython(version: Given, mut abis: Vec<String>, platforms: &[String]) -> Vec<String> {
    let interpreter = format!("cp{}", version.nodot());
    let flags = abis.first().and_then(|abi| abi.strip_prefix("cp"));
    let flags = flags.map(|flags| flags.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    let stable = if flags.is_some_and(|flags| flags.contains('t')) {
        "abi3t"
    } else {
        "abi3"
    };
    // What comes later in any case is not listed here; once, as `packaging` does.
    let later: &[&str] = if stable == "abi3t" {
        &["abi3", stable, "none"]
    } else {
        &[stable, "none"]
    };
    for name in later {
        if let Some(at) = abis.iter().position(|abi| abi == name) {
            abis.remove(at);
        }
    }
    let newest = version.minor.filter(|minor| (version.major, *minor) >= (3, OLDEST_STABLE));
    let own = abis.iter().map(String::as_str);
    let own = own.chain(newest.map(|_| stable)).chain(["none"]);
    let own = own.map(|abi| (interpreter.clone(), abi));
    let older = newest.into_iter().flat_map(|newest| (OLDEST_STABLE..newest).rev());
    let older = older.map(|minor| (format!("cp{}{minor}", version.major), stable));
    own.chain(older)
        .flat_map(|(interpreter, abi)| on(platforms, &interpreter, abi))
        .collect()
}

/// The tags that are those of any other implementation.
pub(super) fn generic(interpreter: &str, mut abis: Vec<String>, platforms: &[String]) -> Vec<String> {
    if !abis.iter().any(|abi| abi == "none") {
        abis.push("none".to_owned());
    }
    abis.iter().flat_map(|abi| on(platforms, interpreter, abi)).collect()
}

/// The tags of what is not compiled for one implementation.
pub(super) fn compatible(version: Given, interpreter: &str, platforms: &[String]) -> Vec<String> {
    let major = version.major;
    let newest = version.minor.map(|minor| format!("py{major}{minor}"));
    let older = version.minor.into_iter().flat_map(|minor| (0..minor).rev());
    let older = older.map(|minor| format!("py{major}{minor}"));
    let pure: Vec<String> = newest.into_iter().chain([format!("py{major}")]).chain(older).collect();
    let any = ["any".to_owned()];
    let bound = pure.iter().flat_map(|python| on(platforms, python, "none"));
    let free = [interpreter].into_iter().chain(pure.iter().map(String::as_str));
    bound.chain(free.flat_map(|python| on(&any, python, "none"))).collect()
}

fn on(platforms: &[String], python: &str, abi: &str) -> Vec<String> {
    let tags = platforms.iter().map(|platform| format!("{python}-{abi}-{platform}"));
    tags.collect()
}

/// The platforms of an interpreter, best first; none for other systems than Linux, architectures with ABI variants, and systems with a
/// say of their own (`_manylinux`).
pub(super) fn platforms_of(facts: &Facts) -> Option<Vec<String>> {
    let mut folders = facts.site_packages.iter().map(|folder| &**folder).chain([&*facts.stdlib]);
    if folders.any(|folder: &Path| folder.join(VETO).exists()) {
        return None;
    }
    platforms(&facts.platform, &facts.libc)
}

/// Platform tags of a Linux system, best first.
fn platforms(platform: &str, libc: &Libc) -> Option<Vec<String>> {
    let arch = platform.strip_prefix("linux-")?.replace(['-', '.'], "_");
    let known = ["x86_64", "aarch64", "ppc64", "ppc64le", "s390x", "loongarch64", "riscv64"];
    if !known.contains(&&*arch) {
        return None;
    }
    // As pip 26.3 has it; older ones have it last.
    let mut tags = vec![format!("linux_{arch}")];
    match *libc {
        Libc::Glibc(2, minor) => {
            let oldest = if arch == "x86_64" { 5 } else { 17 };
            for minor in (oldest..=minor).rev() {
                tags.push(format!("manylinux_2_{minor}_{arch}"));
                let legacy = match minor {
                    17 => Some("manylinux2014"),
                    12 => Some("manylinux2010"),
                    5 => Some("manylinux1"),
                    _ => None,
                };
                tags.extend(legacy.map(|name| format!("{name}_{arch}")));
            }
        }
        Libc::Musl(major, minor) => tags.extend((0..=minor).rev().map(|minor| format!("musllinux_{major}_{minor}_{arch}"))),
        Libc::Glibc(..) | Libc::System => return None,
    }
    Some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_for_this_very_system_comes_before_all_others_and_platforms_go_down_to_the_oldest() {
        let intel = platforms("linux-x86_64", &Libc::Glibc(2, 18)).unwrap();
        assert_eq!(intel[..2], ["linux_x86_64", "manylinux_2_18_x86_64"]);
        let at = |name: &str| intel.iter().position(|tag| tag == name).unwrap();
        assert_eq!(at("manylinux2014_x86_64"), at("manylinux_2_17_x86_64") + 1);
        assert_eq!(at("manylinux1_x86_64"), intel.len() - 1);
        assert_eq!(
            platforms("linux-aarch64", &Libc::Glibc(2, 18)).unwrap(),
            [
                "linux_aarch64",
                "manylinux_2_18_aarch64",
                "manylinux_2_17_aarch64",
                "manylinux2014_aarch64"
            ]
        );
        assert_eq!(
            platforms("linux-x86_64", &Libc::Musl(1, 1)).unwrap(),
            ["linux_x86_64", "musllinux_1_1_x86_64", "musllinux_1_0_x86_64"]
        );
        assert_eq!(platforms("macosx-11.0-arm64", &Libc::System), None);
        assert_eq!(platforms("linux-armv7l", &Libc::Glibc(2, 31)), None);
    }
}
