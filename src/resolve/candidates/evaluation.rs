//! Looking at one link after the other: is it a candidate?

use std::collections::HashMap;
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;

use super::archive_name::{is_archive, split_extension, split_python, version_of};
use super::uploads::UploadVerdict;
use super::{CandidatesError, Refusal, RequiresPython, Rules};
use crate::index::simple::Link;
use crate::requirements::{contains, parse_specifiers};
use crate::wheel::{Parts, spells};

/// Looks at the links of one project; what recurs from link to link is looked at once.
pub(super) struct Evaluation<'a> {
    project: &'a PackageName,
    rules: &'a Rules<'a>,
    python: Version,
    versions: HashMap<Box<str>, Option<usize>>,
    known: Vec<Version>,
    tags: HashMap<Box<str>, Option<usize>>,
    requires_python: HashMap<Arc<str>, Requires>,
}

/// A link that is a candidate.
pub(super) struct Evaluated {
    /// The number of its version.
    pub(super) version: usize,
    /// What is known of a wheel; nothing of an sdist.
    pub(super) wheel: Option<Wheel>,
}

/// What decides between wheels of one version.
pub(super) struct Wheel {
    /// The position of its best tag.
    pub(super) position: usize,
    /// Its build tag.
    pub(super) build: Option<(u64, Box<str>)>,
}

/// What `Requires-Python` says to the interpreter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Requires {
    Fits,
    Excludes,
    /// It is no specifier; pip passes over it.
    Invalid,
    /// Only pip can read it.
    Beyond,
}

