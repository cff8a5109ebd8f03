//! The HTTP clients, made when the first request needs one.

use std::sync::OnceLock;

use reqwest::blocking::Client;
use reqwest::{Proxy, redirect};
use url::Url;

use super::tls::{self, Checking};
use super::{FetchError, Network};

/// One client that checks certificates and one for trusted hosts, each made on first use.
pub(super) struct Clients {
    network: Network,
    strict: OnceLock<Result<Client, FetchError>>,
    trusting: OnceLock<Result<Client, FetchError>>,
}

impl Clients {
    pub(super) fn new(network: Network) -> Self {
        Self {
            network,
            strict: OnceLock::new(),
            trusting: OnceLock::new(),
        }
    }

    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// The client to ask `url` with.
    pub(super) fn of(&self, url: &Url) -> Result<&Client, FetchError> {
        let (cell, checking) = if self.network.trusts(url) {
            (&self.trusting, Checking::Trusting)
        } else {
            (&self.strict, Checking::Strict)
        };
        cell.get_or_init(|| build(&self.network, checking))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Whether any client was made.
    #[cfg(test)]
    pub(super) fn is_unused(&self) -> bool {
        self.strict.get().is_none() && self.trusting.get().is_none()
    }
}

fn build(network: &Network, checking: Checking) -> Result<Client, FetchError> {
    let proxies = network.proxies.parse()?;
    Client::builder()
        .tls_backend_preconfigured(tls::configure(network, checking)?)
        .user_agent(&network.user_agent)
        .proxy(Proxy::custom(move |url| proxies.choose(url)))
        // Redirects are followed by `request`, which decides about credentials and trust at every hop.
        .redirect(redirect::Policy::none())
        .connect_timeout(network.timeout)
        // The blocking client applies this to the answer and to each read, not to the whole transfer.
        .timeout(network.timeout)
        .http1_only()
        .build()
        .map_err(|error| FetchError::Client {
            detail: super::request::describe(&error.without_url()),
        })
}
