//! `snapenv cache import`

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::time::Instant;

use clap::ArgMatches;
use serde_json::json;

use super::verbs::session;
use crate::cli::outcome::print;
use crate::parcel::{Imported, ParcelError, import as take_in};
use crate::pipeline::PipelineError;
use crate::report::{Progress, bytes, counted};

/// Takes in what another store had, from a file or from standard input.
pub(super) fn import(matches: &ArgMatches) -> Result<i32, PipelineError> {
    let began = Instant::now();
    let session = session()?;
    let store = session.store()?;
    if store.is_temporary() {
        return Err(PipelineError::OnlyRead(store.lasting().root().to_owned()));
    }
    let source = matches.get_one::<String>("file").map_or("-", String::as_str);
    let imported = if source == "-" {
        take_in(&store, (io::stdin().lock(), Path::new(source)))?
    } else {
        let place = session.world.current_dir.join(source);
        let file = File::open(&place).map_err(|source| ParcelError::Io {
            action: "read",
            path: place.clone(),
            source,
        })?;
        take_in(&store, (BufReader::with_capacity(1 << 18, file), &place))?
    };
    session.terminal.finish();
    for damage in store.take_damages() {
        let (path, reason) = (damage.path.display(), damage.reason);
        session
            .terminal
            .warn(&format!("{path} was damaged in the store ({reason}); it is in quarantine"));
    }
    for reason in &imported.left_out {
        session.terminal.warn(&format!("left out: {reason}"));
    }
    let seconds = began.elapsed().as_secs_f64();
    let Imported {
        requests,
        snapshots,
        distributions,
        present,
        bytes: sum,
        left_out,
    } = &imported;
    if matches.get_flag("json") {
        let object = json!({
            "requests": requests,
            "snapshots": snapshots,
            "distributions": distributions,
            "present": present,
            "bytes": sum,
            "left_out": left_out,
            "seconds": seconds,
        });
        print(&format!("{object:#}"));
    } else {
        print(&format!(
            "Imported {}, {}, {}: {} in {seconds:.2} s; {} there already",
            counted(*requests, "request", "requests"),
            counted(*snapshots, "snapshot", "snapshots"),
            counted(*distributions, "distribution", "distributions"),
            bytes(*sum),
            counted(*present, "entry was", "entries were"),
        ));
    }
    Ok(0)
}
