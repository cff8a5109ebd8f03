//! Answers by real pip: `pip install --dry-run --report`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;

use pep440_rs::Version;
use percent_encoding::percent_decode_str;
use url::Url;

use super::answer::{Answer, Answered};
use super::closure::{Closure, Edges, Wanted};
use super::error::ResolveError;
use super::kind::kind_of;
use super::pinned::root;
use super::question::Question;
use crate::interpreter::Facts;
use crate::pip::{DownloadInfo, Finished, InstallReport, PageCache, Pip, PipLog, ReportEntry, direct_url_text, unsaid};
use crate::report::Progress;
use crate::requirements::{Mode, Target, contains};
use crate::store::{Artifact, ArtifactKind, Resolved};
use crate::wheel::{InvalidMetadata, Metadata};

/// How pip is asked.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// Which pip, in which environment.
    pub pip: &'a Pip,
    /// Requirements and options as the user gave them.
    pub arguments: &'a [OsString],
    /// Where relative paths start.
    pub current_dir: &'a Path,
    /// A file that pip may write.
    pub report: &'a Path,
    /// A file for its log, if that may be ours.
    pub log: Option<&'a Path>,
}

/// pip's answer.
#[derive(Debug)]
pub struct ByPip {
    /// It.
    pub answer: Answer,
    /// What it looked at, or why that is not known.
    pub looked: Result<PipLog, String>,
}

/// pip asks for every page since 26.3 only if it is told to; older ones always did.
const REFRESHES: (u64, u64) = (26, 3);
/// The newest pip that is known to do so unasked.
const REVALIDATES: (u64, u64) = (26, 0);

/// Lets pip answer.
///
/// # Errors
/// When pip cannot be run, refuses, or answers something that snapenv does not understand.
pub fn resolve_by_pip(
    question: &Question,
    facts: &Facts,
    asking: &Asking,
    progress: &dyn Progress,
) -> Result<ByPip, ResolveError> {
    let mut arguments: Vec<OsString> = ["install", "--dry-run", "--no-input", "--report"]
        .map(OsString::from)
        .to_vec();
    arguments.push(asking.report.into());
    let cache = page_cache(&asking.pip.version);
    if cache == Some(PageCache::Refreshed) {
        // What is asked for again is not to be answered from minutes ago.
        arguments.extend(["--refresh-package", ":all:"].map(OsString::from));
    }
    if let Some(log) = asking.log {
        arguments.extend(["--log".into(), log.into()]);
    }
    arguments.extend(asking.arguments.iter().cloned());
    let Finished { code, output } = asking.pip.run(&arguments, asking.current_dir, progress)?;
    if code != 0 {
        // What it refers to as above stands in the log that we had it write.
        let log = asking.log.and_then(|log| std::fs::read(log).ok()).unwrap_or_default();
        let above = unsaid(&String::from_utf8_lossy(&log)).filter(|_| output.contains("See above for output"));
        return Err(ResolveError::Refused {
            code,
            output: above.unwrap_or_default() + &output,
            recorded: None,
        });
    }
    let answer = read(question, facts, &InstallReport::read(asking.report)?)?;
    let looked = match (asking.log, cache) {
        (None, _) => Err("pip's log is the user's".to_owned()),
        (_, None) => Err(format!("it is not known what pip {} caches", asking.pip.version)),
        (Some(log), Some(cache)) => looked(log, cache),
    };
    Ok(ByPip { answer, looked })
}

fn looked(log: &Path, cache: PageCache) -> Result<PipLog, String> {
    let text = std::fs::read(log).map_err(|error| format!("{}: {error}", log.display()))?;
    PipLog::parse(&String::from_utf8_lossy(&text), cache).map_err(|gap| gap.to_string())
}

/// How a pip treats the pages that it has in its cache, if that is known.
fn page_cache(version: &str) -> Option<PageCache> {
    let version: Version = version.parse().ok()?;
    match version.release() {
        [major, minor, ..] if (*major, *minor) >= REFRESHES => Some(PageCache::Refreshed),
        [major, minor, ..] if (*major, *minor) <= REVALIDATES => Some(PageCache::Revalidated),
        _ => None,
    }
}

fn read(question: &Question, facts: &Facts, report: &InstallReport) -> Result<Answer, ResolveError> {
    let mut answered: BTreeMap<String, Answered> = BTreeMap::new();
    for entry in &report.install {
        let metadata = essentials(entry)?;
        let name = normalized(&metadata.name)?;
        let resolved = resolved(question, entry, (&name, &metadata.version))?;
        let core = Some(entry.metadata.clone());
        answered.insert(
            name,
            Answered {
                resolved,
                metadata,
                core,
                size: None,
            },
        );
    }
    let roots = roots(question, report)?;
    let edges = Edges {
        dependencies: !question.has("no-deps"),
        python: !question.has("ignore-requires-python"),
    };
    // What is installed has no edge to Python in pip's graph.
    let installed = question.installed_in_graph();
    let mut metadata: BTreeMap<String, &Metadata> = installed.iter().map(|(name, metadata)| (name.clone(), metadata)).collect();
    metadata.extend(answered.iter().map(|(name, answered)| (name.clone(), &answered.metadata)));
    let closure = Closure::new(metadata, &facts.markers, &roots, edges)?;
    let order = closure.order(&answered.keys().cloned().collect());
    let markers = closure.volatile().clone();
    check_asked(question, &answered)?;
    let kind = kind_of(question, answered.values().map(|answered| &answered.resolved));
    Ok(Answer {
        distributions: order.iter().filter_map(|name| answered.remove(name)).collect(),
        kind,
        markers,
        reads: None,
        unlisted: Vec::new(),
        without: None,
    })
}

