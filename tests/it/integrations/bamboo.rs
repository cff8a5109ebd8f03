//! Bamboo's specs: held to a strict schema, and run by a small agent of ours.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::agent::pytest;
use super::tools::{Tools, copy, provide_snapenv, repository};
use crate::index::{Failure, Index};
use crate::run::Run;
use crate::sandbox::Sandbox;

const PLAN: &str = "integrations/bamboo/bamboo-specs/bamboo.yml";

/// What is wrong in a plan, as people write it: what stands there, and what they write instead.
const BAD: [(&str, &str, &str); 14] = [
    ("properties at an absolute path", "file: .snapenv/", "file: /srv/.snapenv/"),
    ("properties outside of the workspace", "file: .snapenv/", "file: ../"),
    ("no version", "version: 2\n", ""),
    ("another version", "version: 2\n", "version: 1\n"),
    ("a key in lower case", "key: TEST\n", "key: test\n"),
    ("requirements misspelt", "  requirements:\n", "  requirement:\n"),
    ("a requirement of no executable", "system.builder.command.snapenv", "snapenv"),
    ("an unknown task", "- inject-variables:", "- inject-variable:"),
    ("an unknown option", "namespace: snapenv", "name-space: snapenv"),
    (
        "a script without body",
        "        file: bamboo-specs/snapenv.sh\n        argument: -r requirements.txt\n",
        "",
    ),
    ("two tasks in one", "    - inject-variables:", "      inject-variables:"),
    ("final tasks misspelt", "  final-tasks:\n", "  final_tasks:\n"),
    (
        "jobs that are no list",
        "      jobs:\n        - Tests\n",
        "      jobs: Tests\n",
    ),
    ("a period in words", "- polling: 180", "- polling: often"),
];

/// An agent with the project's specs.
struct Agent {
    sandbox: Sandbox,
    index: Index,
    python: PathBuf,
}

impl Agent {
    fn new(tools: &Tools) -> Self {
        let (mut sandbox, index) = (Sandbox::new(), Index::start());
        provide_snapenv(&mut sandbox);
        let results = "import sys\npath = sys.argv[1].split('=')[1]\nimport os\nos.makedirs(os.path.dirname(path), exist_ok=True)\n\
                       open(path, 'w').write('<testsuites/>')\nprint('1 passed in', sys.prefix)\n";
        index.publish(
            crate::wheel_builder::WheelBuilder::new("pytest", "8.0")
                .file("pytest/__main__.py", results)
                .build(),
        );
        assert_eq!(pytest().filename, "pytest-8.0-py3-none-any.whl");
        let snapenv = env!("CARGO_BIN_EXE_snapenv");
        for (variable, value) in [
            ("bamboo_planKey", "DEMO-TEST"),
            ("bamboo_buildNumber", "7"),
            ("bamboo_capability_system_builder_command_snapenv", snapenv),
        ] {
            sandbox.set(variable, value);
        }
        sandbox.set("PIP_INDEX_URL", index.url());
        copy(&repository("integrations/bamboo"), &sandbox.work("checked out"));
        let _ = sandbox.write("checked out/requirements.txt", "pytest==8.0\n");
        Self {
            sandbox,
            index,
            python: tools.python("python"),
        }
    }

    fn build(&self, plan: &str) -> Run {
        let _ = fs::remove_dir_all(self.sandbox.work("artifacts"));
        let runner = repository("tests/integrations/bamboo/run.py");
        let [plan, workspace, artifacts] = [plan, "checked out", "artifacts"].map(|path| self.sandbox.work(path));
        self.sandbox.run(&self.python, [runner, plan, workspace, artifacts])
    }
}

