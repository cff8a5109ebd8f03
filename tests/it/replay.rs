//! A loopback server for recorded and synthetic indexes: many *universes*, each of one or more *places* (indexes), under one address.
//!
//! ```text
//! /UNIVERSE/PLACE/simple/PROJECT/    page (PEP 691)
//! /UNIVERSE/PLACE/links/             all files of the place, for --find-links
//! /UNIVERSE/PLACE/files/NAME         a file; recorded ones have no body, and whoever asks for it is reported
//! /UNIVERSE/PLACE/files/NAME.metadata
//! ```
//! Both contenders ask it the same; it never changes while it runs. `index` is the server of tests that change what it serves.

mod http;
mod place;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) use http::decoded;
pub(crate) use place::{Distribution, Place};

/// Places by name.
pub(crate) type Universe = BTreeMap<String, Place>;

/// What is served, and what clients did that they must not.
#[derive(Default)]
struct Served {
    universes: BTreeMap<String, Universe>,
    /// Paths of bodies that no recording has.
    complaints: Mutex<Vec<String>>,
}

/// A running server; its threads end with the process.
pub(crate) struct Replay {
    address: SocketAddr,
    served: Arc<Served>,
}

impl Replay {
    /// Serves `universes`.
    pub(crate) fn start(universes: BTreeMap<String, Universe>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let served = Arc::new(Served {
            universes,
            complaints: Mutex::default(),
        });
        let shared = Arc::clone(&served);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let served = Arc::clone(&shared);
                thread::spawn(move || http::serve(connection, &served));
            }
        });
        Self { address, served }
    }

    /// The address of a universe, with a slash at its end.
    pub(crate) fn url(&self, universe: &str) -> String {
        format!("http://{}/{universe}/", self.address)
    }

    /// What is served under that name.
    pub(crate) fn universe(&self, name: &str) -> &Universe {
        self.served
            .universes
            .get(name)
            .unwrap_or_else(|| panic!("no universe {name}"))
    }

    /// Bodies of recorded files that somebody asked for.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.served.complaints.lock().unwrap().clone()
    }
}

mod tests;
