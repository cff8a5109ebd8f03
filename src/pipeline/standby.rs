//! Spares: taken where there are some, made where they are worth it.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::error::PipelineError;
use super::healing::Trees;
use crate::environment::snapshot::{Extent, Snapshot};
use crate::environment::{
    Assembled, Assembly, Expected, InTheWay, SPARE_PYTHON, assemble_spare, complete_spare, move_in, refresh_spare,
};
use crate::fs::{Context as _, Form, LinkMode, Means, Verify, sync_filesystem};
use crate::key::SnapshotKey;
use crate::report::Progress;
use crate::settings::Standby;
use crate::store::{SpareKind, Store};

/// Name of a spare's folder while it is being made, and in the environment that it is taken for.
const FOLDER: &str = ".snapenv-spare";

/// A spare that was taken: it is in the staging folder of the environment, and nobody else's.
pub(super) struct Taken {
    folder: PathBuf,
    mode: LinkMode,
}

impl Context<'_> {
    /// Takes a spare for the environment that grows in `staging`, with the excerpt of its snapshot. One that is not as it was made is set
    /// aside, and told of.
    pub(super) fn take_spare(&self, snapshot: SnapshotKey, staging: &Path) -> Option<(Snapshot, Taken)> {
        let kind = self.kind_of(snapshot)?;
        // To look at all the content takes longer than to assemble it anew.
        if self.settings.verify == Verify::Full || self.store.spares(kind).is_empty() {
            return None;
        }
        let excerpt = self.excerpt(snapshot)?;
        // A spare could not be completed without the trees of its scripts, and then the request is a miss.
        self.trees().of(&excerpt).ok()?;
        let folder = self.store.take_spare(kind, staging, FOLDER)?;
        let expected = Expected {
            mode: kind.mode,
            verify: self.settings.verify,
        };
        if let Err(change) = refresh_spare(&folder, &excerpt, expected) {
            self.progress.warn(&format!("a spare is not used: {change}"));
            return match self.store.set_spare_aside(&folder) {
                Ok(()) => None,
                Err(error) => {
                    self.progress.warn(&error.to_string());
                    None
                }
            };
        }
        let mode = kind.mode;
        Some((excerpt, Taken { folder, mode }))
    }

    /// Makes the environment in `target`, which holds a skeleton, out of a spare.
    ///
    /// # Errors
    /// When it cannot be written, or a tree that scripts are made of cannot be made again.
    pub(super) fn assemble_from(
        &self,
        excerpt: &Snapshot,
        spare: &Taken,
        target: &Path,
        python: &Path,
    ) -> Result<Assembled, PipelineError> {
        move_in(&spare.folder, target)?;
        self.trees().attempts(excerpt, &|trees| {
            complete_spare(&Assembly {
                snapshot: excerpt,
                trees,
                target,
                python,
                mode: spare.mode,
                verify: self.settings.verify,
                in_the_way: InTheWay::Replaced,
            })
        })
    }

    fn kind_of(&self, snapshot: SnapshotKey) -> Option<SpareKind> {
        match self.settings.form {
            Form::Flat(mode) => Some(SpareKind { snapshot, mode }),
            Form::Layered => None,
        }
    }

    /// What a spare in the store could have stood in for, or did, in an environment that was made at `destination`.
    pub(super) fn spare_for(&self, snapshot: SnapshotKey, destination: &Path, made: &Assembled) -> Option<SpareKind> {
        let kind = self.kind_of(snapshot)?;
        // What does not work there does not work for a spare either.
        let works = match made.means {
            Means::Links(used) => used == kind.mode && made.exceptions == 0,
            Means::Spare(_) => true,
            Means::Layer => false,
        };
        let device = |path: &Path| rustix::fs::stat(path).map(|stat| stat.st_dev).ok();
        let store = device(&self.store.home().staging());
        let reachable = !self.store.is_temporary() && store.is_some() && store == device(destination);
        (works && reachable).then_some(kind)
    }

    /// Notes that an environment was asked for, if spares are kept; answers whether one is to be made now.
    pub fn wants_spare(&self, kind: SpareKind) -> bool {
        if self.settings.standby == Standby::Off {
            return false;
        }
        // Where that cannot be noted, no spare can be kept either.
        let asked = self.store.note_asked(kind, self.world.now).unwrap_or_default();
        asked.is_often(self.world.now) && self.store.spares(kind).is_empty()
    }
}

