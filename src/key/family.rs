//! The preimage of family keys.

use std::collections::BTreeMap;

use serde::Serialize;

use super::preimage::{FamilyKey, Preimage};
use super::{IndexPreimage, InterpreterPreimage, RequestPreimage};

/// What near requests have in common: they ask the same indexes for the same interpreter, with the same options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FamilyPreimage<'a> {
    /// Where candidates come from.
    pub index: &'a IndexPreimage,
    /// pip options that can change the answer.
    pub options: &'a BTreeMap<String, Vec<String>>,
    /// The interpreter.
    pub interpreter: &'a InterpreterPreimage,
}

impl<'a> From<&'a RequestPreimage> for FamilyPreimage<'a> {
    fn from(request: &'a RequestPreimage) -> Self {
        Self {
            index: &request.index,
            options: &request.options,
            interpreter: &request.interpreter,
        }
    }
}

impl Preimage for FamilyPreimage<'_> {
    type Key = FamilyKey;
    const KIND: &'static str = "family";
    const FORMAT: u32 = 1;
}
