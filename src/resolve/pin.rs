//! One pin, asked of the index: what is new in a request of which all else is recorded.

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::PackageName;

use super::answer::Answered;
use super::native::{Market, artifact};
use super::question::{Question, settings_of};
use super::search::Offers;
use crate::requirements::{Entry, Target};
use crate::resolve::candidates::{AllowedHashes, Demand};
use crate::store::Resolved;

/// The wheel that an `==` pin is answered with today; whether its requirements are met is not looked at.
///
/// # Errors
/// Why the whole search has to tell.
pub fn ask_pin(question: &Question, name: &PackageName, market: &Market) -> Result<Answered, String> {
    let entries = question.entries.iter().chain(&question.constraints);
    let of_name: Vec<&Entry> = entries.filter(|entry| entry.requirement.name() == Some(name)).collect();
    let demand = demand(name, &of_name)?;
    let stall = market.stall(name)?;
    if let Some(trouble) = &stall.trouble {
        return Err(trouble.clone());
    }
    let candidates = stall.offered.applicable(&demand);
    let best = candidates.first().ok_or_else(|| format!("no {name} fits"))?;
    let link = &best.link;
    if !link.filename.ends_with(".whl") {
        return Err(format!("{} has to be built to be known", link.filename));
    }
    if !demand.hashes.is_empty() && !demand.hashes.names(&link.digests) {
        return Err(format!("{} has another digest", link.filename));
    }
    let metadata = market
        .metadata(best)
        .map_err(|unusable| format!("{}: {unusable:?}", link.filename))?;
    let version: Option<Version> = metadata.version.parse().ok();
    let named: Option<PackageName> = metadata.name.parse().ok();
    if named.as_ref() != Some(name) || version.as_ref() != Some(&best.version) {
        return Err(format!("{} is not what its name says", link.filename));
    }
    Ok(Answered {
        resolved: Resolved {
            name: name.to_string(),
            version: metadata.version.clone(),
            artifact: artifact(best),
            requested: true,
            direct_url: None,
            yanked: link.yanked.is_some(),
            extras: Vec::new(),
            settings: question
                .entries
                .iter()
                .find(|entry| entry.requirement.name() == Some(name))
                .map(settings_of)
                .unwrap_or_default(),
        },
        metadata: (*metadata).clone(),
        core: None,
        size: link.size,
    })
}

/// Everything that is demanded of a project by requirements and constraints.
fn demand(name: &PackageName, entries: &[&Entry]) -> Result<Demand, String> {
    let mut specifiers = Vec::new();
    let mut hashes = AllowedHashes::default();
    for entry in entries {
        let Target::Index { specifiers: these, .. } = &entry.requirement.target else {
            return Err(format!("{} is a direct reference", entry.requirement));
        };
        specifiers.extend(these.iter().cloned());
        if !entry.hashes.is_empty() {
            if !hashes.is_empty() {
                return Err(format!("several lists of hashes for {name}"));
            }
            hashes = AllowedHashes::of(&entry.hashes);
        }
    }
    Ok(Demand {
        name: name.clone(),
        specifiers: specifiers.into_iter().collect::<VersionSpecifiers>(),
        hashes,
    })
}
