//! All pages of a run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pep508_rs::PackageName;
use url::Url;

use super::folder::Folder;
use super::page::Page;
use super::places::{Place, Places};
use super::visit::{LARGEST, Seen, Visitor};
use super::{Freshness, Link, Listing, Offered, PageError, PagesError, PassedOver, Reason, Shelf, Source, address};
use crate::index::{FetchError, Fetcher, Memo, transfer};
use crate::requirements::ARCHIVE_EXTENSIONS;

/// How many pages are asked for at the same time; with HTTP/2 over one connection.
const PARALLEL: usize = 32;

/// What was kept of earlier runs, and how long it holds.
#[derive(Clone, Copy)]
pub struct Keeping<'a> {
    /// Where it is.
    pub shelf: &'a dyn Shelf,
    /// How long it holds.
    pub freshness: Freshness,
    /// The time of this run, in Unix seconds.
    pub now: u64,
}

/// Looks at every page at most once per run, however many threads ask.
pub struct Pages<'a> {
    places: Places,
    visitor: Visitor<'a>,
    seen: Memo<String, Result<Seen, PagesError>>,
    folders: Memo<PathBuf, Result<Arc<Folder>, Reason>>,
}

impl<'a> Pages<'a> {
    /// Pages of `places`; nothing is looked at yet.
    pub fn new(fetcher: &'a Fetcher, places: Places, keeping: Keeping<'a>) -> Self {
        Self {
            places,
            visitor: Visitor {
                fetcher,
                shelf: keeping.shelf,
                freshness: keeping.freshness,
                now: keeping.now,
            },
            seen: Memo::default(),
            folders: Memo::default(),
        }
    }

    /// What all places offer for a project. Those that fail are passed over as pip does.
    ///
    /// # Errors
    /// Where pip would not go on, or where it may know more ([`FetchError::NeedsPip`]); offline, where a page was never kept.
    pub fn listings(&self, project: &PackageName) -> Result<Offered, PagesError> {
        let mut offered = Offered::default();
        let mut files: Vec<(String, Link)> = Vec::new();
        let mut pages: Vec<(Source, Place)> = Vec::new();
        for place in &self.places.found {
            match place {
                Place::Web(url) => {
                    // pip takes such a URL for a page and for a file.
                    files.push((place.address(), Link::plain(&address::quote_path(url.as_str()))));
                    if !is_archive(url.path()) {
                        pages.push((Source::FoundPage, place.clone()));
                    }
                }
                Place::File(path) => files.push((place.address(), Link::plain(&address::of_path(path)))),
                Place::Page(_) => pages.push((Source::FoundPage, place.clone())),
                Place::Folder(path) => match self.folder(path) {
                    Ok(folder) => {
                        pages.extend(folder.pages.iter().map(|page| (Source::FoundPage, Place::Page(page.clone()))));
                        files.extend(folder.files_of(project).map(|file| (place.address(), Link::plain(file))));
                    }
                    Err(reason) => offered.passed_over.push(PassedOver::new(&place.address(), reason)),
                },
                Place::Unusable(text) => offered.passed_over.push(PassedOver::new(text, Reason::Unusable)),
            }
        }
        pages.extend(self.places.pages_of(project).into_iter().map(|page| (Source::Index, page)));
        offered.add_files(files);
        for (source, page) in pages {
            match self.page(&page)? {
                Ok(links) => offered.add(page.address(), source, links),
                Err(reason) => offered.passed_over.push(PassedOver::new(&page.address(), reason)),
            }
        }
        Ok(offered)
    }

    /// Looks at the pages of several projects, all at the same time, so that [`Pages::listings`] finds them looked at.
    ///
    /// What fails is told there.
    pub fn prefetch(&self, projects: &[PackageName]) {
        let web = |place: &Place| match place {
            Place::Web(url) => Some(url.clone()),
            _ => None,
        };
        let found = self.places.found.iter().filter_map(web).filter(|url| !is_archive(url.path()));
        let pages = projects.iter().flat_map(|project| self.places.pages_of(project));
        let urls: Vec<Url> = found.chain(pages.filter_map(|page| web(&page))).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(url) = urls.get(next.fetch_add(1, Ordering::Relaxed)) {
                let _ = self.web(url);
            }
        };
        thread::scope(|scope| {
            for _ in 1..urls.len().min(PARALLEL) {
                scope.spawn(work);
            }
            work();
        });
    }

    fn page(&self, place: &Place) -> Result<Seen, PagesError> {
        match place {
            Place::Web(url) => self.web(url),
            Place::Page(path) => self.seen.get(&place.address(), || read(path)),
            Place::File(_) | Place::Folder(_) | Place::Unusable(_) => Ok(Err(Reason::Unusable)),
        }
    }

    fn web(&self, url: &Url) -> Result<Seen, PagesError> {
        self.seen.get(&url.to_string(), || self.visitor.visit(url))
    }

    fn folder(&self, path: &Path) -> Result<Arc<Folder>, Reason> {
        self.folders.get(&path.to_owned(), || {
            let read = Folder::read(path).map(Arc::new);
            read.map_err(|error| Reason::Fetch(unreadable(path, error)))
        })
    }
}

impl Offered {
    fn add(&mut self, place: String, source: Source, links: Arc<[Link]>) {
        let order = self.listings.len();
        self.listings.push(Arc::new(Listing {
            place,
            order,
            source,
            links,
        }));
    }

    /// Adds files in pip's order: by their URLs, the last first, whichever places they are from.
    fn add_files(&mut self, mut files: Vec<(String, Link)>) {
        files.sort_by(|(_, left), (_, right)| right.address().cmp(left.address()));
        for run in files.chunk_by(|(left, _), (right, _)| left == right) {
            let links = run.iter().map(|(_, link)| link.clone()).collect();
            self.add(run[0].0.clone(), Source::FoundFiles, links);
        }
    }
}

/// Reads a page that is a file.
fn read(path: &Path) -> Result<Seen, PagesError> {
    let content = match fs::File::open(path).and_then(|file| transfer::read_limited(file, LARGEST)) {
        Ok(content) => content.unwrap_or_default(),
        Err(error) => return Ok(Err(Reason::Fetch(unreadable(path, error)))),
    };
    let Ok(url) = Url::parse(&address::of_path(path)) else {
        return Ok(Err(Reason::Unusable));
    };
    let page = Page {
        url: &url,
        content_type: Some("text/html"),
        content: &content,
    };
    match page.links() {
        Ok(links) => Ok(Ok(links.into())),
        Err(error @ PageError::Type(_)) => Ok(Err(Reason::Page(error))),
        Err(error) => {
            let url = (&url).into();
            Err(PagesError::Page { url, error })
        }
    }
}

fn unreadable(path: &Path, error: io::Error) -> FetchError {
    FetchError::Read {
        path: path.to_owned(),
        source: Arc::new(error),
    }
}

/// Whether the name promises an archive: pip does not take such a URL for a page unless its server says so.
fn is_archive(path: &str) -> bool {
    ARCHIVE_EXTENSIONS.iter().any(|extension| path.ends_with(extension))
}

#[cfg(test)]
mod tests;
