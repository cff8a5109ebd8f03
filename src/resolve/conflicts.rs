//! What is installed and does not get along with what was added.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use super::closure::written_dependencies;
use super::requires::Written;
use crate::requirements::{Source, contains};
use crate::wheel::Metadata;

/// The conflicts that adding distributions makes, as pip words them and in its order; both are by normalized name.
///
/// As in pip's resolver, what is installed has no say in what is added.
pub fn conflicts(
    installed: &BTreeMap<String, Metadata>,
    added: &BTreeMap<String, &Metadata>,
    environment: &BTreeMap<String, String>,
) -> Vec<String> {
    let (mut missing, mut conflicting) = (Vec::new(), Vec::new());
    for (project, metadata) in installed {
        // What cannot be read was no obstacle to installing it.
        let mut required = written_dependencies(metadata, &BTreeSet::new(), environment).unwrap_or_default();
        let name = |written: &Written| written.dependency.name.to_string();
        // As by pip, only those are looked at that require something of what was added.
        if !required.iter().any(|written| added.contains_key(&name(written))) {
            continue;
        }
        required.sort_by_cached_key(|written| (name(written), written.to_string()));
        for written in required {
            let Source::Versions(specifiers) = &written.dependency.source else {
                continue;
            };
            let name = name(&written);
            let line = format!("{project} {} requires {written}", metadata.version);
            let Some(now) = added.get(&name).copied().or_else(|| installed.get(&name)) else {
                missing.push(format!("{line}, which is not installed."));
                continue;
            };
            let version: Result<Version, _> = now.version.parse();
            if version.is_ok_and(|version| !contains(specifiers, &version)) {
                conflicting.push(format!("{line}, but you have {name} {} which is incompatible.", now.version));
            }
        }
    }
    missing.extend(conflicting);
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_requirement_that_is_not_met_is_named() {
        let parse = |text: &str| Metadata::parse(text.as_bytes()).expect("metadata");
        let app = parse(
            "Name: App\nVersion: 1.0\nRequires-Dist: Lib>=1, <2.0dev ; python_version > '3'\nRequires-Dist: gone[a_B]\n\
             Requires-Dist: other; python_version < \"3\"\n",
        );
        let installed = BTreeMap::from([("app".to_owned(), app)]);
        let environment = BTreeMap::from([("python_version".to_owned(), "3.11".to_owned())]);
        let with = |version: &str| {
            let lib = parse(&format!("Name: lib\nVersion: {version}\n"));
            conflicts(&installed, &BTreeMap::from([("lib".to_owned(), &lib)]), &environment)
        };
        let gone = "app 1.0 requires gone[a_B], which is not installed.";
        assert_eq!(with("1.5"), [gone]);
        assert_eq!(
            with("2.0"),
            [
                gone,
                "app 1.0 requires Lib<2.0dev,>=1; python_version > \"3\", but you have lib 2.0 which is incompatible."
            ]
        );
    }
}
