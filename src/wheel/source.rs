//! An open wheel.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use pep440_rs::Version;

use crate::interpreter::Scheme;

use super::container::{Container, Member, ReadLimits};
use super::filename::normalize;
use super::headers::Headers;
use super::{Filename, InvalidMetadata, Metadata, Problem, WheelError};

/// The newest Wheel-Version that pip knows.
const KNOWN: [u64; 2] = [1, 0];

/// A wheel whose container was checked and whose metadata was read.
#[derive(Debug)]
pub struct Wheel {
    path: PathBuf,
    filename: Filename,
    container: Container,
    dist_info: String,
    root: Root,
    metadata: Metadata,
    warnings: Vec<String>,
}

/// What the root of the wheel is (Root-Is-Purelib).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    Purelib,
    Platlib,
}

impl Root {
    /// The folder that the root is installed to.
    pub(super) fn folder(self, scheme: &Scheme) -> &str {
        match self {
            Self::Purelib => &scheme.purelib,
            Self::Platlib => &scheme.platlib,
        }
    }
}

impl Wheel {
    /// Opens the wheel at `path`, whose file name tells project and version (PEP 427).
    ///
    /// # Errors
    /// Fails where the file cannot be read, is no zip archive that every reader sees alike, lacks WHEEL or METADATA, is of a newer
    /// format, or contradicts its file name.
    pub fn open(path: &Path) -> Result<Self, WheelError> {
        Self::read(path).map_err(|problem| problem.of(path))
    }

    fn read(path: &Path) -> Result<Self, Problem> {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let filename: Filename = name.parse()?;
        let file = fs::File::open(path).map_err(Problem::Open)?;
        let container = Container::open(file, ReadLimits::default())?;
        let dist_info = dist_info(container.members(), &filename)?;
        let read = |name: &str| {
            let member = format!("{dist_info}/{name}");
            container.read(&member)?.ok_or(Problem::Missing(member))
        };
        let wheel = String::from_utf8(read("WHEEL")?).map_err(|_| Problem::NotUtf8(format!("{dist_info}/WHEEL")))?;
        let wheel = Headers::parse(&wheel);
        let newer = check_version(&wheel)?;
        let root = match wheel.get("Root-Is-Purelib") {
            Some(value) if value.eq_ignore_ascii_case("true") => Root::Purelib,
            _ => Root::Platlib,
        };
        let metadata = Metadata::parse(&read("METADATA")?)?;
        let other_version = check_consistency(&filename, &metadata)?;
        Ok(Self {
            path: path.to_owned(),
            filename,
            container,
            dist_info,
            root,
            metadata,
            warnings: newer.into_iter().chain(other_version).collect(),
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The parts of its name.
    pub fn filename(&self) -> &Filename {
        &self.filename
    }

    /// What METADATA says.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The content of a member, where there is one; for files that are read in memory.
    ///
    /// # Errors
    /// Fails where it cannot be read.
    pub fn member(&self, name: &str) -> Result<Option<Vec<u8>>, WheelError> {
        let content = self.container.read(name).map_err(Problem::from);
        content.map_err(|problem| problem.of(&self.path))
    }

    /// METADATA, byte by byte.
    ///
    /// # Errors
    /// Fails where the file cannot be read any more.
    pub fn raw_metadata(&self) -> Result<Vec<u8>, WheelError> {
        let member = self.metadata_file("METADATA");
        let content = self.container.read(&member).map_err(Problem::from);
        let content = content.and_then(|content| content.ok_or(Problem::Missing(member)));
        content.map_err(|problem| problem.of(&self.path))
    }

    pub(super) fn container(&self) -> &Container {
        &self.container
    }

    pub(super) fn dist_info(&self) -> &str {
        &self.dist_info
    }

    pub(super) fn root(&self) -> Root {
        self.root
    }

    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The member for a file of `.dist-info`.
    pub(super) fn metadata_file(&self, name: &str) -> String {
        format!("{}/{name}", self.dist_info)
    }

    /// The text of a file of `.dist-info`, where there is one.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        let member = self.metadata_file(name);
        let content = self.container.read(&member)?;
        content
            .map(|content| String::from_utf8(content).map_err(|_| Problem::NotUtf8(member)))
            .transpose()
    }
}

/// The one top-level folder that ends in `.dist-info`; its name must begin with the project's.
pub(super) fn dist_info(members: &[Member], filename: &Filename) -> Result<String, Problem> {
    let tops = members.iter().filter_map(|member| member.name.split('/').next());
    let found: BTreeSet<&str> = tops.filter(|top| top.ends_with(".dist-info")).collect();
    let Some(folder) = found.first().filter(|_| found.len() == 1) else {
        return Err(Problem::DistInfo(found.into_iter().map(str::to_owned).collect()));
    };
    if !normalize(folder).starts_with(&filename.name) {
        return Err(Problem::DistInfoName {
            folder: (*folder).to_owned(),
            name: filename.name.clone(),
        });
    }
    Ok((*folder).to_owned())
}

/// Refuses a newer major version, warns of a newer minor one.
fn check_version(wheel: &Headers) -> Result<Option<String>, Problem> {
    let text = wheel.get("Wheel-Version").map(str::trim).ok_or(Problem::NoWheelVersion)?;
    let invalid = || Problem::InvalidWheelVersion(text.to_owned());
    let version: Vec<u64> = text
        .split('.')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| invalid())?;
    if version[0] > KNOWN[0] {
        return Err(Problem::WheelVersion(text.to_owned()));
    }
    let newer = version.as_slice() > KNOWN.as_slice();
    Ok(newer.then(|| format!("Wheel-Version {text} is newer than the format known here")))
}

/// pip insists on the project's name, but takes the version from METADATA where a wheel is given by path or URL. Of wheels from an
/// index it demands that both agree; who chose the candidate checks that.
fn check_consistency(filename: &Filename, metadata: &Metadata) -> Result<Option<String>, Problem> {
    if normalize(&metadata.name) != filename.name {
        return Err(Problem::Inconsistent {
            filename: filename.name.clone(),
            metadata: metadata.name.clone(),
        });
    }
    let version = Version::from_str(&metadata.version).map_err(|_| InvalidMetadata::Version(metadata.version.clone()))?;
    let differs = version != filename.version;
    Ok(differs.then(|| format!("the file name says version {}, METADATA {version}", filename.version)))
}
