//! `[build-system]` of `pyproject.toml` (PEP 517, PEP 518).

use std::fs;
use std::path::{Component, Path};

use toml::{Table, Value};

use super::error::SourceError;
use crate::requirements::parse_dependency;

/// What stands for a build backend where none is named.
const LEGACY_BACKEND: &str = "setuptools.build_meta:__legacy__";
const LEGACY_REQUIREMENT: &str = "setuptools>=40.8.0";

/// How a source tree is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildSystem {
    /// Requirements of the build, as written.
    pub requires: Vec<String>,
    /// The backend: `module:object`.
    pub backend: String,
    /// Folders within the tree that the backend is imported from.
    pub backend_path: Vec<String>,
    /// Whether `pyproject.toml` says so, or nobody does.
    pub declared: Declared,
}

/// How much of a [`BuildSystem`] was written by the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// All.
    Backend,
    /// Requirements only: they ought to have setuptools among them.
    Requirements,
    /// Nothing: a project with a `setup.py`.
    Nothing,
}

impl BuildSystem {
    /// Reads what the project in `folder` says; `project` is its name for errors.
    ///
    /// # Errors
    /// When there is no project, or `build-system` is not as the specification has it.
    pub fn of(folder: &Path, project: &str) -> Result<Self, SourceError> {
        let path = folder.join("pyproject.toml");
        let text = if path.is_file() {
            let bytes = fs::read(&path).map_err(|source| SourceError::Io {
                action: "read",
                path: path.clone(),
                source,
            })?;
            Some(String::from_utf8(bytes).map_err(|_| invalid(project, "it is not UTF-8"))?)
        } else if folder.join("setup.py").is_file() {
            None
        } else {
            return Err(SourceError::NoProject {
                project: project.to_owned(),
            });
        };
        Self::parse(text.as_deref().unwrap_or_default(), project)
    }

    fn parse(text: &str, project: &str) -> Result<Self, SourceError> {
        let file: Table = toml::from_str(text).map_err(|error| invalid(project, error.to_string().trim_end()))?;
        let table = match file.get("build-system") {
            None => {
                return Ok(Self {
                    requires: vec![LEGACY_REQUIREMENT.to_owned()],
                    backend: LEGACY_BACKEND.to_owned(),
                    backend_path: Vec::new(),
                    declared: Declared::Nothing,
                });
            }
            Some(Value::Table(table)) => table,
            Some(_) => return Err(invalid(project, "`build-system` is not a table")),
        };
        let Some(requires) = table.get("requires") else {
            return Err(invalid(
                project,
                "it has a build-system table but not `build-system.requires`, which is mandatory",
            ));
        };
        let requires = strings(requires).ok_or_else(|| invalid(project, "`build-system.requires` is not a list of strings"))?;
        for requirement in &requires {
            if parse_dependency(requirement).is_err() {
                let reason = format!("`build-system.requires` contains an invalid requirement: '{requirement}'");
                return Err(invalid(project, &reason));
            }
        }
        let backend = match table.get("build-backend") {
            None => None,
            Some(Value::String(backend)) => Some(backend.clone()),
            Some(_) => return Err(invalid(project, "`build-system.build-backend` is not a string")),
        };
        let declared = match &backend {
            Some(_) => Declared::Backend,
            None => Declared::Requirements,
        };
        Ok(Self {
            requires,
            backend: backend.unwrap_or_else(|| LEGACY_BACKEND.to_owned()),
            backend_path: backend_path(table.get("backend-path"), project)?,
            declared,
        })
    }
}

fn backend_path(value: Option<&Value>, project: &str) -> Result<Vec<String>, SourceError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let folders = strings(value).ok_or_else(|| invalid(project, "`build-system.backend-path` is not a list of strings"))?;
    for folder in &folders {
        let mut depth = 0_i32;
        for part in Path::new(folder).components() {
            depth += match part {
                Component::Normal(_) => 1,
                Component::CurDir => 0,
                Component::ParentDir => -1,
                Component::RootDir | Component::Prefix(_) => i32::MIN,
            };
            if depth < 0 {
                let reason = format!("`build-system.backend-path` leads out of the project: '{folder}'");
                return Err(invalid(project, &reason));
            }
        }
    }
    Ok(folders)
}

