//! What an untrusted build is of: it shares a store with other builds of the same change, and with no others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::server::Server;

/// A change that is not taken in, by what its server calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change(String);

impl Change {
    /// The change that the variables of a server name; all that it does not name are one.
    pub fn of(server: Server, variables: &BTreeMap<String, String>) -> Self {
        let mut text = server.name().to_owned();
        for name in named_by(server) {
            // Framed: no value can pass for two.
            let value = variables.get(*name).map(String::as_str).unwrap_or_default();
            let _ = write!(text, "\n{name} {} {value}", value.len());
        }
        Self(text)
    }

    /// The name of its folder.
    pub fn folder(&self) -> String {
        blake3::hash(self.0.as_bytes()).to_hex()[..16].to_owned()
    }
}

/// Variables that together name a project and a change of it.
fn named_by(server: Server) -> &'static [&'static str] {
    match server {
        Server::Jenkins => &[
            "JENKINS_URL",
            "JOB_NAME",
            "CHANGE_ID",
            "CHANGE_FORK",
            "ghprbPullId",
            "gitlabMergeRequestIid",
            "GERRIT_CHANGE_NUMBER",
        ],
        Server::Bamboo => &[
            "bamboo_planKey",
            "bamboo_repository_pr_key",
            "bamboo_planRepository_repositoryUrl",
        ],
        Server::GitHub => &["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_REF", "GITHUB_HEAD_REF"],
        Server::GitLab => &[
            "CI_SERVER_URL",
            "CI_PROJECT_ID",
            "CI_MERGE_REQUEST_IID",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID",
        ],
        Server::Buildkite => &[
            "BUILDKITE_ORGANIZATION_SLUG",
            "BUILDKITE_PIPELINE_SLUG",
            "BUILDKITE_PULL_REQUEST",
        ],
        Server::TeamCity => &["TEAMCITY_PROJECT_NAME", "TEAMCITY_BUILDCONF_NAME"],
        Server::Azure => &["BUILD_REPOSITORY_URI", "SYSTEM_PULLREQUEST_PULLREQUESTID"],
        Server::Other(_) | Server::None => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_have_folders_of_their_own() {
        let of = |pairs: &[(&str, &str)]| {
            let variables = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            Change::of(Server::GitLab, &variables).folder()
        };
        let one = of(&[("CI_PROJECT_ID", "1"), ("CI_MERGE_REQUEST_IID", "12")]);
        assert_eq!(
            one,
            of(&[("CI_PROJECT_ID", "1"), ("CI_MERGE_REQUEST_IID", "12"), ("CI_JOB_ID", "99")])
        );
        assert_ne!(one, of(&[("CI_PROJECT_ID", "11"), ("CI_MERGE_REQUEST_IID", "2")]));
        assert_ne!(one, of(&[]));
        assert!(one.len() == 16 && one.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
