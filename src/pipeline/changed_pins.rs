//! A file of pins of which a few are new: only these are asked for.

use std::collections::{BTreeMap, BTreeSet};

use pep508_rs::PackageName;
use rayon::prelude::*;

use super::context::Context;
use super::provided_pip::ProvidedPip;
use crate::resolve::{Answered, Market, Question, ask_pin, filters, tags_of};
use crate::settings::Freshness;

/// Of a file in which more is new, everything is asked for at once.
const FEW: usize = 16;

impl Context<'_> {
    /// What new pins of a request come to, by project, if all others are recorded; empty if there are none, or too many.
    pub(super) fn new_pins(&self, question: &Question, pip: &ProvidedPip) -> BTreeMap<String, Answered> {
        let (mut known, mut new) = (0, BTreeSet::new());
        for name in question.entries.iter().filter_map(|entry| entry.requirement.name()) {
            match question.pin_of(name.as_ref()) {
                Some(pin) if self.store.pin(&pin).is_some() => known += 1,
                Some(_) => {
                    new.insert(name.clone());
                }
                None => return BTreeMap::new(),
            }
        }
        if new.is_empty() || new.len() > FEW || new.len() >= known || self.settings.freshness == Freshness::Offline {
            return BTreeMap::new();
        }
        match self.ask_pins(question, pip, &new.into_iter().collect::<Vec<_>>()) {
            Ok(pins) => pins,
            Err(reason) => {
                self.progress.detail(&format!("new pins: {reason}"));
                BTreeMap::new()
            }
        }
    }

    fn ask_pins(
        &self,
        question: &Question,
        pip: &ProvidedPip,
        names: &[PackageName],
    ) -> Result<BTreeMap<String, Answered>, String> {
        self.knows_rules_of(pip).map_err(|error| error.to_string())?;
        self.progress.step("resolving");
        let tags = tags_of(&question.target, self.facts)?;
        let rules = filters(question, self.facts, &tags)?;
        let access = self.index_access(&question.search, pip).map_err(|error| error.to_string())?;
        access.with(self, |sources| {
            sources.pages.prefetch(names);
            let market = Market::new(sources, rules);
            let asked = names
                .par_iter()
                .map(|name| Ok((name.to_string(), ask_pin(question, name, &market)?)));
            asked.collect()
        })
    }
}
