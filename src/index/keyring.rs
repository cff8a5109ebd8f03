//! Asking the `keyring` program, as pip does with `--keyring-provider subprocess`.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use url::Url;

use super::credentials::{Login, Origin};
use crate::fs::{Cleanup, Reach};

/// The program, and what it said in this run.
pub(super) struct Keyring {
    program: PathBuf,
    answers: Mutex<Answers>,
}

#[derive(Default)]
struct Answers {
    /// By service and user.
    said: HashMap<(String, Option<String>), Option<Login>>,
    /// The login that was found for a host and port: good for all that is there.
    found: HashMap<String, Login>,
}

#[derive(Deserialize)]
struct Answer {
    username: String,
    password: String,
}

impl Keyring {
    pub(super) fn new(program: PathBuf) -> Self {
        let answers = Mutex::default();
        Self { program, answers }
    }

    /// What was found earlier for the host of `url`.
    pub(super) fn known(&self, url: &Url) -> Option<Login> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.found.get(&network_location(url)).cloned()
    }

    /// Asks for a login for `url`, which wants one: first under the name of its index, then of its host.
    ///
    /// Others wait meanwhile: a keyring may ask the user to unlock it, which should happen once.
    pub(super) fn ask(&self, url: &Url, index: Option<&Url>, user: Option<&str>) -> Option<Login> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let location = network_location(url);
        let services = index.map(service).into_iter().chain([location.clone()]);
        for service in services {
            let question = (service, user.map(str::to_owned));
            let said = answers
                .said
                .entry(question)
                .or_insert_with_key(|(service, user)| self.run(service, user.as_deref()));
            if let Some(login) = said.clone() {
                answers.found.insert(location, login.clone());
                return Some(login);
            }
        }
        None
    }

    fn run(&self, service: &str, user: Option<&str>) -> Option<Login> {
        let mut command = Command::new(&self.program);
        command
            .args(["--mode=creds", "--output=json", "get", service])
            .args(user)
            .env("PYTHONIOENCODING", "utf-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        // It may wait for a user who has gone.
        let (child, _stopped_by_signals) = Cleanup::start(&mut command, Reach::Process).ok()?;
        let output = child.wait_with_output().ok()?;
        let answer: Answer = output
            .status
            .success()
            .then(|| serde_json::from_slice(&output.stdout).ok())??;
        Some(Login {
            user: answer.username,
            password: answer.password,
            origin: Origin::Keyring,
        })
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Keyring({})", self.program.display())
    }
}

/// The URL of an index as a keyring files it: without userinfo, with a slash at the end.
fn service(index: &Url) -> String {
    let index = super::simple::bare(index);
    format!("{}/", index.as_str().trim_end_matches('/'))
}

/// Host and port, as they stand in the URL.
fn network_location(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;

    /// A program that knows one service, and writes down what it is asked.
    fn keyring(folder: &Path, service: &str) -> Keyring {
        let (program, log) = (folder.join("keyring"), folder.join("log"));
        let text = format!(
            "#!/bin/sh\necho \"$*\" >> '{}'\n[ \"$4\" = '{service}' ] || exit 1\necho '{{\"username\": \"me\", \"password\": \"the password\"}}'\n",
            log.display()
        );
        fs::write(&program, text).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Keyring::new(program)
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_index_is_asked_about_before_its_host_and_each_once() {
        let folder = tempfile::tempdir().unwrap();
        let keyring = keyring(folder.path(), "host:81");
        let (page, index) = (url("https://host:81/simple/demo/"), url("https://u@host:81/simple"));
        for _ in 0..2 {
            let login = keyring.ask(&page, Some(&index), Some("u")).unwrap();
            assert_eq!((login.user.as_str(), login.password.as_str()), ("me", "the password"));
        }
        assert!(keyring.known(&url("https://host:81/files/x")).is_some());
        assert!(keyring.known(&url("https://host/files/x")).is_none());
        assert!(keyring.ask(&url("https://other/"), None, None).is_none());
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        let expected =
            ["https://host:81/simple/ u", "host:81 u", "other"].map(|what| format!("--mode=creds --output=json get {what}\n"));
        assert_eq!(log, expected.concat());
        assert!(!format!("{keyring:?}").contains("the password"));
    }

    #[test]
    fn a_program_that_fails_or_is_missing_knows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            Keyring::new(folder.path().join("none"))
                .ask(&url("https://a/"), None, None)
                .is_none()
        );
        let silent = Keyring::new(PathBuf::from("/bin/true"));
        assert!(silent.ask(&url("https://a/"), None, None).is_none());
    }
}
