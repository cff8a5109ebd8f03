use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::*;
use crate::environment::assemble::{Assembly, InTheWay, assemble};
use crate::environment::snapshot::{Member, compose, encode};
use crate::store::testing::{Draft, LIBRARY, Shelf, scheme};
use crate::wheel::{Listing, Rewritten, Script};

/// Something done to a file of a spare.
type Deed = fn(&Path);

struct Scene {
    shelf: Shelf,
    whole: Snapshot,
    excerpt: Snapshot,
    trees: Vec<PathBuf>,
}

impl Scene {
    fn new() -> Self {
        let shelf = Shelf::new();
        let mut draft = Draft::default()
            .file(&format!("{LIBRARY}/a/__init__.py"), b"A = 1\n")
            .file(&format!("{LIBRARY}/a/static/a.css"), b"body\n")
            .file("share/a/static/b.css", b"body\n")
            .executable("bin/tool", b"#!python\n");
        draft.scripts = vec![Script::Wheel(Rewritten {
            path: "bin/tool".into(),
            listing: Listing::Hashed,
        })];
        let records = [
            shelf.put("a", &draft),
            shelf.put("b", &Draft::default().file(&format!("{LIBRARY}/b.py"), b"B = 1\n")),
        ];
        let members = records.each_ref().map(|record| Member {
            record,
            requested: true,
            direct_url: None,
        });
        let composed = compose(&members, &scheme()).unwrap();
        let decoded = |composed| Snapshot::decode(encode(composed).unwrap()).unwrap();
        Self {
            whole: decoded(&composed),
            excerpt: decoded(&composed.excerpt(None)),
            trees: records.map(|record| shelf.store.tree(record.content).unwrap()).into(),
            shelf,
        }
    }

    fn assembly<'a>(&'a self, snapshot: &'a Snapshot, target: &'a Path, mode: LinkMode) -> Assembly<'a> {
        Assembly {
            snapshot,
            trees: &self.trees,
            target,
            python: Path::new("/env/bin/python"),
            mode,
            verify: Verify::Quick,
            in_the_way: InTheWay::Replaced,
        }
    }

    fn spare(&self, name: &str, mode: LinkMode) -> PathBuf {
        let target = self.shelf.folder.path().join(name);
        fs::create_dir(&target).unwrap();
        assemble_spare(&Assembly {
            python: Path::new(SPARE_PYTHON),
            ..self.assembly(&self.whole, &target, mode)
        })
        .unwrap();
        target
    }
}

fn refreshed(scene: &Scene, spare: &Path, mode: LinkMode, verify: Verify) -> Result<(), AssembleError> {
    refresh_spare(spare, &scene.excerpt, Expected { mode, verify })
}

#[test]
fn a_spare_lacks_what_depends_on_its_place() {
    let scene = Scene::new();
    let spare = scene.spare("spare", LinkMode::Hardlink);
    let record = |name: &str| spare.join(LIBRARY).join(format!("{name}-1.0.dist-info/RECORD"));
    assert!(!spare.join("bin/tool").exists());
    assert!(record("a").exists() && record("b").exists() && spare.join(LIBRARY).join("a-1.0.dist-info/REQUESTED").exists());
}

#[test]
fn private_copies_get_the_current_time_and_nothing_else_does() {
    for mode in [LinkMode::Hardlink, LinkMode::Copy] {
        let scene = Scene::new();
        let spare = scene.spare("spare", mode);
        let private = spare.join(LIBRARY).join("a/static/a.css");
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(5);
        File::options().write(true).open(&private).unwrap().set_modified(old).unwrap();
        let time = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
        let module = spare.join(LIBRARY).join("a/__init__.py");
        let before = time(&module);
        refreshed(&scene, &spare, mode, Verify::Quick).unwrap();
        assert!(time(&private) > SystemTime::now() - Duration::from_mins(1));
        assert_eq!(time(&module), before);
    }
}

