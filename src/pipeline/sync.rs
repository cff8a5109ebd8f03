//! An environment at a stable place: made only when it is not the one that is wanted.

use std::path::Path;
use std::time::{Duration, Instant};

use super::context::Context;
use super::error::PipelineError;
use super::hit::Hit;
use super::pip_home::Newest;
use super::proof::{Standing, Verifier};
use super::source::{Traced, known_ones};
use super::venv::{Made, Wish};
use crate::environment::proof::{Depth, Kept, Proof};
use crate::environment::{LayerLink, Living};
use crate::fs::{Form, Means};
use crate::key::key_of;
use crate::report::{Deed, Phase, Summary};

/// What became of a place.
#[derive(Debug, Clone)]
pub enum Synced {
    /// It has what is wanted.
    Unchanged(Box<Made>),
    /// It has now.
    Made(Box<Made>),
}

impl Synced {
    /// What was done, and found.
    pub fn made(&self) -> &Made {
        match self {
            Self::Unchanged(made) | Self::Made(made) => made,
        }
    }
}

impl Context<'_> {
    /// Makes the environment, unless the one that is there was made for the same answer and a quick look finds nothing changed in it.
    ///
    /// # Errors
    /// When it cannot be made; the place is as it was then.
    pub fn sync(&self, wish: &Wish, began: Instant) -> Result<Synced, PipelineError> {
        match self.unchanged_place(wish, began) {
            Ok(made) => return Ok(Synced::Unchanged(Box::new(made))),
            Err(reason) => self.progress.detail(&format!("{} is made: {reason}", wish.folder.display())),
        }
        Ok(Synced::Made(Box::new(self.venv(wish, began)?)))
    }

    /// What is there, if that is what is wanted; else why it is not. Whatever goes wrong here is said by whoever makes the environment.
    fn unchanged_place(&self, wish: &Wish, began: Instant) -> Result<Made, String> {
        let folder = self.world.current_dir.join(&wish.folder);
        let proof = match Proof::read(&folder) {
            Ok(Kept::Intact(proof)) => proof,
            Ok(Kept::Edited(_) | Kept::Nothing) => return Err("it has no proof of what it is".to_owned()),
            Err(error) => return Err(error.to_string()),
        };
        let looking = self.timeline.span(Phase::Lookup);
        if self.settings.hands_over.is_some() {
            return Err("pip is to make it".to_owned());
        }
        let pip = self.pip_at_hand(Newest::Known).map_err(|error| error.to_string())?;
        let requirements = self.requirements().map_err(|error| error.to_string())?;
        let question = self
            .question(requirements, pip.version(), self.visible(wish, &pip))
            .map_err(|error| error.to_string())?;
        drop(looking);
        let Hit { answer, snapshot, .. } = match self.look_up(&question) {
            Ok(hit) => hit,
            Err(reason) => {
                let _asking = self.timeline.span(Phase::Revalidate);
                self.look_again(&question).unwrap_or(Err(reason))?
            }
        };
        let is_same = matches!(proof.snapshots.as_slice(), [one] if one.key == snapshot.header.key) && proof.recorded.is_empty();
        if !is_same {
            return Err("it was made for another answer".to_owned());
        }
        let layered = LayerLink::read(&folder).is_some();
        if layered != (self.settings.form == Form::Layered)
            || Living::open(&folder).is_none_or(|living| living.system != wish.system)
        {
            return Err("it was made in another form".to_owned());
        }
        if proof.path != folder.to_string_lossy() || proof.prompt != wish.prompt {
            return Err("it was made for another place".to_owned());
        }
        self.looks_whole(&folder)?;
        Ok(Made {
            summary: Summary {
                deed: Deed::Assembled,
                environment: wish.folder.display().to_string(),
                distributions: known_ones(&snapshot),
                hits: known_ones(&snapshot).len(),
                misses: 0,
                files: snapshot.header.files,
                bytes: snapshot.header.bytes,
                fetched: 0,
                elapsed: began.elapsed(),
                cost: Duration::from_millis(snapshot.header.milliseconds),
                means: if layered {
                    Means::Layer
                } else {
                    Means::Links(self.settings.form.link_mode())
                },
                answer,
            },
            spare: None,
            traced: Traced {
                request: Some(key_of(&question.preimage)),
                missed: None,
            },
        })
    }

    fn looks_whole(&self, folder: &Path) -> Result<(), String> {
        let _looking = self.timeline.span(Phase::Verify);
        let verifier = Verifier {
            store: self.store,
            facts: Some(self.facts),
            depth: Depth::Quick,
        };
        let verdict = verifier.verify(folder).map_err(|error| error.to_string())?;
        match verdict.standing() {
            Standing::Whole => Ok(()),
            Standing::Changed | Standing::Unsure => Err(verdict.to_string()),
        }
    }
}
