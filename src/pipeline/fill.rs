//! From a question to a snapshot: answered, obtained, composed, recorded.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::OnceLock;
use std::thread;

use super::ahead::Ahead;
use super::context::Context;
use super::editables::{Editable, editables_left};
use super::error::PipelineError;
use super::index_variables::index_variables;
use super::obtain::{Obtained, Workshop};
use super::pip_home::PipHome;
use super::provided_pip::ProvidedPip;
use crate::environment::snapshot::{Member, Snapshot};
use crate::environment::{Installed, Seed, SystemSite};
use crate::key::{SnapshotKey, key_of};
use crate::pip::Pip;
use crate::report::{AnsweredBy, Origin, Phase, Supplied};
use crate::requirements::{Requirements, Search, spelled_name};
use crate::resolve::{Answer, Keeping, Question, ResolveError, check_sidecar};
use crate::settings::Freshness;
use crate::store::{ArtifactKind, Conditions, DistributionRecord, PinRecord, RequestRecord, StoreError};

/// A filled request.
pub(super) struct Filled {
    pub(super) snapshot: Snapshot,
    pub(super) answer: Answer,
    pub(super) by: AnsweredBy,
    /// Where each distribution of the answer came from.
    pub(super) origins: Vec<Origin>,
    pub(super) hits: usize,
    pub(super) misses: usize,
    pub(super) fetched: u64,
    /// What the snapshot does not have: it changes with every run.
    pub(super) editables: Vec<Editable>,
    /// Whether the same request may be answered with this another time.
    pub(super) keeping: Keeping,
    /// What pip has to be told when it installs editables.
    pub(super) variables: Vec<(&'static str, String)>,
}

/// What an environment holds before anything is asked for.
pub(super) struct Base<'a> {
    /// The pip whose answer it is.
    pub(super) pip: &'a ProvidedPip,
    /// The environment.
    pub(super) ground: Ground<'a>,
}

/// The environment that an answer is for.
pub(super) enum Ground<'a> {
    /// One that will be made.
    New {
        /// Whether that pip is part of it.
        seed: Seed,
        /// Whether the interpreter's own distributions are visible.
        system: SystemSite,
    },
    /// One to build in: what is asked for stands in the settings alone, so pip has to be told where to look.
    Build,
    /// One that is there.
    Living {
        /// Runs in it.
        pip: &'a Pip,
        /// What is installed there.
        installed: &'a [Installed],
        /// What of that may be replaced: it is in a layer, and another layer need not have it.
        replaceable: &'a BTreeSet<String>,
    },
}

impl Filled {
    /// The distributions of the answer.
    pub(super) fn supplied(&self) -> Vec<Supplied> {
        let answered = self.answer.distributions.iter().zip(&self.origins);
        let supplied = answered.map(|(one, origin)| Supplied {
            name: one.resolved.name.clone(),
            version: one.resolved.version.clone(),
            origin: *origin,
        });
        supplied.collect()
    }
}

impl<'a> Base<'a> {
    /// The interpreter of an environment that is there already.
    pub(super) fn living(&self) -> Option<&'a Path> {
        match self.ground {
            Ground::Living { pip, .. } => Some(&pip.python),
            Ground::New { .. } | Ground::Build => None,
        }
    }

    /// Whether the pip that builds sees the interpreter's own distributions.
    fn system(&self) -> SystemSite {
        match self.ground {
            Ground::New { system, .. } => system,
            Ground::Build | Ground::Living { .. } => SystemSite::Hidden,
        }
    }
}

