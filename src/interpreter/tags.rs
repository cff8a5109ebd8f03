//! The wheel tags that an interpreter supports, best first (PEP 425, PEP 600, PEP 656).

use std::path::Path;

use super::{Facts, Libc};

/// The module by which a system can refuse manylinux wheels (PEP 513); what it says is known only to Python.
const VETO: &str = "_manylinux.py";

/// The tags of the wheels that an interpreter can install, `python-abi-platform`, the best first; none where only Python itself can say
/// them: other implementations than `CPython`, other systems than Linux, architectures with ABI variants, and systems with a say of
/// their own (`_manylinux`).
pub fn supported_tags(facts: &Facts) -> Option<Vec<String>> {
    let mut folders = facts.site_packages.iter().map(|folder| &**folder).chain([&*facts.stdlib]);
    if facts.implementation != "cpython" || folders.any(|folder: &Path| folder.join(VETO).exists()) {
        return None;
    }
    let platforms = platforms(&facts.platform, &facts.libc)?;
    let mut tags = Vec::new();
    let mut extend = |python: &str, abi: &str, platforms: &[String]| {
        tags.extend(platforms.iter().map(|platform| format!("{python}-{abi}-{platform}")));
    };
    let (major, minor, _) = facts.version;
    let own = format!("cp{major}{minor}");
    let free_threaded = facts.abi.strip_prefix(&own)?.contains('t');
    let stable = if free_threaded { "abi3t" } else { "abi3" };
    // A debug build loads extensions of a normal one, too.
    let normal = facts.abi.strip_suffix('d');
    for abi in [Some(&*facts.abi), normal, Some(stable), Some("none")].into_iter().flatten() {
        extend(&own, abi, &platforms);
    }
    for older in (2..minor).rev() {
        extend(&format!("cp{major}{older}"), stable, &platforms);
    }
    let older = (0..minor).rev().map(|older| format!("py{major}{older}"));
    let pure: Vec<String> = [format!("py{major}{minor}"), format!("py{major}")]
        .into_iter()
        .chain(older)
        .collect();
    for python in &pure {
        extend(python, "none", &platforms);
    }
    let any = ["any".to_owned()];
    extend(&own, "none", &any);
    for python in &pure {
        extend(python, "none", &any);
    }
    Some(tags)
}

/// Platform tags of a Linux system, best first.
fn platforms(platform: &str, libc: &Libc) -> Option<Vec<String>> {
    let arch = platform.strip_prefix("linux-")?.replace(['-', '.'], "_");
    let known = ["x86_64", "aarch64", "ppc64", "ppc64le", "s390x", "loongarch64", "riscv64"];
    if !known.contains(&&*arch) {
        return None;
    }
    let mut tags = Vec::new();
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
    tags.push(format!("linux_{arch}"));
    Some(tags)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::interpreter::testing::real_interpreters;

    #[test]
    fn the_tags_are_those_that_pip_names() {
        let mut compared = 0;
        let mut all = real_interpreters();
        all.sort_by_key(|facts| facts.version);
        // Each takes pip a second or two; between the oldest and the newest nothing changes that they do not show.
        let ends = [all.remove(0)].into_iter().chain(all.pop());
        for facts in ends {
            let Some(wheel) = &facts.bundled_pip else { continue };
            let mut command = Command::new(&facts.executable);
            let shown = command
                .arg("-I")
                .arg(wheel.join("pip"))
                .args(["debug", "--verbose"])
                .output()
                .unwrap();
            let text = String::from_utf8(shown.stdout).unwrap();
            let named = text.lines().skip_while(|line| !line.starts_with("Compatible tags:")).skip(1);
            let named: Vec<&str> = named.map_while(|line| line.strip_prefix("  ")).collect();
            assert!(named.len() > 100, "{text}");
            assert_eq!(supported_tags(&facts).unwrap(), named, "{}", facts.executable.display());
            compared += 1;
        }
        assert!(compared > 0, "one interpreter with a bundled pip is needed");
    }

    #[test]
    fn a_system_with_a_say_of_its_own_is_left_to_python() {
        let mut facts = real_interpreters().remove(0);
        let folder = tempfile::tempdir().unwrap();
        facts.site_packages.push(folder.path().to_owned());
        assert!(supported_tags(&facts).is_some());
        std::fs::write(folder.path().join(VETO), "").unwrap();
        assert_eq!(supported_tags(&facts), None);
    }

    #[test]
    fn platforms_go_down_to_the_oldest_of_the_architecture() {
        let intel = platforms("linux-x86_64", &Libc::Glibc(2, 18)).unwrap();
        assert_eq!(intel.first().unwrap(), "manylinux_2_18_x86_64");
        let at = |name: &str| intel.iter().position(|tag| tag == name).unwrap();
        assert_eq!(at("manylinux2014_x86_64"), at("manylinux_2_17_x86_64") + 1);
        assert_eq!(at("manylinux1_x86_64"), intel.len() - 2);
        assert_eq!(
            platforms("linux-aarch64", &Libc::Glibc(2, 18)).unwrap(),
            [
                "manylinux_2_18_aarch64",
                "manylinux_2_17_aarch64",
                "manylinux2014_aarch64",
                "linux_aarch64"
            ]
        );
        assert_eq!(
            platforms("linux-x86_64", &Libc::Musl(1, 1)).unwrap(),
            ["musllinux_1_1_x86_64", "musllinux_1_0_x86_64", "linux_x86_64"]
        );
        assert_eq!(platforms("macosx-11.0-arm64", &Libc::System), None);
        assert_eq!(platforms("linux-armv7l", &Libc::Glibc(2, 31)), None);
    }
}
