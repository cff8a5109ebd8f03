//! What an environment keeps: the last lines of its `pyvenv.cfg`.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::environment::generate::RECORD;
use crate::environment::installed::installed_in;
use crate::fs::{Cleanup, Context, FsError};
use crate::key::{ManifestDigest, SnapshotKey};

/// The format of the lines.
const FORMAT: u32 = 1;
/// Where a changed configuration is written before it takes the place of the other.
const TEMPORARY: &str = ".snapenv-proof.new";
/// What all of the lines begin with.
const OURS: &str = "snapenv-";
/// Who made the environment.
const MAKER: &str = "snapenv";

/// What an environment was assembled from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// The path that its scripts and activators were written for.
    pub path: String,
    /// The prompt's name, where one was given.
    pub prompt: Option<String>,
    /// The snapshots whose files are in it, in the order in which they got there.
    pub snapshots: Vec<Sealed>,
    /// Distributions that are in no snapshot.
    pub recorded: Vec<Recorded>,
}

/// A snapshot, and what its manifest has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Its key.
    pub key: SnapshotKey,
    /// The digest of its manifest, where it was known.
    pub manifest: Option<ManifestDigest>,
}

/// A distribution that only its RECORD describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// BLAKE3 of its RECORD, in hexadecimal.
    pub digest: String,
    /// Its `.dist-info`, relative to the environment.
    pub dist_info: String,
}

/// What was found in an environment that snapenv made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// A proof, in a file that is as it was written.
    Intact(Proof),
    /// A proof, in a file that was edited since.
    Edited(Proof),
    /// None: pip made it on snapenv's behalf, or an older snapenv did.
    Nothing,
}

/// Nothing can be verified.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// There is no environment.
    #[error("{} is no virtual environment (it has no pyvenv.cfg)", .0.display())]
    NoEnvironment(PathBuf),
    /// Another program made it.
    #[error("{} was not made by snapenv", .0.display())]
    Foreign(PathBuf),
    /// A newer version made it.
    #[error("the proof in {} has format {format}; this version reads {FORMAT}", path.display())]
    Newer {
        /// The environment.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// Its configuration cannot be read.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl ProofError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoEnvironment(_) => Some("name the folder of an environment, such as .venv".to_owned()),
            Self::Foreign(_) => Some("make it again with snapenv venv: others keep no proof of what they install".to_owned()),
            Self::Newer { .. } => Some("use the snapenv that made it, or a newer one".to_owned()),
            Self::Fs(error) => error.hint(),
        }
    }
}

