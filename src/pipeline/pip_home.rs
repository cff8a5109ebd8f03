//! The pip that snapenv provides for itself, and an environment for it to run in.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use super::context::Context;
use super::error::PipelineError;
use super::index_variables::index_variables;
use super::newest_pip::NewestPip;
use super::provided_pip::{PipWheel, ProvidedPip};
use crate::build::{BuildError, Preparer, Target};
use crate::environment::snapshot::Member;
use crate::environment::{Seed, Skeleton, SystemSite};
use crate::fs::Context as _;
use crate::key::Sha256;
use crate::pip::{Finished, Pip};
use crate::report::Phase;
use crate::requirements::Search;
use crate::settings::Freshness;
use crate::store::{ArtifactKind, DistributionRecord, PipRecord, SourceRecord, Staging, StoreError};
use crate::wheel::Filename;

/// How long a pip is taken for the newest without asking, in seconds.
const DAY: u64 = 86_400;

/// When an index is asked for a newer pip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Newest {
    /// Only if none is known.
    Known,
    /// If it was not asked today: the request goes to the index anyway.
    Today,
}

/// An environment with nothing but pip, for running it.
pub(super) struct PipHome {
    /// Removed with it.
    _staging: Staging,
    /// The pip in it.
    pub(super) pip: Pip,
}

