//! What the store of most sandboxes begins with: the facts of the usual interpreter, and the pip that each of a few addresses offers.
//!
//! snapenv makes it once for each test process, as it would in every sandbox (seconds of Python); sandboxes get copies, as tests
//! damage their stores. A pip is filed by the address of its index, so indexes take turns at addresses that the seed knows. Which of
//! them an index gets, and whether it gets one, changes no result, only the time that it takes.

use std::env;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::thread;

use walkdir::WalkDir;

use crate::index::Index;
use crate::sandbox::Sandbox;
use crate::scratch;

/// More addresses cost more than they bring.
const ADDRESSES: usize = 8;

struct Seed {
    addresses: Vec<SocketAddr>,
    /// Those that no index has.
    free: Mutex<Vec<TcpListener>>,
    /// Its store is copied.
    sandbox: Sandbox,
}

static SEED: OnceLock<Option<Seed>> = OnceLock::new();

/// Copies the seed into the store of a sandbox with the usual interpreter.
pub(crate) fn copy_to(store: &Path) {
    if let Some(seed) = SEED.get_or_init(Seed::make) {
        copy(&seed.sandbox.cache(""), store);
    }
}

/// An address that the seed knows, if there is a free one.
pub(crate) fn take_address() -> Option<TcpListener> {
    let seed = SEED.get()?.as_ref()?;
    seed.free.lock().unwrap().pop()
}

/// Takes an address back, if it came from here.
pub(crate) fn give_back(listener: TcpListener) {
    let Some(Some(seed)) = SEED.get() else { return };
    if listener.local_addr().is_ok_and(|address| seed.addresses.contains(&address)) {
        seed.free.lock().unwrap().push(listener);
    }
}

impl Seed {
    /// None where each test is a process of its own (nextest): it would be made for each.
    fn make() -> Option<Self> {
        if env::var_os("NEXTEST").is_some() {
            return None;
        }
        let count = thread::available_parallelism().map_or(1, usize::from).min(ADDRESSES);
        let listeners: Vec<TcpListener> = (0..count).map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap()).collect();
        let addresses = listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
        let sandbox = Sandbox::below(scratch::folder());
        thread::scope(|scope| {
            for (number, listener) in listeners.iter().enumerate() {
                let (sandbox, listener) = (&sandbox, listener.try_clone().unwrap());
                scope.spawn(move || {
                    let index = Index::with_pip(listener);
                    let _ = sandbox.venv(&index, &format!("warm-{number}"), "").success();
                });
            }
        });
        Some(Self {
            addresses,
            free: Mutex::new(listeners),
            sandbox,
        })
    }
}

/// Copies all below `from`, with times and modes.
fn copy(from: &Path, to: &Path) {
    for entry in WalkDir::new(from).min_depth(1) {
        let entry = entry.unwrap();
        let copied = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir(&copied).unwrap();
            continue;
        }
        fs::copy(entry.path(), &copied).unwrap();
        let modified = entry.metadata().unwrap().modified().unwrap();
        File::open(&copied).unwrap().set_modified(modified).unwrap();
    }
    // Those of trees say whether they are on the disk.
    for entry in WalkDir::new(from).min_depth(1) {
        let entry = entry.unwrap();
        if entry.file_type().is_dir() {
            let copied = to.join(entry.path().strip_prefix(from).unwrap());
            let modified = entry.metadata().unwrap().modified().unwrap();
            File::open(&copied).unwrap().set_modified(modified).unwrap();
        }
    }
}

#[test]
fn a_seeded_store_asks_nobody_for_pip_and_an_empty_one_does() {
    let asked = |sandbox: &Sandbox, index: &Index| {
        let _ = sandbox.venv(index, ".venv", "").success();
        let _ = sandbox.run(sandbox.work(".venv/bin/pip"), ["--version"]).success();
        index.take_requests().iter().any(|request| request.path == "/simple/pip/")
    };
    let (seeded, empty) = (Sandbox::new(), Sandbox::with_empty_store());
    let index = Index::start();
    let known = SEED.get().and_then(Option::as_ref);
    let known = known.is_some_and(|seed| {
        seed.addresses
            .iter()
            .any(|address| index.url().contains(&address.to_string()))
    });
    assert_eq!(asked(&seeded, &index), !known);
    assert!(asked(&empty, &index));
}
