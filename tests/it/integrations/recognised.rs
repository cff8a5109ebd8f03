//! Which server this is: the same as npm's `ci-info` says.

use serde_json::Value;

use super::tools::{Tools, program, repository};
use crate::sandbox::Sandbox;

#[test]
fn servers_are_those_of_ci_info() {
    let Some(tools) = Tools::named("npm's ci-info") else { return };
    let sandbox = Sandbox::with_empty_store();
    let script = repository("tests/integrations/ci_info.cjs");
    let run = sandbox.run(program("node"), [script, tools.npm("ci-info")]).success();
    let cases: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    assert!(cases.len() > 150, "{}", cases.len());
    let mut different = Vec::new();
    for case in &cases {
        let mut command = sandbox.snapenv_command(["ci", "detect", "--json"]);
        for (name, value) in case["variables"].as_object().unwrap() {
            command.env(name, value.as_str().unwrap());
        }
        let said: Value = serde_json::from_str(&sandbox.finish(command).success().stdout).unwrap();
        let title = match (case["name"].as_str(), case["isCI"].as_bool().unwrap()) {
            (Some(name), true) => name,
            (_, true) => "a build server",
            (_, false) => "no build server",
        };
        let same_server = said["title"] == title;
        if case["no"] == true {
            // The one difference: a sign that says no is none.
            assert!(title != "no build server" && said["title"] != title, "{case}\n    {said}");
            continue;
        }
        // Trust has more to go by; but what is a pull request there is not to be trusted here.
        let same_trust = case["isPR"].as_bool() != Some(true) || said["trust"] == "untrusted";
        if !(same_server && same_trust) {
            different.push(format!("{case}\n    {said}"));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
