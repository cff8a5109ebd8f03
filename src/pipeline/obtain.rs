//! Getting the distributions of an answer: from the store, or fetched, built, compiled and packed, several at a time.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::ahead::Ahead;
use super::context::Context;
use super::error::PipelineError;
use super::provided_pip::ProvidedPip;
use super::seats::{Seat, Seats};
use crate::build::{Preparer, Target};
use crate::fs::Context as _;
use crate::index::{FetchError, Fetcher};
use crate::key::{DistributionPreimage, Sha256, SnapshotKey, key_of};
use crate::pip::{Pip, codecs_of};
use crate::plan::{Miss, Plan, Step, plan};
use crate::report::{Origin, Phase};
use crate::requirements::Search;
use crate::resolve::Answer;
use crate::store::{DistributionRecord, Resolved, SourceRecord};

/// Fetches at the same time.
const FETCHES: usize = 12;

/// Builds at the same time, those included that wait for what they need.
const BUILDS: usize = 8;

/// Distributions that are under way at the same time: most of them wait for a fetch, a seat, or the disk.
const UNDER_WAY: usize = 48;

/// The distributions of an answer.
pub(super) struct Obtained {
    /// In the answer's order; none for editable projects.
    pub(super) records: Vec<Option<DistributionRecord>>,
    /// Where they came from, in the same order.
    pub(super) origins: Vec<Origin>,
    pub(super) hits: usize,
    pub(super) misses: usize,
    /// Bytes fetched.
    pub(super) fetched: u64,
}

/// What making distributions needs.
#[derive(Clone, Copy)]
pub(super) struct Workshop<'a> {
    pub(super) context: &'a Context<'a>,
    /// Options in force, files included.
    pub(super) search: &'a Search,
    /// For builds, and for what only pip can fetch; made when it is first needed.
    pub(super) pip: &'a (dyn Fn() -> Result<Pip, PipelineError> + Sync),
    /// What is known of that pip.
    pub(super) pip_record: &'a ProvidedPip,
    /// The interpreter of the environment that is there already, if one is.
    pub(super) living: Option<&'a Path>,
    /// What is made before the answer is known.
    pub(super) ahead: Option<&'a Ahead<'a>>,
    /// Makes distributions of wheels.
    pub(super) preparer: &'a Preparer<'a>,
}

impl Context<'_> {
    fn target_of(&self, pip: &ProvidedPip) -> Target<'_> {
        Target {
            facts: self.facts,
            bytecode: self.settings.bytecode.with_codecs(codecs_of(pip.version())),
        }
    }

    /// What makes distributions of wheels as this pip would install them.
    pub(super) fn preparer(&self, pip: &ProvidedPip) -> Preparer<'_> {
        Preparer::new(self.store, self.target_of(pip), self.world.cores()).seeing(self.libraries())
    }
}

