//! The shared library of Jenkins: its steps run by Groovy 2.4, and its source held to the rules of continuation-passing style.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::agent::{Agent, PASSWORD};
use super::tools::{Tools, copy, program, repository};
use crate::index::Failure;
use crate::sandbox::Sandbox;

fn example(name: &str) -> String {
    fs::read_to_string(repository("integrations/jenkins/examples").join(name)).unwrap()
}

#[test]
fn the_declarative_example_and_the_one_for_pruning_run() {
    let Some(tools) = Tools::named("the Jenkins library") else {
        return;
    };
    let agent = Agent::new(&tools);
    let _ = agent.build(&example("declarative.Jenkinsfile"), "SUCCESS");
    let console = agent.written("console");
    assert!(console.contains("1 passed in") && console.contains("True"), "{console}");
    assert!(
        console.contains("vendor=jenkins") && console.contains("trust=trusted"),
        "{console}"
    );
    assert!(agent.sandbox.work("artifacts/.snapenv/timings.css").exists());
    let _ = agent.build(&example("declarative.Jenkinsfile"), "SUCCESS");
    assert!(
        agent.written("console").contains("result=unchanged"),
        "{}",
        agent.written("console")
    );
    let _ = agent.build(&example("prune.Jenkinsfile"), "SUCCESS");
    let console = agent.written("console");
    assert_eq!(console.matches("+ snapenv ci prune").count(), 2, "{console}");
}

#[test]
fn credentials_reach_the_index_and_nobody_else() {
    let Some(tools) = Tools::named("credentials in the Jenkins library") else {
        return;
    };
    let agent = Agent::new(&tools);
    agent.index.protect(super::agent::USER, PASSWORD);
    let show = "sh 'env'\nsh 'python -m pytest'";
    let scripted = example("scripted.Jenkinsfile").replace("sh 'python -m pytest'", show);
    let _ = agent.build(&scripted, "SUCCESS");
    assert!(
        agent.written("console").contains("1 passed in"),
        "{}",
        agent.written("console")
    );
    let encoded = "p%3A%40%2F%20s%25%3F%23%27";
    let mut looked_at = 0;
    for folder in ["work", "cache", "home"] {
        for entry in walkdir::WalkDir::new(agent.sandbox.root().join(folder)) {
            let entry = entry.unwrap();
            if !entry.file_type().is_file() || entry.path().ends_with("credentials/package-index") {
                continue;
            }
            let content = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
            let told = content.contains(PASSWORD) || content.contains(encoded);
            assert!(!told, "{} has the password", entry.path().display());
            looked_at += 1;
        }
    }
    assert!(looked_at > 50);
    // Without them, the index refuses; and a URL with some is refused before it is seen anywhere.
    let _ = fs::remove_dir_all(agent.sandbox.cache(""));
    let wanted = "node { withSnapshotEnv(path: 'other') { sh 'true' } }";
    let _ = agent.build(wanted, "FAILURE");
    let wanted = "node { withSnapshotEnv(index: 'https://me:hunter2@localhost/simple') { sh 'true' } }";
    let _ = agent.build(wanted, "FAILURE");
    assert!(
        !agent.written("unmasked").contains("hunter2"),
        "{}",
        agent.written("unmasked")
    );
}

#[test]
fn awkward_paths_are_what_the_block_sees() {
    let Some(tools) = Tools::named("paths in the Jenkins library") else {
        return;
    };
    let agent = Agent::new(&tools);
    let wanted = r#"node { def seen = withSnapshotEnv(path: "it's ü \\ \$x", mode: 'copy', args: ['--no-seed']) {
        sh(returnStdout: true, script: 'printf %s "$VIRTUAL_ENV|$(command -v python)"') }
        echo "seen: ${seen}" }"#;
    let _ = agent.build(wanted, "SUCCESS");
    let path = agent.sandbox.work(r"workspace/it's ü \ $x");
    let seen = format!("seen: {0}|{0}/bin/python", path.display());
    assert!(agent.written("console").contains(&seen), "{}", agent.written("console"));
}

