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

use crate::index::{Index, Pips};
use crate::sandbox::Sandbox;
use crate::scratch;

/// More addresses cost more than they bring.
const ADDRESSES: usize = 8;

struct Seed {
    addresses: Vec<(Pips, SocketAddr)>,
    /// Those that no index has.
    free: Mutex<Vec<(Pips, TcpListener)>>,
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

/// An address that the seed knows to offer these pips, if there is a free one.
pub(crate) fn take_address(pips: Pips) -> Option<TcpListener> {
    let seed = SEED.get()?.as_ref()?;
    let mut free = seed.free.lock().unwrap();
    let found = free.iter().position(|(offered, _)| *offered == pips)?;
    Some(free.swap_remove(found).1)
}

/// Takes an address back, if it came from here.
pub(crate) fn give_back(listener: TcpListener) {
    let Some(Some(seed)) = SEED.get() else { return };
    let address = listener.local_addr().unwrap();
    if let Some((pips, _)) = seed.addresses.iter().find(|(_, known)| *known == address) {
        seed.free.lock().unwrap().push((*pips, listener));
    }
}

impl Seed {
    /// None where each test is a process of its own (nextest): it would be made for each.
    fn make() -> Option<Self> {
        if env::var_os("NEXTEST").is_some() {
            return None;
        }
        let count = thread::available_parallelism().map_or(1, usize::from).min(ADDRESSES);
        let some = |pips| (0..count).map(move |_| (pips, TcpListener::bind(("127.0.0.1", 0)).unwrap()));
        let kinds = [Pips::Known, Pips::Hollow, Pips::Real];
        let listeners: Vec<(Pips, TcpListener)> = kinds.into_iter().flat_map(some).collect();
        let address = |(pips, listener): &(Pips, TcpListener)| (*pips, listener.local_addr().unwrap());
        let addresses = listeners.iter().map(address).collect();
        let sandbox = Sandbox::below(scratch::folder());
        thread::scope(|scope| {
            for (number, (pips, listener)) in listeners.iter().enumerate() {
                let (sandbox, pips, listener) = (&sandbox, *pips, listener.try_clone().unwrap());
                scope.spawn(move || {
                    let index = Index::offering_at(pips, listener);
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

/// Copies all below `from`, with times and modes, but for trees: they are thousands of files, which whoever needs one has again from its
/// archive in less time than all sandboxes need for copying all of them.
fn copy(from: &Path, to: &Path) {
    let trees = from.join("v1/trees");
    let entries = WalkDir::new(from).min_depth(1).into_iter();
    for entry in entries.filter_entry(|entry| entry.path().parent() != Some(&trees)) {
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
            .any(|(_, address)| index.url().contains(&address.to_string()))
    });
    assert_eq!(asked(&seeded, &index), !known);
    assert!(asked(&empty, &index));
}
