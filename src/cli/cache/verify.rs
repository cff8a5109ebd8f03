//! `snapenv cache verify`

use std::time::Instant;

use clap::ArgMatches;
use serde_json::{Value, json};

use super::verbs::session;
use crate::cli::outcome::print;
use crate::pipeline::PipelineError;
use crate::pipeline::repair::{Deed, Examined, Examiner, Reach, Remedy, Verdict};
use crate::report::{bytes, counted};
use crate::store::{Area, Store};
use crate::upkeep::audit::{Fault, Finding};

/// The exit code: 0 if nothing is damaged, or all of it is repaired; 1 for damage, 3 where something cannot be read.
pub(super) fn verify(matches: &ArgMatches) -> Result<i32, PipelineError> {
    let began = Instant::now();
    let session = session()?;
    let store = session.store()?;
    let verifier = Examiner {
        store: &store,
        progress: &session.terminal,
        remedy: if matches.get_flag("repair") {
            Remedy::Repaired
        } else {
            Remedy::Said
        },
        reach: if matches.get_flag("read-stores") {
            Reach::All
        } else {
            Reach::Own
        },
    };
    let examined = verifier.examine(session.world.now);
    session.terminal.finish();
    let examined = examined?;
    let seconds = began.elapsed().as_secs_f64();
    if matches.get_flag("json") {
        print(&format!("{:#}", in_json(&examined, &store, seconds)));
    } else {
        tell(&examined, &store, seconds);
    }
    Ok(match examined.verdict() {
        Verdict::Whole | Verdict::Repaired => 0,
        Verdict::Damaged => 1,
        Verdict::Unsure => 3,
    })
}

fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Whole => "whole",
        Verdict::Repaired => "repaired",
        Verdict::Damaged => "damaged",
        Verdict::Unsure => "unsure",
    }
}

fn done(deed: &Deed) -> &'static str {
    match deed {
        Deed::Left => "left",
        Deed::Remade => "remade",
        Deed::Dropped => "quarantined",
        Deed::Settled => "settled",
        Deed::Failed(_) => "failed",
    }
}

fn words(deed: &Deed) -> String {
    match deed {
        Deed::Left => String::new(),
        Deed::Remade => "; made again".to_owned(),
        Deed::Dropped => "; in quarantine, made anew when it is needed".to_owned(),
        Deed::Settled => "; another process has replaced it meanwhile".to_owned(),
        Deed::Failed(reason) => format!("; it cannot be repaired: {reason}"),
    }
}

fn entries_and_bytes(examined: &Examined) -> (usize, u64) {
    let areas = examined.looked.areas.values();
    areas.fold((0, 0), |(count, sum), (entries, bytes)| (count + entries, sum + bytes))
}

fn in_json(examined: &Examined, store: &Store, seconds: f64) -> Value {
    let areas = Area::ALL.iter().map(|area| (area.name(), examined.looked.whole(*area)));
    let areas = areas.filter(|(_, (entries, _))| *entries > 0);
    let areas = areas.map(|(area, (entries, bytes))| json!({"area": area, "entries": entries, "bytes": bytes}));
    let findings = examined.found.iter().map(|(finding, deed)| {
        let Finding {
            path,
            fault,
            cause,
            subject,
            ..
        } = finding;
        let reason = match deed {
            Deed::Failed(reason) => Some(reason),
            _ => None,
        };
        json!({
            "path": path,
            "area": subject.area().name(),
            "fault": fault.name(),
            "cause": cause,
            "done": done(deed),
            "reason": reason,
        })
    });
    json!({
        "store": store.lasting().root(),
        "verdict": name(examined.verdict()),
        "whole": areas.collect::<Vec<_>>(),
        "findings": findings.collect::<Vec<_>>(),
        "newer": examined.looked.newer,
        "unknown": examined.looked.unknown,
        "seconds": seconds,
    })
}

fn tell(examined: &Examined, store: &Store, seconds: f64) {
    for (finding, deed) in &examined.found {
        let Finding { path, fault, cause, .. } = finding;
        print(&format!("{} {}: {cause}{}", fault.name(), path.display(), words(deed)));
    }
    for path in &examined.looked.newer {
        print(&format!("newer {}: left alone", path.display()));
    }
    for path in &examined.looked.unknown {
        print(&format!("unknown {}: left alone", path.display()));
    }
    let (entries, sum) = entries_and_bytes(examined);
    let damaged = examined.found.iter().filter(|(finding, _)| finding.fault == Fault::Damaged);
    let incomplete = examined
        .found
        .iter()
        .filter(|(finding, _)| finding.fault == Fault::Incomplete);
    print(&format!(
        "{} is {}: {} whole ({}), {} damaged, {} incomplete, {seconds:.1} s",
        store.lasting().root().display(),
        name(examined.verdict()),
        counted(entries, "entry", "entries"),
        bytes(sum),
        damaged.count(),
        incomplete.count(),
    ));
    if examined.verdict() == Verdict::Damaged && examined.found.iter().any(|(_, deed)| *deed == Deed::Left) {
        print("hint: snapenv cache verify --repair makes it again from what is left");
    }
}