#[test]
fn plans_keep_to_a_strict_schema() {
    let Some(tools) = Tools::named("the schema of Bamboo's specs") else {
        return;
    };
    let sandbox = Sandbox::with_empty_store();
    let check = tools.python("check-jsonschema");
    let schema = repository("tests/integrations/bamboo/schema.json");
    let held = |plan: PathBuf| sandbox.run(&check, ["--schemafile".into(), schema.clone(), plan]);
    let _ = held(repository(PLAN)).success();
    let _ = held(repository("integrations/bamboo/bamboo-specs/prune.yml")).success();
    let good = fs::read_to_string(repository(PLAN)).unwrap();
    for (what, from, to) in BAD {
        assert!(good.contains(from), "{what}");
        let bad = sandbox.write("bad.yml", good.replacen(from, to, 1));
        let run = held(bad);
        assert_eq!(run.status.code(), Some(1), "{what} went through\n{run}");
    }
}

#[test]
fn the_plan_runs_and_so_does_the_one_for_pruning() {
    let Some(tools) = Tools::named("Bamboo's plan") else { return };
    let agent = Agent::new(&tools);
    let plan = "checked out/bamboo-specs/bamboo.yml";
    let run = agent
        .build(plan)
        .success()
        .says("build: green")
        .says("result=miss")
        .says("trust=trusted");
    let path = agent.sandbox.work("checked out/.venv");
    let _ = run.says(&format!("1 passed in {}", path.display()));
    assert!(agent.sandbox.work("artifacts/snapenv/report.json").exists());
    let _ = agent.build(plan).success().says("result=unchanged");
    let _ = agent
        .build("checked out/bamboo-specs/prune.yml")
        .success()
        .says("build: green");
}

#[test]
fn final_tasks_run_after_a_failure_and_properties_are_all_there() {
    let Some(tools) = Tools::named("failures of Bamboo's plan") else {
        return;
    };
    let agent = Agent::new(&tools);
    agent.index.fail(Failure::Status(503));
    let plan = fs::read_to_string(repository(PLAN)).unwrap();
    // Someone may want to know in a final task; what is not known has to be empty, not undefined.
    let names =
        "result reason key path python bin distributions store remote index built seconds saved_seconds bytes links vendor trust";
    let shown: Vec<String> = names
        .split(' ')
        .map(|name| format!("{name}=${{bamboo.snapenv.{name}}}"))
        .collect();
    let task = "  final-tasks:\n    - inject-variables:\n        file: .snapenv/bamboo.properties\n        scope: LOCAL\n        namespace: snapenv\n";
    let show = format!(
        "    - script:\n        interpreter: SHELL\n        scripts:\n          - 'echo \"{}\"'\n",
        shown.join(" ")
    );
    let _ = agent
        .sandbox
        .write("plan.yml", plan.replacen("  final-tasks:\n", &format!("{task}{show}"), 1));
    let run = agent.build("plan.yml").fails_with(1);
    let run = run
        .says("failed: script ended with 1")
        .says("build: red")
        .says("result=failed reason=");
    let _ = run.says("vendor=bamboo").never_says("is not defined").never_says("1 passed");
    assert!(agent.sandbox.work("artifacts/snapenv/report.json").exists());
    // The runner does see what is not defined.
    agent.index.fail(Failure::Slow(Duration::ZERO));
    let undefined = plan.replacen("python -m pytest", "echo ${bamboo.snapenv.nothing}; python -m pytest", 1);
    let _ = agent.sandbox.write("plan.yml", undefined);
    let _ = agent
        .build("plan.yml")
        .fails_with(1)
        .says("variable snapenv.nothing is not defined");
}

#[test]
fn an_agent_without_the_capability_is_not_taken() {
    let Some(tools) = Tools::named("capabilities of Bamboo's agents") else {
        return;
    };
    let mut agent = Agent::new(&tools);
    agent.sandbox.unset("bamboo_capability_system_builder_command_snapenv");
    let run = agent.build("checked out/bamboo-specs/bamboo.yml").fails_with(2);
    let _ = run.says("no agent has system.builder.command.snapenv");
}
