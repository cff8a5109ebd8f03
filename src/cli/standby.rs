//! The child that makes a spare while nobody waits for it.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ArgMatches;

use super::session::Session;
use crate::pipeline::Context;
use crate::pipeline::standby::Keeper;
use crate::report::Silent;
use crate::settings::{Given, World};
use crate::store::SpareKind;

/// The option of `cache warm` that the child is started with.
pub(super) const OPTION: &str = "spare";

/// Standard input, output and error; whatever else is open is none of the child's business.
const STANDARD_STREAMS: i32 = 3;

/// Lowest of all priorities.
const PATIENT: i32 = 19;

/// Starts the child and does not wait for it.
pub(super) fn start(kind: SpareKind, store: &Path, session: &Session) -> io::Result<()> {
    // The caller may have opened a lock or a pipe that somebody waits for; this process needs none of its files any more.
    close_fds::set_fds_cloexec(STANDARD_STREAMS, &[]);
    let child = Command::new(std::env::current_exe()?)
        .arg0("snapenv")
        .args(["cache", "warm", &format!("--{OPTION}"), &kind.to_string()])
        .env("SNAPENV_CACHE_DIR", store)
        // Its folder is another one, and a path may be relative.
        .env("SNAPENV_READ_STORES", read_stores(&session.settings.read_stores)?)
        .current_dir(store)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    child.map(drop)
}

/// Stores that are only read, as the variable names them.
fn read_stores(stores: &[PathBuf]) -> io::Result<OsString> {
    match stores {
        // Nothing at all would let settings files be heard.
        [] => Ok(":".into()),
        stores => std::env::join_paths(stores).map_err(io::Error::other),
    }
}

/// What the child does. Nobody hears from it: where it fails there is no spare, and the next environment is assembled as usual.
pub(super) fn run(matches: &ArgMatches) {
    // Away from the terminal and its signals. It fails for the leader of a process group, which is one that was started by hand.
    let _ = rustix::process::setsid();
    let _ = rustix::process::nice(PATIENT);
    let Some(kind) = matches.get_one::<SpareKind>(OPTION) else {
        return;
    };
    let Ok(session) = World::read().map(|world| Session::start(&Given::default(), world, None)) else {
        return;
    };
    let Ok(session) = session else { return };
    if let Ok(store) = Context::open_store(&session.settings, &session.world, &Silent)
        && !store.is_temporary()
    {
        let keeper = Keeper {
            store: &store,
            progress: &Silent,
        };
        let _ = keeper.replace(*kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_child_is_told_of_no_store_as_well() {
        assert_eq!(read_stores(&[]).unwrap(), ":");
        let stores = ["/srv/one", "/srv/two"].map(PathBuf::from);
        assert_eq!(read_stores(&stores).unwrap(), "/srv/one:/srv/two");
        assert!(read_stores(&["/srv/a:b".into()]).is_err());
    }
}
