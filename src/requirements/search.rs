//! Options that say where and how distributions are looked for, and what they add up to.

use std::collections::BTreeSet;

use super::entry::Entry;

/// An option of the command line, pip.conf or a requirements file that steers the search for distributions.
///
/// Values may hold credentials.
#[derive(Clone, PartialEq, Eq)]
pub enum SearchOption {
    /// `--index-url`
    IndexUrl(String),
    /// `--extra-index-url`
    ExtraIndexUrl(String),
    /// `--no-index`
    NoIndex,
    /// `--find-links`; a path is absolute if it was found beside the requirements file that says it.
    FindLinks(String),
    /// `--no-binary`, comma-separated
    NoBinary(String),
    /// `--only-binary`, comma-separated
    OnlyBinary(String),
    /// `--prefer-binary`
    PreferBinary,
    /// `--require-hashes`
    RequireHashes,
    /// `--no-require-hashes`
    NoRequireHashes,
    /// `--pre`
    Pre,
    /// `--all-releases`, comma-separated
    AllReleases(String),
    /// `--only-final`, comma-separated
    OnlyFinal(String),
    /// `--trusted-host`
    TrustedHost(String),
    /// `--use-feature`
    UseFeature(String),
}

impl std::fmt::Debug for SearchOption {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, value) = match self {
            Self::IndexUrl(value) => ("--index-url", value.as_str()),
            Self::ExtraIndexUrl(value) => ("--extra-index-url", value.as_str()),
            Self::NoIndex => ("--no-index", ""),
            Self::FindLinks(value) => ("--find-links", value.as_str()),
            Self::NoBinary(value) => ("--no-binary", value.as_str()),
            Self::OnlyBinary(value) => ("--only-binary", value.as_str()),
            Self::PreferBinary => ("--prefer-binary", ""),
            Self::RequireHashes => ("--require-hashes", ""),
            Self::NoRequireHashes => ("--no-require-hashes", ""),
            Self::Pre => ("--pre", ""),
            Self::AllReleases(value) => ("--all-releases", value.as_str()),
            Self::OnlyFinal(value) => ("--only-final", value.as_str()),
            Self::TrustedHost(value) => ("--trusted-host", value.as_str()),
            Self::UseFeature(value) => ("--use-feature", value.as_str()),
        };
        write!(formatter, "{name} {}", super::link::redact(value))
    }
}

/// Where and how distributions are looked for.
///
/// [`Search::from_settings`] gathers the command line and pip.conf, where an index URL keeps the extra ones; [`Search::apply`]
/// then adds what requirements files say, where an index URL replaces every index named before it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The main index; pip's default if none is named. Not used with `no_index`.
    pub index_url: Option<String>,
    /// Further indexes, in order.
    pub extra_index_urls: Vec<String>,
    /// No index at all.
    pub no_index: bool,
    /// Folders, files and URLs with archives or links to them, in order.
    pub find_links: Vec<String>,
    /// Wheels or source distributions, by project.
    pub format: FormatControl,
    /// Pre-releases, by project.
    pub releases: ReleaseControl,
    /// An older wheel is preferred to a newer source distribution.
    pub prefer_binary: bool,
    /// Whether every archive needs a known digest.
    pub hashes: HashChecking,
    /// Hosts that need no valid certificate, in order.
    pub trusted_hosts: Vec<String>,
    /// Features of pip to be switched on, in order, each once.
    pub features: Vec<String>,
    /// URLs that requirements name together with credentials: these are good for all that is on their hosts.
    pub direct: Vec<String>,
}

impl std::fmt::Debug for Search {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let redacted = |urls: &[String]| urls.iter().map(|url| super::link::redact(url)).collect::<Vec<_>>();
        formatter
            .debug_struct("Search")
            .field("index_url", &self.index_url.as_deref().map(super::link::redact))
            .field("extra_index_urls", &redacted(&self.extra_index_urls))
            .field("no_index", &self.no_index)
            .field("find_links", &redacted(&self.find_links))
            .field("format", &self.format)
            .field("releases", &self.releases)
            .field("prefer_binary", &self.prefer_binary)
            .field("hashes", &self.hashes)
            .field("trusted_hosts", &self.trusted_hosts)
            .field("features", &self.features)
            .field("direct", &redacted(&self.direct))
            .finish()
    }
}

/// What was said about checking digests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HashChecking {
    /// Nothing: they are required as soon as one requirement has some.
    #[default]
    WhenGiven,
    /// `--require-hashes`
    Required,
    /// `--no-require-hashes`
    NotRequired,
    /// Both, which pip refuses.
    Contradictory,
}

impl Search {
    /// What the command line and pip.conf say; the order of the index options among each other does not matter there.
    pub fn from_settings(options: &[SearchOption]) -> Self {
        let is_first = |option: &&SearchOption| matches!(option, SearchOption::IndexUrl(_) | SearchOption::NoIndex);
        let mut search = Self::default();
        for option in options.iter().filter(is_first) {
            search.apply(option);
        }
        for option in options.iter().filter(|option| !is_first(option)) {
            search.apply(option);
        }
        search
    }

