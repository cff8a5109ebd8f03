//! The job that snapenv runs in.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use clap::ArgMatches;

use crate::ci::{Change, Detected, Secrets, Server, ServerFacts, Trust, Widened};
use crate::fs::{Form, LinkMode};
use crate::pipeline::PipelineError;
use crate::settings::{Settings, TrustedBuilds, World};
use crate::upkeep::store_of_change;

/// The folder of reports when none is named.
const REPORTS: &str = ".snapenv";

/// A job.
pub(super) struct Job {
    /// The server that is told.
    pub(super) server: Server,
    /// Whether what is made may be used by others.
    pub(super) trust: Trust,
    /// What this is a build of, if that is not to be trusted.
    pub(super) change: Change,
    /// What must not be shown.
    pub(super) secrets: Secrets,
}

impl Job {
    /// The job whose variables these are.
    ///
    /// # Errors
    /// When what this machine trusts cannot be read.
    pub(super) fn of(matches: &ArgMatches, world: &World) -> Result<Self, PipelineError> {
        let detected = Detected::of(&world.variables);
        let named = matches.get_one::<Option<Server>>("ci").copied().flatten();
        let widened = match TrustedBuilds::of_machine()? {
            TrustedBuilds::Known => Widened::Not,
            TrustedBuilds::All => Widened::All,
        };
        let parameters = parameters(world);
        // What the server is called on the command line changes how it is told, and nothing else.
        let trust =
            Trust::of(detected, &world.variables, parameters.as_ref()).considering(widened, matches.get_flag("untrusted"));
        Ok(Self {
            server: named.unwrap_or(detected.server),
            trust,
            change: Change::of(detected.server, &world.variables),
            secrets: Secrets::among(&world.variables),
        })
    }

    /// For reports.
    pub(super) fn facts(&self) -> ServerFacts {
        ServerFacts {
            name: self.server.name().to_owned(),
            trust: self.trust.name().to_owned(),
            trust_reason: self.trust.reason().to_owned(),
        }
    }

    /// Sees to it that a build that is not trusted writes to a store of its own, and shares no file with the others'.
    pub(super) fn confine(&self, settings: &mut Settings) {
        if self.trust.is_trusted() {
            return;
        }
        let others = settings.cache_dir.clone();
        settings.cache_dir = store_of_change(&others, &self.change.folder());
        settings.read_stores.insert(0, others);
        if settings.form != Form::Flat(LinkMode::Clone) {
            settings.form = Form::Flat(LinkMode::Copy);
        }
    }
}

/// The folder of reports.
pub(super) fn reports(matches: &ArgMatches, world: &World) -> PathBuf {
    let named = matches.get_one::<String>("reports").map_or(REPORTS, String::as_str);
    world.current_dir.join(named)
}

/// What `TeamCity` hands to builds besides variables.
fn parameters(world: &World) -> Option<BTreeMap<String, String>> {
    let text = fs::read_to_string(world.variable("TEAMCITY_BUILD_PROPERTIES_FILE")?).ok()?;
    let lines = text.lines().filter(|line| !line.starts_with(['#', '!']));
    let pairs = lines.filter_map(|line| line.split_once('='));
    Some(
        pairs
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect(),
    )
}
