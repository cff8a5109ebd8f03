//! `snapenv ci` (docs/ci.md): one step that gives a job its environment, whatever server it runs on, and says what it did.

mod abort;
mod agents;
mod browser;
mod schema;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

/// A project with its index, in a job of Jenkins.
struct Job {
    sandbox: Sandbox,
    index: Index,
}

impl Job {
    fn new() -> Self {
        Self::over(Index::of_hollow_pip())
    }

    fn over(index: Index) -> Self {
        let mut sandbox = Sandbox::new();
        for version in ["1.0", "2.0"] {
            index.publish(WheelBuilder::new("demo", version).build());
        }
        sandbox.set("JENKINS_URL", "http://jenkins.invalid/");
        sandbox.set("BUILD_ID", "7");
        let _ = sandbox.write("requirements.txt", "demo==1.0\n");
        Self { sandbox, index }
    }

    fn sync(&self, arguments: &str) -> Run {
        let mut command = self.sync_command();
        command.args(arguments.split_whitespace());
        self.sandbox.finish(command)
    }

    fn sync_command(&self) -> Command {
        let url = self.index.url();
        let fixed = ["ci", "sync", "-r", "requirements.txt", "--no-seed", "-i", url.as_str()];
        self.sandbox.snapenv_command(fixed)
    }

    fn report(&self) -> Value {
        let text = fs::read_to_string(self.sandbox.work(".snapenv/report.json")).unwrap();
        let report = serde_json::from_str(&text).unwrap();
        schema::assert_valid(&report);
        report
    }

    fn version(&self) -> String {
        let python = self.sandbox.work(".venv/bin/python");
        let run = self
            .sandbox
            .run(python, ["-I", "-c", "import demo; print(demo.__version__)"])
            .success();
        run.stdout.trim().to_owned()
    }
}

/// The words of the console's line.
fn line(run: &Run) -> String {
    let lines: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("snapenv: ")).collect();
    assert_eq!(lines.len(), 1, "{}", run.output());
    lines[0].to_owned()
}

#[test]
fn an_environment_is_made_once_and_left_alone_while_it_is_what_is_wanted() {
    let job = Job::new();
    let first = line(&job.sync("").success());
    assert!(
        first.starts_with("snapenv: result=miss key=") && first.contains(" index=1 built=0 "),
        "{first}"
    );
    assert_eq!(job.report()["distributions"][0]["source"], "index");
    let before = Listing::of(&job.sandbox.work(".venv"));
    let unchanged = job.sync("").success().says("nothing to do");
    assert!(line(&unchanged).contains("result=unchanged") && line(&unchanged).contains(" vendor=jenkins trust=trusted "));
    assert_eq!(before, Listing::of(&job.sandbox.work(".venv")));

    // Whatever is not as it was is made again: a changed file, one too many, other requirements.
    let module = job
        .sandbox
        .work(".venv/lib")
        .join(python_folder(&job))
        .join("site-packages/demo/__init__.py");
    fs::remove_file(&module).unwrap();
    assert!(line(&job.sync("").success()).contains("result=hit"));
    assert!(module.exists());
    fs::write(module.with_file_name("more.py"), "").unwrap();
    assert!(line(&job.sync("").success()).contains("result=hit"));
    assert!(!module.with_file_name("more.py").exists());
    let _ = job.sandbox.write("requirements.txt", "demo==2.0\n");
    assert!(line(&job.sync("").success()).contains("result=miss"));
    assert_eq!(job.version(), "2.0");

    // What cannot be made leaves the one that is there, and says why in all reports.
    let _ = job.sandbox.write("requirements.txt", "demo==9.0\n");
    let failed = job.sync("").fails_with(1);
    assert!(line(&failed).contains("result=failed") && job.version() == "2.0");
    let report = job.report();
    assert!(
        report["result"] == "failed" && report["reason"].as_str().unwrap().contains("demo==9.0"),
        "{report}"
    );
    let properties = fs::read_to_string(job.sandbox.work(".snapenv/bamboo.properties")).unwrap();
    assert_eq!(properties.lines().count(), 17);
    assert!(properties.starts_with("result=failed\nreason=") && properties.contains("\nbin="));
    for file in [
        "summary.md",
        "timings.html",
        "timings.css",
        "timings.trace.json",
        "snapenv.env",
        ".gitignore",
    ] {
        assert!(job.sandbox.work(".snapenv").join(file).is_file(), "{file}");
    }
    let shown = job.sandbox.snapenv(["ci", "report", "--line"]).success();
    assert_eq!(shown.stdout.trim(), line(&failed));
}

