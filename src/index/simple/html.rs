//! PEP 503 pages: the anchors of an HTML text, as Python's `html.parser` sees them.

use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};
use url::Url;

use super::address::{self, is_web};
use super::digests::ALGORITHMS;
use super::texts::Texts;
use super::{Digests, Link, MetadataFile, PageError};

/// Reads the links of a page that was found at `url`.
pub(super) fn links(text: &str, url: &Url) -> Result<Vec<Link>, PageError> {
    let mut emitter = CallbackEmitter::new(Reader::new(text));
    emitter.naively_switch_states(true);
    let (mut base, mut anchors) = (None, Vec::new());
    for token in Tokenizer::new_with_emitter(text, emitter) {
        match token {
            Ok(Token::Base(href)) => base = base.or(Some(href)),
            Ok(Token::Anchor(anchor)) => anchors.push(anchor),
            Err(never) => match never {},
        }
    }
    let base = match base.as_deref() {
        None => url.clone(),
        // pip would join links with this as it stands, to URLs that nothing can fetch.
        Some(base) => Url::parse(base).map_err(|_| PageError::Base(base.to_owned()))?,
    };
    let mut texts = Texts::default();
    anchors
        .iter()
        .filter_map(|anchor| link(anchor, &base, &mut texts).transpose())
        .collect()
}

fn link(anchor: &Anchor, base: &Url, texts: &mut Texts) -> Result<Option<Link>, PageError> {
    let Some(href) = anchor.get(Attribute::Href).filter(|href| !href.is_empty()) else {
        return Ok(None);
    };
    let base = (!is_web(href)).then_some(base);
    let Some(address) = address::resolve(base, href) else {
        return Ok(None);
    };
    let mut link = Link::found(&address)?;
    link.requires_python = anchor.get(Attribute::RequiresPython).and_then(|text| texts.shared(text));
    link.yanked = anchor.get(Attribute::Yanked).map(|reason| texts.reason(reason));
    let announced = anchor
        .get(Attribute::CoreMetadata)
        .or_else(|| anchor.get(Attribute::DistInfoMetadata));
    link.metadata = match announced.map(|text| text.split_once('=')) {
        None => MetadataFile::Absent,
        Some(Some((algorithm, digest))) if ALGORITHMS.contains(&algorithm) => {
            MetadataFile::Hashed([(algorithm, digest)].into_iter().collect::<Digests>())
        }
        Some(_) => MetadataFile::Unhashed,
    };
    Ok(Some(link))
}

/// The attributes that are looked at.
#[derive(Debug, Clone, Copy)]
enum Attribute {
    Href,
    RequiresPython,
    Yanked,
    CoreMetadata,
    DistInfoMetadata,
}

const ATTRIBUTES: [(&[u8], Attribute); 5] = [
    (b"href", Attribute::Href),
    (b"data-requires-python", Attribute::RequiresPython),
    (b"data-yanked", Attribute::Yanked),
    (b"data-core-metadata", Attribute::CoreMetadata),
    (b"data-dist-info-metadata", Attribute::DistInfoMetadata),
];

/// The values of one tag by [`Attribute`]; of several values for one the last counts, as in Python's dictionaries.
#[derive(Debug, Default)]
struct Anchor([Option<String>; ATTRIBUTES.len()]);

impl Anchor {
    fn get(&self, attribute: Attribute) -> Option<&str> {
        self.0[attribute as usize].as_deref()
    }
}

/// What the reader yields.
enum Token {
    Base(String),
    Anchor(Anchor),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Base,
    Anchor,
    Other,
}

/// Receives the tokens.
struct Reader<'a> {
    text: &'a [u8],
    tag: Tag,
    /// The attribute whose value may follow.
    open: Option<Attribute>,
    values: Anchor,
    /// Of `<base>` the first `href` counts.
    first_href: Option<String>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            tag: Tag::Other,
            open: None,
            values: Anchor::default(),
            first_href: None,
        }
    }

    /// Whether a `=` follows the attribute name that ends at `end`: without one, Python says `None` and not "".
    fn has_value(&self, end: usize) -> bool {
        let behind = self.text.get(end..).unwrap_or_default();
        let next = behind.iter().find(|byte| !byte.is_ascii_whitespace());
        next == Some(&b'=')
    }

    fn attribute(&mut self, name: &[u8], end: usize) {
        self.keep_first_href();
        let known = ATTRIBUTES.into_iter().find(|(known, _)| *known == name);
        self.open = known.map(|(_, attribute)| attribute);
        if let Some(attribute) = self.open {
            self.values.0[attribute as usize] = self.has_value(end).then(String::new);
        }
    }

    fn keep_first_href(&mut self) {
        if self.first_href.is_none() {
            self.first_href = self.values.get(Attribute::Href).map(str::to_owned);
        }
    }

    fn close(&mut self) -> Option<Token> {
        self.keep_first_href();
        let values = std::mem::take(&mut self.values);
        match std::mem::replace(&mut self.tag, Tag::Other) {
            Tag::Base => self.first_href.take().map(Token::Base),
            Tag::Anchor => Some(Token::Anchor(values)),
            Tag::Other => None,
        }
    }
}