    /// Adds one option as a requirements file says it.
    pub fn apply(&mut self, option: &SearchOption) {
        match option {
            SearchOption::NoIndex => {
                self.no_index = true;
                self.index_url = None;
                self.extra_index_urls.clear();
            }
            SearchOption::IndexUrl(url) => {
                if !self.no_index {
                    self.index_url = Some(url.clone());
                    self.extra_index_urls.clear();
                }
            }
            SearchOption::ExtraIndexUrl(url) => {
                if !self.no_index {
                    self.extra_index_urls.push(url.clone());
                }
            }
            SearchOption::FindLinks(place) => self.find_links.push(place.clone()),
            SearchOption::NoBinary(names) => choose(names, &mut self.format.no_binary, &mut self.format.only_binary),
            SearchOption::OnlyBinary(names) => choose(names, &mut self.format.only_binary, &mut self.format.no_binary),
            SearchOption::AllReleases(names) => choose(names, &mut self.releases.all_releases, &mut self.releases.only_final),
            SearchOption::OnlyFinal(names) => choose(names, &mut self.releases.only_final, &mut self.releases.all_releases),
            SearchOption::Pre => self.releases.all_releases.all = true,
            SearchOption::PreferBinary => self.prefer_binary = true,
            SearchOption::RequireHashes => self.hashes = self.hashes.and(HashChecking::Required),
            SearchOption::NoRequireHashes => self.hashes = self.hashes.and(HashChecking::NotRequired),
            SearchOption::TrustedHost(host) => push_new(&mut self.trusted_hosts, host),
            SearchOption::UseFeature(feature) => push_new(&mut self.features, feature),
        }
    }
}

/// What pip refuses about options of the command line and its configuration.
pub fn contradiction(options: &[SearchOption]) -> Option<&'static str> {
    let (pre, others): (Vec<_>, Vec<_>) = options.iter().partition(|option| matches!(option, SearchOption::Pre));
    let mut search = Search::default();
    for option in others {
        search.apply(option);
    }
    let both = !pre.is_empty() && search.releases != ReleaseControl::default();
    both.then_some("--pre cannot be used with --all-releases or --only-final.")
}

fn push_new(list: &mut Vec<String>, value: &str) {
    if !list.iter().any(|known| known == value) {
        list.push(value.to_owned());
    }
}

impl HashChecking {
    fn and(self, said: Self) -> Self {
        if self == Self::WhenGiven || self == said {
            said
        } else {
            Self::Contradictory
        }
    }

    /// Whether every archive needs a known digest, given all requirements and constraints; nothing if what was said is
    /// contradictory.
    pub fn required<'a>(self, entries: impl IntoIterator<Item = &'a Entry>) -> Option<bool> {
        match self {
            Self::WhenGiven => Some(entries.into_iter().any(|entry| !entry.hashes.is_empty())),
            Self::Required => Some(true),
            Self::NotRequired => Some(false),
            Self::Contradictory => None,
        }
    }
}

/// All projects (`:all:`), or some by name, or both: a name decides before `:all:` does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// `:all:`
    pub all: bool,
    /// Normalized names.
    pub names: BTreeSet<String>,
}

impl Choice {
    fn clear(&mut self) {
        self.all = false;
        self.names.clear();
    }
}

/// Adds names to one of two choices that exclude each other: `:all:` begins anew, `:none:` empties, a name leaves the other one.
fn choose(names: &str, target: &mut Choice, other: &mut Choice) {
    let mut names: Vec<_> = names.split(',').collect();
    while let Some(at) = names.iter().position(|name| *name == ":all:") {
        other.clear();
        target.clear();
        target.all = true;
        names.drain(..=at);
        if !names.contains(&":none:") {
            return;
        }
    }
    for name in names {
        if name == ":none:" {
            target.clear();
        } else {
            let name = super::marker::normalized(name);
            other.names.remove(&name);
            target.names.insert(name);
        }
    }
}

/// Which formats are allowed for which project (`--no-binary`, `--only-binary`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormatControl {
    /// Source distributions only.
    pub no_binary: Choice,
    /// Wheels only.
    pub only_binary: Choice,
}

impl FormatControl {
    /// Whether wheels of the project (normalized name) are allowed.
    pub fn allows_wheels(&self, name: &str) -> bool {
        self.decided(name) != Some(false)
    }

    /// Whether source distributions of the project (normalized name) are allowed.
    pub fn allows_sources(&self, name: &str) -> bool {
        self.decided(name) != Some(true)
    }

    fn decided(&self, name: &str) -> Option<bool> {
        decided(name, &self.only_binary, &self.no_binary)
    }
}

/// Which releases are allowed for which project (`--pre`, `--all-releases`, `--only-final`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseControl {
    /// Pre-releases too.
    pub all_releases: Choice,
    /// No pre-releases.
    pub only_final: Choice,
}

impl ReleaseControl {
    /// Whether pre-releases of the project (normalized name) are allowed; nothing if the default rules hold.
    pub fn allows_prereleases(&self, name: &str) -> Option<bool> {
        decided(name, &self.all_releases, &self.only_final)
    }
}

fn decided(name: &str, yes: &Choice, no: &Choice) -> Option<bool> {
    if yes.names.contains(name) {
        Some(true)
    } else if no.names.contains(name) {
        Some(false)
    } else if yes.all {
        Some(true)
    } else if no.all {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
