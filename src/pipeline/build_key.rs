//! Keys of what is built: what is asked of a build, what it came to, and whether that may be used here and now.

use std::collections::BTreeMap;

use super::build_wheel::part;
use super::context::Context;
use super::obtain::Workshop;
use crate::build::{BuildError, Libraries, compilers};
use crate::key::{BuildPreimage, BuildQuestion, DistributionPreimage, Sha256, SnapshotKey, key_of};
use crate::resolve::index_preimage;
use crate::settings::Freshness;
use crate::store::{ArtifactKind, BuildRecord, DistributionRecord, Resolved};

/// Length of a full commit of git.
const FULL_COMMIT: usize = 40;

impl Workshop<'_> {
    /// The preimage of what will be made of an artifact; `held` is what the build environment holds.
    pub(super) fn preimage(
        &self,
        resolved: &Resolved,
        sha256: Sha256,
        held: Vec<SnapshotKey>,
    ) -> Result<DistributionPreimage, BuildError> {
        let artifact = &resolved.artifact;
        let build = (artifact.kind != ArtifactKind::Wheel).then(|| BuildPreimage {
            requires: held,
            compilers: self.context.compilers(),
            ..self.build_preimage(resolved)
        });
        self.target().preimage(
            (&resolved.name, &resolved.version),
            (artifact.kind, &artifact.file_name, sha256),
            build,
        )
    }

    /// What is known of a build before its requirements are.
    fn build_preimage(&self, resolved: &Resolved) -> BuildPreimage {
        let facts = self.context.facts;
        let mut settings = resolved.settings.clone();
        for option in ["config-settings", "build-constraint", "use-pep517"] {
            let values = self.context.settings.answers.get(option).into_iter().flatten();
            settings.extend(values.map(|value| format!("--{option} {value}")));
        }
        BuildPreimage {
            settings,
            part: part(resolved),
            environment: self.context.build_variables(),
            soabi: facts.soabi.clone(),
            sysconfig: facts.sysconfig_digest.clone(),
            libc: facts.libc.clone(),
            os_release: facts.os_release.clone(),
            pip: self.pip_record.version().to_owned(),
            requires: Vec::new(),
            compilers: BTreeMap::new(),
        }
    }

    /// What is asked of the build of an artifact; nothing where the answer may not be kept, or has no name beforehand.
    pub(super) fn build_question(&self, resolved: &Resolved) -> Option<BuildQuestion> {
        let context = self.context;
        if !context.isolates() {
            return None;
        }
        let sha256 = match resolved.artifact.kind {
            ArtifactKind::Sdist => resolved.artifact.sha256?,
            ArtifactKind::Project => commit_digest(resolved)?,
            ArtifactKind::Wheel | ArtifactKind::Editable => return None,
        };
        let artifact = &resolved.artifact;
        let distribution = self.target().preimage(
            (&resolved.name, &resolved.version),
            (artifact.kind, &artifact.file_name, sha256),
            Some(self.build_preimage(resolved)),
        );
        let current_dir = &context.world.current_dir;
        let (index, named) = index_preimage(self.search, &context.credentials(self.search), current_dir);
        let settings = context.settings.for_build_requirements(&[], self.search);
        let mut options: Vec<String> = settings.search.iter().map(|option| format!("{option:?}")).collect();
        for (option, values) in &settings.answers {
            for value in values {
                let digest = std::fs::read(current_dir.join(value)).map(|bytes| Sha256::of(&bytes).to_string());
                options.push(format!("--{option} {value} {}", digest.unwrap_or_default()));
            }
        }
        named.then_some(BuildQuestion {
            distribution: distribution.ok()?,
            index,
            options,
        })
    }

    /// What is in the store of an artifact: made of a wheel, or built before as it would be built now.
    pub(super) fn known(&self, resolved: &Resolved) -> Option<DistributionRecord> {
        let record = self.found(resolved)?;
        let context = self.context;
        context
            .store
            .note_distribution(record.key, &record.preimage, context.world.now);
        Some(record)
    }

    fn found(&self, resolved: &Resolved) -> Option<DistributionRecord> {
        let context = self.context;
        if resolved.artifact.kind == ArtifactKind::Wheel {
            let preimage = self.preimage(resolved, resolved.artifact.sha256?, Vec::new()).ok()?;
            return context.store.distribution(&preimage);
        }
        if context.settings.freshness == Freshness::Refresh {
            return None;
        }
        let built = context.store.build(&self.build_question(resolved)?)?;
        let record = context.store.distribution(&built.preimage)?;
        match context.unfit(&record) {
            None => Some(record),
            Some(reason) => {
                context
                    .progress
                    .detail(&format!("{} is built again: {reason}", resolved.name));
                None
            }
        }
    }

    /// Records what a build came to, so that it is known the next time without resolving what it required.
    pub(super) fn record_build(&self, resolved: &Resolved, record: &DistributionRecord) {
        let Some(question) = self.build_question(resolved) else {
            return;
        };
        let built = BuildRecord {
            key: key_of(&question),
            distribution: record.key,
            preimage: record.preimage.clone(),
        };
        if let Err(error) = self.context.store.put_build(&built) {
            self.context
                .progress
                .warn(&format!("{error}; the next run has to look for its build requirements again"));
        }
    }
}