impl Proof {
    /// Appends the proof to the configuration of an environment that nobody sees yet. One that a distribution has brought instead stays as
    /// it is: it may be a link into the store.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn seal(&self, environment: &Path) -> Result<(), FsError> {
        let path = place(environment);
        let metadata = fs::symlink_metadata(&path).context("read", &path)?;
        if !metadata.is_file() || metadata.nlink() > 1 {
            return Ok(());
        }
        let text = fs::read_to_string(&path).context("read", &path)?;
        if values(&text, MAKER).next().is_none() {
            return Ok(());
        }
        let lines = self.lines(&text, true);
        let opened = OpenOptions::new().append(true).open(&path);
        opened
            .and_then(|mut file| file.write_all(lines.as_bytes()))
            .context("write", &path)
    }

    /// Changes the proof of a living environment, if it has one. An edit of the file stays one that is noticed.
    ///
    /// # Errors
    /// When it cannot be read or written; it is as it was then.
    pub fn amend(environment: &Path, change: impl FnOnce(&mut Self)) -> Result<(), ProofError> {
        let (mut proof, intact) = match Self::read(environment) {
            Ok(Kept::Intact(proof)) => (proof, true),
            Ok(Kept::Edited(proof)) => (proof, false),
            Ok(Kept::Nothing) | Err(ProofError::Foreign(_) | ProofError::Newer { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        change(&mut proof);
        let path = place(environment);
        let text = fs::read_to_string(&path).context("read", &path)?;
        let others = text.split_inclusive('\n').filter(|line| !line.starts_with(OURS));
        let mut text: String = others.collect();
        let lines = proof.lines(&text, intact);
        text.push_str(&lines);
        // Pythons that start meanwhile see the old file or the new one. It has one name: whoever is killed leaves it to the next run.
        let temporary = environment.join(TEMPORARY);
        let _writing = Cleanup::remove(&temporary);
        let written = fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        Ok(written.context("write", &path)?)
    }

    /// Removes what a killed process has begun to write. The caller holds the environment's lock.
    pub fn clear(environment: &Path) {
        let _ = fs::remove_file(environment.join(TEMPORARY));
    }

    /// Of how many snapshots the proof of an environment tells, if it has one.
    pub fn snapshots_in(environment: &Path) -> Option<usize> {
        match Self::read(environment) {
            Ok(Kept::Intact(proof) | Kept::Edited(proof)) => Some(proof.snapshots.len()),
            Ok(Kept::Nothing) | Err(_) => None,
        }
    }

    /// What an environment keeps.
    ///
    /// # Errors
    /// When it is none that can be verified.
    pub fn read(environment: &Path) -> Result<Kept, ProofError> {
        let path = place(environment);
        let text = match fs::read_to_string(&path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(ProofError::NoEnvironment(environment.to_owned()));
            }
            text => text.context("read", &path)?,
        };
        let value = |name: &'static str| values(&text, name).next();
        if value(MAKER).is_none() {
            return Err(ProofError::Foreign(environment.to_owned()));
        }
        let Some(format) = value("snapenv-proof") else {
            return Ok(Kept::Nothing);
        };
        if let Some(format) = format.parse().ok().filter(|format| *format > FORMAT) {
            let path = environment.to_owned();
            return Err(ProofError::Newer { path, format });
        }
        let texts = |name: &'static str| value(name).and_then(|value| serde_json::from_str::<String>(value).ok());
        let snapshots: Vec<Option<Sealed>> = values(&text, "snapenv-snapshot").map(|value| value.parse().ok()).collect();
        let recorded: Vec<Option<Recorded>> = values(&text, "snapenv-recorded").map(|value| value.parse().ok()).collect();
        let legible = snapshots.iter().all(Option::is_some) && recorded.iter().all(Option::is_some);
        let proof = Self {
            path: texts("snapenv-path").unwrap_or_else(|| environment.to_string_lossy().into_owned()),
            prompt: texts("snapenv-prompt"),
            snapshots: snapshots.into_iter().flatten().collect(),
            recorded: recorded.into_iter().flatten().collect(),
        };
        Ok(if legible && is_intact(&text) {
            Kept::Intact(proof)
        } else {
            Kept::Edited(proof)
        })
    }

    /// The lines that stand behind `text`.
    fn lines(&self, text: &str, intact: bool) -> String {
        let mut lines = format!("{OURS}proof = {FORMAT}\n{OURS}path = {}\n", literal(&self.path));
        // Writing into a `String` cannot fail.
        if let Some(prompt) = &self.prompt {
            let _ = writeln!(lines, "{OURS}prompt = {}", literal(prompt));
        }
        for Sealed { key, manifest } in &self.snapshots {
            let manifest = manifest.map(|manifest| format!(" {manifest}")).unwrap_or_default();
            let _ = writeln!(lines, "{OURS}snapshot = {key}{manifest}");
        }
        for Recorded { digest, dist_info } in &self.recorded {
            let _ = writeln!(lines, "{OURS}recorded = {digest} {dist_info}");
        }
        if intact {
            let mut hasher = blake3::Hasher::new();
            hasher.update(text.as_bytes()).update(lines.as_bytes());
            let _ = writeln!(lines, "{OURS}check = {}", hasher.finalize().to_hex());
        }
        lines
    }
}

impl FromStr for Sealed {
    type Err = crate::key::InvalidKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, manifest) = text.split_once(' ').map_or((text, None), |(key, rest)| (key, Some(rest)));
        Ok(Self {
            key: key.parse()?,
            manifest: manifest.map(str::parse).transpose()?,
        })
    }
}

impl FromStr for Recorded {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digest, dist_info) = text.split_once(' ').ok_or(())?;
        Ok(Self {
            digest: digest.to_owned(),
            dist_info: dist_info.to_owned(),
        })
    }
}

/// The distributions of these projects in a library folder of an environment, as only their RECORDs describe them.
pub fn recorded_in(environment: &Path, library: &str, names: &[&str]) -> Vec<Recorded> {
    let found = installed_in(&environment.join(library)).into_iter();
    let found = found.filter(|one| names.contains(&one.name.as_str()));
    found
        .filter_map(|one| {
            let record = fs::read(one.path.join(RECORD)).ok()?;
            Some(Recorded {
                digest: blake3::hash(&record).to_hex().to_string(),
                dist_info: one.path.strip_prefix(environment).ok()?.to_str()?.to_owned(),
            })
        })
        .collect()
}

/// The interpreter that the links of an environment lead to, by its configuration.
pub fn base_executable(environment: &Path) -> Option<PathBuf> {
    configured(environment, "base-executable").map(PathBuf::from)
}

/// A value of an environment's configuration.
pub fn configured(environment: &Path, name: &'static str) -> Option<String> {
    let text = fs::read_to_string(place(environment)).ok()?;
    values(&text, name).next().map(str::to_owned)
}

fn place(environment: &Path) -> PathBuf {
    environment.join("pyvenv.cfg")
}

/// The values of a name, as Python reads them.
fn values<'t>(text: &'t str, name: &'static str) -> impl Iterator<Item = &'t str> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .filter(move |(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim())
}

/// Whether the last line is the digest of all others.
fn is_intact(text: &str) -> bool {
    let start = text.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
    let (above, last) = text.split_at(start);
    let check = last.strip_prefix(OURS).and_then(|rest| rest.strip_prefix("check = "));
    check.is_some_and(|check| check.strip_suffix('\n') == Some(blake3::hash(above.as_bytes()).to_hex().as_str()))
}

/// A JSON string in ASCII: some readers of this file take more for the end of a line than Python does.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    for character in serde_json::Value::from(text).to_string().chars() {
        if character.is_ascii() {
            literal.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(literal, "\\u{unit:04x}");
            }
        }
    }
    literal
}
