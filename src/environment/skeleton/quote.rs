//! Text as a literal of each shell. Whatever it contains, no shell finds anything in it to expand or to run.
//!
//! Templates use these literals as whole words, outside of quotes. That is what CVE-2024-9287 (venv) and CVE-2024-53899 (virtualenv)
//! were missing.

use std::fmt::Write as _;

/// A literal of sh, dash, bash, zsh and ksh.
pub(super) fn posix(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A literal of csh and tcsh: history expansion (`!`) reaches into their quotes, and `backslash_quote` changes what a backslash means
/// there, so each special character stands alone, outside of quotes.
pub(super) fn csh(text: &str) -> String {
    let mut literal = String::from("''");
    for character in text.chars() {
        match character {
            // Only inside quotes is an escaped newline a newline.
            '\n' => literal.push_str("'\\\n'"),
            _ if character.is_ascii_alphanumeric() || !character.is_ascii() => literal.push(character),
            _ => literal.extend(['\\', character]),
        }
    }
    literal
}

/// A literal of fish.
pub(super) fn fish(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// A literal of PowerShell, which takes typographic quotes for quotes.
pub(super) fn powershell(text: &str) -> String {
    let mut literal = String::from("'");
    for character in text.chars() {
        literal.push(character);
        if matches!(character, '\'' | '\u{2018}'..='\u{201b}') {
            literal.push(character);
        }
    }
    literal.push('\'');
    literal
}

/// A literal of nushell; only its `$"..."` strings are expanded.
pub(super) fn nu(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            _ if character.is_control() => {
                let _ = write!(literal, "\\u{{{:x}}}", u32::from(character));
            }
            _ => literal.push(character),
        }
    }
    literal.push('"');
    literal
}

/// A literal of Python, as `repr()` writes it: `pyvenv.cfg` holds the prompt in this form.
pub(super) fn python(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut literal = String::from(quote);
    for character in text.chars() {
        match character {
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '\\' => literal.push_str("\\\\"),
            _ if character == quote => literal.extend(['\\', character]),
            _ if character.is_control() => {
                let _ = write!(literal, "\\x{:02x}", u32::from(character));
            }
            // Python's str.splitlines() and str.isprintable() know these as line ends.
            '\u{2028}' | '\u{2029}' => {
                let _ = write!(literal, "\\u{:04x}", u32::from(character));
            }
            _ => literal.push(character),
        }
    }
    literal.push(quote);
    literal
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn literals_look_as_expected() {
        assert_eq!(posix("a'b$c"), r"'a'\''b$c'");
        assert_eq!(csh("a b!"), r"''a\ b\!");
        assert_eq!(csh("a\nb"), "''a'\\\n'b");
        assert_eq!(fish(r"a'b\c"), r"'a\'b\\c'");
        assert_eq!(powershell("a'b\u{2019}"), "'a''b\u{2019}\u{2019}'");
        assert_eq!(nu("a\"b\\\n"), "\"a\\\"b\\\\\\u{a}\"");
        assert_eq!(python("it's"), "\"it's\"");
        assert_eq!(python("'\"\\\n\x1b"), "'\\'\"\\\\\\n\\x1b'");
    }

    proptest! {
        /// Reads the literal back by the shell's rule for single quotes.
        #[test]
        fn posix_literals_mean_the_text(text in "\\PC*|[ '\"$`\\\\\n!a]*") {
            let mut read = String::new();
            let literal = posix(&text);
            let mut rest = literal.as_str();
            while let Some(tail) = rest.strip_prefix('\'') {
                let (part, after) = tail.split_once('\'').unwrap();
                read.push_str(part);
                rest = after;
                if let Some(after) = rest.strip_prefix(r"\'") {
                    read.push('\'');
                    rest = after;
                }
            }
            prop_assert_eq!(rest, "");
            prop_assert_eq!(read, text);
        }
    }
}
