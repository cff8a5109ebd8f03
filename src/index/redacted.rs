//! URLs that may be shown: credentials are removed before a URL reaches an error, a log or the screen.

use std::fmt;

use url::Url;

/// A URL without its secrets, for messages: `****` stands for the userinfo and for the query (signed links carry theirs there).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RedactedUrl(String);

impl RedactedUrl {
    /// The part of `url` that may be shown.
    pub fn new(url: &Url) -> Self {
        Self(redact(url.as_str()))
    }
}

impl From<&Url> for RedactedUrl {
    fn from(url: &Url) -> Self {
        Self::new(url)
    }
}

impl fmt::Display for RedactedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for RedactedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Replaces userinfo and query of every URL in `text` by `****`; anything else stays.
pub fn redact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + "://".len());
        shown.push_str(before);
        let end = after.find(ends_url).unwrap_or(after.len());
        let (url, behind) = after.split_at(end);
        push_redacted(&mut shown, url);
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

fn ends_url(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '"' | '\'' | '<' | '>')
}

/// `url` is what follows `://`.
fn push_redacted(shown: &mut String, url: &str) {
    let (address, fragment) = url
        .split_once('#')
        .map_or((url, None), |(address, fragment)| (address, Some(fragment)));
    let (place, query) = address
        .split_once('?')
        .map_or((address, None), |(place, query)| (place, Some(query)));
    let authority = place.find('/').unwrap_or(place.len());
    let place = match place[..authority].rfind('@') {
        Some(at) => {
            shown.push_str("****");
            &place[at..]
        }
        None => place,
    };
    shown.push_str(place);
    if query.is_some() {
        shown.push_str("?****");
    }
    if let Some(fragment) = fragment {
        shown.push('#');
        shown.push_str(fragment);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn userinfo_and_query_disappear_and_the_rest_stays() {
        let cases = [
            ("https://user:pass@host/simple", "https://****@host/simple"),
            ("https://token@host:8080/", "https://****@host:8080/"),
            ("https://us@er:p@ss@host/a@b", "https://****@host/a@b"),
            ("https://host/x.whl?sig=abc#sha256=12", "https://host/x.whl?****#sha256=12"),
            ("git+ssh://git:pw@host/r@v1", "git+ssh://****@host/r@v1"),
            (
                "see 'https://a:b@c' and https://d:e@f.",
                "see 'https://****@c' and https://****@f.",
            ),
            ("file:///tmp/@x", "file:///tmp/@x"),
            ("a@b no url", "a@b no url"),
        ];
        for (secret, shown) in cases {
            assert_eq!(redact(secret), shown);
        }
    }

    proptest::proptest! {
        #[test]
        fn a_planted_password_never_survives(user in "[a-z:@]{0,6}", path in "[ -~]{0,20}") {
            let text = format!("https://{user}:s3cr3tt0k3n@host/{path}");
            proptest::prop_assert!(!redact(&text).contains("s3cr3tt0k3n"));
        }
    }
}
