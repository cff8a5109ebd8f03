//! What is installed and does not get along with what was added.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;

use super::closure::dependencies;
use crate::requirements::{Source, canonical, contains};
use crate::wheel::Metadata;

/// The conflicts that adding distributions makes, as pip words them; both are by normalized name.
///
/// As in pip's resolver, what is installed has no say in what is added.
pub fn conflicts(
    installed: &BTreeMap<String, Metadata>,
    added: &BTreeMap<String, &Metadata>,
    environment: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut found = Vec::new();
    for metadata in installed.values() {
        // What cannot be read was no obstacle to installing it.
        let required = dependencies(metadata, &BTreeSet::new(), environment).unwrap_or_default();
        // As by pip, only those are looked at that require something of what was added.
        if !required.iter().any(|dependency| added.contains_key(dependency.name.as_ref())) {
            continue;
        }
        for dependency in required {
            let name = dependency.name.as_ref();
            let Source::Versions(specifiers) = &dependency.source else {
                continue;
            };
            let Some(now) = added.get(name).copied().or_else(|| installed.get(name)) else {
                let (project, version) = (&metadata.name, &metadata.version);
                found.push(format!(
                    "{project} {version} requires {name}{}, which is not installed.",
                    canonical(specifiers)
                ));
                continue;
            };
            let version: Result<Version, _> = now.version.parse();
            if version.is_ok_and(|version| !contains(specifiers, &version)) {
                found.push(format!(
                    "{} {} requires {}{}, but you have {} {} which is incompatible.",
                    metadata.name,
                    metadata.version,
                    dependency.name,
                    canonical(specifiers),
                    dependency.name,
                    now.version
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_requirement_that_is_not_met_is_named() {
        let parse = |text: &str| Metadata::parse(text.as_bytes()).expect("metadata");
        let app = parse(
            "Name: App\nVersion: 1.0\nRequires-Dist: lib<2,>=1\nRequires-Dist: gone\nRequires-Dist: other; python_version < \"3\"\n",
        );
        let installed = BTreeMap::from([("app".to_owned(), app)]);
        let environment = BTreeMap::from([("python_version".to_owned(), "3.11".to_owned())]);
        let with = |version: &str| {
            let lib = parse(&format!("Name: lib\nVersion: {version}\n"));
            conflicts(&installed, &BTreeMap::from([("lib".to_owned(), &lib)]), &environment)
        };
        let gone = "App 1.0 requires gone, which is not installed.";
        assert_eq!(with("1.5"), [gone]);
        assert_eq!(
            with("2.0"),
            [
                "App 1.0 requires lib<2,>=1, but you have lib 2.0 which is incompatible.",
                gone
            ]
        );
    }
}
