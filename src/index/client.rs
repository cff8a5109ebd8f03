//! The HTTP clients, made when the first request needs one.

use std::sync::{Arc, OnceLock};

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::{Proxy, redirect};
use rustls::ClientConfig;
use url::Url;

use super::names::Names;
use super::tls::{self, Checking};
use super::ways::Ways;
use super::{FetchError, Network};

/// How requests share connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// Many small answers at a time over one connection, where the server speaks HTTP/2.
    Shared,
    /// A connection for each transfer, so that large files do not wait for each other's flow control.
    Apart,
}

/// One client for each combination of checking certificates and sharing connections, made on first use.
pub(super) struct Clients {
    network: Network,
    strict: Configured,
    trusting: Configured,
    names: Arc<Names>,
    ways: Ways,
}

/// What certificates need is read once for both ways to share connections.
#[derive(Default)]
struct Configured {
    tls: OnceLock<Result<ClientConfig, FetchError>>,
    shared: OnceLock<Result<Client, FetchError>>,
    apart: OnceLock<Result<Client, FetchError>>,
}

impl Clients {
    pub(super) fn new(network: Network) -> Self {
        Self {
            network,
            strict: Configured::default(),
            trusting: Configured::default(),
            names: Arc::default(),
            ways: Ways::default(),
        }
    }

    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// The client to ask `url` with.
    pub(super) fn of(&self, url: &Url, wire: Wire) -> Result<&Client, FetchError> {
        let (configured, checking) = if self.network.trusts(url) {
            (&self.trusting, Checking::Trusting)
        } else {
            (&self.strict, Checking::Strict)
        };
        let cell = match wire {
            Wire::Shared => &configured.shared,
            Wire::Apart => &configured.apart,
        };
        let make = || {
            let tls = configured.tls.get_or_init(|| tls::configure(&self.network, checking));
            self.build(tls.clone()?, wire)
        };
        cell.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    /// Sends a request that was made with the client for `url` and `wire`.
    pub(super) fn send(&self, url: &Url, wire: Wire, request: RequestBuilder) -> reqwest::Result<Response> {
        match wire {
            Wire::Shared => self.ways.send(url, || request.send()),
            Wire::Apart => request.send(),
        }
    }

    /// Whether any client was made.
    #[cfg(test)]
    pub(super) fn is_unused(&self) -> bool {
        self.strict.tls.get().is_none() && self.trusting.tls.get().is_none()
    }

    fn build(&self, mut tls: ClientConfig, wire: Wire) -> Result<Client, FetchError> {
        let network = &self.network;
        let proxies = network.proxies.parse()?;
        let mut builder = Client::builder()
            .user_agent(&network.user_agent)
            .dns_resolver(Arc::clone(&self.names))
            .proxy(Proxy::custom(move |url| proxies.choose(url)))
            // Redirects are followed by `request`, which decides about credentials and trust at every hop.
            .redirect(redirect::Policy::none())
            .connect_timeout(network.timeout)
            // The blocking client applies this to the answer and to each read, not to the whole transfer.
            .timeout(network.timeout);
        builder = match wire {
            Wire::Shared => {
                tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
                builder.http2_adaptive_window(true)
            }
            Wire::Apart => {
                tls.alpn_protocols = vec![b"http/1.1".to_vec()];
                builder.http1_only()
            }
        };
        builder
            .tls_backend_preconfigured(tls)
            .build()
            .map_err(|error| FetchError::Client {
                detail: super::request::describe(&error.without_url()),
            })
    }
}
