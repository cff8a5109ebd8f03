//! From an answer to links.

use encoding_rs::Encoding;
use url::Url;

use super::{Link, PageError, html, json};

/// The body of an answer as it came, decompressed.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The URL that gave the answer, after redirects.
    pub url: &'a Url,
    /// `Content-Type`, if the answer has one.
    pub content_type: Option<&'a str>,
    /// The content.
    pub content: &'a [u8],
}

const JSON: &str = "application/vnd.pypi.simple.v1+json";
const HTML: [&str; 2] = ["text/html", "application/vnd.pypi.simple.v1+html"];

/// What is asked for, best first, as pip asks.
pub(super) const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";

impl Page<'_> {
    /// Reads the links, as the content type says (PEP 691, PEP 503).
    ///
    /// # Errors
    /// [`PageError::Type`] for a page that is none of these, which pip passes over; others for pages that pip cannot read, either.
    pub fn links(&self) -> Result<Vec<Link>, PageError> {
        let given = self.content_type.unwrap_or("Unknown");
        let kind = given.to_ascii_lowercase();
        if kind.starts_with(JSON) {
            return json::links(self.content, self.url);
        }
        if !HTML.iter().any(|html| kind.starts_with(html)) {
            return Err(PageError::Type(given.to_owned()));
        }
        html::links(&decode(self.content, charset(given))?, self.url)
    }
}

/// The `charset` parameter of a content type.
fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

fn decode<'a>(content: &'a [u8], charset: Option<&str>) -> Result<std::borrow::Cow<'a, str>, PageError> {
    let name = charset.unwrap_or("utf-8");
    let unreadable = || PageError::Encoding(name.to_owned());
    let encoding = Encoding::for_label(name.as_bytes()).ok_or_else(unreadable)?;
    encoding
        .decode_without_bom_handling_and_without_replacement(content)
        .ok_or_else(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(content_type: Option<&str>, content: &[u8]) -> Result<usize, PageError> {
        let url = Url::parse("https://host/simple/").unwrap();
        let page = Page {
            url: &url,
            content_type,
            content,
        };
        page.links().map(|links| links.len())
    }

    #[test]
    fn the_content_type_decides() {
        let (html, json) = (
            b"<a href=x.zip>\xe9".as_slice(),
            br#"{"files": [{"url": "x.zip"}]}"#.as_slice(),
        );
        assert_eq!(links(Some("Text/HTML; Charset=\"ISO-8859-1\""), html).unwrap(), 1);
        assert_eq!(links(Some("application/vnd.pypi.simple.v1+html"), &html[..14]).unwrap(), 1);
        assert_eq!(links(Some("application/vnd.pypi.simple.v1+json; x=y"), json).unwrap(), 1);
        assert!(matches!(links(Some("application/json"), json), Err(PageError::Type(_))));
        assert!(matches!(links(None, html), Err(PageError::Type(_))));
        assert!(matches!(links(Some("text/html"), html), Err(PageError::Encoding(_))));
        assert!(matches!(
            links(Some("text/html; charset=klingon"), html),
            Err(PageError::Encoding(_))
        ));
    }
}
