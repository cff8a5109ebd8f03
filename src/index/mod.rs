//! Asking indexes and fetching from them: pages, metadata, credentials, proxies, certificates, transfers.
//!
//! # Who we are to a host
//! [`Credentials`] answers with pip's rule (`pip._internal.network.auth`): the URL's own userinfo, that of the index URL nearest
//! to it, netrc, and last whatever else was given for the same host; the `keyring` program, if one was named, when a server asks. Where
//! pip's own keyring or a prompt might know more, [`FetchError::NeedsPip`] says so and real pip takes over, as it does for TLS set-ups
//! and proxies that we cannot satisfy.
//!
//! # Secrets
//! URLs with userinfo stay inside this module's types. Whatever is shown, `Debug` included, goes through [`RedactedUrl`].
//!
//! # Cost
//! The HTTP client and the CA certificates are only made when the first URL needs the network; `file:` URLs and paths never do.

mod artifact;
mod client;
mod connections;
mod credentials;
mod error;
mod exchange;
mod fetcher;
mod hashes;
mod keyring;
mod memo;
pub mod metadata;
mod names;
mod netrc;
mod network;
mod proxies;
mod redacted;
mod request;
mod retry;
pub mod simple;
mod tls;
mod transfer;
mod ways;

#[cfg(test)]
mod test_server;

pub use artifact::{Artifact, Body, Download, Fetched};
pub use connections::Connections;
pub use credentials::{Credentials, Identity};
pub use error::{FetchError, PipReason};
pub use fetcher::Fetcher;
pub use hashes::{Hashes, Mismatch};
pub use memo::Memo;
pub use netrc::Netrc;
pub use network::{Certificates, Network, NetworkOptions, TrustedHost};
pub use proxies::Proxies;
pub use redacted::{RedactedUrl, redact};
