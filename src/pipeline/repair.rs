//! Verifying a store, and repairing it from what is left (`docs/upkeep.md`).

use std::fs;
use std::path::Path;

use super::error::PipelineError;
use super::healing::Trees;
use crate::environment::snapshot::Snapshot;
use crate::fs::{LinkMode, Verify};
use crate::key::{ContentKey, DistributionKey, SnapshotKey};
use crate::report::Progress;
use crate::store::{Area, DistributionRecord, Store, StoreError, record_in};
use crate::upkeep::Tenants;
use crate::upkeep::audit::{Audit, Fault, Finding, Looked, Seen, Stamp, Subject, examine_distribution};
use crate::upkeep::catalogue::{Catalogue, Name};
use crate::upkeep::retention::{Kind, Standing};

/// Who verifies a store.
#[derive(Clone, Copy)]
pub struct Examiner<'a> {
    /// Which.
    pub store: &'a Store,
    /// Who is told.
    pub progress: &'a dyn Progress,
    /// What is done about what is found.
    pub remedy: Remedy,
    /// Which stores are looked at.
    pub reach: Reach,
}

/// What is done about what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing: it is said.
    Said,
    /// It is made again from what is left, or set aside.
    Repaired,
}

/// Which stores are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The one that is written.
    Own,
    /// Those that are only read, too; they are never repaired.
    All,
}

/// What became of something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Nothing was done.
    Left,
    /// It is made again; what was there is in quarantine, or replaced.
    Remade,
    /// It is in quarantine, and made anew when it is needed.
    Dropped,
    /// Another process has replaced or removed it meanwhile.
    Settled,
    /// It could not be repaired.
    Failed(String),
}

/// What verifying came to.
#[derive(Debug)]
pub struct Examined {
    /// What was looked at; its findings are in `found`.
    pub looked: Looked,
    /// What was found, and what became of it.
    pub found: Vec<(Finding, Deed)>,
}

/// What is to be said of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is damaged.
    Whole,
    /// What was damaged is repaired.
    Repaired,
    /// Something is damaged.
    Damaged,
    /// Something cannot be read.
    Unsure,
}

impl Examined {
    /// What is to be said of it.
    pub fn verdict(&self) -> Verdict {
        let of = |fault: Fault| self.found.iter().filter(move |(finding, _)| finding.fault == fault);
        let is_left = |deed: &Deed| matches!(deed, Deed::Left | Deed::Failed(_));
        if of(Fault::Damaged).any(|(_, deed)| is_left(deed)) {
            Verdict::Damaged
        } else if of(Fault::Unreadable).next().is_some() {
            Verdict::Unsure
        } else if of(Fault::Damaged).any(|(_, deed)| *deed != Deed::Settled) {
            Verdict::Repaired
        } else {
            Verdict::Whole
        }
    }
}

