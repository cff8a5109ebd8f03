//! Requirements from repositories: a commit that is named in full is cached like a pin, everything else is asked for each time, as pip does.

use std::fs;
use std::path::PathBuf;

use crate::index::Index;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::skipped::skipped;
use crate::wheel_builder::WheelBuilder;

/// A repository in the sandbox.
struct Repository<'a> {
    sandbox: &'a Sandbox,
    folder: PathBuf,
}

impl<'a> Repository<'a> {
    /// One with a project in it; nothing where there is no Git.
    fn new(sandbox: &'a Sandbox) -> Option<Self> {
        let folder = SdistBuilder::new("fromgit", "1.0")
            .requires("helper==1.0")
            .write_to(&sandbox.work("repository"));
        if std::process::Command::new("git").arg("--version").output().is_err() {
            skipped("checkouts", "there is no git");
            return None;
        }
        let repository = Self { sandbox, folder };
        let _ = repository.git("init --quiet --initial-branch main");
        repository.commit();
        Some(repository)
    }

    fn git(&self, arguments: &str) -> String {
        let who = "-c user.name=a -c user.email=a@b -c commit.gpgsign=false";
        let words = format!("-C {} {who} {arguments}", self.folder.display());
        let run = self.sandbox.run("git", words.split_whitespace());
        run.success().stdout.trim().to_owned()
    }

    fn commit(&self) {
        let _ = self.git("add .");
        let _ = self.git("commit --quiet -m changed");
    }

    fn url(&self, revision: &str) -> String {
        format!("fromgit@git+file://{}@{revision}", self.folder.display())
    }
}

#[test]
fn a_full_commit_is_a_hit_without_its_repository() {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    index.publish(WheelBuilder::new("helper", "1.0").build());
    let Some(repository) = Repository::new(&sandbox) else { return };
    let url = repository.url(&repository.git("rev-parse HEAD"));
    let first = sandbox.venv(&index, "first", &format!("{url} helper==1.0")).success();
    assert_eq!((first.hits(), first.misses()), (0, 2), "{first}");
    fs::rename(&repository.folder, sandbox.work("elsewhere")).unwrap();
    let _ = index.take_requests();
    let second = sandbox.venv(&index, "second", &format!("-v {url} helper==1.0")).success();
    assert_eq!(second.misses(), 0, "{second}");
    let _ = second.never_says("resolving").never_says("building");
    index.assert_not_asked();
    let site = |folder: &str| {
        sandbox
            .python()
            .site_packages(&sandbox.work(folder))
            .join("fromgit-1.0.dist-info")
    };
    let record = |folder: &str| fs::read_to_string(site(folder).join("direct_url.json")).unwrap();
    assert!(record("second").contains("commit_id"), "{}", record("second"));
    assert_eq!(record("first"), record("second"));
}

#[test]
fn a_branch_is_looked_at_each_time() {
    let (sandbox, index) = (Sandbox::new(), Index::start());
    index.publish(WheelBuilder::new("helper", "1.0").build());
    let Some(repository) = Repository::new(&sandbox) else { return };
    let url = repository.url("main");
    let _ = sandbox.venv(&index, "first", &url).success();
    let _ = SdistBuilder::new("fromgit", "2.0").write_to(&sandbox.work("repository"));
    repository.commit();
    let _ = sandbox.venv(&index, "second", &url).success();
    let has = |folder: &str, info: &str| sandbox.python().site_packages(&sandbox.work(folder)).join(info).is_dir();
    assert!(has("first", "fromgit-1.0.dist-info") && has("second", "fromgit-2.0.dist-info"));
}