impl Callback<Token, usize> for Reader<'_> {
    fn handle_event(&mut self, event: CallbackEvent<'_>, span: Span<usize>) -> Option<Token> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = match name {
                    b"a" => Tag::Anchor,
                    b"base" => Tag::Base,
                    _ => Tag::Other,
                };
                self.values = Anchor::default();
                self.first_href = None;
                self.open = None;
            }
            CallbackEvent::AttributeName { name } if self.tag != Tag::Other => self.attribute(name, span.end),
            CallbackEvent::AttributeValue { value } => {
                if let Some(attribute) = self.open.take() {
                    self.values.0[attribute as usize] = Some(String::from_utf8_lossy(value).into_owned());
                }
            }
            CallbackEvent::CloseStartTag { .. } => return self.close(),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Link> {
        links(text, &Url::parse("https://host/simple/demo/").unwrap()).unwrap()
    }

    fn addresses(text: &str) -> Vec<String> {
        read(text).iter().map(|link| link.address().to_owned()).collect()
    }

    #[test]
    fn attributes_are_read() {
        let links = read(
            "<!DOCTYPE html><body>\n<A HREF='../../f/demo-1.0-py3-none-any.whl#sha256=ab'\r\n  data-requires-python=\"&gt;=3.8,&lt;4\"\r\n \
             data-yanked=\"broken &amp; old\" data-core-metadata=\"sha256=cd\" data-dist-info-metadata=true>x</A>",
        );
        let [link] = links.as_slice() else { panic!("{links:?}") };
        assert_eq!(link.address(), "https://host/f/demo-1.0-py3-none-any.whl#sha256=ab");
        assert_eq!(&*link.filename, "demo-1.0-py3-none-any.whl");
        assert_eq!(link.digests.get("sha256"), Some("ab"));
        assert_eq!(link.requires_python.as_deref(), Some(">=3.8,<4"));
        assert_eq!(link.yanked.as_deref(), Some("broken & old"));
        let digests = [("sha256", "cd")].into_iter().collect();
        assert_eq!(link.metadata, MetadataFile::Hashed(digests));
    }

    #[test]
    fn attributes_without_value_are_none_and_empty_ones_are_empty() {
        let yanked = |attribute: &str| {
            let links = read(&format!("<a href=x.zip {attribute}>"));
            links[0].yanked.as_deref().map(str::to_owned)
        };
        assert_eq!(yanked("data-yanked"), None);
        assert_eq!(yanked("data-yanked \r\n"), None);
        assert_eq!(yanked("data-yanked=''"), Some(String::new()));
        assert_eq!(yanked("data-yanked = \"\""), Some(String::new()));
        assert_eq!(yanked("data-yanked=old data-yanked"), None);
        assert_eq!(yanked("\u{e9}=\u{e9} data-yanked"), None);
        assert_eq!(yanked("data-requires-python=''"), None);
    }

    #[test]
    fn metadata_is_announced_in_several_ways() {
        let metadata = |attribute: &str| read(&format!("<a href=x.zip {attribute}>"))[0].metadata.clone();
        assert_eq!(metadata(""), MetadataFile::Absent);
        assert_eq!(metadata("data-dist-info-metadata=true"), MetadataFile::Unhashed);
        assert_eq!(
            metadata("data-dist-info-metadata=true data-core-metadata"),
            MetadataFile::Unhashed
        );
        assert_eq!(metadata("data-core-metadata=nonsense"), MetadataFile::Unhashed);
        assert_eq!(metadata("data-core-metadata=own=1"), MetadataFile::Unhashed);
    }

    #[test]
    fn only_anchors_with_targets_count() {
        assert_eq!(
            addresses(
                "<a>1</a><a name=x>2</a><a href>3</a><a href=''>4</a><!-- <a href=5.zip> --><script>'<a href=6.zip>'</script>\
                 <area href=7.zip><a href=8.zip /><a href=9.zip href=10.zip></b><a href=11.zip"
            ),
            ["https://host/simple/demo/8.zip", "https://host/simple/demo/10.zip"]
        );
    }

    #[test]
    fn the_first_base_counts() {
        let text = "<a href=a.zip><base><base href='https://other/x/' href=no><base href='https://third/'>";
        assert_eq!(addresses(text), ["https://other/x/a.zip"]);
        let url = Url::parse("https://host/").unwrap();
        assert!(matches!(links("<base href='/x/'>", &url), Err(PageError::Base(_))));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in "(<a|<base|</a>|<!--|-->|<script>| href|=|'|\"|>|&amp;|&#x|[ a-z/:\u{e9}]|\r\n){0,40}") {
            let _ = links(&text, &Url::parse("https://host/").unwrap());
        }
    }
}
