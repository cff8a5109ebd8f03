//! Every kind of entry, damaged in every way: the next environment is right, and there is one warning.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{BUILT, LOOSE, PINNED, World, remove, warnings};

/// Everything is damaged then, in more ways, one file after the other: half an hour.
pub(super) const CAMPAIGN: &str = "SNAPENV_FLIPS";

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// One bit is another, at this part of the file (in 97ths); its time, too.
    Flip(u64),
    /// Half of it is left.
    Truncate,
    /// Nothing of it is left.
    Empty,
    /// It is gone.
    Remove,
}

impl Deed {
    pub(super) fn does(self, path: &Path) {
        let modes = fs::metadata(path).unwrap().permissions();
        match self {
            Self::Remove => return fs::remove_file(path).unwrap(),
            _ => fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap(),
        }
        let mut content = fs::read(path).unwrap();
        match self {
            Self::Flip(part) if !content.is_empty() => {
                let at = usize::try_from(part * content.len() as u64 / 97).unwrap();
                content[at] ^= 1 << (part % 8);
            }
            Self::Truncate => content.truncate(content.len() / 2),
            _ => content.clear(),
        }
        fs::write(path, content).unwrap();
        // Whoever writes late is seen; what a disk does on its own is for `--verify full` and `cache verify`.
        fs::set_permissions(path, modes).unwrap();
    }
}

/// The same with the time that it had.
pub(super) fn quietly(deed: Deed, path: &Path) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    deed.does(path);
    if deed != Deed::Remove {
        let modes = fs::metadata(path).unwrap().permissions();
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
        let file = File::options().write(true).open(path).unwrap();
        file.set_times(FileTimes::new().set_modified(modified)).unwrap();
        fs::set_permissions(path, modes).unwrap();
    }
}

/// What is forgotten before a run, so that it needs what was damaged; and what is asked for then.
struct Case {
    area: &'static str,
    /// Files whose names end so.
    suffix: &'static str,
    forgotten: &'static [&'static str],
    asked: &'static [&'static str],
}

const CASES: [Case; 16] = [
    case("requests", ".json", &[], &[PINNED, LOOSE]),
    case("snapshots", ".snapshot", &[], &[PINNED]),
    case(
        "snapshots",
        ".excerpt",
        &["spares"],
        &["--link-mode layered --no-seed demo==1.0 helper==1.0"],
    ),
    case("archives/demo", ".tar.gz", &["trees", "merged", "spares"], &[PINNED]),
    case("archives/demo", ".json", &["trees", "snapshots", "spares"], &[PINNED]),
    case("archives/helper", ".json", &["trees", "requests", "spares"], &[PINNED]),
    case("trees", "__init__.py", &["spares"], &[PINNED, BUILT]),
    case(
        "merged",
        "merged.json",
        &["spares"],
        &["--link-mode layered --no-seed demo==1.0 helper==1.0"],
    ),
    case("index/pins", ".json", &["requests"], &[PINNED]),
    case("index/builds", ".json", &["requests", "index/pins"], &[BUILT]),
    case("index/families", ".json", &["requests"], &[LOOSE]),
    case("index/pages", ".page", &["requests"], &[LOOSE]),
    case("index/pip", ".json", &[], &[PINNED]),
    case("metadata", ".json", &["requests", "index/pins"], &[LOOSE, BUILT]),
    case(
        "sources",
        "",
        &["requests", "index/pins", "index/builds", "archives/made"],
        &[BUILT],
    ),
    case("interpreters", ".json", &[], &[PINNED]),
];

const fn case(
    area: &'static str,
    suffix: &'static str,
    forgotten: &'static [&'static str],
    asked: &'static [&'static str],
) -> Case {
    Case {
        area,
        suffix,
        forgotten,
        asked,
    }
}

/// One file after the other is damaged, `files` of each kind, with `deeds` in turn or, if all files are, each; how many runs there were.
fn campaign(world: &World, deeds: &[Deed], files: usize) -> usize {
    let mut runs = 0;
    let mut wrong = Vec::new();
    let mut right: BTreeMap<&str, String> = BTreeMap::new();
    for (kind, case) in CASES.iter().enumerate() {
        for asked in case.asked {
            right.entry(asked).or_insert_with(|| {
                let _ = world.venv(asked).success();
                world.environment()
            });
        }
        world.restore();
        let found: Vec<PathBuf> = world.files(case.area);
        let found = found.into_iter().filter(|path| path.to_str().unwrap().ends_with(case.suffix));
        let found: Vec<PathBuf> = found.collect();
        assert!(!found.is_empty(), "{}", case.area);
        let every = found.len().div_ceil(files);
        for (number, path) in found.iter().step_by(every).enumerate() {
            let first = if files < deeds.len() { kind + number } else { 0 };
            for deed in deeds.iter().skip(first % deeds.len()).take(files) {
                world.restore();
                for area in case.forgotten {
                    remove(&world.sandbox.cache("v1").join(area));
                }
                deed.does(path);
                for asked in case.asked {
                    let run = world.venv(asked);
                    runs += 1;
                    let told = warnings(&run);
                    let whose = format!("{deed:?} {}: {asked}\n{run}", path.display());
                    if !run.status.success() || world.environment() != right[asked] || told.len() > 1 {
                        wrong.push(whose);
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {runs}:\n{}", wrong.len(), wrong.join("\n---\n"));
    runs
}

#[test]
fn whatever_is_damaged_costs_one_warning_and_no_environment() {
    let world = World::new();
    let runs = if std::env::var_os(CAMPAIGN).is_some() {
        let flips = (0..97).step_by(6).map(Deed::Flip);
        let deeds: Vec<Deed> = flips.chain([Deed::Truncate, Deed::Empty, Deed::Remove]).collect();
        campaign(&world, &deeds, 1000)
    } else {
        campaign(&world, &[Deed::Flip(50), Deed::Truncate, Deed::Empty, Deed::Remove], 1)
    };
    assert!(runs >= CASES.len());
    world.sandbox.assert_nothing_half_done();
}
