//! What a requirement says, apart from what it does in a search.

use std::collections::BTreeSet;
use std::rc::Rc;

use pep440_rs::{Operator, VersionSpecifiers};
use pep508_rs::{ExtraName, PackageName};

use crate::requirements::{Entry, Marker, Origin, Spelling};
use crate::resolve::candidates::AllowedHashes;

/// What a requirement says; the picks that are made for it are named after it.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) name: PackageName,
    /// The same as written.
    pub(super) spelled: Spelling,
    pub(super) extras: BTreeSet<ExtraName>,
    pub(super) specifiers: VersionSpecifiers,
    pub(super) hashes: AllowedHashes,
    /// Only that of a dependency: the user's is no part of how pip writes it.
    pub(super) marker: Option<Marker>,
    pub(super) from: From,
    /// The entry that it is, where the user asked for it.
    pub(super) entry: Option<usize>,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(super) enum From {
    /// The command line.
    CommandLine,
    /// A line of a file, in pip's words.
    Line(String),
    /// Another requirement, by way of the pick that was made for it.
    Template(Rc<Template>),
}

impl From {
    pub(super) fn origin(origin: &Origin) -> Self {
        match origin {
            Origin::CommandLine => Self::CommandLine,
            line @ Origin::File { .. } => Self::Line(line.to_string()),
        }
    }
}

/// What the operators of specifiers amount to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Strictness {
    pub(super) pinned: bool,
    pub(super) bounded: bool,
    pub(super) specified: bool,
}

impl Strictness {
    pub(super) fn of(specifiers: &VersionSpecifiers) -> Self {
        let mut found = Self::default();
        for specifier in specifiers.iter() {
            found.specified = true;
            match specifier.operator() {
                Operator::Equal | Operator::ExactEqual => found.pinned = true,
                Operator::LessThan | Operator::LessThanEqual | Operator::TildeEqual | Operator::EqualStar => {
                    found.bounded = true;
                }
                Operator::NotEqual | Operator::NotEqualStar | Operator::GreaterThan | Operator::GreaterThanEqual => {}
            }
        }
        found
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            pinned: self.pinned || other.pinned,
            bounded: self.bounded || other.bounded,
            specified: self.specified || other.specified,
        }
    }
}

impl Template {
    /// That of an entry which names a project.
    pub(super) fn of_entry(index: usize, entry: &Entry, name: &PackageName, specifiers: &VersionSpecifiers) -> Self {
        Self {
            name: name.clone(),
            spelled: entry.spelled.clone().unwrap_or_else(|| Spelling::name(name.as_ref())),
            extras: entry.requirement.extras.clone(),
            specifiers: specifiers.clone(),
            hashes: AllowedHashes::of(&entry.hashes),
            marker: None,
            from: From::origin(&entry.origin),
            entry: Some(index),
        }
    }

    /// The same without extras, which comes from the one with them.
    pub(super) fn without_extras(self: &Rc<Self>) -> Self {
        Self {
            name: self.name.clone(),
            spelled: self.spelled.without_extras(),
            extras: BTreeSet::new(),
            specifiers: self.specifiers.clone(),
            hashes: self.hashes.clone(),
            marker: self.marker.clone(),
            from: From::Template(Rc::clone(self)),
            entry: self.entry,
        }
    }

    /// As pip writes it, without the marker.
    pub(super) fn text(&self) -> String {
        self.spelled.to_string()
    }

    /// As pip writes it.
    pub(super) fn full_text(&self) -> String {
        match &self.marker {
            Some(marker) => format!("{}; {marker}", self.text()),
            None => self.text(),
        }
    }
}
