//! What is wrong or odd about where the files of a wheel go.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::interpreter::Facts;

use super::container::Kind;
use super::layout::Placement;
use super::paths::{join, normalize, split};
use super::{EntryPoint, Problem};

/// How names of this program's own files at the root of environments begin: journals, staging folders, descriptions.
const OWN: &str = ".snapenv";
/// How names of its files in library folders begin: what leads a layered environment to its layer.
const OWN_IN_LIBRARIES: [&str; 2] = ["000_snapenv.", "_snapenv_layer."];

/// Members that are told by name; of more of a kind only the number is.
const TOLD: usize = 3;

/// Refuses what cannot be there, and what would be taken for this program's own word: a journal, say, lists files to be removed.
pub(super) fn refuse(placements: &[Placement<'_>], facts: &Facts) -> Result<(), Problem> {
    let libraries = [&facts.scheme.purelib, &facts.scheme.platlib];
    let mut files = BTreeSet::new();
    for placed in placements {
        let (folder, name) = split(&placed.path);
        let in_library = libraries.iter().any(|library| *library == folder);
        let own = in_library && OWN_IN_LIBRARIES.iter().any(|own| name.starts_with(own));
        if own || placed.path.starts_with(OWN) {
            return Err(Problem::Reserved(placed.member.name.clone()));
        }
        files.insert(placed.path.as_str());
    }
    let mut checked = "";
    for path in &files {
        let (mut folder, _) = split(path);
        // Neighbours share their folders.
        while !folder.is_empty() && folder != checked {
            if files.contains(folder) {
                return Err(Problem::FileAndFolder(folder.to_owned()));
            }
            (folder, _) = split(folder);
        }
        (checked, _) = split(path);
    }
    Ok(())
}

/// What pip installs without a word, but somebody should know of.
pub(super) fn warnings(placements: &[Placement<'_>], generated: &[EntryPoint], facts: &Facts) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut tell = |mut told: Vec<String>| {
        let more = told.len().saturating_sub(TOLD);
        told.truncate(TOLD);
        warnings.append(&mut told);
        if more > 0 {
            warnings.push(format!("{more} more of that kind"));
        }
    };
    tell(special(placements));
    tell(moved(placements));
    tell(one_path(placements));
    tell(alike(placements));
    tell(interpreters(placements, generated, facts));
    warnings
}

fn special(placements: &[Placement<'_>]) -> Vec<String> {
    let special = placements.iter().filter(|placed| placed.member.kind() == Kind::Special);
    let told = special.map(|placed| {
        format!(
            "'{}' is a link or device in the wheel and is installed as a plain file",
            placed.member.name
        )
    });
    told.collect()
}

fn moved(placements: &[Placement<'_>]) -> Vec<String> {
    let moved = placements
        .iter()
        .filter(|placed| normalize(&placed.member.name) != placed.member.name);
    let told = moved.map(|placed| format!("'{}' is installed as '{}'", placed.member.name, placed.path));
    told.collect()
}

fn one_path(placements: &[Placement<'_>]) -> Vec<String> {
    let mut seen: HashMap<&str, &str> = HashMap::with_capacity(placements.len());
    let told = placements.iter().filter_map(|placed| {
        let (name, path) = (placed.member.name.as_str(), placed.path.as_str());
        let earlier = seen.insert(path, name)?;
        Some(format!("'{earlier}' and '{name}' are one file, '{path}'; the second stays"))
    });
    told.collect()
}

/// Names that file systems of other systems take for one; here they are two, as for pip.
fn alike(placements: &[Placement<'_>]) -> Vec<String> {
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    let mut seen: HashMap<Cow<'_, str>, &str> = HashMap::with_capacity(placements.len());
    let told = placements.iter().filter_map(|placed| {
        let path = placed.path.as_str();
        let folded = if !path.is_ascii() {
            Cow::Owned(nfc.normalize(&path.to_lowercase()).into_owned())
        } else if path.contains(|letter: char| letter.is_ascii_uppercase()) {
            Cow::Owned(path.to_ascii_lowercase())
        } else {
            Cow::Borrowed(path)
        };
        let earlier = seen.insert(folded, path).filter(|earlier| *earlier != path)?;
        Some(format!("'{earlier}' and '{path}' differ only in case or Unicode form"))
    });
    told.collect()
}

/// Files that an environment's interpreter would be replaced by.
fn interpreters(placements: &[Placement<'_>], generated: &[EntryPoint], facts: &Facts) -> Vec<String> {
    let (major, minor) = (facts.version.0.to_string(), facts.major_minor());
    let names = ["", &major, &minor].map(|version| join(&facts.scheme.scripts, &format!("python{version}")));
    let paths = placements.iter().map(|placed| placed.path.as_str());
    let paths = paths.chain(generated.iter().map(|script| script.path.as_str()));
    let told = paths.filter(|path| *path == "pyvenv.cfg" || names.iter().any(|name| name == path));
    told.map(|path| format!("'{path}' takes the place of the environment's own"))
        .collect()
}
