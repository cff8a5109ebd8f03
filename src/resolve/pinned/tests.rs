use std::collections::HashMap;
use std::path::Path;

use super::*;
use crate::interpreter::{Libc, TargetPython};
use crate::key::{BytecodeMode, IndexPreimage, InterpreterPreimage, RequestPreimage, VisibleDistribution};
use crate::requirements::{Asked, HashChecking, LoadError, Loader, PathKind, Place, Search, read};
use crate::resolve::question::Keeping;
use crate::store::testing::{metadata, scheme};
use crate::store::{Artifact, ArtifactKind, Resolved};
use crate::wheel::Metadata;

mod asked;

fn facts() -> Facts {
    let markers = [
        ("implementation_name", "cpython"),
        ("implementation_version", "3.11.7"),
        ("os_name", "posix"),
        ("platform_machine", "x86_64"),
        ("platform_python_implementation", "CPython"),
        ("platform_release", "6.1"),
        ("platform_system", "Linux"),
        ("platform_version", "#1"),
        ("python_full_version", "3.11.7"),
        ("python_version", "3.11"),
        ("sys_platform", "linux"),
    ];
    Facts {
        executable: "/usr/bin/python3.11".into(),
        base_prefix: "/usr".into(),
        base_exec_prefix: "/usr".into(),
        implementation: "cpython".into(),
        version: (3, 11, 7),
        full_version: "3.11.7".into(),
        cache_tag: "cpython-311".into(),
        magic: String::new(),
        abi: "cp311".into(),
        soabi: String::new(),
        platform: "linux-x86_64".into(),
        libc: Libc::Glibc(2, 36),
        markers: markers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        scheme: scheme(),
        lib64: true,
        site_packages: Vec::new(),
        stdlib: "/usr/lib/python3.11".into(),
        bundled_pip: None,
        own_pip: None,
        sysconfig_digest: String::new(),
        os_release: String::new(),
    }
}

/// One requirements file and one constraints file.
struct Files<'a>(&'a str, &'a str);

impl Loader for Files<'_> {
    fn load(&self, place: &Place) -> Result<Vec<u8>, LoadError> {
        let text = if matches!(place, Place::File(path) if path.ends_with("r.txt")) {
            self.0
        } else {
            self.1
        };
        Ok(text.into())
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn kind(&self, _: &Path) -> PathKind {
        PathKind::Missing
    }
}

fn question(requirements: &str, constraints: &str) -> Question {
    let asked = Asked {
        arguments: &[],
        editables: &[],
        requirement_files: &["r.txt".to_owned()],
        constraint_files: &["c.txt".to_owned()],
        current_dir: Path::new("/project"),
        config_settings: &BTreeMap::new(),
    };
    let read = read(&asked, &Files(requirements, constraints)).unwrap();
    Question {
        preimage: RequestPreimage {
            requirements: Vec::new(),
            constraints: Vec::new(),
            index: IndexPreimage {
                indexes: Vec::new(),
                find_links: Vec::new(),
                no_index: false,
            },
            options: BTreeMap::new(),
            local: Vec::new(),
            interpreter: InterpreterPreimage::new(&facts()),
            volatile: BTreeMap::new(),
            pip: "26.3".into(),
            visible: Vec::new(),
            bytecode: BytecodeMode::Off,
        },
        entries: read.entries,
        constraints: read.constraints,
        target: TargetPython::default(),
        search: Search::default(),
        hashes: HashChecking::WhenGiven,
        keeping: Keeping::Kept,
        installed: BTreeMap::new(),
    }
}

/// What the store recorded: metadata by name and version.
#[derive(Default)]
struct Recorded(HashMap<(String, String), Metadata>);

impl Recorded {
    fn with(self, name: &str, version: &str, requires: &[&str]) -> Self {
        self.and(name, version, |metadata| {
            metadata.requires_dist = requires.iter().map(ToString::to_string).collect();
        })
    }

    fn and(mut self, name: &str, version: &str, change: impl Fn(&mut Metadata)) -> Self {
        let mut metadata = metadata(name);
        metadata.version = version.to_owned();
        change(&mut metadata);
        self.0.insert((name.to_owned(), version.to_owned()), metadata);
        self
    }

