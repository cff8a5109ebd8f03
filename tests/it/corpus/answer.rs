//! Answers, and their text in `fixtures/corpus/answers`.
//!
//! ```text
//! [name]
//! demo 1.0 main/demo-1.0-py3-none-any.whl requested extras=a,b yanked direct
//!
//! [another]
//! fails nothing satisfies demo>=2
//! ```
//! Distributions stand in the order in which they are installed. Where nothing is to be installed, `nothing` says so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use super::universe::PIP;
use super::{fixtures, sets};

/// What came of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// What would be installed, in that order.
    Installs(Vec<Chosen>),
    /// Why nothing can be.
    Fails(BTreeSet<String>),
}

/// One distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Normalized.
    pub(super) name: String,
    pub(super) version: String,
    /// Place and file name.
    pub(super) source: String,
    /// What else the report says: `requested`, `extras=…`, `yanked`, `direct`.
    pub(super) flags: BTreeSet<String>,
}

/// Everything is there already.
const NOTHING: &str = "nothing";

/// How causes begin that are not of the search.
pub(super) const OTHERWISE: &str = "otherwise: ";

impl Answer {
    /// Whether another answer is as good. Of failures that are not the search's it matters only that there is one: their words are their own.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let otherwise = |causes: &BTreeSet<String>| causes.iter().all(|cause| cause.starts_with(OTHERWISE));
        match (self, other) {
            (Self::Fails(causes), Self::Fails(others)) if otherwise(causes) => causes == others || otherwise(others),
            _ => self == other,
        }
    }

    /// The same, sorted by name.
    pub(super) fn in_no_order(self) -> Self {
        match self {
            Self::Installs(mut chosen) => {
                chosen.sort_by(|one, two| one.name.cmp(&two.name));
                Self::Installs(chosen)
            }
            fails @ Self::Fails(_) => fails,
        }
    }

    fn lines(&self) -> Vec<String> {
        match self {
            Self::Fails(causes) => causes.iter().map(|cause| format!("fails {cause}")).collect(),
            Self::Installs(chosen) if chosen.is_empty() => vec![NOTHING.to_owned()],
            Self::Installs(chosen) => chosen.iter().map(Chosen::line).collect(),
        }
    }

    fn parse<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let (mut causes, mut chosen) = (BTreeSet::new(), Vec::new());
        for line in lines.filter(|line| *line != NOTHING) {
            match line.strip_prefix("fails ") {
                Some(cause) => _ = causes.insert(cause.to_owned()),
                None => chosen.push(Chosen::parse(line)),
            }
        }
        if causes.is_empty() {
            Self::Installs(chosen)
        } else {
            Self::Fails(causes)
        }
    }

    /// What `other` has more and less, line by line; the order of lines where that is all.
    pub(super) fn difference(&self, other: &Self) -> String {
        let (expected, found) = (self.lines(), other.lines());
        let only = |these: &[String], those: &[String], sign: char| -> String {
            let missing = these.iter().filter(|line| !those.contains(line));
            missing.fold(String::new(), |text, line| format!("{text}  {sign} {line}\n"))
        };
        let text = only(&expected, &found, '-') + &only(&found, &expected, '+');
        if text.is_empty() {
            format!(
                "  in another order:\n    {}\n    {}\n",
                expected.join("\n    "),
                found.join("\n    ")
            )
        } else {
            text
        }
    }
}

impl Chosen {
    fn line(&self) -> String {
        let mut line = format!("{} {} {}", self.name, self.version, self.source);
        for flag in &self.flags {
            write!(line, " {flag}").unwrap();
        }
        line
    }

    fn parse(line: &str) -> Self {
        let mut words = line.split(' ').map(ToOwned::to_owned);
        let mut next = || words.next().unwrap_or_else(|| panic!("too short: {line}"));
        Self {
            name: next(),
            version: next(),
            source: next(),
            flags: words.collect(),
        }
    }
}

/// All recorded answers, by the name of their set.
pub(super) fn read_all() -> BTreeMap<String, Answer> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(fixtures("answers")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for stanza in text.split("\n[").skip(1) {
            let (name, lines) = stanza.split_once("]\n").unwrap();
            let lines = lines.lines().filter(|line| !line.is_empty());
            found.insert(name.to_owned(), Answer::parse(lines));
        }
    }
    found
}

/// Writes the answers beside their sets; sets that were not asked now keep the answers that they had.
pub(super) fn write_all(answers: &BTreeMap<String, Answer>, before: &BTreeMap<String, Answer>) {
    let mut paths: Vec<_> = fs::read_dir(fixtures("sets"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let mut text = format!("# What pip {PIP} answers; written with SNAPENV_RECORD=1 (docs/testing.md).\n");
        for set in sets::parse(&fs::read_to_string(&path).unwrap()) {
            let Some(answer) = answers.get(&set.name).or_else(|| before.get(&set.name)) else {
                continue;
            };
            write!(text, "\n[{}]\n{}\n", set.name, answer.lines().join("\n")).unwrap();
        }
        fs::write(fixtures("answers").join(path.file_name().unwrap()), text).unwrap();
    }
}

#[test]
fn an_answer_is_read_as_it_is_written_and_differences_are_named() {
    let text = "a 1.0 main/a-1.0.whl extras=x,y requested\nb 2 main/b-2.whl";
    let answer = Answer::parse(text.lines());
    assert_eq!(answer.lines().join("\n"), text);
    let other = Answer::parse("a 1.1 main/a-1.1.whl requested\nb 2 main/b-2.whl".lines());
    assert_ne!(answer, other);
    assert_eq!(
        answer.difference(&other),
        "  - a 1.0 main/a-1.0.whl extras=x,y requested\n  + a 1.1 main/a-1.1.whl requested\n"
    );
    let turned = Answer::parse("b 2 main/b-2.whl\na 1.0 main/a-1.0.whl extras=x,y requested".lines());
    assert_ne!(answer, turned);
    assert!(answer.difference(&turned).contains("in another order"));
    assert_ne!(answer, Answer::parse("fails nothing satisfies a".lines()));
    let failure = |cause: &str| Answer::parse(format!("fails {cause}").lines());
    assert!(failure("otherwise: hashes differ").agrees(&failure("otherwise: no such hash")));
    assert!(!failure("otherwise: hashes differ").agrees(&failure("nothing satisfies a")));
    assert!(!failure("nothing satisfies b").agrees(&failure("nothing satisfies a")));
}
