//! pyenv's choice of a version, made without starting pyenv.
//!
//! pyenv puts small scripts (shims) on `PATH` that start pyenv, which starts the interpreter: 50 to 100 ms before Python begins.
//! The rules are those of `pyenv exec`, `pyenv version-name` and `pyenv latest` 2.4 and later; hooks of plugins are not followed.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::search::{Search, is_executable};

/// A shim is a script of a few lines.
const SHIM_LIMIT: u64 = 4096;

/// One installation of pyenv.
#[derive(Debug)]
pub(super) struct Pyenv {
    root: PathBuf,
}

/// The versions that pyenv would use here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// As written, in order; `system` stands for `PATH` without shims.
    pub(super) versions: Vec<String>,
    /// What says so, for messages.
    pub(super) origin: String,
}

impl Pyenv {
    /// The pyenv under a root that may not exist.
    pub(super) fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The pyenv whose shim the executable is, where it is one.
    pub(super) fn of_shim(executable: &Path, search: &Search) -> Option<Self> {
        let folder = executable.parent()?;
        // A shim sets PYENV_ROOT itself, so its word counts for more than the environment's.
        if let Some(root) = shim_root(executable) {
            return Some(Self { root });
        }
        let root = search.pyenv_root.as_ref()?;
        (folder == root.join("shims")).then(|| Self { root: root.clone() })
    }

    /// The versions that are selected for the current folder: `PYENV_VERSION`, the nearest `.python-version`, `<root>/version`.
    pub(super) fn selection(&self, search: &Search) -> Selection {
        if let Some(value) = search.pyenv_version.as_deref().filter(|value| !value.is_empty()) {
            return Selection {
                versions: value.split(':').filter(|part| is_safe(part)).map(str::to_owned).collect(),
                origin: "set by PYENV_VERSION".to_owned(),
            };
        }
        let file = search
            .current_dir
            .ancestors()
            .map(|folder| folder.join(".python-version"))
            .find(|file| file.is_file())
            .unwrap_or_else(|| self.root.join("version"));
        let text = fs::read_to_string(&file).unwrap_or_default();
        let mut versions = words(&text);
        if versions.is_empty() {
            versions.push("system".to_owned());
        }
        Selection {
            versions,
            origin: format!("set by {}", file.display()),
        }
    }

    /// The folder of an installed version, given by its name, with a `python-` before it, or by a prefix of it.
    pub(super) fn installed(&self, version: &str) -> Option<PathBuf> {
        let versions = self.root.join("versions");
        let bare = version.strip_prefix("python-").unwrap_or(version);
        [version, bare]
            .into_iter()
            .map(|name| versions.join(name))
            .find(|folder| folder.is_dir())
            .or_else(|| self.latest(version))
            .or_else(|| self.latest(bare))
    }

    /// An executable of an installed version.
    pub(super) fn executable(&self, version: &str, name: &str) -> Option<PathBuf> {
        let file = self.installed(version)?.join("bin").join(name);
        is_executable(&file).then_some(file)
    }

    /// The newest installed release that begins with the prefix, as `pyenv latest` has it: `3.11` does not match `3.1`, pre-releases
    /// never match, and free-threaded builds only a prefix that ends in `t`.
    fn latest(&self, prefix: &str) -> Option<PathBuf> {
        let (prefix, threads) = match prefix.strip_suffix('t') {
            Some(bare) if bare.ends_with(|last: char| last.is_ascii_digit()) => (bare, Threads::Free),
            _ => (prefix, Threads::Locked),
        };
        fs::read_dir(self.root.join("versions"))
            .ok()?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| {
                name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['.', '-']))
                    && is_release(name)
                    && threads == Threads::of(name)
            })
            .max_by(|left, right| by_version(left, right))
            .map(|name| self.root.join("versions").join(name))
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Threads {
    Locked,
    Free,
}

impl Threads {
    fn of(version: &str) -> Self {
        match version.strip_suffix('t') {
            Some(bare) if bare.ends_with(|last: char| last.is_ascii_digit()) => Self::Free,
            _ => Self::Locked,
        }
    }
}

/// The root that a shim names, if the file is a shim.
fn shim_root(executable: &Path) -> Option<PathBuf> {
    let mut file = File::open(executable).ok()?;
    if file.metadata().ok()?.len() > SHIM_LIMIT {
        return None;
    }
    let mut text = String::new();
    file.by_ref().take(SHIM_LIMIT).read_to_string(&mut text).ok()?;
    let calls_pyenv = |line: &str| {
        line.trim_start()
            .strip_prefix("exec ")
            .and_then(|command| command.split_once(" exec "))
            .is_some_and(|(program, _)| program.trim_matches('"').ends_with("/pyenv"))
    };
    if !text.starts_with("#!") || !text.lines().any(calls_pyenv) {
        return None;
    }
    let root = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("export PYENV_ROOT="))?;
    Some(PathBuf::from(root.trim().trim_matches('"')))
}

/// The first word of each line that is not a comment.
fn words(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| !word.starts_with('#') && is_safe(word))
        .map(str::to_owned)
        .collect()
}

/// A version names something inside the `versions` folder (pyenv's CVE-2022-35861).
fn is_safe(version: &str) -> bool {
    !version.is_empty()
        && Path::new(version)
            .components()
            .all(|component| matches!(component, Component::Normal(_)))
}

fn is_release(name: &str) -> bool {
    let digits = name.trim_end_matches(|last: char| last.is_ascii_digit());
    let counted = digits.len() < name.len();
    !["-dev", "-src", "-latest"].iter().any(|suffix| name.ends_with(suffix))
        && !(counted && (digits.ends_with('a') || digits.ends_with('b') || digits.ends_with("rc")))
}

/// pyenv's order: the implementation's name, then three numbers.
fn by_version(left: &str, right: &str) -> Ordering {
    fn parts(name: &str) -> (String, [u64; 3]) {
        let dotted = match name.split_once('-') {
            Some((head, rest)) if head.bytes().all(|byte| byte.is_ascii_alphanumeric()) => format!("{head}.{rest}"),
            _ => name.to_owned(),
        };
        let mut fields = dotted.split('.');
        let head = fields.next().unwrap_or_default().to_owned();
        let mut number = || {
            let field = fields.next().unwrap_or_default();
            let end = field.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(field.len());
            field[..end].parse().unwrap_or(0)
        };
        (head, [number(), number(), number()])
    }
    parts(left).cmp(&parts(right)).then_with(|| left.cmp(right))
}
