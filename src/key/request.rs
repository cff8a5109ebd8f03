//! The preimages of request and pin keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::preimage::{PinKey, Preimage, RequestKey};
use super::{BytecodeMode, InterpreterPreimage, Sha256};

/// What was asked: all that can change the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestPreimage {
    /// In the order given.
    pub requirements: Vec<RequirementPreimage>,
    /// In the order given.
    pub constraints: Vec<RequirementPreimage>,
    /// Where candidates come from.
    pub index: IndexPreimage,
    /// pip options that can change the answer, normalized: name and values.
    pub options: BTreeMap<String, Vec<String>>,
    /// Local wheels and sdists.
    pub local: Vec<LocalInput>,
    /// The interpreter.
    pub interpreter: InterpreterPreimage,
    /// Volatile marker variables that the request itself names.
    pub volatile: BTreeMap<String, String>,
    /// Version of the pip whose answer it is.
    pub pip: String,
    /// What the environment already sees.
    pub visible: Vec<VisibleDistribution>,
    /// Bytecode.
    pub bytecode: BytecodeMode,
}

impl Preimage for RequestPreimage {
    type Key = RequestKey;
    const KIND: &'static str = "request";
    const FORMAT: u32 = 1;
}

/// One requirement or constraint in normalized form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementPreimage {
    /// Canonical text, without credentials.
    pub requirement: String,
    /// Sorted `algorithm:digest`.
    pub hashes: Vec<String>,
    /// Sorted `key=value` config settings.
    pub settings: Vec<String>,
}

/// Where candidates come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexPreimage {
    /// The index URL and then the extra ones.
    pub indexes: Vec<IndexUrl>,
    /// Find-links pages and folders.
    pub find_links: Vec<IndexUrl>,
    /// `--no-index`.
    pub no_index: bool,
}

/// An index or find-links place without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexUrl {
    /// URL without userinfo, or a folder.
    pub url: String,
    /// Who is asking there; empty for nobody in particular.
    pub identity: String,
    /// Digest of what a folder holds (names, sizes, times); empty for URLs.
    pub content: String,
}

/// A local wheel or sdist that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalInput {
    /// As in `requirements`.
    pub path: String,
    /// Its content.
    pub sha256: Sha256,
}

/// A distribution that the environment sees before anything is installed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VisibleDistribution {
    /// Normalized project name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Digest of its METADATA; empty for the seed, whose content its version stands for.
    pub metadata: String,
}

/// The question that an `==` pin asks of one index configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinPreimage {
    /// Normalized project name.
    pub name: String,
    /// The pinned version, normalized.
    pub version: String,
    /// Where candidates come from.
    pub index: IndexPreimage,
    /// pip options that can change the answer.
    pub options: BTreeMap<String, Vec<String>>,
    /// Sorted `algorithm:digest` that the artifact has to match one of.
    pub hashes: Vec<String>,
    /// Sorted `key=value` config settings.
    pub settings: Vec<String>,
    /// The interpreter.
    pub interpreter: InterpreterPreimage,
    /// Version of the pip whose answer it is.
    pub pip: String,
    /// Bytecode.
    pub bytecode: BytecodeMode,
}

impl Preimage for PinPreimage {
    type Key = PinKey;
    const KIND: &'static str = "pin";
    const FORMAT: u32 = 1;
}