#[test]
fn a_failure_keeps_its_exit_code_and_its_reports() {
    let Some(tools) = Tools::named("failures in the Jenkins library") else {
        return;
    };
    let agent = Agent::new(&tools);
    let _ = agent.sandbox.write("workspace/requirements.txt", "no-such-project\n");
    let _ = agent.build(&example("declarative.Jenkinsfile"), "FAILURE");
    let console = agent.written("console");
    assert!(console.contains("script returned exit code 1"), "{console}");
    assert!(!console.contains("1 passed"), "{console}");
    let report = agent.written("artifacts/.snapenv/report.json");
    assert!(report.contains(r#""result": "failed""#), "{report}");
    let _ = agent.build(
        "node { withSnapshotEnv(requirement: 'requirements.txt') { sh 'true' } }",
        "FAILURE",
    );
    let console = agent.written("console");
    assert!(
        console.contains("there is no parameter 'requirement'; there are args, "),
        "{console}"
    );
}

#[test]
fn an_abort_ends_in_time_leaves_reports_and_the_next_build_is_green() {
    let Some(tools) = Tools::named("aborts in the Jenkins library") else {
        return;
    };
    let agent = Agent::new(&tools);
    agent.index.fail(Failure::Slow(Duration::from_secs(30)));
    let mut build = agent.build_command(&example("declarative.Jenkinsfile")).spawn().unwrap();
    let report = agent.sandbox.work("workspace/.snapenv/report.json");
    let began = Instant::now();
    while !report.exists() && began.elapsed() < Duration::from_mins(1) {
        thread::sleep(Duration::from_millis(50));
    }
    thread::sleep(Duration::from_millis(500));
    let _ = agent.sandbox.write("abort", "");
    assert!(build.wait().unwrap().success());
    assert_eq!(agent.written("result"), "ABORTED", "{}", agent.written("console"));
    assert_eq!(agent.written("killed"), "", "something had to be killed");
    let took: u64 = agent.written("took").parse().unwrap();
    assert!(took < 4000, "{took} ms");
    let report = agent.written("artifacts/.snapenv/report.json");
    assert!(report.contains(r#""result": "unfinished""#), "{report}");
    assert!(!agent.sandbox.work("workspace/.venv").exists());
    agent.sandbox.assert_nothing_half_done();
    agent.index.fail(Failure::None);
    let _ = agent.build(&example("declarative.Jenkinsfile"), "SUCCESS");
}

#[test]
fn the_harness_kills_what_does_not_end() {
    let Some(tools) = Tools::named("the harness of the Jenkins library") else {
        return;
    };
    let agent = Agent::new(&tools);
    let deaf = "node { try { sh \"trap '' TERM; touch ../abort; sleep 60; sleep 60\" } finally { sh 'echo after' } }";
    let began = Instant::now();
    let _ = agent.build(deaf, "ABORTED");
    assert!(began.elapsed() < Duration::from_secs(45));
    assert_eq!(agent.written("killed"), "KILL\n");
    assert!(
        agent.written("console").contains("+ echo after"),
        "{}",
        agent.written("console")
    );
}

/// What `CodeNarc` says of a folder: `file rule` for each violation, and whether all could be compiled.
fn violations(tools: &Tools, sandbox: &Sandbox, folder: &Path) -> Vec<String> {
    let jars = tools.npm("npm-groovy-lint").join("lib/java");
    let tests = repository("tests/integrations/jenkins");
    let classes = format!("{0}/*:{0}/groovy/lib/*:{1}/stubs", jars.display(), tests.display());
    let logging = sandbox.write(
        "logback.xml",
        "<configuration><appender name='out' class='ch.qos.logback.core.ConsoleAppender'><encoder><pattern>%m%n</pattern></encoder>\
         </appender><root level='WARN'><appender-ref ref='out'/></root></configuration>",
    );
    let report = sandbox.work("codenarc.json");
    let run = sandbox.run(
        program("java"),
        [
            format!("-Dlogback.configurationFile={}", logging.display()),
            "-cp".to_owned(),
            classes,
            "org.codenarc.CodeNarc".to_owned(),
            format!("-basedir={}", folder.display()),
            "-includes=**/*.groovy,**/*Jenkinsfile".to_owned(),
            format!("-rulesetfiles=file:{}/codenarc.xml", tests.display()),
            format!("-report=json:{}", report.display()),
        ],
    );
    let run = run.success().never_says("Compilation");
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut said = Vec::new();
    let mut files = 0;
    for file in list(&report["packages"]).iter().flat_map(|package| list(&package["files"])) {
        files += 1;
        for violation in list(&file["violations"]) {
            let name = file["name"].as_str().unwrap();
            said.push(format!("{name} {}", violation["ruleName"].as_str().unwrap()));
        }
    }
    assert!(files > 2, "{run}");
    said.sort();
    said
}

#[test]
fn what_runs_in_continuation_passing_style_keeps_to_its_rules() {
    let Some(tools) = Tools::named("the CPS rules") else { return };
    let sandbox = Sandbox::with_empty_store();
    let library = sandbox.work("library");
    copy(&repository("integrations/jenkins"), &library);
    for name in ["declarative", "scripted", "prune"] {
        // Only the server knows this annotation.
        let text = example(&format!("{name}.Jenkinsfile")).replace("@Library('snapenv') _", "");
        let _ = sandbox.write(format!("library/examples/{name}.Jenkinsfile"), text);
    }
    assert_eq!(violations(&tools, &sandbox, &library), Vec::<String>::new());
    // The rules are there, and see each of these.
    let bad = repository("tests/integrations/jenkins/bad");
    let mut expected: Vec<String> = fs::read_dir(&bad)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| format!("{name} {}", name.trim_end_matches(".groovy")))
        .collect();
    expected.sort();
    assert_eq!(expected.len(), 7);
    assert_eq!(violations(&tools, &sandbox, &bad), expected);
    // And see them in the library's own files, too.
    let step = library.join("vars/withSnapshotEnv.groovy");
    let text = fs::read_to_string(&step).unwrap();
    let worse = text.replace(
        "    String reports =",
        "    java.util.regex.Matcher m = '' =~ 'a'\n    String reports =",
    );
    assert_ne!(text, worse);
    fs::write(&step, worse).unwrap();
    let said = violations(&tools, &sandbox, &library);
    assert_eq!(said, ["withSnapshotEnv.groovy ExpressionInCpsMethodNotSerializable"]);
}
