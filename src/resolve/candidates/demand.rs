//! What is required of a project.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::VersionSpecifiers;
use pep508_rs::PackageName;

use crate::index::simple::Digests;
use crate::requirements::Hash;

/// Everything that is required of one project at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The project.
    pub name: PackageName,
    /// The specifiers of all requirements and constraints together.
    pub specifiers: VersionSpecifiers,
    /// The digests that all requirements and constraints allow.
    pub hashes: AllowedHashes,
}

/// The digests that a file may have, by algorithm; without any algorithm, whatever it has is allowed.
///
/// An algorithm that is left without digests allows nothing, which is not the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AllowedHashes(BTreeMap<String, BTreeSet<String>>);

impl AllowedHashes {
    /// What the `--hash` options of one requirement or constraint allow.
    pub fn of(hashes: &[Hash]) -> Self {
        hashes.iter().map(|hash| (hash.algorithm.name(), &hash.digest)).collect()
    }

    /// Whether nothing is said of hashes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What both allow, as pip sees it: digests of algorithms that only one of them names are not allowed, but where they have no
    /// algorithm in common at all, everything is. So the order matters: pip begins with the constraints, then takes the requirements
    /// as it came across them.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if self.is_empty() {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        let common = |(algorithm, digests): (&String, &BTreeSet<String>)| {
            let allowed = self.0.get(algorithm)?;
            Some((algorithm.clone(), digests.intersection(allowed).cloned().collect()))
        };
        Self(other.0.iter().filter_map(common).collect())
    }

    /// Whether one of the digests is allowed by name; none is where nothing is said.
    pub fn names(&self, digests: &Digests) -> bool {
        let named = |(algorithm, digest): (&str, &str)| self.0.get(algorithm).is_some_and(|allowed| allowed.contains(digest));
        !self.is_empty() && digests.iter().any(named)
    }
}

impl<A: AsRef<str>, D: AsRef<str>> FromIterator<(A, D)> for AllowedHashes {
    fn from_iter<I: IntoIterator<Item = (A, D)>>(pairs: I) -> Self {
        let mut allowed = Self::default();
        for (algorithm, digest) in pairs {
            let digests = allowed.0.entry(algorithm.as_ref().to_owned()).or_default();
            digests.insert(digest.as_ref().to_lowercase());
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(pairs: &[(&str, &str)]) -> AllowedHashes {
        pairs.iter().copied().collect()
    }

    fn digests(pairs: &[(&str, &str)]) -> Digests {
        pairs.iter().copied().collect()
    }

    #[test]
    fn what_both_name_is_allowed() {
        let both = allowed(&[("sha256", "A"), ("sha256", "b")]).and(&allowed(&[("sha256", "b"), ("sha512", "c")]));
        assert_eq!(both, allowed(&[("sha256", "b")]));
        assert!(both.names(&digests(&[("md5", "0"), ("sha256", "b")])));
        assert!(!both.names(&digests(&[("sha256", "a")])));
    }

    #[test]
    fn the_silent_side_does_not_count() {
        let one = allowed(&[("sha256", "a")]);
        assert_eq!(one.and(&AllowedHashes::default()), one);
        assert_eq!(AllowedHashes::default().and(&one), one);
        assert!(!AllowedHashes::default().names(&digests(&[("sha256", "a")])));
    }

    #[test]
    fn contradictory_digests_allow_nothing_and_foreign_algorithms_everything() {
        let nothing = allowed(&[("sha256", "a")]).and(&allowed(&[("sha256", "b")]));
        assert!(!nothing.is_empty() && !nothing.names(&digests(&[("sha256", "a")])));
        assert!(allowed(&[("sha256", "a")]).and(&allowed(&[("sha512", "a")])).is_empty());
    }

    #[test]
    fn a_page_that_shouts_is_not_heard() {
        // pip lowers the digests of the request, not those of the page.
        assert!(!allowed(&[("sha256", "AB")]).names(&digests(&[("sha256", "AB")])));
        assert!(allowed(&[("sha256", "AB")]).names(&digests(&[("sha256", "ab")])));
    }
}
