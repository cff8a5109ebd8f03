//! What is offered for a project by all places together.

use std::fmt;
use std::sync::Arc;

use super::{Listing, PageError};
use crate::index::{FetchError, PipReason, redact};

/// Everything that is offered for a project, and who did not answer.
#[derive(Debug, Clone, Default)]
pub struct Offered {
    /// In pip's order of looking: files, then find-links pages, then indexes; [`Listing::order`] counts them.
    pub listings: Vec<Arc<Listing>>,
    /// The places that pip passes over, in their order.
    pub passed_over: Vec<PassedOver>,
}

/// A place that offers nothing because something is wrong with it.
#[derive(Debug, Clone)]
pub struct PassedOver {
    /// Its URL, or the text that was given, without secrets.
    pub place: String,
    /// Why.
    pub reason: Reason,
}

/// Why pip goes on without a place.
#[derive(Debug, Clone)]
pub enum Reason {
    /// It could not be had: no such page, a server in trouble, no connection.
    Fetch(FetchError),
    /// It is no page; pip warns of this one.
    Page(PageError),
    /// It is reached without TLS and not trusted (`--trusted-host`); pip warns of this one.
    Insecure,
    /// It is neither a path that exists nor a URL that can be looked at; pip warns of this one.
    Unusable,
    /// When it was looked at last, there was no such page (with this HTTP status).
    WasAbsent(u16),
}

impl PassedOver {
    pub(super) fn new(place: &str, reason: Reason) -> Self {
        let place = redact(place);
        Self { place, reason }
    }

    /// Whether the place says that it does not know the project, which is no trouble.
    pub fn is_absent(&self) -> bool {
        matches!(
            self.reason,
            Reason::WasAbsent(_) | Reason::Fetch(FetchError::Status { status: 404 | 410, .. })
        )
    }

    /// The HTTP status with which the place refuses whoever we are, if it does.
    pub fn refusal(&self) -> Option<u16> {
        match self.reason {
            Reason::Fetch(
                FetchError::Status {
                    status: status @ (401 | 403),
                    ..
                }
                | FetchError::NeedsPip {
                    reason: PipReason::Credentials(status),
                    ..
                },
            ) => Some(status),
            _ => None,
        }
    }

    /// Whether the place would probably have had something else to say at another time.
    pub fn is_trouble(&self) -> bool {
        match &self.reason {
            Reason::Fetch(FetchError::Status { status, .. }) => !(400..500).contains(status) || matches!(status, 408 | 425 | 429),
            Reason::Fetch(FetchError::Connection { .. }) => true,
            Reason::Fetch(_) | Reason::Page(_) | Reason::Insecure | Reason::Unusable | Reason::WasAbsent(_) => false,
        }
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        match &self.reason {
            Reason::Fetch(FetchError::NeedsPip { reason, .. }) => {
                write!(formatter, "Could not fetch URL {place}: {reason} - skipping")
            }
            Reason::Fetch(error) => write!(formatter, "Could not fetch URL {place}: {error} - skipping"),
            Reason::Page(error) => write!(formatter, "Skipping page {place}: {error}"),
            Reason::Insecure => write!(
                formatter,
                "The repository located at {place} is not a trusted or secure host and is being ignored. If this repository is available \
                 via HTTPS we recommend you use HTTPS instead, otherwise you may silence this warning and allow it anyway with \
                 '--trusted-host'."
            ),
            Reason::Unusable => write!(
                formatter,
                "Location '{place}' is ignored: it is either a non-existing path or lacks a specific scheme."
            ),
            Reason::WasAbsent(status) => write!(formatter, "Could not fetch URL {place}: HTTP error {status} - skipping"),
        }
    }
}