impl Workshop<'_> {
    pub(super) fn target(&self) -> Target<'_> {
        self.context.target_of(self.pip_record)
    }

    /// What was made of a wheel already, if it is the very one.
    fn made_ahead(&self, resolved: &Resolved) -> Option<DistributionRecord> {
        let record = self.ahead?.take(&resolved.artifact.url)?;
        let sha256 = resolved.artifact.sha256.unwrap_or(record.preimage.artifact);
        let preimage = self.preimage(resolved, sha256, Vec::new()).ok()?;
        (preimage == record.preimage).then_some(record)
    }

    /// Makes a distribution of a wheel that was built among these build requirements: of an sdist, ahead of the answer that will need it, or of
    /// an editable project.
    ///
    /// # Errors
    /// When the wheel is refused, or the store cannot be written.
    pub(super) fn keep_built(
        &self,
        resolved: &Resolved,
        wheel: &Path,
        held: Vec<SnapshotKey>,
    ) -> Result<DistributionRecord, PipelineError> {
        let context = self.context;
        let bench = Bench {
            workshop: self,
            fetcher: &context.fetcher(self.search),
            fetched: &AtomicU64::new(0),
            lines: &Seats::new(FETCHES),
            yards: &Seats::new(BUILDS),
            stop: &AtomicBool::new(false),
        };
        let wheel = || Ok(wheel.to_owned());
        bench.built(resolved, resolved.artifact.sha256, held, wheel)
    }

    /// Gets everything.
    ///
    /// # Errors
    /// The first failure; it stops the rest.
    pub(super) fn obtain(&self, answer: &Answer) -> Result<Obtained, PipelineError> {
        let plan = plan(&answer.resolution(), |resolved| {
            // It was not in the store when the run began.
            let ahead = self.ahead.is_some_and(|ahead| ahead.expected(&resolved.artifact.url));
            if ahead { None } else { self.known(resolved) }
        });
        let (hits, misses) = plan.counts();
        let origins = plan.origins();
        if misses > 0 {
            self.context
                .progress
                .step(&format!("making {misses} of {} distributions", hits + misses));
        }
        let fetched = AtomicU64::new(0);
        let made = if misses > 0 {
            self.make_all(answer, &plan, &fetched)?
        } else {
            Vec::new()
        };
        let mut made: Vec<(usize, DistributionRecord)> = made;
        made.sort_by_key(|(index, _)| *index);
        let mut made = VecDeque::from(made);
        let records = plan.steps.into_iter().enumerate().map(|(index, step)| match step {
            Step::Hit(record) => Some(*record),
            Step::Miss(_) => {
                let next = made.front().is_some_and(|(number, _)| *number == index);
                next.then(|| made.pop_front()).flatten().map(|(_, record)| record)
            }
        });
        Ok(Obtained {
            records: records.collect(),
            origins,
            hits,
            misses,
            fetched: fetched.into_inner() + self.ahead.map_or(0, Ahead::fetched),
        })
    }

    fn make_all(
        &self,
        answer: &Answer,
        plan: &Plan,
        fetched: &AtomicU64,
    ) -> Result<Vec<(usize, DistributionRecord)>, PipelineError> {
        let context = self.context;
        let todo = VecDeque::from(plan.to_make(|index| answer.distributions[index].size));
        let network = context.fetcher(self.search);
        let bench = Bench {
            workshop: self,
            fetcher: &network,
            fetched,
            lines: &Seats::new(FETCHES),
            yards: &Seats::new(BUILDS),
            stop: &AtomicBool::new(false),
        };
        let workers = todo.len().min(UNDER_WAY);
        let todo = Mutex::new(todo);
        let results = Mutex::new(Vec::new());
        let work = || {
            while !bench.stop.load(Ordering::Relaxed) {
                let Some((index, miss)) = todo.lock().unwrap_or_else(PoisonError::into_inner).pop_front() else {
                    return;
                };
                let result = bench.make(&answer.distributions[index].resolved, miss);
                if result.is_err() {
                    bench.stop.store(true, Ordering::Relaxed);
                }
                results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
            }
        };
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(work);
            }
        });
        let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.into_iter().map(|(index, result)| Ok((index, result?))).collect()
    }
}

/// Where one distribution is made.
pub(super) struct Bench<'a> {
    pub(super) workshop: &'a Workshop<'a>,
    pub(super) fetcher: &'a Fetcher,
    /// Bytes.
    pub(super) fetched: &'a AtomicU64,
    /// As many may fetch at the same time.
    pub(super) lines: &'a Seats,
    /// As many may be built.
    pub(super) yards: &'a Seats,
    /// Something failed, or nobody needs any more: nothing new is begun.
    pub(super) stop: &'a AtomicBool,
}

