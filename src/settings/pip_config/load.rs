//! Reading the places and merging what they say.

use std::collections::BTreeMap;
use std::path::Path;

use crate::index::redact;

use super::ini::{self, normalize_name};
use super::option::{self, Command, Kind};
use super::{ConfigPlaces, PipConfig, PipConfigError, Setting, Source};

/// Reads pip's configuration for `command`: the files of `places`, then the `PIP_*` variables in `env`.
///
/// # Errors
/// What pip itself would stop at: a file that is no UTF-8 or no `configparser` file, a value that its option does not allow.
pub fn load(places: &ConfigPlaces, command: Command, env: &BTreeMap<String, String>) -> Result<PipConfig, PipConfigError> {
    let mut global = Layer::default();
    let mut own = Layer::default();
    for path in places.files() {
        read(path, command, [&mut global, &mut own])?;
    }
    let variables = variables(env);

    let mut config = PipConfig::default();
    for (name, value, source) in global.effective().chain(own.effective()).chain(variables) {
        apply(&mut config, command, &places.home, Raw { name, value, source })?;
    }
    Ok(config)
}

/// What all files together say in one section, in the order in which names were first met.
#[derive(Default)]
struct Layer(Vec<(String, String, Source)>);

impl Layer {
    fn set(&mut self, name: String, value: String, source: Source) {
        match self.0.iter_mut().find(|(known, ..)| *known == name) {
            Some(entry) => *entry = (name, value, source),
            None => self.0.push((name, value, source)),
        }
    }

    fn effective(self) -> impl Iterator<Item = (String, String, Source)> {
        self.0.into_iter().filter(|(_, value, _)| !value.is_empty())
    }
}

fn read(path: &Path, command: Command, [global, own]: [&mut Layer; 2]) -> Result<(), PipConfigError> {
    // Like configparser, a file that cannot be opened is passed over.
    let Ok(bytes) = std::fs::read(path) else {
        return Ok(());
    };
    let text = String::from_utf8(bytes).map_err(|_| PipConfigError::Encoding { path: path.to_owned() })?;
    let sections = ini::parse(&text).map_err(|error| PipConfigError::Syntax {
        path: path.to_owned(),
        line: error.line,
        reason: error.reason,
    })?;
    for section in sections {
        let layer = match section.name.as_str() {
            "global" => &mut *global,
            name if name == command.name() => &mut *own,
            _ => continue,
        };
        let source = Source::File {
            path: path.to_owned(),
            section: section.name,
        };
        for (name, value) in section.items {
            layer.set(name, value, source.clone());
        }
    }
    Ok(())
}

fn variables(env: &BTreeMap<String, String>) -> impl Iterator<Item = (String, String, Source)> + use<'_> {
    env.iter().filter_map(|(variable, value)| {
        let name = normalize_name(variable.strip_prefix("PIP_")?);
        // The first two pip leaves out by name; the last names the file that was just read.
        let ours = !matches!(name.as_str(), "version" | "help" | "config-file") && !value.is_empty();
        ours.then(|| (name, value.clone(), Source::Variable(variable.clone())))
    })
}

/// A value before its option's type was applied.
struct Raw {
    name: String,
    value: String,
    source: Source,
}

fn apply(config: &mut PipConfig, command: Command, home: &Path, raw: Raw) -> Result<(), PipConfigError> {
    let Some((name, kind)) = option::find(command, &raw.name) else {
        let Raw { name, value, source } = raw;
        config.settings.retain(|setting| setting.name != name);
        config.settings.push(Setting {
            name,
            values: vec![value],
            source,
            known: false,
        });
        return Ok(());
    };
    let values = interpret(name, kind, home, &raw)?;
    if kind != Kind::Each {
        config.settings.retain(|setting| setting.name != name);
    }
    config.settings.push(Setting {
        name: name.to_owned(),
        values,
        source: raw.source,
        known: true,
    });
    Ok(())
}

fn interpret(name: &str, kind: Kind, home: &Path, raw: &Raw) -> Result<Vec<String>, PipConfigError> {
    let invalid = |reason| PipConfigError::Invalid {
        name: raw.name.clone(),
        reason,
        origin: raw.source.clone(),
    };
    match kind {
        Kind::Switch => match truth(&raw.value) {
            Some(state) => Ok(vec![state.to_string()]),
            None => Err(PipConfigError::NotBoolean {
                name: raw.name.clone(),
                value: redact(&raw.value),
                origin: raw.source.clone(),
            }),
        },
        Kind::Count => {
            let count = truth(&raw.value).map(u32::from).or_else(|| raw.value.trim().parse().ok());
            match count {
                Some(count) => Ok(vec![count.to_string()]),
                None => Err(PipConfigError::NotCount {
                    name: raw.name.clone(),
                    value: redact(&raw.value),
                    origin: raw.source.clone(),
                }),
            }
        }
        Kind::One(kind) => Ok(vec![kind.check(&raw.value, home).map_err(invalid)?]),
        Kind::Words(kind) => raw
            .value
            .split_whitespace()
            .map(|word| kind.check(word, home).map_err(invalid))
            .collect(),
        // Whatever truth value it has, pip takes it for "no cache".
        Kind::Each if name == "no-cache-dir" => match truth(&raw.value) {
            Some(_) => Ok(vec!["true".to_owned()]),
            None => Err(invalid(format!("invalid truth value '{}'", raw.value))),
        },
        Kind::Each => Ok(vec![raw.value.clone()]),
    }
}

/// pip's `strtobool`.
fn truth(value: &str) -> Option<bool> {
    match value.to_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Some(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
