//! `snapenv ci env`

use clap::ArgMatches;

use crate::ci::spelling::{dotenv, properties, shell};
use crate::cli::outcome::print;
use crate::cli::target::plain;
use crate::cli::venv::folder;
use crate::environment::Living;
use crate::pipeline::PipelineError;
use crate::settings::World;

pub(super) fn env(matches: &ArgMatches) -> Result<(), PipelineError> {
    let world = World::read()?;
    let path = plain(&world.current_dir.join(folder(matches)));
    if Living::open(&path).is_none() {
        return Err(PipelineError::NoSuchPython(path.display().to_string()));
    }
    let (root, bin) = (path.to_string_lossy(), path.join("bin"));
    let bin = bin.to_string_lossy();
    let variables = [("VIRTUAL_ENV", &root), ("SNAPENV_BIN", &bin)];
    match matches.get_one::<String>("shell").map(String::as_str) {
        Some("properties") => variables
            .iter()
            .for_each(|(name, value)| print(&format!("{name}={}", properties(value)))),
        Some("dotenv") => {
            for (name, value) in variables {
                print(&dotenv(name, value)?);
            }
        }
        _ => {
            print(&format!("export VIRTUAL_ENV={}", shell(&root)));
            print(&format!("export PATH={}:\"$PATH\"", shell(&bin)));
            print("unset PYTHONHOME");
        }
    }
    Ok(())
}
