//! Entry points that become scripts (the entry points specification, as `importlib.metadata` and pip read it).

use serde::{Deserialize, Serialize};

use crate::interpreter::Facts;

use super::container::misleads;
use super::decoded;
use super::lines::lines;
use super::paths::join;
use super::scripts::Template;

/// A script to be generated: it imports `module` and calls `attribute` of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPoint {
    /// Name of the script, one path component.
    pub name: String,
    /// Where it goes, relative to the environment.
    #[serde(deserialize_with = "decoded::path")]
    pub path: String,
    /// The dotted module.
    pub module: String,
    /// The dotted attribute of the module.
    pub attribute: String,
    /// The group that it is of.
    pub kind: Kind,
    /// What the script's text is made from.
    pub template: Template,
}

/// The group of an entry point; on POSIX both make the same script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `console_scripts`.
    Console,
    /// `gui_scripts`.
    Gui,
}

/// An entry point that no script can be made from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEntryPoint {
    /// A line of `entry_points.txt` assigns nothing.
    #[error("entry_points.txt: {0:?} is not of the form 'name = value'")]
    Line(String),
    /// The value names no callable.
    #[error("invalid script entry point {0:?}: a callable suffix (':name') is required")]
    NoCallable(String),
    /// The value is no reference to an object.
    #[error("invalid script entry point {0:?}")]
    Value(String),
    /// The name cannot be that of a script.
    #[error("invalid script entry point name {0:?}: it must be one plain file name")]
    Name(String),
}

/// The names and values of the two groups, each name once: a repeated one keeps its place and takes the last value.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct EntryPoints {
    console: Vec<(String, String)>,
    gui: Vec<(String, String)>,
}

impl EntryPoints {
    /// Reads `entry_points.txt`.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidEntryPoint> {
        let mut parsed = Self::default();
        let mut section = None;
        for line in lines(text)
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            if line.starts_with('[') && line.ends_with(']') {
                section = Some(line.trim_matches(['[', ']']));
                continue;
            }
            let Some(section) = section else { continue };
            let (name, value) = line.split_once('=').ok_or_else(|| InvalidEntryPoint::Line(line.to_owned()))?;
            match section {
                "console_scripts" => assign(&mut parsed.console, name.trim(), value.trim()),
                "gui_scripts" => assign(&mut parsed.gui, name.trim(), value.trim()),
                _ => {}
            }
        }
        Ok(parsed)
    }

    /// Whether `script`, a file name, is what setuptools once made for one of these entry points: pip leaves it out.
    pub(super) fn wraps(&self, script: &str) -> bool {
        let lower = script.to_lowercase();
        let suffix = [".exe", "-script.py", ".pya"]
            .into_iter()
            .find(|suffix| lower.ends_with(suffix));
        let stem = suffix
            .and_then(|suffix| script.get(..script.len() - suffix.len()))
            .unwrap_or(script);
        self.console.iter().chain(&self.gui).any(|(name, _)| name == stem)
    }

    /// The scripts that pip generates, in its order.
    pub(super) fn scripts(&self, facts: &Facts) -> Result<Vec<EntryPoint>, InvalidEntryPoint> {
        let console = versioned(&self.console, facts)
            .into_iter()
            .map(|entry| (entry, Kind::Console));
        let gui = self.gui.iter().cloned().map(|entry| (entry, Kind::Gui));
        let mut scripts: Vec<EntryPoint> = Vec::new();
        for ((name, value), kind) in console.chain(gui) {
            let script = entry_point(&name, &value, kind, facts)?;
            // The later of two with one name overwrites the earlier, and both of its rows in RECORD then describe it.
            for earlier in scripts.iter_mut().filter(|earlier| earlier.name == script.name) {
                *earlier = script.clone();
            }
            scripts.push(script);
        }
        Ok(scripts)
    }
}

fn assign(group: &mut Vec<(String, String)>, name: &str, value: &str) {
    match group.iter_mut().find(|(other, _)| other == name) {
        Some((_, old)) => value.clone_into(old),
        None => group.push((name.to_owned(), value.to_owned())),
    }
}

