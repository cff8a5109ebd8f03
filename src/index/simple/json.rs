//! PEP 691 pages, with the fields of PEP 700 and PEP 714; what pip does not look at may be anything.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::Url;

use super::address;
use super::digests::ALGORITHMS;
use super::texts::Texts;
use super::{Digests, Link, MetadataFile, PageError, Uploaded};

/// Reads the links of a page that was found at `url`.
pub(super) fn links(content: &[u8], url: &Url) -> Result<Vec<Link>, PageError> {
    // serde would also take an array of the fields' values.
    if content.trim_ascii_start().first() != Some(&b'{') {
        return Err(PageError::Json("it is no object".to_owned()));
    }
    let page: Page = serde_json::from_slice(content).map_err(|error| PageError::Json(error.to_string()))?;
    let mut texts = Texts::default();
    page.files
        .into_iter()
        .filter_map(|file| link(file, url, &mut texts).transpose())
        .collect()
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(default, borrow)]
    files: Vec<File<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File<'a> {
    #[serde(default, borrow)]
    url: Option<Text<'a>>,
    #[serde(default, borrow)]
    requires_python: Option<Text<'a>>,
    #[serde(default)]
    hashes: Pairs,
    #[serde(default)]
    yanked: Said,
    core_metadata: Option<Said>,
    dist_info_metadata: Option<Said>,
    #[serde(default)]
    upload_time: Value,
    #[serde(default)]
    size: Value,
}

fn link(file: File<'_>, page: &Url, texts: &mut Texts) -> Result<Option<Link>, PageError> {
    let Some(Text(reference)) = file.url else {
        return Ok(None);
    };
    let Some(address) = address::resolve(Some(page), &reference) else {
        return Ok(None);
    };
    let mut link = Link::found(&address)?;
    // The fragment's digest comes behind the others, or in the place of another of its algorithm.
    let fragment = std::mem::take(&mut link.digests);
    link.digests = file
        .hashes
        .0
        .iter()
        .map(|(name, digest)| (name.as_str(), digest.as_str()))
        .chain(fragment.iter())
        .collect();
    link.requires_python = file.requires_python.and_then(|Text(text)| texts.shared(&text));
    link.yanked = match &file.yanked {
        Said::No => None,
        Said::Yes | Said::Map(_) => Some(texts.reason("")),
        Said::Text(reason) => Some(texts.reason(reason)),
    };
    link.metadata = match file.core_metadata.or(file.dist_info_metadata) {
        None | Some(Said::No) => MetadataFile::Absent,
        Some(Said::Yes | Said::Text(_)) => MetadataFile::Unhashed,
        Some(Said::Map(Pairs(mut pairs))) => {
            pairs.retain(|(name, _)| ALGORITHMS.contains(&name.as_str()));
            let digests: Digests = pairs.into_iter().collect();
            if digests.is_empty() {
                MetadataFile::Unhashed
            } else {
                MetadataFile::Hashed(digests)
            }
        }
    };
    link.uploaded = file.upload_time.as_str().and_then(Uploaded::parse);
    link.size = file.size.as_u64();
    Ok(Some(link))
}

/// Text that is borrowed from the page where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The strings of an object, in order.
#[derive(Default)]
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strings;
        impl<'de> Visitor<'de> for Strings {
            type Value = Pairs;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::with_capacity(1);
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Strings)
    }
}

/// A value of which pip asks whether Python takes it for true.
#[derive(Default)]
enum Said {
    #[default]
    No,
    Yes,
    Text(String),
    Map(Pairs),
}

impl Said {
    fn from(truth: bool) -> Self {
        if truth { Self::Yes } else { Self::No }
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Said;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a boolean, a string or an object of strings")
    }