fn python_folder(job: &Job) -> String {
    let mut folders = fs::read_dir(job.sandbox.work(".venv/lib")).unwrap();
    folders.next().unwrap().unwrap().file_name().into_string().unwrap()
}

#[test]
fn what_a_pull_request_makes_is_its_own() {
    let mut job = Job::new();
    let _ = job.sync("").success();
    let shared = || Listing::of(&job.sandbox.cache("v1/archives"));
    let before = shared();
    let _ = job.sandbox.write("requirements.txt", "demo==2.0\n");
    job.sandbox.set("JOB_NAME", "shop/PR-12");
    job.sandbox.set("CHANGE_ID", "12");
    let untrusted = job.sync("").success();
    assert!(line(&untrusted).contains("trust=untrusted") && line(&untrusted).contains("links=copy"));
    assert_eq!(job.version(), "2.0");
    assert_eq!(
        before,
        Listing::of(&job.sandbox.cache("v1/archives")),
        "nothing of it is where others look"
    );
    let module = job
        .sandbox
        .work(".venv/lib")
        .join(python_folder(&job))
        .join("site-packages/demo/__init__.py");
    assert_eq!(links(&module), 1, "it shares no file");
    // Again it is known, to this change alone; what is in the common store is of use to it.
    let _ = fs::remove_dir_all(job.sandbox.work(".venv"));
    assert!(line(&job.sync("").success()).contains("result=hit"));
    job.sandbox.set("CHANGE_ID", "13");
    let _ = fs::remove_dir_all(job.sandbox.work(".venv"));
    assert!(line(&job.sync("").success()).contains("result=miss"));
    let _ = job.sandbox.write("requirements.txt", "demo==1.0\n");
    assert!(line(&job.sync("").success()).contains("result=hit"));

    // Nothing in the workspace makes it trusted.
    let _ = job.sandbox.write("pyproject.toml", "[tool.snapenv]\nci-trust = \"all\"\n");
    let _ = job.sync("").fails_with(2).says("ci-trust belongs into");
    fs::remove_file(job.sandbox.work("pyproject.toml")).unwrap();
    let _ = job.sandbox.write("config/snapenv/snapenv.toml", "ci-trust = \"all\"\n");
    let config = job.sandbox.work("config");
    job.sandbox.set("XDG_CONFIG_HOME", config);
    assert!(line(&job.sync("--ci bamboo").success()).contains("vendor=bamboo trust=untrusted"));
    job.sandbox.unset("CHANGE_ID");
    assert!(line(&job.sync("--untrusted").success()).contains("trust=untrusted"));

    // Stores of changes go when nobody builds them any more.
    let stores = || fs::read_dir(job.sandbox.cache("untrusted")).unwrap().count();
    assert_eq!(stores(), 3);
    let _ = job.sandbox.snapenv(["ci", "prune"]).success();
    assert_eq!(stores(), 3);
    thread::sleep(Duration::from_millis(1100));
    let _ = job.sandbox.snapenv(["ci", "prune", "--older-than", "0s"]).success().says("");
    assert_eq!(stores(), 0);
}

fn links(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).unwrap().nlink()
}

