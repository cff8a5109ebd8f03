//! Looking up host names: each once, however many connections are opened at the same time.
//!
//! A burst of equal questions is what small resolvers drop, and the system repeats one only after five seconds.

use std::collections::HashMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// What is known of a host; whoever asks first looks it up, and others wait.
type Known = Arc<Mutex<Vec<SocketAddr>>>;

/// The addresses of hosts, for one run.
#[derive(Default)]
pub(super) struct Names {
    hosts: Arc<Mutex<HashMap<String, Known>>>,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let known = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(hosts.entry(name.as_str().to_owned()).or_default())
        };
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || look_up(&known, name.as_str())).await??;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a host. That it has none is not remembered: the next attempt may be luckier.
fn look_up(known: &Mutex<Vec<SocketAddr>>, host: &str) -> std::io::Result<Vec<SocketAddr>> {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if known.is_empty() {
        // The port is set by whoever connects.
        known.extend((host, 0).to_socket_addrs()?);
    }
    Ok(known.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_once_and_a_failure_is_forgotten() {
        let known = Mutex::new(vec![SocketAddr::from(([192, 0, 2, 1], 0))]);
        assert_eq!(look_up(&known, "never.invalid").unwrap().len(), 1);
        let unknown = Mutex::default();
        assert!(look_up(&unknown, "no host").is_err());
        assert!(look_up(&unknown, "127.0.0.1").unwrap()[0].ip().is_loopback());
    }
}