/// Who makes spares: needs no interpreter.
#[derive(Clone, Copy)]
pub struct Keeper<'a> {
    /// Where.
    pub store: &'a Store,
    /// Who is told.
    pub progress: &'a dyn Progress,
}

/// The spares of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// That were made now.
    pub made: usize,
    /// That wait.
    pub waiting: usize,
}

impl Keeper<'_> {
    /// Makes one spare of a kind, unless there is one, or somebody is making one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn replace(&self, kind: SpareKind) -> Result<(), PipelineError> {
        let Some(_maker) = self.store.make_spares_if_free(kind)? else {
            return Ok(());
        };
        if self.store.spares(kind).is_empty()
            && let Some(snapshot) = self.whole(kind.snapshot)
        {
            self.make(kind, &snapshot)?;
        }
        Ok(())
    }

    /// Makes spares of a kind until as many are `wanted`; of a snapshot that is not in the store, none can be made.
    ///
    /// # Errors
    /// When one cannot be made.
    pub fn keep(&self, kind: SpareKind, wanted: usize) -> Result<Kept, PipelineError> {
        let waiting = self.store.spares(kind).len();
        if waiting >= wanted {
            return Ok(Kept { made: 0, waiting });
        }
        let on_wait = || self.progress.step("waiting for another process that is making spares");
        let _maker = self.store.make_spares(kind, on_wait)?;
        let there = self.store.spares(kind).len();
        let mut made = 0;
        if let Some(snapshot) = (there < wanted).then(|| self.whole(kind.snapshot)).flatten() {
            while there + made < wanted {
                if let Err(error) = self.make(kind, &snapshot) {
                    // One that cannot be kept here is not tried again whenever spares are replaced.
                    if matches!(error, PipelineError::Spare(_)) {
                        self.store.forget_spares(kind);
                    }
                    return Err(error);
                }
                made += 1;
            }
        }
        Ok(Kept {
            made,
            waiting: there + made,
        })
    }

    /// Makes spares of every kind of which there were some, or that is asked for often. What cannot be made is told of.
    pub fn replenish(&self, wanted: usize, now: u64) -> Kept {
        let mut all = Kept { made: 0, waiting: 0 };
        for kind in self.store.spare_kinds() {
            if !self.store.had_spares(kind) && !self.store.asked(kind).is_often(now) {
                continue;
            }
            match self.keep(kind, wanted) {
                Ok(kept) => {
                    all.made += kept.made;
                    all.waiting += kept.waiting;
                }
                Err(error) => self.progress.warn(&error.to_string()),
            }
        }
        all
    }

    fn whole(&self, key: SnapshotKey) -> Option<Snapshot> {
        let snapshot = Snapshot::decode(self.store.snapshot(key)?).ok()?;
        (snapshot.header.key == key && snapshot.header.extent == Extent::Whole).then_some(snapshot)
    }

    fn make(&self, kind: SpareKind, snapshot: &Snapshot) -> Result<(), PipelineError> {
        let trees = Trees {
            store: self.store,
            progress: self.progress,
            verify: Verify::Full,
            mode: kind.mode,
        };
        let staging = trees.healing(snapshot, &|trees| {
            // Each attempt begins with an empty folder.
            let staging = self.store.staging()?;
            let target = staging.join(FOLDER);
            std::fs::create_dir(&target).context("create folder", &target)?;
            assemble_spare(&Assembly {
                snapshot,
                trees,
                target: &target,
                python: Path::new(SPARE_PYTHON),
                mode: kind.mode,
                verify: Verify::Quick,
                in_the_way: InTheWay::Replaced,
            })?;
            Ok::<_, PipelineError>(staging)
        })?;
        // Only samples of it are looked at later: it must be whole even after a power cut.
        sync_filesystem(staging.path())?;
        Ok(self.store.put_spare(kind, &staging, FOLDER)?)
    }
}
