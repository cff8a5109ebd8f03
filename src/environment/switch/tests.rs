use super::*;
use crate::environment::journal::{Recovered, has_journal, recover};
use crate::environment::snapshot::{Member, compose, encode};
use crate::environment::{InTheWay, assemble_over};
use crate::fs::{LinkMode, Verify};
use crate::interpreter::testing::real_interpreters;
use crate::key::SnapshotKey;
use crate::store::Layout;
use crate::store::testing::{Draft, LIBRARY, Shelf, scheme};
use crate::wheel::{EntryPoint, Kind, Listing, Rewritten, Script, Template};

fn entry_point(name: &str) -> Script {
    Script::EntryPoint(EntryPoint {
        name: name.into(),
        path: format!("bin/{name}"),
        module: "m".into(),
        attribute: "main".into(),
        kind: Kind::Console,
        template: Template::RemoveSuffix,
    })
}

fn draft(name: &str) -> Draft {
    Draft::default().file(&format!("{LIBRARY}/{name}-1.0.dist-info/METADATA"), b"Name: x\n")
}

/// An environment over a layer with `stays` and `old`, and an excerpt with `stays` and `new`.
struct Scene {
    shelf: Shelf,
    facts: Facts,
    from: Snapshot,
    to: Snapshot,
    trees: Vec<PathBuf>,
    environment: PathBuf,
}

impl Scene {
    fn new() -> Option<Self> {
        let mut facts = real_interpreters().pop()?;
        facts.scheme = scheme();
        let shelf = Shelf::new();
        let mut stays = draft("stays").file("share/stays/data", b"stays");
        stays.scripts = vec![entry_point("stays")];
        let mut old = draft("old")
            .file("share/both/data", b"old")
            .file("share/old/inner/data", b"old");
        old.scripts = vec![entry_point("both"), entry_point("old")];
        let mut new = draft("new")
            .file("share/both/data", b"new")
            .file("share/new/inner/data", b"new");
        new = new.executable("bin/run.py", b"#!python\n");
        new.bytecode = vec![("bin/__pycache__/run.pyc".into(), vec![0; 20], "bin/run.py".into())];
        let run = Rewritten {
            path: "bin/run.py".into(),
            listing: Listing::Hashed,
        };
        new.scripts = vec![entry_point("both"), entry_point("new"), Script::Wheel(run)];
        let records = [("stays", stays), ("old", old), ("new", new)].map(|(name, draft)| shelf.put(name, &draft));
        let excerpt = |records: [&crate::store::DistributionRecord; 2]| {
            let members = records.map(|record| Member {
                record,
                requested: true,
                direct_url: None,
            });
            let composed = compose(&members, &scheme()).unwrap().excerpt(None);
            Snapshot::decode(encode(&composed).unwrap()).unwrap()
        };
        let trees = |shelf: &Shelf, records: [&crate::store::DistributionRecord; 2]| {
            records.map(|record| shelf.store.tree(record.content).unwrap()).to_vec()
        };
        let [stays, old, new] = &records;
        let scene = Self {
            from: excerpt([stays, old]),
            to: excerpt([stays, new]),
            trees: trees(&shelf, [stays, new]),
            facts,
            environment: shelf.folder.path().join("env"),
            shelf,
        };
        fs::create_dir_all(scene.environment().join(LIBRARY)).unwrap();
        fs::create_dir_all(scene.environment().join("include")).unwrap();
        let assembly = Assembly {
            snapshot: &scene.from,
            trees: &trees(&scene.shelf, [stays, old]),
            ..scene.assembly()
        };
        assemble_over(&assembly).unwrap();
        scene.link("from").write(&scene.environment(), &scene.facts).unwrap();
        Some(scene)
    }

    fn environment(&self) -> PathBuf {
        self.environment.clone()
    }

    fn link(&self, name: &str) -> LayerLink {
        let key: SnapshotKey = blake3::hash(name.as_bytes()).into();
        LayerLink::new(&Layout::new(self.shelf.folder.path()).merged(key), &scheme()).unwrap()
    }

    fn assembly(&self) -> Assembly<'_> {
        Assembly {
            snapshot: &self.to,
            trees: &self.trees,
            target: &self.environment,
            python: Path::new("/env/bin/python"),
            mode: LinkMode::Hardlink,
            verify: Verify::Quick,
            in_the_way: InTheWay::Kept,
        }
    }

    fn prepare(&self, foreign: &[&str]) -> Result<Switching, AddError> {
        Switch {
            from: &self.from,
            to: self.assembly(),
            link: &self.link("to"),
            foreign: &foreign.iter().map(PathBuf::from).collect(),
        }
        .prepare()
    }

    /// All files with the content of data files.
    fn listing(&self) -> BTreeMap<String, String> {
        let environment = self.environment();
        let entries = walkdir::WalkDir::new(&environment).into_iter().map(Result::unwrap);
        let file = |entry: walkdir::DirEntry| {
            let path = entry.path().strip_prefix(&environment).unwrap().to_str().unwrap().to_owned();
            let content = match fs::read_to_string(entry.path()) {
                Ok(content) if path.starts_with("share") => content,
                _ => String::new(),
            };
            (path, content)
        };
        entries.map(file).collect()
    }

    fn assert_switched(&self) {
        let listing = self.listing();
        for path in [
            "bin/stays",
            "bin/both",
            "bin/new",
            "bin/run.py",
            "bin/__pycache__/run.pyc",
            "include",
        ] {
            assert!(listing.contains_key(path), "{path}: {listing:#?}");
        }
        assert_eq!(listing["share/both/data"], "new");
        assert_eq!(listing["share/new/inner/data"], "new");
        for path in ["bin/old", "share/old", ".snapenv-next", ".snapenv-journal"] {
            assert!(!listing.contains_key(path), "{path}: {listing:#?}");
        }
        assert_eq!(LayerLink::read(&self.environment()), Some(self.link("to")));
    }
}

