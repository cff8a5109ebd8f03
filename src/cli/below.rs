//! The stores that are read below the one that is written, as commands list them.

use std::path::Path;

use serde::Serialize;

use super::session::Session;
use crate::store::Store;

/// A store that the settings name.
#[derive(Debug, Serialize)]
pub(super) struct Below<'a> {
    pub(super) folder: &'a Path,
    pub(super) state: State,
}

/// Whether it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// It is.
    Read,
    /// There is no folder.
    Absent,
    /// Somebody could change it whom nobody trusts; a warning said who.
    Refused,
}

impl State {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Read => "only read",
            Self::Absent => "not there",
            Self::Refused => "not trusted, and so not read",
        }
    }
}

/// Those of a session.
pub(super) fn below<'a>(session: &'a Session, store: &Store) -> Vec<Below<'a>> {
    let stores = session.settings.read_stores.iter().map(|folder| Below {
        folder,
        state: match store.reads(folder) {
            true => State::Read,
            false if folder.exists() => State::Refused,
            false => State::Absent,
        },
    });
    stores.filter(|one| one.folder != session.settings.cache_dir).collect()
}
