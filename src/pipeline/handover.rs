//! What snapenv cannot do natively: real pip fills a seeded environment at its final place.

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use super::context::Context;
use super::error::PipelineError;
use super::pip_home::Newest;
use super::source::{Source, Traced, seed_member};
use super::venv::{Made, Wish, summary};
use crate::environment::snapshot::Member;
use crate::environment::{Seed, Site, installed_in};
use crate::fs::Form;
use crate::pip::Pip;
use crate::report::{AnsweredBy, Origin, Summary, Supplied};
use crate::store::PipRecord;

impl Context<'_> {
    /// pip as it acts on the environment of `python`: its own if it is seeded, else the store's.
    pub(super) fn pip_for(&self, wish: &Wish, python: &Path, record: &PipRecord) -> Result<Pip, PipelineError> {
        let program = match wish.seed {
            Seed::Pip => vec!["-m".into(), "pip".into()],
            Seed::Without => {
                let tree = self
                    .store
                    .ensure_tree(&record.preimage, record.distribution, record.content)?;
                vec![tree.join(&self.facts.scheme.purelib).join("pip").into_os_string()]
            }
        };
        Ok(Pip {
            python: python.to_owned(),
            program,
            version: record.version.clone(),
            variables: Vec::new(),
        })
    }

    /// What snapenv cannot do natively: a seeded environment, filled by real pip at its final place. It has its skeleton already.
    pub(super) fn by_pip_alone(&self, wish: &Wish, site: Site, reason: &str, began: Instant) -> Result<Made, PipelineError> {
        self.progress.step(&format!("handing over to pip: {reason}"));
        if self.settings.form == Form::Layered {
            self.progress.detail("pip fills this environment: it is flat, not layered");
        }
        let record = self.provide_pip(Newest::Known)?;
        let seed = self.seed(&record)?;
        let members: Vec<Member> = match wish.seed {
            Seed::Pip => vec![seed_member(&seed)],
            Seed::Without => Vec::new(),
        };
        let snapshot = self.compose(&members)?;
        let destination = site.destination().to_owned();
        let python = destination.join(&self.facts.scheme.scripts).join("python");
        let assembled = self.assemble(&snapshot, site.staging(), &python)?;
        Self::tried(site, || self.pass_on(&self.pip_for(wish, &python, &record)?))?;
        self.tell_exceptions(&assembled);
        let source = Source {
            snapshot,
            excerpt: None,
            by: AnsweredBy::Pip(record.version),
            filled: None,
            taken: None,
            traced: Traced {
                request: None,
                missed: Some(reason.to_owned()),
            },
            kept: None,
        };
        let distributions = self.installed_by_pip(&destination);
        Ok(Made {
            summary: Summary {
                distributions,
                ..summary(wish, &source, &assembled, began)
            },
            traced: source.traced,
            spare: None,
        })
    }

    fn installed_by_pip(&self, environment: &Path) -> Vec<Supplied> {
        let scheme = &self.facts.scheme;
        let mut libraries = vec![&scheme.purelib, &scheme.platlib];
        libraries.dedup();
        let installed = libraries
            .into_iter()
            .flat_map(|library| installed_in(&environment.join(library)));
        let supplied = installed.filter(|one| one.name != "pip").map(|one| Supplied {
            name: one.name,
            version: one.version,
            origin: Origin::Pip,
        });
        supplied.collect()
    }

    fn pass_on(&self, pip: &Pip) -> Result<(), PipelineError> {
        let mut arguments: Vec<OsString> = vec!["install".into()];
        arguments.extend(self.settings.pip_arguments.iter().cloned());
        arguments.push("--".into());
        arguments.extend(self.settings.asked.arguments.iter().map(Into::into));
        match pip.pass_on(&arguments, &self.world.current_dir)? {
            0 => Ok(()),
            code => Err(PipelineError::PipFailed(code)),
        }
    }
}
