//! Who lives in the store: layered environments, by their leases.

use std::fs;
use std::io;

use crate::environment::LayerLink;
use crate::store::{Lease, Store};

/// A lease from another machine counts as long as it was seen within so many seconds.
const ABROAD: u64 = 30 * 86_400;

/// What becomes of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenancy {
    /// The environment has the layer.
    Valid,
    /// The environment has another layer of the store.
    Wrong,
    /// The environment is gone, or needs nothing of the store.
    Void,
    /// It may be alive: it is another user's, or on a disk that does not answer.
    Unseen,
}

impl Tenancy {
    /// What becomes of the lease of an environment on this machine.
    pub fn of(lease: &Lease, store: &Store) -> Self {
        match fs::read_dir(&lease.environment) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Self::Void,
            Err(_) => return Self::Unseen,
            Ok(_) => {}
        }
        match LayerLink::read(&lease.environment).and_then(|link| link.snapshot()) {
            Some((_, snapshot)) if snapshot == lease.snapshot => Self::Valid,
            Some((layout, _)) if layout.root() == store.home().root() => Self::Wrong,
            _ => Self::Void,
        }
    }
}

/// The leases of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tenants {
    /// Those whose layers are needed.
    pub living: Vec<Lease>,
    /// Those that can go.
    pub void: Vec<Lease>,
}

impl Tenants {
    /// Looks at all environments that have a lease; `now` is in seconds since 1970.
    pub fn of(store: &Store, now: u64) -> Self {
        let mut tenants = Self::default();
        for lease in store.leases() {
            let tenancy = match lease.is_ours() {
                true => Tenancy::of(&lease, store),
                false if now.saturating_sub(lease.seen) < ABROAD => Tenancy::Unseen,
                false => Tenancy::Void,
            };
            match tenancy {
                Tenancy::Void => tenants.void.push(lease),
                Tenancy::Valid | Tenancy::Unseen => tenants.living.push(lease),
                Tenancy::Wrong => {
                    let link = LayerLink::read(&lease.environment).and_then(|link| link.snapshot());
                    let needed = link.map(|(_, snapshot)| Lease {
                        snapshot,
                        ..lease.clone()
                    });
                    tenants.living.extend(needed);
                    tenants.living.push(lease);
                }
            }
        }
        tenants
    }
}
