//! The options of a requirements file's line, as Python's `optparse` reads them for pip.

use std::collections::{BTreeMap, VecDeque};

use super::entry::{Hash, HashAlgorithm};
use super::error::{ErrorKind, Fault};
use super::search::SearchOption;
use super::words::{self, Word};

/// What the options of one line say. Of options that pip takes once per line, only the one that counts is kept.
#[derive(Debug, Default)]
pub(super) struct LineOptions {
    /// First `-r`.
    pub(super) requirement: Option<String>,
    /// First `-c`.
    pub(super) constraint: Option<String>,
    /// First `-e`.
    pub(super) editable: Option<String>,
    pub(super) hashes: Vec<Hash>,
    pub(super) config_settings: BTreeMap<String, Vec<String>>,
    /// Options that count on whatever line they stand: pip changes formats, releases and features while it parses.
    pub(super) controls: Vec<SearchOption>,
    /// Options that count only on lines without a requirement or an include, in the order in which pip looks at them.
    pub(super) search: SearchLine,
}

/// Search options as they add up within a line.
#[derive(Debug, Default)]
pub(super) struct SearchLine {
    index_url: Option<String>,
    extra_index_urls: Vec<String>,
    find_links: Option<String>,
    trusted_hosts: Vec<String>,
    flags: Vec<SearchOption>,
}

impl SearchLine {
    /// The options; `find_links` maps the value of `--find-links`, which may be relative to the file.
    pub(super) fn into_options(self, find_links: impl FnOnce(String) -> String) -> Vec<SearchOption> {
        let index = self.index_url.filter(|url| !url.is_empty()).map(SearchOption::IndexUrl);
        let mut options = self.flags;
        options.extend(index);
        options.extend(self.extra_index_urls.into_iter().map(SearchOption::ExtraIndexUrl));
        options.extend(self.find_links.map(find_links).map(SearchOption::FindLinks));
        options.extend(self.trusted_hosts.into_iter().map(SearchOption::TrustedHost));
        options
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    IndexUrl,
    ExtraIndexUrl,
    NoIndex,
    Constraint,
    Requirement,
    Editable,
    FindLinks,
    NoBinary,
    OnlyBinary,
    PreferBinary,
    RequireHashes,
    NoRequireHashes,
    Pre,
    AllReleases,
    OnlyFinal,
    TrustedHost,
    UseFeature,
    Hash,
    ConfigSettings,
}

const LONG: [(&str, Name); 20] = [
    ("--index-url", Name::IndexUrl),
    ("--pypi-url", Name::IndexUrl),
    ("--extra-index-url", Name::ExtraIndexUrl),
    ("--no-index", Name::NoIndex),
    ("--constraint", Name::Constraint),
    ("--requirement", Name::Requirement),
    ("--editable", Name::Editable),
    ("--find-links", Name::FindLinks),
    ("--no-binary", Name::NoBinary),
    ("--only-binary", Name::OnlyBinary),
    ("--prefer-binary", Name::PreferBinary),
    ("--require-hashes", Name::RequireHashes),
    ("--no-require-hashes", Name::NoRequireHashes),
    ("--pre", Name::Pre),
    ("--all-releases", Name::AllReleases),
    ("--only-final", Name::OnlyFinal),
    ("--trusted-host", Name::TrustedHost),
    ("--use-feature", Name::UseFeature),
    ("--hash", Name::Hash),
    ("--config-settings", Name::ConfigSettings),
];

const SHORT: [(char, Name); 6] = [
    ('i', Name::IndexUrl),
    ('c', Name::Constraint),
    ('r', Name::Requirement),
    ('e', Name::Editable),
    ('f', Name::FindLinks),
    ('C', Name::ConfigSettings),
];

/// The features of pip 26.3, those last that are always on by now.
const FEATURES: [&str; 6] = [
    "fast-deps",
    "inprocess-build-deps",
    "venv-isolation",
    "truststore",
    "no-binary-enable-wheel-cache",
    "build-constraint",
];

impl Name {
    fn takes_value(self) -> bool {
        !matches!(
            self,
            Self::NoIndex | Self::PreferBinary | Self::RequireHashes | Self::NoRequireHashes | Self::Pre
        )
    }
}

/// Splits a line into the requirement and its options, which begin with the first word (of words cut at single spaces) that
/// begins with a dash; the number is the byte where they begin.
pub(super) fn break_line(line: &str) -> (&str, usize) {
    let mut at = 0;
    for word in line.split(' ') {
        if word.starts_with('-') {
            return (line.get(..at.max(1) - 1).unwrap_or_default(), at);
        }
        at += word.len() + 1;
    }
    (line, line.len())
}

/// Reads the options of a line; words that are none are ignored, as pip does.
pub(super) fn parse(text: &str) -> Result<LineOptions, Fault> {
    let unclosed = || ErrorKind::Option("could not split options: a quote or an escape has no end".to_owned()).at(0);
    let words = words::split(text).ok_or_else(unclosed)?;
    let mut words = VecDeque::from(words);
    let mut options = LineOptions::default();
    while let Some(word) = words.pop_front() {
        let at = word.at;
        if word.text == "--" {
            break;
        }
        let done = if word.text.starts_with("--") {
            long(&word, &mut words, &mut options)
        } else if word.text.starts_with('-') && word.text.len() > 1 {
            short(&word, &mut words, &mut options)
        } else {
            Ok(())
        };
        done.map_err(|kind| kind.at(at))?;
    }
    Ok(options)
}

fn long(word: &Word, words: &mut VecDeque<Word>, options: &mut LineOptions) -> Result<(), ErrorKind> {
    let (given, value) = match word.text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (word.text.as_str(), None),
    };
    let (text, name) = matched(given)?;
    if !name.takes_value() {
        return match value {
            Some(_) => Err(ErrorKind::Option(format!("{text} option does not take a value"))),
            None => options.set(name, text, String::new()),
        };
    }
    let value = value.or_else(|| words.pop_front().map(|word| word.text));
    options.set(name, text, value.ok_or_else(|| needs_value(text))?)
}

