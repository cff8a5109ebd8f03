//! What can go wrong while fetching.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Mismatch, RedactedUrl};
use crate::fs::hint_of;

/// A fetch that failed; every URL in it is redacted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FetchError {
    /// We cannot fetch this; real pip may be able to.
    #[error("{url} is left to pip: {reason}")]
    NeedsPip {
        /// What was to be fetched.
        url: RedactedUrl,
        /// Why pip is asked.
        reason: PipReason,
    },
    /// The content is not what the requirements or the index promise.
    #[error(
        "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please \
         update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with them.\n    \
         {artifact} from {url}:\n{mismatch}"
    )]
    Hash {
        /// File name of the artifact.
        artifact: String,
        /// Where it came from.
        url: RedactedUrl,
        /// Expected and actual digests.
        mismatch: Mismatch,
    },
    /// The content has another length than the index says.
    #[error("{artifact} from {url} should have {expected} bytes and has {got}")]
    Size {
        /// File name of the artifact.
        artifact: String,
        /// Where it came from.
        url: RedactedUrl,
        /// Size that the index declares.
        expected: u64,
        /// Bytes that came; the transfer is cut when there are more than expected.
        got: u64,
    },
    /// A file that was to be read into memory is longer than is sensible.
    #[error("{url} has more than {limit} bytes")]
    TooLarge {
        /// What was to be read.
        url: RedactedUrl,
        /// The limit in bytes.
        limit: u64,
    },
    /// The server refused.
    #[error("HTTP error {status} while getting {url}")]
    Status {
        /// What was to be fetched.
        url: RedactedUrl,
        /// HTTP status code.
        status: u16,
    },
    /// The server could not be reached, or the transfer broke off, more often than is retried.
    #[error("could not get {url}: {detail}")]
    Connection {
        /// What was to be fetched.
        url: RedactedUrl,
        /// What happened, without URLs.
        detail: String,
    },
    /// A redirect that is not followed.
    #[error("{from} redirects to {to}: {reason}")]
    Redirect {
        /// Who redirects.
        from: RedactedUrl,
        /// Where to.
        to: RedactedUrl,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// A certificate file or folder cannot be used.
    #[error("could not use the TLS certificates in '{}': {detail}", path.display())]
    Certificates {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A proxy setting is no URL, or the HTTP client could not be made for another reason.
    #[error("could not set up the HTTP client: {detail}")]
    Client {
        /// What is wrong.
        detail: String,
    },
    /// A URL of a scheme that nothing here fetches.
    #[error("{url} is neither http, https nor a local file")]
    Scheme {
        /// The URL.
        url: RedactedUrl,
    },
    /// A local file could not be read.
    #[error("could not read '{}'", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// The destination could not be written.
    #[error("could not write '{}'", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// Another artifact of the same batch failed first.
    #[error("not fetched, because another artifact failed")]
    Stopped,
}

/// Why real pip is asked to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PipReason {
    /// Credentials are wanted; a keyring may have them. Holds the HTTP status.
    Credentials(u16),
    /// The TLS handshake failed; pip's TLS library may be configured otherwise. Holds the reason.
    Tls(String),
    /// The proxy wants an authentication that we do not offer.
    Proxy,
    /// The only digests known are of an algorithm that we lack.
    Hash(String),
}

impl fmt::Display for PipReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credentials(status) => {
                write!(formatter, "the server asks for other credentials (HTTP {status})")
            }
            Self::Tls(detail) => write!(formatter, "TLS failed ({detail})"),
            Self::Proxy => formatter.write_str("the proxy asks for authentication"),
            Self::Hash(algorithm) => write!(formatter, "it can only be checked by its {algorithm} digest"),
        }
    }
}

impl FetchError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NeedsPip { reason, .. } => match reason {
                PipReason::Credentials(_) => Some("give credentials in the index URL or in netrc".to_owned()),
                PipReason::Tls(_) => Some("name the CA bundle with --cert or PIP_CERT".to_owned()),
                PipReason::Proxy => Some("give user and password in the proxy URL".to_owned()),
                PipReason::Hash(_) => None,
            },
            Self::Hash { .. } => Some("if the file was republished on purpose, update its hashes".to_owned()),
            Self::Status { status: 404 | 410, .. } => {
                Some("the file may have been deleted from the index; resolve again with --refresh".to_owned())
            }
            Self::Status { status: 401 | 403, .. } => {
                Some("the credentials were refused; check those in the index URL and in netrc".to_owned())
            }
            Self::Connection { .. } => Some("check network and proxy; --timeout and --retries allow for slow ones".to_owned()),
            Self::Redirect { to, .. } => Some(format!("if {to} is right, see --trusted-host")),
            Self::Certificates { .. } => Some("correct --cert, PIP_CERT or --client-cert".to_owned()),
            Self::Client { .. } => Some("correct --proxy or the *_proxy variables".to_owned()),
            Self::Status { .. }
            | Self::Size { .. }
            | Self::TooLarge { .. }
            | Self::Scheme { .. }
            | Self::Read { .. }
            | Self::Stopped => None,
            Self::Write { source, .. } => hint_of(source),
        }
    }

    /// Whether the rest of a batch is pointless: the content is wrong or cannot be stored, not merely unreachable.
    pub(super) fn stops_batch(&self) -> bool {
        matches!(self, Self::Hash { .. } | Self::Size { .. } | Self::Write { .. })
    }
}
