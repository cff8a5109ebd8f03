//! The indexes of a request, and the one that pip asks where none is named.

use std::path::Path;

use super::context::Context;
use super::provided_pip::ProvidedPip;
use crate::requirements::Search;
use crate::store::PipRecord;
use crate::wheel::Wheel;

/// Where pip's own idea of an index stands in its code.
const PIPS_INDEX: &str = "pip/_internal/models/index.py";

impl Context<'_> {
    /// All indexes, in pip's order; they may hold credentials. Nothing if nobody knows where pip would look.
    pub(super) fn indexes(&self, search: &Search, pip: &ProvidedPip) -> Option<Vec<String>> {
        all(search, || self.default_index(pip))
    }

    /// What pip's own code says, which distributors may have changed.
    fn default_index(&self, pip: &ProvidedPip) -> Option<String> {
        let wheel = pip.wheel().filter(|_| pip.made().is_none());
        let in_wheel = wheel.and_then(|wheel| index_of_wheel(&wheel.path));
        // It may have been made just now.
        in_wheel.or_else(|| self.index_of_record(pip.made()?))
    }

    fn index_of_record(&self, pip: &PipRecord) -> Option<String> {
        let tree = self.store.ensure_tree(&pip.preimage, pip.distribution, pip.content).ok()?;
        let text = std::fs::read_to_string(tree.join(&self.facts.scheme.purelib).join(PIPS_INDEX)).ok()?;
        named_in(&text)
    }
}

/// The indexes of a request as a pip that is still in its wheel sees them.
pub(super) fn indexes_of_wheel(search: &Search, wheel: &Path) -> Option<Vec<String>> {
    all(search, || index_of_wheel(wheel))
}

fn index_of_wheel(wheel: &Path) -> Option<String> {
    let text = Wheel::open(wheel).ok()?.member(PIPS_INDEX).ok()??;
    named_in(&String::from_utf8(text).ok()?)
}

fn all(search: &Search, default: impl FnOnce() -> Option<String>) -> Option<Vec<String>> {
    if search.no_index {
        return Some(Vec::new());
    }
    let main = search.index_url.clone().or_else(default)?;
    Some(std::iter::once(main).chain(search.extra_index_urls.iter().cloned()).collect())
}

fn named_in(code: &str) -> Option<String> {
    let behind = code.split_once("\nPyPI = PackageIndex(")?.1;
    let url = behind.split_once('"')?.1.split_once('"')?.0;
    let slash = if url.ends_with('/') { "" } else { "/" };
    url.starts_with("https://").then(|| format!("{url}{slash}simple"))
}

#[cfg(test)]
mod tests {
    use super::named_in;

    #[test]
    fn the_index_is_read_from_pips_code() {
        let code = "class PackageIndex:\n    pass\n\n\nPyPI = PackageIndex(\"https://index.example/\", file_storage_domain=\"x\")\nTest = 1\n";
        assert_eq!(named_in(code).as_deref(), Some("https://index.example/simple"));
        assert_eq!(named_in("PyPI = 1"), None);
    }
}
