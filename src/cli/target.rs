//! Which environment or interpreter a command of pip's acts on.

use std::path::{Path, PathBuf};

use crate::environment::Living;
use crate::pip::Pip;
use crate::pipeline::PipelineError;
use crate::pipeline::living::own_pip;
use crate::settings::World;

/// What a command acts on.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// A virtual environment.
    Environment(Living),
    /// An interpreter outside of any: everything is its own pip's.
    Interpreter(PathBuf),
}

/// How we were called: by our own name, or as the pip of some interpreter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Called {
    program: PathBuf,
    /// The interpreter that a pip's name stands for: `python3.11` for `pip3.11`.
    python: Option<String>,
}

impl Called {
    /// Reads the program's name: `snapenv`, or `pip`, `pip3`, `pip3.11` with or without a path.
    pub(super) fn new(program: &Path) -> Self {
        let name = program.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let version = name.strip_prefix("pip");
        let version = version.filter(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
        Self {
            program: program.to_owned(),
            python: version.map(|version| match version {
                "" => "python3".to_owned(),
                version => format!("python{version}"),
            }),
        }
    }

    /// The folder of the `pip` that was called: a shell gives the bare name when it found it on `PATH`.
    fn folder(&self, world: &World) -> Option<PathBuf> {
        self.python.as_ref()?;
        let folder = self.program.parent().filter(|folder| !folder.as_os_str().is_empty());
        match folder {
            Some(folder) => Some(world.current_dir.join(folder)),
            None => std::env::split_paths(world.variable("PATH")?).find(|folder| folder.join(&self.program).is_file()),
        }
    }

    /// Whether we are to behave as pip.
    pub(super) fn as_pip(&self) -> bool {
        self.python.is_some()
    }
}

impl Target {
    /// Finds it: what is named, `PIP_PYTHON`, the environment that the called `pip` lies in, `VIRTUAL_ENV`, the Python on `PATH`.
    pub(super) fn find(named: Option<&str>, world: &World, called: &Called) -> Result<Self, PipelineError> {
        if let Some(named) = named.or_else(|| world.variable("PIP_PYTHON")) {
            return Self::named(named, &world.current_dir);
        }
        let folder = called.folder(world).and_then(|folder| Living::open(folder.parent()?));
        let active = || Living::open(&plain(&world.current_dir.join(world.variable("VIRTUAL_ENV")?)));
        if let Some(living) = folder.or_else(active) {
            return Ok(Self::Environment(living));
        }
        let candidates = [called.python.as_deref().unwrap_or("python3"), "python3", "python"];
        let path = world.variable("PATH").unwrap_or_default();
        let python = candidates.iter().find_map(|name| {
            let folders = std::env::split_paths(path).filter(|folder| !folder.as_os_str().is_empty());
            let mut files = folders.map(|folder| world.current_dir.join(folder).join(name));
            files.find(|file| file.is_file())
        });
        let python = python.ok_or_else(|| PipelineError::NoSuchPython("python3".to_owned()))?;
        Ok(match Living::of_interpreter(&python) {
            Some(living) => Self::Environment(living),
            None => Self::Interpreter(python),
        })
    }

    fn named(named: &str, current_dir: &Path) -> Result<Self, PipelineError> {
        let missing = || PipelineError::NoSuchPython(named.to_owned());
        let path = current_dir.join(named);
        if path.is_dir() {
            if let Some(living) = Living::open(&plain(&path)) {
                return Ok(Self::Environment(living));
            }
            let python = path.join("bin/python");
            return if python.is_file() {
                Ok(Self::Interpreter(python))
            } else {
                Err(missing())
            };
        }
        if !path.is_file() {
            return Err(missing());
        }
        let path = plain(&path);
        Ok(Living::of_interpreter(&path).map_or(Self::Interpreter(path), Self::Environment))
    }

    /// The pip that is there, if there is one.
    pub(super) fn own_pip(&self) -> Option<Pip> {
        let python = match self {
            Self::Environment(living) if own_pip(&living.folder) => living.python(),
            Self::Environment(_) => return None,
            Self::Interpreter(python) => python.clone(),
        };
        Some(Pip::module_of(python))
    }
}

/// Without `.` and `..`, as pip shows paths.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pip_stand_for_interpreters() {
        let python = |program: &str| Called::new(Path::new(program)).python;
        assert_eq!(python("pip").as_deref(), Some("python3"));
        assert_eq!(python("/x/bin/pip3").as_deref(), Some("python3"));
        assert_eq!(python("pip3.11").as_deref(), Some("python3.11"));
        for other in ["snapenv", "/pip/snapenv", "pipx", "pip-compile", ""] {
            assert_eq!(python(other), None, "{other}");
        }
    }
}
