//! Archives that have to be had to know what is in them: sdists of an index, wheels and sdists of the user's.

use std::path::{Component, Path, PathBuf};

use url::Url;

use super::native_sources::NativeSources;
use crate::fs::Context as _;
use crate::index::simple::Link;
use crate::index::{Artifact as Download, FetchError, Hashes};
use crate::key::Sha256;
use crate::requirements::{Entry, HashAlgorithm, Link as Reference, without_userinfo};
use crate::resolve::Unfit;
use crate::resolve::candidates::Candidate;
use crate::settings::Freshness;

/// An archive on disk, its digests checked.
pub(super) struct SourceArchive {
    /// Where it is; the file name is its own.
    pub(super) path: PathBuf,
    pub(super) sha256: Sha256,
    /// Where it comes from, without credentials and fragment.
    pub(super) url: String,
    pub(super) file_name: String,
    /// The folder in it that is meant (`#subdirectory=`).
    pub(super) part: Option<String>,
}

impl SourceArchive {
    /// What messages call it.
    pub(super) fn name(&self) -> String {
        match &self.part {
            Some(part) => format!("{part} in {}", self.file_name),
            None => self.file_name.clone(),
        }
    }
}

/// Where an archive is, and what it has to be.
struct Wanted {
    address: String,
    file_name: String,
    hashes: Hashes,
    /// The SHA-256 digests among its hashes.
    known: Vec<Sha256>,
    part: Option<String>,
}

impl NativeSources<'_> {
    /// An sdist that an index or a find-links place offers. Hashes of the user's have to allow it: it will be run.
    ///
    /// # Errors
    /// Why only pip can tell.
    pub(super) fn offered_archive(&self, candidate: &Candidate) -> Result<SourceArchive, Unfit> {
        let link: &Link = &candidate.link;
        let archive = self.archive(Wanted {
            address: link.address_without_fragment().to_owned(),
            file_name: link.filename.to_string(),
            hashes: link.digests.expected(),
            known: link.digests.sha256().into_iter().collect(),
            part: None,
        })?;
        let entries = || self.question.entries.iter().chain(&self.question.constraints);
        let of_name = |entry: &&Entry| entry.requirement.name() == Some(&candidate.name) && !entry.hashes.is_empty();
        let mut hashed = entries().filter(of_name).peekable();
        let allowed = match hashed.peek() {
            None => !self.requires_hashes(),
            Some(_) => hashed.all(|entry| sha256_of(entry).any(|known| known == archive.sha256)),
        };
        if allowed {
            return Ok(archive);
        }
        Err(Unfit::Unknown(format!("{} has no hash that is asked for", archive.file_name)))
    }

    /// The archive that a requirement names.
    ///
    /// # Errors
    /// Why only pip can tell.
    pub(super) fn referenced_archive(&self, entry: &Entry, link: &Reference) -> Result<SourceArchive, Unfit> {
        let text = link.secret();
        let address = text.split_once('#').map_or(text, |(address, _)| address);
        let digest = link.digest();
        let reason = if link.userinfo().is_some_and(is_recorded) {
            "pip records such a user"
        } else if !link.subdirectory().is_none_or(is_below) {
            "its subdirectory is none"
        } else if !["file://", "http://", "https://"].iter().any(|start| text.starts_with(start)) {
            "only pip knows such URLs"
        } else if self.requires_hashes() && digest.is_none() && entry.hashes.is_empty() {
            "it has no hash"
        } else {
            let pairs = entry.hashes.iter().map(|hash| (hash.algorithm.name(), hash.digest.as_str()));
            let sha256 = digest.filter(|(algorithm, _)| *algorithm == "sha256");
            return self.archive(Wanted {
                address: address.to_owned(),
                file_name: link.filename(),
                hashes: pairs.chain(digest).collect(),
                known: sha256
                    .and_then(|(_, digest)| digest.parse().ok())
                    .into_iter()
                    .chain(sha256_of(entry))
                    .collect(),
                part: link.subdirectory().map(str::to_owned),
            });
        };
        Err(Unfit::Unknown(format!("{}: {reason}", entry.requirement)))
    }

    /// Whether each archive needs a hash, as far as that is clear.
    pub(super) fn requires_hashes(&self) -> bool {
        let entries = self.question.entries.iter().chain(&self.question.constraints);
        self.question.hashes.required(entries).unwrap_or(true)
    }

    /// From the store, or fetched and kept there; local files are not kept.
    fn archive(&self, wanted: Wanted) -> Result<SourceArchive, Unfit> {
        let Wanted {
            address,
            file_name,
            hashes,
            known,
            part,
        } = wanted;
        let unknown = |reason: &dyn std::fmt::Display| Unfit::Unknown(format!("{file_name}: {reason}"));
        let context = self.workshop.context;
        let url = Url::parse(&address).map_err(|error| unknown(&error))?;
        let bare = without_userinfo(url.as_str());
        let found = |path: PathBuf, sha256: Sha256| SourceArchive {
            path,
            sha256,
            url: bare.clone(),
            file_name: file_name.clone(),
            part: part.clone(),
        };
        for sha256 in known {
            if let Some(path) = context.store.source(sha256, &file_name) {
                return Ok(found(path, sha256));
            }
        }
        let local = url.scheme() == "file";
        if context.settings.freshness == Freshness::Offline && !local {
            return Err(unknown(&"it is not in the store, and --offline forbids fetching it"));
        }
        // The name tells project and version, so the temporary file has it, too.
        let folder = tempfile::tempdir_in(self.index.scratch).context("create a temporary folder in", self.index.scratch);
        let temporary = folder.map_err(|error| unknown(&error))?.keep().join(&file_name);
        let download = Download {
            url,
            filename: file_name.clone(),
            size: None,
            hashes,
        };
        let fetched = self.index.fetcher.fetch(&download, &temporary, context.progress);
        let sha256 = fetched.map_err(|error: FetchError| unknown(&error))?.sha256;
        if local {
            return Ok(found(temporary, sha256));
        }
        let kept = context.store.put_source(&temporary, sha256, &file_name);
        Ok(found(kept.map_err(|error| unknown(&error))?, sha256))
    }
}

fn sha256_of(entry: &Entry) -> impl Iterator<Item = Sha256> {
    let hashes = entry.hashes.iter().filter(|hash| hash.algorithm == HashAlgorithm::Sha256);
    hashes.filter_map(|hash| hash.digest.parse().ok())
}

/// Whether a folder surely is one below another, by its name alone.
fn is_below(folder: &str) -> bool {
    let mut parts = Path::new(folder).components();
    !folder.is_empty() && !folder.contains(['%', '\\']) && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// Whether pip takes a userinfo for nothing secret, and keeps it in `direct_url.json` (PEP 610).
fn is_recorded(userinfo: &str) -> bool {
    userinfo == "git" || userinfo.starts_with("${")
}
