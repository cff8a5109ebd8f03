//! Which text the bytes of a requirements file are.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::error::ErrorKind;

/// Decodes a local requirements file: byte order mark, else the coding line of PEP 263 in its first two lines, else UTF-8.
///
/// Bytes that are not UTF-8 and say nothing are left to pip, which decodes them by its locale.
pub(super) fn decode(bytes: &[u8], name: &str) -> Result<String, ErrorKind> {
    let wrong = |encoding: &str| ErrorKind::Undecodable {
        name: name.to_owned(),
        encoding: encoding.to_owned(),
    };
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return String::from_utf8(rest.to_vec()).map_err(|_| wrong("utf-8"));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe\0\0") {
        return utf32(rest, u32::from_le_bytes).ok_or_else(|| wrong("utf-32"));
    }
    if let Some(rest) = bytes.strip_prefix(b"\0\0\xfe\xff") {
        return utf32(rest, u32::from_be_bytes).ok_or_else(|| wrong("utf-32-be"));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return whole(UTF_16LE, rest).ok_or_else(|| wrong("utf-16"));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return whole(UTF_16BE, rest).ok_or_else(|| wrong("utf-16-be"));
    }
    if let Some(label) = declared(bytes) {
        return match by_label(bytes, &label) {
            Decoded::Text(text) => Ok(text),
            Decoded::Wrong => Err(wrong(&label)),
            Decoded::Unknown => Err(ErrorKind::Unsupported(format!("the encoding '{label}' of '{name}'"))),
        };
    }
    String::from_utf8(bytes.to_vec())
        .map_err(|_| ErrorKind::Unsupported(format!("'{name}' is not UTF-8, and its encoding is the locale's")))
}

/// The encoding that one of the first two lines names, if that line begins with `#`.
fn declared(bytes: &[u8]) -> Option<String> {
    bytes
        .split(|&byte| byte == b'\n')
        .take(2)
        .filter(|line| line.starts_with(b"#"))
        .find_map(|line| coding(&String::from_utf8_lossy(line)).map(str::to_owned))
}

/// The first match of `coding[:=]\s*([-\w.]+)`, ASCII only.
fn coding(line: &str) -> Option<&str> {
    line.match_indices("coding").find_map(|(at, word)| {
        let rest = line.get(at + word.len()..)?.strip_prefix([':', '='])?;
        let rest = rest.trim_start_matches(|c: char| matches!(c, ' ' | '\t'..='\r'));
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        rest.get(..end).filter(|label| !label.is_empty())
    })
}

enum Decoded {
    Text(String),
    Wrong,
    Unknown,
}

fn by_label(bytes: &[u8], label: &str) -> Decoded {
    let known = |text: Option<String>| text.map_or(Decoded::Wrong, Decoded::Text);
    match label.to_ascii_lowercase().replace('_', "-").as_str() {
        "utf-8" | "utf8" | "u8" => known(String::from_utf8(bytes.to_vec()).ok()),
        "ascii" | "us-ascii" => known(bytes.is_ascii().then(|| String::from_utf8_lossy(bytes).into_owned())),
        // To Encoding Standard these are windows-1252, to Python they are not.
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" => {
            Decoded::Text(bytes.iter().copied().map(char::from).collect())
        }
        // In this range Python's tables and those of the Encoding Standard differ.
        _ if bytes.iter().any(|byte| (0x80..=0x9f).contains(byte)) => Decoded::Unknown,
        other => Encoding::for_label(other.as_bytes())
            .filter(|encoding| encoding.is_single_byte())
            .and_then(|encoding| whole(encoding, bytes))
            .map_or(Decoded::Unknown, Decoded::Text),
    }
}

fn whole(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let (text, failed) = encoding.decode_without_bom_handling(bytes);
    (!failed).then(|| text.into_owned())
}

fn utf32(bytes: &[u8], number: fn([u8; 4]) -> u32) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    units.iter().map(|unit| char::from_u32(number(*unit))).collect()
}

#[cfg(test)]
mod tests;
