//! Whom a build may be trusted by: what it makes is for itself alone, unless it is certain that nobody else's change is in it.

use std::collections::BTreeMap;

use super::server::{Detected, Server};
use super::signs::Sign::{self, AnySet, Is, Set};

/// Whether what a build makes may be used by others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// It may; with the reason.
    Trusted(String),
    /// It builds what somebody asks to be taken in; with the reason.
    Untrusted(String),
    /// Nobody says. The same as untrusted; with the reason.
    Unknown(String),
}

/// What the settings of the machine (never those of a project) say of builds that nobody vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Widened {
    /// Nothing: they are not trusted.
    #[default]
    Not,
    /// Every build of this machine is trusted.
    All,
}

impl Trust {
    /// Whether it is certain.
    pub fn is_trusted(&self) -> bool {
        matches!(self, Self::Trusted(_))
    }

    /// Its name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Trusted(_) => "trusted",
            Self::Untrusted(_) => "untrusted",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Why.
    pub fn reason(&self) -> &str {
        match self {
            Self::Trusted(reason) | Self::Untrusted(reason) | Self::Unknown(reason) => reason,
        }
    }

    /// What the variables of a server say of its build; `parameters` is what else the server hands to builds, as far as it could be read.
    pub fn of(detected: Detected, variables: &BTreeMap<String, String>, parameters: Option<&BTreeMap<String, String>>) -> Self {
        let server = detected.server;
        if let Some(sign) = proposals(server).iter().find(|sign| sign.is_said(variables)) {
            return Self::Untrusted(format!(
                "{} says that it builds a change that is not taken in: {}",
                server.title(),
                shown(*sign, variables)
            ));
        }
        if detected.proposal == Some(true) {
            return Self::Untrusted(format!("{} says that it builds a pull request", server.title()));
        }
        match server {
            Server::Jenkins => Self::Trusted("Jenkins names no pull request".to_owned()),
            Server::Bamboo => Self::Trusted("Bamboo names no pull request".to_owned()),
            Server::GitHub => Self::of_event(
                server,
                ("GITHUB_EVENT_NAME", variables),
                &[
                    "push",
                    "schedule",
                    "workflow_dispatch",
                    "release",
                    "merge_group",
                    "repository_dispatch",
                ],
            ),
            Server::GitLab => Self::of_event(
                server,
                ("CI_PIPELINE_SOURCE", variables),
                &["push", "web", "schedule", "api", "trigger", "pipeline"],
            ),
            Server::Azure => Self::of_event(
                server,
                ("BUILD_REASON", variables),
                &["Manual", "IndividualCI", "BatchedCI", "Schedule"],
            ),
            Server::Buildkite => Self::of_event(server, ("BUILDKITE_PULL_REQUEST", variables), &["false"]),
            Server::TeamCity => match parameters {
                Some(parameters) if parameters.keys().any(|name| name.starts_with("teamcity.pullRequest.")) => {
                    Self::Untrusted("TeamCity says that it builds a pull request".to_owned())
                }
                Some(_) => Self::Trusted("TeamCity names no pull request".to_owned()),
                None => Self::Unknown("the parameters of TeamCity's build cannot be read".to_owned()),
            },
            Server::Other(title) => Self::Unknown(format!("it is not known what {title} builds")),
            Server::None => Self::Unknown("there is no build server that could say what is built".to_owned()),
        }
    }

    /// What is left of it when the machine's owner and the command line have been asked: the latter can only take it away.
    #[must_use]
    pub fn considering(self, widened: Widened, declined: bool) -> Self {
        match (self, widened, declined) {
            (_, _, true) => Self::Untrusted("--untrusted".to_owned()),
            (Self::Trusted(reason), ..) => Self::Trusted(reason),
            (_, Widened::All, _) => Self::Trusted("the settings of this machine trust all builds (ci-trust)".to_owned()),
            (other, Widened::Not, _) => other,
        }
    }

    fn of_event(server: Server, (variable, variables): (&str, &BTreeMap<String, String>), known: &[&str]) -> Self {
        match variables.get(variable).map(String::as_str) {
            Some(event) if known.contains(&event) => Self::Trusted(format!("{} says {variable}={event}", server.title())),
            Some(event) => Self::Unknown(format!("{} says {variable}={event}", server.title())),
            None => Self::Unknown(format!("{} does not say {variable}", server.title())),
        }
    }
}

/// Signs that a server builds what is not taken in, beyond those of the table.
fn proposals(server: Server) -> &'static [Sign] {
    match server {
        Server::Jenkins => &[
            Set("CHANGE_ID"),
            Set("CHANGE_FORK"),
            Set("CHANGE_TARGET"),
            Set("ghprbPullId"),
            Set("GITHUB_PR_NUMBER"),
            Set("gitlabMergeRequestIid"),
            Set("gitlabMergeRequestId"),
            Set("BITBUCKET_PULL_REQUEST_ID"),
            Set("pullRequestId"),
            Set("GERRIT_CHANGE_NUMBER"),
        ],
        Server::Bamboo => &[AnySet(&["bamboo_repository_pr_key", "bamboo_repository_pr_sourceBranch"])],
        Server::GitHub => &[
            Is(
                "GITHUB_EVENT_NAME",
                &[
                    "pull_request",
                    "pull_request_target",
                    "pull_request_review",
                    "pull_request_review_comment",
                ],
            ),
            Set("GITHUB_HEAD_REF"),
        ],
        Server::GitLab => &[
            Is("CI_PIPELINE_SOURCE", &["merge_request_event", "external_pull_request_event"]),
            AnySet(&["CI_MERGE_REQUEST_ID", "CI_MERGE_REQUEST_IID", "CI_EXTERNAL_PULL_REQUEST_IID"]),
        ],
        Server::Azure => &[
            Is("BUILD_REASON", &["PullRequest", "ValidateShelveset", "CheckInShelveset"]),
            Set("SYSTEM_PULLREQUEST_PULLREQUESTID"),
        ],
        Server::Buildkite | Server::TeamCity | Server::Other(_) | Server::None => &[],
    }
}

