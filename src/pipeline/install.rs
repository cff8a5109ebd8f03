//! Installing into a living environment: natively where nothing that is installed has to change but what is in a layer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::context::Context;
use super::error::PipelineError;
use super::fill::{Base, Filled, Ground, only_addition};
use super::hit::Known;
use super::living::{beyond, lock, own_pip, undo_killed};
use super::on_top::Layered;
use super::pip_home::Newest;
use super::provided_pip::ProvidedPip;
use super::said::{said_of_ignored, said_of_installed, said_of_met, said_of_replaced};
use super::source::known_ones;
use crate::environment::snapshot::Snapshot;
use crate::environment::{AddError, Added, Assembled, InTheWay, Installed, Living, add};
use crate::pip::Pip;
use crate::report::{AnsweredBy, Deed, Phase, Summary};
use crate::requirements::{Requirements, Search};
use crate::resolve::{Question, ResolveError, conflicts, walk};
use crate::settings::Present;
use crate::wheel::Metadata;

/// How an installation ended.
#[derive(Debug)]
pub enum Installation {
    /// It is done.
    Done {
        /// What pip would have said.
        said: Said,
        /// What was added, if anything was.
        summary: Option<Box<Summary>>,
    },
    /// Only pip can do it; nothing was changed.
    HandOver(String),
}

/// What pip would have said.
#[derive(Debug, Default)]
pub struct Said {
    /// Lines on the way.
    pub lines: Vec<String>,
    /// The installation report, where it goes to standard output.
    pub report: Option<String>,
    /// Lines at the end.
    pub outcome: Vec<String>,
}

/// An environment as it is before anything is added.
struct Before<'a> {
    living: &'a Living,
    layered: Option<Layered>,
    installed: Vec<Installed>,
}

impl Before<'_> {
    /// What of it counts.
    fn counting(&self, present: Present) -> &[Installed] {
        match present {
            Present::Counts => &self.installed,
            Present::Reinstalled | Present::Ignored => &[],
        }
    }

    /// What another layer need not have. What is only overlooked is not removed.
    fn replaceable(&self, present: Present) -> BTreeSet<String> {
        let layered = self.layered.as_ref().filter(|_| present != Present::Ignored);
        layered
            .map(|layered| layered.replaceable(&self.installed))
            .unwrap_or_default()
    }

    /// Spares the resolving of what would be pip's in the end.
    fn refuse_early(&self, question: &Question, present: Present) -> Result<(), PipelineError> {
        if present == Present::Counts {
            return Ok(());
        }
        let replaceable = self.replaceable(present);
        let mut kept = self.installed.iter().filter(|one| !replaceable.contains(&one.name));
        match kept.find(|one| question.asks_for(&one.name)) {
            Some(one) => Err(beyond(format!("{} is installed already", one.name))),
            None => Ok(()),
        }
    }
}

/// What is to be added, and how that came to be known.
struct Addition {
    snapshot: Snapshot,
    by: AnsweredBy,
    filled: Option<Filled>,
    /// The report, where it goes to standard output.
    report: Option<String>,
}

