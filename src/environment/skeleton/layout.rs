//! The folders, links and files.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Component, Path};

use super::activators::{ACTIVATORS, Values};
use super::{SkeletonError, config};
use crate::interpreter::Facts;

/// Keeps version control away, as venv (3.13 and later) and virtualenv do.
const GITIGNORE: &str = "# An environment is made, not versioned.\n*\n";

/// Keeps backups away, as virtualenv does (<https://bford.info/cachedir/>).
const CACHEDIR_TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder can be made again at any time.\n";

/// A virtual environment without distributions.
#[derive(Debug, Clone, Copy)]
pub struct Skeleton<'a> {
    /// The base interpreter.
    pub facts: &'a Facts,
    /// Where the environment will be; absolute.
    pub destination: &'a Path,
    /// The name shown in prompts (`--prompt`), `.` already resolved; the folder's name where it is not given.
    pub prompt: Option<&'a str>,
    /// Whether the base interpreter's distributions are importable.
    pub system_site_packages: SystemSite,
    /// Whether pip will be in it, for the record of the command that makes such an environment.
    pub seed: Seed,
}

/// Whether an environment sees the base interpreter's site-packages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SystemSite {
    /// It does not.
    #[default]
    Hidden,
    /// It does (`--system-site-packages`).
    Visible,
}

/// Whether an environment is seeded with pip.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Seed {
    /// With pip.
    #[default]
    Pip,
    /// Without (`--without-pip`).
    Without,
}

impl Skeleton<'_> {
    /// Writes the skeleton into `staging`, an existing empty folder, for its later life at the destination (PEP 405).
    ///
    /// # Errors
    /// A path cannot be used for an environment, or something cannot be written; then `staging` is incomplete.
    pub fn write(&self, staging: &Path) -> Result<(), SkeletonError> {
        let virtual_env = self.checked_destination()?;
        let config = config::text(self)?;
        let scheme = &self.facts.scheme;

        make_folder(&staging.join(&scheme.purelib))?;
        if self.facts.lib64 {
            // Before the folder of platform-specific modules, which some systems have under lib64.
            link(Path::new("lib"), &staging.join("lib64"))?;
        }
        for folder in [&scheme.platlib, &scheme.scripts, &self.include()] {
            make_folder(&staging.join(folder))?;
        }
        let bin = staging.join(&scheme.scripts);
        link(&self.facts.executable, &bin.join("python"))?;
        for name in self.aliases() {
            link(Path::new("python"), &bin.join(name))?;
        }
        self.write_activators(&bin, virtual_env)?;
        write(&staging.join(".gitignore"), GITIGNORE)?;
        write(&staging.join("CACHEDIR.TAG"), CACHEDIR_TAG)?;
        // Last: a folder with this file is an environment.
        write(&staging.join("pyvenv.cfg"), &config)
    }

    fn checked_destination(&self) -> Result<&str, SkeletonError> {
        let path = self.destination;
        if !path.is_absolute() {
            return Err(SkeletonError::Relative(path.to_owned()));
        }
        let text = path.to_str().ok_or_else(|| SkeletonError::NotUtf8(path.to_owned()))?;
        if text.contains(':') {
            return Err(SkeletonError::Colon(path.to_owned()));
        }
        Ok(text)
    }

    /// The folder of headers that venv makes: `include` up to Python 3.10, then `include/python3.11`, `include/python3.13t`.
    fn include(&self) -> String {
        let library = Path::new(&self.facts.scheme.purelib)
            .components()
            .filter_map(|component| match component {
                Component::Normal(name) => name.to_str(),
                _ => None,
            })
            .nth(1);
        match library {
            Some(name) if self.facts.version >= (3, 11, 0) => format!("include/{name}"),
            _ => "include".to_owned(),
        }
    }

    /// The names of the interpreter besides `python`: `python3`, `python3.11`, and the one that the base has.
    fn aliases(&self) -> Vec<String> {
        let mut names = vec!["python3".to_owned(), format!("python{}", self.facts.major_minor())];
        let own = self.facts.executable.file_name().and_then(|name| name.to_str());
        if let Some(own) = own.filter(|own| *own != "python" && names.iter().all(|name| name != own)) {
            names.push(own.to_owned());
        }
        names
    }

    fn write_activators(&self, bin: &Path, virtual_env: &str) -> Result<(), SkeletonError> {
        let scheme = &self.facts.scheme;
        let site_packages = if scheme.purelib == scheme.platlib {
            scheme.purelib.clone()
        } else {
            format!("{}|{}", scheme.purelib, scheme.platlib)
        };
        let folder_name = self.destination.file_name().and_then(|name| name.to_str());
        let values = Values {
            virtual_env,
            prompt: self.prompt.or(folder_name).unwrap_or_default(),
            site_packages: &site_packages,
        };
        for activator in ACTIVATORS {
            let text = activator.render(&values);
            for name in activator.names {
                let path = bin.join(name);
                match write_new(&path, &text) {
                    // Names that differ by case only are one file here.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists && *name != activator.names[0] => {}
                    other => other.map_err(cannot_write(&path))?,
                }
            }
        }
        Ok(())
    }
}

fn make_folder(path: &Path) -> Result<(), SkeletonError> {
    fs::create_dir_all(path).map_err(cannot_write(path))
}

fn write(path: &Path, text: &str) -> Result<(), SkeletonError> {
    write_new(path, text).map_err(cannot_write(path))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    fs::File::create_new(path)?.write_all(text.as_bytes())
}

fn link(target: &Path, path: &Path) -> Result<(), SkeletonError> {
    symlink(target, path).map_err(cannot_write(path))
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> SkeletonError {
    |source| SkeletonError::Write {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
