//! Where the files of a wheel go, by pip's rules.

use std::collections::{HashMap, HashSet};

use super::container::{Container, Kind, Member};
use super::entry_points::EntryPoints;
use super::paths::{is_below, join, normalize, relative, split};
use super::reconcile::Installed;
use super::staging::{self, Opening};
use super::{Deflated, Destination, Laid, Problem, Script, Wheel, WheelError, oddities, record};

/// A member and the place that it is installed to.
pub(super) struct Placement<'w> {
    pub(super) member: &'w Member,
    /// Relative to the environment.
    pub(super) path: String,
    /// Relative to the library folder.
    pub(super) record: String,
    pub(super) origin: Origin,
}

/// The part of the wheel that a file is from. pip installs them in this order, and a later file replaces an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// The root, which is purelib or platlib.
    Root,
    /// A `.data` folder.
    Data,
    /// The scripts of a `.data` folder, which may be rewritten.
    Scripts,
}

impl Origin {
    fn of(name: &str) -> Self {
        let mut parts = name.splitn(3, '/');
        let in_data = parts.next().and_then(|first| first.rsplit_once('.'));
        if !matches!(in_data, Some((_, "data"))) {
            Self::Root
        } else if parts.next() == Some("scripts") && parts.next().is_some() {
            Self::Scripts
        } else {
            Self::Data
        }
    }
}

impl Wheel {
    /// Writes the files of the wheel below the staging folder of `destination`, and tells what belongs to them, and which of them the
    /// wheel has deflated.
    ///
    /// # Errors
    /// Fails where pip would (files that leave their folder, unknown `.data` folders, entry points without callable, a damaged
    /// archive), and where a file cannot be written. What was written until then stays in the staging folder.
    pub fn lay_out(&self, destination: &Destination<'_>) -> Result<(Laid, Deflated<'_>), WheelError> {
        self.lay(destination).map_err(|problem| problem.of(self.path()))
    }

    fn lay(&self, destination: &Destination<'_>) -> Result<(Laid, Deflated<'_>), Problem> {
        let library = self.root().folder(&destination.facts.scheme);
        let entry_points = match self.text("entry_points.txt")? {
            Some(text) => EntryPoints::parse(&text)?,
            None => EntryPoints::default(),
        };
        let rows = record::read(
            &self
                .text("RECORD")?
                .ok_or_else(|| Problem::Missing(self.metadata_file("RECORD")))?,
        );
        let generated = entry_points.scripts(destination.facts)?;
        self.container().check_size(&destination.limits)?;
        let placements = place(self.container(), destination, library, &entry_points)?;
        oddities::refuse(&placements, destination.facts)?;

        let dist_info = join(library, self.dist_info());
        let anew = ["RECORD", "INSTALLER"].map(|name| join(&dist_info, name));
        let replaced: HashSet<&str> = anew
            .iter()
            .map(String::as_str)
            .chain(generated.iter().map(|script| script.path.as_str()))
            .collect();
        let last: HashMap<&str, &Placement<'_>> = placements.iter().map(|placed| (placed.path.as_str(), placed)).collect();
        let mut winners: Vec<&Placement<'_>> = last
            .into_values()
            .filter(|placed| !replaced.contains(placed.path.as_str()))
            .collect();
        winners.sort_unstable_by(|a, b| a.path.cmp(&b.path));

        let written = staging::write(self.container(), &winners, destination.staging)?;
        self.verify_others(&winners)?;
        let files = winners
            .iter()
            .zip(&written)
            .map(|(placed, written)| (placed.member.name.as_str(), &written.file));
        let rewritten = winners
            .iter()
            .zip(&written)
            .filter(|(placed, written)| placed.origin == Origin::Scripts && written.opening == Opening::Placeholder);
        let reconciled = Installed {
            container: self.container(),
            library,
            placements: &placements,
            files: files.collect(),
            rewritten: rewritten.map(|(placed, _)| placed.path.as_str()).collect(),
        }
        .reconcile(rows)?;

        let odd = oddities::warnings(&placements, &generated, destination.facts);
        let deflated = Deflated::new(
            self.container(),
            winners.iter().map(|placed| (placed.path.clone(), placed.member)),
        );
        let metadata = self.metadata().clone();
        let laid = Laid {
            name: metadata.name.clone(),
            version: metadata.version.clone(),
            dist_info,
            library: library.to_owned(),
            files: written.into_iter().map(|written| written.file).collect(),
            scripts: reconciled
                .scripts
                .into_iter()
                .map(Script::Wheel)
                .chain(generated.into_iter().map(Script::EntryPoint))
                .collect(),
            rows: reconciled.rows,
            metadata,
            warnings: [self.warnings(), &odd, &reconciled.warnings].concat(),
        };
        Ok((laid, deflated))
    }

    /// Damage is damage also in files that others replace.
    fn verify_others(&self, written: &[&Placement<'_>]) -> Result<(), Problem> {
        let written: HashSet<&str> = written.iter().map(|placed| placed.member.name.as_str()).collect();
        let mut others = self
            .container()
            .members()
            .iter()
            .filter(|member| !written.contains(member.name.as_str()));
        Ok(others.try_for_each(|member| self.container().verify(member))?)
    }
}

/// The places of all files, in the order in which pip installs them.
fn place<'w>(
    container: &'w Container,
    destination: &Destination<'_>,
    library: &str,
    entry_points: &EntryPoints,
) -> Result<Vec<Placement<'w>>, Problem> {
    let mut placements = Vec::with_capacity(container.members().len());
    for member in container.members().iter().filter(|member| member.kind() != Kind::Folder) {
        let origin = Origin::of(&member.name);
        let path = match origin {
            Origin::Root => join(library, &inside(&member.name, &normalize(&member.name))?),
            Origin::Data | Origin::Scripts => data_path(&member.name, destination)?,
        };
        if origin == Origin::Scripts && entry_points.wraps(split(&path).1) {
            continue;
        }
        placements.push(Placement {
            member,
            record: relative(&path, library),
            path,
            origin,
        });
    }
    placements.sort_by_key(|placed| placed.origin);
    Ok(placements)
}

fn data_path(member: &str, destination: &Destination<'_>) -> Result<String, Problem> {
    let normal = normalize(member);
    let mut parts = normal.splitn(3, '/').skip(1);
    let (Some(key), Some(path)) = (parts.next(), parts.next()) else {
        return Err(Problem::DataFile(member.to_owned()));
    };
    let folder = destination.folder(key).ok_or_else(|| Problem::SchemeKey {
        key: key.to_owned(),
        member: member.to_owned(),
    })?;
    Ok(join(&folder, &inside(member, path)?))
}

fn inside(member: &str, normal: &str) -> Result<String, Problem> {
    if is_below(normal) {
        Ok(normal.to_owned())
    } else {
        Err(Problem::Escapes(member.to_owned()))
    }
}
