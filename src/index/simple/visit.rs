//! Looking at one page: from what was kept, or by asking whether that still holds.

use std::fs;
use std::sync::Arc;

use reqwest::header::{ACCEPT, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use url::Url;

use super::kept::{self, Header, Outcome};
use super::page::{ACCEPT as SIMPLE_API, Page};
use super::places::bare;
use super::{Freshness, Link, PageError, PagesError, Reason, Shelf};
use crate::fs::{Durability, Soundness, write_new};
use crate::index::exchange::Answer;
use crate::index::request::Ask;
use crate::index::{FetchError, Fetcher, Identity, PipReason};
use crate::key::{PagePreimage, key_of};

/// No page is longer; decompressed.
pub(super) const LARGEST: u64 = 256 << 20;
/// How far `checked` may be behind the truth, in seconds.
const BEHIND: u64 = 3600;

/// The links of a page, or why pip would go on without.
pub(super) type Seen = Result<Arc<[Link]>, Reason>;

/// Who looks at pages, how, and when.
pub(super) struct Visitor<'a> {
    pub(super) fetcher: &'a Fetcher,
    pub(super) shelf: &'a dyn Shelf,
    pub(super) freshness: Freshness,
    /// Unix seconds.
    pub(super) now: u64,
}

impl Visitor<'_> {
    /// Looks at the page at `url`.
    pub(super) fn visit(&self, url: &Url) -> Result<Seen, PagesError> {
        if !self.fetcher.network().is_secure(url) {
            return Ok(Err(Reason::Insecure));
        }
        let identity = self.fetcher.credentials().identity(url);
        let address = bare(url).to_string();
        let keeps = identity != Identity::Unnamed && url.query().is_none();
        let known = if keeps { self.load(&address, &identity) } else { None };
        let holds = |header: &Header| match self.freshness {
            Freshness::Revalidate => false,
            Freshness::Within(age) => self
                .now
                .checked_sub(header.checked)
                .is_some_and(|since| since <= age.as_secs()),
            Freshness::Offline => true,
        };
        if let Some((header, links)) = &known
            && holds(header)
        {
            return Ok(remembered(header, links));
        }
        if self.freshness == Freshness::Offline {
            return Err(PagesError::Offline { url: url.into() });
        }
        let request = Request {
            url,
            address,
            identity,
            keeps,
        };
        self.ask(&request, known)
    }

    fn ask(&self, request: &Request<'_>, known: Option<Known>) -> Result<Seen, PagesError> {
        let mut ask = Ask::text().with(ACCEPT, SIMPLE_API);
        for (header, _) in known.iter().filter(|(header, _)| header.outcome == Outcome::Listed) {
            if let Some(etag) = &header.etag {
                ask = ask.with(IF_NONE_MATCH, etag);
            }
            if let Some(time) = &header.last_modified {
                ask = ask.with(IF_MODIFIED_SINCE, time);
            }
        }
        let answer = match self.fetcher.ask(request.url, &ask, LARGEST) {
            Ok(answer) => answer,
            Err(error) => return self.failed(request, known.as_ref(), error),
        };
        let body = blake3::hash(&answer.body).to_hex().to_string();
        match known {
            Some((header, links))
                if header.found == bare(&answer.url).as_str() && (answer.status == 304 || header.body == body) =>
            {
                let header = Header {
                    etag: answer.header(&ETAG).map(str::to_owned).or(header.etag.clone()),
                    last_modified: answer
                        .header(&LAST_MODIFIED)
                        .map(str::to_owned)
                        .or(header.last_modified.clone()),
                    ..header
                };
                self.confirm(header, &links);
                Ok(Ok(links))
            }
            // The same validator, but of a page elsewhere: its relative links lead elsewhere, too.
            Some(_) if answer.status == 304 => self.ask(request, None),
            _ => self.read(request, &answer, body),
        }
    }

    /// What a request that came to nothing means.
    fn failed(&self, request: &Request<'_>, known: Option<&Known>, error: FetchError) -> Result<Seen, PagesError> {
        match error {
            FetchError::Status { status, .. } => {
                let outcome = Outcome::Absent(status);
                let same = known.is_some_and(|(header, _)| header.outcome == outcome && !self.is_behind(header));
                if matches!(status, 404 | 410) && !same {
                    self.keep(request, &request.header(outcome, self.now), &[]);
                }
                Ok(Err(Reason::Fetch(error)))
            }
            FetchError::Connection { .. }
            | FetchError::NeedsPip {
                reason: PipReason::Credentials(_),
                ..
            } => Ok(Err(Reason::Fetch(error))),
            _ => Err(error.into()),
        }
    }

    fn read(&self, request: &Request<'_>, answer: &Answer, body: String) -> Result<Seen, PagesError> {
        let page = Page {
            url: &answer.url,
            content_type: answer.header(&CONTENT_TYPE),
            content: &answer.body,
        };
        let links: Arc<[Link]> = match page.links() {
            Ok(links) => links.into(),
            Err(error @ PageError::Type(_)) => return Ok(Err(Reason::Page(error))),
            Err(error) => {
                let url = (&answer.url).into();
                return Err(PagesError::Page { url, error });
            }
        };
        let header = Header {
            found: bare(&answer.url).into(),
            etag: answer.header(&ETAG).map(str::to_owned),
            last_modified: answer.header(&LAST_MODIFIED).map(str::to_owned),
            body,
            ..request.header(Outcome::Listed, self.now)
        };
        if answer.url.query().is_none() && !links.iter().any(Link::may_hold_secrets) {
            self.keep(request, &header, &links);
        }
        Ok(Ok(links))
    }

    fn load(&self, address: &str, identity: &Identity) -> Option<Known> {
        let path = self.shelf.page(page_key(address, identity));
        let bytes = fs::read(&path).ok()?;
        let Some((header, links)) = kept::decode(&bytes) else {
            if let Soundness::Damaged(reason) = kept::page_soundness(&bytes) {
                self.shelf.note_damage(&path, reason);
            }
            return None;
        };
        (header.url == *address && header.identity == *identity).then(|| (header, links.into()))
    }

    /// Remembers that a page was confirmed, but not each time: that would be a file to write for every page of every run.
    fn confirm(&self, header: Header, links: &[Link]) {
        if self.is_behind(&header) {
            let checked = self.now;
            self.write(&Header { checked, ..header }, links);
        }
    }

    fn is_behind(&self, header: &Header) -> bool {
        self.now.abs_diff(header.checked) > BEHIND
    }

    fn keep(&self, request: &Request<'_>, header: &Header, links: &[Link]) {
        // A keyring may have told who we are only now.
        if request.keeps && self.fetcher.credentials().identity(request.url) == request.identity {
            self.write(header, links);
        }
    }

    /// A page that cannot be kept is asked for again the next time; that is no failure of this run.
    fn write(&self, header: &Header, links: &[Link]) {
        if let Some(staging) = self.shelf.staging() {
            let path = self.shelf.page(page_key(&header.url, &header.identity));
            let _ = write_new(&path, &kept::encode(header, links), &staging, Durability::Derived);
        }
    }
}

/// A page that was kept.
type Known = (Header, Arc<[Link]>);

/// One page that is asked for.
struct Request<'a> {
    url: &'a Url,
    /// The URL as it is kept.
    address: String,
    identity: Identity,
    /// Whether what comes may be kept.
    keeps: bool,
}

impl Request<'_> {
    fn header(&self, outcome: Outcome, checked: u64) -> Header {
        Header {
            url: self.address.clone(),
            identity: self.identity.clone(),
            found: self.address.clone(),
            outcome,
            etag: None,
            last_modified: None,
            body: String::new(),
            checked,
        }
    }
}

fn remembered(header: &Header, links: &Arc<[Link]>) -> Seen {
    match header.outcome {
        Outcome::Listed => Ok(Arc::clone(links)),
        Outcome::Absent(status) => Err(Reason::WasAbsent(status)),
    }
}

fn page_key(address: &str, identity: &Identity) -> crate::key::PageKey {
    let name = match identity {
        Identity::User(name) => name.as_str(),
        Identity::Anonymous | Identity::Unnamed => "",
    };
    key_of(&PagePreimage {
        url: address.to_owned(),
        identity: name.to_owned(),
    })
}
