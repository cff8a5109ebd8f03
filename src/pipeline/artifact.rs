//! Artifacts as files: from the store, fetched, or fetched by pip.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use url::Url;

use super::context::Context;
use super::error::PipelineError;
use super::obtain::{Bench, digest_of};
use crate::fs::Context as _;
use crate::index::{Artifact as Download, FetchError, Hashes};
use crate::key::Sha256;
use crate::report::Phase;
use crate::resolve::ResolveError;
use crate::settings::Freshness;
use crate::store::{Artifact, ArtifactKind, Resolved};

impl Context<'_> {
    /// What has to be fetched for an artifact.
    ///
    /// # Errors
    /// When nothing may be fetched, or only pip can read the URL.
    pub(super) fn to_fetch(&self, artifact: &Artifact) -> Result<Download, ResolveError> {
        let url = Url::parse(&artifact.url).map_err(|error| ResolveError::Beyond(format!("{}: {error}", artifact.url)))?;
        if self.settings.freshness == Freshness::Offline && url.scheme() != "file" {
            return Err(ResolveError::Offline);
        }
        Ok(Download {
            url,
            filename: artifact.file_name.clone(),
            size: None,
            hashes: hashes_of(artifact),
        })
    }
}

impl Bench<'_> {
    /// The artifact as a file: from the store, fetched, or fetched by pip.
    pub(super) fn source(&self, resolved: &Resolved, folder: &Path) -> Result<(PathBuf, Sha256), PipelineError> {
        let context = self.workshop.context;
        let artifact = &resolved.artifact;
        if let Some(sha256) = artifact.sha256
            && let Some(path) = context.store.source(sha256, &artifact.file_name)
        {
            return Ok((path, sha256));
        }
        let temporary = folder.join(&artifact.file_name);
        let download = context.to_fetch(artifact)?;
        let fetched = {
            let waiting = context.timeline.span_of(Phase::Wait, &resolved.name);
            let _line = self.enter(self.lines)?;
            drop(waiting);
            let _fetching = context.timeline.span_of(Phase::Fetch, &resolved.name);
            self.fetcher.fetch_until(&download, &temporary, context.progress, self.stop)
        };
        let sha256 = match fetched {
            Ok(fetched) => {
                self.fetched.fetch_add(fetched.size, Ordering::Relaxed);
                fetched.sha256
            }
            Err(FetchError::NeedsPip { reason, .. }) => {
                context
                    .progress
                    .detail(&format!("{} is fetched by pip: {reason}", artifact.file_name));
                self.fetch_by_pip(resolved, &temporary, folder)?
            }
            Err(error) => return Err(error.into()),
        };
        // Wheels are kept as archives; an sdist may have to be built again.
        if artifact.kind == ArtifactKind::Sdist {
            let kept = context.store.put_source(&temporary, sha256, &artifact.file_name)?;
            return Ok((kept, sha256));
        }
        Ok((temporary, sha256))
    }

    /// pip knows keyrings, odd proxies and TLS set-ups that the native client does not.
    fn fetch_by_pip(&self, resolved: &Resolved, into: &Path, folder: &Path) -> Result<Sha256, PipelineError> {
        let context = self.workshop.context;
        let pip = (self.workshop.pip)()?;
        let downloads = folder.join("by-pip");
        let mut arguments: Vec<OsString> = ["download", "--no-deps", "--no-input", "--dest"].map(OsString::from).to_vec();
        arguments.push(downloads.clone().into());
        arguments.extend(context.settings.network_arguments());
        arguments.push(match resolved.direct_url {
            Some(_) => format!("{} @ {}", resolved.name, resolved.artifact.url).into(),
            None => format!("{}=={}", resolved.name, resolved.version).into(),
        });
        let finished = pip.run(&arguments, &context.world.current_dir, context.progress)?;
        if finished.code != 0 {
            return Err(ResolveError::Refused {
                code: finished.code,
                output: finished.output,
                recorded: None,
            }
            .into());
        }
        let from = downloads.join(&resolved.artifact.file_name);
        let sha256 = digest_of(&from)?;
        if resolved.artifact.sha256.is_some_and(|expected| expected != sha256) {
            let reason = format!("pip fetched another {} than it resolved", resolved.artifact.file_name);
            return Err(ResolveError::Beyond(reason).into());
        }
        std::fs::rename(&from, into).context("create", into)?;
        Ok(sha256)
    }
}

fn hashes_of(artifact: &Artifact) -> Hashes {
    let mut hashes = Hashes::default();
    if let Some(sha256) = artifact.sha256 {
        hashes.allow("sha256", &sha256.to_string());
    } else {
        for (algorithm, digest) in &artifact.hashes {
            hashes.allow(algorithm, digest);
        }
    }
    hashes
}
