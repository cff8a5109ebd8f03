//! The digests that a page gives for a file.

use std::borrow::Cow;

use crate::index::Hashes;
use crate::key::Sha256;

/// Algorithms that pages use, so that their names need no memory of their own; the order is part of the form on disk.
pub(super) const ALGORITHMS: [&str; 6] = ["sha256", "sha512", "sha384", "sha224", "sha1", "md5"];

/// At most one digest for each algorithm, in the page's order; nothing says that they are well-formed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digests(Vec<(Cow<'static, str>, Box<str>)>);

impl Digests {
    pub(super) fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    /// Puts a digest behind the others; one of the same algorithm gives way but leaves its place, as in Python's dictionaries.
    pub(super) fn set(&mut self, algorithm: &str, digest: &str) {
        self.set_owned(algorithm, digest.to_owned());
    }

    /// The same for a digest that nobody else needs.
    pub(super) fn set_owned(&mut self, algorithm: &str, digest: String) {
        let digest = digest.into_boxed_str();
        match self.0.iter_mut().find(|(known, _)| known == algorithm) {
            Some((_, known)) => *known = digest,
            None => self.0.push((named(algorithm), digest)),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The digest of an algorithm by its `hashlib` name, as the page has it.
    pub fn get(&self, algorithm: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == algorithm).map(|(_, digest)| digest)
    }

    /// The SHA-256, where there is one and it is well-formed.
    pub fn sha256(&self) -> Option<Sha256> {
        self.get("sha256")?.to_ascii_lowercase().parse().ok()
    }

    /// Algorithms and digests, in the page's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(algorithm, digest)| (&**algorithm, &**digest))
    }

    /// What a download has to match: any one of them, as for pip.
    pub fn expected(&self) -> Hashes {
        self.iter().collect()
    }
}

impl<A: AsRef<str>, D: AsRef<str>> FromIterator<(A, D)> for Digests {
    fn from_iter<I: IntoIterator<Item = (A, D)>>(pairs: I) -> Self {
        let mut digests = Self::default();
        for (algorithm, digest) in pairs {
            digests.set(algorithm.as_ref(), digest.as_ref());
        }
        digests
    }
}

fn named(algorithm: &str) -> Cow<'static, str> {
    match ALGORITHMS.into_iter().find(|known| *known == algorithm) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(algorithm.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digest_of_an_algorithm_wins_in_the_place_of_the_first() {
        let digests: Digests = [("md5", "1"), ("own", "2"), ("md5", "3")].into_iter().collect();
        assert_eq!(digests.iter().collect::<Vec<_>>(), [("md5", "3"), ("own", "2")]);
        assert_eq!((digests.get("own"), digests.sha256()), (Some("2"), None));
    }

    #[test]
    fn only_a_well_formed_sha256_counts() {
        let of = |digest: &str| [("sha256", digest)].into_iter().collect::<Digests>().sha256();
        assert!(of(&"Ab".repeat(32)).is_some());
        assert_eq!(of("ab"), None);
    }
}
