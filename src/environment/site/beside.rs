//! What dead processes left beside places that nobody may ever claim again.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::inside::{NEW, OLD};
use super::place::Place;
use super::stake::Stake;
use crate::fs::{Leftovers, Lock};

/// Puts right in a folder what dead processes left half done of the environments in it; `now` in seconds since 1970. Whoever lives is left
/// alone, and what cannot be put right waits for whoever claims that place.
pub fn sweep_beside(folder: &Path, now: u64) {
    let leftovers = Leftovers { folder, now };
    // Those inside of places that cannot be renamed.
    leftovers.remove_those(|entry| entry.file_name() == NEW);
    // Those that were made without locks.
    leftovers.remove_forsaken(|entry| {
        let name = entry.file_name();
        let stem = Path::new(&name).file_stem();
        Path::new(&name).extension().is_some() && stem.is_some_and(|stem| owner_of(stem).is_some())
    });
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        if let Some(name) = owner_of(&entry.file_name()) {
            put_right(&folder.join(name));
        }
    }
}

/// The environment's name in that of a folder beside it.
fn owner_of(name: &OsStr) -> Option<&OsStr> {
    let name = name.as_bytes().strip_prefix(b".")?;
    let owner = [NEW, OLD].iter().find_map(|role| name.strip_suffix(role.as_bytes()))?;
    (!owner.is_empty()).then(|| OsStr::from_bytes(owner))
}

fn put_right(destination: &Path) {
    let place = Place::beside(destination);
    // Where the environment itself is locked, somebody is at work.
    let held = Lock::if_free(destination).filter(|lock| lock.is_at(destination));
    if held.is_none() && destination.is_dir() {
        return;
    }
    if let Some(stake) = Stake::set_if_free(place.staging()) {
        // What fails now is tried again by whoever claims the place.
        let _ = place.recover();
        drop(stake);
    }
    drop(held);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_whose_leftover_it_is() {
        let owner = |name| owner_of(OsStr::new(name)).map(|owner| owner.to_str().unwrap().to_owned());
        assert_eq!(owner(".venv.snapenv-new"), Some("venv".to_owned()));
        assert_eq!(owner("..venv.snapenv-old"), Some(".venv".to_owned()));
        for other in ["venv.snapenv-new", ".snapenv-new", ".venv", ".venv.snapenv-aside"] {
            assert_eq!(owner(other), None, "{other}");
        }
    }
}
