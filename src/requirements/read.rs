//! Reading what was asked for: the command line and all files that it names, directly or through each other.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::classify::{self, Surroundings};
use super::editable;
use super::encoding;
use super::entry::{Entry, Origin};
use super::error::{ErrorKind, Excerpt, Fault, RequirementsError};
use super::include;
use super::lines::{self, Line};
use super::link::redact;
use super::options::{self, LineOptions};
use super::place::{Loader, PathKind, Place, SourceFile, Strength};
use super::requirement::{Mode, Requirement};
use super::search::{Search, SearchOption};
use super::spelling::Spelling;

/// What the command line asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Requirement arguments.
    pub arguments: &'a [String],
    /// Values of `-e`.
    pub editables: &'a [String],
    /// Values of `-r`: paths or URLs.
    pub requirement_files: &'a [String],
    /// Values of `-c`: paths or URLs.
    pub constraint_files: &'a [String],
    /// The current folder, absolute.
    pub current_dir: &'a Path,
    /// Config settings of the command line (`--config-settings`), which count for arguments and `-e` there.
    pub config_settings: &'a BTreeMap<String, Vec<String>>,
}

/// All that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirements {
    /// What is to be installed, in pip's order: arguments, `-e`, files.
    pub entries: Vec<Entry>,
    /// What restricts it, in pip's order: `-c` of the command line, then those that files include.
    pub constraints: Vec<Entry>,
    /// Options that files set, in the order read; [`Requirements::search`] folds them.
    pub options: Vec<SearchOption>,
    /// What pip would warn about.
    pub warnings: Vec<String>,
}

impl Requirements {
    /// Where and how distributions are looked for: by command line and configuration, then by what files say.
    pub fn search(&self, settings: &[SearchOption]) -> Search {
        let mut search = Search::from_settings(settings);
        for option in &self.options {
            search.apply(option);
        }
        let links = self
            .entries
            .iter()
            .chain(&self.constraints)
            .filter_map(|entry| entry.requirement.link());
        let telling = links.filter(|link| link.userinfo().is_some());
        search.direct = telling.map(|link| link.secret().to_owned()).collect();
        search
    }
}

/// Reads requirements as pip does: constraints files first, then arguments, editables and requirements files.
///
/// # Errors
/// When pip would refuse them too, or [`RequirementsError::is_unsupported`].
pub fn read(asked: &Asked<'_>, loader: &dyn Loader) -> Result<Requirements, RequirementsError> {
    let around = Surroundings {
        loader,
        current_dir: asked.current_dir,
    };
    let mut reader = Reader {
        around,
        out: Requirements::default(),
    };
    for name in asked.constraint_files {
        reader.named_file(name, Strength::Constraint)?;
    }
    for text in asked.arguments.iter().filter(|text| !text.trim().is_empty()) {
        let requirement = classify::requirement(text, around, &mut reader.out.warnings);
        reader.argument(text, requirement, asked.config_settings)?;
    }
    for text in asked.editables {
        let requirement = editable::requirement(text, around);
        reader.argument(text, requirement, asked.config_settings)?;
    }
    for name in asked.requirement_files {
        reader.named_file(name, Strength::Requirement)?;
    }
    Ok(reader.out)
}

struct Reader<'a> {
    around: Surroundings<'a>,
    out: Requirements,
}