#[test]
fn a_changed_sample_is_found() {
    let changes: [(&str, Deed); 7] = [
        ("a/__init__.py", |path| fs::remove_file(path).unwrap()),
        ("a/__init__.py", |path| {
            fs::remove_file(path).unwrap();
            fs::write(path, "A = 1\n").unwrap();
        }),
        ("a/static/a.css", |path| fs::write(path, "longer than it was\n").unwrap()),
        ("a/static", |path| fs::remove_dir_all(path).unwrap()),
        // Rows would be written into it.
        ("a-1.0.dist-info/RECORD", |path| fs::remove_file(path).unwrap()),
        ("a-1.0.dist-info/RECORD", |path| fs::write(path, "short\n").unwrap()),
        ("a-1.0.dist-info/RECORD", |path| {
            fs::hard_link(path, path.with_extension("other")).unwrap();
        }),
    ];
    for (number, (path, change)) in changes.into_iter().enumerate() {
        let scene = Scene::new();
        let spare = scene.spare("spare", LinkMode::Hardlink);
        change(&spare.join(LIBRARY).join(path));
        let found = refreshed(&scene, &spare, LinkMode::Hardlink, Verify::Quick);
        assert!(matches!(found, Err(AssembleError::Changed { .. })), "{number}: {found:?}");
    }
    let scene = Scene::new();
    let spare = scene.spare("spare", LinkMode::Copy);
    fs::write(spare.join(LIBRARY).join("b.py"), "B = 2\n").unwrap();
    assert!(refreshed(&scene, &spare, LinkMode::Copy, Verify::Quick).is_err());
    refreshed(&scene, &spare, LinkMode::Copy, Verify::None).unwrap();
}

#[test]
fn a_spare_moves_in_beside_the_skeleton() {
    let scene = Scene::new();
    let spare = scene.spare("spare", LinkMode::Hardlink);
    // A platform's own folder of modules may be reached through a link of the skeleton.
    fs::create_dir_all(spare.join("lib64/python3.11/site-packages/native")).unwrap();
    fs::write(spare.join("lib64/python3.11/site-packages/native/x.so"), "x").unwrap();
    let target = scene.shelf.folder.path().join("env");
    fs::create_dir_all(target.join(LIBRARY)).unwrap();
    fs::create_dir_all(target.join("bin")).unwrap();
    fs::write(target.join("bin/activate"), "x").unwrap();
    symlink("lib", target.join("lib64")).unwrap();
    move_in(&spare, &target).unwrap();
    assert!(!spare.exists() && target.join("lib64").is_symlink());
    let assembled = complete_spare(&scene.assembly(&scene.excerpt, &target, LinkMode::Hardlink)).unwrap();
    assert_eq!(
        (assembled.means, assembled.files),
        (Means::Spare(LinkMode::Hardlink), scene.whole.header.files)
    );
    for path in ["a/__init__.py", "b.py", "a-1.0.dist-info/RECORD", "native/x.so"] {
        assert!(target.join(LIBRARY).join(path).is_file(), "{path}");
    }
    assert!(
        fs::read_to_string(target.join("bin/tool"))
            .unwrap()
            .starts_with("#!/env/bin/python")
    );
    assert!(target.join("bin/activate").is_file() && target.join("share/a/static/b.css").is_file());
}

#[test]
fn the_rows_of_scripts_are_as_in_an_environment_that_is_assembled_anew() {
    let long = format!("/{}/bin/python", "long/".repeat(200));
    // As long as in the spare, a digit longer, and so long that the size has more digits than the spare has room for.
    for (number, python) in ["/a/bin/p", "/env/of/somebody/bin/python", long.as_str()]
        .into_iter()
        .enumerate()
    {
        let scene = Scene::new();
        let folder = |name: &str| scene.shelf.folder.path().join(name);
        let (flat, target) = (folder("flat"), folder("target"));
        fs::create_dir_all(flat.join("bin")).unwrap();
        fs::create_dir_all(target.join("bin")).unwrap();
        let assembly = |snapshot, target| Assembly {
            python: Path::new(python),
            ..scene.assembly(snapshot, target, LinkMode::Hardlink)
        };
        assemble(&assembly(&scene.whole, &flat)).unwrap();
        let spare = scene.spare("spare", LinkMode::Hardlink);
        refreshed(&scene, &spare, LinkMode::Hardlink, Verify::Quick).unwrap();
        move_in(&spare, &target).unwrap();
        complete_spare(&assembly(&scene.excerpt, &target)).unwrap();
        for path in ["a-1.0.dist-info/RECORD", "b-1.0.dist-info/RECORD"] {
            let read = |environment: &Path| fs::read_to_string(environment.join(LIBRARY).join(path)).unwrap();
            assert_eq!(read(&target), read(&flat), "{number}: {path}");
        }
    }
}