#[test]
fn files_of_the_environment_change_with_its_layer() {
    let Some(scene) = Scene::new() else { return };
    scene.prepare(&[]).unwrap().commit(&scene.facts).unwrap();
    scene.assert_switched();
}

#[test]
fn what_is_not_committed_is_undone() {
    let Some(scene) = Scene::new() else { return };
    let before = scene.listing();
    let switching = scene.prepare(&[]).unwrap();
    assert!(scene.environment().join("bin/new").exists());
    drop(switching);
    assert_eq!(scene.listing(), before);
}

#[test]
fn a_kill_before_the_rename_is_undone_and_one_behind_it_is_finished() {
    let Some(scene) = Scene::new() else { return };
    let (environment, before) = (scene.environment(), scene.listing());
    // A killed process runs no destructors.
    std::mem::forget(scene.prepare(&[]).unwrap());
    assert!(has_journal(&environment));
    assert_eq!(recover(&environment).unwrap(), Recovered::Undone);
    assert_eq!(scene.listing(), before);
    std::mem::forget(scene.prepare(&[]).unwrap());
    scene.link("to").write(&environment, &scene.facts).unwrap();
    // The first of what follows is done, too.
    fs::rename(environment.join(".snapenv-next/bin/both"), environment.join("bin/both")).unwrap();
    assert_eq!(recover(&environment).unwrap(), Recovered::Finished);
    scene.assert_switched();
    assert_eq!(recover(&environment).unwrap(), Recovered::Nothing);
}

#[test]
fn files_of_what_is_on_top_stay_as_they_are() {
    let Some(scene) = Scene::new() else { return };
    let foreign = ["bin/both", "bin/old", "share/both/data"];
    for path in foreign {
        fs::write(scene.environment().join(path), "mine").unwrap();
    }
    scene.prepare(&foreign).unwrap().commit(&scene.facts).unwrap();
    for path in foreign {
        assert_eq!(fs::read(scene.environment().join(path)).unwrap(), b"mine", "{path}");
    }
    assert!(scene.environment().join("bin/new").exists());
}

#[test]
fn a_file_that_nobody_knows_is_not_replaced() {
    let Some(scene) = Scene::new() else { return };
    fs::write(scene.environment().join("bin/new"), "mine").unwrap();
    let before = scene.listing();
    let error = scene.prepare(&[]).unwrap_err();
    assert!(
        matches!(&error, AddError::Taken(path) if path.ends_with("bin/new")),
        "{error}"
    );
    assert_eq!(scene.listing(), before);
    assert_eq!(fs::read(scene.environment().join("bin/new")).unwrap(), b"mine");
}

#[test]
fn what_the_user_has_removed_with_its_folder_is_made_again() {
    let Some(scene) = Scene::new() else { return };
    fs::remove_dir_all(scene.environment().join("share/both")).unwrap();
    scene.prepare(&[]).unwrap().commit(&scene.facts).unwrap();
    scene.assert_switched();
}

#[test]
fn a_folder_in_the_place_of_a_file_is_somebodys() {
    let Some(scene) = Scene::new() else { return };
    let folder = |name: &str| {
        let path = scene.environment().join(name);
        fs::remove_file(&path).unwrap();
        fs::create_dir(path).unwrap();
    };
    folder("bin/old");
    folder("bin/both");
    let error = scene.prepare(&[]).unwrap_err();
    assert!(
        matches!(&error, AddError::Taken(path) if path.ends_with("bin/both")),
        "{error}"
    );
    fs::remove_dir(scene.environment().join("bin/both")).unwrap();
    scene.prepare(&[]).unwrap().commit(&scene.facts).unwrap();
    assert!(scene.environment().join("bin/old").is_dir());
    fs::remove_dir(scene.environment().join("bin/old")).unwrap();
    scene.assert_switched();
}

#[test]
fn what_cannot_be_replaced_yet_waits() {
    let Some(scene) = Scene::new() else { return };
    let (environment, place) = (scene.environment(), scene.environment().join("bin/both"));
    std::mem::forget(scene.prepare(&[]).unwrap());
    scene.link("to").write(&environment, &scene.facts).unwrap();
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    assert!(recover(&environment).is_err());
    fs::remove_dir(&place).unwrap();
    assert_eq!(recover(&environment).unwrap(), Recovered::Finished);
    scene.assert_switched();
}
