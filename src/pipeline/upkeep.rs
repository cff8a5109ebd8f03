//! Looking after the store: pruning when asked, and after runs that made something.

use std::time::{Duration, Instant};

use super::context::Context;
use super::error::PipelineError;
use crate::fs::Attempt;
use crate::report::{AnsweredBy, Summary};
use crate::store::{Lease, Measured, Outcome, Run, Store};
use crate::upkeep::catalogue::{Catalogue, Name};
use crate::upkeep::retention::{Decision, Policy, Standing, decide};
use crate::upkeep::{Pruned, Tenants, prune};

/// As long as this nobody minds waiting at the end of a run that took seconds.
const BRIEF: Duration = Duration::from_secs(2);

/// What pruning came to.
#[derive(Debug)]
pub struct Tidied {
    /// What there was.
    pub catalogue: Catalogue,
    /// What was decided to go.
    pub decision: Decision,
    /// What went; nothing for a dry run.
    pub pruned: Option<Pruned>,
    /// Environments that need something of the store.
    pub tenants: Vec<Lease>,
}

/// Whether something is done, or only said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is done.
    Real,
    /// It is said.
    Dry,
}

/// Prunes a store.
///
/// # Errors
/// When the store cannot be written, or another process is pruning it.
pub fn tidy(store: &Store, policy: &Policy, mode: Mode) -> Result<Tidied, PipelineError> {
    let _lock = match mode {
        Mode::Real => Some(right_to_prune(store)?),
        Mode::Dry => None,
    };
    let tenants = Tenants::of(store, policy.now);
    if mode == Mode::Real {
        store.sweep(policy.now);
        for lease in &tenants.void {
            store.remove_lease(lease)?;
        }
    }
    let began = Instant::now();
    let catalogue = Catalogue::read(store, &tenants.living, policy.now);
    let looked = began.elapsed();
    let decision = decide(&catalogue.stock, policy);
    let pruned = match mode {
        Mode::Dry => None,
        Mode::Real => {
            let pruned = prune(store, &catalogue, &decision, None)?;
            store.put_measured(&measured(policy.now, decision.after, looked))?;
            Some(pruned)
        }
    };
    Ok(Tidied {
        catalogue,
        decision,
        pruned,
        tenants: tenants.living,
    })
}

/// What is to be removed, wanted or not.
#[derive(Clone, Copy)]
pub enum Choice<'a> {
    /// Distributions, by project and version.
    Distributions(&'a dyn Fn(&str, &str) -> bool),
    /// All that there is.
    Everything,
}

/// What removing came to.
#[derive(Debug)]
pub struct Cleared {
    /// How many entries were meant.
    pub chosen: usize,
    /// What went.
    pub pruned: Pruned,
    /// Entries that were meant, but are needed.
    pub kept: usize,
    /// By whom.
    pub tenants: Vec<Lease>,
}

/// Removes what is chosen, with all that needs it, used or not; what layered environments need stays.
///
/// # Errors
/// When the store cannot be written, or another process is pruning it.
pub fn clear(store: &Store, choice: Choice, now: u64) -> Result<Cleared, PipelineError> {
    let _lock = right_to_prune(store)?;
    let tenants = Tenants::of(store, now);
    let mut catalogue = Catalogue::read(store, &tenants.living, now);
    let mut chosen = 0;
    for (entry, item) in catalogue.entries.iter().zip(&mut catalogue.stock.items) {
        let meant = match (&choice, &entry.name) {
            (Choice::Everything, _) => true,
            (Choice::Distributions(meant), Name::Distribution(name)) => meant(&name.project, &name.version),
            (Choice::Distributions(_), _) => false,
        };
        chosen += usize::from(meant);
        // What is held stays, and all that it needs; what is broken is not what was asked for.
        item.standing = match (item.standing, meant) {
            (Standing::Held, _) => Standing::Held,
            (_, true) => Standing::Broken,
            (_, false) => Standing::Free,
        };
    }
    let broken = |item: usize| catalogue.stock.items[item].standing != Standing::Free;
    let policy = Policy {
        grace: Duration::ZERO,
        ..Policy::garbage(now)
    };
    let decision = decide(&catalogue.stock, &policy);
    let gone = decision.victims.iter().filter(|victim| broken(victim.item)).count();
    Ok(Cleared {
        chosen,
        kept: chosen.saturating_sub(gone),
        pruned: prune(store, &catalogue, &decision, None)?,
        tenants: tenants.living,
    })
}

fn right_to_prune(store: &Store) -> Result<Attempt, PipelineError> {
    let root = || store.home().root().to_owned();
    if store.is_temporary() {
        return Err(PipelineError::OnlyRead(store.lasting().root().to_owned()));
    }
    match store.prune_lock()? {
        Attempt::Busy => Err(PipelineError::Pruning(root())),
        attempt => Ok(attempt),
    }
}

fn measured(now: u64, bytes: u64, looked: Duration) -> Measured {
    Measured {
        at: now,
        bytes,
        milliseconds: u64::try_from(looked.as_millis()).unwrap_or(u64::MAX),
    }
}

impl Context<'_> {
    /// Notes what a run did. If it made something and the store has become larger than it may be, it is pruned a while.
    pub fn after(&self, summary: &Summary) {
        let known = matches!(
            summary.answer,
            AnsweredBy::Known | AnsweredBy::KnownSince(_) | AnsweredBy::Revalidated
        );
        let outcome = if known && summary.misses == 0 {
            Outcome::Hit
        } else {
            Outcome::Miss
        };
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.store.note_run(&Run {
            at: self.world.now,
            outcome,
            distributions: (summary.hits + summary.misses) as u64,
            made: summary.misses as u64,
            milliseconds: milliseconds(summary.elapsed),
            cost: milliseconds(summary.cost),
        });
        if let Err(error) = self.store.flush_trees() {
            self.progress
                .detail(&format!("{error}; after another boot, trees are looked at once more"));
        }
        // A miss has done so before it began.
        if outcome == Outcome::Hit {
            self.store.sweep(self.world.now);
        }
        if let (Outcome::Miss, Some(limit)) = (outcome, self.settings.max_size)
            && !self.store.is_temporary()
            && let Err(error) = self.prune_to(limit)
        {
            self.progress.warn(&format!("the store could not be pruned: {error}"));
        }
    }

    fn prune_to(&self, limit: u64) -> Result<(), PipelineError> {
        let (store, now) = (self.store, self.world.now);
        if store.measured().is_some_and(|measured| !measured.is_stale(now)) {
            return Ok(());
        }
        // Who is pruning already does it for all.
        let lock = store.prune_lock()?;
        if matches!(lock, Attempt::Busy) {
            return Ok(());
        }
        let began = Instant::now();
        let catalogue = Catalogue::read(store, &Tenants::of(store, now).living, now);
        let mut bytes = catalogue.stock.bytes();
        let looked = began.elapsed();
        if bytes > limit {
            let policy = Policy {
                max_size: Some(limit / 10 * 9),
                ..Policy::garbage(now)
            };
            let decision = decide(&catalogue.stock, &policy);
            let pruned = prune(store, &catalogue, &decision, Some(began + BRIEF))?;
            bytes = bytes.saturating_sub(pruned.freed);
            self.progress.detail(&format!(
                "the store was larger than {}: {} went, {} are free again",
                crate::report::bytes(limit),
                crate::report::counted(pruned.taken.len(), "entry", "entries"),
                crate::report::bytes(pruned.freed),
            ));
        }
        Ok(store.put_measured(&measured(now, bytes, looked))?)
    }
}