fn strings(value: &Value) -> Option<Vec<String>> {
    let list = value.as_array()?;
    list.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

fn invalid(project: &str, reason: &str) -> SourceError {
    SourceError::Invalid {
        project: project.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_setuptools() {
        let system = BuildSystem::parse("[project]\nname = 'x'\n", "x").unwrap();
        assert_eq!(
            (system.backend.as_str(), system.declared),
            (LEGACY_BACKEND, Declared::Nothing)
        );
        assert_eq!(system.requires, [LEGACY_REQUIREMENT]);
        let system = BuildSystem::parse("[build-system]\nrequires = []\n", "x").unwrap();
        assert_eq!(
            (system.backend.as_str(), system.declared),
            (LEGACY_BACKEND, Declared::Requirements)
        );
        assert!(system.requires.is_empty());
    }

    #[test]
    fn what_is_said_holds() {
        let text = "[build-system]\nrequires = ['flit_core >=3,<4', 'a; python_version<\"3\"']\nbuild-backend = 'flit_core.buildapi'\nbackend-path = ['.', 'a/../b']\n";
        let system = BuildSystem::parse(text, "x").unwrap();
        assert_eq!(system.requires.len(), 2);
        assert_eq!(system.backend_path, [".", "a/../b"]);
        assert_eq!(system.declared, Declared::Backend);
    }

    #[test]
    fn invalid_tables_are_refused_with_the_reason() {
        for (text, reason) in [
            ("[build-system\n", "TOML parse error"),
            ("build-system = 3\n", "not a table"),
            ("[build-system]\nbuild-backend = 'x'\n", "which is mandatory"),
            ("[build-system]\nrequires = 'x'\n", "not a list of strings"),
            ("[build-system]\nrequires = ['x', 3]\n", "not a list of strings"),
            ("[build-system]\nrequires = ['x y']\n", "invalid requirement: 'x y'"),
            ("[build-system]\nrequires = []\nbuild-backend = 3\n", "not a string"),
            (
                "[build-system]\nrequires = []\nbackend-path = ['../x']\n",
                "out of the project: '../x'",
            ),
            (
                "[build-system]\nrequires = []\nbackend-path = ['/x']\n",
                "out of the project: '/x'",
            ),
            (
                "[build-system]\nrequires = []\nbackend-path = ['a/../../x']\n",
                "out of the project",
            ),
        ] {
            let error = BuildSystem::parse(text, "demo 1.0").unwrap_err().to_string();
            assert!(
                error.starts_with("demo 1.0 has an invalid pyproject.toml") && error.contains(reason),
                "{error}"
            );
        }
    }

    #[test]
    fn a_folder_without_a_project_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let error = BuildSystem::of(folder.path(), "x").unwrap_err();
        assert!(matches!(error, SourceError::NoProject { .. }));
        fs::write(folder.path().join("setup.py"), "").unwrap();
        assert_eq!(BuildSystem::of(folder.path(), "x").unwrap().declared, Declared::Nothing);
        fs::write(folder.path().join("pyproject.toml"), b"\xff").unwrap();
        assert!(matches!(
            BuildSystem::of(folder.path(), "x"),
            Err(SourceError::Invalid { .. })
        ));
    }

    proptest::proptest! {
        /// No panic, and no folder of the backend outside of the project.
        #[test]
        fn any_pyproject_is_read_or_refused(pieces in proptest::collection::vec(proptest::sample::select(vec![
            "[build-system]\n", "requires", "build-backend", "backend-path", " = ", "[", "]", "'a'", "'../x'", "'/x'", "'a/../b'", "\n", "\\", "\"\"\"",
            ",", "{", "}", "1", "é", "[project]\n", "[[build-system]]\n", "a.b",
        ]), 0..14)) {
            if let Ok(system) = BuildSystem::parse(&pieces.concat(), "x") {
                let out = |folder: &String| folder.starts_with('/') || folder.starts_with("..");
                proptest::prop_assert!(!system.backend_path.iter().any(out), "{:?}", system.backend_path);
            }
        }
    }
}
