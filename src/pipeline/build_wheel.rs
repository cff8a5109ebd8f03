//! Building one wheel: natively, or by pip where only pip knows how.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use pep440_rs::Version;
use url::Url;

use super::build_tree::{Order, Source};
use super::error::PipelineError;
use super::obtain::{Bench, Workshop, digest_of};
use crate::build::{BuildError, Product, build_wheel, config_settings};
use crate::fs::Context as _;
use crate::key::{Sha256, SnapshotKey};
use crate::report::Phase;
use crate::requirements::Link;
use crate::resolve::ResolveError;
use crate::store::{DistributionRecord, Resolved};
use crate::wheel::Filename;

impl Bench<'_> {
    /// Builds a resolved distribution; `archive` is its sdist, and pip may write into the existing folder `folder`.
    ///
    /// # Errors
    /// When it cannot be built, or is a wheel of something else.
    pub(super) fn build(
        &self,
        resolved: &Resolved,
        archive: Option<(&Path, Sha256)>,
        folder: &Path,
    ) -> Result<DistributionRecord, PipelineError> {
        let workshop = self.workshop;
        let project = format!("{} {}", resolved.name, resolved.version);
        workshop.context.progress.step(&format!("building {project}"));
        let local = local_folder(resolved);
        let part = part(resolved);
        let source = match (archive, &local) {
            (Some((archive, _)), _) => Some(Source::Archive {
                archive,
                part: part.as_deref(),
            }),
            (None, Some(folder)) => Some(Source::Folder(folder)),
            (None, None) => None,
        };
        let settings = config_settings(&resolved.settings);
        let tree = source.map(|source| {
            workshop.build_tree(Order {
                project: &project,
                source,
                settings: &settings,
                product: Product::Wheel,
            })
        });
        let reason = match tree {
            Some(Ok(tree)) => {
                return self.built(resolved, archive.map(|(_, sha256)| sha256), tree.held(), || tree.wheel());
            }
            // The pip that is at hand for builds is not that of the environment.
            Some(Err(error)) if !workshop.context.isolates() => return Err(error),
            Some(Err(error)) => beyond(error)?,
            None if !workshop.context.isolates() => {
                return Err(ResolveError::Beyond(format!("{project} has to be built without isolation")).into());
            }
            None => "it is a checkout, or a part of a folder".to_owned(),
        };
        workshop
            .context
            .progress
            .detail(&format!("{project} is built by pip: {reason}"));
        let what = archive.map_or_else(
            || project_argument(resolved),
            |(path, _)| match &part {
                None => path.as_os_str().to_owned(),
                Some(part) => format!("{}#subdirectory={part}", Link::from_path(path).secret()).into(),
            },
        );
        self.built(resolved, archive.map(|(_, sha256)| sha256), Vec::new(), || {
            workshop.build_by_pip(resolved, what, folder)
        })
    }

    /// What a build comes to. Of a folder, only the wheel itself says what it is.
    pub(super) fn built(
        &self,
        resolved: &Resolved,
        sha256: Option<Sha256>,
        held: Vec<SnapshotKey>,
        build: impl FnOnce() -> Result<PathBuf, PipelineError>,
    ) -> Result<DistributionRecord, PipelineError> {
        let checked = || {
            let building = self.workshop.context.timeline.span_of(Phase::Build, &resolved.name);
            let wheel = build()?;
            drop(building);
            check(&wheel, resolved)?;
            Ok(wheel)
        };
        // What was built among other things is known by what came of it alone.
        let record = if let Some(sha256) = sha256.filter(|_| self.workshop.context.isolates()) {
            let preimage = self.workshop.preimage(resolved, sha256, held)?;
            self.take_in(resolved, preimage, true, checked)?
        } else {
            let wheel = checked()?;
            let preimage = self.workshop.preimage(resolved, digest_of(&wheel)?, held)?;
            self.take_in(resolved, preimage, true, || Ok(wheel))?
        };
        self.workshop.record_build(resolved, &record);
        Ok(record)
    }
}

impl Workshop<'_> {
    fn build_by_pip(&self, resolved: &Resolved, what: OsString, folder: &Path) -> Result<PathBuf, PipelineError> {
        let context = self.context;
        let _seat = self.seat();
        let wheels = folder.join("wheel");
        std::fs::create_dir(&wheels).context("create folder", &wheels)?;
        let mut arguments: Vec<OsString> = Vec::new();
        for setting in &resolved.settings {
            arguments.extend(["--config-settings".into(), setting.into()]);
        }
        let typed = &context.settings.pip_arguments;
        let constraints = typed.windows(2).filter(|pair| pair[0] == "--build-constraint");
        arguments.extend(constraints.flatten().cloned());
        arguments.extend(context.settings.network_arguments());
        arguments.push(what);
        let pip = (self.pip)()?;
        Ok(build_wheel(
            &pip,
            &arguments,
            &wheels,
            &context.world.current_dir,
            context.progress,
        )?)
    }
}

/// Why something is left to pip; every other error stays one.
pub(super) fn beyond(error: PipelineError) -> Result<String, PipelineError> {
    match error {
        PipelineError::Resolve(ResolveError::Beyond(reason)) => Ok(reason),
        PipelineError::Requirements(error) if error.is_unsupported() => Ok(error.to_string()),
        PipelineError::BuildRequirements { project, source } => {
            beyond(*source).map_err(|source| PipelineError::BuildRequirements {
                project,
                source: Box::new(source),
            })
        }
        other => Err(other),
    }
}

/// What was built must be what was resolved.
fn check(wheel: &Path, resolved: &Resolved) -> Result<(), BuildError> {
    let name = wheel.file_name().unwrap_or_default().to_string_lossy();
    let built: Filename = name.parse()?;
    let same_version = resolved
        .version
        .parse::<Version>()
        .map_or(true, |version| version == built.version);
    if built.name == resolved.name && same_version {
        return Ok(());
    }
    Err(BuildError::Another {
        project: format!("{} {}", resolved.name, resolved.version),
        wheel: name.into_owned(),
    })
}

/// The folder of a local project that was resolved.
pub(super) fn local_folder(resolved: &Resolved) -> Option<PathBuf> {
    let info = direct_url(resolved);
    if info["dir_info"].is_null() || !info["subdirectory"].is_null() {
        return None;
    }
    Url::parse(&resolved.artifact.url).ok()?.to_file_path().ok()
}

/// The folder within an archive or checkout that was resolved.
pub(super) fn part(resolved: &Resolved) -> Option<String> {
    direct_url(resolved)["subdirectory"].as_str().map(str::to_owned)
}

fn direct_url(resolved: &Resolved) -> serde_json::Value {
    let text = resolved.direct_url.as_deref();
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// What pip is asked to build for a folder or a checkout: the recorded direct URL, with its commit.
fn project_argument(resolved: &Resolved) -> OsString {
    let artifact = &resolved.artifact;
    let info = direct_url(resolved);
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let fragment = text(&info["subdirectory"])
        .map(|folder| format!("#subdirectory={folder}"))
        .unwrap_or_default();
    if let (Some(system), Some(commit)) = (text(&info["vcs_info"]["vcs"]), text(&info["vcs_info"]["commit_id"])) {
        return format!("{} @ {system}+{}@{commit}{fragment}", resolved.name, artifact.url).into();
    }
    let folder = Url::parse(&artifact.url).ok().and_then(|url| url.to_file_path().ok());
    match folder {
        Some(folder) if fragment.is_empty() => folder.into(),
        _ => format!("{} @ {}{fragment}", resolved.name, artifact.url).into(),
    }
}
