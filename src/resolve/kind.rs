//! Whether time can change an answer.

use std::collections::BTreeSet;

use super::question::Question;
use crate::requirements::Target;
use crate::store::{Kind, Resolved};

/// Whether time can change an answer. What is satisfied by what the environment sees needs no index, unless an upgrade is asked for.
pub(super) fn kind_of<'a>(question: &Question, answered: impl Iterator<Item = &'a Resolved>) -> Kind {
    let answered: Vec<&Resolved> = answered.collect();
    let names: BTreeSet<&str> = answered.iter().map(|resolved| resolved.name.as_str()).collect();
    let mut asked = question.entries.iter().filter_map(|entry| entry.requirement.name());
    let satisfied = asked.any(|name| !names.contains(name.as_ref()));
    let upgrades =
        question.has("upgrade") && (satisfied || !question.installed.is_empty() || question.preimage.visible.len() > 1);
    if !upgrades && answered.iter().all(|resolved| is_pinned(question, resolved)) {
        Kind::Pinned
    } else {
        Kind::Dated
    }
}

/// Whether time cannot change which artifact is meant: an `==` pin, or a direct reference whose content is known beforehand.
pub(super) fn is_pinned(question: &Question, resolved: &Resolved) -> bool {
    if question.pin_of(&resolved.name).is_some() {
        return true;
    }
    question.entries.iter().any(|entry| match &entry.requirement.target {
        Target::Archive { link, .. } => {
            let named = entry.requirement.name().is_some_and(|name| name.as_ref() == resolved.name);
            let url = link.without_credentials();
            let same = named || url.split('#').next() == Some(&resolved.artifact.url);
            same && (link.file_path().is_some() || link.digest().is_some() || !entry.hashes.is_empty())
        }
        Target::Vcs { link, .. } => {
            let same = entry.requirement.name().is_none_or(|name| name.as_ref() == resolved.name);
            let commit = link.commit();
            same && commit.is_some_and(|commit| resolved.direct_url.as_deref().is_some_and(|text| text.contains(commit)))
        }
        Target::Index { .. } | Target::Folder { .. } => false,
    })
}
