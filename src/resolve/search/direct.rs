//! Direct references: what makes two of them the same.

use crate::requirements::Link;

/// The parts of a URL by which pip decides whether two direct references are the same: neither credentials nor the name in `#egg=` count,
/// nor the order of what the query says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sameness {
    place: String,
    query: Vec<(String, String)>,
    subdirectory: String,
    digests: Vec<(String, String)>,
}

const ALGORITHMS: [&str; 6] = ["sha512", "sha384", "sha256", "sha224", "sha1", "md5"];

impl Sameness {
    pub(super) fn of(link: &Link) -> Self {
        let text = link.without_credentials();
        let (rest, fragment) = text.split_once('#').unwrap_or((&text, ""));
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let place = match place.strip_prefix("file:///") {
            Some(path) => format!("file://localhost/{path}"),
            None => place.to_owned(),
        };
        let fragment = pairs(fragment);
        let first = |name: &str| fragment.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let mut query = pairs(query);
        query.sort_by(|(one, _), (two, _)| one.cmp(two));
        Self {
            place,
            query,
            subdirectory: first("subdirectory").unwrap_or_default(),
            digests: ALGORITHMS
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), first(name)?)))
                .collect(),
        }
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = url::form_urlencoded::parse(text.as_bytes());
    pairs
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect()
}
