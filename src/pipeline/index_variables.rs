//! Where pip looks, as variables for it: index URLs may hold credentials, and what stands in an argument everybody on the machine can read.

use std::collections::BTreeMap;

use crate::requirements::{Choice, Search};

/// What a pip that snapenv runs has to be told about indexes, beyond what it reads from the user's configuration itself: what the command
/// line and requirements files said.
pub(super) fn index_variables(search: &Search, answers: &BTreeMap<String, Vec<String>>) -> Vec<(&'static str, String)> {
    let mut variables = Vec::new();
    let mut switch = |name, on: bool| variables.extend(on.then(|| (name, "1".to_owned())));
    switch("PIP_NO_INDEX", search.no_index);
    switch("PIP_PREFER_BINARY", search.prefer_binary);
    switch("PIP_PRE", search.releases.all_releases.all);
    variables.extend(search.index_url.iter().map(|url| ("PIP_INDEX_URL", url.clone())));
    variables.extend(
        answers
            .get("uploaded-prior-to")
            .into_iter()
            .flatten()
            .last()
            .map(|time| ("PIP_UPLOADED_PRIOR_TO", time.clone())),
    );
    let lists = [
        ("PIP_EXTRA_INDEX_URL", search.extra_index_urls.join(" ")),
        ("PIP_FIND_LINKS", search.find_links.join(" ")),
        ("PIP_TRUSTED_HOST", search.trusted_hosts.join(" ")),
        ("PIP_NO_BINARY", names(&search.format.no_binary)),
        ("PIP_ONLY_BINARY", names(&search.format.only_binary)),
    ];
    variables.extend(lists.into_iter().filter(|(_, list)| !list.is_empty()));
    variables
}

fn names(choice: &Choice) -> String {
    let all = choice.all.then(|| ":all:".to_owned());
    all.into_iter()
        .chain(choice.names.iter().cloned())
        .collect::<Vec<_>>()
        .join(",")
}
