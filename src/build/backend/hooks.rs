//! The hooks of a backend.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::child::{Child, Finished};
use super::error::BackendError;
use crate::build::source::BuildSystem;
use crate::report::Progress;

const SCRIPT: &str = include_str!("hook.py");

/// What `--config-settings` said: a key that was given several times has several values.
pub type ConfigSettings = BTreeMap<String, Vec<String>>;

/// Reads `key=value` texts; a key without a value has an empty one.
pub fn config_settings<'a>(texts: impl IntoIterator<Item = &'a String>) -> ConfigSettings {
    let mut settings = ConfigSettings::new();
    for text in texts {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        settings.entry(key.to_owned()).or_default().push(value.to_owned());
    }
    settings
}

/// What is made of a source tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Product {
    /// A wheel (PEP 517).
    Wheel,
    /// A wheel that leads to the source tree (PEP 660).
    Editable,
}

/// The three hooks that make a product.
struct Hooks {
    requires: &'static str,
    metadata: &'static str,
    build: &'static str,
}

impl Product {
    fn hooks(self) -> Hooks {
        match self {
            Self::Wheel => Hooks {
                requires: "get_requires_for_build_wheel",
                metadata: "prepare_metadata_for_build_wheel",
                build: "build_wheel",
            },
            Self::Editable => Hooks {
                requires: "get_requires_for_build_editable",
                metadata: "prepare_metadata_for_build_editable",
                build: "build_editable",
            },
        }
    }
}

/// What a backend needs besides what the project says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    /// Requirements (PEP 508).
    pub requirements: Vec<String>,
    /// Whether it can tell metadata without building.
    pub prepares: bool,
}

/// What the processes of a backend see of the caller's environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Isolation {
    /// No modules but those of the build environment.
    On {
        /// `PATH`: that of the caller behind the scripts of the build environment.
        path: OsString,
    },
    /// Everything, as it is (`--no-build-isolation`).
    Off,
}

/// A backend in its environment, for one source tree.
pub struct Backend<'a> {
    /// The interpreter of the build environment.
    pub python: &'a Path,
    /// What its processes see besides.
    pub isolation: &'a Isolation,
    /// The source tree.
    pub source: &'a Path,
    /// How it is built.
    pub system: &'a BuildSystem,
    /// What the user tells it.
    pub settings: &'a ConfigSettings,
    /// An existing folder for the conversation.
    pub control: &'a Path,
    /// How long one hook may take.
    pub limit: Option<Duration>,
    /// Who is told what it prints.
    pub progress: &'a dyn Progress,
}

#[derive(Serialize)]
struct Question<'a> {
    hook: &'static str,
    known: [&'static str; 4],
    backend: &'a str,
    backend_path: Vec<PathBuf>,
    arguments: Vec<Value>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    unavailable: Option<String>,
    #[serde(default)]
    hooks: Vec<String>,
    #[serde(default)]
    missing: bool,
    #[serde(default)]
    value: Value,
}