fn needs_value(option: &str) -> ErrorKind {
    ErrorKind::Option(format!("{option} option requires 1 argument"))
}

/// The long option of this name, or the only one that begins with it.
fn matched(given: &str) -> Result<(&'static str, Name), ErrorKind> {
    if let Some(found) = LONG.into_iter().find(|(text, _)| *text == given) {
        return Ok(found);
    }
    let mut candidates: Vec<_> = LONG.into_iter().filter(|(text, _)| text.starts_with(given)).collect();
    match (candidates.pop(), candidates.is_empty()) {
        (Some(found), true) => Ok(found),
        (Some(last), false) => {
            candidates.push(last);
            let mut names: Vec<_> = candidates.into_iter().map(|(text, _)| text).collect();
            names.sort_unstable();
            Err(ErrorKind::Option(format!(
                "ambiguous option: {given} ({}?)",
                names.join(", ")
            )))
        }
        (None, _) => Err(ErrorKind::Unsupported(format!("no such option: {given}"))),
    }
}

/// Reads a cluster of short options; the first that takes a value takes the rest of the word, or the next word.
fn short(word: &Word, words: &mut VecDeque<Word>, options: &mut LineOptions) -> Result<(), ErrorKind> {
    let mut rest = word.text.chars();
    rest.next();
    let Some(letter) = rest.next() else {
        return Ok(());
    };
    let option = format!("-{letter}");
    // Every short option of a requirements file takes a value, so a cluster has one option.
    let Some((_, name)) = SHORT.into_iter().find(|(known, _)| *known == letter) else {
        return Err(ErrorKind::Unsupported(format!("no such option: {option}")));
    };
    let value = match rest.as_str() {
        "" => words.pop_front().map(|word| word.text).ok_or_else(|| needs_value(&option))?,
        rest => rest.to_owned(),
    };
    options.set(name, &option, value)
}

impl LineOptions {
    fn set(&mut self, name: Name, option: &str, value: String) -> Result<(), ErrorKind> {
        let search = &mut self.search;
        match name {
            Name::IndexUrl => search.index_url = Some(value),
            Name::ExtraIndexUrl => search.extra_index_urls.push(value),
            Name::FindLinks => {
                search.find_links.get_or_insert(value);
            }
            Name::TrustedHost => search.trusted_hosts.push(value),
            Name::UseFeature => self.controls.push(SearchOption::UseFeature(feature(option, value)?)),
            Name::NoIndex => search.flags.push(SearchOption::NoIndex),
            Name::PreferBinary => search.flags.push(SearchOption::PreferBinary),
            Name::RequireHashes => search.flags.push(SearchOption::RequireHashes),
            Name::NoRequireHashes => search.flags.push(SearchOption::NoRequireHashes),
            Name::Pre => search.flags.push(SearchOption::Pre),
            Name::Constraint => {
                self.constraint.get_or_insert(value);
            }
            Name::Requirement => {
                self.requirement.get_or_insert(value);
            }
            Name::Editable => {
                self.editable.get_or_insert(value);
            }
            Name::NoBinary => self
                .controls
                .push(SearchOption::NoBinary(names("--no-binary / --only-binary", value)?)),
            Name::OnlyBinary => self
                .controls
                .push(SearchOption::OnlyBinary(names("--no-binary / --only-binary", value)?)),
            Name::AllReleases => self
                .controls
                .push(SearchOption::AllReleases(names("--all-releases / --only-final", value)?)),
            Name::OnlyFinal => self
                .controls
                .push(SearchOption::OnlyFinal(names("--all-releases / --only-final", value)?)),
            Name::Hash => self.hashes.push(hash(option, &value)?),
            Name::ConfigSettings => {
                let Some((key, value)) = value.split_once('=') else {
                    return Err(ErrorKind::Option(format!(
                        "Arguments to {option} must be of the form KEY=VAL"
                    )));
                };
                let values = self.config_settings.entry(key.to_owned()).or_default();
                values.push(value.to_owned());
            }
        }
        Ok(())
    }
}

fn feature(option: &str, value: String) -> Result<String, ErrorKind> {
    if FEATURES.contains(&value.as_str()) {
        Ok(value)
    } else {
        Err(ErrorKind::Unsupported(format!("option {option}: invalid choice: '{value}'")))
    }
}

fn names(option: &str, value: String) -> Result<String, ErrorKind> {
    if value.starts_with('-') {
        Err(ErrorKind::Option(format!("{option} option requires 1 argument")))
    } else {
        Ok(value)
    }
}

fn hash(option: &str, value: &str) -> Result<Hash, ErrorKind> {
    let Some((name, digest)) = value.split_once(':') else {
        let message = format!("Arguments to {option} must be a hash name followed by a value, like --hash=sha256:abcde...");
        return Err(ErrorKind::Option(message));
    };
    let Some(algorithm) = HashAlgorithm::from_name(name) else {
        let message = format!("Allowed hash algorithms for {option} are sha256, sha384, sha512");
        return Err(ErrorKind::Option(message));
    };
    Ok(Hash {
        algorithm,
        digest: digest.to_lowercase(),
    })
}