/// Why a link is no candidate.
pub(super) enum Stop {
    Refused(Refusal),
    Failed(CandidatesError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<CandidatesError> for Stop {
    fn from(error: CandidatesError) -> Self {
        Self::Failed(error)
    }
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(project: &'a PackageName, rules: &'a Rules<'a>) -> Self {
        let (major, minor, micro) = rules.python;
        Self {
            project,
            rules,
            python: Version::new([u64::from(major), u64::from(minor), u64::from(micro)]),
            versions: HashMap::new(),
            known: Vec::new(),
            tags: HashMap::new(),
            requires_python: HashMap::new(),
        }
    }

    /// The versions by number, and what stood for `Requires-Python` without being a specifier.
    pub(super) fn finish(self) -> (Vec<Version>, Vec<Arc<str>>) {
        let invalid = self
            .requires_python
            .into_iter()
            .filter(|(_, requires)| *requires == Requires::Invalid);
        let mut invalid: Vec<_> = invalid.map(|(text, _)| text).collect();
        invalid.sort();
        (self.known, invalid)
    }

    /// Looks at a link, in pip's order of questions.
    pub(super) fn link(&mut self, link: &Link, place: &str) -> Result<Evaluated, Stop> {
        let (stem, extension) = split_extension(&link.filename);
        let mut wheel = None;
        if link.egg().is_none() {
            self.check_archive(link, extension)?;
            wheel = (extension == ".whl").then(|| self.own_wheel(link, place)).transpose()?;
        }
        self.check_upload(link, place)?;
        if extension != ".whl" && !self.rules.search.format.allows_sources(self.project.as_ref()) {
            return Err(Refusal::Sdist.into());
        }
        let text = match (&wheel, link.egg()) {
            (Some((_, parts)), _) => parts.version,
            (None, egg) => version_of(egg.unwrap_or(stem), self.project.as_ref()).ok_or(Refusal::NoVersion)?,
        };
        let (text, python) = split_python(text);
        if python.is_some_and(|python| python != format!("{}.{}", self.rules.python.0, self.rules.python.1)) {
            return Err(Refusal::PythonSuffix.into());
        }
        if self.excludes_python(link, place)? {
            // pip names wheels by the normal form of their version, sdists by what stands in their name.
            let normal = wheel
                .as_ref()
                .and_then(|_| self.version(text))
                .map(|number| self.known[number].to_string());
            let version = normal.unwrap_or_else(|| text.to_owned());
            return Err(Refusal::RequiresPython { version }.into());
        }
        let Some(version) = self.version(text) else {
            self.check_readable(text, link, place)?;
            return Err(Refusal::Version(text.to_owned()).into());
        };
        let wheel = match wheel {
            Some((wheel, _)) => Some(wheel),
            // pip sorts wheels by their names, whatever the fragment says.
            None if extension == ".whl" => match self.own_wheel(link, place) {
                Ok((wheel, _)) => Some(wheel),
                Err(_) => return Err(self.beyond(link, place).into()),
            },
            None => None,
        };
        Ok(Evaluated { version, wheel })
    }

    fn check_archive(&self, link: &Link, extension: &str) -> Result<(), Refusal> {
        if extension.is_empty() {
            return Err(Refusal::NotAFile);
        }
        if !is_archive(extension) {
            return Err(Refusal::Extension(extension.to_owned()));
        }
        if extension == ".whl" && !self.rules.search.format.allows_wheels(self.project.as_ref()) {
            return Err(Refusal::Wheel);
        }
        if extension == ".zip" && link.address_without_fragment().contains("macosx10") {
            return Err(Refusal::MacOs);
        }
        Ok(())
    }

    /// A wheel by its name: of this project, and for this interpreter.
    fn own_wheel<'l>(&mut self, link: &'l Link, place: &str) -> Result<(Wheel, Parts<'l>), Stop> {
        let parts = Parts::of(&link.filename).map_err(|_| Refusal::WheelName)?;
        if self.version(parts.version).is_none() {
            self.check_readable(parts.version, link, place)?;
            return Err(Refusal::WheelName.into());
        }
        let build = match parts.build {
            Some((digits, rest)) => Some((digits.parse().map_err(|_| self.beyond(link, place))?, rest.into())),
            None => None,
        };
        if !spells(parts.name, self.project.as_ref()) {
            return Err(Refusal::OtherProject.into());
        }
        let position = self.position(parts.tags, &link.filename).ok_or(Refusal::Tags)?;
        Ok((Wheel { position, build }, parts))
    }

    /// The position of the best of a wheel's tags, which end its name.
    fn position(&mut self, tags: [&str; 3], filename: &str) -> Option<usize> {
        let length = tags.iter().map(|set| set.len()).sum::<usize>() + "--.whl".len();
        let end = filename.get(filename.len().saturating_sub(length)..).unwrap_or(filename);
        if let Some(position) = self.tags.get(end) {
            return *position;
        }
        let position = self.rules.tags.position(tags);
        self.tags.insert(end.into(), position);
        position
    }

    fn check_upload(&self, link: &Link, place: &str) -> Result<(), Stop> {
        let Some(limit) = self.rules.uploaded_prior_to.filter(|_| !link.is_local()) else {
            return Ok(());
        };
        match link.uploaded {
            None => Err(CandidatesError::NoUploadTime { place: place.to_owned() }.into()),
            Some(time) => match limit.judge(time) {
                UploadVerdict::InTime => Ok(()),
                UploadVerdict::TooLate => Err(Refusal::Uploaded.into()),
                UploadVerdict::Unclear => Err(CandidatesError::LocalTime {
                    file: link.filename.to_string(),
                }
                .into()),
            },
        }
    }

    /// Whether the link is for other Pythons, and that counts.
    fn excludes_python(&mut self, link: &Link, place: &str) -> Result<bool, CandidatesError> {
        let respected = self.rules.requires_python == RequiresPython::Respected;
        let Some(text) = link.requires_python.as_ref().filter(|_| respected) else {
            return Ok(false);
        };
        let requires = if let Some(known) = self.requires_python.get(text) {
            *known
        } else {
            let requires = self.requires(text);
            self.requires_python.insert(Arc::clone(text), requires);
            requires
        };
        match requires {
            Requires::Beyond => Err(self.beyond(link, place)),
            Requires::Excludes => Ok(true),
            Requires::Fits | Requires::Invalid => Ok(false),
        }
    }

    fn requires(&self, text: &str) -> Requires {
        match parse_specifiers(text) {
            Ok(specifiers) if contains(&specifiers, &self.python) => Requires::Fits,
            Ok(_) => Requires::Excludes,
            Err(error) if error.is_unsupported() => Requires::Beyond,
            Err(_) => Requires::Invalid,
        }
    }

    /// The number of a version; none if it is no version.
    fn version(&mut self, text: &str) -> Option<usize> {
        if let Some(number) = self.versions.get(text) {
            return *number;
        }
        let number = text.parse().ok().map(|version| {
            self.known.push(version);
            self.known.len() - 1
        });
        self.versions.insert(text.into(), number);
        number
    }

    /// Numbers in versions have no limit for pip.
    fn check_readable(&self, version: &str, link: &Link, place: &str) -> Result<(), CandidatesError> {
        const MOST_DIGITS: usize = 19;
        let mut numbers = version.split(|c: char| !c.is_ascii_digit());
        if numbers.any(|digits| digits.len() > MOST_DIGITS) {
            return Err(self.beyond(link, place));
        }
        Ok(())
    }

    fn beyond(&self, link: &Link, place: &str) -> CandidatesError {
        CandidatesError::Beyond {
            project: self.project.clone(),
            place: place.to_owned(),
            file: link.filename.to_string(),
        }
    }
}