impl Context<'_> {
    /// The compilers that a build would use now.
    pub(super) fn compilers(&self) -> BTreeMap<String, String> {
        compilers(&self.world.variables)
    }

    /// The shared libraries of this machine.
    pub(super) fn libraries(&self) -> Libraries {
        Libraries::new(self.world.variable("LD_LIBRARY_PATH"))
    }

    /// Why a built distribution cannot be used here and now.
    pub(super) fn unfit(&self, record: &DistributionRecord) -> Option<String> {
        let native = record.source.native.as_ref()?;
        let none = BTreeMap::new();
        let build = record.preimage.build.as_ref();
        self.other_compiler(build.map_or(&none, |build| &build.compilers))
            .or_else(|| self.lost_library(&native.libraries))
    }

    /// The compiler that is not the one which was there; where there is none, what was built is all that can be had.
    pub(super) fn other_compiler(&self, recorded: &BTreeMap<String, String>) -> Option<String> {
        let now = self.compilers();
        let other = recorded
            .iter()
            .find(|(variable, compiler)| now.get(*variable).is_some_and(|now| now != *compiler));
        other.map(|(variable, _)| format!("{variable} is another compiler"))
    }

    /// The library that is not there any more.
    pub(super) fn lost_library<'l>(&self, sonames: impl IntoIterator<Item = &'l String>) -> Option<String> {
        let libraries = self.libraries();
        let lost = sonames.into_iter().find(|soname| !libraries.has(soname));
        lost.map(|soname| format!("it needs {soname}, which is gone"))
    }
}

/// What stands for the content of a checkout: its URL and commit, where the user named that commit in full.
fn commit_digest(resolved: &Resolved) -> Option<Sha256> {
    let text = resolved.direct_url.as_deref()?;
    let info: serde_json::Value = serde_json::from_str(text).ok()?;
    let commit = info["vcs_info"]["commit_id"].as_str()?;
    let named = info["vcs_info"]["requested_revision"].as_str()? == commit;
    let full = commit.len() >= FULL_COMMIT && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    (named && full).then(|| Sha256::of(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Artifact;

    #[test]
    fn a_checkout_is_known_by_its_full_commit_only() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let digest = |direct_url: &str| {
            commit_digest(&Resolved {
                name: "x".to_owned(),
                version: "1".to_owned(),
                artifact: Artifact {
                    kind: ArtifactKind::Project,
                    url: String::new(),
                    file_name: String::new(),
                    sha256: None,
                    hashes: BTreeMap::new(),
                },
                requested: true,
                extras: Vec::new(),
                yanked: false,
                direct_url: Some(direct_url.to_owned()),
                settings: Vec::new(),
            })
        };
        let vcs = |revision: &str| {
            format!(r#"{{"url": "https://x/y", "vcs_info": {{"commit_id": "{commit}", {revision}"vcs": "git"}}}}"#)
        };
        assert!(digest(&vcs(&format!("\"requested_revision\": \"{commit}\", "))).is_some());
        for other in [
            &vcs("\"requested_revision\": \"main\", "),
            &vcs(""),
            r#"{"dir_info": {}, "url": "file:///x"}"#,
        ] {
            assert_eq!(digest(other), None, "{other}");
        }
    }
}
