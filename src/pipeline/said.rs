//! The lines that `pip install` prints and scripts read.

use std::collections::BTreeMap;
use std::path::Path;

use pep440_rs::Version;

use crate::environment::Installed;
use crate::requirements::Requirements;
use crate::resolve::{Answered, Walk};
use crate::wheel::Metadata;

/// `Ignoring six: markers 'python_version < "3"' don't match your environment`
pub(super) fn said_of_ignored(requirements: &Requirements, environment: &BTreeMap<String, String>) -> Vec<String> {
    let ignored = requirements.entries.iter().filter_map(|entry| {
        let marker = entry.requirement.marker.as_ref()?;
        let name = entry
            .spelled
            .as_ref()
            .map(|spelled| spelled.name.clone())
            .or_else(|| entry.requirement.name().map(ToString::to_string));
        let holds = entry.requirement.applies(environment).unwrap_or(true);
        let line = format!(
            "Ignoring {}: markers '{marker}' don't match your environment",
            name.as_deref().unwrap_or("None")
        );
        (!holds).then_some(line)
    });
    ignored.collect()
}

/// `Requirement already satisfied: idna<4,>=2.5 in ./.venv/lib/python3.11/site-packages (from requests) (3.10)`
pub(super) fn said_of_met(walk: &Walk, installed: &[Installed], current_dir: &Path) -> Vec<String> {
    let lines = walk.met.iter().filter_map(|met| {
        let installed = installed.iter().find(|installed| installed.name == met.name)?;
        let place = shown(installed.path.parent()?, current_dir);
        let from = met.from.as_ref().map(|from| format!(" (from {from})")).unwrap_or_default();
        let version = normal(&installed.version);
        Some(format!(
            "Requirement already satisfied: {} in {place}{from} ({version})",
            met.requirement
        ))
    });
    lines.collect()
}

/// `Attempting uninstall: idna`, and the lines below it, for each distribution that made room.
pub(super) fn said_of_replaced(installed: &[Installed], added: &BTreeMap<String, &Metadata>) -> Vec<String> {
    let replaced = installed.iter().filter(|one| added.contains_key(&one.name));
    let lines = replaced.flat_map(|one| {
        let (name, version) = (&one.metadata.name, normal(&one.version));
        [
            format!("  Attempting uninstall: {}", one.name),
            format!("    Found existing installation: {name} {version}"),
            format!("    Uninstalling {name}-{version}:"),
            format!("      Successfully uninstalled {name}-{version}"),
        ]
    });
    lines.collect()
}

/// `Successfully installed Django-5.2.1 asgiref-3.8.1`: names as they were asked for, sorted as written.
pub(super) fn said_of_installed(walk: &Walk, added: &[Metadata]) -> String {
    let spelled: BTreeMap<&str, &str> = walk.met.iter().map(|met| (met.name.as_str(), met.spelled.as_str())).collect();
    let mut names: Vec<(String, String)> = added
        .iter()
        .map(|metadata| {
            let normalized: Result<pep508_rs::PackageName, _> = metadata.name.parse();
            let name = normalized.ok().and_then(|name| spelled.get(name.as_ref()).copied());
            (name.unwrap_or(&metadata.name).to_owned(), normal(&metadata.version))
        })
        .collect();
    names.sort();
    let texts: Vec<String> = names.into_iter().map(|(name, version)| format!("{name}-{version}")).collect();
    format!("Successfully installed {}", texts.join(" "))
}

/// `Would install Django-5.2.1 asgiref-3.8.1`, if anything would be: names as written, sorted.
pub(super) fn said_of_wanted(distributions: &[Answered]) -> Option<String> {
    let metadata = distributions.iter().map(|one| &one.metadata);
    let mut items: Vec<(&str, &str)> = metadata.map(|one| (one.name.as_str(), one.version.as_str())).collect();
    items.sort_unstable();
    let texts: Vec<String> = items.into_iter().map(|(name, version)| format!("{name}-{version}")).collect();
    (!texts.is_empty()).then(|| format!("Would install {}", texts.join(" ")))
}

/// `Successfully downloaded Django asgiref`: names as they were asked for.
pub(super) fn said_of_downloaded(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| format!("Successfully downloaded {}", names.join(" ")))
}

fn normal(version: &str) -> String {
    let parsed: Result<Version, _> = version.parse();
    parsed.map_or_else(|_| version.to_owned(), |version| version.to_string())
}

/// A path as pip shows it: relative where it is below the current folder.
pub(super) fn shown(path: &Path, current_dir: &Path) -> String {
    match path.strip_prefix(current_dir) {
        Ok(below) if !below.as_os_str().is_empty() => format!("./{}", below.display()),
        _ => path.display().to_string(),
    }
}
