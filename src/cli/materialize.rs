//! `snapenv venv --materialize DIR`

use std::time::Instant;

use clap::ArgMatches;

use super::arguments::given;
use super::session::Session;
use super::target::plain;
use super::venv::folder;
use crate::environment::{LayerLink, Living};
use crate::pipeline::PipelineError;
use crate::pipeline::materialize::Materialized;
use crate::report::Summary;
use crate::settings::World;

pub(super) fn materialize(matches: &ArgMatches, began: Instant) -> Result<(), PipelineError> {
    let world = World::read()?;
    let folder = folder(matches);
    let missing = || PipelineError::NoSuchPython(folder.clone());
    let living = Living::open(&plain(&world.current_dir.join(&folder))).ok_or_else(missing)?;
    let mut session = Session::of_environment(&living, given(matches, Vec::new()), &world)?;
    // Its own store has what it is made of, whatever store is in use here.
    if let Some((layout, _)) = LayerLink::read(&living.folder).and_then(|link| link.snapshot())
        && layout.cachedir_tag().is_file()
    {
        layout.root().clone_into(&mut session.settings.cache_dir);
    }
    let store = session.store()?;
    let facts = session.interpreter(&store)?;
    let materialized = session.context(&store, &facts).materialize(&living, began)?;
    session.terminal.finish();
    session.terminal.say(&match materialized {
        Materialized::Done(summary) => Summary {
            environment: folder,
            ..summary
        }
        .to_string(),
        Materialized::Nothing => format!("{folder} is flat already: nothing to do"),
    });
    Ok(())
}
