//! Questions as text: stanzas of `[name]` and lines of a word and its value.

use std::fs;

use super::fixtures;

/// The universe that was recorded from a real index.
pub(super) const RECORDED: &str = "recorded";

/// One question to pip.
#[derive(Debug, Clone, Default)]
pub(super) struct RequirementSet {
    pub(super) name: String,
    /// The file that it stands in, without `.txt`.
    pub(super) file: String,
    /// `X.Y` of the interpreter.
    pub(super) python: String,
    /// What is asked; empty for the index that pip is configured for.
    pub(super) universe: String,
    /// Lines of a requirements file.
    pub(super) lines: Vec<String>,
    /// Lines of a constraints file.
    pub(super) constraints: Vec<String>,
    /// Arguments, separated by spaces.
    pub(super) words: String,
    /// What the environment has: `NAME VERSION | REQUIREMENT | …`.
    pub(super) installed: Vec<String>,
}

impl RequirementSet {
    /// A set of these lines, over the recorded index, for the first interpreter.
    pub(super) fn of(name: &str, python: &str, lines: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            python: python.to_owned(),
            universe: RECORDED.to_owned(),
            lines: lines.iter().copied().map(ToOwned::to_owned).collect(),
            ..Self::default()
        }
    }

    /// Whether it is of this file or universe, or its name begins so.
    pub(super) fn is_of(&self, part: &str) -> bool {
        self.name.starts_with(part) || self.universe == part || self.file == part
    }

    /// The words, with the index that is meant where they name none.
    pub(super) fn words_with_index(&self) -> String {
        if self.universe.is_empty() || self.words.contains('{') || self.words.contains("--no-index") {
            self.words.clone()
        } else {
            format!("--index-url {{main}} {}", self.words)
        }
    }

    fn take(&mut self, line: &str) {
        let (word, value) = line.split_once(' ').unwrap_or((line, ""));
        let value = value.to_owned();
        match word {
            "python" => self.python = value,
            "universe" => self.universe = value,
            "file" => self.lines.push(value),
            "constraint" => self.constraints.push(value),
            "args" => self.words = value,
            "installed" => self.installed.push(value),
            _ => panic!("[{}]: the word {word} is not known", self.name),
        }
    }
}

/// All sets, in the order of their files.
pub(super) fn all() -> Vec<RequirementSet> {
    let mut paths: Vec<_> = fs::read_dir(fixtures("sets"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let sets = paths.iter().flat_map(|path| {
        let file = path.file_stem().unwrap().to_str().unwrap();
        let sets = parse(&fs::read_to_string(path).unwrap()).into_iter();
        sets.map(move |set| RequirementSet {
            file: file.to_owned(),
            ..set
        })
    });
    sets.collect()
}

pub(super) fn parse(text: &str) -> Vec<RequirementSet> {
    let mut sets: Vec<RequirementSet> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sets.push(RequirementSet::of(name, "3.11", &[]));
        } else {
            sets.last_mut().expect("a name comes first").take(line);
        }
    }
    sets
}

#[test]
fn a_set_is_read_as_it_is_written() {
    let sets = parse(
        "# comment\n[one]\nfile a>=1; python_version > '3'\nargs --pre\n\n[two]\npython 3.12\nuniverse u\nconstraint b<2\nargs -i {second}\n",
    );
    assert_eq!(sets[0].lines, ["a>=1; python_version > '3'"]);
    assert_eq!(sets[0].words_with_index(), "--index-url {main} --pre");
    assert_eq!((sets[0].universe.as_str(), sets[0].python.as_str()), (RECORDED, "3.11"));
    assert_eq!(
        (sets[1].python.as_str(), sets[1].words_with_index().as_str()),
        ("3.12", "-i {second}")
    );
    assert_eq!(sets[1].constraints, ["b<2"]);
}
