//! What a project needs on a build server, as `integrations/` has it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::server::Server;
use crate::fs::{Context as _, FsError};

/// A file of `integrations/`, and where it stands in a project.
#[derive(Debug, Clone, Copy)]
struct Template {
    path: &'static str,
    text: &'static str,
}

/// The files for one server.
#[derive(Debug, Clone, Copy)]
pub struct Templates {
    files: &'static [Template],
    /// What is left to do.
    pub steps: &'static [&'static str],
}

/// Files that are not written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// Something is there already.
    #[error("{} there already; nothing was written", named(.0))]
    There(Vec<PathBuf>),
    /// One cannot be written.
    #[error(transparent)]
    File(#[from] FsError),
}

impl InitError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::There(_) => {
                Some("nothing that is there is overwritten: move it away, or run this in an empty folder and copy".to_owned())
            }
            Self::File(error) => error.hint(),
        }
    }
}

fn named(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(", "))
}

/// A file of `integrations/` by its path there.
macro_rules! template {
    ($path:literal, $source:literal) => {
        Template {
            path: $path,
            text: include_str!(concat!("../../integrations/", $source)),
        }
    };
}

const JENKINS: Templates = Templates {
    files: &[
        template!("Jenkinsfile", "jenkins/examples/declarative.Jenkinsfile"),
        template!("ci/prune.Jenkinsfile", "jenkins/examples/prune.Jenkinsfile"),
        template!(
            "ci/jenkins/vars/withSnapshotEnv.groovy",
            "jenkins/vars/withSnapshotEnv.groovy"
        ),
        template!("ci/jenkins/vars/withSnapshotEnv.txt", "jenkins/vars/withSnapshotEnv.txt"),
        template!("ci/jenkins/vars/snapenvPrune.groovy", "jenkins/vars/snapenvPrune.groovy"),
        template!("ci/jenkins/vars/snapenvPrune.txt", "jenkins/vars/snapenvPrune.txt"),
        template!(
            "ci/jenkins/resources/snapenv/credentials.sh",
            "jenkins/resources/snapenv/credentials.sh"
        ),
    ],
    steps: &[
        "install snapenv on the agents, in PATH",
        "commit these, and name this repository as a shared library \"snapenv\" in Jenkins, with the library path ci/jenkins",
        "for the nightly prune, make a pipeline job of ci/prune.Jenkinsfile, and name your agents in it",
    ],
};

const BAMBOO: Templates = Templates {
    files: &[
        template!("bamboo-specs/bamboo.yml", "bamboo/bamboo-specs/bamboo.yml"),
        template!("bamboo-specs/prune.yml", "bamboo/bamboo-specs/prune.yml"),
        template!("bamboo-specs/snapenv.sh", "bamboo/bamboo-specs/snapenv.sh"),
    ],
    steps: &[
        "install snapenv on the agents, and give each an executable capability \"snapenv\" of type Command with its path",
        "put your project's and plan's keys into bamboo-specs/bamboo.yml, commit, and let Bamboo scan the repository for specs",
        "for the nightly prune, add bamboo-specs/prune.yml to bamboo.yml as a further document",
    ],
};

const GITHUB: Templates = Templates {
    files: &[
        template!(".github/actions/snapenv/action.yml", "github/action.yml"),
        template!(".github/workflows/snapenv.yml", "github/workflow.yml"),
    ],
    steps: &[
        "install snapenv on your runners, in PATH",
        "put what your job does into .github/workflows/snapenv.yml, and commit",
    ],
};

const GITLAB: Templates = Templates {
    files: &[template!("ci/snapenv.gitlab-ci.yml", "gitlab/snapenv.gitlab-ci.yml")],
    steps: &[
        "install snapenv on the runners, in PATH",
        "include ci/snapenv.gitlab-ci.yml in .gitlab-ci.yml, and let jobs extend .snapenv: see its first lines",
    ],
};

const BUILDKITE: Templates = Templates {
    files: &[template!(".buildkite/pipeline.yml", "buildkite/pipeline.yml")],
    steps: &[
        "install snapenv on the agents, in PATH",
        "put what your step does into .buildkite/pipeline.yml, and commit",
    ],
};

