//! Tokens of dependency specifiers, as `packaging`'s tokenizer cuts them.

/// Whether Python's `str.isspace` holds: Unicode white space and the four separators of ASCII.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// Python's `str.strip`.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A position in a text that only moves forward.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Byte offset of the next character.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest().is_empty()
    }

    /// Skips spaces and tabs; says whether there were any.
    pub(super) fn blank(&mut self) -> bool {
        let length = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        self.at += length;
        length > 0
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Takes `word` if it stands there with word boundaries on both sides.
    pub(super) fn keyword(&mut self, word: &str) -> bool {
        let before = self.text.get(..self.at).and_then(|text| text.chars().next_back());
        let after = self.rest().strip_prefix(word);
        let found = !before.is_some_and(is_word) && after.is_some_and(|rest| !rest.starts_with(is_word));
        if found {
            self.at += word.len();
        }
        found
    }

    /// A project or extra name: `\b[a-zA-Z0-9][a-zA-Z0-9._-]*\b`.
    pub(super) fn identifier(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let run = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
            .unwrap_or(rest.len());
        let boundary = |end: &usize| {
            let before = rest.get(..*end).and_then(|text| text.chars().next_back());
            let after = rest.get(*end..).and_then(|text| text.chars().next());
            before.is_some_and(is_word) != after.is_some_and(is_word)
        };
        let end = (1..=run).rev().find(boundary)?;
        self.take(end)
    }

    /// One version specifier, such as `>= 1.0`.
    pub(super) fn specifier(&mut self) -> Option<&'a str> {
        let length = specifier_length(self.rest())?;
        self.take(length)
    }

    /// Everything up to the next space or tab; nothing if there is none.
    pub(super) fn until_blank(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let length = rest.find([' ', '\t']).unwrap_or(rest.len());
        if length == 0 { None } else { self.take(length) }
    }

    /// The content of a quoted string, quotes of one kind on both sides.
    pub(super) fn quoted(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let content = rest.get(1..)?;
        let end = content.find(quote)?;
        self.at += end + 2;
        content.get(..end)
    }

    fn take(&mut self, length: usize) -> Option<&'a str> {
        let taken = self.rest().get(..length)?;
        self.at += length;
        Some(taken)
    }
}

/// Length of the version specifier at the start of `text`, if there is one. Grammar only: the version may still be no version.
fn specifier_length(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix("===") {
        let version = rest.trim_start_matches(is_space);
        let length = version
            .find(|c: char| is_space(c) || matches!(c, ';' | ')'))
            .unwrap_or(version.len());
        return Some(text.len() - version.len() + length);
    }
    let operator = ["==", "!=", "~=", "<=", ">=", "<", ">"]
        .into_iter()
        .find(|operator| text.starts_with(operator))?;
    let version = text.get(operator.len()..)?.trim_start_matches(is_space);
    let mut pattern = Pattern::new(version);
    match operator {
        "==" | "!=" => {
            pattern.release(1)?;
            if !pattern.eat_if(".*") {
                pattern.suffixes();
                pattern.local();
            }
        }
        "~=" => {
            pattern.release(2)?;
            pattern.suffixes();
        }
        _ => {
            pattern.release(1)?;
            pattern.suffixes();
        }
    }
    Some(text.len() - version.len() + pattern.at)
}

/// Whether `text` is one whole specifier (white space around it allowed); if so, its operator and its version.
pub(super) fn split_specifier(text: &str) -> Option<(&str, &str)> {
    let text = strip(text);
    if specifier_length(text)? != text.len() {
        return None;
    }
    let length = if text.starts_with("===") {
        3
    } else {
        text.find(|c: char| !matches!(c, '=' | '!' | '~' | '<' | '>'))?.min(2)
    };
    let (operator, version) = text.split_at_checked(length)?;
    Some((operator, strip(version)))
}

/// The parts of a version (PEP 440, appendix B), each taken greedily: no part after the release is obligatory, so nothing
/// backtracks.
struct Pattern<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Pattern<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
        }
    }

    fn eat_if(&mut self, token: &str) -> bool {
        let end = self.at + token.len();
        let found = self
            .bytes
            .get(self.at..end)
            .is_some_and(|bytes| bytes.eq_ignore_ascii_case(token.as_bytes()));
        if found {
            self.at = end;
        }
        found
    }

    fn run(&mut self, allowed: fn(&u8) -> bool) -> usize {
        let length = self.bytes.iter().skip(self.at).take_while(|byte| allowed(byte)).count();
        self.at += length;
        length
    }

    fn digits(&mut self) -> usize {
        self.run(u8::is_ascii_digit)
    }

    fn separator(&mut self) {
        if matches!(self.bytes.get(self.at), Some(b'-' | b'_' | b'.')) {
            self.at += 1;
        }
    }

    /// `v?`, epoch, and a release of at least `parts` numbers.
    fn release(&mut self, parts: usize) -> Option<()> {
        self.eat_if("v");
        let start = self.at;
        if self.digits() == 0 || !self.eat_if("!") {
            self.at = start;
        }
        if self.digits() == 0 {
            return None;
        }
        let mut count = 1;
        loop {
            let before = self.at;
            if self.eat_if(".") && self.digits() > 0 {
                count += 1;
            } else {
                self.at = before;
                break;
            }
        }
        (count >= parts).then_some(())
    }

    fn labelled(&mut self, labels: &[&str]) -> bool {
        let start = self.at;
        self.separator();
        if labels.iter().any(|label| self.eat_if(label)) {
            return true;
        }
        self.at = start;
        false
    }

    /// Pre-release, post-release and development release.
    fn suffixes(&mut self) {
        if self.labelled(&["alpha", "beta", "preview", "pre", "a", "b", "c", "rc"]) {
            self.separator();
            self.digits();
        }
        let start = self.at;
        if !(self.eat_if("-") && self.digits() > 0) {
            self.at = start;
            if self.labelled(&["post", "rev", "r"]) {
                self.separator();
                self.digits();
            }
        }
        if self.labelled(&["dev"]) {
            self.separator();
            self.digits();
        }
    }

    fn local(&mut self) {
        let start = self.at;
        if !(self.eat_if("+") && self.run(u8::is_ascii_alphanumeric) > 0) {
            self.at = start;
            return;
        }
        loop {
            let before = self.at;
            self.separator();
            if self.at == before || self.run(u8::is_ascii_alphanumeric) == 0 {
                self.at = before;
                return;
            }
        }
    }
}
