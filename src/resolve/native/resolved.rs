//! From what was chosen to what is recorded of it.

use super::direct::direct_artifact;
use super::market::Market;
use super::sources::Unfit;
use crate::requirements::{Entry, without_userinfo};
use crate::resolve::ResolveError;
use crate::resolve::candidates::Candidate;
use crate::resolve::question::{Question, settings_of};
use crate::resolve::search::{Chosen, Source};
use crate::store::{Artifact, ArtifactKind, Resolved};

/// What is recorded of what was chosen.
///
/// # Errors
/// [`ResolveError::Beyond`] for what only pip records.
pub(super) fn resolved(question: &Question, chosen: &Chosen, market: &Market) -> Result<Resolved, ResolveError> {
    let of_name = |entry: &&Entry| entry.requirement.name() == Some(&chosen.name);
    let asked = question.entries.iter().find(of_name);
    let (artifact, direct_url, asked) = match &chosen.source {
        Source::Offered(candidate) => (artifact(candidate), None, asked),
        Source::Entry(index) => {
            let entry = question.entries.get(*index);
            let (artifact, text) = direct(entry, market)?;
            (artifact, Some(text), entry)
        }
        Source::Constraint(index) => {
            let (artifact, text) = direct(question.constraints.get(*index), market)?;
            (artifact, Some(text), asked)
        }
        Source::Installed => return Err(ResolveError::Beyond(format!("{} is installed", chosen.name))),
    };
    Ok(Resolved {
        name: chosen.name.to_string(),
        version: chosen.metadata.version.clone(),
        artifact,
        requested: chosen.entry.is_some(),
        direct_url,
        yanked: matches!(&chosen.source, Source::Offered(candidate) if candidate.link.yanked.is_some()),
        extras: chosen.extras.iter().cloned().collect(),
        settings: asked.map(settings_of).unwrap_or_default(),
    })
}

fn direct(entry: Option<&Entry>, market: &Market) -> Result<(Artifact, String), ResolveError> {
    let entry = entry.ok_or_else(|| ResolveError::Beyond("a direct reference that nobody made".to_owned()))?;
    let referenced = market.referenced(entry).map_err(Unfit::beyond)?;
    direct_artifact(entry, &referenced)
}

/// What is kept of the file that a candidate is.
pub fn artifact(candidate: &Candidate) -> Artifact {
    let link = &candidate.link;
    let kind = if link.filename.ends_with(".whl") {
        ArtifactKind::Wheel
    } else {
        ArtifactKind::Sdist
    };
    let others = link.digests.iter().filter(|(algorithm, _)| *algorithm != "sha256");
    Artifact {
        kind,
        url: without_userinfo(link.address_without_fragment()),
        file_name: link.filename.to_string(),
        sha256: link.digests.sha256(),
        hashes: others
            .map(|(algorithm, digest)| (algorithm.to_owned(), digest.to_owned()))
            .collect(),
    }
}