    fn look_up(&self, pin: &PinPreimage) -> Option<Answered> {
        let metadata = self.0.get(&(pin.name.clone(), pin.version.clone()))?.clone();
        Some(Answered {
            resolved: Resolved {
                name: pin.name.clone(),
                version: pin.version.clone(),
                artifact: Artifact {
                    kind: ArtifactKind::Wheel,
                    url: String::new(),
                    file_name: String::new(),
                    sha256: None,
                    hashes: BTreeMap::new(),
                },
                requested: false,
                direct_url: None,
                yanked: false,
                extras: Vec::new(),
                settings: Vec::new(),
            },
            metadata,
            core: None,
            size: None,
        })
    }

    fn resolve(&self, question: &Question) -> PinnedOutcome {
        resolve_pinned(question, &facts(), &|pin| self.look_up(pin))
    }

    /// What is installed, in order; `*` marks what was asked for.
    fn answer(&self, question: &Question) -> Vec<String> {
        match self.resolve(question) {
            PinnedOutcome::Answer(answer) => {
                let resolved = answer.distributions.iter().map(|answered| &answered.resolved);
                assert_eq!(answer.kind, Kind::Pinned);
                resolved
                    .map(|one| format!("{}=={}{}", one.name, one.version, if one.requested { "*" } else { "" }))
                    .collect()
            }
            PinnedOutcome::AskPip(reason) => panic!("{reason}"),
        }
    }

    fn doubt(&self, question: &Question) -> String {
        match self.resolve(question) {
            PinnedOutcome::AskPip(reason) => reason,
            PinnedOutcome::Answer(answer) => panic!("{answer:?}"),
        }
    }
}

fn pair() -> Recorded {
    Recorded::default().with("app", "1.0", &["lib>=2"]).with("lib", "2.0", &[])
}

#[test]
fn a_pinned_closure_is_answered_dependencies_first() {
    assert_eq!(pair().answer(&question("app==1.0\nlib==2.0", "")), ["lib==2.0*", "app==1.0*"]);
    assert!(pair().answer(&question("", "")).is_empty());
}

#[test]
fn constraints_are_pins_but_ask_for_nothing() {
    assert_eq!(pair().answer(&question("app==1.0", "lib==2.0")), ["lib==2.0", "app==1.0*"]);
    assert_eq!(
        pair().answer(&question("app", "app==1.0\nlib==2.0\nother==1")),
        ["lib==2.0", "app==1.0*"]
    );
    assert_eq!(pair().answer(&question("lib==2.0", "app==1.0")), ["lib==2.0*"]);
}

#[test]
fn extras_and_markers_decide_on_dependencies() {
    let requires = [
        "fast; extra == 'speed'",
        "windows; sys_platform == 'win32'",
        "old; python_version < '3.8'",
        "new; python_version >= '3.8'",
    ];
    let recorded = Recorded::default()
        .and("app", "1.0", |metadata| {
            metadata.requires_dist = requires.map(str::to_owned).to_vec();
            metadata.provides_extra = vec!["speed".into()];
        })
        .with("fast", "1.0", &[])
        .with("new", "1.0", &[]);
    let pins = "fast==1.0\nnew==1.0";
    assert_eq!(recorded.answer(&question("app==1.0", pins)), ["new==1.0", "app==1.0*"]);
    assert_eq!(
        recorded.answer(&question("app[speed]==1.0", pins)),
        ["new==1.0", "fast==1.0", "app==1.0*"]
    );
    let doubt = recorded.doubt(&question("app[luxury]==1.0", pins));
    assert!(doubt.contains("does not provide the extra luxury"), "{doubt}");
}

/// A dependency may ask for an extra of something that was looked at already.
#[test]
fn extras_that_dependencies_ask_for_count() {
    let recorded = Recorded::default()
        .and("lib", "1.0", |metadata| {
            metadata.requires_dist = vec!["fast; extra == 'speed'".into()];
            metadata.provides_extra = vec!["speed".into()];
        })
        .with("app", "1.0", &["lib[speed]"])
        .with("fast", "1.0", &[]);
    let answer = recorded.answer(&question("lib==1.0\napp==1.0\nfast==1.0", ""));
    assert_eq!(answer.len(), 3);
    let doubt = recorded.doubt(&question("lib==1.0\napp==1.0", ""));
    assert_eq!(doubt, "fast is not pinned");
}

#[test]
fn volatile_markers_that_were_asked_are_part_of_the_answer() {
    let recorded = Recorded::default().with("app", "1.0", &["old; platform_release < '2'"]);
    let PinnedOutcome::Answer(answer) = recorded.resolve(&question("app==1.0", "")) else {
        panic!("nothing is in the way")
    };
    assert_eq!(answer.markers, [("platform_release".to_owned(), "6.1".to_owned())].into());
}

