//! `snapenv ci report`

use clap::ArgMatches;

use super::job::reports;
use crate::ci::ReportFolder;
use crate::cli::outcome::print;
use crate::pipeline::PipelineError;
use crate::settings::World;

pub(super) fn report(matches: &ArgMatches) -> Result<(), PipelineError> {
    let world = World::read()?;
    let report = ReportFolder::at(reports(matches, &world)).read()?;
    if matches.get_flag("markdown") {
        print(report.markdown().trim_end());
    } else if matches.get_flag("line") {
        print(&report.line());
    } else {
        print(&serde_json::to_string_pretty(&report).unwrap_or_default());
    }
    Ok(())
}
