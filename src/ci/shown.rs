//! How a report is shown: as properties, as a line, as a page.

use std::fmt::Write as _;
use std::time::Duration;

use super::report::{Distribution, Report};
use crate::report::{bytes, counted, duration};

/// As many distributions stand on the page for people.
const LISTED: usize = 25;

impl Report {
    /// The properties that servers are handed, in the order of the documentation; all of them, always.
    pub fn properties(&self) -> Vec<(&'static str, String)> {
        let counts = &self.counts;
        vec![
            ("result", self.result.name().to_owned()),
            ("reason", self.reason.clone()),
            ("key", self.key.clone()),
            ("path", self.path.clone()),
            ("python", self.python.clone()),
            ("bin", self.bin.clone()),
            ("distributions", counts.distributions.to_string()),
            ("store", counts.store.to_string()),
            ("remote", counts.remote.to_string()),
            ("index", counts.index.to_string()),
            ("built", counts.built.to_string()),
            ("seconds", format!("{:.3}", self.seconds)),
            ("saved_seconds", format!("{:.3}", self.saved_seconds)),
            ("bytes", self.bytes.to_string()),
            ("links", self.links.clone()),
            ("vendor", self.server.name.clone()),
            ("trust", self.server.trust.clone()),
        ]
    }

    /// The line that stands last on the console.
    pub fn line(&self) -> String {
        let counts = &self.counts;
        let mut line = format!("snapenv: result={}", self.result.name());
        let words = [
            ("key", self.key.clone()),
            ("distributions", counts.distributions.to_string()),
            ("store", counts.store.to_string()),
            ("remote", counts.remote.to_string()),
            ("index", counts.index.to_string()),
            ("built", counts.built.to_string()),
            ("seconds", format!("{:.2}", self.seconds)),
            ("saved", format!("{:.2}", self.saved_seconds)),
            ("bytes", self.bytes.to_string()),
            ("links", self.links.clone()),
            ("vendor", self.server.name.clone()),
            ("trust", self.server.trust.clone()),
            ("path", word(&self.path)),
            ("reason", quoted(&self.reason)),
        ];
        for (name, value) in words {
            let value = if value.is_empty() { "-" } else { &value };
            let _ = write!(line, " {name}={value}");
        }
        line
    }

    /// A page for people.
    pub fn markdown(&self) -> String {
        let counts = &self.counts;
        let mut text = format!("### snapenv: {}\n\n", self.result.name());
        let _ = writeln!(text, "{}\n", escaped(&self.reason));
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "**Hint:** {}\n", escaped(hint));
        }
        let saved = duration(Duration::from_secs_f64(self.saved_seconds));
        let rows = [
            ("environment", escaped(&self.path)),
            ("interpreter", escaped(&self.python_version)),
            ("took", format!("{:.2} s", self.seconds)),
            ("saved", saved),
            (
                "distributions",
                format!(
                    "{}: {} from the store, {} fetched, {} built",
                    counts.distributions, counts.store, counts.index, counts.built
                ),
            ),
            (
                "size",
                format!(
                    "{}, {}",
                    counted(usize::try_from(self.files).unwrap_or(usize::MAX), "file", "files"),
                    bytes(self.bytes)
                ),
            ),
            ("links", self.links.clone()),
            (
                "trust",
                format!("{}: {}", self.server.trust, escaped(&self.server.trust_reason)),
            ),
            ("key", format!("`{}`", self.key)),
        ];
        text.push_str("| | |\n|---|---|\n");
        for (name, value) in rows {
            let _ = writeln!(text, "| {name} | {value} |");
        }
        let mut made: Vec<&Distribution> = self.distributions.iter().filter(|one| one.source != "store").collect();
        let total = |one: &Distribution| one.phases.values().sum::<f64>();
        made.sort_by(|a, b| total(b).total_cmp(&total(a)));
        if !made.is_empty() {
            text.push_str("\n| distribution | from | seconds |\n|---|---|---|\n");
            for one in made.iter().take(LISTED) {
                let _ = writeln!(
                    text,
                    "| {} {} | {} | {:.2} |",
                    escaped(&one.name),
                    escaped(&one.version),
                    one.source,
                    total(one)
                );
            }
            if made.len() > LISTED {
                let _ = writeln!(text, "| and {} more | | |", made.len() - LISTED);
            }
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "\n> {}", escaped(warning));
        }
        text
    }
}

/// Markdown that shows as the text, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '&' | '@' => escaped.extend(['\\', c]),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A word of the console line: whatever would end it is quoted.
fn word(text: &str) -> String {
    if text.contains([' ', '"', '\n', '\t', '\\']) {
        quoted(text)
    } else {
        text.to_owned()
    }
}

fn quoted(text: &str) -> String {
    // Strings of JSON have no line breaks.
    serde_json::to_string(text).unwrap_or_default()
}