/// pip and setuptools bake the building Python's version into names; the installing one's is what is meant.
fn versioned(console: &[(String, String)], facts: &Facts) -> Vec<(String, String)> {
    let mut rest = console.to_vec();
    let mut scripts = Vec::new();
    let major = facts.version.0.to_string();
    let minor = facts.major_minor();
    let pip = ["pip".to_owned(), format!("pip{major}"), format!("pip{minor}")];
    let easy_install = ["easy_install".to_owned(), format!("easy_install-{minor}")];
    for (name, made, is_version) in [
        ("pip", pip.as_slice(), is_pip_version as fn(&str) -> bool),
        ("easy_install", easy_install.as_slice(), is_easy_install_version),
    ] {
        let Some(at) = rest.iter().position(|(other, _)| other == name) else {
            continue;
        };
        let (_, value) = rest.remove(at);
        if !value.is_empty() {
            scripts.extend(made.iter().map(|name| (name.clone(), value.clone())));
            rest.retain(|(other, _)| !other.strip_prefix(name).is_some_and(is_version));
        }
    }
    scripts.extend(rest);
    scripts
}

fn is_pip_version(suffix: &str) -> bool {
    suffix.is_empty()
        || suffix
            .split_once('.')
            .map_or(is_number(suffix), |(major, minor)| is_number(major) && is_number(minor))
}

fn is_easy_install_version(suffix: &str) -> bool {
    let version = suffix.strip_prefix('-').and_then(|version| version.split_once('.'));
    suffix.is_empty() || version.is_some_and(|(major, minor)| is_number(major) && is_number(minor))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_numeric)
}

fn entry_point(name: &str, value: &str, kind: Kind, facts: &Facts) -> Result<EntryPoint, InvalidEntryPoint> {
    let odd = |character: char| character.is_whitespace() || misleads(character) || matches!(character, '/' | '[' | ']' | '\\');
    if matches!(name, "" | "." | "..") || name.len() > 255 || name.contains(odd) {
        return Err(InvalidEntryPoint::Name(name.to_owned()));
    }
    let (module, attribute) = reference(value).map_err(|wrong| wrong(format!("{name} = {value}")))?;
    Ok(EntryPoint {
        path: join(&facts.scheme.scripts, name),
        name: name.to_owned(),
        module,
        attribute,
        kind,
        template: Template::of(facts.version),
    })
}

/// Module and attribute at the front of `value`; extras may follow, and what follows them is ignored as pip ignores it.
fn reference(value: &str) -> Result<(String, String), fn(String) -> InvalidEntryPoint> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut end = 0;
    loop {
        let from = if end == 0 { 0 } else { end + 1 };
        let word = value.get(from..).unwrap_or_default();
        let length = word.find(|character| !is_word(character)).unwrap_or(word.len());
        if length == 0 {
            break;
        }
        end = from + length;
        if !value[end..].starts_with([':', '.']) {
            break;
        }
    }
    let (object, rest) = value.split_at(end);
    if object.is_empty() || (rest.contains(['[', ']']) && !starts_with_extras(rest)) {
        return Err(InvalidEntryPoint::Value);
    }
    let (module, attribute) = object.split_once(':').ok_or(InvalidEntryPoint::NoCallable as fn(_) -> _)?;
    let is_identifier = |part: &str| !part.starts_with(char::is_numeric);
    if attribute.contains(':') || !module.split('.').chain(attribute.split('.')).all(is_identifier) {
        return Err(InvalidEntryPoint::Value);
    }
    Ok((module.to_owned(), attribute.to_owned()))
}

fn starts_with_extras(rest: &str) -> bool {
    let Some((extras, _)) = rest.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return false;
    };
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|character| character.is_alphanumeric() || character == '_');
    extras.trim().split(',').enumerate().all(|(index, extra)| {
        let extra = extra.trim_start();
        let (name, value) = extra.split_once('=').unwrap_or((extra, "_"));
        // Only the first may have dashes: so says the pattern that pip uses.
        let name = if index == 0 { name.replace('-', "_") } else { name.to_owned() };
        is_word(&name) && is_word(value)
    })
}
