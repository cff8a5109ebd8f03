//! By what build servers are recognised, in the order of npm's `ci-info`; `proposal` is what it takes for a pull request.

use super::server::Server;
use super::signs::Sign::{self, AnySet, Has, Is, IsNot, Set};

/// A server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) server: Server,
    /// All of them hold.
    pub(super) signs: &'static [Sign],
    /// It builds what somebody asks to be taken in.
    pub(super) proposal: Option<Sign>,
}

/// What is set on servers that are not in the table.
pub(super) const CONTINUOUS: &[&str] = &[
    "BUILD_ID",
    "BUILD_NUMBER",
    "CI",
    "CI_APP_ID",
    "CI_BUILD_ID",
    "CI_BUILD_NUMBER",
    "CI_NAME",
    "CONTINUOUS_INTEGRATION",
    "RUN_ID",
];

const fn row(server: Server, signs: &'static [Sign], proposal: Option<Sign>) -> Row {
    Row { server, signs, proposal }
}

pub(super) const TABLE: &[Row] = &[
    row(
        Server::Other("Agola CI"),
        &[Set("AGOLA_GIT_REF")],
        Some(AnySet(&["AGOLA_PULL_REQUEST_ID"])),
    ),
    row(Server::Other("Alpic"), &[Set("ALPIC_HOST")], None),
    row(
        Server::Other("Appcircle"),
        &[Set("AC_APPCIRCLE")],
        Some(IsNot("AC_GIT_PR", "false")),
    ),
    row(
        Server::Other("AppVeyor"),
        &[Set("APPVEYOR")],
        Some(AnySet(&["APPVEYOR_PULL_REQUEST_NUMBER"])),
    ),
    row(
        Server::Other("AWS CodeBuild"),
        &[Set("CODEBUILD_BUILD_ARN")],
        Some(Is(
            "CODEBUILD_WEBHOOK_EVENT",
            &["PULL_REQUEST_CREATED", "PULL_REQUEST_UPDATED", "PULL_REQUEST_REOPENED"],
        )),
    ),
    row(Server::Azure, &[Set("TF_BUILD")], Some(Is("BUILD_REASON", &["PullRequest"]))),
    row(Server::Bamboo, &[Set("bamboo_planKey")], None),
    row(
        Server::Other("Bitbucket Pipelines"),
        &[Set("BITBUCKET_COMMIT")],
        Some(AnySet(&["BITBUCKET_PR_ID"])),
    ),
    row(
        Server::Other("Bitrise"),
        &[Set("BITRISE_IO")],
        Some(AnySet(&["BITRISE_PULL_REQUEST"])),
    ),
    row(
        Server::Other("Buddy"),
        &[Set("BUDDY_WORKSPACE_ID")],
        Some(AnySet(&["BUDDY_EXECUTION_PULL_REQUEST_ID"])),
    ),
    row(
        Server::Buildkite,
        &[Set("BUILDKITE")],
        Some(IsNot("BUILDKITE_PULL_REQUEST", "false")),
    ),
    row(Server::Other("Capawesome Cloud"), &[Set("CAPAWESOME_CLOUD")], None),
    row(
        Server::Other("CircleCI"),
        &[Set("CIRCLECI")],
        Some(AnySet(&["CIRCLE_PULL_REQUEST"])),
    ),
    row(Server::Other("Cirrus CI"), &[Set("CIRRUS_CI")], Some(AnySet(&["CIRRUS_PR"]))),
    row(Server::Other("Cloudflare Pages"), &[Set("CF_PAGES")], None),
    row(Server::Other("Cloudflare Workers"), &[Set("WORKERS_CI")], None),
    row(
        Server::Other("Codefresh"),
        &[Set("CF_BUILD_ID")],
        Some(AnySet(&["CF_PULL_REQUEST_NUMBER", "CF_PULL_REQUEST_ID"])),
    ),
    row(
        Server::Other("Codemagic"),
        &[Set("CM_BUILD_ID")],
        Some(AnySet(&["CM_PULL_REQUEST"])),
    ),
    row(Server::Other("Codeship"), &[Is("CI_NAME", &["codeship"])], None),
    row(
        Server::Other("Drone"),
        &[Set("DRONE")],
        Some(Is("DRONE_BUILD_EVENT", &["pull_request"])),
    ),
    row(Server::Other("dsari"), &[Set("DSARI")], None),
    row(Server::Other("Earthly"), &[Set("EARTHLY_CI")], None),
    row(Server::Other("Expo Application Services"), &[Set("EAS_BUILD")], None),
    row(Server::Other("Gerrit"), &[Set("GERRIT_PROJECT")], None),
    row(Server::Other("Gitea Actions"), &[Set("GITEA_ACTIONS")], None),
    row(
        Server::GitHub,
        &[Set("GITHUB_ACTIONS")],
        Some(Is("GITHUB_EVENT_NAME", &["pull_request"])),
    ),
    row(Server::GitLab, &[Set("GITLAB_CI")], Some(AnySet(&["CI_MERGE_REQUEST_ID"]))),
    row(Server::Other("GoCD"), &[Set("GO_PIPELINE_LABEL")], None),
    row(Server::Other("Google Cloud Build"), &[Set("BUILDER_OUTPUT")], None),
    row(Server::Other("Harness CI"), &[Set("HARNESS_BUILD_ID")], None),
    row(Server::Other("Heroku"), &[Has("NODE", "/app/.heroku/node/bin/node")], None),
    row(Server::Other("Hudson"), &[Set("HUDSON_URL")], None),
    row(
        Server::Jenkins,
        &[Set("JENKINS_URL"), Set("BUILD_ID")],
        Some(AnySet(&["ghprbPullId", "CHANGE_ID"])),
    ),
    row(
        Server::Other("LayerCI"),
        &[Set("LAYERCI")],
        Some(AnySet(&["LAYERCI_PULL_REQUEST"])),
    ),
    row(Server::Other("Magnum CI"), &[Set("MAGNUM")], None),
    row(
        Server::Other("Netlify CI"),
        &[Set("NETLIFY")],
        Some(IsNot("PULL_REQUEST", "false")),
    ),
    row(
        Server::Other("Nevercode"),
        &[Set("NEVERCODE")],
        Some(IsNot("NEVERCODE_PULL_REQUEST", "false")),
    ),
    row(Server::Other("Prow"), &[Set("PROW_JOB_ID")], None),
    row(Server::Other("ReleaseHub"), &[Set("RELEASE_BUILD_ID")], None),
    row(
        Server::Other("Render"),
        &[Set("RENDER")],
        Some(Is("IS_PULL_REQUEST", &["true"])),
    ),
    row(Server::Other("RWX"), &[Set("RWX")], None),
    row(
        Server::Other("Sail CI"),
        &[Set("SAILCI")],
        Some(AnySet(&["SAIL_PULL_REQUEST_NUMBER"])),
    ),
    row(
        Server::Other("Screwdriver"),
        &[Set("SCREWDRIVER")],
        Some(IsNot("SD_PULL_REQUEST", "false")),
    ),
    row(
        Server::Other("Semaphore"),
        &[Set("SEMAPHORE")],
        Some(AnySet(&["PULL_REQUEST_NUMBER"])),
    ),
    row(Server::Other("Sourcehut"), &[Is("CI_NAME", &["sourcehut"])], None),
    row(Server::Other("Strider CD"), &[Set("STRIDER")], None),
    row(Server::Other("TaskCluster"), &[Set("TASK_ID"), Set("RUN_ID")], None),
    row(Server::TeamCity, &[Set("TEAMCITY_VERSION")], None),
    row(
        Server::Other("Travis CI"),
        &[Set("TRAVIS")],
        Some(IsNot("TRAVIS_PULL_REQUEST", "false")),
    ),
    row(Server::Other("Vela"), &[Set("VELA")], Some(Is("VELA_PULL_REQUEST", &["1"]))),
    row(
        Server::Other("Vercel"),
        &[AnySet(&["NOW_BUILDER", "VERCEL"])],
        Some(AnySet(&["VERCEL_GIT_PULL_REQUEST_ID"])),
    ),
    row(Server::Other("Visual Studio App Center"), &[Set("APPCENTER_BUILD_ID")], None),
    row(
        Server::Other("Woodpecker"),
        &[Is("CI", &["woodpecker"])],
        Some(Is("CI_BUILD_EVENT", &["pull_request"])),
    ),
    row(
        Server::Other("Xcode Cloud"),
        &[Set("CI_XCODE_PROJECT")],
        Some(AnySet(&["CI_PULL_REQUEST_NUMBER"])),
    ),
    row(Server::Other("Xcode Server"), &[Set("XCS")], None),
];