#[test]
fn whatever_is_missing_or_contradictory_is_left_to_pip() {
    let cases = [
        ("app==1.0", "", "lib is not pinned"),
        ("app>=1.0\nlib==2.0", "", "app is not pinned"),
        ("app==1.*\nlib==2.0", "", "app is not pinned"),
        ("app==3.0", "", "app==3.0 is not recorded"),
        ("app==1.0\nlib==1.0", "", "lib==1.0 is not recorded"),
        ("app==1.0\nlib==2.0", "lib<2", "lib 2.0 does not satisfy <2"),
        ("app==1.0\nlib==2.0\nlib!=2.0", "", "lib 2.0 does not satisfy !=2.0"),
        (
            "app @ https://example.org/app-1.0-py3-none-any.whl",
            "",
            "is a direct reference",
        ),
        (
            "lib==2.0",
            "app @ https://example.org/app-1.0-py3-none-any.whl",
            "is a direct reference",
        ),
    ];
    for (requirements, constraints, reason) in cases {
        let doubt = pair().doubt(&question(requirements, constraints));
        assert!(doubt.contains(reason), "{requirements} / {constraints}: {doubt}");
    }
    let recorded = pair().with("app", "1.0", &["lib>=3"]);
    assert_eq!(
        recorded.doubt(&question("app==1.0\nlib==2.0", "")),
        "lib 2.0 does not satisfy >=3"
    );
    let recorded = pair().with("app", "1.0", &["lib @ https://example.org/lib-2.0.tar.gz"]);
    assert_eq!(
        recorded.doubt(&question("app==1.0\nlib==2.0", "")),
        "app depends on a direct reference"
    );
    let recorded = pair().with("app", "1.0", &["lib ]["]);
    recorded.doubt(&question("app==1.0\nlib==2.0", ""));
}

#[test]
fn another_python_is_left_to_pip() {
    for (python, fits) in [
        (">=3.8", true),
        (">=3.11.7,<4", true),
        (">=3.12", false),
        ("<3.11", false),
        ("??", false),
    ] {
        let recorded = Recorded::default().and("app", "1.0", |metadata| metadata.requires_python = Some(python.into()));
        let outcome = recorded.resolve(&question("app==1.0", ""));
        assert_eq!(matches!(outcome, PinnedOutcome::Answer(..)), fits, "{python}: {outcome:?}");
    }
}

#[test]
fn hashes_are_needed_for_all_once_one_is_given() {
    let hash = format!("--hash=sha256:{}", "0".repeat(64));
    let all = question(&format!("app==1.0 {hash}\nlib==2.0 {hash}"), "");
    assert_eq!(pair().answer(&all).len(), 2);
    let one = question(&format!("app==1.0 {hash}\nlib==2.0"), "");
    assert_eq!(pair().doubt(&one), "lib has no hash");
    // pip counts hashes of constraints, too.
    let constrained = question("app==1.0\nlib==2.0", &format!("app==1.0 {hash}"));
    assert_eq!(pair().doubt(&constrained), "lib has no hash");
    let mut required = question("app==1.0\nlib==2.0", "");
    required.hashes = HashChecking::Required;
    assert_eq!(pair().doubt(&required), "app has no hash");
    required.hashes = HashChecking::Contradictory;
    assert_eq!(pair().doubt(&required), "contradictory hash options");
    let mut not_required = one;
    not_required.hashes = HashChecking::NotRequired;
    assert_eq!(pair().answer(&not_required).len(), 2);
}

#[test]
fn what_the_environment_sees_already_is_left_to_pip() {
    let mut question = question("app==1.0\nlib==2.0", "");
    let visible = |name: &str| VisibleDistribution {
        name: name.into(),
        version: "2.0".into(),
        metadata: String::new(),
    };
    question.preimage.visible = vec![visible("pip")];
    assert_eq!(pair().answer(&question).len(), 2);
    question.preimage.visible.push(visible("lib"));
    assert_eq!(pair().doubt(&question), "lib is installed already");
}

#[test]
fn options_that_change_dependencies_are_left_to_pip() {
    for option in ["no-deps", "ignore-requires-python"] {
        let mut question = question("app==1.0\nlib==2.0", "");
        question.preimage.options.insert(option.into(), Vec::new());
        assert!(pair().doubt(&question).contains("an option"));
    }
}
