//! Making an environment.

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::context::Context;
use super::error::PipelineError;
use super::fill::{Base, Ground};
use super::pip_home::Newest;
use super::provided_pip::ProvidedPip;
use super::question::visible_in;
use super::source::{Source, Traced, seed_member};
use crate::environment::snapshot::Member;
use crate::environment::{Assembled, Existing, Seed, Site, SiteError, Skeleton, SystemSite, sweep_beside};
use crate::fs::{Form, LinkMode, Locking, Means};
use crate::key::{SnapshotKey, VisibleDistribution, key_of};
use crate::report::{AnsweredBy, Deed, Phase, Summary};
use crate::resolve::{Keeping, Question, ResolveError};
use crate::store::SpareKind;

/// What kind of environment is made, and where.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The folder, as the user wrote it.
    pub folder: PathBuf,
    /// The prompt's name.
    pub prompt: Option<String>,
    /// Whether the interpreter's own distributions are visible.
    pub system: SystemSite,
    /// Whether pip is put into it.
    pub seed: Seed,
    /// What may be at the place already.
    pub existing: Existing,
}

/// An environment that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// What was done.
    pub summary: Summary,
    /// What a spare could stand in for the next time.
    pub spare: Option<SpareKind>,
    /// How its files were found.
    pub traced: Traced,
}