    fn visit_unit<E>(self) -> Result<Said, E> {
        Ok(Said::No)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Said, E> {
        Ok(Said::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Said, E> {
        Ok(Said::from(value != 0))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Said, E> {
        Ok(Said::from(value != 0))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Said, E> {
        Ok(Said::from(value != 0.0))
    }

    fn visit_str<E>(self, value: &str) -> Result<Said, E> {
        Ok(if value.is_empty() {
            Said::No
        } else {
            Said::Text(value.to_owned())
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Said, A::Error> {
        let mut filled = false;
        while sequence.next_element::<IgnoredAny>()?.is_some() {
            filled = true;
        }
        Ok(Said::from(filled))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Said::Map(Pairs(pairs)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<Vec<Link>, PageError> {
        links(content.as_bytes(), &Url::parse("https://host/simple/demo/").unwrap())
    }

    fn file(fields: &str) -> Link {
        let page = format!("{{\"files\": [{{\"url\": \"demo-1.0.zip#md5=ff\", {fields}}}]}}");
        read(&page).unwrap().remove(0)
    }

    #[test]
    fn fields_are_read() {
        let link = file(
            r#""filename": "other", "hashes": {"sha256": "ab", "md5": "cd"}, "requires-python": ">=3.8", "yanked": "b\u00e4d",
               "core-metadata": {"sha256": "ef", "own": "x"}, "dist-info-metadata": false, "size": 12, "upload-time": "1970-01-01T00:00:01Z""#,
        );
        assert_eq!(link.address(), "https://host/simple/demo/demo-1.0.zip#md5=ff");
        assert_eq!(&*link.filename, "demo-1.0.zip");
        assert_eq!(link.digests.iter().collect::<Vec<_>>(), [("sha256", "ab"), ("md5", "ff")]);
        assert_eq!(link.requires_python.as_deref(), Some(">=3.8"));
        assert_eq!(link.yanked.as_deref(), Some("b\u{e4}d"));
        assert_eq!(link.metadata, MetadataFile::Hashed([("sha256", "ef")].into_iter().collect()));
        assert_eq!((link.size, link.uploaded), (Some(12), Some(Uploaded::from_micros(1_000_000))));
    }

    #[test]
    fn truth_is_pythons() {
        for (value, yanked) in [
            ("true", Some("")),
            ("false", None),
            ("null", None),
            ("\"\"", None),
            ("1", Some("")),
            ("0", None),
            ("[]", None),
            ("[1]", Some("")),
        ] {
            assert_eq!(file(&format!("\"yanked\": {value}")).yanked.as_deref(), yanked, "{value}");
        }
        let metadata = |value: &str| file(value).metadata;
        assert_eq!(metadata(r#""core-metadata": {}"#), MetadataFile::Unhashed);
        assert_eq!(
            metadata(r#""core-metadata": false, "dist-info-metadata": true"#),
            MetadataFile::Absent
        );
        assert_eq!(
            metadata(r#""core-metadata": null, "dist-info-metadata": true"#),
            MetadataFile::Unhashed
        );
    }

    #[test]
    fn odd_fields_that_pip_ignores_do_no_harm() {
        let link = file(r#""size": "big", "upload-time": 5, "requires-python": null, "provenance": [{}]"#);
        assert_eq!((link.size, link.uploaded, link.requires_python), (None, None, None));
        assert!(
            read(r#"{"meta": {"api-version": "7.0"}, "files": [{"filename": "x"}, {"url": null}]}"#)
                .unwrap()
                .is_empty()
        );
        assert!(read("{}").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_page_is_an_error() {
        for text in [
            "",
            "[]",
            "{\"files\": {}}",
            "{\"files\": [1]}",
            "{\"files\": [{\"url\": 1}]}",
            "{\"files\": [{\"url\": \"x\", \"hashes\": 1}]}",
        ] {
            assert!(matches!(read(text), Err(PageError::Json(_))), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in "(\\{|\\}|\\[|\\]|\"files\":|\"url\":|\"x\"|,|\"yanked\":|1|null){0,20}") {
            let _ = read(&text);
        }
    }
}
