//! The newest pip that the indexes offer, found and fetched without running one.

use std::path::{Path, PathBuf};

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::PackageName;

use super::context::Context;
use super::index_access::IndexAccess;
use super::pips_index::indexes_of_wheel;
use crate::index::Artifact;
use crate::interpreter::TargetPython;
use crate::requirements::{Choice, HashChecking, Search, contains, parse_specifiers};
use crate::resolve::candidates::{AllowedHashes, Candidate, Demand, Offered, RequiresPython, Rules, UploadedBefore};
use crate::resolve::{Sources, tags_of};
use crate::store::PipRecord;
use crate::wheel::Wheel;

/// Attempts after the first: nobody waits long for a newer pip, and real pip tries, too.
const RETRIES: u32 = 0;

/// What the indexes offer.
pub(super) enum NewestPip {
    /// A wheel, fetched.
    Wheel(PathBuf),
    /// The one that is known.
    Known,
}

impl Context<'_> {
    /// Fetches the newest pip for the interpreter into the folder `into`, unless it is the `known` one; `bundled` is that of the interpreter.
    ///
    /// # Errors
    /// Why only a pip can tell.
    pub(super) fn newest_pip(
        &self,
        (known, bundled): (Option<&PipRecord>, Option<&Path>),
        into: &Path,
    ) -> Result<NewestPip, String> {
        let mut search = Search::from_settings(&self.settings.search);
        if !self.settings.asked.constraint_files.is_empty() || !matches!(search.hashes, HashChecking::WhenGiven) {
            return Err("its version may be constrained".to_owned());
        }
        // A pip that only a find-links place of this command offers is not to become the pip of the store.
        search.find_links.clear();
        search.format.no_binary = Choice::default();
        search.format.only_binary = Choice {
            all: true,
            ..Choice::default()
        };
        let indexes = match (known, bundled) {
            (Some(known), _) => self.indexes(&search, &known.clone().into()),
            (None, Some(wheel)) => indexes_of_wheel(&search, wheel),
            (None, None) => None,
        };
        let indexes = indexes.ok_or("it is not known which index pip asks")?;
        let access = self.index_access_to(&search, &indexes, Some(RETRIES));
        self.newest_of(&access.map_err(|error| error.to_string())?, (&search, known), into)
    }

    fn newest_of(
        &self,
        access: &IndexAccess,
        (search, known): (&Search, Option<&PipRecord>),
        into: &Path,
    ) -> Result<NewestPip, String> {
        let tags = tags_of(&TargetPython::default(), self.facts)?;
        let rules = Rules {
            search,
            tags: &tags,
            python: self.facts.version,
            requires_python: RequiresPython::Respected,
            uploaded_prior_to: self.uploaded_prior_to()?,
        };
        let project: PackageName = "pip".parse().map_err(|_| "pip")?;
        let best = access.with(self, |sources| {
            let found = sources.listings(&project)?;
            let listings: Vec<_> = found.listings.iter().map(|listing| (**listing).clone()).collect();
            let offered = Offered::new(&project, &listings, &rules).map_err(|error| error.to_string())?;
            let demand = Demand {
                name: project.clone(),
                specifiers: VersionSpecifiers::empty(),
                hashes: AllowedHashes::default(),
            };
            offered
                .applicable(&demand)
                .into_iter()
                .next()
                .ok_or("no index offers any".to_owned())
        })?;
        let sha256 = best.link.digests.sha256();
        if known.is_some_and(|known| sha256 == Some(known.preimage.artifact)) {
            return Ok(NewestPip::Known);
        }
        let path = into.join(&*best.link.filename);
        let artifact = Artifact {
            url: best.link.url().ok_or("its URL cannot be read")?,
            filename: best.link.filename.to_string(),
            size: None,
            hashes: best.link.digests.expected(),
        };
        let fetched = access.fetcher().fetch(&artifact, &path, self.progress);
        fetched.map_err(|error| error.to_string())?;
        self.check_pip(&path, &best)?;
        Ok(NewestPip::Wheel(path))
    }

    /// What the page says is not believed where the wheel itself says otherwise.
    fn check_pip(&self, path: &Path, best: &Candidate) -> Result<(), String> {
        let wheel = Wheel::open(path).map_err(|error| error.to_string())?;
        let metadata = wheel.metadata();
        let other = || format!("{} is not what its name says", best.link.filename);
        let version: Version = metadata.version.parse().map_err(|_| other())?;
        if version != best.version {
            return Err(other());
        }
        let python: Version = self
            .facts
            .full_version
            .parse()
            .map_err(|_| "the version of the interpreter")?;
        let required = metadata.requires_python.as_deref().map(parse_specifiers).transpose();
        match required.map_err(|error| error.to_string())? {
            Some(required) if !contains(&required, &python.only_release()) => Err(format!("pip {version} is for other Pythons")),
            _ => Ok(()),
        }
    }

    /// A point in time; what counts from now is another one every time.
    fn uploaded_prior_to(&self) -> Result<Option<UploadedBefore>, String> {
        let values = self.settings.answers.get("uploaded-prior-to");
        let Some(text) = values.and_then(|values| values.last()) else {
            return Ok(None);
        };
        let parsed = UploadedBefore::parse(text);
        parsed.map(Some).ok_or_else(|| format!("--uploaded-prior-to {text}"))
    }
}
