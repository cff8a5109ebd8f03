//! Reading what pip and snapenv say: their reports, and why something cannot be installed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::answer::{Answer, Chosen, OTHERWISE};
use super::ground::Ground;
use super::sets::RequirementSet;
use crate::artifact::normalize;

/// Where the answers of a set come from.
pub(super) struct Reader<'a> {
    pub(super) ground: &'a Ground,
    pub(super) set: &'a RequirementSet,
}

impl Reader<'_> {
    /// What a report (`--report`, version 1) says; pip's has an order of its own, and that of installing is told apart.
    pub(super) fn installs(&self, report: &Value, order: Option<&Value>) -> Answer {
        let entries = report["install"].as_array().unwrap();
        let mut chosen: Vec<Chosen> = entries.iter().map(|entry| self.chosen(entry)).collect();
        if let Some(names) = order.and_then(Value::as_array) {
            let names: Vec<String> = names.iter().filter_map(Value::as_str).map(normalize).collect();
            chosen.sort_by_key(|one| names.iter().position(|name| *name == one.name));
        }
        Answer::Installs(chosen)
    }

    fn chosen(&self, entry: &Value) -> Chosen {
        let info = &entry["download_info"];
        let url = info["url"].as_str().unwrap();
        let sha256 = info["archive_info"]["hashes"]["sha256"].as_str();
        let (source, wrong) = self.ground.place_of(self.set, url, sha256);
        let said = |name: &str| entry[name].as_bool() == Some(true);
        let mut flags: BTreeSet<String> = ["requested", "yanked", "direct"]
            .into_iter()
            .filter(|flag| said(flag) || said(&format!("is_{flag}")))
            .map(ToOwned::to_owned)
            .collect();
        if let Some(extras) = entry["requested_extras"].as_array() {
            let extras: Vec<&str> = extras.iter().filter_map(Value::as_str).collect();
            flags.insert(format!("extras={}", extras.join(",")));
        }
        if wrong {
            flags.insert("with-a-wrong-hash".to_owned());
        }
        if info["dir_info"]["editable"].as_bool() == Some(true) {
            flags.insert("editable".to_owned());
        }
        Chosen {
            name: normalize(entry["metadata"]["name"].as_str().unwrap()),
            version: entry["metadata"]["version"].as_str().unwrap().to_owned(),
            source,
            flags,
        }
    }

    /// What a failure names as its causes.
    pub(super) fn fails(&self, output: &str) -> Answer {
        let output = self.ground.without_places(self.set, output);
        let mut causes: BTreeSet<String> = output.lines().filter_map(cause).collect();
        if causes.is_empty() {
            let error = output.lines().find_map(|line| line.trim_start().strip_prefix("ERROR: "));
            let said = error.or_else(|| output.lines().rfind(|line| !line.trim().is_empty()));
            causes.insert(format!("{OTHERWISE}{}", said.unwrap_or("nothing was said")));
        }
        Answer::Fails(causes)
    }
}

/// The cause that a line names: what depends on what, what nothing satisfies, which Python is asked for.
fn cause(line: &str) -> Option<String> {
    let line = line.trim();
    let line = line.strip_prefix("ERROR: ").unwrap_or(line);
    let named = line.contains(" depends on ") || line.starts_with("The user requested ");
    if named && !line.ends_with('.') {
        return Some(line.to_owned());
    }
    if let Some(rest) = line.strip_prefix("No matching distribution found for ") {
        return Some(format!("nothing satisfies {}", without_source(rest)));
    }
    if line.starts_with("Package ") && line.contains(" requires a different Python: ") {
        return Some(line.to_owned());
    }
    None
}

/// A requirement without the parent or file that it comes from.
fn without_source(text: &str) -> &str {
    text.split_once(" (from ").map_or(text, |(requirement, _)| requirement)
}

#[test]
fn causes_are_what_a_failure_names() {
    let said = "\
ERROR: Could not find a version that satisfies the requirement b>=3 (from a) (from versions: 1.0)
ERROR: No matching distribution found for b>=3 (from a)
The conflict is caused by:
    a 1.0 depends on b<2
    The user requested (constraint) b>=2
ERROR: Package 'c' requires a different Python: 3.11.7 not in '<3'
To fix this you could try to:
1. loosen the range of package versions you've specified";
    let found: Vec<String> = said.lines().filter_map(cause).collect();
    assert_eq!(
        found,
        [
            "nothing satisfies b>=3",
            "a 1.0 depends on b<2",
            "The user requested (constraint) b>=2",
            "Package 'c' requires a different Python: 3.11.7 not in '<3'"
        ]
    );
}
