//! Known requests.

use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Context;
use super::error::PipelineError;
use super::pip_home::Newest;
use crate::build::steers_builds;
use crate::environment::snapshot::{DamagedSnapshot, Extent, Snapshot};
use crate::key::{RequestKey, SnapshotKey, key_of};
use crate::report::AnsweredBy;
use crate::resolve::{Keeping, Question};
use crate::settings::Freshness;
use crate::store::{Answer, BuildConditions, Conditions, DistributionRecord, Kind, PipRecord, RequestRecord, SnapshotPart};

/// A known request whose answer may be used.
pub(super) struct Hit {
    pub(super) answer: AnsweredBy,
    /// Its trees were all there a moment ago; or it is what is needed over a layer that was: its excerpt, or its manifest.
    pub(super) snapshot: Snapshot,
    /// Its excerpt, where that was read along the way.
    pub(super) excerpt: Option<Snapshot>,
}

/// Whether a request in a living environment is known.
pub(super) enum Known {
    /// It is, and its answer holds.
    Hit(Box<Hit>),
    /// It has to be asked anew, of this pip.
    Miss(Box<PipRecord>),
}

impl Context<'_> {
    /// Looks a request of a living environment up, and looks again at what its answer was made from if time could have changed it. The
    /// question then is one to the newest pip.
    ///
    /// # Errors
    /// When there is no pip to ask.
    pub(super) fn known_in_living(&self, question: &mut Question) -> Result<Known, PipelineError> {
        match self.look_up(question) {
            Ok(hit) => return Ok(Known::Hit(Box::new(hit))),
            Err(reason) => self.progress.detail(&format!("miss: {reason}")),
        }
        // An index is asked in any case.
        let record = self.provide_pip(Newest::Today)?;
        question.preimage.pip.clone_from(&record.version);
        match self.look_again(question) {
            Some(Ok(hit)) => return Ok(Known::Hit(Box::new(hit))),
            Some(Err(reason)) => self.progress.detail(&format!("miss: {reason}")),
            None => {}
        }
        Ok(Known::Miss(Box::new(record)))
    }

    /// Looks a request up; the reason for a miss is a detail for `-v`. What is damaged in the store is a miss, too, and worth a warning.
    pub(super) fn look_up(&self, question: &Question) -> Result<Hit, String> {
        let (answer, key) = self.answered(question)?;
        self.loaded(answer, key)
    }

    /// The same, of an answer that has to be looked at again before it may be used; nothing if there is none.
    pub(super) fn look_again(&self, question: &Question) -> Option<Result<Hit, String>> {
        let answered = self.revalidated(question)?;
        Some(answered.and_then(|(answer, key)| self.loaded(answer, key)))
    }

    /// The snapshot that a known request is answered with.
    pub(super) fn loaded(&self, answer: AnsweredBy, key: SnapshotKey) -> Result<Hit, String> {
        let snapshot = self.whole(key)?;
        self.trees()
            .of(&snapshot)
            .map_err(|error| self.tell_damage(error.to_string()))?;
        Ok(Hit {
            answer,
            snapshot,
            excerpt: None,
        })
    }

    /// How a known request is answered, and with which snapshot.
    pub(super) fn answered(&self, question: &Question) -> Result<(AnsweredBy, SnapshotKey), String> {
        let key = kept(question)?;
        let answer = self.store.answer(key).ok_or_else(|| unknown(key))?;
        let usable = self.usable(&answer)?;
        self.store.note_answer(key, answer.snapshot, self.world.now);
        Ok((usable, answer.snapshot))
    }

    /// The record of a request, if there may be one.
    pub(super) fn recorded(&self, question: &Question) -> Result<RequestRecord, String> {
        let key = kept(question)?;
        self.store.request(key).ok_or_else(|| unknown(key))
    }

    /// A snapshot as it is in the store.
    pub(super) fn whole(&self, key: SnapshotKey) -> Result<Snapshot, String> {
        let snapshot = self.store.snapshot(key).ok_or_else(|| format!("snapshot {key} is missing"))?;
        self.confirmed(Snapshot::decode(snapshot), key)
    }

    /// The same without the texts of RECORDs: enough to look at a layer.
    pub(super) fn manifest(&self, key: SnapshotKey) -> Result<Snapshot, String> {
        let file = self.store.open_snapshot(key);
        let file = file.ok_or_else(|| format!("snapshot {key} is missing"))?;
        self.confirmed(Snapshot::read_manifest(file), key)
    }

    fn confirmed(&self, snapshot: Result<Snapshot, DamagedSnapshot>, key: SnapshotKey) -> Result<Snapshot, String> {
        let snapshot = snapshot.map_err(|damage| {
            let reason = damage.to_string();
            if !damage.is_another_format() {
                self.store.discard_snapshot(key, SnapshotPart::Whole, &reason);
            }
            reason
        })?;
        if snapshot.header.key != key || snapshot.header.extent != Extent::Whole {
            self.store
                .discard_snapshot(key, SnapshotPart::Whole, "it is another snapshot");
            return Err(format!("snapshot {key} is another one"));
        }
        Ok(snapshot)
    }

    fn tell_damage(&self, damage: String) -> String {
        self.progress.warn(&format!("{damage}; it is made anew"));
        damage
    }

    /// Whether nothing but time can have changed an answer.
    pub(super) fn unaffected(&self, conditions: &Conditions) -> Result<(), String> {
        for (name, value) in &conditions.markers {
            if self.facts.markers.get(name) != Some(value) {
                return Err(format!("{name} is not {value} any more"));
            }
        }
        if let Some(built) = &conditions.build
            && let Some(reason) = self.unfit_now(built)
        {
            return Err(reason);
        }
        Ok(())
    }

    /// Whether a recorded answer may be used now, without asking anybody.
    fn usable(&self, answer: &Answer) -> Result<AnsweredBy, String> {
        self.unaffected(&answer.conditions)?;
        let age = Duration::from_secs(self.world.now.saturating_sub(answer.made));
        match (self.settings.freshness, answer.kind) {
            (Freshness::Refresh, _) => Err("--refresh asks again".to_owned()),
            (_, Kind::Pinned) => Ok(AnsweredBy::Known),
            (Freshness::Offline, Kind::Dated) => Ok(AnsweredBy::KnownSince(age)),
            (Freshness::MaxAge(allowed), Kind::Dated) if age <= allowed => Ok(AnsweredBy::KnownSince(age)),
            (Freshness::MaxAge(_), Kind::Dated) => Err("its answer is older than --max-age".to_owned()),
            (Freshness::Ask, Kind::Dated) => Err("it is not pinned: the index may answer differently today".to_owned()),
        }
    }

    /// What the builds among these distributions depend on, as it is now; nothing if there are none.
    pub(super) fn build_conditions<'r>(&self, records: impl Iterator<Item = &'r DistributionRecord>) -> Option<BuildConditions> {
        let mut conditions: Option<BuildConditions> = None;
        for record in records.filter(|record| record.source.built) {
            let conditions = conditions.get_or_insert_with(|| BuildConditions {
                environment: self.build_variables(),
                os_release: self.facts.os_release.clone(),
                sysconfig: self.facts.sysconfig_digest.clone(),
                ..BuildConditions::default()
            });
            if let Some(native) = &record.source.native {
                let build = record.preimage.build.iter();
                conditions.compilers.extend(build.flat_map(|build| build.compilers.clone()));
                conditions.libraries.extend(native.libraries.iter().cloned());
            }
        }
        conditions
    }

    /// Why something that was built then is nothing for here and now.
    fn unfit_now(&self, built: &BuildConditions) -> Option<String> {
        let same = built.environment == self.build_variables()
            && built.os_release == self.facts.os_release
            && built.sysconfig == self.facts.sysconfig_digest;
        let other =
            || "something was built under other conditions (build variables, distribution, or compiler settings)".to_owned();
        let of_compiler = || self.other_compiler(&built.compilers);
        let of_library = || self.lost_library(&built.libraries);
        (!same).then(other).or_else(of_compiler).or_else(of_library)
    }

    /// The caller's variables that steer builds.
    pub(super) fn build_variables(&self) -> BTreeMap<String, String> {
        let steering = self.world.variables.iter().filter(|(name, _)| steers_builds(name));
        steering.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// The key of the record that there may be of a question.
fn kept(question: &Question) -> Result<RequestKey, String> {
    match question.keeping {
        Keeping::Kept => Ok(key_of(&question.preimage)),
        Keeping::LocalProject => Err("a folder or a branch is looked at every time".to_owned()),
        Keeping::SharedBuild => Err("what is built without isolation is built every time".to_owned()),
        Keeping::OnlyDependencies => Err("what depends on it is not recorded".to_owned()),
        Keeping::Trouble => Err("a place was in trouble".to_owned()),
        Keeping::UnnamedToken => Err("an index is asked with a token that has no name".to_owned()),
    }
}

fn unknown(key: RequestKey) -> String {
    format!("request {key} is not known")
}