#[test]
fn servers_are_told_in_their_own_way() {
    let mut job = Job::new();
    for variable in ["JENKINS_URL", "BUILD_ID"] {
        job.sandbox.unset(variable);
    }
    job.sandbox.set("GITHUB_ACTIONS", "true");
    job.sandbox.set("GITHUB_EVENT_NAME", "push");
    for name in ["ENV", "PATH", "OUTPUT", "STEP_SUMMARY"] {
        let file = job.sandbox.write(format!("github/{name}"), "before=1\n");
        job.sandbox.set(format!("GITHUB_{name}"), file);
    }
    let _ = job.sync("").success();
    let told = |name: &str| fs::read_to_string(job.sandbox.work(format!("github/{name}"))).unwrap();
    let venv = job.sandbox.work(".venv").display().to_string();
    assert_eq!(told("ENV"), format!("before=1\nVIRTUAL_ENV={venv}\n"));
    assert_eq!(told("PATH"), format!("before=1\n{venv}/bin\n"));
    assert!(told("OUTPUT").contains("\nresult=miss\n") && told("STEP_SUMMARY").contains("### snapenv: miss"));
    let azure = job.sync("--ci azure").success();
    assert!(
        azure.stdout.contains(&format!("##vso[task.prependpath]{venv}/bin\n")),
        "{}",
        azure.output()
    );
    let teamcity = job.sync("--ci teamcity").success();
    assert!(
        teamcity
            .stdout
            .contains(&format!("##teamcity[setParameter name='env.VIRTUAL_ENV' value='{venv}']"))
    );

    let shell = job.sandbox.snapenv(["ci", "env"]).success().stdout;
    let checked = job
        .sandbox
        .run("/bin/sh", ["-c", &format!("{shell}\necho $VIRTUAL_ENV; command -v python")])
        .success();
    assert_eq!(checked.stdout, format!("{venv}\n{venv}/bin/python\n"));
    let detected = job.sandbox.snapenv(["ci", "detect", "--json"]).success();
    let detected: Value = serde_json::from_str(&detected.stdout).unwrap();
    assert_eq!(
        (&detected["server"], &detected["trust"]),
        (&"github".into(), &"trusted".into())
    );
}

#[test]
fn silence_is_broken_and_secrets_are_kept() {
    let mut job = Job::new();
    job.sandbox.set("SNAPENV_HEARTBEAT", "1s");
    job.sandbox.set("DEPLOY_TOKEN", "sesame-open-1");
    let slow = [
        "import time",
        "time.sleep(2.5)",
        "raise SystemExit('cannot build with sesame-open-1')",
    ];
    job.index.publish(SdistBuilder::new("slow", "1.0").built_by(&slow).build());
    let _ = job.sandbox.write("requirements.txt", "slow==1.0\n");
    let failed = job.sync("").fails_with(1).says("still ");
    for file in [
        "report.json",
        "summary.md",
        "bamboo.properties",
        "snapenv.env",
        "timings.html",
    ] {
        let text = fs::read_to_string(job.sandbox.work(".snapenv").join(file)).unwrap();
        assert!(!text.contains("sesame"), "{file}: {text}");
    }
    assert!(!line(&failed).contains("sesame"));
}

#[test]
fn timings_are_shown_for_other_runs_too() {
    let job = Job::new();
    let run = job.sandbox.venv(&job.index, "a", "--no-seed demo==1.0 --timings").success();
    assert!(run.stderr.contains("Timings are in"), "{}", run.output());
    let page = fs::read_to_string(job.sandbox.work(".snapenv/timings.html")).unwrap();
    assert!(page.contains("demo: fetch"), "{page}");
    let _ = job
        .sandbox
        .venv(&job.index, "b", "--no-seed demo==1.0 --timings=pages")
        .success();
    let page = fs::read_to_string(job.sandbox.work("pages/timings.html")).unwrap();
    assert!(
        page.contains("the run: assemble") && page.contains("<svg class=\"runs\""),
        "{page}"
    );
    let stats = job.sandbox.snapenv(["stats", "--html", "pages", "--json"]).success();
    let stats: Value = serde_json::from_str(&stats.stdout).unwrap();
    assert_eq!(stats["each"].as_array().unwrap().last().unwrap()["hit"], true, "{stats}");
    assert!(job.sandbox.work("pages/stats.html").is_file());
    let _ = job.sandbox.snapenv(["stats"]).success();
}
