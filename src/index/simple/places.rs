//! Where links are looked for: what `--index-url`, `--extra-index-url` and `--find-links` name.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use pep508_rs::PackageName;
use url::Url;

use super::{Source, address, folder};

/// Indexes and find-links places, each in the order given and once.
#[derive(Clone, Default)]
pub struct Places {
    pub(super) found: Vec<Place>,
    indexes: Vec<String>,
    current_dir: PathBuf,
}

/// One place to look at.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A page at a URL; as find-links it may also be a file itself.
    Web(Url),
    /// A page in a file.
    Page(PathBuf),
    /// A single file that is no page.
    File(PathBuf),
    /// A folder of files and pages (find-links).
    Folder(PathBuf),
    /// Nothing that pip looks at: as given, without secrets.
    Unusable(String),
}

impl Places {
    /// Takes URLs and paths as they are given; relative paths are below `current_dir`.
    pub fn new(find_links: &[String], indexes: &[String], current_dir: &Path) -> Self {
        let mut places = Self {
            found: Vec::new(),
            indexes: Vec::new(),
            current_dir: current_dir.to_owned(),
        };
        for text in find_links {
            let place = places.classify(text, Source::FoundPage);
            if !places.found.contains(&place) {
                places.found.push(place);
            }
        }
        for index in indexes {
            if !places.indexes.contains(index) {
                places.indexes.push(index.clone());
            }
        }
        places
    }

    /// The pages of a project on the indexes, in their order.
    pub(super) fn pages_of(&self, project: &PackageName) -> Vec<Place> {
        let page = |index: &String| {
            let slash = if index.ends_with('/') { "" } else { "/" };
            self.classify(&format!("{index}{slash}{project}/"), Source::Index)
        };
        let mut pages = Vec::new();
        for place in self.indexes.iter().map(page) {
            if !pages.contains(&place) {
                pages.push(place);
            }
        }
        pages
    }

    /// What pip would make of `text`: a path if something is there, else a URL.
    fn classify(&self, text: &str, source: Source) -> Place {
        let path = self.current_dir.join(text);
        if !text.is_empty() && path.exists() {
            return local(normal(&path), source);
        }
        match Url::parse(text) {
            Ok(url) if url.scheme() == "file" => match url.to_file_path() {
                Ok(path) => local(path, source),
                Err(()) => Place::Unusable(text.to_owned()),
            },
            Ok(url) if matches!(url.scheme(), "http" | "https") => Place::Web(url),
            _ => Place::Unusable(crate::index::redact(text)),
        }
    }
}

fn local(path: PathBuf, source: Source) -> Place {
    if path.is_dir() {
        return match source {
            Source::Index => Place::Page(path.join("index.html")),
            Source::FoundPage | Source::FoundFiles => Place::Folder(path),
        };
    }
    if !path.is_file() {
        return Place::Unusable(path.display().to_string());
    }
    if folder::is_page(&path) {
        Place::Page(path)
    } else {
        Place::File(path)
    }
}

/// A path as Python's `abspath` writes it, without looking at the disk.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

impl Place {
    /// Its URL, without userinfo and fragment.
    pub(super) fn address(&self) -> String {
        match self {
            Self::Web(url) => bare(url).to_string(),
            Self::Page(path) | Self::File(path) | Self::Folder(path) => address::of_path(path),
            Self::Unusable(text) => text.clone(),
        }
    }
}

/// A URL as it is sent and may be kept: without userinfo, which travels as a header, and without fragment.
pub(in crate::index) fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    // Both only fail for URLs without a host, which have no userinfo either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    url
}

impl fmt::Debug for Places {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indexes: Vec<String> = self.indexes.iter().map(|index| crate::index::redact(index)).collect();
        formatter
            .debug_struct("Places")
            .field("found", &self.found)
            .field("indexes", &indexes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&crate::index::redact(&self.address()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> PackageName {
        text.parse().unwrap()
    }

    #[test]
    fn pages_are_named_as_the_standard_says() {
        let indexes = [
            "https://me:s3cr3t@host/simple",
            "https://me:s3cr3t@host/simple/",
            "http://b/x/",
            "nothing/here",
        ];
        let places = Places::new(&[], &indexes.map(str::to_owned), Path::new("/nowhere"));
        let pages = places.pages_of(&name("Zope.Interface"));
        let shown: Vec<String> = pages.iter().map(Place::address).collect();
        let expected = [
            "https://host/simple/zope-interface/",
            "http://b/x/zope-interface/",
            "nothing/here/zope-interface/",
        ];
        assert_eq!(shown, expected);
        assert!(matches!(pages[2], Place::Unusable(_)));
        assert!(!format!("{places:?} {pages:?}").contains("s3cr3t"));
    }

    #[test]
    fn what_is_there_decides_what_a_path_is() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a b");
        std::fs::create_dir_all(folder.join("demo")).unwrap();
        for file in ["page.HTML", "demo-1.0.zip"] {
            std::fs::write(folder.join(file), "").unwrap();
        }
        let url = Url::from_file_path(&folder).unwrap().to_string();
        let given = ["a b/demo/..", "a b", &url, "a b/page.HTML", "a b/demo-1.0.zip", "a b/no"].map(str::to_owned);
        let places = Places::new(&given, &["a b".to_owned(), url.clone()], root.path());
        let [same, page, file, unusable] = places.found.as_slice() else {
            panic!("{places:?}")
        };
        assert_eq!(*same, Place::Folder(folder.clone()));
        assert_eq!(*page, Place::Page(folder.join("page.HTML")));
        assert_eq!(*file, Place::File(folder.join("demo-1.0.zip")));
        assert!(matches!(unusable, Place::Unusable(_)));
        let pages = places.pages_of(&name("demo"));
        assert_eq!(pages[0], Place::Page(folder.join("demo/index.html")));
        assert!(pages[0].address().ends_with("/a%20b/demo/index.html"), "{:?}", pages[0]);
    }
}
