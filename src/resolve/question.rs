//! What is asked, in the form that keys are made of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use url::Url;
use walkdir::WalkDir;

use super::error::ResolveError;
use crate::index::{Credentials, Identity};
use crate::interpreter::{Facts, TargetPython};
use crate::key::{
    BytecodeMode, IndexPreimage, IndexUrl, InterpreterPreimage, LocalInput, RequestPreimage, RequirementPreimage, Sha256,
    VisibleDistribution,
};
use crate::requirements::{
    Choice, Entry, FormatControl, HashChecking, Locality, Requirements, Search, SearchOption, Target, without_userinfo,
};
use crate::wheel::Metadata;

/// What pip asks when no index is named.
const DEFAULT_INDEX: &str = "default";

/// A request, with everything that its answer depends on.
#[derive(Debug, Clone)]
pub struct Question {
    /// What the key is made of.
    pub preimage: RequestPreimage,
    /// Requirements whose marker holds, in pip's order.
    pub entries: Vec<Entry>,
    /// Constraints whose marker holds.
    pub constraints: Vec<Entry>,
    /// Where and how distributions are looked for; it may hold credentials.
    pub search: Search,
    /// The Python that wheels are chosen for.
    pub target: TargetPython,
    /// Whether each artifact needs a hash.
    pub hashes: HashChecking,
    /// Whether its answer may be kept.
    pub keeping: Keeping,
    /// What is installed where the answer goes, by normalized name.
    pub installed: BTreeMap<String, Metadata>,
}

/// Whether an answer may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeping {
    /// It may.
    Kept,
    /// A folder or a checkout is part of it, which is built every time.
    LocalProject,
    /// Something of it was built among what is installed in an environment, which nobody keeps track of.
    SharedBuild,
    /// Only dependencies are asked for: what they are dependencies of is in no record.
    OnlyDependencies,
    /// A place was in trouble, and will have something else to say.
    Trouble,
    /// An index is asked with a token that has no name: two tokens could have different rights.
    UnnamedToken,
}

/// Who asks, from where.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    /// The interpreter.
    pub facts: &'a Facts,
    /// Options of command line and configuration.
    pub search: &'a [SearchOption],
    /// pip options that can change the answer.
    pub answers: &'a BTreeMap<String, Vec<String>>,
    /// Who is known to which index.
    pub credentials: &'a dyn Fn(&Search) -> Credentials,
}

/// What the answer is for.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Version of the pip whose answer it is.
    pub pip: String,
    /// What the environment already sees.
    pub visible: Vec<VisibleDistribution>,
    /// The metadata of what is installed there, by normalized name, as far as it is known.
    pub installed: BTreeMap<String, Metadata>,
    /// Bytecode.
    pub bytecode: BytecodeMode,
    /// Relative paths start here.
    pub current_dir: PathBuf,
}

impl Question {
    /// Puts a request into the form that its key is made of.
    ///
    /// # Errors
    /// When a marker cannot be evaluated, or a local file not be read; pip then has to look at it.
    pub fn new(requirements: Requirements, asker: &Asker, around: Surroundings) -> Result<Self, ResolveError> {
        let search = requirements.search(asker.search);
        let mut volatile = BTreeMap::new();
        for entry in requirements.entries.iter().chain(&requirements.constraints) {
            for name in entry.requirement.variables() {
                if InterpreterPreimage::is_volatile(name) {
                    let value = asker.facts.markers.get(name).cloned().unwrap_or_default();
                    volatile.insert(name.to_owned(), value);
                }
            }
        }
        let entries = holding(requirements.entries, asker.facts)?;
        let constraints = holding(requirements.constraints, asker.facts)?;
        let target = target(asker, &entries)?;
        let credentials = (asker.credentials)(&search);
        let (index, mut named) = index_preimage(&search, &credentials, &around.current_dir);
        let mut preimages = |entries: &[Entry]| -> Vec<RequirementPreimage> {
            let preimage = |entry| requirement_preimage(entry, identity_for(entry, &credentials, &mut named));
            entries.iter().map(preimage).collect()
        };
        let (required, constrained) = (preimages(&entries), preimages(&constraints));
        let local = entries
            .iter()
            .map(local_input)
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?;
        let keeping = if entries.iter().any(|entry| entry.requirement.locality() == Locality::Local) {
            Keeping::LocalProject
        } else if named {
            Keeping::Kept
        } else {
            Keeping::UnnamedToken
        };
        let mut options = asker.answers.clone();
        add_search(&mut options, &search);
        add_build_constraints(&mut options, &around.current_dir)?;
        Ok(Self {
            preimage: RequestPreimage {
                requirements: required,
                constraints: constrained,
                index,
                options,
                local,
                interpreter: InterpreterPreimage::new(asker.facts),
                volatile,
                pip: around.pip,
                visible: around.visible,
                bytecode: around.bytecode,
            },
            entries,
            constraints,
            target,
            hashes: search.hashes,
            search,
            keeping,
            installed: around.installed,
        })
    }

