//! Lines as Python's `str.splitlines` has them.

/// The lines of `text`, without their ends.
///
/// Besides line feeds and carriage returns these end at the separators that Unicode and ASCII know: RECORD and `entry_points.txt`
/// are read so by pip.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text).filter(|text| !text.is_empty());
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((at, end)) = text.char_indices().find(|(_, character)| ends_line(*character)) else {
            rest = None;
            return Some(text);
        };
        let behind = &text[at + end.len_utf8()..];
        let behind = if end == '\r' {
            behind.strip_prefix('\n').unwrap_or(behind)
        } else {
            behind
        };
        rest = Some(behind).filter(|behind| !behind.is_empty());
        Some(&text[..at])
    })
}

fn ends_line(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn every_end_of_line_is_one() {
        let text = "a\nb\r\nc\rd\u{b}e\u{c}f\u{1c}g\u{85}h\u{2028}i\n\nj\n";
        let expected = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "", "j"];
        assert_eq!(lines(text).collect::<Vec<_>>(), expected);
        assert_eq!(lines("").count(), 0);
        assert_eq!(lines("\n").collect::<Vec<_>>(), [""]);
    }
}
