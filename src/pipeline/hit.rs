//! Known requests.

use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Context;
use crate::build::steers_builds;
use crate::environment::snapshot::{Extent, Snapshot};
use crate::key::{RequestKey, SnapshotKey, key_of};
use crate::report::AnsweredBy;
use crate::resolve::{Keeping, Question};
use crate::settings::Freshness;
use crate::store::{BuildConditions, DistributionRecord, Kind, RequestRecord};

/// A known request whose answer may be used.
pub(super) struct Hit {
    pub(super) answer: AnsweredBy,
    /// Its trees were all there a moment ago; or it is what is needed over a layer that was.
    pub(super) snapshot: Snapshot,
    /// Its excerpt, where that was read along the way.
    pub(super) excerpt: Option<Snapshot>,
}

impl Context<'_> {
    /// Looks a request up; the reason for a miss is a detail for `-v`. What is damaged in the store is a miss, too, and worth a warning.
    pub(super) fn look_up(&self, question: &Question) -> Result<Hit, String> {
        let (answer, key) = self.answered(question)?;
        self.loaded(answer, key)
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
        match question.keeping {
            Keeping::Kept => {}
            Keeping::LocalProject => return Err("a local project is built every time".to_owned()),
            Keeping::UnnamedToken => return Err("an index is asked with a token that has no name".to_owned()),
        }
        let key: RequestKey = key_of(&question.preimage);
        let record = self.store.request(key).ok_or_else(|| format!("request {key} is not known"))?;
        Ok((self.usable(&record)?, record.snapshot))
    }

    /// A snapshot as it is in the store.
    pub(super) fn whole(&self, key: SnapshotKey) -> Result<Snapshot, String> {
        let snapshot = self.store.snapshot(key).ok_or_else(|| format!("snapshot {key} is missing"))?;
        let snapshot = Snapshot::decode(snapshot).map_err(|damage| self.tell_damage(damage.to_string()))?;
        if snapshot.header.key != key || snapshot.header.extent != Extent::Whole {
            return Err(self.tell_damage(format!("snapshot {key} is another one")));
        }
        Ok(snapshot)
    }

    fn tell_damage(&self, damage: String) -> String {
        self.progress.warn(&format!("{damage}; it is made anew"));
        damage
    }

    /// Whether a recorded answer may be used now.
    fn usable(&self, record: &RequestRecord) -> Result<AnsweredBy, String> {
        for (name, value) in &record.conditions.markers {
            if self.facts.markers.get(name) != Some(value) {
                return Err(format!("{name} is not {value} any more"));
            }
        }
        if let Some(built) = &record.conditions.build
            && let Some(reason) = self.unfit_now(built)
        {
            return Err(reason);
        }
        let age = Duration::from_secs(self.world.now.saturating_sub(record.made));
        match (self.settings.freshness, record.kind) {
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
