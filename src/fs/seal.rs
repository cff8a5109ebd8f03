//! Text that shows when it was damaged: JSON objects whose last field, `check`, is the BLAKE3 of all bytes before that field.

use serde::Deserialize;

const FIELD: &[u8] = b",\"check\":\"";
const END: &[u8] = b"\"}";
const DIGITS: usize = 64;

/// What a file turns out to be when all of it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Soundness {
    /// It is as it was written.
    Whole,
    /// It is as a newer version wrote it, and none of our business.
    Newer,
    /// It is not as it was written.
    Damaged(&'static str),
}

#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

/// Seals the text of a JSON object that has a field at least.
pub fn sealed(mut object: Vec<u8>) -> Vec<u8> {
    object.pop();
    let digest = blake3::hash(&object).to_hex();
    object.extend([FIELD, digest.as_bytes(), END].concat());
    object
}

/// Looks at a sealed text; `format` is the newest that is known. Every format has the seal: the number is only believed under it.
pub fn soundness(text: &[u8], format: u32) -> Soundness {
    if text.is_empty() {
        return Soundness::Damaged("it is empty");
    }
    if !is_sealed(text) {
        return Soundness::Damaged("it is not what was written: its check does not match");
    }
    match serde_json::from_slice::<FormatOnly>(text) {
        Ok(found) if found.format > format => Soundness::Newer,
        Ok(_) => Soundness::Whole,
        Err(_) => Soundness::Damaged("it is no record"),
    }
}

fn is_sealed(text: &[u8]) -> bool {
    let at = text.len().checked_sub(FIELD.len() + DIGITS + END.len());
    let Some((object, seal)) = at.and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    let digest = seal.strip_prefix(FIELD).and_then(|rest| rest.strip_suffix(END));
    digest == Some(blake3::hash(object).to_hex().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_and_every_end_is_noticed() {
        let text = sealed(b"{\"format\":1,\"key\":\"value\"}".to_vec());
        assert_eq!(soundness(&text, 1), Soundness::Whole);
        let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(value["key"], "value");
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut flipped = text.clone();
                flipped[at] ^= 1 << bit;
                assert!(matches!(soundness(&flipped, 1), Soundness::Damaged(_)), "{at} {bit}");
            }
            assert!(matches!(soundness(&text[..at], 1), Soundness::Damaged(_)), "{at}");
        }
    }

    #[test]
    fn a_newer_format_is_believed_under_its_seal_only() {
        assert_eq!(soundness(&sealed(b"{\"format\":2}".to_vec()), 1), Soundness::Newer);
        assert!(matches!(soundness(b"{\"format\":2}", 1), Soundness::Damaged(_)));
        assert!(matches!(soundness(&sealed(b"{\"of\":2}".to_vec()), 1), Soundness::Damaged(_)));
    }
}
