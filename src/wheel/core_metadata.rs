//! Core metadata in full, as JSON has it.

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::headers::Headers;
use super::metadata::{InvalidMetadata, Metadata, Text};

/// All of METADATA in the order and form of PEP 566, as pip's installation report has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CoreMetadata(Vec<(String, Field)>);

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Field {
    /// Of one that stands once.
    One(String),
    /// Of one that may stand several times, and of keywords.
    Many(Vec<String>),
}

/// How often a field may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Once,
    Often,
}

/// The fields that pip reports, in its order.
const FIELDS: &[(&str, Use)] = &[
    ("Metadata-Version", Use::Once),
    ("Name", Use::Once),
    ("Version", Use::Once),
    ("Dynamic", Use::Often),
    ("Platform", Use::Often),
    ("Supported-Platform", Use::Often),
    ("Summary", Use::Once),
    ("Description", Use::Once),
    ("Description-Content-Type", Use::Once),
    ("Keywords", Use::Once),
    ("Home-page", Use::Once),
    ("Download-URL", Use::Once),
    ("Author", Use::Once),
    ("Author-email", Use::Once),
    ("Maintainer", Use::Once),
    ("Maintainer-email", Use::Once),
    ("License", Use::Once),
    ("License-Expression", Use::Once),
    ("License-File", Use::Often),
    ("Classifier", Use::Often),
    ("Requires-Dist", Use::Often),
    ("Requires-Python", Use::Once),
    ("Requires-External", Use::Often),
    ("Project-URL", Use::Often),
    ("Provides-Extra", Use::Often),
    ("Provides-Dist", Use::Often),
    ("Obsoletes-Dist", Use::Often),
];

impl CoreMetadata {
    /// Reads METADATA.
    ///
    /// # Errors
    /// Fails where it is not UTF-8.
    pub fn parse(content: &[u8]) -> Result<Self, InvalidMetadata> {
        let text = std::str::from_utf8(content).map_err(|_| InvalidMetadata::NotUtf8)?;
        let (headers, body) = Headers::with_body(text);
        let mut fields = Vec::new();
        for (name, used) in FIELDS {
            let mut values = headers.all(name).map(unfolded);
            let value = match used {
                Use::Once if *name == "Description" && !body.is_empty() => Some(Field::One(body.to_owned())),
                Use::Once if *name == "Keywords" => values.next().map(|text| Field::Many(keywords(&text))),
                Use::Once => values.next().map(Field::One),
                Use::Often => Some(values.collect::<Vec<_>>())
                    .filter(|all| !all.is_empty())
                    .map(Field::Many),
            };
            fields.extend(value.map(|value| (key(name), value)));
        }
        Ok(Self(fields))
    }

    /// The fields that installing and resolving need.
    ///
    /// # Errors
    /// Fails where it has no name or version.
    pub fn essentials(&self) -> Result<Metadata, InvalidMetadata> {
        let one = |name: &str| match self.field(name) {
            Some(Field::One(text)) => Some(text.clone()),
            Some(Field::Many(_)) | None => None,
        };
        let many = |name: &str| match self.field(name) {
            Some(Field::Many(texts)) => texts.clone(),
            Some(Field::One(_)) | None => Vec::new(),
        };
        // A value that was folded right behind its colon begins with the fold.
        let trimmed = |text: String| text.trim().to_owned();
        Ok(Metadata {
            name: one("Name").ok_or(InvalidMetadata::Missing("Name"))?,
            version: one("Version").ok_or(InvalidMetadata::Missing("Version"))?,
            requires_dist: many("Requires-Dist").into_iter().map(trimmed).collect(),
            requires_python: one("Requires-Python").map(trimmed),
            provides_extra: many("Provides-Extra"),
            text: Text::default(),
        })
    }

    fn field(&self, name: &str) -> Option<&Field> {
        let key = key(name);
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }
}

/// The name of a field in JSON.
fn key(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// Keywords are separated by commas, or (in old metadata) by blanks.
fn keywords(text: &str) -> Vec<String> {
    if text.contains(',') {
        text.split(',').map(|word| word.trim().to_owned()).collect()
    } else {
        text.split_whitespace().map(str::to_owned).collect()
    }
}

/// A folded value without what all its lines are indented by; the first one counts as indented by eight, as setuptools folds.
fn unfolded(value: &str) -> String {
    if !value.contains('\n') {
        return value.to_owned();
    }
    let value = format!("        {value}");
    let blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    let indents = value
        .split('\n')
        .filter(|line| !blank(line))
        .map(|line| &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]);
    let common = indents.reduce(shared).unwrap_or_default();
    let lines = value
        .split('\n')
        .map(|line| if blank(line) { "" } else { &line[common.len()..] });
    lines.collect::<Vec<_>>().join("\n")
}

/// What two texts both begin with.
fn shared<'a>(a: &'a str, b: &str) -> &'a str {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    &a[..same]
}

impl Serialize for CoreMetadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for CoreMetadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = CoreMetadata;

            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("core metadata")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<CoreMetadata, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(CoreMetadata(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Metadata-Version: 2.1\nName: Demo\nVersion: 1.0\nRequires-Dist: a\nRequires-Dist: b\nKeywords: one, two\n\
                        License: first\n        second\n          third\nRequires-Python: >=3.8\n\nThe body.\n";

    #[test]
    fn json_is_as_pip_writes_it() {
        let metadata = CoreMetadata::parse(TEXT.as_bytes()).unwrap();
        let json = serde_json::to_string(&metadata).unwrap();
        assert_eq!(
            json,
            r#"{"metadata_version":"2.1","name":"Demo","version":"1.0","description":"The body.\n","keywords":["one","two"],"license":"first\nsecond\n  third","requires_dist":["a","b"],"requires_python":">=3.8"}"#
        );
        let again: CoreMetadata = serde_json::from_str(&json).unwrap();
        assert_eq!(again, metadata);
    }

    #[test]
    fn the_essentials_are_those_of_the_text() {
        let essentials = Metadata::parse(TEXT.as_bytes()).unwrap();
        assert_eq!(
            CoreMetadata::parse(TEXT.as_bytes()).unwrap().essentials().unwrap(),
            essentials
        );
        assert_eq!(CoreMetadata::default().essentials(), Err(InvalidMetadata::Missing("Name")));
    }

    #[test]
    fn a_description_may_be_a_header() {
        let metadata = CoreMetadata::parse(b"Name: a\nDescription: x\n\n").unwrap();
        assert_eq!(metadata.field("Description"), Some(&Field::One("x".to_owned())));
    }
}