impl Context<'_> {
    /// Options in force, files included.
    pub(super) fn search_of(&self, requirements: &Requirements) -> Search {
        requirements.search(&self.settings.search)
    }

    /// Answers a question that is not known, and makes and records what it needs.
    ///
    /// # Errors
    /// When it cannot be answered, or something of it not be made.
    pub(super) fn fill(&self, question: &Question, search: &Search, base: &Base) -> Result<Filled, PipelineError> {
        let fill = || self.fill_once(question, search, base);
        match &base.ground {
            // Flushing goes on where it is needed, and what is missing is looked at there.
            Ground::Build => fill(),
            Ground::New { .. } | Ground::Living { .. } => {
                self.flushing_meanwhile(|| fill().or_else(|error| self.remedied(error, fill)))
            }
        }
    }

    fn fill_once(&self, question: &Question, search: &Search, base: &Base) -> Result<Filled, PipelineError> {
        self.store.sweep(self.world.now);
        let home: OnceLock<PipHome> = OnceLock::new();
        let pip = || -> Result<Pip, PipelineError> {
            // Two threads may make one at the same time: the first stays, and serves both.
            let ready = if let Some(ready) = home.get() {
                ready
            } else {
                let made = self.pip_home(&self.made_pip(base.pip)?, base.system())?;
                home.get_or_init(|| made)
            };
            let mut pip = ready.pip.clone();
            pip.variables = index_variables(search, &self.settings.answers);
            Ok(pip)
        };
        let workshop = Workshop {
            context: self,
            search,
            pip: &pip,
            pip_record: base.pip,
            living: base.living(),
            preparer: &self.preparer(base.pip),
            ahead: None,
        };
        match (&base.ground, self.settings.freshness) {
            (Ground::Build | Ground::Living { .. }, _) | (_, Freshness::Offline) => self.fill_with(question, base, &workshop),
            (Ground::New { .. }, _) => {
                let ahead = Ahead::new(workshop);
                ahead.beside(|| {
                    let ahead = Some(&ahead);
                    self.fill_with(question, base, &Workshop { ahead, ..workshop })
                })
            }
        }
    }

    fn fill_with(&self, question: &Question, base: &Base, workshop: &Workshop) -> Result<Filled, PipelineError> {
        let resolving = self.timeline.span(Phase::Resolve);
        let (answer, by) = self.answer_anew(question, base, workshop)?;
        drop(resolving);
        if let Ground::Living {
            installed, replaceable, ..
        } = base.ground
        {
            only_additions(installed, &answer, replaceable)?;
        }
        let (obtained, editables) = thread::scope(|scope| {
            let editables = scope.spawn(|| match base.ground {
                // What it would be added to is under way to another layer then.
                Ground::Living { replaceable, .. } if !replaceable.is_empty() => Ok(editables_left(&answer)),
                _ => workshop.editables(&answer),
            });
            let obtained = workshop.obtain(&answer);
            (obtained, editables.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let obtained = obtained?;
        for (answered, record) in answer.distributions.iter().zip(&obtained.records) {
            if let (ArtifactKind::Wheel, Some(record)) = (answered.resolved.artifact.kind, record) {
                check_sidecar(&answered.metadata, &record.description.laid.metadata)?;
            }
        }
        let seed = match base.ground {
            Ground::New { seed: Seed::Pip, .. } => Some(self.seed(&self.made_pip(base.pip)?)?),
            Ground::New { .. } | Ground::Build | Ground::Living { .. } => None,
        };
        let _composing = self.timeline.span(Phase::Compose);
        let mut members = members(&answer, &obtained, seed.as_ref());
        // What is added to a flat environment is added at once.
        let at_once = |editable: &Editable| matches!(base.ground, Ground::Living { .. }) && editable.record.is_some();
        let (at_once, editables): (Vec<_>, Vec<_>) = editables?.into_iter().partition(at_once);
        members.extend(at_once.iter().filter_map(Editable::member));
        let snapshot = self.keep_snapshot(&members)?;
        let keeping = self.keeping(question, &answer);
        if keeping == Keeping::Kept
            && let Err(error) = self.record(question, &answer, &obtained, snapshot.header.key)
        {
            self.progress.warn(&format!("{error}; the next run has to ask again"));
        }
        Ok(Filled {
            snapshot,
            answer,
            by,
            origins: obtained.origins,
            hits: obtained.hits,
            misses: obtained.misses,
            fetched: obtained.fetched,
            editables,
            keeping,
            variables: index_variables(workshop.search, &self.settings.answers),
        })
    }

    /// Whether an answer may be kept, now that it is known what had to be built for it.
    fn keeping(&self, question: &Question, answer: &Answer) -> Keeping {
        let mut artifacts = answer.distributions.iter().map(|answered| &answered.resolved.artifact);
        if !self.isolates() && artifacts.any(|artifact| artifact.kind != ArtifactKind::Wheel) {
            return Keeping::SharedBuild;
        }
        if question.has("only-deps") {
            return Keeping::OnlyDependencies;
        }
        if answer.without.is_some() {
            return Keeping::Trouble;
        }
        question.keeping.clone()
    }

    /// Records pins, then the request.
    fn record(&self, question: &Question, answer: &Answer, obtained: &Obtained, snapshot: SnapshotKey) -> Result<(), StoreError> {
        for (answered, record) in answer.distributions.iter().zip(&obtained.records) {
            let pin = record.as_ref().zip(question.pin_of(&answered.resolved.name));
            let Some((record, pin)) = pin.filter(|_| answered.resolved.direct_url.is_none()) else {
                continue;
            };
            let mut resolved = answered.resolved.clone();
            resolved.artifact.sha256 = Some(record.source.sha256);
            self.store.put_pin(&PinRecord {
                key: key_of(&pin),
                resolved,
                metadata: record.description.laid.metadata.clone(),
                distribution: record.key,
                preimage: record.preimage.clone(),
                content: record.content,
            })?;
        }
        let record = RequestRecord {
            key: key_of(&question.preimage),
            made: self.world.now,
            kind: answer.kind,
            conditions: Conditions {
                markers: answer.markers.clone(),
                build: self.build_conditions(obtained.records.iter().flatten()),
            },
            resolution: answer.resolution(),
            snapshot,
            reads: answer.reads.clone(),
        };
        self.store.put_request(&question.preimage, &record)
    }
}

/// What is installed stays as it is, unless it is replaceable; anything else is pip's.
fn only_additions(installed: &[Installed], answer: &Answer, replaceable: &BTreeSet<String>) -> Result<(), ResolveError> {
    for answered in &answer.distributions {
        let name = &answered.resolved.name;
        only_addition(installed, (name, &answered.resolved.version), replaceable)?;
        // The pip that was asked need not be the one that is installed there.
        let names_pip = |text: &String| spelled_name(text).is_some_and(|name| name.eq_ignore_ascii_case("pip"));
        if name == "pip" || answered.metadata.requires_dist.iter().any(names_pip) {
            return Err(ResolveError::Beyond(format!("{name} is about pip itself")));
        }
    }
    Ok(())
}

/// Whether a distribution can be added: what is installed may be in its way.
///
/// # Errors
/// When only pip can replace what is installed.
pub(super) fn only_addition(
    installed: &[Installed],
    (name, version): (&str, &str),
    replaceable: &BTreeSet<String>,
) -> Result<(), ResolveError> {
    match installed.iter().find(|one| one.name == name) {
        Some(one) if !replaceable.contains(name) => {
            let reason = format!("{name} {version} would replace {}", one.version);
            Err(ResolveError::Beyond(reason))
        }
        _ => Ok(()),
    }
}

/// The seed comes first: it was there before, as requested (`python -m venv` asks for it by name). A distribution of the answer takes its place.
fn members<'a>(answer: &'a Answer, obtained: &'a Obtained, seed: Option<&'a DistributionRecord>) -> Vec<Member<'a>> {
    let replaced = |seed: &&DistributionRecord| answer.distributions.iter().any(|one| one.resolved.name == seed.preimage.name);
    let seed = seed.filter(|seed| !replaced(seed)).map(|record| Member {
        record,
        requested: true,
        direct_url: None,
    });
    let asked = answer
        .distributions
        .iter()
        .zip(&obtained.records)
        .filter_map(|(answered, record)| {
            Some(Member {
                record: record.as_ref()?,
                requested: answered.resolved.requested,
                direct_url: answered.resolved.direct_url.as_deref(),
            })
        });
    seed.into_iter().chain(asked).collect()
}
