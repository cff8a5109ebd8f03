//! Connections that several steps of a run share.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::client::Clients;
use super::{Credentials, Fetcher, Network};

/// The connections of a run: whoever reaches the network in the same way shares them, certificates and names included.
#[derive(Clone, Default)]
pub struct Connections {
    made: Arc<Mutex<Vec<Arc<Clients>>>>,
}

impl Connections {
    /// A fetcher that reaches the network as `network` says, with `credentials`.
    pub fn fetcher(&self, network: Network, credentials: Credentials) -> Fetcher {
        let retries = network.retries;
        // Who asks for it decides how often, not the connection.
        let network = Network { retries: 0, ..network };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let known = made.iter().find(|clients| *clients.network() == network).map(Arc::clone);
        let clients = known.unwrap_or_else(|| {
            let clients = Arc::new(Clients::new(network));
            made.push(Arc::clone(&clients));
            clients
        });
        Fetcher {
            clients,
            credentials,
            retries,
        }
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connections").finish_non_exhaustive()
    }
}
