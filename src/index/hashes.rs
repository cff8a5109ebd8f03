//! Expected digests and their check, with the outcome that pip's `Hashes` has.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::digest::DynDigest;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::key;

/// The digests that an artifact may have: one match among all of them suffices, as for pip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hashes {
    allowed: Vec<(String, Vec<String>)>,
}

impl Hashes {
    /// Allows `digest` (hexadecimal) under the `hashlib` name `algorithm`, such as `sha256`.
    pub fn allow(&mut self, algorithm: &str, digest: &str) {
        let digest = digest.to_ascii_lowercase();
        match self.allowed.iter_mut().find(|(name, _)| name == algorithm) {
            Some((_, digests)) => digests.push(digest),
            None => self.allowed.push((algorithm.to_owned(), vec![digest])),
        }
    }

    /// Whether nothing is expected.
    pub fn is_empty(&self) -> bool {
        self.allowed.is_empty()
    }

    /// Whether a file may be the artifact.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn accept(&self, file: &Path) -> io::Result<bool> {
        let mut file = File::open(file)?;
        let mut check = Check::new(self);
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(check.finish().is_ok()),
                read => check.update(&buffer[..read]),
            }
        }
    }

    /// The name of an algorithm that we lack, when there is no other to check with.
    pub(super) fn uncheckable(&self) -> Option<&str> {
        let (first, _) = self.allowed.first()?;
        self.allowed.iter().all(|(name, _)| hasher(name).is_none()).then_some(first)
    }
}

impl<A: AsRef<str>, D: AsRef<str>> FromIterator<(A, D)> for Hashes {
    fn from_iter<I: IntoIterator<Item = (A, D)>>(pairs: I) -> Self {
        let mut hashes = Self::default();
        for (algorithm, digest) in pairs {
            hashes.allow(algorithm.as_ref(), digest.as_ref());
        }
        hashes
    }
}

/// Digests that were expected and those that came, printed as pip prints them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    rows: Vec<(String, Vec<String>, String)>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (algorithm, allowed, got)) in self.rows.iter().enumerate() {
            if index > 0 {
                writeln!(formatter)?;
            }
            let mut prefix = algorithm.as_str();
            for digest in allowed {
                writeln!(formatter, "        Expected {prefix} {digest}")?;
                prefix = "    or";
            }
            write!(formatter, "             Got        {got}")?;
        }
        Ok(())
    }
}

fn hasher(algorithm: &str) -> Option<Box<dyn DynDigest + Send>> {
    Some(match algorithm {
        "sha224" => Box::new(Sha224::new()),
        "sha256" => Box::new(Sha256::new()),
        "sha384" => Box::new(Sha384::new()),
        "sha512" => Box::new(Sha512::new()),
        _ => return None,
    })
}

/// Hashes a stream with SHA-256 and whatever else is expected of it.
pub(super) struct Check<'a> {
    expected: &'a Hashes,
    sha256: Sha256,
    others: Vec<(&'a str, Box<dyn DynDigest + Send>)>,
}

impl<'a> Check<'a> {
    pub(super) fn new(expected: &'a Hashes) -> Self {
        let others = expected
            .allowed
            .iter()
            .filter(|(name, _)| name != "sha256")
            .filter_map(|(name, _)| Some((name.as_str(), hasher(name)?)))
            .collect();
        Self {
            expected,
            sha256: Sha256::new(),
            others,
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        Digest::update(&mut self.sha256, bytes);
        for (_, hasher) in &mut self.others {
            hasher.update(bytes);
        }
    }

    /// The SHA-256, if the content is one that was expected.
    pub(super) fn finish(self) -> Result<key::Sha256, Mismatch> {
        let sha256 = key::Sha256::from_bytes(self.sha256.finalize().into());
        let mut got: Vec<(&str, String)> = vec![("sha256", sha256.to_string())];
        for (name, hasher) in self.others {
            got.push((name, HEXLOWER.encode(&hasher.finalize())));
        }
        let mut rows = Vec::new();
        for (name, allowed) in &self.expected.allowed {
            let Some((_, digest)) = got.iter().find(|(known, _)| known == name) else {
                continue;
            };
            if allowed.contains(digest) {
                return Ok(sha256);
            }
            rows.push((name.clone(), allowed.clone(), digest.clone()));
        }
        if self.expected.is_empty() {
            return Ok(sha256);
        }
        Err(Mismatch { rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC_256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const ABC_224: &str = "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7";

    fn check(pairs: &[(&str, &str)]) -> Result<key::Sha256, Mismatch> {
        let hashes: Hashes = pairs.iter().copied().collect();
        let mut check = Check::new(&hashes);
        check.update(b"a");
        check.update(b"bc");
        check.finish()
    }

    #[test]
    fn one_match_suffices() {
        assert_eq!(check(&[]).unwrap().to_string(), ABC_256);
        assert!(check(&[("sha256", "00"), ("sha256", &ABC_256.to_uppercase())]).is_ok());
        assert!(check(&[("sha512", "00"), ("sha224", ABC_224)]).is_ok());
        assert!(check(&[("md5", "00"), ("sha256", ABC_256)]).is_ok());
    }

    #[test]
    fn a_mismatch_reads_as_pips() {
        let shown = check(&[("sha256", "aa"), ("sha256", "bb")]).unwrap_err().to_string();
        let expected = format!("        Expected sha256 aa\n        Expected     or bb\n             Got        {ABC_256}");
        assert_eq!(shown, expected);
    }

    #[test]
    fn algorithms_that_we_lack_are_named_only_when_nothing_else_is_expected() {
        let of = |pairs: &[(&str, &str)]| {
            let hashes: Hashes = pairs.iter().copied().collect();
            hashes.uncheckable().map(str::to_owned)
        };
        assert_eq!(of(&[("md5", "00")]), Some("md5".to_owned()));
        assert_eq!(of(&[("md5", "00"), ("sha256", "00")]), None);
        assert_eq!(of(&[]), None);
    }
}
