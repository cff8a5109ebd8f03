//! Living environments as the pipeline sees them: their lock, what is installed in them, the pips that act on them.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::context::Context;
use super::error::PipelineError;
use super::pip_home::Newest;
use crate::environment::{
    Installed, LayerLink, Living, Recovered, SystemSite, has_journal, journal_written, recover, survey, with_path_files,
};
use crate::fs::{Lock, Locking};
use crate::pip::Pip;
use crate::report::Progress;
use crate::resolve::ResolveError;
use crate::store::PipRecord;

impl Context<'_> {
    /// What the environment's interpreter would find installed.
    ///
    /// # Errors
    /// When something is there that only pip can make sense of.
    pub(super) fn installed(&self, living: &Living) -> Result<Vec<Installed>, PipelineError> {
        let scheme = &self.facts.scheme;
        let mut sites = vec![living.folder.join(&scheme.purelib), living.folder.join(&scheme.platlib)];
        sites.extend(LayerLink::read(&living.folder).iter().flat_map(LayerLink::libraries));
        if living.system == SystemSite::Visible {
            sites.extend(self.system_sites());
        }
        self.surveyed(sites)
    }

    /// What the interpreter itself would find installed, outside of any environment.
    ///
    /// # Errors
    /// When something is there that only pip can make sense of.
    pub(super) fn installed_in_system(&self) -> Result<Vec<Installed>, PipelineError> {
        self.surveyed(self.system_sites().collect())
    }

    /// The user's own folder of modules, and those of the interpreter.
    fn system_sites(&self) -> impl Iterator<Item = PathBuf> {
        let base = self.world.variable("PYTHONUSERBASE").map(PathBuf::from);
        let base = base.or_else(|| Some(self.world.home.as_ref()?.join(".local")));
        let user = format!("lib/python{}/site-packages", self.facts.major_minor());
        let user = base.map(|base| base.join(user));
        user.into_iter().chain(self.facts.site_packages.iter().cloned())
    }

    fn surveyed(&self, sites: Vec<PathBuf>) -> Result<Vec<Installed>, PipelineError> {
        let mut folders: Vec<PathBuf> = Vec::new();
        if let Some(path) = self.world.variable("PYTHONPATH") {
            folders.extend(std::env::split_paths(path).map(|folder| self.world.current_dir.join(folder)));
        }
        folders.extend(with_path_files(sites));
        survey(&folders).map_err(|unclear| beyond(unclear.to_string()))
    }

    /// The pip whose answer counts, run by the environment's interpreter so that it sees what is installed.
    ///
    /// # Errors
    /// When its tree is missing and cannot be made again.
    pub(super) fn pip_in(&self, living: &Living, record: &PipRecord, installed: &[Installed]) -> Result<Pip, PipelineError> {
        self.pip_by(living.python(), record, installed)
    }

    /// The same, run by any interpreter.
    ///
    /// # Errors
    /// When its tree is missing and cannot be made again.
    pub(super) fn pip_by(&self, python: PathBuf, record: &PipRecord, installed: &[Installed]) -> Result<Pip, PipelineError> {
        let own = installed.iter().find(|one| one.name == "pip");
        let program = if own.is_some_and(|own| own.version == record.version) {
            vec!["-m".into(), "pip".into()]
        } else {
            let tree = self
                .store
                .ensure_tree(&record.preimage, record.distribution, record.content)?;
            // It writes no bytecode into the store.
            vec![
                "-B".into(),
                tree.join(&self.facts.scheme.purelib).join("pip").into_os_string(),
            ]
        };
        Ok(Pip {
            python,
            program,
            version: record.version.clone(),
            variables: Vec::new(),
        })
    }

    /// The store's pip, run by the environment's interpreter: for environments that have none.
    ///
    /// # Errors
    /// When there is none.
    pub fn foreign_pip(&self, living: &Living) -> Result<Pip, PipelineError> {
        let record = self.provide_pip(Newest::Known)?;
        self.pip_in(living, &record, &[])
    }
}

/// Undoes what a killed process has begun in an environment, before anything else looks at it.
///
/// # Errors
/// When it cannot be undone.
pub fn settle(living: &Living, progress: &dyn Progress) -> Result<(), PipelineError> {
    if has_journal(&living.folder) {
        let _lock = lock(living, progress)?;
        undo_killed(living, progress)?;
    }
    Ok(())
}

/// The lock on an environment; another holder is waited for.
///
/// # Errors
/// When the folder cannot be opened, or was replaced meanwhile: what is known of the environment need not hold any more.
pub(super) fn lock(living: &Living, progress: &dyn Progress) -> Result<Option<Lock>, PipelineError> {
    let wait = || progress.step("waiting for another process that is installing here");
    let identity = || {
        std::fs::metadata(living.folder.join("pyvenv.cfg"))
            .map(|found| (found.dev(), found.ino()))
            .ok()
    };
    let before = identity();
    let lock = Lock::on_folder(&living.folder, wait)?;
    if identity() != before {
        return Err(beyond("another process has just replaced the environment".to_owned()));
    }
    Ok(lock)
}

/// Without locks, a journal that is younger than this is taken for that of a living process: none needs it for so long.
const AT_WORK: Duration = Duration::from_hours(1);

/// The same, for the holder of the lock.
///
/// # Errors
/// When it cannot be undone, or, without locks, somebody may be installing there.
pub(super) fn undo_killed(living: &Living, progress: &dyn Progress) -> Result<(), PipelineError> {
    if Locking::of_process() != Locking::Used {
        let age = journal_written(&living.folder).map(|written| written.elapsed().unwrap_or_default());
        if age.is_some_and(|age| age < AT_WORK) {
            return Err(PipelineError::Installing(living.folder.clone()));
        }
    }
    let rest = match recover(&living.folder)? {
        Recovered::Nothing => return Ok(()),
        Recovered::Undone => "what it had begun is undone",
        Recovered::Finished => "what it had left to do is done",
    };
    let folder = living.folder.display();
    progress.warn(&format!("an installation into {folder} had been killed; {rest}"));
    Ok(())
}

/// Whether an environment has a pip of its own, or one in its layer.
pub fn own_pip(environment: &Path) -> bool {
    let has_pip = |library: &Path| library.join("pip/__main__.py").is_file();
    let entries = std::fs::read_dir(environment.join("lib")).into_iter().flatten();
    let mut own = entries.filter_map(Result::ok).map(|entry| entry.path().join("site-packages"));
    own.any(|library| has_pip(&library))
        || LayerLink::read(environment).is_some_and(|link| link.libraries().any(|library| has_pip(&library)))
}

/// What only pip can do.
pub(super) fn beyond(reason: String) -> PipelineError {
    ResolveError::Beyond(reason).into()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;
    use crate::report::Silent;

    #[test]
    fn an_environment_that_was_replaced_meanwhile_is_another_one() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("env");
        let make = |folder: &Path| {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(folder.join("pyvenv.cfg"), "").unwrap();
        };
        make(&folder);
        let living = Living {
            folder: folder.clone(),
            system: SystemSite::Hidden,
        };
        assert!(lock(&living, &Silent).is_ok());
        let held = Lock::if_free(&folder).unwrap();
        let (told, waits) = channel();
        let second = thread::spawn(move || {
            told.send(()).unwrap();
            lock(&living, &Silent).is_err()
        });
        waits.recv_timeout(Duration::from_secs(20)).unwrap();
        thread::sleep(Duration::from_millis(200));
        std::fs::rename(&folder, parent.path().join("old")).unwrap();
        make(&folder);
        drop(held);
        assert!(second.join().unwrap());
    }
}
