//! What can be wrong with a page.

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
