//! A Jenkins agent: `tests/integrations/jenkins/harness.groovy` runs a Jenkinsfile over the shared library.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::tools::{Tools, copy, program, provide_snapenv, repository};
use crate::artifact::Artifact;
use crate::index::Index;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::wheel_builder::WheelBuilder;

/// User and password of the credential `package-index`; each character of theirs has to be written otherwise in a URL.
pub(super) const USER: &str = "me@work";
pub(super) const PASSWORD: &str = "p:@/ s%?#'";

/// An agent with a workspace and an index.
pub(super) struct Agent {
    pub(super) sandbox: Sandbox,
    pub(super) index: Index,
    groovy: PathBuf,
}

/// A test runner that says what it runs in.
pub(super) fn pytest() -> Artifact {
    let main = "import os, sys\nprint('1 passed in', sys.prefix, os.environ.get('VIRTUAL_ENV') == sys.prefix)\n";
    WheelBuilder::new("pytest", "8.0").file("pytest/__main__.py", main).build()
}

impl Agent {
    /// An agent whose workspace has `requirements.txt`.
    pub(super) fn new(tools: &Tools) -> Self {
        let (mut sandbox, index) = (Sandbox::new(), Index::start());
        provide_snapenv(&mut sandbox);
        index.publish(pytest());
        for (variable, value) in [("JENKINS_URL", "http://localhost/"), ("BUILD_ID", "7"), ("JOB_NAME", "demo")] {
            sandbox.set(variable, value);
        }
        sandbox.set("PIP_INDEX_URL", index.url());
        copy(&repository("integrations/jenkins"), &sandbox.work("library"));
        let _ = sandbox.write("credentials/package-index", format!("{USER}\n{PASSWORD}\n"));
        let _ = sandbox.write("workspace/requirements.txt", "pytest==8.0\n");
        let _ = sandbox.write("workspace/requirements-dev.txt", "\n");
        Self {
            sandbox,
            index,
            groovy: tools.groovy(),
        }
    }

    /// A build of a Jenkinsfile, to be started by the caller.
    pub(super) fn build_command(&self, jenkinsfile: &str) -> Command {
        for left in ["console", "unmasked", "steps", "result", "abort", "killed", "took"] {
            let _ = fs::remove_file(self.sandbox.work(left));
        }
        let _ = fs::remove_dir_all(self.sandbox.work("artifacts"));
        let file = self.sandbox.write("Jenkinsfile", jenkinsfile);
        let tests = repository("tests/integrations/jenkins");
        let classes = std::env::join_paths([self.groovy.clone(), tests.join("stubs")]).unwrap();
        let mut command = self.sandbox.command(program("java"), ["-XX:TieredStopAtLevel=1"]);
        for package in ["java.lang", "java.util", "java.io"] {
            command.arg("--add-opens").arg(format!("java.base/{package}=ALL-UNNAMED"));
        }
        command.arg("-cp").arg(classes).arg("groovy.ui.GroovyMain");
        command.arg(tests.join("harness.groovy")).arg(self.sandbox.work("")).arg(file);
        command
    }

    /// Builds a Jenkinsfile and demands its result.
    #[track_caller]
    pub(super) fn build(&self, jenkinsfile: &str, result: &str) -> Run {
        let run = self.sandbox.finish(self.build_command(jenkinsfile)).success();
        let console = self.written("console");
        assert_eq!(self.written("result"), result, "{run}\n{console}");
        run
    }

    /// What the build has written into a file of this name.
    pub(super) fn written(&self, name: &str) -> String {
        fs::read_to_string(self.sandbox.work(name)).unwrap_or_default()
    }
}
