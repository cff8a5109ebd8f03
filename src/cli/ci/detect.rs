//! `snapenv ci detect`

use clap::ArgMatches;
use serde_json::json;

use super::job::Job;
use crate::cli::outcome::print;
use crate::pipeline::PipelineError;
use crate::settings::World;

pub(super) fn detect(matches: &ArgMatches) -> Result<(), PipelineError> {
    let world = World::read()?;
    let job = Job::of(matches, &world)?;
    if matches.get_flag("json") {
        let object = json!({
            "server": job.server.name(),
            "title": job.server.title(),
            "trust": job.trust.name(),
            "trust_reason": job.trust.reason(),
        });
        print(&format!("{object:#}"));
    } else {
        print(&format!(
            "{}: {} ({})",
            job.server.title(),
            job.trust.name(),
            job.trust.reason()
        ));
    }
    Ok(())
}
