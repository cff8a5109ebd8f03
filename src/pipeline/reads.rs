//! Answers that hold as long as what they were made from is the same.

use std::sync::Arc;

use pep508_rs::PackageName;
use rayon::prelude::*;

use super::context::Context;
use super::pip_home::Newest;
use crate::key::SnapshotKey;
use crate::pip::PipLog;
use crate::report::AnsweredBy;
use crate::resolve::candidates::Offered;
use crate::resolve::{Answer, Market, Question, Stall, agrees, changes, filters, tags_of};
use crate::settings::Freshness;
use crate::store::{Kind, ReadRecord, RequestRecord, Resolved};

/// An answer that was found to hold this recently is not written again, in seconds.
const RECENT: u64 = 60;

impl Context<'_> {
    /// Whether a dated answer still holds: what it was made from is looked at again, all at the same time. Nothing if there is no such
    /// answer, or it is not known what it was made from.
    ///
    /// # Errors
    /// The reason why it does not, or why that cannot be told.
    pub(super) fn revalidated(&self, question: &Question) -> Option<Result<(AnsweredBy, SnapshotKey), String>> {
        match self.settings.freshness {
            Freshness::Ask | Freshness::MaxAge(_) => {}
            Freshness::Refresh | Freshness::Offline => return None,
        }
        let record = self.recorded(question).ok()?;
        self.unaffected(&record.conditions).ok()?;
        match (record.kind, record.reads.clone()) {
            (Kind::Dated, Some(reads)) => Some(self.unchanged(question, record, &reads)),
            _ => None,
        }
    }

    fn unchanged(
        &self,
        question: &Question,
        record: RequestRecord,
        reads: &[ReadRecord],
    ) -> Result<(AnsweredBy, SnapshotKey), String> {
        self.progress.step("asking the index for changes");
        let names: Option<Vec<PackageName>> = reads.iter().map(|read| read.project.parse().ok()).collect();
        let seen = self.look(question, &names.ok_or("its record is damaged")?)?;
        let now = reads_of(&seen)?;
        let mut changed = reads.iter().zip(&now).filter_map(|(before, now)| changes(before, now));
        if let Some(change) = changed.next() {
            return Err(match changed.count() {
                0 => change,
                more => format!("{change}, and {more} other projects changed"),
            });
        }
        let snapshot = record.snapshot;
        self.store.note_answer(record.key, snapshot, self.world.now);
        self.renew(question, record);
        Ok((AnsweredBy::Revalidated, snapshot))
    }

    /// Notes that an answer still holds.
    fn renew(&self, question: &Question, record: RequestRecord) {
        if record.made + RECENT > self.world.now {
            return;
        }
        let renewed = RequestRecord {
            made: self.world.now,
            ..record
        };
        if let Err(error) = self.store.renew_request(&question.preimage, &renewed) {
            self.progress.detail(&error.to_string());
        }
    }

    /// What an answer of pip's was made from: what its log names, looked at again and found to be the same.
    ///
    /// # Errors
    /// The reason why that is not known.
    pub(super) fn reads_of_pip(&self, question: &Question, answer: &Answer, log: &PipLog) -> Result<Vec<ReadRecord>, String> {
        let resolved = || answer.distributions.iter().map(|one| &one.resolved);
        if let Some(other) = resolved().find(|one| one.direct_url.is_some() || !log.projects.contains_key(&one.name)) {
            return Err(format!("{} is not of an index", other.name));
        }
        let names: Result<Vec<PackageName>, _> = log.projects.keys().map(|name| name.parse()).collect();
        let names = names.map_err(|error| error.to_string())?;
        let seen = self.look(question, &names)?;
        for ((project, looked), now) in log.projects.iter().zip(&seen) {
            if !agrees(looked, &now.offered) {
                return Err(format!("pip saw other files of {project}"));
            }
            // Its log does not say which files are yanked; of what it chose, its report does.
            let chosen = resolved().find(|one| one.name == *project);
            if chosen.is_some_and(|chosen| !is_offered(chosen, &now.offered)) {
                return Err(format!("{project} was just yanked, or is not any more"));
            }
        }
        reads_of(&seen)
    }

    /// Looks at all that is offered now for some projects, all at the same time.
    fn look(&self, question: &Question, projects: &[PackageName]) -> Result<Vec<Arc<Stall>>, String> {
        let tags = tags_of(&question.target, self.facts)?;
        let rules = filters(question, self.facts, &tags)?;
        let pip = self.pip_at_hand(Newest::Known).map_err(|error| error.to_string())?;
        let access = self.index_access(&question.search, &pip).map_err(|error| error.to_string())?;
        access.with(self, |sources| {
            sources.pages.prefetch(projects);
            let market = Market::new(sources, rules);
            let look = |project| {
                let stall = market.stall(project)?;
                // It confirms nothing.
                stall.trouble.clone().map_or(Ok(stall), Err)
            };
            projects.par_iter().map(look).collect()
        })
    }
}

/// What is kept of everything that was looked at.
fn reads_of(seen: &[Arc<Stall>]) -> Result<Vec<ReadRecord>, String> {
    let reads: Option<Vec<ReadRecord>> = seen.iter().map(|stall| stall.read.clone()).collect();
    reads.ok_or_else(|| "files without digests are offered".to_owned())
}

/// Whether a file is offered, and as yanked as it was.
fn is_offered(chosen: &Resolved, offered: &Offered) -> bool {
    let links = offered.candidates().map(|candidate| &candidate.link);
    let mut files = links.filter(|link| *link.filename == *chosen.artifact.file_name);
    files.any(|link| link.yanked.is_some() == chosen.yanked)
}
