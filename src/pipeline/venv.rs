//! Making an environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::context::Context;
use super::error::PipelineError;
use super::fill::{Base, Filled, Ground};
use super::pip_home::Newest;
use super::question::visible_in;
use crate::environment::snapshot::{Member, Snapshot};
use crate::environment::{Assembled, Existing, Seed, Site, Skeleton, SystemSite};
use crate::fs::{Form, Means};
use crate::key::VisibleDistribution;
use crate::pip::Pip;
use crate::report::{AnsweredBy, Deed, Summary};
use crate::resolve::{Question, ResolveError};
use crate::store::{DistributionRecord, PipRecord};

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

/// Where the files come from.
struct Source {
    snapshot: Snapshot,
    by: AnsweredBy,
    filled: Option<Filled>,
}

impl Context<'_> {
    /// Makes the environment.
    ///
    /// # Errors
    /// When it cannot be made; the place and the store are as they were then.
    pub fn venv(&self, wish: &Wish, began: Instant) -> Result<Summary, PipelineError> {
        match self.venv_once(wish, began) {
            // It is out of use now, and was it to be found: the second time it is a miss.
            Err(PipelineError::Store(damage)) if damage.is_damage() => {
                self.progress.warn(&format!("{damage}; it is made anew"));
                self.venv_once(wish, began)
            }
            other => other,
        }
    }

    fn venv_once(&self, wish: &Wish, began: Instant) -> Result<Summary, PipelineError> {
        let destination = absolute(&self.world.current_dir, &wish.folder);
        let on_wait = || {
            self.progress
                .step("waiting for another process that is making this environment");
        };
        let site = Site::claim(&destination, wish.existing, &on_wait)?;
        let source = match self.source(wish) {
            Err(PipelineError::Resolve(ResolveError::Beyond(reason))) => return self.by_pip_alone(wish, site, &reason, began),
            Err(PipelineError::Requirements(error)) if error.is_unsupported() => {
                return self.by_pip_alone(wish, site, &error.to_string(), began);
            }
            other => other?,
        };
        let snapshot = &source.snapshot;
        self.skeleton(wish, &site)?;
        let python = destination.join(&self.facts.scheme.scripts).join("python");
        let assembled = self.assemble_in_form(snapshot, &site, &python)?;
        match &source.filled {
            Some(filled) if filled.has_editables() => Self::tried(site, || {
                self.install_editables(filled, || self.pip_for(wish, &python, &self.provide_pip(Newest::Known)?))
            })?,
            _ => site.publish()?.keep()?,
        }
        self.tell_exceptions(&assembled);
        Ok(summary(wish, &source, &assembled, began))
    }

    pub(super) fn tell_exceptions(&self, assembled: &Assembled) {
        if assembled.exceptions > 0 {
            let count = assembled.exceptions;
            self.progress.warn(&format!(
                "{count} files could not be linked (too many links, or another owner) and were copied"
            ));
        }
        if let (Form::Flat(asked), Means::Links(used)) = (self.settings.form, assembled.means)
            && asked != used
        {
            self.progress
                .warn(&format!("{asked} does not work between store and environment; used {used}"));
        }
    }

    /// The files: known, or made now.
    fn source(&self, wish: &Wish) -> Result<Source, PipelineError> {
        if let Some(said) = &self.settings.hands_over {
            return Err(ResolveError::Beyond(format!("{said} is pip's alone")).into());
        }
        let requirements = self.requirements()?;
        for warning in &requirements.warnings {
            self.progress.warn(warning);
        }
        let search = self.search_of(&requirements);
        let pip = self.provide_pip(Newest::Known)?;
        let question = self.question(requirements.clone(), &pip.version, self.visible(wish, &pip))?;
        match self.look_up_in_form(&question) {
            Ok(hit) => {
                return Ok(Source {
                    snapshot: hit.snapshot,
                    by: hit.answer,
                    filled: None,
                });
            }
            Err(reason) => self.progress.detail(&format!("miss: {reason}")),
        }
        // Nothing was asked for: that needs no index, only the seed.
        let newest = if question.entries.is_empty() {
            Newest::Known
        } else {
            Newest::Today
        };
        let pip = self.provide_pip(newest)?;
        let question = if question.preimage.pip == pip.version {
            question
        } else {
            self.question(requirements, &pip.version, self.visible(wish, &pip))?
        };
        let seed = match wish.seed {
            Seed::Pip => Some(self.seed(&pip)?),
            Seed::Without => None,
        };
        let base = Base {
            pip: &pip,
            ground: Ground::New {
                seed: seed.as_ref(),
                system: wish.system,
            },
        };
        if question.entries.is_empty() {
            return self.bare(seed.as_ref());
        }
        let filled = self.fill(&question, &search, &base)?;
        Ok(Source {
            snapshot: filled.snapshot.clone(),
            by: filled.by.clone(),
            filled: Some(filled),
        })
    }

    /// An environment in which nothing was asked for.
    fn bare(&self, seed: Option<&DistributionRecord>) -> Result<Source, PipelineError> {
        let members: Vec<Member> = seed.into_iter().map(seed_member).collect();
        let mut snapshot = self.compose(&members)?;
        if self.settings.form == Form::Layered && self.excerpt(snapshot.header.key).is_none() {
            snapshot = self.keep_snapshot(&members)?;
        }
        Ok(Source {
            snapshot,
            by: AnsweredBy::Known,
            filled: None,
        })
    }

    /// What the new environment sees before anything is installed.
    fn visible(&self, wish: &Wish, pip: &PipRecord) -> Vec<VisibleDistribution> {
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
                version: pip.version.clone(),
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

    fn skeleton(&self, wish: &Wish, site: &Site) -> Result<(), PipelineError> {
        let skeleton = Skeleton {
            facts: self.facts,
            destination: site.destination(),
            prompt: wish.prompt.as_deref(),
            system_site_packages: wish.system,
            seed: wish.seed,
        };
        Ok(skeleton.write(site.staging())?)
    }

    /// pip as it acts on the environment of `python`: its own if it is seeded, else the store's.
    fn pip_for(&self, wish: &Wish, python: &Path, record: &PipRecord) -> Result<Pip, PipelineError> {
        let program = match wish.seed {
            Seed::Pip => vec!["-m".into(), "pip".into()],
            Seed::Without => {
                let tree = self
                    .store
                    .ensure_tree(&record.preimage, record.distribution, record.content)?;
                vec![tree.join(&self.facts.scheme.purelib).join("pip").into_os_string()]
            }
        };
        Ok(Pip {
            python: python.to_owned(),
            program,
            version: record.version.clone(),
            variables: Vec::new(),
        })
    }

    /// What snapenv cannot do natively: a seeded environment, filled by real pip at its final place.
    fn by_pip_alone(&self, wish: &Wish, site: Site, reason: &str, began: Instant) -> Result<Summary, PipelineError> {
        self.progress.step(&format!("handing over to pip: {reason}"));
        if self.settings.form == Form::Layered {
            self.progress.detail("pip fills this environment: it is flat, not layered");
        }
        let record = self.provide_pip(Newest::Known)?;
        let seed = self.seed(&record)?;
        let members: Vec<Member> = match wish.seed {
            Seed::Pip => vec![seed_member(&seed)],
            Seed::Without => Vec::new(),
        };
        let snapshot = self.compose(&members)?;
        self.skeleton(wish, &site)?;
        let python = site.destination().join(&self.facts.scheme.scripts).join("python");
        let assembled = self.assemble(&snapshot, site.staging(), &python)?;
        Self::tried(site, || self.pass_on(&self.pip_for(wish, &python, &record)?))?;
        let source = Source {
            snapshot,
            by: AnsweredBy::Pip(record.version),
            filled: None,
        };
        Ok(summary(wish, &source, &assembled, began))
    }

    /// Publishes what is to be finished at its place, and gives the place back when that fails.
    fn tried(site: Site, finish: impl FnOnce() -> Result<(), PipelineError>) -> Result<(), PipelineError> {
        let published = site.publish_on_trial()?;
        match finish() {
            Ok(()) => Ok(published.keep()?),
            Err(error) => {
                published.undo()?;
                Err(error)
            }
        }
    }

    fn pass_on(&self, pip: &Pip) -> Result<(), PipelineError> {
        let mut arguments: Vec<OsString> = vec!["install".into()];
        arguments.extend(self.settings.pip_arguments.iter().cloned());
        arguments.push("--".into());
        arguments.extend(self.settings.asked.arguments.iter().map(Into::into));
        match pip.pass_on(&arguments, &self.world.current_dir)? {
            0 => Ok(()),
            code => Err(PipelineError::PipFailed(code)),
        }
    }

    /// The question that a wish asks, for `key` and `explain`.
    ///
    /// # Errors
    /// When only pip can say what it means.
    pub fn question_of(&self, wish: &Wish) -> Result<Question, PipelineError> {
        let pip = self.provide_pip(Newest::Known)?;
        self.question(self.requirements()?, &pip.version, self.visible(wish, &pip))
    }
}

fn seed_member(record: &DistributionRecord) -> Member<'_> {
    Member {
        record,
        requested: true,
        direct_url: None,
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

fn summary(wish: &Wish, source: &Source, assembled: &Assembled, began: Instant) -> Summary {
    let (hits, misses, fetched) = match &source.filled {
        Some(filled) => (filled.hits, filled.misses, filled.fetched),
        None => (
            source
                .snapshot
                .header
                .distributions
                .iter()
                .filter(|one| one.name != "pip")
                .count(),
            0,
            0,
        ),
    };
    Summary {
        deed: Deed::Assembled,
        environment: wish.folder.display().to_string(),
        hits,
        misses,
        files: assembled.files,
        bytes: assembled.bytes,
        fetched,
        elapsed: began.elapsed(),
        means: assembled.means,
        answer: source.by.clone(),
    }
}
