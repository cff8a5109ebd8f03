//! The preimage of a page's key.

use serde::Serialize;

use super::preimage::{PageKey, Preimage};

/// Which page of an index, and who asks: two users with different rights must not share an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PagePreimage {
    /// The URL that is asked, without userinfo and fragment.
    pub url: String,
    /// The user's name; empty for nobody.
    pub identity: String,
}

impl Preimage for PagePreimage {
    type Key = PageKey;
    const KIND: &'static str = "page";
    const FORMAT: u32 = 1;
}