impl Context<'_> {
    /// Makes the environment.
    ///
    /// # Errors
    /// When it cannot be made; the place and the store are as they were then.
    pub fn venv(&self, wish: &Wish, began: Instant) -> Result<Made, PipelineError> {
        let made = self.past_full_store(|| self.past_damage(|| self.venv_once(wish, began)));
        self.tell_locking();
        made
    }

    /// Says so once if there are no locks.
    pub(super) fn tell_locking(&self) {
        if Locking::of_process() == Locking::Missing {
            self.progress.warn(
                "the filesystem of the store or of the environment has no locks: the same may be made twice, and what killed processes left \
                 goes only after a day (SNAPENV_NO_LOCKS=1 takes it as it is)",
            );
        }
    }

    fn venv_once(&self, wish: &Wish, began: Instant) -> Result<Made, PipelineError> {
        let destination = absolute(&self.world.current_dir, &wish.folder);
        let on_wait = || {
            self.progress
                .step("waiting for another process that is making this environment");
        };
        let site = match Site::claim(&destination, wish.existing, &on_wait) {
            Err(SiteError::Occupied(_)) => {
                // By somebody who died long ago, perhaps.
                sweep_beside(&destination, self.world.now);
                Site::claim(&destination, wish.existing, &on_wait)?
            }
            claimed => claimed?,
        };
        // They do not depend on each other. What a spare has is kept apart until it is moved in.
        let (source, skeleton) = thread::scope(|scope| {
            let skeleton = scope.spawn(|| self.skeleton(wish, &site));
            let source = self.source(wish, Some(site.staging()));
            (source, skeleton.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        skeleton?;
        let mut source = match source {
            Err(PipelineError::Resolve(ResolveError::Beyond(reason))) => return self.by_pip_alone(wish, site, &reason, began),
            Err(PipelineError::Requirements(error)) if error.is_unsupported() => {
                return self.by_pip_alone(wish, site, &error.to_string(), began);
            }
            other => other?,
        };
        let snapshot = &source.snapshot;
        let python = destination.join(&self.facts.scheme.scripts).join("python");
        let assembling = self.timeline.span(Phase::Assemble);
        let assembled = match &source.taken {
            Some(spare) => self.assemble_from(snapshot, spare, site.staging(), &python)?,
            None => self.assemble_in_form(&source, &site, &python)?,
        };
        if let Some(filled) = &mut source.filled {
            self.add_editables(filled, site.staging(), &python)?;
        }
        self.seal(wish, &source, (site.staging(), &destination))?;
        drop(assembling);
        let _publishing = self.timeline.span(Phase::Publish);
        match &source.filled {
            Some(filled) if filled.leaves_editables() => Self::tried(site, || {
                self.install_editables(filled, || self.pip_for(wish, &python, &self.provide_pip(Newest::Known)?))?;
                self.seal_editables(filled, &destination)
            })?,
            _ => site.publish()?.keep()?,
        }
        if let (Some(_), Some(folder)) = (&source.filled, destination.parent()) {
            sweep_beside(folder, self.world.now);
        }
        if assembled.means == Means::Layer {
            self.keep_lease(&destination, snapshot.header.key);
        }
        self.tell_exceptions(&assembled);
        Ok(Made {
            summary: summary(wish, &source, &assembled, began),
            traced: source.traced.clone(),
            spare: source
                .kept
                .and_then(|snapshot| self.spare_for(snapshot, &destination, &assembled)),
        })
    }

    pub(super) fn tell_exceptions(&self, assembled: &Assembled) {
        if assembled.exceptions > 0 {
            let count = assembled.exceptions;
            let files = if count == 1 {
                "1 file".to_owned()
            } else {
                format!("{count} files")
            };
            self.progress.warn(&format!(
                "{files} could not be linked (too many links, another owner, or immutable); copied instead"
            ));
        }
        if let (Form::Flat(asked), Means::Links(used)) = (self.settings.form, assembled.means)
            && asked != used
        {
            let needs = match asked {
                LinkMode::Clone => "one filesystem that can clone, such as btrfs or xfs",
                LinkMode::Hardlink | LinkMode::Copy => "the same filesystem, through the same mount",
            };
            let store = self.store.home().root().display();
            self.progress.warn(&format!(
                "{asked} needs {needs}, for the environment and the store in {store}: files were copied, which is slower; \
                 SNAPENV_CACHE_DIR moves the store, `--link-mode layered` does without most copies, `--link-mode copy` takes it as it is"
            ));
        }
    }

    /// The files: in a spare that is taken into `staging`, known, or made now.
    pub(super) fn source(&self, wish: &Wish, staging: Option<&Path>) -> Result<Source, PipelineError> {
        if let Some(said) = self.settings.hands_over.as_ref().or(self.settings.of_living.as_ref()) {
            return Err(ResolveError::Beyond(format!("{said} is pip's alone")).into());
        }
        let requirements = self.requirements()?;
        for warning in &requirements.warnings {
            self.progress.warn(warning);
        }
        let search = self.search_of(&requirements);
        let pip = self.pip_at_hand(Newest::Known)?;
        let question = self.question(requirements.clone(), pip.version(), self.visible(wish, &pip))?;
        let from_store = |(answer, key): (AnsweredBy, SnapshotKey)| {
            if let Some((excerpt, taken)) = staging.and_then(|staging| self.take_spare(key, staging)) {
                return Ok(Source::known(answer, excerpt, Some(taken)));
            }
            let hit = self.loaded_in_form(answer, key)?;
            Ok(Source {
                excerpt: hit.excerpt,
                ..Source::known(hit.answer, hit.snapshot, None)
            })
        };
        let looking = self.timeline.span(Phase::Lookup);
        let found = self.answered(&question).and_then(from_store);
        drop(looking);
        let mut missed = match found {
            Ok(source) => return self.once_made(&pip, source.of(&question)),
            Err(reason) => self.missed(reason),
        };
        // Nothing was asked for: that needs no index, only the seed.
        let newest = if question.entries.is_empty() {
            Newest::Known
        } else {
            Newest::Today
        };
        let pip = self.pip_at_hand(newest)?;
        let question = if question.preimage.pip == pip.version() {
            question
        } else {
            self.question(requirements, pip.version(), self.visible(wish, &pip))?
        };
        let looking = self.timeline.span(Phase::Revalidate);
        let found = self.revalidated(&question).map(|answered| answered.and_then(from_store));
        drop(looking);
        match found {
            Some(Ok(source)) => return self.once_made(&pip, source.of(&question)),
            Some(Err(reason)) => missed = self.missed(reason),
            None => {}
        }
        let base = Base {
            pip: &pip,
            ground: Ground::New {
                seed: wish.seed,
                system: wish.system,
            },
        };
        if question.entries.is_empty() {
            return self.bare(wish.seed, &pip);
        }
        let filled = self.beside_making(&pip, || self.fill(&question, &search, &base))?;
        let again = filled.keeping == Keeping::Kept && filled.editables.is_empty();
        let kept = again.then_some(filled.snapshot.header.key);
        // Another request may have been answered with the same before.
        let taken = kept.zip(staging).and_then(|(key, staging)| self.take_spare(key, staging));
        let (snapshot, taken) = taken.map_or_else(|| (filled.snapshot.clone(), None), |(excerpt, taken)| (excerpt, Some(taken)));
        Ok(Source {
            snapshot,
            excerpt: None,
            by: filled.by.clone(),
            filled: Some(filled),
            taken,
            traced: Traced {
                request: Some(key_of(&question.preimage)),
                missed: Some(missed),
            },
            kept,
        })
    }

    fn missed(&self, reason: String) -> String {
        self.progress.detail(&format!("miss: {reason}"));
        reason
    }

    /// A pip that was fetched is kept, too, where its files are not needed: the next run need not ask for it.
    fn once_made(&self, pip: &ProvidedPip, source: Source) -> Result<Source, PipelineError> {
        self.made_pip(pip)?;
        Ok(source)
    }

    /// An environment in which nothing was asked for.
    fn bare(&self, seed: Seed, pip: &ProvidedPip) -> Result<Source, PipelineError> {
        let pip = self.made_pip(pip)?;
        let seed = match seed {
            Seed::Pip => Some(self.seed(&pip)?),
            Seed::Without => None,
        };
        let members: Vec<Member> = seed.iter().map(seed_member).collect();
        let mut snapshot = self.compose(&members)?;
        // Whoever verifies the environment looks for it, too.
        let key = snapshot.header.key;
        if self.store.open_snapshot(key).is_none() || self.settings.form == Form::Layered && self.excerpt(key).is_none() {
            snapshot = self.keep_snapshot(&members)?;
        }
        Ok(Source {
            snapshot,
            excerpt: None,
            by: AnsweredBy::Known,
            filled: None,
            taken: None,
            traced: Traced::default(),
            kept: None,
        })
    }

    /// What the new environment sees before anything is installed.
    pub(super) fn visible(&self, wish: &Wish, pip: &ProvidedPip) -> Vec<VisibleDistribution> {
        let mut folders: Vec<PathBuf> = Vec::new();
        if let Some(path) = self.world.variable("PYTHONPATH") {
            folders.extend(std::env::split_paths(path));
        }
        if wish.system == SystemSite::Visible {
            folders.extend(self.facts.site_packages.iter().cloned());
            folders.extend(self.user_site());
        }
        let mut visible = visible_in(folders.iter().map(PathBuf::as_path));
        if wish.seed == Seed::Pip {
            visible.push(VisibleDistribution {
                name: "pip".to_owned(),
                version: pip.version().to_owned(),
                metadata: String::new(),
            });
        }
        visible
    }

    /// The user's own folder of modules, which is visible wherever the interpreter's is.
    fn user_site(&self) -> Option<PathBuf> {
        if self.world.variable("PYTHONNOUSERSITE").is_some() {
            return None;
        }
        let home = self.world.home.as_ref().map(|home| home.join(".local"));
        let base = self.world.variable("PYTHONUSERBASE").map(PathBuf::from).or(home)?;
        Some(base.join(format!("lib/python{}/site-packages", self.facts.major_minor())))
    }

    pub(super) fn skeleton(&self, wish: &Wish, site: &Site) -> Result<(), PipelineError> {
        let skeleton = Skeleton {
            facts: self.facts,
            destination: site.destination(),
            prompt: wish.prompt.as_deref(),
            system_site_packages: wish.system,
            seed: wish.seed,
        };
        Ok(skeleton.write(site.staging())?)
    }

    /// Publishes what is to be finished at its place, and gives the place back when that fails.
    pub(super) fn tried(site: Site, finish: impl FnOnce() -> Result<(), PipelineError>) -> Result<(), PipelineError> {
        let published = site.publish_on_trial()?;
        match finish() {
            Ok(()) => Ok(published.keep()?),
            Err(error) => {
                published.undo()?;
                Err(error)
            }
        }
    }

    /// The question that a wish asks, for `key` and `explain`.
    ///
    /// # Errors
    /// When only pip can say what it means.
    pub fn question_of(&self, wish: &Wish) -> Result<Question, PipelineError> {
        let pip = ProvidedPip::from(self.provide_pip(Newest::Known)?);
        self.question(self.requirements()?, pip.version(), self.visible(wish, &pip))
    }
}

fn absolute(current_dir: &Path, folder: &Path) -> PathBuf {
    let mut path = PathBuf::new();
    for part in current_dir.join(folder).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path
}

pub(super) fn summary(wish: &Wish, source: &Source, assembled: &Assembled, began: Instant) -> Summary {
    let (hits, misses) = source.counts();
    Summary {
        deed: Deed::Assembled,
        environment: wish.folder.display().to_string(),
        distributions: source.supplied(),
        hits,
        misses,
        files: assembled.files,
        bytes: assembled.bytes,
        fetched: source.filled.as_ref().map_or(0, |filled| filled.fetched),
        elapsed: began.elapsed(),
        cost: Duration::from_millis(source.snapshot.header.milliseconds),
        means: assembled.means,
        answer: source.by.clone(),
    }
}
