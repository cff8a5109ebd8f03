//! Logical lines of a requirements file: continuations joined, comments gone, variables expanded, in pip's order of doing so.

use super::place::Loader;
use super::scanner::{is_space, strip};

/// A line that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Number of its first physical line, from 1.
    pub(super) number: usize,
    /// As in the file, for messages.
    pub(super) written: String,
    /// With variables expanded.
    pub(super) text: String,
    /// What was expanded: as written, and the value.
    expansions: Vec<(String, String)>,
}

impl Line {
    /// Puts variables back in place of their values, which may be secrets; words too short for one stay, for the text's sake.
    pub(super) fn masked(&self, text: String) -> String {
        self.expansions
            .iter()
            .filter(|(_, value)| value.len() > 3)
            .fold(text, |text, (written, value)| text.replace(value.as_str(), written))
    }
}

/// All lines of the file that say something.
pub(super) fn logical(content: &str, loader: &dyn Loader) -> Vec<Line> {
    let stripped = joined(content).into_iter().map(|(number, line)| {
        let end = comment(&line).unwrap_or(line.len());
        (number, strip(line.get(..end).unwrap_or_default()).to_owned())
    });
    stripped
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, written)| {
            let (text, expansions) = expanded(&written, loader);
            Line {
                number,
                written,
                text,
                expansions,
            }
        })
        .collect()
}

/// Python's `str.splitlines`.
fn physical(content: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = content;
    let is_end = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    while let Some(end) = rest.find(is_end) {
        let (line, tail) = rest.split_at(end);
        lines.push(line);
        let length = if tail.starts_with("\r\n") {
            2
        } else {
            tail.chars().next().map_or(0, char::len_utf8)
        };
        rest = tail.get(length..).unwrap_or_default();
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// Joins lines that end in a backslash with the next one. A comment line ends that, whatever it ends in itself.
fn joined(content: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in physical(content).into_iter().enumerate() {
        let is_comment = strip(line).starts_with('#');
        let (number, mut text) = open.take().unwrap_or((index + 1, String::new()));
        if line.ends_with('\\') && !is_comment {
            text.push_str(line.trim_matches('\\'));
            open = Some((number, text));
            continue;
        }
        if is_comment {
            // So that it is still a comment behind what it was joined to.
            text.push(' ');
        }
        text.push_str(line);
        lines.push((number, text));
    }
    lines.extend(open);
    lines
}

/// Where the comment begins: white space and `#`, or `#` at the beginning.
fn comment(line: &str) -> Option<usize> {
    line.match_indices('#').find_map(|(at, _)| {
        let before = line.get(..at)?;
        let kept = before.trim_end_matches(is_space);
        (at == 0 || kept.len() < at).then_some(kept.len())
    })
}

/// Replaces `${NAME}` (upper-case letters, digits and underscores) by variables that are set and not empty.
fn expanded(line: &str, loader: &dyn Loader) -> (String, Vec<(String, String)>) {
    let mut out = line.to_owned();
    let mut expansions = Vec::new();
    for name in variables(line) {
        if let Some(value) = loader.variable(name).filter(|value| !value.is_empty()) {
            let written = format!("${{{name}}}");
            out = out.replace(&written, &value);
            expansions.push((written, value));
        }
    }
    (out, expansions)
}

fn variables(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("${").filter_map(move |(at, _)| {
        let rest = line.get(at + 2..)?;
        let name = rest.get(..rest.find('}')?)?;
        let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        (!name.is_empty() && name.chars().all(fits)).then_some(name)
    })
}

#[cfg(test)]
mod tests;