    /// Whether a project is asked for by name.
    pub fn asks_for(&self, name: &str) -> bool {
        let mut names = self.entries.iter().filter_map(|entry| entry.requirement.name());
        names.any(|asked| asked.as_ref() == name)
    }

    /// Whether a pip option without a value was given.
    pub fn has(&self, option: &str) -> bool {
        self.preimage.options.contains_key(option)
    }
}

/// The Python that is meant. What is built is built for the interpreter: for another one there must be wheels, pip says so too.
fn target(asker: &Asker, entries: &[Entry]) -> Result<TargetPython, ResolveError> {
    let beyond = |reason: String| Err(ResolveError::Beyond(reason));
    let target = match TargetPython::of(asker.answers) {
        Ok(target) if target.is_the_interpreter() => return Ok(target),
        Ok(target) => target,
        Err(said) => return beyond(said),
    };
    // What requirements files say of sdists comes too late for pip.
    let FormatControl { only_binary, no_binary } = Search::from_settings(asker.search).format;
    let only_wheels = only_binary.all && only_binary.names.is_empty() && no_binary == Choice::default();
    if !only_wheels {
        return beyond("another Python is meant, and sdists are allowed".to_owned());
    }
    let builds = |entry: &&Entry| match &entry.requirement.target {
        Target::Index { .. } => false,
        Target::Archive { link, .. } => !link.is_wheel(),
        Target::Folder { .. } | Target::Vcs { .. } => true,
    };
    match entries.iter().find(builds) {
        Some(entry) => beyond(format!("another Python is meant, and {} has to be built", entry.requirement)),
        None => Ok(target),
    }
}

fn holding(entries: Vec<Entry>, facts: &Facts) -> Result<Vec<Entry>, ResolveError> {
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries {
        let applies = entry
            .requirement
            .applies(&facts.markers)
            .map_err(|error| ResolveError::Beyond(error.to_string()))?;
        if applies {
            kept.push(entry);
        }
    }
    Ok(kept)
}

/// Who asks for an archive that is named by its URL: two users may have different rights to it.
fn identity_for(entry: &Entry, credentials: &Credentials, named: &mut bool) -> Option<String> {
    let Target::Archive { link, .. } = &entry.requirement.target else {
        return None;
    };
    let url = Url::parse(link.secret())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    match credentials.identity(&url) {
        Identity::Anonymous => None,
        Identity::User(name) => Some(name),
        Identity::Unnamed => {
            *named = false;
            None
        }
    }
}

fn requirement_preimage(entry: &Entry, identity: Option<String>) -> RequirementPreimage {
    let mut hashes: Vec<String> = entry.hashes.iter().map(ToString::to_string).collect();
    hashes.sort();
    let mut requirement = entry.requirement.to_string();
    // Reports name extras as they are written, too.
    let written = entry.spelled.iter().flat_map(|spelled| &spelled.extras);
    let unusual = |extra: &String| !entry.requirement.extras.iter().any(|known| known.as_ref() == extra.as_str());
    for extra in written.map(|extra| extra.to_lowercase()).filter(unusual) {
        requirement = format!("{requirement} [{extra}]");
    }
    if let Some(user) = identity {
        requirement = format!("{requirement} [as {user}]");
    }
    RequirementPreimage {
        requirement,
        hashes,
        settings: settings_of(entry),
    }
}

/// Config settings of an entry as `key=value`.
pub(super) fn settings_of(entry: &Entry) -> Vec<String> {
    let pairs = entry.config_settings.iter();
    pairs
        .flat_map(|(key, values)| values.iter().map(move |value| format!("{key}={value}")))
        .collect()
}

