//! Architecture that no lint knows: arrows between modules run down only, and the house rules of DESIGN.md.

mod source;
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use source::Source;

/// Modules by level; a module may use what lies on lower levels.
const LEVELS: [&[&str]; 6] = [
    &["fs", "report"],
    &["key", "requirements", "interpreter"],
    &["wheel", "archive", "store", "index", "plan", "pip"],
    &[
        "resolve",
        "build",
        "environment",
        "upkeep",
        "parcel",
        "settings",
        "ci",
        "timings",
    ],
    &["pipeline"],
    &["cli"],
];

/// What may be used on the same level. Adding a line here is an architectural decision: say so in the commit.
const NEIGHBOURS: [(&str, &str); 13] = [
    ("report", "fs"),
    ("key", "interpreter"),
    ("archive", "wheel"),
    ("store", "archive"),
    ("store", "wheel"),
    ("plan", "wheel"),
    ("plan", "store"),
    ("plan", "archive"),
    ("pip", "wheel"),
    ("index", "wheel"),
    ("pip", "store"),
    ("upkeep", "environment"),
    ("parcel", "environment"),
];

/// `settings` reads the world and hands values down: it sees little, and little sees it.
const SETTINGS_MAY_USE: [&str; 7] = ["requirements", "index", "interpreter", "key", "pip", "fs", "report"];
const MAY_USE_SETTINGS: [&str; 2] = ["pipeline", "cli"];

/// One module using another, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Arrow {
    from: String,
    to: String,
    place: String,
}

/// What is wrong with one arrow, if anything.
fn verdict(arrow: &Arrow) -> Option<String> {
    let level = |module: &str| LEVELS.iter().position(|level| level.contains(&module));
    let Arrow { from, to, place } = arrow;
    let (Some(upper), Some(lower)) = (level(from), level(to)) else {
        let unknown = if level(from).is_none() { from } else { to };
        return Some(format!(
            "{place}: module `{unknown}` has no level; give it one in tests/it/layering.rs"
        ));
    };
    let hidden = to == "settings" && !MAY_USE_SETTINGS.contains(&from.as_str())
        || from == "settings" && !SETTINGS_MAY_USE.contains(&to.as_str());
    let sideways = upper == lower && !NEIGHBOURS.contains(&(from, to));
    let reason = if upper < lower {
        "arrows run down only"
    } else if hidden {
        "settings are read once, at the top"
    } else if sideways {
        "they are neighbours on one level"
    } else {
        return None;
    };
    Some(format!("{place}: `{from}` must not use `{to}`: {reason}"))
}

/// Modules that can reach themselves.
fn cycles(arrows: &[Arrow]) -> Vec<String> {
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows {
        uses.entry(&arrow.from).or_default().insert(&arrow.to);
    }
    let reachable = |start: &str| {
        let mut seen = BTreeSet::new();
        let mut ahead: Vec<&str> = uses.get(start).into_iter().flatten().copied().collect();
        while let Some(module) = ahead.pop() {
            if seen.insert(module) {
                ahead.extend(uses.get(module).into_iter().flatten());
            }
        }
        seen
    };
    let in_cycle = uses.keys().filter(|module| reachable(module).contains(*module));
    in_cycle
        .map(|module| format!("`{module}` uses itself through others"))
        .collect()
}

/// All arrows of the given sources; what lies outside the modules (main.rs, lib.rs) may use anything.
fn arrows(sources: &[Source]) -> Vec<Arrow> {
    let of = |source: &Source| -> Vec<Arrow> {
        let Some(from) = source.module() else { return Vec::new() };
        let uses = source.crate_uses().into_iter().filter(|(to, _)| *to != from);
        uses.map(|(to, line)| Arrow {
            from: from.clone(),
            to,
            place: source.place(line),
        })
        .collect()
    };
    sources.iter().flat_map(of).collect()
}
