//! Output made the same on every machine, for snapshots.

/// Replacements that make output comparable: paths and addresses by name, times and sizes by kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filters {
    literal: Vec<(String, String)>,
}

/// Units that follow a number, and what the two are replaced by.
const UNITS: [(&str, &str); 12] = [
    ("ms", "[TIME]"),
    ("µs", "[TIME]"),
    ("s", "[TIME]"),
    ("min", "[TIME]"),
    ("B", "[SIZE]"),
    ("kB", "[SIZE]"),
    ("KB", "[SIZE]"),
    ("MB", "[SIZE]"),
    ("GB", "[SIZE]"),
    ("KiB", "[SIZE]"),
    ("MiB", "[SIZE]"),
    ("GiB", "[SIZE]"),
];

impl Filters {
    /// Adds a text that is replaced wherever it occurs; longer texts go first.
    pub(crate) fn replace(&mut self, text: impl Into<String>, by: &str) {
        let text = text.into();
        if !text.is_empty() {
            self.literal.push((text, by.to_owned()));
            self.literal.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        }
    }

    /// Applies all replacements.
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (from, to) in &self.literal {
            text = text.replace(from, to);
        }
        quantities(&loopback(&text))
    }
}

/// Replaces `127.0.0.1:PORT` by `[INDEX]`.
fn loopback(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("[INDEX]");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    out
}

/// Replaces a number with a unit of time or size by the name of its kind.
fn quantities(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let joined = rest[..start].ends_with(|c: char| c.is_alphanumeric() || "._-+".contains(c));
        let length = rest[start..]
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len() - start);
        let end = start + length;
        let after = rest[end..].strip_prefix(' ').unwrap_or(&rest[end..]);
        let word = after.find(|c: char| !c.is_alphanumeric()).unwrap_or(after.len());
        let kind = UNITS.iter().find(|(unit, _)| *unit == &after[..word]);
        out.push_str(&rest[..start]);
        if let Some((_, name)) = kind.filter(|_| !joined) {
            out.push_str(name);
            rest = &after[word..];
        } else {
            out.push_str(&rest[start..end]);
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}

#[test]
fn times_sizes_paths_and_ports_lose_their_values() {
    let mut filters = Filters::default();
    filters.replace("/tmp/x", "[ROOT]");
    filters.replace("/tmp/x/cache", "[CACHE]");
    let text = "/tmp/x/.venv /tmp/x/cache http://127.0.0.1:4711/simple/ 12.5 MB in 0.31 s, 31ms, 0 B, demo-1.0 s2 2 files";
    assert_eq!(
        filters.apply(text),
        "[ROOT]/.venv [CACHE] http://[INDEX]/simple/ [SIZE] in [TIME], [TIME], [SIZE], demo-1.0 s2 2 files"
    );
}
