//! One source file, as far as these tests read Rust.

use std::fs;
use std::path::Path;

use walkdir::WalkDir;

/// A file below `src/`, without comments, string contents and test code.
pub(super) struct Source {
    /// Path below `src/`.
    path: String,
    /// The text as written.
    raw: String,
    /// The same lines; what is no code is blank.
    code: String,
}

impl Source {
    /// Reads all sources below `root`, but files of unit tests.
    pub(super) fn all(root: &Path) -> Vec<Self> {
        let mut sources = Vec::new();
        for entry in WalkDir::new(root).sort_by_file_name() {
            let entry = entry.unwrap();
            let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let is_test = path.ends_with("tests.rs") || path.contains("/tests/");
            if entry.path().extension().is_some_and(|extension| extension == "rs") && !is_test {
                sources.push(Self::new(&path, &fs::read_to_string(entry.path()).unwrap()));
            }
        }
        sources
    }

    pub(super) fn new(path: &str, text: &str) -> Self {
        let code = code_only(text);
        // Unit tests stand at the end of a file.
        let tests = code.match_indices("#[cfg(test)]").find_map(|(start, mark)| {
            let next = code[start + mark.len()..].trim_start();
            let inline = next.starts_with("mod ") && next.find('{') < next.find(';').or(Some(usize::MAX));
            (inline && next.contains('{')).then_some(start)
        });
        Self {
            path: path.to_owned(),
            raw: text.to_owned(),
            code: code[..tests.unwrap_or(code.len())].to_owned(),
        }
    }

    /// The top-level module that the file belongs to; none for `main.rs` and `lib.rs`.
    pub(super) fn module(&self) -> Option<String> {
        let first = self.path.split('/').next()?;
        let name = first.strip_suffix(".rs").unwrap_or(first);
        (!matches!(first, "main.rs" | "lib.rs")).then(|| name.to_owned())
    }

    /// `src/path:line`.
    pub(super) fn place(&self, line: usize) -> String {
        format!("src/{}:{line}", self.path)
    }

    /// Modules named after `crate::`, in `use` lines and in paths, with their lines.
    pub(super) fn crate_uses(&self) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        for (start, mark) in self.code.match_indices("crate::") {
            if self.code[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &self.code[start + mark.len()..];
            let names = match rest.strip_prefix('{') {
                Some(group) => group_heads(group),
                None => vec![(identifier(rest), 0)],
            };
            for (name, offset) in names {
                let line = self.code[..start + mark.len() + offset].matches('\n').count() + 1;
                if name.starts_with(|c: char| c.is_ascii_lowercase()) {
                    found.push((name.to_owned(), line));
                }
            }
        }
        found
    }

    /// What breaks the house rules.
    pub(super) fn issues(&self) -> Vec<String> {
        let mut issues = Vec::new();
        for opening in ["#[allow(", "#[expect(", "#![allow(", "#![expect("] {
            for (start, _) in self.code.match_indices(opening) {
                let end = self.code[start..].find(")]").map_or(self.code.len(), |end| start + end);
                if !self.code[start..end].contains("reason") {
                    let line = self.code[..start].matches('\n').count() + 1;
                    issues.push(format!("{}: `{opening}..)]` without a reason", self.place(line)));
                }
            }
        }
        if self.path.ends_with("mod.rs") {
            let mut inside = false;
            for (number, line) in self.code.lines().enumerate() {
                let line = line.trim();
                let begins = [
                    "mod ",
                    "pub mod ",
                    "pub(crate) mod ",
                    "use ",
                    "pub use ",
                    "pub(crate) use ",
                    "pub(super) use ",
                ]
                .iter()
                .any(|allowed| line.starts_with(allowed));
                if !(inside || begins || line.is_empty() || line.starts_with("#[")) {
                    let place = self.place(number + 1);
                    issues.push(format!("{place}: mod.rs holds documentation and re-exports only: {line}"));
                }
                inside = (inside || begins) && !line.ends_with(';');
            }
        }
        let lines = self.raw.lines().count();
        if lines > 400 {
            issues.push(format!("{}: {lines} lines; 400 is the limit", self.place(1)));
        }
        issues
    }
}

fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// First identifiers of the parts of `{a::b, c::{d, e}}`, with their offsets behind `crate::`.
fn group_heads(group: &str) -> Vec<(&str, usize)> {
    let (mut depth, mut heads, mut expected) = (0_usize, Vec::new(), true);
    for (position, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expected = true,
            _ if expected && (letter.is_alphabetic() || letter == '_') => {
                heads.push((identifier(&group[position..]), position + 1));
                expected = false;
            }
            _ => {}
        }
    }
    heads
}

/// The text with comments, strings and character literals blanked, line by line the same.
fn code_only(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skipped = literal_or_comment(rest, out.chars().next_back());
        if skipped == 0 {
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else {
            out.extend(rest[..skipped].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[skipped..];
        }
    }
    out
}

/// Length of the comment or literal that `text` begins with; 0 for code.
fn literal_or_comment(text: &str, before: Option<char>) -> usize {
    let until = |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return until("*/", 2);
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if text.starts_with('r') && (!in_word || before == Some('b')) {
        let hashes = text[1..].chars().take_while(|c| *c == '#').count();
        if text[1 + hashes..].starts_with('"') {
            return until(&format!("\"{}", "#".repeat(hashes)), 2 + hashes);
        }
    }
    if text.starts_with('"') {
        return quoted(text, '"');
    }
    // A lifetime has no closing quote behind its first letter.
    let mut letters = text.chars();
    if letters.next() == Some('\'') {
        let (second, third) = (letters.next(), letters.next());
        if second == Some('\\') || third == Some('\'') {
            return quoted(text, '\'');
        }
    }
    0
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (position, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return position + 1,
            _ => {}
        }
    }
    text.len()
}
