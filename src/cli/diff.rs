//! `snapenv diff`

use std::fmt::Display;

use clap::ArgMatches;
use serde_json::json;

use super::outcome::print;
use super::session::Session;
use super::target::plain;
use crate::pipeline::PipelineError;
use crate::pipeline::diff::{Distribution, Explanation, Files, Subject, explain};
use crate::settings::{Given, World};

/// The exit code: 0 if both are the same, 1 if they differ.
pub(super) fn diff(matches: &ArgMatches) -> Result<i32, PipelineError> {
    let world = World::read()?;
    let session = Session::start(&Given::default(), world, None)?;
    let store = session.store()?;
    let named: Vec<&String> = matches.get_many("subject").into_iter().flatten().collect();
    let folders: Vec<_> = named
        .iter()
        .map(|named| plain(&session.world.current_dir.join(named)))
        .collect();
    let subject = |index: usize| Subject {
        named: named[index],
        folder: &folders[index],
    };
    let explanation = explain(subject(0), subject(1), &store);
    session.terminal.finish();
    let explanation = explanation?;
    if matches.get_flag("json") {
        print(&format!("{:#}", json!(explanation)));
    } else {
        Told {
            names: [named[0], named[1]],
            files: matches.get_count("verbose") > 0,
        }
        .tell(&explanation);
    }
    Ok(i32::from(!explanation.is_empty()))
}

/// How differences are told.
struct Told<'a> {
    /// What is compared, as the user wrote it.
    names: [&'a String; 2],
    /// Whether files of distributions are named.
    files: bool,
}

impl Told<'_> {
    fn tell(&self, explanation: &Explanation) {
        let [first, second] = self.names;
        if explanation.is_empty() {
            print(&format!("{first} and {second} are the same"));
            return;
        }
        print(&format!("--- {first}"));
        print(&format!("+++ {second}"));
        for (name, [first, second]) in &explanation.settings {
            print(&format!("{name}: {first} -> {second}"));
        }
        for field in &explanation.request {
            print(&format!("request: {field}"));
        }
        for distribution in &explanation.distributions {
            self.distribution(distribution);
        }
        if explanation.another_order {
            print("another order of installation");
        }
        lines("", &explanation.strays, " (of no distribution)");
    }

    fn distribution(&self, distribution: &Distribution) {
        let Distribution { name, files, .. } = distribution;
        let line = match (&distribution.first, &distribution.second) {
            (Some(first), Some(second)) if first == second => format!("~{name} {first}"),
            (Some(first), Some(second)) => format!("~{name} {first} -> {second}"),
            (Some(first), None) => format!("-{name} {first}"),
            (None, Some(second)) => format!("+{name} {second}"),
            (None, None) => return,
        };
        let counts = [
            (&files.only_first, "gone"),
            (&files.only_second, "new"),
            (&files.changed, "changed"),
        ];
        let counts = counts.iter().filter(|(paths, _)| !paths.is_empty());
        let counts: Vec<String> = counts.map(|(paths, what)| format!("{} {what}", paths.len())).collect();
        let counts = if counts.is_empty() {
            String::new()
        } else {
            format!(" (files: {})", counts.join(", "))
        };
        print(&format!("{line}{counts}"));
        for reason in &distribution.reasons {
            print(&format!("  {reason}"));
        }
        if self.files {
            lines("  ", files, "");
        }
    }
}

/// A line for each file.
fn lines<P: AsRef<std::path::Path>>(indent: &str, files: &Files<P>, behind: impl Display) {
    let all = [('-', &files.only_first), ('+', &files.only_second), ('~', &files.changed)];
    for (sign, paths) in all {
        for path in paths {
            print(&format!("{indent}{sign}{}{behind}", path.as_ref().display()));
        }
    }
}
