//! Handing variables to a build server in its own way.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::report::Report;
use super::server::Server;
use super::spelling::{azure, azure_property, github, teamcity};
use crate::fs::{Context as _, FsError};

/// Lines that a server reads on standard output, and files that it wants more lines in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handing {
    /// For standard output.
    pub messages: Vec<String>,
    /// Text to be added to files.
    pub added: Vec<(String, String)>,
}

impl Handing {
    /// What a server is told of a report whose page for people is at `summary`.
    pub fn of(server: Server, report: &Report, summary: &Path, variables: &BTreeMap<String, String>) -> Self {
        match server {
            Server::GitHub => of_github(report, variables),
            Server::TeamCity => of_teamcity(report),
            Server::Azure => of_azure(report, summary),
            // These read files and `ci env`.
            Server::Jenkins | Server::Bamboo | Server::GitLab | Server::Buildkite | Server::Other(_) | Server::None => {
                Self::default()
            }
        }
    }

    /// Adds to the files.
    ///
    /// # Errors
    /// When one of them cannot be written.
    pub fn add(&self) -> Result<(), FsError> {
        for (path, text) in &self.added {
            let path = Path::new(path);
            let file = OpenOptions::new().append(true).create(true).open(path);
            file.and_then(|mut file| file.write_all(text.as_bytes()))
                .context("write", path)?;
        }
        Ok(())
    }
}

fn environment(report: &Report) -> Option<[(&'static str, &str); 1]> {
    report
        .result
        .has_environment()
        .then_some([("VIRTUAL_ENV", report.path.as_str())])
}

fn of_github(report: &Report, variables: &BTreeMap<String, String>) -> Handing {
    let mut added = Vec::new();
    let mut add = |variable: &str, text: String| {
        if let Some(path) = variables.get(variable).filter(|path| !path.is_empty() && !text.is_empty()) {
            added.push((path.clone(), text));
        }
    };
    let lines = |pairs: &mut dyn Iterator<Item = (&str, String)>| {
        pairs.map(|(name, value)| github(name, &value) + "\n").collect::<String>()
    };
    if let Some(environment) = environment(report) {
        add(
            "GITHUB_ENV",
            lines(&mut environment.into_iter().map(|(name, value)| (name, value.to_owned()))),
        );
        add("GITHUB_PATH", format!("{}\n", report.bin));
    }
    add("GITHUB_OUTPUT", lines(&mut report.properties().into_iter()));
    add("GITHUB_STEP_SUMMARY", report.markdown());
    Handing {
        messages: Vec::new(),
        added,
    }
}

fn of_teamcity(report: &Report) -> Handing {
    let message = |kind: &str, pairs: &[(&str, &str)]| {
        let words = pairs.iter().map(|(name, value)| format!(" {name}='{}'", teamcity(value)));
        format!("##teamcity[{kind}{}]", words.collect::<String>())
    };
    let mut messages = Vec::new();
    if environment(report).is_some() {
        messages.push(message(
            "setParameter",
            &[("name", "env.VIRTUAL_ENV"), ("value", &report.path)],
        ));
    }
    for (name, value) in report.properties() {
        messages.push(message(
            "setParameter",
            &[("name", &format!("snapenv.{name}")), ("value", &value)],
        ));
    }
    let figures = [
        ("snapenvSeconds", format!("{:.3}", report.seconds)),
        ("snapenvSavedSeconds", format!("{:.3}", report.saved_seconds)),
        ("snapenvBuilt", report.counts.built.to_string()),
    ];
    for (key, value) in figures {
        messages.push(message("buildStatisticValue", &[("key", key), ("value", &value)]));
    }
    Handing {
        messages,
        added: Vec::new(),
    }
}

fn of_azure(report: &Report, summary: &Path) -> Handing {
    let set = |name: &str, value: &str, kind: &str| {
        format!(
            "##vso[task.setvariable variable={}{kind}]{}",
            azure_property(name),
            azure(value)
        )
    };
    let mut messages = Vec::new();
    if environment(report).is_some() {
        messages.push(set("VIRTUAL_ENV", &report.path, ""));
        messages.push(format!("##vso[task.prependpath]{}", azure(&report.bin)));
    }
    for (name, value) in report.properties() {
        messages.push(set(&format!("snapenv_{name}"), &value, ";isOutput=true"));
    }
    messages.push(format!("##vso[task.uploadsummary]{}", azure(&summary.to_string_lossy())));
    Handing {
        messages,
        added: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::outcome::Outcome;
    use super::super::report::ServerFacts;
    use super::*;

    fn report(result: Outcome) -> Report {
        let server = ServerFacts {
            name: "github".to_owned(),
            trust: "trusted".to_owned(),
            trust_reason: String::new(),
        };
        let mut report = Report::unfinished(server, 0, "/w;x/it's".to_owned());
        report.result = result;
        report.reason = "two\nlines".to_owned();
        report
    }

    fn handing(server: Server, result: Outcome) -> Handing {
        let files = ["ENV", "PATH", "OUTPUT", "STEP_SUMMARY"].map(|name| (format!("GITHUB_{name}"), format!("/{name}")));
        Handing::of(
            server,
            &report(result),
            Path::new("/w/summary.md"),
            &files.into_iter().collect(),
        )
    }

    #[test]
    fn github_reads_files() {
        let added: BTreeMap<String, String> = handing(Server::GitHub, Outcome::Hit).added.into_iter().collect();
        assert_eq!(added["/ENV"], "VIRTUAL_ENV=/w;x/it's\n");
        assert_eq!(added["/PATH"], "/w;x/it's/bin\n");
        assert!(added["/OUTPUT"].starts_with("result=hit\nreason<<"));
        assert!(added["/STEP_SUMMARY"].starts_with("### snapenv: hit"));
    }

    #[test]
    fn an_environment_that_is_not_there_is_not_handed_on() {
        let added: BTreeMap<String, String> = handing(Server::GitHub, Outcome::Failed).added.into_iter().collect();
        assert!(!added.contains_key("/ENV") && !added.contains_key("/PATH") && added["/OUTPUT"].starts_with("result=failed\n"));
        assert!(
            handing(Server::TeamCity, Outcome::Failed)
                .messages
                .iter()
                .all(|line| !line.contains("VIRTUAL_ENV"))
        );
    }

    #[test]
    fn messages_are_lines() {
        for server in [Server::TeamCity, Server::Azure] {
            let messages = handing(server, Outcome::Hit).messages;
            assert!(messages.len() > 17 && messages.iter().all(|line| line.starts_with("##") && !line.contains('\n')));
        }
        let messages = handing(Server::TeamCity, Outcome::Hit).messages;
        assert_eq!(
            messages[0],
            "##teamcity[setParameter name='env.VIRTUAL_ENV' value='/w;x/it|'s']"
        );
        let messages = handing(Server::Azure, Outcome::Hit).messages;
        assert_eq!(messages[0], "##vso[task.setvariable variable=VIRTUAL_ENV]/w;x/it's");
        assert!(messages.contains(&"##vso[task.setvariable variable=snapenv_reason;isOutput=true]two%0Alines".to_owned()));
    }

    #[test]
    fn files_are_added_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        std::fs::write(&path, "A=1\n").unwrap();
        let handing = Handing {
            messages: Vec::new(),
            added: vec![(path.to_str().unwrap().to_owned(), "B=2\n".to_owned())],
        };
        handing.add().unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "A=1\nB=2\n");
    }
}
