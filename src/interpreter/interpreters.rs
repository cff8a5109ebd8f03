//! The interpreters of this machine, each asked about itself at most once.

use std::fs;
use std::path::Path;

use super::answer::Answer;
use super::cache::{FactsCache, InterpreterKey, Loaded};
use super::locate::others;
use super::probe::{PATIENCE, run};
use super::search::is_executable;
use super::{Facts, Host, InterpreterError, PythonRequest, Search, locate};
use crate::report::Progress;

/// Answers questions about interpreters: from the cache, or by starting them once.
///
/// # Performance
/// A known interpreter costs a `realpath`, one small file and about ten `stat` calls: some 50 µs.
pub struct Interpreters<'a> {
    /// Facts of earlier runs.
    pub cache: &'a FactsCache,
    /// The machine as it is now.
    pub host: &'a Host,
    /// Hears of interpreters being started.
    pub progress: &'a dyn Progress,
}

impl Interpreters<'_> {
    /// Finds the interpreter that is meant and describes it.
    ///
    /// Names do not tell everything: where the one that [`locate`] finds for a version turns out to be another, or none is found, the
    /// rest of `PATH` is asked.
    ///
    /// # Errors
    /// None is found, the one found cannot be used, or it is of another version than was asked for.
    pub fn find(&self, request: &PythonRequest, search: &Search) -> Result<Facts, InterpreterError> {
        let first = locate(request, search).and_then(|executable| {
            let facts = self.facts(&executable)?;
            request.check(&facts)?;
            Ok(facts)
        });
        first.or_else(|error| {
            others(request, search)
                .filter_map(|executable| self.facts(&executable).ok())
                .find(|facts| request.check(facts).is_ok())
                .ok_or(error)
        })
    }

    /// Describes a base interpreter, given by its absolute path.
    ///
    /// # Errors
    /// The executable does not exist, does not run, is no Python or is older than 3.8.
    pub fn facts(&self, executable: &Path) -> Result<Facts, InterpreterError> {
        let not_utf8 = |path: &Path| InterpreterError::NotUtf8(path.to_owned());
        executable.to_str().ok_or_else(|| not_utf8(executable))?;
        let real = fs::canonicalize(executable).map_err(|_| InterpreterError::Missing(executable.to_owned()))?;
        real.to_str().ok_or_else(|| not_utf8(&real))?;
        if !is_executable(&real) {
            return Err(InterpreterError::NotExecutable(executable.to_owned()));
        }
        // Taken before the probe: an upgrade meanwhile makes a record that nobody finds, not a wrong one.
        let key = InterpreterKey::new(executable, &real, self.host).map_err(|source| InterpreterError::Read {
            path: real.clone(),
            source,
        })?;
        let facts = match self.cache.load(&key, self.host) {
            Loaded::Known(facts) => *facts,
            Loaded::Unknown => self.probe(executable, &real, &key)?,
            Loaded::Damaged(record) => {
                self.progress.warn(&format!(
                    "{} was damaged in the store; {} is asked about itself again",
                    record.display(),
                    executable.display()
                ));
                self.probe(executable, &real, &key)?
            }
        };
        Ok(self.up_to_date(facts))
    }

    fn probe(&self, executable: &Path, real: &Path, key: &InterpreterKey<'_>) -> Result<Facts, InterpreterError> {
        self.progress.detail(&format!("asking {} about itself", executable.display()));
        let output = run(executable, PATIENCE)?;
        let probed = Answer::read(&output, executable)?
            .into_probed(self.host)
            .map_err(|source| InterpreterError::BadAnswer {
                path: executable.to_owned(),
                source,
            })?;
        let facts = probed.facts.clone();
        // A launcher (asdf, mise, python-exec) may start another interpreter tomorrow, so its answer is not kept.
        if fs::canonicalize(&facts.executable).is_ok_and(|started| started == real)
            && let Err(error) = self.cache.store(key, probed, self.host)
        {
            self.progress
                .detail(&format!("facts about {} are not kept: {error}", executable.display()));
        }
        Ok(facts)
    }

    /// Replaces what belongs to the machine rather than to the interpreter.
    fn up_to_date(&self, mut facts: Facts) -> Facts {
        facts.os_release.clone_from(&self.host.os_release);
        let markers = &mut facts.markers;
        markers.insert("platform_release".to_owned(), self.host.release.clone());
        markers.insert("platform_version".to_owned(), self.host.version.clone());
        facts
    }
}

#[cfg(test)]
mod tests;
