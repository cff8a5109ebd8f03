//! The nearest request: what was answered before for much the same names.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::open::Store;
use super::request::RequestRecord;
use super::resolution::Resolution;
use crate::fs::Durability;
use crate::key::{FamilyKey, FamilyPreimage, RequestKey, RequestPreimage, key_of};

/// Requests of a family that are kept in mind.
const KEPT: usize = 16;

/// The newest requests of a family, so that the nearest is found without reading all records.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FamilyRecord {
    pub(super) key: FamilyKey,
    /// The newest first.
    requests: Vec<Relative>,
}

/// A request of a family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Relative {
    key: RequestKey,
    /// What was asked for, without versions.
    names: BTreeSet<String>,
}

impl Store {
    /// The resolution of the request nearest to this one: of those with the same indexes, options and interpreter, the one that has the
    /// most names in common. It is no answer, but it tells what an answer will most probably need.
    pub fn nearest(&self, request: &RequestPreimage) -> Option<Resolution> {
        let asked = names(request);
        let relatives = self.relatives(key_of(&FamilyPreimage::from(request)));
        let scored = relatives.into_iter().enumerate().filter_map(|(age, relative)| {
            let common = relative.names.intersection(&asked).count();
            let apart = relative.names.symmetric_difference(&asked).count();
            // What they have in common counts before what else there is; the newest wins.
            (common > 0).then_some(((common, std::cmp::Reverse((apart, age))), relative.key))
        });
        let (_, nearest) = scored.max_by(|(one, _), (other, _)| one.cmp(other))?;
        self.request(nearest).map(|record| record.resolution)
    }

    /// Keeps a request in mind for [`nearest`](Self::nearest). Of two processes that do so at the same time one may be forgotten.
    pub(super) fn keep_in_mind(&self, preimage: &RequestPreimage, record: &RequestRecord) -> Result<(), StoreError> {
        let family = key_of(&FamilyPreimage::from(preimage));
        let mut requests = self.relatives(family);
        requests.retain(|known| known.key != record.key);
        let newest = Relative {
            key: record.key,
            names: names(preimage),
        };
        requests.insert(0, newest);
        requests.truncate(KEPT);
        let layout = self.home();
        let family_record = FamilyRecord { key: family, requests };
        super::json::write_as(&layout.family(family), &family_record, &layout.staging(), Durability::Derived)
    }

    fn relatives(&self, family: FamilyKey) -> Vec<Relative> {
        let record = self.layouts().find_map(|layout| {
            self.record::<FamilyRecord>(&layout.family(family))
                .filter(|record| record.key == family)
        });
        record.map(|record| record.requests).unwrap_or_default()
    }
}

/// The names that a request asks for: what stands before extras, versions and URLs.
fn names(request: &RequestPreimage) -> BTreeSet<String> {
    let name = |text: &String| {
        let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || "-_.".contains(letter)));
        text[..end.unwrap_or(text.len())].to_owned()
    };
    request.requirements.iter().map(|one| name(&one.requirement)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::testing::{Shelf, scheme};
    use super::super::{Artifact, ArtifactKind, Conditions, Kind, Resolved};
    use super::*;
    use crate::interpreter::Libc;
    use crate::key::{BytecodeMode, IndexPreimage, InterpreterPreimage, RequirementPreimage};

    fn request(requirements: &[&str], version: &str) -> RequestPreimage {
        let requirement = |text: &&str| RequirementPreimage {
            requirement: (*text).to_owned(),
            hashes: Vec::new(),
            settings: Vec::new(),
        };
        RequestPreimage {
            requirements: requirements.iter().map(requirement).collect(),
            constraints: Vec::new(),
            index: IndexPreimage {
                indexes: Vec::new(),
                find_links: Vec::new(),
                no_index: false,
            },
            options: BTreeMap::new(),
            local: Vec::new(),
            interpreter: InterpreterPreimage {
                implementation: "cpython".to_owned(),
                version: version.to_owned(),
                abi: String::new(),
                soabi: String::new(),
                platform: String::new(),
                libc: Libc::System,
                magic: String::new(),
                scheme: scheme(),
                markers: BTreeMap::new(),
            },
            volatile: BTreeMap::new(),
            pip: String::new(),
            visible: Vec::new(),
            bytecode: BytecodeMode::Off,
        }
    }

    fn put(shelf: &Shelf, request: &RequestPreimage, answer: &str) {
        let resolved = Resolved {
            name: answer.to_owned(),
            version: "1".to_owned(),
            artifact: Artifact {
                kind: ArtifactKind::Wheel,
                url: String::new(),
                file_name: String::new(),
                sha256: None,
                hashes: BTreeMap::new(),
            },
            requested: true,
            direct_url: None,
            yanked: false,
            extras: Vec::new(),
            settings: Vec::new(),
        };
        let record = RequestRecord {
            key: key_of(request),
            made: 0,
            kind: Kind::Dated,
            conditions: Conditions::default(),
            resolution: Resolution {
                distributions: vec![resolved],
            },
            snapshot: blake3::hash(b"").into(),
            reads: None,
        };
        shelf.store.put_request(request, &record).unwrap();
    }

    #[test]
    fn the_most_common_names_are_nearest_and_the_newest_of_equals() {
        let shelf = Shelf::new();
        let nearest = |requirements: &[&str], version| {
            let found = shelf.store.nearest(&request(requirements, version));
            found.map(|resolution| resolution.distributions[0].name.clone())
        };
        assert_eq!(nearest(&["django"], "3.12"), None);
        put(&shelf, &request(&["django[argon2]>=4", "six"], "3.12"), "two");
        put(&shelf, &request(&["django>=4 ; os_name == 'posix'"], "3.12"), "one");
        put(&shelf, &request(&["other"], "3.12"), "other");
        put(&shelf, &request(&["django==5", "six"], "3.13"), "elsewhere");
        assert_eq!(nearest(&["six>1", "django<6", "third"], "3.12").as_deref(), Some("two"));
        assert_eq!(nearest(&["django<6"], "3.12").as_deref(), Some("one"));
        assert_eq!(nearest(&["unheard-of"], "3.12"), None);
        put(&shelf, &request(&["django==5"], "3.12"), "newest");
        assert_eq!(nearest(&["django<6"], "3.12").as_deref(), Some("newest"));
    }

    #[test]
    fn only_the_newest_requests_are_kept_in_mind() {
        let shelf = Shelf::new();
        for number in 0..=KEPT {
            put(&shelf, &request(&[&format!("p{number}")], "3.12"), "a");
        }
        let family = key_of(&FamilyPreimage::from(&request(&[], "3.12")));
        assert_eq!(shelf.store.relatives(family).len(), KEPT);
        assert!(shelf.store.nearest(&request(&["p0"], "3.12")).is_none());
        assert!(shelf.store.nearest(&request(&["p1"], "3.12")).is_some());
    }
}
