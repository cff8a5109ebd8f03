//! Whoever needs METADATA asks here.

use std::path::Path;
use std::sync::Arc;

use url::Url;

use super::{Described, Means, MetadataError, known, range};
use crate::fs::Context as _;
use crate::index::hashes::Check;
use crate::index::request::Ask;
use crate::index::simple::{Link, MetadataFile, Shelf};
use crate::index::{Artifact, FetchError, Fetcher, Hashes, PipReason};
use crate::report::Progress;
use crate::wheel::{Filename, Metadata, Wheel};

/// No METADATA is longer.
const LARGEST: u64 = 64 << 20;

/// Reads METADATA of wheels; threads may share it.
pub struct MetadataReader<'a> {
    fetcher: &'a Fetcher,
    shelf: &'a dyn Shelf,
    scratch: &'a Path,
    progress: &'a dyn Progress,
    wanted: Wanted,
}

/// How much of METADATA is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// What resolving needs.
    Essentials,
    /// Its text, too, which nobody keeps.
    Text,
}

impl<'a> MetadataReader<'a> {
    /// A reader that keeps what it learns in `shelf`, and temporary files in the folder `scratch`.
    pub fn new(fetcher: &'a Fetcher, shelf: &'a dyn Shelf, scratch: &'a Path, progress: &'a dyn Progress) -> Self {
        Self {
            fetcher,
            shelf,
            scratch,
            progress,
            wanted: Wanted::Essentials,
        }
    }

    /// A reader of so much.
    #[must_use]
    pub fn wanting(self, wanted: Wanted) -> Self {
        Self { wanted, ..self }
    }

    /// What the wheel that `link` leads to says of itself.
    ///
    /// # Errors
    /// Where it cannot be had, its digest is not the announced one, or it lacks name or version.
    pub fn of_wheel(&self, link: &Link) -> Result<Described, MetadataError> {
        if let Some(metadata) = self.kept(link) {
            return Ok(metadata);
        }
        let url = address(link)?;
        if let Some(beside) = self.beside(link, &url)? {
            return self.found(link, &beside, Means::Beside);
        }
        if !link.is_local()
            && let Ok(filename) = link.filename.parse::<Filename>()
            && let Some(part) = range::metadata(self.fetcher, &url, &filename, self.scratch)
        {
            return self.found(link, &part, Means::Part);
        }
        self.of_whole_wheel(link)
    }

    /// The same, if that needs nothing but what was kept.
    pub fn kept(&self, link: &Link) -> Option<Described> {
        if self.wanted == Wanted::Text {
            return None;
        }
        let metadata = known::load(self.shelf, link)?;
        Some(Described {
            metadata,
            means: Means::Kept,
            wheel: None,
        })
    }

    /// The same by way of the whole wheel, as pip does when hashes are required.
    ///
    /// # Errors
    /// As for [`MetadataReader::of_wheel`].
    pub fn of_whole_wheel(&self, link: &Link) -> Result<Described, MetadataError> {
        let url = address(link)?;
        if link.digests.is_empty()
            && let Some(path) = link.is_local().then(|| url.to_file_path().ok()).flatten()
        {
            let metadata = Arc::new(Wheel::open(&path)?.metadata().clone());
            let (means, wheel) = (Means::Whole, None);
            return Ok(Described { metadata, means, wheel });
        }
        // The name tells project and version, so the temporary file has it, too.
        let folder = tempfile::tempdir_in(self.scratch).context("create a temporary folder in", self.scratch)?;
        let path = folder.path().join(&*link.filename);
        let artifact = Artifact {
            url,
            filename: link.filename.to_string(),
            size: None,
            hashes: link.digests.expected(),
        };
        let fetched = self.fetcher.fetch(&artifact, &path, self.progress)?;
        let content = Wheel::open(&path)?.raw_metadata()?;
        let metadata = parse(link, &content)?;
        // Another of the link's digests may have been the one that matched.
        if link.digests.sha256() == Some(fetched.sha256) {
            known::keep(self.shelf, link, (&metadata, &content), Means::Whole);
        }
        let (means, wheel) = (Means::Whole, Some(self.keep_file(&path, folder)?));
        Ok(Described { metadata, means, wheel })
    }

    /// Takes the file from its folder, whose name nobody needs.
    fn keep_file(&self, path: &Path, _folder: tempfile::TempDir) -> Result<tempfile::TempPath, MetadataError> {
        let kept = tempfile::NamedTempFile::new_in(self.scratch).context("create a temporary file in", self.scratch)?;
        let kept = kept.into_temp_path();
        std::fs::rename(path, &kept).context("write", &kept)?;
        Ok(kept)
    }

    /// The content of the file beside the wheel, where there is one.
    fn beside(&self, link: &Link, wheel: &Url) -> Result<Option<Vec<u8>>, MetadataError> {
        let hashes = match &link.metadata {
            MetadataFile::Absent => return Ok(None),
            MetadataFile::Unhashed => Hashes::default(),
            MetadataFile::Hashed(digests) => digests.expected(),
        };
        let text = format!("{}.metadata", link.address_without_fragment());
        let Ok(mut url) = Url::parse(&text) else {
            return Err(MetadataError::Address(crate::index::redact(&text)));
        };
        // Userinfo of the wheel's URL is the metadata's as well; both are parsed from the same text.
        url.set_fragment(None);
        if let Some(algorithm) = hashes.uncheckable() {
            let reason = PipReason::Hash(algorithm.to_owned());
            return Err(FetchError::NeedsPip {
                url: wheel.into(),
                reason,
            }
            .into());
        }
        let content = if link.is_local() {
            self.fetcher.read(&url, LARGEST)?.bytes
        } else {
            self.fetcher.ask(&url, &Ask::text(), LARGEST)?.body
        };
        let mut check = Check::new(&hashes);
        check.update(&content);
        check.finish().map_err(|mismatch| FetchError::Hash {
            artifact: format!("{}.metadata", link.filename),
            url: (&url).into(),
            mismatch,
        })?;
        Ok(Some(content))
    }

    fn found(&self, link: &Link, content: &[u8], means: Means) -> Result<Described, MetadataError> {
        let metadata = parse(link, content)?;
        known::keep(self.shelf, link, (&metadata, content), means);
        let wheel = None;
        Ok(Described { metadata, means, wheel })
    }
}

fn parse(link: &Link, content: &[u8]) -> Result<Arc<Metadata>, MetadataError> {
    let metadata = Metadata::parse(content).map_err(|problem| MetadataError::invalid(link.address(), problem))?;
    Ok(Arc::new(metadata))
}

fn address(link: &Link) -> Result<Url, MetadataError> {
    link.url().ok_or_else(|| MetadataError::Address(link.shown()))
}
