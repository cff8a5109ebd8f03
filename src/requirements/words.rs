//! Words of a command line, as Python's `shlex.split` cuts them in its POSIX mode.

/// A word and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) at: usize,
}

/// Splits at spaces, tabs and line ends; quotes and backslashes are resolved. Nothing if a quote or an escape has no end.
pub(super) fn split(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut current: Option<Word> = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if matches!(c, ' ' | '\t' | '\r' | '\n') {
            words.extend(current.take());
            continue;
        }
        let word = current.get_or_insert_with(|| Word { text: String::new(), at });
        match c {
            '\'' => loop {
                match chars.next()?.1 {
                    '\'' => break,
                    inner => word.text.push(inner),
                }
            },
            '"' => loop {
                match chars.next()?.1 {
                    '"' => break,
                    '\\' => {
                        let escaped = chars.next()?.1;
                        if !matches!(escaped, '"' | '\\') {
                            word.text.push('\\');
                        }
                        word.text.push(escaped);
                    }
                    inner => word.text.push(inner),
                }
            },
            '\\' => word.text.push(chars.next()?.1),
            other => word.text.push(other),
        }
    }
    words.extend(current);
    Some(words)
}

#[cfg(test)]
mod tests;
