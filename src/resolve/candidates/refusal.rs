//! Files that are no candidates.

use std::collections::BTreeSet;
use std::fmt;

use pep508_rs::PackageName;

use crate::index::simple::Link;
use crate::requirements::spelled_specifiers;
use crate::wheel::Parts;

/// A file that is no candidate, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused<'a> {
    /// The project that it was looked at for.
    pub project: &'a PackageName,
    /// The place that offers it, without credentials.
    pub place: &'a str,
    /// The file.
    pub link: &'a Link,
    /// Why not.
    pub refusal: &'a Refusal,
}

/// Why a file is no candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Its name has no extension.
    NotAFile,
    /// Its extension is none that pip can unpack.
    Extension(String),
    /// It is a wheel, and `--no-binary` excludes them.
    Wheel,
    /// It is an sdist, and `--only-binary` excludes them.
    Sdist,
    /// It is one of the archives for one system that distutils made.
    MacOs,
    /// Its name is no wheel's.
    WheelName,
    /// It is a wheel of another project.
    OtherProject,
    /// None of its tags is supported.
    Tags,
    /// It was uploaded at or after `--uploaded-prior-to`.
    Uploaded,
    /// Its name does not begin with the project's, or ends there.
    NoVersion,
    /// Its name ends with another Python version.
    PythonSuffix,
    /// The version in its name is none.
    Version(String),
    /// It is for other Pythons.
    RequiresPython {
        /// Its version, as its name has it.
        version: String,
    },
}

impl Refused<'_> {
    /// What pip adds to "Ignored the following versions that require a different python version"; nothing if that is not why.
    pub fn requires_python(&self) -> Option<String> {
        let Refusal::RequiresPython { version } = self.refusal else {
            return None;
        };
        let text = self.link.requires_python.as_deref().unwrap_or_default();
        let mut specifiers: Vec<String> = spelled_specifiers(text).collect();
        // pip's order: by whatever stands between dots and is a number.
        specifiers.sort_by_cached_key(|specifier| {
            let numbers = specifier.split('.').filter_map(|part| part.parse::<u64>().ok());
            numbers.collect::<Vec<_>>()
        });
        Some(format!("{version} Requires-Python {}", specifiers.join(",")))
    }
}

/// pip's words for its `Skipping link:` line.
impl fmt::Display for Refused<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let project = &self.project;
        match self.refusal {
            Refusal::NotAFile => formatter.write_str("not a file"),
            Refusal::Extension(extension) => write!(formatter, "unsupported archive format: {extension}"),
            Refusal::Wheel => write!(formatter, "No binaries permitted for {project}"),
            Refusal::Sdist => write!(formatter, "No sources permitted for {project}"),
            Refusal::MacOs => formatter.write_str("macosx10 one"),
            Refusal::WheelName => formatter.write_str("invalid wheel filename"),
            Refusal::OtherProject => write!(formatter, "wrong project name (not {project})"),
            Refusal::Tags => write!(
                formatter,
                "none of the wheel's tags ({}) are compatible (run pip debug --verbose to show compatible tags)",
                tags(&self.link.filename)
            ),
            Refusal::Uploaded => formatter.write_str("Upload time is not prior to --uploaded-prior-to"),
            Refusal::NoVersion => write!(formatter, "Missing project version for {project}"),
            Refusal::PythonSuffix => formatter.write_str("Python version is incorrect"),
            Refusal::Version(text) => write!(formatter, "invalid version: {text}"),
            Refusal::RequiresPython { .. } => formatter.write_str(&self.requires_python().unwrap_or_default()),
        }
    }
}

/// The tags of a wheel's name, in a few cases each by itself; nobody reads long lists.
fn tags(filename: &str) -> String {
    const MANY: usize = 100;
    let Ok(Parts { tags, .. }) = Parts::of(filename) else {
        return String::new();
    };
    let sets = tags.map(str::to_lowercase);
    let [pythons, abis, platforms] = sets.each_ref().map(|set| set.split('.').collect::<BTreeSet<_>>());
    if pythons.len() * abis.len() * platforms.len() > MANY {
        return sets.join("-");
    }
    let pairs = pythons.iter().flat_map(|python| abis.iter().map(move |abi| (python, abi)));
    let all = pairs.flat_map(|(python, abi)| platforms.iter().map(move |platform| format!("{python}-{abi}-{platform}")));
    all.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}
