//! Platforms that `--platform` names, and those whose wheels run there as well.

use std::collections::BTreeSet;

/// The platforms that these names stand for, best first, each once; none where only pip knows.
///
/// `manylinux2014` and `manylinux2010` have older ones below them, and macOS its earlier versions; a `manylinux_2_17` (PEP 600) that is
/// named stands for itself alone, as with pip.
pub(super) fn platforms_named(names: &[String]) -> Option<Vec<String>> {
    let (mut all, mut seen) = (Vec::new(), BTreeSet::new());
    for name in names {
        if seen.contains(name) {
            continue;
        }
        // What a name adds may name a platform twice: only what came with other names is left out.
        let added: Vec<String> = of_name(name)?
            .into_iter()
            .filter(|platform| !seen.contains(platform))
            .collect();
        seen.extend(added.iter().cloned());
        all.extend(added);
    }
    Some(all)
}

fn of_name(name: &str) -> Option<Vec<String>> {
    let (system, arch) = name.split_once('_').unwrap_or((name, ""));
    let legacy = |names: &[&str]| names.iter().map(|older| format!("{older}_{arch}")).collect();
    match system {
        _ if name.starts_with("macosx") => of_macos(name),
        "android" => None,
        _ if name.starts_with("ios") => None,
        "manylinux2014" if matches!(arch, "i686" | "x86_64") => Some(legacy(&["manylinux2014", "manylinux2010", "manylinux1"])),
        "manylinux2010" => Some(legacy(&["manylinux2010", "manylinux1"])),
        _ => Some(vec![name.to_owned()]),
    }
}

/// `macosx_11_0_arm64`, and all earlier versions whose binaries run there.
fn of_macos(name: &str) -> Option<Vec<String>> {
    let mut parts = name.strip_prefix("macosx_")?.splitn(3, '_');
    let major: u32 = parts.next()?.parse().ok()?;
    let minor: u32 = parts.next()?.parse().ok()?;
    let arch = parts
        .next()
        .filter(|arch| arch.starts_with(|letter: char| letter.is_ascii_alphabetic()))?;
    let mut all = Vec::new();
    let mut extend = |version: (u32, u32), formats: &[&str]| {
        all.extend(
            formats
                .iter()
                .map(|format| format!("macosx_{}_{}_{format}", version.0, version.1)),
        );
    };
    match major {
        10 => (0..=minor)
            .rev()
            .for_each(|minor| extend((10, minor), &formats((10, minor), arch))),
        11.. => {
            (11..=major)
                .rev()
                .for_each(|major| extend((major, 0), &formats((major, 0), arch)));
            for version in (4..=16).rev().map(|minor| (10, minor)) {
                match arch {
                    "x86_64" => extend(version, &formats(version, arch)),
                    // The other half of a universal binary may be for an older system.
                    _ => extend(version, &["universal2"]),
                }
            }
        }
        _ => {}
    }
    Some(all)
}

/// The kinds of binaries that an architecture runs under a version of macOS.
fn formats(version: (u32, u32), arch: &str) -> Vec<&str> {
    let runs = match arch {
        "x86_64" | "i386" => version >= (10, 4),
        "ppc64" => ((10, 4)..=(10, 5)).contains(&version),
        "ppc" => version <= (10, 6),
        _ => true,
    };
    let fat: &[&str] = match arch {
        "x86_64" => &["intel", "fat64", "fat3", "universal2", "universal"],
        "i386" => &["intel", "fat3", "fat", "universal"],
        "ppc64" => &["fat64", "universal"],
        "ppc" => &["fat3", "fat", "universal"],
        "arm64" => &["universal2"],
        "intel" => &["universal"],
        _ => &[],
    };
    let all = [arch].into_iter().chain(fat.iter().copied());
    all.filter(|_| runs).collect()
}
