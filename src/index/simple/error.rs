//! What can be wrong with pages.

use crate::index::{FetchError, RedactedUrl};

/// What is offered cannot be told: pip may fail as well, or know more.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PagesError {
    /// A page could not be fetched, in a way that pip would not pass over, or would not meet.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A page could not be read, over which pip would stumble, too.
    #[error("cannot read the page {url}: {error}")]
    Page {
        /// The page.
        url: RedactedUrl,
        /// What is wrong with it.
        error: PageError,
    },
    /// Nobody may be asked, and the page was never kept.
    #[error("{url} was never looked at, and this run is offline")]
    Offline {
        /// The page.
        url: RedactedUrl,
    },
}

impl PagesError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Fetch(error) => error.hint(),
            Self::Page { .. } => {
                Some("tell whoever runs the index; `--resolver pip` asks pip what it makes of the page".to_owned())
            }
            Self::Offline { .. } => Some("run once without --offline, so that the page is kept".to_owned()),
        }
    }
}

/// A page whose links cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// It is neither a page in JSON nor in HTML; pip passes over it.
    #[error("it is of type '{0}', and no page of the simple repository API")]
    Type(String),
    /// It is not in the encoding that it says.
    #[error("it cannot be read as {0}")]
    Encoding(String),
    /// It is no JSON, or has other values than the standard says.
    #[error("its JSON does not follow PEP 691: {0}")]
    Json(String),
    /// Its `<base>` is no absolute URL.
    #[error("its <base> is no absolute URL: {0:?}")]
    Base(String),
    /// A link's `#egg=` is no project name.
    #[error("a link's egg fragment is no project name: {0:?}")]
    Egg(String),
}