/// pip reads the files again that snapenv has read. What it answers must be an answer to this question, or it is not recorded as one.
fn check_asked(question: &Question, answered: &BTreeMap<String, Answered>) -> Result<(), ResolveError> {
    for entry in &question.entries {
        let Target::Index { name, specifiers } = &entry.requirement.target else {
            continue;
        };
        let visible = || question.preimage.visible.iter().any(|visible| visible.name == name.as_ref());
        let fits = match answered.get(name.as_ref()) {
            Some(one) => one
                .resolved
                .version
                .parse()
                .is_ok_and(|version| contains(specifiers, &version)),
            None => visible(),
        };
        if !fits {
            return Err(ResolveError::Beyond(format!("pip's answer has no {}", entry.requirement)));
        }
    }
    Ok(())
}

/// Roots by name; what was asked for without a name is known by its URL, and failing that by elimination.
fn roots(question: &Question, report: &InstallReport) -> Result<Vec<Wanted>, ResolveError> {
    let mut roots: Vec<Wanted> = question.entries.iter().filter_map(root).collect();
    let known: BTreeSet<String> = roots.iter().map(|root| root.name.clone()).collect();
    for entry in report.install.iter().filter(|entry| entry.requested) {
        let name = normalized(&essentials(entry)?.name)?;
        if !known.contains(&name) {
            roots.push(Wanted {
                name,
                extras: entry.requested_extras.iter().filter_map(|extra| extra.parse().ok()).collect(),
                specified: false,
            });
        }
    }
    Ok(roots)
}

fn essentials(entry: &ReportEntry) -> Result<Metadata, ResolveError> {
    let invalid = |error: InvalidMetadata| ResolveError::Beyond(error.to_string());
    entry.metadata.essentials().map_err(invalid)
}

fn normalized(name: &str) -> Result<String, ResolveError> {
    let parsed: Result<pep508_rs::PackageName, _> = name.parse();
    parsed
        .map(|name| name.to_string())
        .map_err(|_| ResolveError::Beyond(format!("the project name '{name}'")))
}

fn resolved(question: &Question, entry: &ReportEntry, (name, version): (&str, &str)) -> Result<Resolved, ResolveError> {
    let info = &entry.download_info;
    let text = || direct_url_text(info).map_err(|error| ResolveError::Beyond(error.to_string()));
    let direct_url = entry.is_direct.then(text).transpose()?;
    let of_name = |other: &&crate::requirements::Entry| other.requirement.name().is_some_and(|known| known.as_ref() == name);
    let asked = question.entries.iter().find(of_name);
    Ok(Resolved {
        name: name.to_owned(),
        version: version.to_owned(),
        artifact: artifact(info)?,
        requested: entry.requested,
        direct_url,
        yanked: entry.is_yanked,
        extras: entry.requested_extras.clone(),
        settings: asked.map(super::question::settings_of).unwrap_or_default(),
    })
}

fn artifact(info: &DownloadInfo) -> Result<Artifact, ResolveError> {
    let url = Url::parse(&info.url).map_err(|error| ResolveError::Beyond(format!("{}: {error}", info.url)))?;
    let last = url.path_segments().and_then(Iterator::last).unwrap_or_default();
    let decoded = percent_decode_str(last).decode_utf8_lossy();
    // A slash may have been quoted: what stands before it is no part of the name.
    let file_name = decoded.rsplit('/').next().unwrap_or_default().to_owned();
    let kind = if let Some(folder) = &info.dir_info {
        if folder.editable {
            ArtifactKind::Editable
        } else {
            ArtifactKind::Project
        }
    } else if info.vcs_info.is_some() {
        ArtifactKind::Project
    } else if file_name.ends_with(".whl") {
        ArtifactKind::Wheel
    } else {
        ArtifactKind::Sdist
    };
    let mut hashes = info
        .archive_info
        .as_ref()
        .and_then(|archive| archive.hashes.clone())
        .unwrap_or_default();
    if let Some((algorithm, digest)) = info
        .archive_info
        .as_ref()
        .and_then(|archive| archive.hash.as_deref())
        .and_then(|hash| hash.split_once('='))
    {
        hashes.insert(algorithm.to_owned(), digest.to_owned());
    }
    let sha256 = hashes.remove("sha256").and_then(|digest| digest.parse().ok());
    Ok(Artifact {
        kind,
        url: info.url.clone(),
        file_name,
        sha256,
        hashes,
    })
}

impl Question {
    /// The metadata of what is installed as it counts in a dependency graph: it was checked against the interpreter long ago.
    pub(super) fn installed_in_graph(&self) -> BTreeMap<String, Metadata> {
        let without = |metadata: &Metadata| Metadata {
            requires_python: None,
            ..metadata.clone()
        };
        let installed = self.installed.iter();
        installed.map(|(name, metadata)| (name.clone(), without(metadata))).collect()
    }

    /// Whether what is installed may be replaced by something newer.
    pub fn upgrades(&self) -> bool {
        self.has("upgrade") && !self.installed.is_empty()
    }

    /// Whether something is asked for in editable mode.
    pub fn has_editables(&self) -> bool {
        self.entries.iter().any(|entry| entry.requirement.mode() == Mode::Editable)
    }
}
