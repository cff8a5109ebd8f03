use std::path::Path;

use super::logical;
use crate::requirements::{LoadError, Loader, PathKind, Place};

struct Variables;

impl Loader for Variables {
    fn load(&self, _: &Place) -> Result<Vec<u8>, LoadError> {
        Err(LoadError::Fetch("nothing here".to_owned()))
    }

    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "SET_1" => Some("value".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn kind(&self, _: &Path) -> PathKind {
        PathKind::Missing
    }
}

fn lines(content: &str) -> Vec<(usize, String)> {
    logical(content, &Variables)
        .into_iter()
        .map(|line| (line.number, line.text))
        .collect()
}

fn one(content: &str) -> String {
    let lines = lines(content);
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.into_iter().next().unwrap().1
}

#[test]
fn continuations_carry_the_first_number() {
    assert_eq!(lines("\na \\\n  b\\\nc\nd"), [(2, "a   bc".to_owned()), (5, "d".to_owned())]);
    assert_eq!(one("a\\"), "a");
    assert_eq!(lines("\\\n\\\n"), []);
}

#[test]
fn a_comment_ends_a_continuation() {
    assert_eq!(lines("a \\\n# b \\\nc"), [(1, "a".to_owned()), (3, "c".to_owned())]);
    assert_eq!(lines("# a \\\nb"), [(2, "b".to_owned())]);
    // A comment behind something does continue.
    assert_eq!(one("a # b \\\nc"), "a");
}

#[test]
fn comments_need_white_space_before_them() {
    assert_eq!(one("a#b"), "a#b");
    assert_eq!(one("a \t# b # c"), "a");
    assert_eq!(one("a@https://h/x#y  #z"), "a@https://h/x#y");
    assert_eq!(lines("#a\n  # b\n\n \t"), []);
}

#[test]
fn every_line_end_of_python_ends_a_line() {
    let found = lines("a\rb\r\nc\x0bd\x0ce\x1cf\u{85}g\u{2028}h\n");
    let texts: Vec<_> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["a", "b", "c", "d", "e", "f", "g", "h"]);
    assert_eq!(found.last().unwrap().0, 8);
}

#[test]
fn variables_that_are_set_are_expanded() {
    assert_eq!(one("${SET_1}${SET_1}"), "valuevalue");
    for text in ["${EMPTY}", "${UNSET}", "${set}", "$SET_1", "${SET_1", "${}"] {
        assert_eq!(one(text), text);
    }
    // Comments go first.
    assert_eq!(one("a${SET_1} # ${SET_1}"), "avalue");
}
