//! Records of a store: values that would lead out of it, or out of an environment, make a record a bad one, and so a miss.

use proptest::prelude::*;
use serde_json::{Value, json};
use snapenv::store::{Answer, Artifact, Description, DistributionRecord, Lease, PinRecord, RequestRecord};

/// What must not be a path.
const OUT: [&str; 6] = ["../../evil", "/etc/evil", "a/../../evil", "a//b", "..", "a\0b"];

fn description() -> Value {
    let file = json!({"path": "lib/x.py", "size": 1, "sha256": "0".repeat(64), "mode": "plain", "mtime": 1});
    let entry = json!({
        "from": "entry-point", "name": "x", "path": "bin/x", "module": "m", "attribute": "f", "kind": "console", "template": "remove-suffix"
    });
    let bytecode =
        json!({"path": "lib/__pycache__/x.pyc", "record": "__pycache__/x.pyc", "source": "lib/x.py", "size": 1, "mtime": 1});
    json!({
        "name": "x", "version": "1.0", "dist_info": "lib/x-1.0.dist-info", "library": "lib",
        "files": [file], "scripts": [entry, {"from": "wheel", "path": "bin/y", "listing": "bare"}],
        "rows": [], "metadata": {"name": "x", "version": "1.0"}, "bytecode": [bytecode],
    })
}

fn reads(description: &Value) -> bool {
    serde_json::from_value::<Description>(description.clone()).is_ok()
}

#[test]
fn paths_of_a_description_stay_in_the_environment() {
    assert!(reads(&description()));
    for place in [
        "/dist_info",
        "/library",
        "/files/0/path",
        "/scripts/0/path",
        "/scripts/1/path",
        "/bytecode/0/path",
        "/bytecode/0/source",
    ] {
        for path in OUT {
            let mut changed = description();
            *changed.pointer_mut(place).unwrap() = path.into();
            assert!(!reads(&changed), "{place} may be {path:?}");
        }
    }
}

#[test]
fn artifacts_are_named_by_one_component() {
    let reads = |name: &str| {
        let artifact = json!({"kind": "wheel", "url": "https://index.invalid/x.whl", "file_name": name});
        serde_json::from_value::<Artifact>(artifact).is_ok()
    };
    assert!(reads("x-1.0-py3-none-any.whl") && reads(""));
    for name in OUT.into_iter().chain(["a/b"]) {
        assert!(!reads(name), "{name:?}");
    }
}

proptest! {
    /// Whatever stands in a record, it is read or refused, and what is read has no path that leads out.
    #[test]
    fn any_record_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"\"{}[]:,./\\0u1-ax ".to_vec())), 1..6),
    ) {
        let mut bytes = serde_json::to_vec(&description()).unwrap();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = serde_json::from_slice::<DistributionRecord>(&bytes);
        let _ = serde_json::from_slice::<RequestRecord>(&bytes);
        let _ = serde_json::from_slice::<Answer>(&bytes);
        let _ = serde_json::from_slice::<PinRecord>(&bytes);
        let _ = serde_json::from_slice::<Lease>(&bytes);
        if let Ok(description) = serde_json::from_slice::<Description>(&bytes) {
            for member in description.members() {
                let path = std::path::Path::new(&member.path);
                prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))), "{path:?}");
            }
        }
    }
}
