//! `snapenv cache export`

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::time::Instant;

use clap::ArgMatches;
use serde_json::json;

use crate::cli::arguments::{given, positionals};
use crate::cli::outcome::print;
use crate::cli::session::Session;
use crate::cli::venv::wish;
use crate::key::key_of;
use crate::parcel::{Choice, Draft, Exported, ParcelError, Plan, export as write};
use crate::pipeline::PipelineError;
use crate::report::{Progress, bytes, counted};
use crate::settings::World;
use crate::store::Store;

/// Writes what the store has for a request, or all of it, to a file or to standard output.
pub(super) fn export(matches: &ArgMatches) -> Result<i32, PipelineError> {
    let began = Instant::now();
    let session = Session::start(&given(matches, positionals(matches)), World::read()?, None)?;
    let store = session.store()?;
    let choice = choice(matches, &session, &store);
    session.terminal.finish();
    let plan = Plan::of(&store, &choice?)?;
    let output = matches.get_one::<String>("output").map_or("-", String::as_str);
    let exported = if output == "-" {
        let stream = io::stdout();
        if stream.is_terminal() {
            return Err(ParcelError::Terminal.into());
        }
        write(&store, &plan, (BufWriter::new(stream.lock()), Path::new(output)))?.1
    } else {
        let place = session.world.current_dir.join(output);
        let failed = |source: io::Error| ParcelError::Io {
            action: "write",
            path: place.clone(),
            source,
        };
        let draft = Draft::new(&place).map_err(failed)?;
        let (buffered, exported) = write(&store, &plan, (BufWriter::with_capacity(1 << 18, draft), &place))?;
        let draft = buffered.into_inner().map_err(|error| failed(error.into_error()))?;
        draft.publish().map_err(failed)?;
        exported
    };
    for reason in &exported.left_out {
        session.terminal.warn(&format!("left out: {reason}"));
    }
    let said = if matches.get_flag("json") {
        format!("{:#}", in_json(&exported, began.elapsed().as_secs_f64()))
    } else {
        let Exported {
            requests,
            snapshots,
            distributions,
            bytes: sum,
            ..
        } = &exported;
        format!(
            "Exported {}, {}, {}: {} in {:.2} s",
            counted(*requests, "request", "requests"),
            counted(*snapshots, "snapshot", "snapshots"),
            counted(*distributions, "distribution", "distributions"),
            bytes(*sum),
            began.elapsed().as_secs_f64(),
        )
    };
    // Standard output may be the export.
    if output == "-" {
        let _ = writeln!(io::stderr(), "{said}");
    } else {
        print(&said);
    }
    Ok(0)
}

fn choice(matches: &ArgMatches, session: &Session, store: &Store) -> Result<Choice, PipelineError> {
    let asked = &session.settings.asked;
    let nothing = asked.arguments.is_empty() && asked.requirement_files.is_empty() && asked.editables.is_empty();
    if matches.get_flag("all") || nothing {
        return Ok(Choice::Everything);
    }
    let facts = session.interpreter(store)?;
    let context = session.context(store, &facts);
    let question = context.question_of(&wish(matches, session))?;
    Ok(Choice::Request(key_of(&question.preimage), context.pip_name()))
}

fn in_json(exported: &Exported, seconds: f64) -> serde_json::Value {
    let Exported {
        requests,
        snapshots,
        distributions,
        members,
        bytes,
        left_out,
    } = exported;
    json!({
        "requests": requests,
        "snapshots": snapshots,
        "distributions": distributions,
        "members": members,
        "bytes": bytes,
        "left_out": left_out,
        "seconds": seconds,
    })
}