/// The content of a local archive that was asked for.
fn local_input(entry: &Entry) -> Result<Option<LocalInput>, ResolveError> {
    let Target::Archive { link, .. } = &entry.requirement.target else {
        return Ok(None);
    };
    let Some(path) = link.file_path() else {
        return Ok(None);
    };
    let content = std::fs::read(&path).map_err(|error| ResolveError::Beyond(format!("{}: {error}", path.display())))?;
    Ok(Some(LocalInput {
        path: link.without_credentials(),
        sha256: Sha256::of(&content),
    }))
}

/// Where candidates come from; and whether everybody who asks has a name.
pub fn index_preimage(search: &Search, credentials: &Credentials, current_dir: &Path) -> (IndexPreimage, bool) {
    let mut named = true;
    let mut place = |text: &str| match Url::parse(text) {
        Ok(url) if url.scheme() != "file" && url.has_host() => {
            let identity = match credentials.identity(&url) {
                Identity::Anonymous => String::new(),
                Identity::User(name) => name,
                Identity::Unnamed => {
                    named = false;
                    String::new()
                }
            };
            IndexUrl {
                url: without_userinfo(url.as_str()),
                identity,
                content: String::new(),
            }
        }
        parsed => {
            let path = parsed
                .ok()
                .and_then(|url| url.to_file_path().ok())
                .unwrap_or_else(|| current_dir.join(text));
            IndexUrl {
                content: folder_digest(&path),
                url: path.to_string_lossy().into_owned(),
                identity: String::new(),
            }
        }
    };
    let mut indexes = Vec::new();
    if !search.no_index {
        indexes.push(match &search.index_url {
            Some(url) => place(url),
            None => IndexUrl {
                url: DEFAULT_INDEX.to_owned(),
                identity: String::new(),
                content: String::new(),
            },
        });
        indexes.extend(search.extra_index_urls.iter().map(|url| place(url)));
    }
    let find_links = search.find_links.iter().map(|url| place(url)).collect();
    let preimage = IndexPreimage {
        indexes,
        find_links,
        no_index: search.no_index,
    };
    (preimage, named)
}

/// Names, sizes and times of the files in a find-links folder (or of the one page); empty if there is nothing.
fn folder_digest(path: &Path) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut count = 0_usize;
    for entry in WalkDir::new(path)
        .max_depth(1)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
    {
        // Links are followed, as pip follows them.
        let Ok(metadata) = std::fs::metadata(entry.path()) else {
            continue;
        };
        if metadata.is_file() {
            let modified = metadata
                .modified()
                .ok()
                .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
            let nanos = modified.map_or(0, |since| since.as_nanos());
            let name = entry.file_name().to_string_lossy();
            hasher.update(&(name.len() as u64).to_le_bytes());
            hasher.update(name.as_bytes());
            hasher.update(&metadata.len().to_le_bytes());
            hasher.update(&nanos.to_le_bytes());
            count += 1;
        }
    }
    if count == 0 {
        String::new()
    } else {
        hasher.finalize().to_hex().to_string()
    }
}

fn add_search(options: &mut BTreeMap<String, Vec<String>>, search: &Search) {
    let mut add = |name: &str, choice: &Choice| {
        let all = choice.all.then(|| ":all:".to_owned());
        let values: Vec<String> = all.into_iter().chain(choice.names.iter().cloned()).collect();
        if !values.is_empty() {
            options.insert(name.to_owned(), values);
        }
    };
    add("no-binary", &search.format.no_binary);
    add("only-binary", &search.format.only_binary);
    add("all-releases", &search.releases.all_releases);
    add("only-final", &search.releases.only_final);
    if search.prefer_binary {
        options.insert("prefer-binary".to_owned(), Vec::new());
    }
    let hashes = match search.hashes {
        HashChecking::WhenGiven => None,
        HashChecking::Required => Some("required"),
        HashChecking::NotRequired => Some("not-required"),
        HashChecking::Contradictory => Some("contradictory"),
    };
    options.extend(hashes.map(|value| ("hashes".to_owned(), vec![value.to_owned()])));
    if !search.features.is_empty() {
        options.insert("use-feature".to_owned(), search.features.clone());
    }
}

/// Build constraints count by their content.
fn add_build_constraints(options: &mut BTreeMap<String, Vec<String>>, current_dir: &Path) -> Result<(), ResolveError> {
    for file in options.get_mut("build-constraint").into_iter().flatten() {
        let path = current_dir.join(&*file);
        let content = std::fs::read(&path).map_err(|error| ResolveError::Beyond(format!("{}: {error}", path.display())))?;
        *file = format!("{file} {}", blake3::hash(&content).to_hex());
    }
    Ok(())
}
