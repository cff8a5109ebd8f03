//! Headers of METADATA and WHEEL, as Python's `email.parser` reads them (RFC 822 with its well-worn leniency).

/// Headers in their order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Headers(Vec<(String, String)>);

impl Headers {
    /// Reads headers up to the empty line, or the first line that is none; what follows is a body.
    pub(super) fn parse(text: &str) -> Self {
        Self::with_body(text).0
    }

    /// The same, and what follows.
    pub(super) fn with_body(text: &str) -> (Self, &str) {
        let mut headers: Vec<(String, String)> = Vec::new();
        // Whether a continuation line has something to continue.
        let mut open = false;
        let mut body = text;
        for line in raw_lines(text) {
            let here = body;
            body = &body[line.len()..];
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = headers.last_mut().filter(|_| open) {
                    value.push_str(line);
                }
                continue;
            }
            if line.starts_with("From ") {
                // An envelope's line, of a mailbox; nobody continues it.
                open = false;
                continue;
            }
            let Some((name, value)) = line
                .split_once(':')
                .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_graphic()))
            else {
                // An empty line only separates.
                if !line.trim_end_matches(['\r', '\n']).is_empty() {
                    body = here;
                }
                break;
            };
            open = !name.is_empty();
            if open {
                headers.push((name.to_owned(), value.trim_start_matches([' ', '\t']).to_owned()));
            }
        }
        for (_, value) in &mut headers {
            value.truncate(value.trim_end_matches(['\r', '\n']).len());
        }
        (Self(headers), body)
    }

    /// The first header called `name`, in whatever case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All headers called `name`, in whatever case.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Lines with their ends: line feed, carriage return, or both.
fn raw_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = match rest.find(['\r', '\n']) {
            Some(at) if rest[at..].starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
            None => rest.len(),
        };
        let (line, behind) = rest.split_at(end);
        rest = behind;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, name: &str) -> Vec<String> {
        Headers::parse(text).all(name).map(str::to_owned).collect()
    }

    #[test]
    fn names_ignore_case_and_repeat() {
        assert_eq!(
            all("Requires-Dist: a\nREQUIRES-DIST:b\r\nrequires-dist: \tc", "Requires-Dist"),
            ["a", "b", "c"]
        );
    }

    #[test]
    fn folded_lines_keep_their_ends() {
        assert_eq!(
            all("License: one\n  two\r\n\tthree\nName: x", "license"),
            ["one\n  two\r\n\tthree"]
        );
    }

    #[test]
    fn the_body_begins_at_the_first_line_that_is_no_header() {
        assert_eq!(all("Name: a\n\nName: b", "name"), ["a"]);
        assert_eq!(all("Name: a\nno header\nName: b", "name"), ["a"]);
        assert_eq!(all("\u{feff}Name: a", "name"), [""; 0]);
        assert_eq!(all("Na me: a\nName: b", "name"), [""; 0]);
    }

    #[test]
    fn lines_without_a_name_are_skipped() {
        assert_eq!(
            all(" continues nothing\nFrom me\n continued\n: odd\n continued\nName: a", "name"),
            ["a"]
        );
    }

    proptest::proptest! {
        /// METADATA and WHEEL, whatever stands in them: no panic, and the body is what the text ends in.
        #[test]
        fn any_text_is_read(text in "[A-Ca:\\- \t\r\n\u{85}\u{2028}\u{feff}\0]{0,60}") {
            let (_, body) = Headers::with_body(&text);
            proptest::prop_assert!(text.ends_with(body));
        }
    }
}