impl Examiner<'_> {
    /// Looks at everything, and does about it what is to be done.
    ///
    /// # Errors
    /// When a store that is to be repaired cannot be written.
    pub fn examine(&self, now: u64) -> Result<Examined, PipelineError> {
        let store = self.store;
        if self.remedy == Remedy::Repaired && store.is_temporary() {
            return Err(PipelineError::OnlyRead(store.lasting().root().to_owned()));
        }
        let mut audit = Audit::of(store);
        let findings = std::mem::take(&mut audit.looked.findings);
        let mut found = match self.remedy {
            Remedy::Said => findings.into_iter().map(|finding| (finding, Deed::Left)).collect(),
            Remedy::Repaired => self.repair(&audit, findings, now),
        };
        let mut looked = audit.looked;
        if self.reach == Reach::All {
            let own = [store.lasting().root(), store.home().root()];
            for layout in store.layouts().filter(|layout| !own.contains(&layout.root())) {
                let mut other = Audit::of_read(layout).looked;
                let findings = std::mem::take(&mut other.findings);
                found.extend(findings.into_iter().map(|finding| (finding, Deed::Left)));
                looked.add(other);
            }
        }
        Ok(Examined { looked, found })
    }

    /// What others are made of comes first.
    fn repair(&self, audit: &Audit, mut findings: Vec<Finding>, now: u64) -> Vec<(Finding, Deed)> {
        let rank = |finding: &Finding| match finding.subject {
            Subject::Distribution { .. } => 0,
            Subject::Tree(_) => 1,
            Subject::Snapshot(_) => 2,
            Subject::Layer(_) | Subject::Spare => 3,
            Subject::File(_) => 4,
        };
        findings.sort_by_key(rank);
        let mut found: Vec<(Finding, Deed)> = Vec::new();
        for finding in findings {
            let deed = if finding.fault == Fault::Unreadable {
                Deed::Left
            } else if Stamp::of(&finding.path) != finding.stamp {
                Deed::Settled
            } else {
                self.deed(audit, &finding, now)
                    .unwrap_or_else(|error| Deed::Failed(error.to_string()))
            };
            found.push((finding, deed));
        }
        if found.iter().any(|(_, deed)| *deed == Deed::Dropped) {
            found.extend(self.drop_orphans(now));
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        found
    }

    fn deed(&self, audit: &Audit, finding: &Finding, now: u64) -> Result<Deed, PipelineError> {
        match &finding.subject {
            Subject::Distribution { key, record, archive } => self.distribution(*key, record, archive),
            Subject::Tree(content) => self.tree(audit, *content, &finding.path),
            Subject::Snapshot(key) => {
                let home = self.store.home();
                self.drop_all(&[&home.snapshot(*key), &home.excerpt(*key)])
            }
            // Without its snapshot it cannot be made again: whoever lives over it keeps it as it is.
            Subject::Layer(key) if finding.fault == Fault::Incomplete => {
                if self.is_leased(*key, now) {
                    Ok(Deed::Left)
                } else {
                    self.drop_all(&[&finding.path])
                }
            }
            Subject::Layer(key) => self.layer(*key),
            Subject::Spare | Subject::File(_) => self.drop_all(&[&finding.path]),
        }
    }

    fn is_leased(&self, key: SnapshotKey, now: u64) -> bool {
        let living = Tenants::of(self.store, now).living;
        living.iter().any(|lease| lease.snapshot == key)
    }

    fn drop_all(&self, paths: &[&Path]) -> Result<Deed, PipelineError> {
        for path in paths.iter().filter(|path| path.exists()) {
            self.store.set_aside(path)?;
        }
        Ok(Deed::Dropped)
    }

    fn trees(&self) -> Trees<'_> {
        Trees {
            store: self.store,
            progress: self.progress,
            verify: Verify::Quick,
            mode: LinkMode::Hardlink,
        }
    }

    /// An archive is packed again from its tree; without one, it has to be fetched or built another time.
    fn distribution(&self, key: DistributionKey, record: &Path, archive: &Path) -> Result<Deed, PipelineError> {
        let on_wait = || {
            self.progress
                .step("waiting for another process that is making the same distribution");
        };
        let _lock = self.store.lock(key, on_wait);
        if let (Seen::Whole(_) | Seen::Newer, _) = examine_distribution(key, record, archive) {
            return Ok(Deed::Settled);
        }
        let known = fs::read(record).ok().and_then(|text| record_in::<DistributionRecord>(&text));
        if let Some(known) = known.filter(|known| known.key == key)
            && let Some(tree) = self.store.tree(known.content)
            && self.store.altered(&known.preimage, key, known.content).is_none()
        {
            match self.store.repack(known, &tree) {
                Err(StoreError::Content { .. }) => {}
                repacked => return Ok(repacked.map(|()| Deed::Remade)?),
            }
        }
        self.drop_all(&[record, archive])
    }

    fn tree(&self, audit: &Audit, content: ContentKey, tree: &Path) -> Result<Deed, PipelineError> {
        self.trees().drop_spares(&[content])?;
        self.store.set_aside(tree)?;
        let record = audit.record_of(content).and_then(|path| fs::read(path).ok());
        let record = record.and_then(|text| record_in::<DistributionRecord>(&text));
        match record {
            Some(record) => {
                self.store.ensure_tree(&record.preimage, record.key, content)?;
                Ok(Deed::Remade)
            }
            None => Ok(Deed::Dropped),
        }
    }

    fn layer(&self, key: SnapshotKey) -> Result<Deed, PipelineError> {
        let missing = || StoreError::Missing {
            path: self.store.home().snapshot(key),
        };
        let bytes = self.store.snapshot(key).ok_or_else(missing)?;
        let snapshot = Snapshot::decode(bytes).map_err(|_| missing())?;
        let preimages = snapshot.preimages().map_err(|_| missing())?;
        let scheme = &preimages.first().ok_or_else(missing)?.scheme;
        let on_wait = || {
            self.progress
                .step("waiting for another process that is making the same layer");
        };
        let _lock = self.store.layer_lock(key, on_wait);
        self.trees().merge(&snapshot, scheme)?;
        Ok(Deed::Remade)
    }

    /// Takes out what needs something that was dropped: it would be a miss each time.
    fn drop_orphans(&self, now: u64) -> Vec<(Finding, Deed)> {
        let catalogue = Catalogue::read(self.store, &[], now);
        let items = &catalogue.stock.items;
        let mut broken: Vec<bool> = items.iter().map(|item| item.standing == Standing::Broken).collect();
        // What needs stands behind what is needed, or is found in the next round.
        loop {
            let more: Vec<usize> = (0..items.len())
                .filter(|item| !broken[*item] && items[*item].kind != Kind::Tree)
                .filter(|item| items[*item].needs.iter().any(|need| broken[*need as usize]))
                .collect();
            if more.is_empty() {
                break;
            }
            for item in more {
                broken[item] = true;
            }
        }
        let orphans = catalogue.entries.iter().zip(&broken).filter(|(_, broken)| **broken);
        let found = orphans.filter_map(|(entry, _)| {
            let subject = match &entry.name {
                Name::Snapshot(key) => Subject::Snapshot(*key),
                Name::Request(_) => Subject::File(Area::Requests),
                Name::File(Area::Seeds, _) => Subject::File(Area::Seeds),
                _ => return None,
            };
            let path = entry.paths.first()?.clone();
            let paths: Vec<&Path> = entry.paths.iter().map(AsRef::as_ref).collect();
            let deed = self.drop_all(&paths).unwrap_or_else(|error| Deed::Failed(error.to_string()));
            let finding = Finding {
                stamp: Stamp::of(&path),
                path,
                fault: Fault::Incomplete,
                cause: "what it needs is gone, or no good".to_owned(),
                subject,
            };
            Some((finding, deed))
        });
        found.collect()
    }
}
