//! RECORD: the rows of it, read and written as Python's `csv` does (PEP 376, recording installed projects).

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::key::Sha256;

use super::lines::lines;

/// A row of RECORD; rows sort as pip sorts them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Row {
    /// The file, relative to the folder that holds `.dist-info`; `/`-separated.
    pub path: String,
    /// `algorithm=digest`, or nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// Bytes in decimal, or nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub size: String,
}

impl Row {
    /// The row of a file with this content.
    pub fn hashed(path: impl Into<String>, sha256: &Sha256, size: u64) -> Self {
        Self {
            path: path.into(),
            hash: digest(sha256),
            size: size.to_string(),
        }
    }

    /// A row that tells no more than that there is a file.
    pub fn bare(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            hash: String::new(),
            size: String::new(),
        }
    }
}

/// A digest as RECORD writes it: `sha256=` and URL-safe base64 without padding.
pub fn digest(sha256: &Sha256) -> String {
    format!("sha256={}", BASE64URL_NOPAD.encode(sha256.as_bytes()))
}

/// The text of a RECORD of these rows, sorted, with the line ends that `csv.writer` makes.
pub fn compose(mut rows: Vec<Row>) -> String {
    rows.sort_unstable();
    let mut text = String::with_capacity(rows.iter().map(|row| row.path.len() + row.hash.len() + 12).sum());
    for row in &rows {
        for (field, end) in [(&row.path, ","), (&row.hash, ","), (&row.size, "\r\n")] {
            if field.contains([',', '"', '\r', '\n']) {
                text.push('"');
                text.push_str(&field.replace('"', "\"\""));
                text.push('"');
            } else {
                text.push_str(field);
            }
            text.push_str(end);
        }
    }
    text
}

/// The rows of an installed RECORD; what has no path is none.
pub fn rows(text: &str) -> Vec<Row> {
    let rows = read(text).into_iter().filter_map(|row| {
        let mut fields = row.into_iter();
        let path = fields.next().filter(|path| !path.is_empty())?;
        let (hash, size) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        Some(Row { path, hash, size })
    });
    rows.collect()
}

/// Reads the fields of each row as `csv.reader(text.splitlines())` does; an empty line is a row without fields.
pub(super) fn read(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    for line in lines(text) {
        if line.is_empty() && !quoted {
            rows.push(Vec::new());
            continue;
        }
        let mut at_start = !quoted;
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' if quoted && characters.peek() == Some(&'"') => {
                    characters.next();
                    field.push('"');
                }
                '"' if quoted => quoted = false,
                '"' if at_start => quoted = true,
                ',' if !quoted => {
                    row.push(std::mem::take(&mut field));
                    at_start = true;
                    continue;
                }
                other => field.push(other),
            }
            at_start = false;
        }
        // A quote that is still open goes on in the next line; the line's end is lost.
        if !quoted {
            row.push(std::mem::take(&mut field));
            rows.push(std::mem::take(&mut row));
        }
    }
    if quoted {
        row.push(field);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_are_read_as_python_reads_them() {
        let text = "a,b,c\r\n\"x,\"\"y\"\"\",,\n\n\"open\nclosed\"z,1\nq\"uo\"te,,,four\n\"tail";
        let expected: Vec<Vec<&str>> = vec![
            vec!["a", "b", "c"],
            vec!["x,\"y\"", "", ""],
            vec![],
            vec!["openclosedz", "1"],
            vec!["q\"uo\"te", "", "", "four"],
            vec!["tail"],
        ];
        assert_eq!(read(text), expected);
        assert_eq!(read("\"a\"\"\n,b\""), [["a\",b"]]);
    }

    #[test]
    fn rows_are_written_sorted_and_quoted() {
        let rows = vec![
            Row::bare("b"),
            Row::bare("a,\"b\""),
            Row::bare("Z"),
            Row::hashed("b", &Sha256::from_bytes([0; 32]), 7),
        ];
        let text = "Z,,\r\n\"a,\"\"b\"\"\",,\r\nb,,\r\nb,sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,7\r\n";
        assert_eq!(compose(rows), text);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(mut paths in prop::collection::vec("[a-z,\"/. é]{1,8}", 0..8)) {
            let text = compose(paths.iter().map(Row::bare).collect());
            paths.sort();
            let read: Vec<String> = read(&text).into_iter().map(|row| row[0].clone()).collect();
            prop_assert_eq!(read, paths);
        }

        #[test]
        fn any_text_can_be_read(text in "[a,\"\r\n\u{85}]{0,40}") {
            read(&text);
        }
    }
}
