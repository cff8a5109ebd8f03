//! Build servers, and which one this is.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::signs::Sign;
use super::table::{CONTINUOUS, TABLE};

/// A build server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// Jenkins.
    Jenkins,
    /// Atlassian Bamboo.
    Bamboo,
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
    /// Buildkite.
    Buildkite,
    /// `TeamCity`.
    TeamCity,
    /// Azure Pipelines.
    Azure,
    /// One that has no way of its own to be told anything; by its name, if that is known.
    Other(&'static str),
    /// None at all.
    None,
}

/// A server, and where it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detected {
    /// The server.
    pub server: Server,
    /// Whether its own signs say that it builds what somebody asks to be taken in; nothing where it has no such sign.
    pub proposal: Option<bool>,
}

/// A name that is none of a server's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no build server that is known: one of auto, jenkins, bamboo, github, gitlab, buildkite, teamcity, azure, none")]
pub struct UnknownServer(String);

impl Server {
    /// Those with a way of their own.
    const NAMED: [Self; 8] = [
        Self::Jenkins,
        Self::Bamboo,
        Self::GitHub,
        Self::GitLab,
        Self::Buildkite,
        Self::TeamCity,
        Self::Azure,
        Self::None,
    ];

    /// Its name in options and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jenkins => "jenkins",
            Self::Bamboo => "bamboo",
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Buildkite => "buildkite",
            Self::TeamCity => "teamcity",
            Self::Azure => "azure",
            Self::Other(_) => "other",
            Self::None => "none",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Jenkins => "Jenkins",
            Self::Bamboo => "Bamboo",
            Self::GitHub => "GitHub Actions",
            Self::GitLab => "GitLab CI",
            Self::Buildkite => "Buildkite",
            Self::TeamCity => "TeamCity",
            Self::Azure => "Azure Pipelines",
            Self::Other(title) => title,
            Self::None => "no build server",
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Server {
    type Err = UnknownServer;

    fn from_str(text: &str) -> Result<Self, UnknownServer> {
        let named = Self::NAMED.into_iter().find(|server| server.name() == text);
        named.ok_or_else(|| UnknownServer(text.to_owned()))
    }
}

impl Detected {
    /// The server whose variables these are. Where the signs of several are seen (one that is made like another sets the other's, too), the last of
    /// npm's `ci-info` table counts, as it does there. Unlike there, a sign whose value says no is none.
    pub fn of(variables: &BTreeMap<String, String>) -> Self {
        let absent = Self {
            server: Server::None,
            proposal: None,
        };
        if variables.get("CI").is_some_and(|value| value == "false") {
            return absent;
        }
        let seen = TABLE
            .iter()
            .rev()
            .find(|row| row.signs.iter().all(|sign| sign.holds(variables)));
        match seen {
            Some(row) => Self {
                server: row.server,
                proposal: row.proposal.map(|sign| sign.is_said(variables)),
            },
            None if CONTINUOUS.iter().any(|name| Sign::Set(name).holds(variables)) => Self {
                server: Server::Other("a build server"),
                proposal: None,
            },
            None => absent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Detected {
        let variables = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Detected::of(&variables.collect())
    }

    #[test]
    fn values_decide() {
        assert_eq!(of(&[("GITLAB_CI", "true")]).server, Server::GitLab);
        assert_eq!(of(&[("GITLAB_CI", "false")]).server, Server::None);
        assert_eq!(of(&[("GITLAB_CI", "")]).server, Server::None);
        assert_eq!(of(&[("GITLAB_CI", "true"), ("CI", "false")]).server, Server::None);
        assert_eq!(of(&[("CI_NAME", "codeship")]).server, Server::Other("Codeship"));
        assert_eq!(of(&[("CI_NAME", "mine")]).server, Server::Other("a build server"));
    }

    #[test]
    fn all_signs_of_a_server_are_needed() {
        assert_eq!(of(&[("JENKINS_URL", "http://ci/")]).server, Server::None);
        assert_eq!(of(&[("BUILD_ID", "7")]).server, Server::Other("a build server"));
        assert_eq!(
            of(&[("JENKINS_URL", "http://ci/"), ("BUILD_ID", "7")]).server,
            Server::Jenkins
        );
    }

    #[test]
    fn proposals_are_seen() {
        let jenkins = [("JENKINS_URL", "http://ci/"), ("BUILD_ID", "7")];
        assert_eq!(of(&jenkins).proposal, Some(false));
        assert_eq!(of(&[jenkins[0], jenkins[1], ("CHANGE_ID", "12")]).proposal, Some(true));
        assert_eq!(
            of(&[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "false")]).proposal,
            Some(false)
        );
        assert_eq!(
            of(&[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "12")]).proposal,
            Some(true)
        );
        assert_eq!(of(&[("bamboo_planKey", "A-B")]).proposal, None);
    }

    #[test]
    fn names_are_read_again() {
        for server in Server::NAMED {
            assert_eq!(server.name().parse(), Ok(server));
        }
        assert!("hudson".parse::<Server>().is_err());
    }
}