impl Reader<'_> {
    fn argument(
        &mut self,
        text: &str,
        requirement: Result<Requirement, Fault>,
        config_settings: &BTreeMap<String, Vec<String>>,
    ) -> Result<(), RequirementsError> {
        let requirement = requirement.map_err(|fault| fault.alone(text))?;
        self.out.entries.push(Entry {
            origin: Origin::CommandLine,
            spelled: spelled(&requirement, text),
            requirement,
            hashes: Vec::new(),
            config_settings: config_settings.clone(),
        });
        Ok(())
    }

    /// Reads a file that the command line names.
    fn named_file(&mut self, name: &str, strength: Strength) -> Result<(), RequirementsError> {
        let file = include::named(name, strength, self.around.current_dir).map_err(RequirementsError::new)?;
        self.file(&file)
    }

    fn file(&mut self, file: &Arc<SourceFile>) -> Result<(), RequirementsError> {
        let content = self.content(file).map_err(RequirementsError::new)?;
        for line in lines::logical(&content, self.around.loader) {
            self.line(file, &line)?;
        }
        Ok(())
    }

    fn content(&self, file: &SourceFile) -> Result<String, ErrorKind> {
        let bytes = self.around.loader.load(&file.place).map_err(|cause| ErrorKind::Unreadable {
            kind: match file.strength {
                Strength::Requirement => "requirements",
                Strength::Constraint => "constraint",
            },
            name: redact(&file.name),
            cause,
        })?;
        match &file.place {
            Place::File(_) => encoding::decode(&bytes, &file.name),
            // pip decodes these by the answer's headers, of which nothing is known here.
            Place::Url(_) => Some(bytes)
                .filter(|bytes| bytes.is_ascii())
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| ErrorKind::Unsupported(format!("'{file}' is not ASCII"))),
        }
    }

    fn line(&mut self, file: &Arc<SourceFile>, line: &Line) -> Result<(), RequirementsError> {
        let located = |fault: Fault| {
            let excerpt = Excerpt::new(&file.name, line.number, &line.written, &line.text, fault.at);
            RequirementsError::with_excerpt(fault.kind.map(|text| line.masked(text)), excerpt)
        };
        let (text, start) = options::break_line(&line.text);
        let said = options::parse(line.text.get(start..).unwrap_or_default()).map_err(|fault| located(fault.moved(start)))?;
        self.out.options.extend(said.controls.iter().cloned());
        if !text.is_empty() || said.editable.is_some() {
            let warned = self.out.warnings.len();
            let entry = self.entry(file, line.number, text, said).map_err(|fault| {
                let offset = if text.is_empty() { start } else { 0 };
                located(fault.moved(offset))
            })?;
            for warning in self.out.warnings.iter_mut().skip(warned) {
                *warning = line.masked(std::mem::take(warning));
            }
            match file.strength {
                Strength::Requirement => self.out.entries.push(entry),
                Strength::Constraint => self.out.constraints.push(entry),
            }
        } else if let Some((name, strength)) = include_of(&said) {
            let included = include::included(file, line.number, name, strength).map_err(|kind| located(kind.at(start)))?;
            // Errors of opening it are about this line; all others about lines of its own.
            let read = self.file(&included);
            return read.map_err(|error| error.located().unwrap_or_else(|kind| located(kind.at(start))));
        } else {
            self.search_options(file, line.number, said);
        }
        Ok(())
    }

    fn entry(&mut self, file: &Arc<SourceFile>, line: usize, text: &str, said: LineOptions) -> Result<Entry, Fault> {
        let is_constraint = file.strength == Strength::Constraint;
        let (requirement, hashes) = match said.editable {
            Some(_) if is_constraint => {
                return Err(ErrorKind::Constraint("Editable requirements are not allowed as constraints").at(0));
            }
            // pip takes what stands before `-e` for the editable, and ignores hashes of such.
            Some(_) if !text.is_empty() => (editable::requirement(text, self.around)?, Vec::new()),
            Some(editable) => {
                let requirement = editable::requirement(&editable, self.around);
                (requirement.map_err(|fault| fault.kind.at(0))?, Vec::new())
            }
            None => (classify::requirement(text, self.around, &mut self.out.warnings)?, said.hashes),
        };
        if is_constraint {
            check_constraint(&requirement).map_err(|kind| kind.at(0))?;
        }
        Ok(Entry {
            origin: Origin::File {
                file: Arc::clone(file),
                line,
            },
            spelled: spelled(&requirement, text),
            requirement,
            hashes,
            config_settings: if is_constraint {
                BTreeMap::new()
            } else {
                said.config_settings
            },
        })
    }

    fn search_options(&mut self, file: &SourceFile, line: usize, said: LineOptions) {
        if !said.hashes.is_empty() {
            let warning = format!("{file} line {line} has --hash but no requirement, and will be ignored.");
            self.out.warnings.push(warning);
        }
        let loader = self.around.loader;
        let beside = |value: String| match &file.place {
            Place::Url(_) => value,
            Place::File(path) => {
                // Joined by text, as pip does: `..` stays in it.
                let full = path.parent().unwrap_or(path).join(&value);
                match loader.kind(&full) {
                    PathKind::Missing => value,
                    PathKind::File | PathKind::Folder => full.to_string_lossy().into_owned(),
                }
            }
        };
        self.out.options.extend(said.search.into_options(beside));
    }
}

/// The requirement as it is written, where the project's name stands first.
fn spelled(requirement: &Requirement, text: &str) -> Option<Spelling> {
    let written = Spelling::of(text)?;
    let same = requirement.name()? == &written.name.parse::<pep508_rs::PackageName>().ok()?;
    same.then_some(written)
}

/// The file that a line includes: `-r` goes before `-c`.
fn include_of(said: &LineOptions) -> Option<(&str, Strength)> {
    let requirement = said.requirement.as_deref().map(|name| (name, Strength::Requirement));
    requirement.or_else(|| said.constraint.as_deref().map(|name| (name, Strength::Constraint)))
}

/// What pip's resolver refuses as constraint.
fn check_constraint(requirement: &Requirement) -> Result<(), ErrorKind> {
    let problem = if requirement.name().is_none() {
        "Unnamed requirements are not allowed as constraints"
    } else if requirement.mode() == Mode::Editable {
        "Editable requirements are not allowed as constraints"
    } else if !requirement.extras.is_empty() {
        "Constraints cannot have extras"
    } else {
        return Ok(());
    };
    Err(ErrorKind::Constraint(problem))
}
