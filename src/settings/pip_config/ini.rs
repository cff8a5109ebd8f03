//! The file format: Python's `configparser.RawConfigParser` with its defaults (strict, `=` and `:`, full-line `#` and `;`
//! comments, indented continuation lines).

use std::collections::BTreeSet;

/// A line that the format does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IniError {
    /// Line number, from 1.
    pub(super) line: usize,
    /// What is wrong, in the words of `configparser`.
    pub(super) reason: String,
}

/// One section in the order of the file, `[DEFAULT]` already mixed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    /// Name as written.
    pub(super) name: String,
    /// Normalized option names and values.
    pub(super) items: Vec<(String, String)>,
}

const DEFAULT: &str = "DEFAULT";

/// Makes an option name the same whatever its source: `Index_URL`, `--index-url` and `index-url`.
pub(super) fn normalize_name(name: &str) -> String {
    let name = name.to_lowercase().replace('_', "-");
    name.strip_prefix("--").map_or(name.clone(), str::to_owned)
}

/// Parses the text of a configuration file.
pub(super) fn parse(text: &str) -> Result<Vec<Section>, IniError> {
    let mut parser = Parser::default();
    // Python's universal newlines.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for (index, line) in text.lines().enumerate() {
        parser.line(index + 1, line)?;
    }
    parser.finish()
}

#[derive(Default)]
struct Parser {
    sections: Vec<Section>,
    seen: BTreeSet<(usize, String)>,
    in_option: bool,
    indent: usize,
    unreadable: Option<usize>,
}

impl Parser {
    fn line(&mut self, number: usize, line: &str) -> Result<(), IniError> {
        let value = line.trim();
        if value.starts_with(['#', ';']) {
            return Ok(());
        }
        if value.is_empty() {
            self.extend("");
            return Ok(());
        }
        let indent = line.chars().take_while(|letter| letter.is_whitespace()).count();
        if self.in_option && indent > self.indent {
            self.extend(value);
            return Ok(());
        }
        self.indent = indent;
        if let Some(name) = header(value) {
            return self.begin(number, name);
        }
        self.option(number, value)
    }

    /// Adds a continuation line to the option at hand, if there is one.
    fn extend(&mut self, line: &str) {
        if !self.in_option {
            return;
        }
        if let Some((_, value)) = self.sections.last_mut().and_then(|section| section.items.last_mut()) {
            value.push('\n');
            value.push_str(line);
        }
    }

    fn begin(&mut self, line: usize, name: &str) -> Result<(), IniError> {
        self.in_option = false;
        let known = self.sections.iter().any(|section| section.name == name);
        if known && name != DEFAULT {
            let reason = format!("While reading the file: section '{name}' already exists");
            return Err(IniError { line, reason });
        }
        self.sections.push(Section {
            name: name.to_owned(),
            items: Vec::new(),
        });
        Ok(())
    }

    fn option(&mut self, line: usize, text: &str) -> Result<(), IniError> {
        let Some(current) = self.sections.len().checked_sub(1) else {
            let reason = "File contains no section headers.".to_owned();
            return Err(IniError { line, reason });
        };
        let Some((name, value)) = text.split_once(['=', ':']).filter(|(name, _)| !name.trim().is_empty()) else {
            self.unreadable.get_or_insert(line);
            return Ok(());
        };
        let name = normalize_name(name.trim());
        // `[DEFAULT]` may come in parts, which count as one.
        let section = self.sections[current].name.clone();
        let first = self
            .sections
            .iter()
            .position(|known| known.name == section)
            .unwrap_or(current);
        if !self.seen.insert((first, name.clone())) {
            let reason = format!("While reading the file: option '{name}' in section '{section}' already exists");
            return Err(IniError { line, reason });
        }
        // `--` alone normalizes to nothing, which nothing can continue.
        self.in_option = !name.is_empty();
        self.sections[current].items.push((name, value.trim().to_owned()));
        Ok(())
    }

    fn finish(self) -> Result<Vec<Section>, IniError> {
        if let Some(line) = self.unreadable {
            let reason = "Source contains parsing errors".to_owned();
            return Err(IniError { line, reason });
        }
        let (defaults, mut sections): (Vec<_>, Vec<_>) = self.sections.into_iter().partition(|section| section.name == DEFAULT);
        let defaults: Vec<(String, String)> = defaults.into_iter().flat_map(|section| section.items).collect();
        for section in &mut sections {
            for (name, value) in &defaults {
                if !section.items.iter().any(|(known, _)| known == name) {
                    section.items.push((name.clone(), value.clone()));
                }
            }
            for (_, value) in &mut section.items {
                value.truncate(value.trim_end().len());
            }
        }
        Ok(sections)
    }
}

/// The name in `[name]`; what follows the last bracket is ignored, as Python's expression does.
fn header(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[')?;
    let end = inner.rfind(']')?;
    (end > 0).then(|| &inner[..end])
}

#[cfg(test)]
mod tests;
