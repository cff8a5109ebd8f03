//! What a question needs on disk: a folder with its files, an environment, places for `--find-links`, local projects.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::pythons;
use super::sets::{RECORDED, RequirementSet};
use super::universe::{self, Form};
use crate::interpreters::Interpreter;
use crate::replay::{Replay, decoded};
use crate::sandbox::Sandbox;

/// Takes the place of pip in environments: it notes that it was started, and is the real one only where that is wanted.
const STUB: &str = include_str!("stub.py");

/// Everything that is shared by the sets of a run.
pub(super) struct Ground {
    pub(super) sandbox: Sandbox,
    replay: Replay,
    /// The real pip, unpacked, if it may be used.
    pip: Option<PathBuf>,
    pythons: BTreeMap<String, &'static Interpreter>,
}

/// A question that is ready to be asked.
pub(super) struct Question {
    /// The current folder.
    pub(super) folder: PathBuf,
    pub(super) arguments: Vec<String>,
}

impl Question {
    /// The environment to ask about.
    pub(super) fn environment(&self) -> PathBuf {
        self.folder.join("env")
    }

    /// What is installed in it.
    pub(super) fn installed(&self) -> PathBuf {
        self.folder.join("installed")
    }

    /// Where the stub notes that it was started.
    pub(super) fn notes(&self) -> PathBuf {
        self.folder.join("handed")
    }
}

impl Ground {
    /// Serves all universes.
    pub(super) fn new(pip: Option<PathBuf>) -> Self {
        let sandbox = Sandbox::with_empty_store();
        let replay = Replay::start(universe::all(STUB));
        let ground = Self {
            sandbox,
            replay,
            pip,
            pythons: pythons(),
        };
        for (name, made) in universe::synthetic() {
            for project in made.iter().filter(|one| one.kind == Form::Project) {
                project.write_to(&ground.projects(&name));
            }
            for (place, files) in ground.replay.universe(&name) {
                let folder = ground.folders(&name).join(place);
                fs::create_dir_all(&folder).unwrap();
                for file in files.files() {
                    fs::write(folder.join(&file.filename), file.body.as_ref().unwrap()).unwrap();
                }
            }
        }
        ground
    }

    /// Provides the pip of every interpreter that the sets name, also for questions without an index: for those snapenv would take the one that the interpreter bundles.
    pub(super) fn settle_pips(&self, sets: &[RequirementSet]) {
        let named: BTreeSet<&String> = sets.iter().map(|set| &set.python).collect();
        for python in named.into_iter().map(|name| self.pythons[name]) {
            let folder = self.sandbox.work(format!("pip-{}", python.major_minor()));
            make_environment(python, &folder);
            let before = self.known_pips();
            let index = format!("{}main/simple/", self.replay.url(RECORDED));
            let mut command = self
                .sandbox
                .snapenv_command(["install", "--dry-run", "--report", "-", "--python"]);
            command.arg(&folder).args(["--index-url", &index, "idna"]);
            let _ = self.sandbox.finish(command).success();
            let made = self.known_pips().into_iter().find(|path| !before.contains(path)).unwrap();
            let name = made.file_name().unwrap().to_str().unwrap();
            let (of_interpreter, _) = name.rsplit_once('-').unwrap();
            let nowhere = &blake3::hash(b"[]").to_hex()[..16];
            fs::copy(&made, made.with_file_name(format!("{of_interpreter}-{nowhere}.json"))).unwrap();
        }
    }

