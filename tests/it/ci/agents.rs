//! Agents as they are: workspaces with odd names, users without a home or a name, stores that cannot be written, jobs side by side.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use rustix::process::geteuid;

use super::{Job, line};
use crate::index::Index;
use crate::nobody::as_nobody;
use crate::skipped::skipped;
use crate::tree::Listing;

impl Job {
    /// `ci sync` in a workspace of this name.
    fn sync_in(&self, workspace: &str) -> Command {
        let requirements = self.sandbox.write(format!("{workspace}/requirements.txt"), "demo==1.0\n");
        let mut command = self.sandbox.snapenv_command(["ci", "sync", "-r", "requirements.txt"]);
        command
            .args(["-i", &self.index.url()])
            .current_dir(requirements.parent().unwrap());
        command
    }

    /// What the environment's Python and its pip say, started as a job's shell would after `ci env`.
    fn shell_says(&self, workspace: &Path) -> String {
        let script = r#"eval "$("$0" ci env)" && python -c 'import demo; print(demo.__version__)' && pip --version"#;
        let mut command = self.sandbox.command("sh", ["-c", script, env!("CARGO_BIN_EXE_snapenv")]);
        command.current_dir(workspace);
        self.sandbox.finish(command).success().stdout
    }
}

#[test]
fn workspaces_may_have_any_name() {
    let job = Job::over(Index::start());
    // Jenkins' second executor and branch folders, spaces, one beyond the limit of an interpreter line, quotes.
    let long = format!("{}/{}", "long".repeat(30), "longer".repeat(20));
    for workspace in ["shop@2", "shop_feature%2Fpay", "a nightly build", &long, "it's é"] {
        let run = job.sandbox.finish(job.sync_in(workspace)).success();
        assert!(!line(&run).contains("result=failed"));
        let folder = job.sandbox.work(workspace);
        let said = job.shell_says(&folder);
        assert!(
            said.starts_with("1.0\npip ") && said.contains(folder.join(".venv").to_str().unwrap()),
            "{said}"
        );
        let before = Listing::of(&folder.join(".venv"));
        let run = job.sandbox.finish(job.sync_in(workspace)).success();
        assert!(line(&run).contains("result=unchanged"), "{run}");
        assert_eq!(Listing::of(&folder.join(".venv")), before);
    }
}

#[test]
fn several_executors_share_one_agent() {
    let job = Job::new();
    thread::scope(|scope| {
        let jobs: Vec<_> = (1..=4)
            .map(|number| {
                let job = &job;
                scope.spawn(move || job.sandbox.finish(job.sync_in(&format!("shop@{number}"))).success())
            })
            .collect();
        for running in jobs {
            let said = line(&running.join().unwrap());
            assert!(said.contains("result=miss") || said.contains("result=hit"), "{said}");
        }
    });
    for number in 1..=4 {
        assert!(
            job.shell_says(&job.sandbox.work(format!("shop@{number}")))
                .starts_with("1.0\n")
        );
    }
    job.sandbox.assert_nothing_half_done();
}

/// Containers run jobs as a number that no file knows, with a home that is not theirs.
#[test]
fn a_user_without_a_name_and_a_home_gets_an_environment() {
    let what = "a job of a user without a name";
    let job = Job::new();
    if !geteuid().is_root() {
        return skipped(what, "only root can become another user");
    }
    let Some((_, python)) = as_nobody(&job.sandbox, what) else {
        return;
    };
    let home = job.sandbox.root().join("nobody");
    fs::copy(job.sandbox.work("requirements.txt"), home.join("requirements.txt")).unwrap();
    for stated in [None, Some("/"), Some("/nonexistent")] {
        let options = ["--reuid=54321", "--regid=65534", "--clear-groups", "--"];
        let mut command = job.sandbox.command("setpriv", options);
        command.arg(job.sandbox.root().join("snapenv"));
        command.args(["ci", "sync", "-r", "requirements.txt", "-i", &job.index.url()]);
        command.args(["-p", python.executable.to_str().unwrap()]);
        for variable in [
            "HOME",
            "SNAPENV_CACHE_DIR",
            "XDG_CACHE_HOME",
            "XDG_DATA_HOME",
            "XDG_CONFIG_HOME",
            "TMPDIR",
        ] {
            command.env_remove(variable);
        }
        if let Some(stated) = stated {
            command.env("HOME", stated);
        }
        let workspace = job
            .sandbox
            .root()
            .join(format!("nameless{}", stated.unwrap_or_default().len()));
        fs::create_dir(&workspace).unwrap();
        fs::copy(home.join("requirements.txt"), workspace.join("requirements.txt")).unwrap();
        std::os::unix::fs::chown(&workspace, Some(54321), None).unwrap();
        command.current_dir(&workspace);
        let run = job.sandbox.finish(command).success();
        assert!(line(&run).contains("result=miss"), "{run}");
        let said = job.sandbox.run(workspace.join(".venv/bin/python"), ["-c", "import demo"]);
        let _ = said.success();
    }
}

#[test]
fn a_store_that_is_only_read_serves_a_job() {
    let mut job = Job::new();
    let _ = job.sync("").success();
    let before = Listing::fingerprint(&job.sandbox.cache("v1"));
    job.sandbox.set("SNAPENV_READ_STORES", job.sandbox.cache(""));
    // A folder that nobody can make: below a file.
    job.sandbox
        .set("SNAPENV_CACHE_DIR", job.sandbox.work("requirements.txt/store"));
    for (wanted, result) in [("demo==1.0\n", "result=hit"), ("demo==2.0\n", "result=miss")] {
        let _ = job.sandbox.write("requirements.txt", wanted);
        let _ = fs::remove_dir_all(job.sandbox.work(".venv"));
        let run = job.sync("").success();
        assert!(line(&run).contains(result), "{run}");
        assert_eq!(format!("demo=={}\n", job.version()), wanted);
    }
    assert_eq!(Listing::fingerprint(&job.sandbox.cache("v1")), before);
}
