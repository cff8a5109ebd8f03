//! How servers and shells want values to be written, so that each is read as what it is.

use std::fmt::Write as _;

/// A value that a format has no way to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} has a line break, which {format} cannot say")]
pub struct Unspeakable {
    /// Whose value.
    pub name: String,
    /// The format.
    pub format: &'static str,
}

/// A word of a POSIX shell.
pub fn shell(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%_-+=:,./".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// A value in a file of Java's `Properties`, which is read as Latin-1.
pub fn properties(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for (index, c) in value.chars().enumerate() {
        match c {
            ' ' if index == 0 => text.push_str("\\ "),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            ' '..='~' => text.push(c),
            other => utf16(&mut text, "\\u", other),
        }
    }
    text
}

/// A line of a file of variables that servers read without any quotes.
///
/// # Errors
/// When the value has more lines than one.
pub fn dotenv(name: &str, value: &str) -> Result<String, Unspeakable> {
    if value.contains(['\n', '\r']) {
        return Err(Unspeakable {
            name: name.to_owned(),
            format: "a file of variables",
        });
    }
    Ok(format!("{name}={value}"))
}

/// Lines of `GITHUB_ENV` or `GITHUB_OUTPUT`.
pub fn github(name: &str, value: &str) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{name}={value}");
    }
    // Nobody can have it in his value, as it depends on all of it.
    let end = &blake3::hash(value.as_bytes()).to_hex()[..32];
    format!("{name}<<{end}\n{value}\n{end}")
}

/// The message of a logging command of Azure Pipelines.
pub fn azure(value: &str) -> String {
    value.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a logging command of Azure Pipelines.
pub fn azure_property(value: &str) -> String {
    azure(value).replace(']', "%5D").replace(';', "%3B")
}

/// A value of a service message of `TeamCity`, without its quotes.
pub fn teamcity(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '|' | '\'' | '[' | ']' => text.extend(['|', c]),
            '\n' => text.push_str("|n"),
            '\r' => text.push_str("|r"),
            '\u{85}' => text.push_str("|x"),
            '\u{2028}' => text.push_str("|l"),
            '\u{2029}' => text.push_str("|p"),
            c if c.is_ascii() => text.push(c),
            other => utf16(&mut text, "|0x", other),
        }
    }
    text
}

/// A character as its units of UTF-16, each with four digits.
fn utf16(text: &mut String, mark: &str, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(text, "{mark}{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_is_written_as_its_reader_wants_it() {
        assert_eq!(shell("/w/.venv"), "/w/.venv");
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(shell(""), "''");
        assert_eq!(properties(" a\\b=ü\n"), "\\ a\\\\b=\\u00fc\\n");
        assert_eq!(github("path", "/w"), "path=/w");
        assert_eq!(azure("5 %\n"), "5 %AZP25%0A");
        assert_eq!(azure_property("a;b]"), "a%3Bb%5D");
        assert_eq!(teamcity("it's [5|6]\nü😀"), "it|'s |[5||6|]|n|0x00fc|0xd83d|0xde00");
        assert!(dotenv("A", "b\nC=d").is_err());
    }

    #[test]
    fn a_value_cannot_end_itself() {
        let value = "a\nEOF\nPATH=/evil";
        let text = github("x", value);
        let end = text.lines().next().unwrap().split_once("<<").unwrap().1.to_owned();
        assert_eq!(text.lines().filter(|line| *line == end).count(), 1);
        assert!(text.ends_with(&end));
    }

    /// What Java's reader makes of a value.
    fn unescaped(text: &str) -> String {
        let mut units: Vec<u16> = Vec::new();
        let mut chars = text.trim_start_matches([' ', '\t']).chars();
        while let Some(c) = chars.next() {
            let c = if c == '\\' {
                chars.next().unwrap()
            } else {
                units.push(c as u16);
                continue;
            };
            match c {
                'n' => units.push(10),
                'r' => units.push(13),
                't' => units.push(9),
                'u' => units.push(u16::from_str_radix(&chars.by_ref().take(4).collect::<String>(), 16).unwrap()),
                other => units.push(other as u16),
            }
        }
        String::from_utf16(&units).unwrap()
    }

    proptest! {
        #[test]
        fn properties_are_one_line_and_read_again(value in any::<String>()) {
            let text = properties(&value);
            prop_assert!(text.is_ascii() && !text.contains(['\n', '\r']));
            prop_assert_eq!(unescaped(&text), value);
        }

        #[test]
        fn messages_are_one_line(value in any::<String>()) {
            prop_assert!(!teamcity(&value).contains(['\n', '\r']));
            prop_assert!(!azure_property(&value).contains(['\n', '\r', ';', ']']));
        }
    }
}