impl Context<'_> {
    /// The pip for this interpreter: the newest that supports it, from the store, the index, or the interpreter itself.
    ///
    /// # Errors
    /// When there is none anywhere, or it cannot be made.
    pub(super) fn provide_pip(&self, newest: Newest) -> Result<PipRecord, PipelineError> {
        self.made_pip(&self.pip_at_hand(newest)?)
    }

    /// The same, which may still have to be [made](Context::made_pip).
    ///
    /// # Errors
    /// When there is none anywhere.
    pub(super) fn pip_at_hand(&self, newest: Newest) -> Result<ProvidedPip, PipelineError> {
        // Somebody may have pruned it meanwhile.
        let is_there = |pip: &&ProvidedPip| pip.made().is_none_or(|record| self.has_pip(record));
        if let Some(pip) = self.newest_pip.get().filter(is_there) {
            return Ok(pip.clone());
        }
        let name = self.pip_name();
        let known = self.store.pip(&name).filter(|record| self.has_pip(record));
        let asked = known.as_ref().and_then(|record| record.asked);
        let due = match self.settings.freshness {
            Freshness::Offline => false,
            Freshness::Refresh => true,
            Freshness::Ask | Freshness::MaxAge(_) => {
                newest == Newest::Today && asked.is_none_or(|asked| asked + DAY < self.world.now)
            }
        };
        match known {
            Some(record) if !due => Ok(record.into()),
            known => {
                let pip = self.ask_for_pip(known)?;
                if let Some(record) = pip.made() {
                    self.store.put_pip(&name, record)?;
                }
                // Once a run is often enough.
                let _ = self.newest_pip.set(pip.clone());
                Ok(pip)
            }
        }
    }

    /// Makes a pip that is still in its wheel, or waits for whoever is doing that.
    ///
    /// # Errors
    /// When it cannot be made, or the store cannot be written.
    pub(super) fn made_pip(&self, pip: &ProvidedPip) -> Result<PipRecord, PipelineError> {
        let record = pip.made_by(|wheel| {
            let _making = self.timeline.span(Phase::Pip);
            let record = self.keep_pip(wheel)?;
            self.store.put_pip(&self.pip_name(), &record)?;
            Ok(record)
        });
        record.cloned()
    }

    /// Does `work`, and beside it makes a pip that is still in its wheel: nobody has to wait for it who does not need its files.
    ///
    /// # Errors
    /// Those of `work`; else those of making it.
    pub(super) fn beside_making<T>(
        &self,
        pip: &ProvidedPip,
        work: impl FnOnce() -> Result<T, PipelineError>,
    ) -> Result<T, PipelineError> {
        if pip.made().is_some() {
            return work();
        }
        thread::scope(|scope| {
            let making = scope.spawn(|| self.made_pip(pip));
            let done = work();
            let made = making.join().unwrap_or_else(|panic| resume_unwind(panic));
            let done = done?;
            made?;
            Ok(done)
        })
    }

    fn has_pip(&self, record: &PipRecord) -> bool {
        self.store
            .ensure_tree(&record.preimage, record.distribution, record.content)
            .is_ok()
    }

    /// Asks the index, by the pip that is at hand if need be; without an answer that one is used.
    fn ask_for_pip(&self, known: Option<PipRecord>) -> Result<ProvidedPip, PipelineError> {
        let no_index = Search::from_settings(&self.settings.search).no_index;
        let asks = !no_index && self.settings.freshness != Freshness::Offline;
        let staging = self.store.staging()?;
        let at_hand = (known.as_ref(), self.facts.bundled_pip.as_deref());
        if asks {
            self.progress.step("looking for the newest pip");
            match self.newest_pip(at_hand, staging.path()) {
                Ok(NewestPip::Wheel(wheel)) => return pip_of(wheel, Some(self.world.now), staging),
                Ok(NewestPip::Known) => {
                    if let Some(record) = known {
                        let asked = Some(self.world.now);
                        return Ok(PipRecord { asked, ..record }.into());
                    }
                }
                Err(reason) => self.progress.detail(&format!("pip looks for a newer one: {reason}")),
            }
        }
        let (bootstrap, bundled) = self.bootstrap_pip(known.as_ref())?;
        let downloaded = if asks {
            self.download_pip(&bootstrap, staging.path())?
        } else {
            None
        };
        if let Some(wheel) = downloaded {
            return pip_of(wheel, Some(self.world.now), staging);
        }
        match (known, bundled) {
            (Some(record), _) => Ok(record.into()),
            (None, Some(wheel)) => pip_of(wheel, None, staging),
            (None, None) => Err(PipelineError::NoPip {
                interpreter: self.facts.executable.display().to_string(),
                reason: "it bundles none, and no index could be asked".to_owned(),
            }),
        }
    }

    /// A pip to begin with, and the bundled wheel if there is one.
    fn bootstrap_pip(&self, known: Option<&PipRecord>) -> Result<(Pip, Option<PathBuf>), PipelineError> {
        let python = self.facts.executable.clone();
        let of_wheel = |wheel: &Path| vec![OsString::from("-I"), wheel.join("pip").into_os_string()];
        let bundled = self.facts.bundled_pip.clone();
        let program = match (known, &bundled, &self.facts.own_pip) {
            (Some(record), ..) => {
                let tree = self
                    .store
                    .ensure_tree(&record.preimage, record.distribution, record.content)?;
                of_wheel(&tree.join(&self.facts.scheme.purelib))
            }
            (None, Some(wheel), _) => of_wheel(wheel),
            (None, None, Some(_)) => ["-m", "pip"].map(OsString::from).to_vec(),
            (None, None, None) => {
                return Err(PipelineError::NoPip {
                    interpreter: self.facts.executable.display().to_string(),
                    reason: "it has neither ensurepip nor a pip of its own".to_owned(),
                });
            }
        };
        // A pip that only a find-links place of this command offers is not to become the pip of the store.
        let mut search = Search::from_settings(&self.settings.search);
        search.find_links.clear();
        let pip = Pip {
            python,
            program,
            version: String::new(),
            variables: index_variables(&search, &BTreeMap::new()),
        };
        Ok((pip, bundled))
    }

    fn download_pip(&self, pip: &Pip, into: &Path) -> Result<Option<PathBuf>, PipelineError> {
        let mut arguments: Vec<OsString> = ["download", "--no-deps", "--no-input", "--only-binary", ":all:", "--dest"]
            .map(OsString::from)
            .to_vec();
        arguments.push(into.into());
        // Without an answer the pip at hand serves: nobody has to wait long for that.
        arguments.extend(self.settings.network_arguments());
        arguments.extend(["--retries", "1"].map(OsString::from));
        arguments.push("pip".into());
        let Finished { code, output } = pip.run(&arguments, &self.world.current_dir, self.progress)?;
        if code != 0 {
            let last = output.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
            self.progress.detail(&format!("no newer pip: {last}"));
            return Ok(None);
        }
        let entries = std::fs::read_dir(into).context("read folder", into)?;
        let mut files = entries.filter_map(Result::ok).map(|entry| entry.path());
        Ok(files.find(|path| path.extension().is_some_and(|extension| extension == "whl")))
    }

    fn keep_pip(&self, wheel: &PipWheel) -> Result<PipRecord, PipelineError> {
        let PipWheel { version, path, asked } = wheel;
        let content = std::fs::read(path).context("read", path)?;
        let sha256 = Sha256::of(&content);
        let file_name = name_of(path);
        let target = Target {
            facts: self.facts,
            bytecode: self.settings.bytecode,
        };
        let preimage = target.preimage(("pip", version), (ArtifactKind::Wheel, &file_name, sha256), None)?;
        let source = SourceRecord {
            file_name,
            url: String::new(),
            sha256,
            built: false,
            native: None,
        };
        let preparer = Preparer::new(self.store, target, self.world.cores());
        let record = preparer.prepare(path, preimage, source, || ())?;
        Ok(PipRecord {
            version: version.clone(),
            distribution: record.key,
            preimage: record.preimage,
            content: record.content,
            asked: *asked,
        })
    }

    /// The seed as a distribution of the store.
    ///
    /// # Errors
    /// When its archive has vanished from the store, or is damaged.
    pub(super) fn seed(&self, pip: &PipRecord) -> Result<DistributionRecord, PipelineError> {
        if let Some(record) = self.store.distribution(&pip.preimage) {
            self.store.note_distribution(record.key, &pip.preimage, self.world.now);
            return Ok(record);
        }
        // Forgotten, it is provided anew the next time somebody asks.
        self.store.forget_pip(&self.pip_name())?;
        let path = self.store.home().archive(pip.distribution, &pip.preimage);
        Err(StoreError::Missing { path }.into())
    }

    /// An environment with nothing but pip in it: what pip sees there is what it would see in a new environment.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn pip_home(&self, record: &PipRecord, system: SystemSite) -> Result<PipHome, PipelineError> {
        let staging = self.store.staging()?;
        let folder = staging.join("pip");
        std::fs::create_dir(&folder).context("create folder", &folder)?;
        let skeleton = Skeleton {
            facts: self.facts,
            destination: &folder,
            prompt: None,
            system_site_packages: system,
            seed: Seed::Pip,
        };
        skeleton.write(&folder)?;
        let seed = self.seed(record)?;
        let snapshot = self.compose(&[Member {
            record: &seed,
            requested: false,
            direct_url: None,
        }])?;
        let python = folder.join(&self.facts.scheme.scripts).join("python");
        self.assemble(&snapshot, &folder, &python)?;
        let script = folder.join(&self.facts.scheme.scripts).join("pip");
        Ok(PipHome {
            _staging: staging,
            pip: Pip {
                python,
                program: vec![script.into()],
                version: record.version.clone(),
                variables: Vec::new(),
            },
        })
    }
}

/// A pip whose wheel is there; it is in `staging` unless it is the interpreter's.
fn pip_of(path: PathBuf, asked: Option<u64>, staging: Staging) -> Result<ProvidedPip, PipelineError> {
    let filename = name_of(&path).parse::<Filename>().map_err(BuildError::from)?;
    let version = filename.version.to_string();
    Ok(ProvidedPip::of_wheel(PipWheel { version, path, asked }, staging))
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