impl Bench<'_> {
    /// A place to go on at, once one is free and if that still makes sense.
    pub(super) fn enter<'s>(&self, seats: &'s Seats) -> Result<Seat<'s>, PipelineError> {
        let seat = seats.take();
        if self.stop.load(Ordering::Relaxed) {
            return Err(FetchError::Stopped.into());
        }
        Ok(seat)
    }

    /// A place to be built at.
    fn yard(&self, project: &str) -> Result<Seat<'_>, PipelineError> {
        let _waiting = self.workshop.context.timeline.span_of(Phase::Wait, project);
        self.enter(self.yards)
    }

    pub(super) fn make(&self, resolved: &Resolved, miss: Miss) -> Result<DistributionRecord, PipelineError> {
        let context = self.workshop.context;
        let staging = context.store.staging()?;
        let folder = staging.path();
        match miss {
            Miss::Fetch => {
                if let Some(record) = self.workshop.made_ahead(resolved) {
                    return Ok(record);
                }
                let Some(sha256) = resolved.artifact.sha256 else {
                    let (path, sha256) = self.source(resolved, folder)?;
                    let preimage = self.workshop.preimage(resolved, sha256, Vec::new())?;
                    return self.take_in(resolved, preimage, false, || Ok(path));
                };
                // What is known beforehand is fetched by one process, others wait for it.
                let preimage = self.workshop.preimage(resolved, sha256, Vec::new())?;
                self.take_in(resolved, preimage, false, || Ok(self.source(resolved, folder)?.0))
            }
            Miss::Build => {
                let (path, sha256) = self.source(resolved, folder)?;
                let mut digested = resolved.clone();
                digested.artifact.sha256 = Some(sha256);
                // A place without digests did not tell that it is one that was built before.
                if let Some(record) = self.workshop.known(&digested) {
                    return Ok(record);
                }
                let _yard = self.yard(&resolved.name)?;
                self.build(&digested, Some((&path, sha256)), folder)
            }
            Miss::Project | Miss::Editable => {
                let _yard = self.yard(&resolved.name)?;
                self.build(resolved, None, folder)
            }
        }
    }

    /// A wheel, made now unless another process has just done so, becomes a distribution of the store.
    pub(super) fn take_in(
        &self,
        resolved: &Resolved,
        preimage: DistributionPreimage,
        built: bool,
        wheel: impl FnOnce() -> Result<PathBuf, PipelineError>,
    ) -> Result<DistributionRecord, PipelineError> {
        let context = self.workshop.context;
        let source = SourceRecord {
            file_name: resolved.artifact.file_name.clone(),
            url: resolved.artifact.url.clone(),
            sha256: preimage.artifact,
            built,
            native: None,
        };
        let name = &resolved.name;
        let on_wait = || {
            context
                .progress
                .step(&format!("waiting for another process that is making {name}"));
        };
        let waiting = context.timeline.span_of(Phase::Wait, name);
        let _lock = context.store.lock(key_of(&preimage), on_wait);
        drop(waiting);
        if let Some(record) = context.store.distribution(&preimage)
            && context.unfit(&record).is_none()
        {
            context.store.note_distribution(record.key, &preimage, context.world.now);
            return Ok(record);
        }
        let wheel = wheel()?;
        let packed = {
            let waiting = context.timeline.span_of(Phase::Wait, name);
            let _seat = self.workshop.seat();
            drop(waiting);
            let _packing = context.timeline.span_of(Phase::Pack, name);
            if self.stop.load(Ordering::Relaxed) {
                return Err(FetchError::Stopped.into());
            }
            self.workshop.preparer.make(&wheel, preimage, source)?
        };
        let record = {
            let _keeping = context.timeline.span_of(Phase::Keep, name);
            self.workshop.preparer.keep(packed)?
        };
        for warning in &record.description.laid.warnings {
            context.progress.warn(&format!("{name}: {warning}"));
        }
        Ok(record)
    }
}

pub(super) fn digest_of(path: &Path) -> Result<Sha256, PipelineError> {
    let content = std::fs::read(path).context("read", path)?;
    Ok(Sha256::of(&content))
}