const TEAMCITY: Templates = Templates {
    files: &[template!(".teamcity/settings.kts", "teamcity/settings.kts")],
    steps: &[
        "install snapenv on the agents, in PATH",
        "put what your build does into .teamcity/settings.kts, commit, and switch on versioned settings in Kotlin",
    ],
};

const AZURE: Templates = Templates {
    files: &[template!("ci/snapenv.azure.yml", "azure/snapenv.yml")],
    steps: &[
        "install snapenv on the agents, in PATH",
        "begin the steps of a job in azure-pipelines.yml with `- template: ci/snapenv.azure.yml`, and commit",
    ],
};

impl Templates {
    /// The servers that there are files for, by name.
    pub const SERVERS: [&str; 7] = ["jenkins", "bamboo", "github", "gitlab", "buildkite", "teamcity", "azure"];

    /// The files for a server, if there are any.
    pub fn of(server: Server) -> Option<Self> {
        match server {
            Server::Jenkins => Some(JENKINS),
            Server::Bamboo => Some(BAMBOO),
            Server::GitHub => Some(GITHUB),
            Server::GitLab => Some(GITLAB),
            Server::Buildkite => Some(BUILDKITE),
            Server::TeamCity => Some(TEAMCITY),
            Server::Azure => Some(AZURE),
            Server::Other(_) | Server::None => None,
        }
    }

    /// The files' paths in a project.
    pub fn paths(self) -> impl Iterator<Item = &'static str> {
        self.files.iter().map(|file| file.path)
    }

    /// Writes all files below a folder, or none.
    ///
    /// # Errors
    /// When one of them is there already, or cannot be written.
    pub fn write(self, folder: &Path) -> Result<(), InitError> {
        let there: Vec<PathBuf> = self
            .paths()
            .map(PathBuf::from)
            // A link that leads nowhere is there, too.
            .filter(|path| folder.join(path).symlink_metadata().is_ok())
            .collect();
        if !there.is_empty() {
            return Err(InitError::There(there));
        }
        let mut written = Written::default();
        for file in self.files {
            written.write(folder, *file)?;
        }
        written.kept();
        Ok(())
    }
}

/// What was made; it goes again unless it is kept.
#[derive(Default)]
struct Written {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Written {
    fn write(&mut self, folder: &Path, template: Template) -> Result<(), FsError> {
        let path = folder.join(template.path);
        let missing: Vec<&Path> = path.ancestors().skip(1).take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder).context("create folder", folder)?;
            self.folders.push(folder.to_owned());
        }
        let mode = if template.text.starts_with("#!") { 0o777 } else { 0o666 };
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
        let mut file = file.context("create", &path)?;
        self.files.push(path.clone());
        file.write_all(template.text.as_bytes()).context("write", &path)
    }

    fn kept(mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // What cannot be removed is of no harm.
        self.files.iter().for_each(|file| drop(fs::remove_file(file)));
        self.folders.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn all() -> impl Iterator<Item = Templates> {
        Templates::SERVERS
            .iter()
            .map(|name| Templates::of(name.parse().unwrap()).unwrap())
    }

    #[test]
    fn all_are_written_beside_each_other() {
        let temp = tempfile::tempdir().unwrap();
        for templates in all() {
            templates.write(temp.path()).unwrap();
            for path in templates.paths() {
                let mode = fs::metadata(temp.path().join(path)).unwrap().permissions().mode();
                assert_eq!(mode & 0o100 != 0, path.ends_with("snapenv.sh"), "{path}");
            }
            assert!(!templates.steps.is_empty());
        }
    }

    #[test]
    fn what_is_there_stays_and_nothing_is_added() {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("bamboo-specs")).unwrap();
        std::os::unix::fs::symlink("nowhere", temp.path().join("bamboo-specs/prune.yml")).unwrap();
        let error = BAMBOO.write(temp.path()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "bamboo-specs/prune.yml is there already; nothing was written"
        );
        assert_eq!(fs::read_dir(temp.path().join("bamboo-specs")).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let temp = tempfile::tempdir().unwrap();
        // `ci` cannot be a folder: the first file is written before that is known.
        fs::write(temp.path().join("ci"), "").unwrap();
        assert!(JENKINS.write(temp.path()).is_err());
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
    }
}