impl Context<'_> {
    /// Installs what the settings ask for.
    ///
    /// # Errors
    /// When it cannot be installed; the environment is as it was then.
    pub fn install(&self, living: &Living, began: Instant) -> Result<Installation, PipelineError> {
        let outcome = lock(living, self.progress).and_then(|_lock| {
            undo_killed(living, self.progress)?;
            self.past_full_store(|| self.past_damage(|| self.install_natively(living, began)))
        });
        self.tell_locking();
        left_to_pip(outcome)
    }

    fn install_natively(&self, living: &Living, began: Instant) -> Result<Installation, PipelineError> {
        let requirements = self.native_requirements()?;
        let mut said = Said {
            lines: said_of_ignored(&requirements, &self.facts.markers),
            ..Said::default()
        };
        let before = Before {
            living,
            layered: self.layered(living)?,
            installed: self.installed(living)?,
        };
        let installed = &before.installed;
        let question = self.question_among(requirements.clone(), before.counting(self.settings.present))?;
        let known: BTreeMap<String, &Metadata> = question.installed.iter().map(|(name, one)| (name.clone(), one)).collect();
        let way = walk(question.start(), &known, &self.facts.markers);
        match &way.open {
            None if !question.upgrades() => {
                said.lines.extend(said_of_met(&way, installed, &self.world.current_dir));
                said.report = self.delivered(&question, &[])?;
                return Ok(Installation::Done { said, summary: None });
            }
            open => self.progress.detail(open.as_deref().unwrap_or("an upgrade is asked for")),
        }
        if question.asks_for("pip") {
            return Err(beyond("it is about pip itself".to_owned()));
        }
        before.refuse_early(&question, self.settings.present)?;
        let mut addition = self.addition(question.clone(), &requirements, &before)?;
        let assembling = self.timeline.span(Phase::Assemble);
        said.report = addition.report.take();
        let snapshot = &addition.snapshot;
        let metadata = self.metadata_of(snapshot, &addition)?;
        let added: BTreeMap<String, &Metadata> = metadata.iter().map(|one| (normalized(&one.name), one)).collect();
        let answers = addition.filled.iter();
        let unlisted: BTreeMap<String, &Metadata> = answers
            .flat_map(|filled| &filled.answer.unlisted)
            .map(|one| (normalized(&one.name), one))
            .collect();
        let all = known.into_iter().chain(added.clone()).chain(unlisted.clone()).collect();
        let way = walk(question.start(), &all, &self.facts.markers);
        let stays = |one: &&Installed| !added.contains_key(&one.name) && !unlisted.contains_key(&one.name);
        let stay: Vec<Installed> = installed.iter().filter(stays).cloned().collect();
        said.lines.extend(said_of_met(&way, &stay, &self.world.current_dir));
        if metadata.is_empty() {
            return Ok(Installation::Done { said, summary: None });
        }
        let assembled = match &before.layered {
            Some(layered) => self.put_over(living, layered, &addition)?,
            None => self.put(living, snapshot, &addition)?,
        };
        drop(assembling);
        said.lines.extend(said_of_replaced(installed, &added));
        said.outcome.push(said_of_installed(&way, &metadata));
        if !question.has("no-deps") {
            let present = installed.iter().map(|one| (one.name.clone(), one.metadata.clone())).collect();
            for conflict in conflicts(&present, &added, &self.facts.markers) {
                self.progress.warn(&conflict);
            }
        }
        let summary = summary(living, snapshot, &addition, &assembled, began);
        Ok(Installation::Done {
            said,
            summary: Some(Box::new(summary)),
        })
    }

    /// What is to be added: known, or made now.
    fn addition(&self, mut question: Question, requirements: &Requirements, before: &Before) -> Result<Addition, PipelineError> {
        let search: Search = self.search_of(requirements);
        let replaceable = before.replaceable(self.settings.present);
        question.preimage.pip = self.provide_pip(Newest::Known)?.version;
        let record = match self.known_in_living(&mut question)? {
            Known::Hit(hit) => {
                // It may have been asked where more could be replaced.
                for one in &hit.snapshot.header.distributions {
                    only_addition(&before.installed, (&one.name, &one.version), &replaceable)?;
                }
                let report = match self.settings.report {
                    Some(_) => self.delivered(&question, &self.answer_of(&question, &hit).map_err(beyond)?)?,
                    None => None,
                };
                return Ok(Addition {
                    snapshot: hit.snapshot,
                    by: hit.answer,
                    filled: None,
                    report,
                });
            }
            Known::Miss(record) => record,
        };
        let base = Base {
            pip: &ProvidedPip::from((*record).clone()),
            ground: Ground::Living {
                pip: &self.pip_in(before.living, &record, &before.installed)?,
                installed: &before.installed,
                replaceable: &replaceable,
            },
        };
        let filled = self.fill(&question, &search, &base)?;
        Ok(Addition {
            snapshot: filled.snapshot.clone(),
            by: filled.by.clone(),
            report: self.delivered(&question, &filled.answer.distributions)?,
            filled: Some(filled),
        })
    }

    /// The metadata of what is added: from the answer, or from the trees of a known one.
    fn metadata_of(&self, snapshot: &Snapshot, addition: &Addition) -> Result<Vec<Metadata>, PipelineError> {
        if let Some(filled) = &addition.filled {
            return Ok(filled.answer.distributions.iter().map(|one| one.metadata.clone()).collect());
        }
        let trees = self.trees().of(snapshot)?;
        let files = trees.iter().zip(&snapshot.generated);
        files
            .map(|(tree, generated)| {
                let path = tree.join(&generated.dist_info).join("METADATA");
                let content = std::fs::read(&path).map_err(|error| beyond(format!("{}: {error}", path.display())))?;
                Metadata::parse(&content).map_err(|error| beyond(format!("{}: {error}", path.display())))
            })
            .collect()
    }

    /// Adds the files, then has pip install what is editable; if that fails, the files are removed again.
    fn put(&self, living: &Living, snapshot: &Snapshot, addition: &Addition) -> Result<Assembled, PipelineError> {
        let python = living.python();
        let Added { assembled, journal } = self.trees().healing(snapshot, &|trees| {
            add(&self.assembly((snapshot, trees), (&living.folder, &python), InTheWay::Kept))
        })?;
        self.put_editables(living, addition)?;
        // Whoever is killed here has either added nothing, or what the proof tells of.
        self.seal_added(living, snapshot, addition.filled.as_ref());
        journal.commit()?;
        self.tell_exceptions(&assembled);
        Ok(assembled)
    }

    fn put_editables(&self, living: &Living, addition: &Addition) -> Result<(), PipelineError> {
        let Some(filled) = &addition.filled else { return Ok(()) };
        self.install_editables(filled, || {
            if own_pip(&living.folder) {
                return Ok(Pip::module_of(living.python()));
            }
            self.pip_in(living, &self.provide_pip(Newest::Known)?, &[])
        })
    }

    /// Puts the environment over a layer that has what is added, too. What is editable comes before: if pip fails, nothing has changed.
    fn put_over(&self, living: &Living, layered: &Layered, addition: &Addition) -> Result<Assembled, PipelineError> {
        let added = addition.snapshot.header.distributions.iter().map(|one| &one.name);
        let answered = addition.filled.iter().flat_map(|filled| &filled.answer.distributions);
        let replaced: BTreeSet<String> = added.chain(answered.map(|one| &one.resolved.name)).cloned().collect();
        let snapshot = self.recomposed(layered, &addition.snapshot, &replaced)?;
        let switching = self.switching(living, layered, &snapshot)?;
        self.put_editables(living, addition)?;
        let assembled = self.switched(living, switching, &snapshot)?;
        self.seal_switched(living, &snapshot, addition.filled.as_ref());
        self.tell_exceptions(&assembled);
        Ok(Assembled {
            files: addition.snapshot.header.files,
            bytes: addition.snapshot.header.bytes,
            ..assembled
        })
    }
}