impl Backend<'_> {
    /// What it needs for this product: nothing if it does not say.
    ///
    /// # Errors
    /// When it cannot be imported, cannot make such a product, or the hook fails.
    pub fn required(&self, product: Product) -> Result<Required, BackendError> {
        let hooks = product.hooks();
        let (answer, log) = self.ask(hooks.requires, vec![self.told()])?;
        if product == Product::Editable && !answer.hooks.iter().any(|hook| hook == hooks.build) {
            return Err(BackendError::Missing {
                backend: self.system.backend.clone(),
                hook: hooks.build,
            });
        }
        let requirements = match answer.value {
            Value::Null => Vec::new(),
            value => serde_json::from_value(value)
                .map_err(|_| self.wrong(hooks.requires, "answered no list of strings".to_owned(), log))?,
        };
        Ok(Required {
            requirements,
            prepares: answer.hooks.iter().any(|hook| hook == hooks.metadata),
        })
    }

    /// Prepares metadata in the existing folder `into`, and answers with the `.dist-info` folder; none where there is no such hook.
    ///
    /// # Errors
    /// When the hook fails, or names no folder in `into`.
    pub fn metadata(&self, product: Product, into: &Path) -> Result<Option<PathBuf>, BackendError> {
        let hook = product.hooks().metadata;
        let (answer, log) = self.ask(hook, vec![json!(into), self.told()])?;
        if answer.missing {
            return Ok(None);
        }
        let path = self.named(hook, &answer.value, into, log)?;
        Ok(Some(path))
    }

    /// Builds into the existing folder `into`; `metadata` is what was prepared.
    ///
    /// # Errors
    /// When the hook is missing or fails, or names no wheel in `into`.
    pub fn build(&self, product: Product, into: &Path, metadata: Option<&Path>) -> Result<PathBuf, BackendError> {
        let hook = product.hooks().build;
        let (answer, log) = self.ask(hook, vec![json!(into), self.told(), json!(metadata)])?;
        if answer.missing {
            return Err(BackendError::Missing {
                backend: self.system.backend.clone(),
                hook,
            });
        }
        let wheel = self.named(hook, &answer.value, into, log.clone())?;
        if wheel.is_file() && wheel.extension().is_some_and(|extension| extension == "whl") {
            return Ok(wheel);
        }
        Err(self.wrong(
            hook,
            format!("answered {}, which is no wheel in the folder for it", answer.value),
            log,
        ))
    }

    /// Config settings as hooks get them: none at all rather than an empty table.
    fn told(&self) -> Value {
        if self.settings.is_empty() {
            return Value::Null;
        }
        let value = |values: &Vec<String>| match values.as_slice() {
            [only] => json!(only),
            several => json!(several),
        };
        self.settings
            .iter()
            .map(|(key, values)| (key.clone(), value(values)))
            .collect()
    }

    fn named(&self, hook: &'static str, value: &Value, into: &Path, log: String) -> Result<PathBuf, BackendError> {
        // A name alone: anything else could be somebody else's file.
        let plain = |name: &&str| !name.is_empty() && !name.contains('/') && *name != "." && *name != "..";
        let path = value.as_str().filter(plain).map(|name| into.join(name));
        match path {
            Some(path) if path.exists() => Ok(path),
            _ => Err(self.wrong(hook, format!("answered {value}, which is nothing in the folder for it"), log)),
        }
    }

    fn wrong(&self, hook: &'static str, reason: String, log: String) -> BackendError {
        BackendError::Answer {
            backend: self.system.backend.clone(),
            hook,
            reason,
            log,
        }
    }

    fn ask(&self, hook: &'static str, arguments: Vec<Value>) -> Result<(Answer, String), BackendError> {
        let question = Question {
            hook,
            known: [
                "build_wheel",
                "build_editable",
                "prepare_metadata_for_build_wheel",
                "prepare_metadata_for_build_editable",
            ],
            backend: &self.system.backend,
            backend_path: self
                .system
                .backend_path
                .iter()
                .map(|folder| self.source.join(folder))
                .collect(),
            arguments,
        };
        let script = self.control.join("hook.py");
        let reply = self.control.join("answer.json");
        write(&script, SCRIPT.as_bytes())?;
        write(&self.control.join("question.json"), json!(question).to_string().as_bytes())?;
        // That of an earlier hook is none to this question.
        let _ = fs::remove_file(&reply);
        let Finished { code, log } = self.run(&script)?;
        let backend = || self.system.backend.clone();
        let code = match (code, self.limit) {
            (Some(code), _) => code,
            (None, limit) => {
                return Err(BackendError::TimedOut {
                    backend: backend(),
                    hook,
                    limit: limit.unwrap_or_default(),
                    log,
                });
            }
        };
        let failed = |log| BackendError::Failed {
            backend: backend(),
            hook,
            code,
            log,
        };
        if code != 0 {
            return Err(failed(log));
        }
        // A hook that ended its process by exit(0) has answered nothing.
        let Ok(text) = fs::read(&reply) else {
            return Err(failed(log));
        };
        let answer: Answer = match serde_json::from_slice(&text) {
            Ok(answer) => answer,
            Err(error) => return Err(self.wrong(hook, format!("answered no JSON: {error}"), log)),
        };
        match answer.unavailable {
            Some(reason) => Err(BackendError::Unavailable {
                backend: backend(),
                reason,
                log,
            }),
            None => Ok((answer, log)),
        }
    }

    fn run(&self, script: &Path) -> Result<Finished, BackendError> {
        let mut command = Command::new(self.python);
        command.arg(script).arg(self.control).current_dir(self.source);
        if let Isolation::On { path } = self.isolation {
            command
                .env("PATH", path)
                .env("PYTHONNOUSERSITE", "1")
                .env_remove("PYTHONPATH")
                .env_remove("PYTHONHOME")
                .env_remove("__PYVENV_LAUNCHER__");
        }
        let child = Child {
            command,
            limit: self.limit,
            progress: self.progress,
        };
        child.run().map_err(|source| BackendError::Start {
            python: self.python.to_owned(),
            source,
        })
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), BackendError> {
    fs::write(path, content).map_err(|source| BackendError::Io {
        action: "write",
        path: path.to_owned(),
        source,
    })
}
