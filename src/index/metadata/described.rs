//! What came of asking.

use std::sync::Arc;

use tempfile::TempPath;

use crate::wheel::Metadata;

/// What a wheel says of itself.
#[derive(Debug)]
pub struct Described {
    /// The fields of METADATA. Nobody has compared them with the wheel's file name: pip demands that project and version agree.
    pub metadata: Arc<Metadata>,
    /// How they were had.
    pub means: Means,
    /// The wheel, its digests checked, where it had to be fetched as a whole; removed when this is dropped.
    pub wheel: Option<TempPath>,
}

/// How METADATA was had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// From an earlier run.
    Kept,
    /// From the file beside the wheel: once the wheel is there, pip holds this against it.
    Beside,
    /// From a part of the wheel, which as a whole was not checked.
    Part,
    /// From the whole wheel.
    Whole,
}
