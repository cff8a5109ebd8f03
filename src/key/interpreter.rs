//! The part of an interpreter that answers depend on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::interpreter::{Facts, Libc, Scheme};

/// Marker variables that change without the interpreter changing, by a kernel update for instance.
const VOLATILE: [&str; 2] = ["platform_release", "platform_version"];

/// What of an interpreter goes into request and pin keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterpreterPreimage {
    /// `cpython`, ...
    pub implementation: String,
    /// Full version.
    pub version: String,
    /// ABI tag.
    pub abi: String,
    /// SOABI.
    pub soabi: String,
    /// `linux-x86_64`, ...
    pub platform: String,
    /// The C library, which decides the manylinux and musllinux tags.
    pub libc: Libc,
    /// Bytecode magic.
    pub magic: String,
    /// Installation paths.
    pub scheme: Scheme,
    /// The marker environment but for volatile variables.
    pub markers: BTreeMap<String, String>,
}

impl InterpreterPreimage {
    /// The stable part of an interpreter's facts.
    pub fn new(facts: &Facts) -> Self {
        let mut markers = facts.markers.clone();
        markers.retain(|name, _| !Self::is_volatile(name));
        Self {
            implementation: facts.implementation.clone(),
            version: facts.full_version.clone(),
            abi: facts.abi.clone(),
            soabi: facts.soabi.clone(),
            platform: facts.platform.clone(),
            libc: facts.libc.clone(),
            magic: facts.magic.clone(),
            scheme: facts.scheme.clone(),
            markers,
        }
    }

    /// Whether a marker variable changes without the interpreter changing.
    pub fn is_volatile(variable: &str) -> bool {
        VOLATILE.contains(&variable)
    }
}