    fn known_pips(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.sandbox.cache("v1/index/pip")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// The interpreter of a set.
    pub(super) fn python(&self, set: &RequirementSet) -> &Path {
        &self.pythons[&set.python].executable
    }

    /// The real pip, unpacked, if it may be used.
    pub(super) fn pip(&self) -> Option<&Path> {
        self.pip.as_deref()
    }

    /// Bodies of recorded files that somebody asked for.
    pub(super) fn complaints(&self) -> Vec<String> {
        self.replay.complaints()
    }

    fn folders(&self, universe: &str) -> PathBuf {
        self.sandbox.root().join("folders").join(universe)
    }

    fn projects(&self, universe: &str) -> PathBuf {
        self.sandbox.root().join("projects").join(universe)
    }

    /// Writes what a set needs.
    pub(super) fn prepare(&self, set: &RequirementSet) -> Question {
        let folder = self.sandbox.work("sets").join(&set.name);
        fs::create_dir_all(folder.join("installed")).unwrap();
        let words = set.words_with_index();
        let mut arguments: Vec<String> = words.split_whitespace().map(|word| self.filled(set, word)).collect();
        if set.installed.is_empty() {
            arguments.push("--ignore-installed".to_owned());
        }
        for (option, name, lines) in [
            ("-r", "requirements.txt", &set.lines),
            ("-c", "constraints.txt", &set.constraints),
        ] {
            if !lines.is_empty() {
                let text: String = lines.iter().map(|line| self.filled(set, line) + "\n").collect();
                fs::write(folder.join(name), text).unwrap();
                arguments.extend([option, name].map(ToOwned::to_owned));
            }
        }
        let question = Question { folder, arguments };
        install(&set.installed, &question.installed());
        let python = self.pythons[&set.python];
        make_environment(python, &question.environment());
        let site = python.site_packages(&question.environment());
        install(&set.installed, &site);
        fs::create_dir(site.join("pip")).unwrap();
        fs::write(site.join("pip/__init__.py"), "").unwrap();
        fs::write(site.join("pip/__main__.py"), STUB).unwrap();
        question
    }

    /// `text` with its placeholders filled: `{PLACE}`, `{links:PLACE}`, `{folder:PLACE}`, `{file:PLACE/NAME}`, `{sha256:NAME}`, `{project:NAME}`.
    fn filled(&self, set: &RequirementSet, text: &str) -> String {
        let Some((before, rest)) = text.split_once('{') else {
            return text.to_owned();
        };
        let (name, after) = rest.split_once('}').unwrap();
        let url = self.replay.url(&set.universe);
        let value = match name.split_once(':') {
            None => format!("{url}{name}/simple/"),
            Some(("links", place)) => format!("{url}{place}/links/"),
            Some(("folder", place)) => self.folders(&set.universe).join(place).display().to_string(),
            Some(("project", name)) => self.projects(&set.universe).join(name).display().to_string(),
            Some(("file", path)) => {
                let (place, name) = path.split_once('/').unwrap();
                format!("{url}{place}/files/{name}")
            }
            Some(("sha256", name)) => self.sha256(set, name),
            Some(_) => panic!("[{}]: the placeholder {name} is not known", set.name),
        };
        format!("{before}{value}{}", self.filled(set, after))
    }

    fn sha256(&self, set: &RequirementSet, name: &str) -> String {
        let mut places = self.replay.universe(&set.universe).values();
        let file = places.find_map(|place| place.file(name));
        file.unwrap_or_else(|| panic!("[{}]: no file {name}", set.name))
            .sha256
            .clone()
    }

    /// Place and file name of a URL that was answered, and whether its hash is not the one that is served.
    pub(super) fn place_of(&self, set: &RequirementSet, url: &str, sha256: Option<&str>) -> (String, bool) {
        if let Some(path) = url.strip_prefix(&self.replay.url(&set.universe)) {
            let (place, name) = path.split_once("/files/").unwrap_or(("", path));
            let name = decoded(name);
            let wrong = Some(self.sha256(set, &name).as_str()) != sha256;
            return (format!("{place}/{name}"), wrong);
        }
        for (word, folder) in [
            ("folder", self.folders(&set.universe)),
            ("project", self.projects(&set.universe)),
        ] {
            if let Some(path) = url.strip_prefix(&format!("file://{}/", folder.display())) {
                return (format!("{word}:{path}"), false);
            }
        }
        (url.to_owned(), false)
    }

    /// `text` without addresses and folders of this run.
    pub(super) fn without_places(&self, set: &RequirementSet, text: &str) -> String {
        let root = self.sandbox.root().display().to_string();
        text.replace(&self.replay.url(&set.universe), "").replace(&root, "")
    }
}

/// A bare environment: no more than Python needs to know that it is one.
fn make_environment(python: &Interpreter, folder: &Path) {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::create_dir_all(python.site_packages(folder)).unwrap();
    let (major, minor, micro) = python.version;
    let home = python.executable.parent().unwrap().display();
    let config = format!("home = {home}\ninclude-system-site-packages = false\nversion = {major}.{minor}.{micro}\n");
    fs::write(folder.join("pyvenv.cfg"), config).unwrap();
    for name in ["python", "python3", &format!("python{major}.{minor}")] {
        symlink(&python.executable, bin.join(name)).unwrap();
    }
}

/// Distributions that have nothing but METADATA.
fn install(installed: &[String], site: &Path) {
    for each in installed {
        let mut parts = each.split(" | ");
        let (name, version) = parts.next().unwrap().split_once(' ').unwrap();
        let info = site.join(format!("{}-{version}.dist-info", name.replace('-', "_")));
        let mut metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        for need in parts {
            writeln!(metadata, "Requires-Dist: {need}").unwrap();
        }
        fs::create_dir_all(&info).unwrap();
        fs::write(info.join("METADATA"), metadata).unwrap();
        fs::write(info.join("INSTALLER"), "pip\n").unwrap();
        fs::write(info.join("RECORD"), "").unwrap();
    }
}