/// What only pip can do is handed to it: nothing was written yet.
pub(super) fn left_to_pip(outcome: Result<Installation, PipelineError>) -> Result<Installation, PipelineError> {
    match outcome {
        Err(PipelineError::Resolve(ResolveError::Beyond(reason))) => Ok(Installation::HandOver(reason)),
        Err(PipelineError::Requirements(error)) if error.is_unsupported() => Ok(Installation::HandOver(error.to_string())),
        // pip needs no store.
        Err(error @ (PipelineError::Add(AddError::Taken(_)) | PipelineError::Store(_) | PipelineError::NoPip { .. })) => {
            Ok(Installation::HandOver(error.to_string()))
        }
        other => other,
    }
}

pub(super) fn normalized(name: &str) -> String {
    let parsed: Result<pep508_rs::PackageName, _> = name.parse();
    parsed.map_or_else(|_| name.to_owned(), |name| name.to_string())
}

fn summary(living: &Living, snapshot: &Snapshot, addition: &Addition, assembled: &Assembled, began: Instant) -> Summary {
    let (hits, misses, fetched) = match &addition.filled {
        Some(filled) => (filled.hits, filled.misses, filled.fetched),
        None => (snapshot.header.distributions.len(), 0, 0),
    };
    Summary {
        deed: Deed::Added,
        environment: living.folder.display().to_string(),
        distributions: match &addition.filled {
            Some(filled) => filled.supplied(),
            None => known_ones(snapshot),
        },
        hits,
        misses,
        files: assembled.files,
        bytes: assembled.bytes,
        fetched,
        elapsed: began.elapsed(),
        cost: Duration::from_millis(snapshot.header.milliseconds),
        means: assembled.means,
        answer: addition.by.clone(),
    }
}
