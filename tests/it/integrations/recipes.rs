//! `docs/ci-recipes.md`: what stands there is what is run.

use std::fs;

use super::agent::pytest;
use super::tools::{Tools, provide_snapenv, repository};
use crate::index::Index;
use crate::sandbox::Sandbox;

/// The block of the page that is a file of this name.
fn file(name: &str) -> String {
    let page = fs::read_to_string(repository("docs/ci-recipes.md")).unwrap();
    let block = page
        .split(&format!("`{name}`:\n\n```"))
        .nth(1)
        .and_then(|rest| rest.split_once('\n'));
    let block = block.and_then(|(_, rest)| rest.split("```").next());
    block.unwrap_or_else(|| panic!("the page has no {name}")).to_owned()
}

#[test]
fn tox_nox_and_pre_commit_take_their_environments_from_snapenv() {
    let Some(tools) = Tools::named("tox, nox and pre-commit") else {
        return;
    };
    let (mut sandbox, index) = (Sandbox::new(), Index::start());
    provide_snapenv(&mut sandbox);
    index.publish(pytest());
    sandbox.set("PIP_INDEX_URL", index.url());
    let _ = sandbox.write("requirements.txt", "pytest==8.0\n");
    for (name, arguments, environment) in [
        ("tox.ini", ["run", "-v"].as_slice(), ".tox/tests"),
        ("noxfile.py", [].as_slice(), ".nox/tests"),
        (".pre-commit-config.yaml", ["run", "--all-files"].as_slice(), ".venv"),
    ] {
        let _ = sandbox.write(name, file(name));
        if name.starts_with(".pre") {
            let _ = sandbox.run("git", ["init", "-q", "."]).success();
            let _ = sandbox.run("git", ["add", "-A"]).success();
        }
        let tool = name.trim_start_matches('.').split(['.', '-']).next().unwrap();
        let tool = match tool {
            "noxfile" => "nox",
            "pre" => "pre-commit",
            other => other,
        };
        let run = sandbox.run(tools.python(tool), arguments).success();
        let _ = run.says(&format!("1 passed in {}", sandbox.work(environment).display()));
        let installer = walkdir::WalkDir::new(sandbox.work(environment))
            .into_iter()
            .map(Result::unwrap)
            .find(|entry| entry.path().ends_with("pytest-8.0.dist-info/INSTALLER"));
        assert_eq!(
            fs::read_to_string(installer.unwrap().path()).unwrap().trim(),
            "snapenv",
            "{name}"
        );
    }
}
