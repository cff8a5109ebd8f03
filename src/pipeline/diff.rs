//! In what two environments, snapshots or requests differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::diff_portrait::{Part, Portrait};
use super::error::PipelineError;
use crate::key::{FieldDifference, Side, field_differences};
use crate::store::Store;

/// Something that is named, and the folder that it would be.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// As the user wrote it.
    pub named: &'a str,
    /// The same as an absolute path.
    pub folder: &'a Path,
}

/// In what two things differ; empty if they do not.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Distributions of the same name that are not the same, and those that only one has.
    pub distributions: Vec<Distribution>,
    /// Whether distributions that both have were installed in another order.
    pub another_order: bool,
    /// Settings of environments, with both values.
    pub settings: BTreeMap<&'static str, [String; 2]>,
    /// Fields of the keys of requests.
    pub request: Vec<String>,
    /// Files that belong to no distribution.
    pub strays: Files<PathBuf>,
}

/// A distribution that is not the same in both.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Distribution {
    /// Its project.
    pub name: String,
    /// Its version in the first, if it is there.
    pub first: Option<String>,
    /// Its version in the second, if it is there.
    pub second: Option<String>,
    /// Why the same version is not the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Its files, where both have it.
    #[serde(skip_serializing_if = "Files::is_empty")]
    pub files: Files<String>,
}

/// Files of two, compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Files<P> {
    /// Only in the first.
    pub only_first: Vec<P>,
    /// Only in the second.
    pub only_second: Vec<P>,
    /// With other content.
    pub changed: Vec<P>,
}

impl<P> Default for Files<P> {
    fn default() -> Self {
        Self {
            only_first: Vec::new(),
            only_second: Vec::new(),
            changed: Vec::new(),
        }
    }
}

impl<P: Ord + Clone> Files<P> {
    /// Compares two sets of files with what is known of their content; nothing is known by an empty text.
    fn of(first: &BTreeMap<P, String>, second: &BTreeMap<P, String>) -> Self {
        let only = |one: &BTreeMap<P, String>, other: &BTreeMap<P, String>| {
            let keys = one.keys().filter(|path| !other.contains_key(path));
            keys.cloned().collect()
        };
        let differs = |path: &&P| {
            let (first, second) = (&first[*path], &second[*path]);
            first != second && !first.is_empty() && !second.is_empty()
        };
        let both = first.keys().filter(|path| second.contains_key(path));
        Self {
            only_first: only(first, second),
            only_second: only(second, first),
            changed: both.filter(differs).cloned().collect(),
        }
    }
}

impl<P> Files<P> {
    /// Whether they are the same.
    pub fn is_empty(&self) -> bool {
        self.only_first.is_empty() && self.only_second.is_empty() && self.changed.is_empty()
    }
}

impl Explanation {
    /// Whether there is no difference.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn of(first: &Portrait, second: &Portrait) -> Self {
        let names: BTreeSet<&String> = first.parts.keys().chain(second.parts.keys()).collect();
        let distributions = names
            .into_iter()
            .filter_map(|name| distribution(name, first.parts.get(name), second.parts.get(name)));
        let common = |one: &Portrait, other: &Portrait| -> Vec<String> {
            let names = one.order.iter().filter(|name| other.order.contains(name));
            names.cloned().collect()
        };
        let settings = first.settings.iter().filter_map(|(name, value)| {
            let other = second.settings.get(name).filter(|other| *other != value)?;
            Some((*name, [value.clone(), other.clone()]))
        });
        let requests = first.request.as_ref().zip(second.request.as_ref());
        let strays = first.strays.as_ref().zip(second.strays.as_ref());
        Self {
            distributions: distributions.collect(),
            another_order: common(first, second) != common(second, first),
            settings: settings.collect(),
            request: requests.map(|(first, second)| fields(first, second)).unwrap_or_default(),
            strays: strays.map(|(first, second)| Files::of(first, second)).unwrap_or_default(),
        }
    }
}

/// Compares two things.
///
/// # Errors
/// When one of them is nothing that can be compared, or cannot be read.
pub fn explain(first: Subject, second: Subject, store: &Store) -> Result<Explanation, PipelineError> {
    let portrait = |subject: Subject| Portrait::of(subject.named, subject.folder, store);
    Ok(Explanation::of(&portrait(first)?, &portrait(second)?))
}

fn distribution(name: &str, first: Option<&Part>, second: Option<&Part>) -> Option<Distribution> {
    let version = |part: Option<&Part>| part.map(|part| part.version.clone());
    let (mut reasons, mut files) = (Vec::new(), Files::default());
    if let (Some(first), Some(second)) = (first, second) {
        files = Files::of(&first.files, &second.files);
        if first.version == second.version {
            reasons = reasons_of(first, second);
            if reasons.is_empty() && files.is_empty() {
                return None;
            }
        }
    }
    Some(Distribution {
        name: name.to_owned(),
        first: version(first),
        second: version(second),
        reasons,
        files,
    })
}

/// Why the same version is not the same.
fn reasons_of(first: &Part, second: &Part) -> Vec<String> {
    let preimages = first.preimage.as_ref().zip(second.preimage.as_ref());
    let mut reasons = preimages.map(|(first, second)| fields(first, second)).unwrap_or_default();
    let contents = first.content.zip(second.content);
    if reasons.is_empty() && preimages.is_some() && contents.is_some_and(|(first, second)| first != second) {
        reasons.push("built again, to another content".to_owned());
    }
    match (first.requested, second.requested) {
        (true, false) => reasons.push("asked for by name only in the first".to_owned()),
        (false, true) => reasons.push("asked for by name only in the second".to_owned()),
        _ => {}
    }
    if first.direct_url != second.direct_url {
        let told = |url: &Option<String>| url.clone().unwrap_or_else(|| "an index".to_owned());
        let (first, second) = (told(&first.direct_url), told(&second.direct_url));
        reasons.push(format!("direct_url.json: {first} -> {second}"));
    }
    reasons
}

/// The fields in which two preimages differ.
fn fields(first: &Value, second: &Value) -> Vec<String> {
    let differences = field_differences(first, second).into_iter();
    let told = differences.map(|difference| match difference {
        FieldDifference::Other { path, first, second } => format!("{path}: {first} -> {second}"),
        FieldDifference::Order { path } => format!("{path}: another order"),
        FieldDifference::Only { path, value, side } => match side {
            Side::First => format!("{path}: only in the first: {value}"),
            Side::Second => format!("{path}: only in the second: {value}"),
        },
    });
    told.collect()
}
