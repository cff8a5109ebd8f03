//! Names of members.

use super::Fault;

/// Longest name, in bytes: what Linux takes for a path, less room for the environment's own.
const LONGEST: usize = 2048;
/// Longest part of a name, in bytes: what file systems take.
const LONGEST_PART: usize = 255;

/// Reads a member's name, which must be UTF-8 (marked so where it is not plain ASCII) and printable.
///
/// Unmarked names that are not ASCII are code page 437 to `CPython`; what people meant by them nobody knows.
pub(super) fn parse(bytes: &[u8], marked: Marked) -> Result<String, Fault> {
    let lossy = || String::from_utf8_lossy(bytes).into_owned();
    let name = std::str::from_utf8(bytes).map_err(|_| Fault::NotUtf8(lossy()))?;
    if marked == Marked::Unmarked && !name.is_ascii() {
        return Err(Fault::NotUtf8(lossy()));
    }
    if name.is_empty() || name.contains(misleads) {
        return Err(Fault::BadName(name.to_owned()));
    }
    if name.len() > LONGEST || name.split('/').any(|part| part.len() > LONGEST_PART) {
        return Err(Fault::LongName(name.to_owned()));
    }
    Ok(name.to_owned())
}

/// Whether the archive says that a name is UTF-8 (bit 11 of the flags).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marked {
    Utf8,
    Unmarked,
}

/// Whether a character could make one name look like another: a control character, a bidirectional control (UAX #9) or a line
/// separator.
pub(crate) fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
