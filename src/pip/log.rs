//! What pip looked at, told by its `--log`.

use std::collections::BTreeMap;

/// The projects that pip looked for, and the files that it took for candidates, in no particular order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PipLog {
    /// By the name that pip looked for.
    pub projects: BTreeMap<String, Looked>,
}

/// What pip saw of one project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// Pages, as pip shows them (a password is `****`).
    pub pages: Vec<String>,
    /// Files that it took for candidates: the URL without fragment, sorted.
    pub found: Vec<String>,
}

/// Why a log does not tell all that an answer was made from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogGap {
    /// Something was built or checked out, by programs that pip does not log.
    #[error("pip ran other programs")]
    Programs,
    /// A page may have come from pip's own cache, as it was some minutes ago.
    #[error("pip may have taken {0} from its cache")]
    Cached(String),
    /// A line is not of the form that is known.
    #[error("pip's log has a line of an unknown form: {0}")]
    Form(String),
}

/// Whether pip may answer from its cache without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageCache {
    /// It asks for every page, as all pips did that do not know `--refresh-package`.
    Revalidated,
    /// It was told to ask for every page, and its log says so.
    Refreshed,
}

/// Length of `2026-11-23T03:09:07,937 `.
const STAMP: usize = 24;

impl PipLog {
    /// Reads a log.
    ///
    /// # Errors
    /// When it does not tell everything that the answer was made from.
    pub fn parse(text: &str, cache: PageCache) -> Result<Self, LogGap> {
        let mut log = Self::default();
        let mut current: Option<Looked> = None;
        let mut name = String::new();
        let mut lines = text.lines().filter_map(|line| line.get(STAMP..));
        while let Some(line) = lines.next() {
            let unknown = || LogGap::Form(line.to_owned());
            let bare = line.trim_start();
            if bare.starts_with("Running command ") {
                return Err(LogGap::Programs);
            } else if let Some((count, project)) = line.split_once(" location(s) to search for versions of ") {
                let count: usize = count.parse().map_err(|_| unknown())?;
                log.add(&name, current.take())?;
                project.strip_suffix(':').ok_or_else(unknown)?.clone_into(&mut name);
                let mut looked = Looked::default();
                for _ in 0..count {
                    let page = lines.next().and_then(|line| line.strip_prefix("* ")).ok_or_else(unknown)?;
                    looked.pages.push(page.to_owned());
                }
                current = Some(looked);
            } else if let Some(page) = line.strip_prefix("Getting page ") {
                let refreshed = cache == PageCache::Revalidated || lines.next() == Some("Refreshing package index response.");
                if !refreshed {
                    return Err(LogGap::Cached(page.to_owned()));
                }
            } else if let Some(found) = bare.strip_prefix("Found link ") {
                let looked = current.as_mut().ok_or_else(unknown)?;
                looked.found.push(address(found).ok_or_else(unknown)?.to_owned());
            }
        }
        log.add(&name, current)?;
        Ok(log)
    }

    /// pip may look for a project by several spellings of its name, and sees the same each time.
    fn add(&mut self, name: &str, looked: Option<Looked>) -> Result<(), LogGap> {
        let Some(mut looked) = looked else { return Ok(()) };
        looked.found.sort();
        let normal: pep508_rs::PackageName = name.parse().map_err(|_| LogGap::Form(name.to_owned()))?;
        let known = self.projects.entry(normal.to_string()).or_insert_with(|| looked.clone());
        if *known == looked {
            Ok(())
        } else {
            Err(LogGap::Form(format!("{name} was seen twice, and not the same")))
        }
    }
}

/// The URL of `URL (from PAGE) (requires-python:...), version: 1.0`, without fragment. No URL that pip shows has a blank.
fn address(found: &str) -> Option<&str> {
    let (link, rest) = found.split_once(' ')?;
    let whole = rest.starts_with("(from ") && rest.contains("), version: ") || rest.starts_with("version: ");
    let link = if rest.starts_with("version: ") {
        link.strip_suffix(',')?
    } else {
        link
    };
    whole.then(|| link.split('#').next().unwrap_or(link))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "2 location(s) to search for versions of Six:\n* https://host/simple/six/\n* http://user:****@other/six/\n\
                        Fetching project page and analyzing links: https://host/simple/six/\nGetting page https://host/simple/six/\n\
                        Refreshing package index response.\nFound index url https://host/simple/\n";
    const LINKS: &str = "  Found link https://host/b/six-2-py3-none-any.whl#sha256=ab (from https://host/simple/six/) (requires-python:>=3.8, <4), version: 2\n\
                         \x20 Skipping link: invalid wheel filename: https://host/six.whl (from https://host/simple/six/)\n\
                         Found link file:///a/six-1.tar.gz, version: 1\n\
                         Given no hashes to check 2 links for project 'six': discarding no candidates\n";

    fn parse(text: &str, cache: PageCache) -> Result<PipLog, LogGap> {
        let stamped: Vec<String> = text.lines().map(|line| format!("2026-11-23T03:09:07,937 {line}")).collect();
        PipLog::parse(&stamped.join("\n"), cache)
    }

    #[test]
    fn pages_and_candidates_are_read() {
        let log = parse(&format!("Using pip 26.3\n{HEAD}{LINKS}"), PageCache::Refreshed).unwrap();
        let six = &log.projects["six"];
        assert_eq!(six.pages, ["https://host/simple/six/", "http://user:****@other/six/"]);
        assert_eq!(six.found, ["file:///a/six-1.tar.gz", "https://host/b/six-2-py3-none-any.whl"]);
        assert_eq!(log.projects.len(), 1);
        assert_eq!(parse("Using pip 26.3\n", PageCache::Refreshed), Ok(PipLog::default()));
    }

    #[test]
    fn another_spelling_sees_the_same() {
        let again = HEAD.replace("Six", "SIX");
        let log = parse(&format!("{HEAD}{LINKS}{again}{LINKS}"), PageCache::Refreshed).unwrap();
        assert_eq!(log.projects.len(), 1);
        assert!(parse(&format!("{HEAD}{LINKS}{again}"), PageCache::Refreshed).is_err());
    }

    #[test]
    fn what_pip_does_not_tell_is_a_gap() {
        let built = format!("{HEAD}{LINKS}  Running command installing build dependencies for six\n");
        assert_eq!(parse(&built, PageCache::Refreshed), Err(LogGap::Programs));
        let cached = HEAD.replace("Refreshing package index response.\n", "");
        let page = "https://host/simple/six/".to_owned();
        assert_eq!(parse(&cached, PageCache::Refreshed), Err(LogGap::Cached(page)));
        assert!(parse(&cached, PageCache::Revalidated).is_ok());
        for wrong in [
            HEAD.replace("2 location(s)", "3 location(s)"),
            HEAD.replace("2 location(s)", "two location(s)"),
            format!("{HEAD}Found link https://host/six.whl and more\n"),
            LINKS.to_owned(),
        ] {
            assert!(matches!(parse(&wrong, PageCache::Refreshed), Err(LogGap::Form(_))), "{wrong}");
        }
    }
}