/// The variable that shows it, as it is set.
fn shown(sign: Sign, variables: &BTreeMap<String, String>) -> String {
    let names: Vec<&str> = match sign {
        Set(name) | Is(name, _) | Sign::IsNot(name, _) | Sign::Has(name, _) => vec![name],
        AnySet(names) => names.to_vec(),
    };
    let set = names
        .into_iter()
        .find_map(|name| Some(format!("{name}={}", variables.get(name)?)));
    set.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(pairs: &[(&str, &str)]) -> Trust {
        let variables: BTreeMap<String, String> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Trust::of(Detected::of(&variables), &variables, None)
    }

    #[test]
    fn pull_requests_are_never_trusted() {
        let jenkins = [("JENKINS_URL", "http://ci/"), ("BUILD_ID", "7")];
        for sign in [
            ("CHANGE_ID", "12"),
            ("CHANGE_FORK", "someone"),
            ("ghprbPullId", "0"),
            ("gitlabMergeRequestIid", "3"),
        ] {
            assert_eq!(trust(&[jenkins[0], jenkins[1], sign]).name(), "untrusted", "{sign:?}");
        }
        assert_eq!(
            trust(&[("bamboo_planKey", "A-B"), ("bamboo_repository_pr_key", "4")]).name(),
            "untrusted"
        );
        for event in ["pull_request", "pull_request_target"] {
            assert_eq!(
                trust(&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", event)]).name(),
                "untrusted"
            );
        }
        assert_eq!(
            trust(&[("GITLAB_CI", "true"), ("CI_PIPELINE_SOURCE", "merge_request_event")]).name(),
            "untrusted"
        );
        assert_eq!(
            trust(&[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "12")]).name(),
            "untrusted"
        );
        assert_eq!(
            trust(&[("TF_BUILD", "True"), ("BUILD_REASON", "PullRequest")]).name(),
            "untrusted"
        );
        assert_eq!(
            trust(&[("TRAVIS", "true"), ("TRAVIS_PULL_REQUEST", "12")]).name(),
            "untrusted"
        );
    }

    #[test]
    fn builds_of_the_repository_itself_are_trusted() {
        assert!(trust(&[("JENKINS_URL", "http://ci/"), ("BUILD_ID", "7")]).is_trusted());
        assert!(trust(&[("bamboo_planKey", "A-B")]).is_trusted());
        assert!(trust(&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "push")]).is_trusted());
        assert!(trust(&[("GITLAB_CI", "true"), ("CI_PIPELINE_SOURCE", "schedule")]).is_trusted());
        assert!(trust(&[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "false")]).is_trusted());
        assert!(trust(&[("TF_BUILD", "True"), ("BUILD_REASON", "IndividualCI")]).is_trusted());
    }

    #[test]
    fn what_nobody_says_is_not_known() {
        assert_eq!(trust(&[]).name(), "unknown");
        assert_eq!(trust(&[("CI", "true")]).name(), "unknown");
        assert_eq!(trust(&[("GITHUB_ACTIONS", "true")]).name(), "unknown");
        assert_eq!(
            trust(&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", "workflow_run")]).name(),
            "unknown"
        );
        assert_eq!(trust(&[("BUILDKITE", "true")]).name(), "unknown");
        assert_eq!(trust(&[("TEAMCITY_VERSION", "2026.1")]).name(), "unknown");
        assert_eq!(
            trust(&[("TRAVIS", "true"), ("TRAVIS_PULL_REQUEST", "false")]).name(),
            "unknown"
        );
    }

    #[test]
    fn teamcity_tells_in_its_parameters() {
        let variables = BTreeMap::from([("TEAMCITY_VERSION".to_owned(), "2026.1".to_owned())]);
        let with = |name: &str| {
            let parameters = BTreeMap::from([(name.to_owned(), "12".to_owned())]);
            Trust::of(Detected::of(&variables), &variables, Some(&parameters)).name()
        };
        assert_eq!(with("teamcity.pullRequest.number"), "untrusted");
        assert_eq!(with("build.number"), "trusted");
    }

    #[test]
    fn trust_is_only_ever_taken_away_by_the_command_line() {
        let unknown = || trust(&[("CI", "true")]);
        assert_eq!(unknown().considering(Widened::Not, false).name(), "unknown");
        assert_eq!(unknown().considering(Widened::All, false).name(), "trusted");
        assert_eq!(unknown().considering(Widened::All, true).name(), "untrusted");
        assert_eq!(
            trust(&[("bamboo_planKey", "A-B")]).considering(Widened::Not, true).name(),
            "untrusted"
        );
    }
}
