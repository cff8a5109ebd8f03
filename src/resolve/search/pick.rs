//! One candidate for an identifier.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::{ExtraName, PackageName};

use super::dependencies::Depends;
use super::direct::Sameness;
use super::names::{Key, Name};
use super::template::Template;
use crate::requirements::{Link, Mode};
use crate::resolve::candidates::Candidate;
use crate::resolve::requires::Requires;
use crate::wheel::Metadata;

/// One candidate for an identifier. Each is made once: which one it is, is a question of identity.
#[derive(Debug)]
pub(super) struct Pick {
    pub(super) key: Key,
    pub(super) name: Rc<Name>,
    pub(super) kind: PickKind,
    /// What it depends on, once somebody asked.
    pub(super) depends: OnceCell<Rc<Depends>>,
}

#[derive(Debug)]
pub(super) enum PickKind {
    /// The interpreter.
    Python(Version),
    /// A distribution.
    Base(Base),
    /// A distribution with extras.
    Extras {
        base: Rc<Pick>,
        extras: BTreeSet<ExtraName>,
        template: Rc<Template>,
    },
}

/// A distribution that may be chosen.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) project: PackageName,
    pub(super) version: Version,
    pub(super) origin: PickOrigin,
    pub(super) metadata: Arc<Metadata>,
    pub(super) requires: Requires,
    /// The requirement that it was made for.
    pub(super) template: Rc<Template>,
}

/// Where a distribution comes from.
#[derive(Debug)]
pub(super) enum PickOrigin {
    Index(Arc<Candidate>),
    Direct {
        link: Link,
        mode: Mode,
        sameness: Sameness,
        named: Named,
    },
    Installed,
}

/// What names a direct reference, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Entry(usize),
    Constraint(usize),
}

impl Pick {
    pub(super) fn new(key: Key, name: &Rc<Name>, kind: PickKind) -> Rc<Self> {
        Rc::new(Self {
            key,
            name: Rc::clone(name),
            kind,
            depends: OnceCell::new(),
        })
    }

    pub(super) fn version(&self) -> &Version {
        match &self.kind {
            PickKind::Python(version) => version,
            PickKind::Base(base) => &base.version,
            PickKind::Extras { base, .. } => base.version(),
        }
    }

    /// The distribution, without extras.
    pub(super) fn base(&self) -> Option<&Base> {
        match &self.kind {
            PickKind::Python(_) => None,
            PickKind::Base(base) => Some(base),
            PickKind::Extras { base, .. } => base.base(),
        }
    }

    /// Whether pip takes them for equal.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (PickKind::Base(one), PickKind::Base(two)) => one.is_same(two),
            (
                PickKind::Extras { base, extras, .. },
                PickKind::Extras {
                    base: two, extras: of, ..
                },
            ) => extras == of && base.is_same(two),
            (PickKind::Python(_), PickKind::Python(_)) => true,
            _ => false,
        }
    }

    /// The URL or path that it is of, for what pip compares URLs by.
    pub(super) fn sameness(&self) -> Option<&Sameness> {
        match &self.base()?.origin {
            PickOrigin::Direct { sameness, .. } => Some(sameness),
            PickOrigin::Index(_) | PickOrigin::Installed => None,
        }
    }

    /// As pip writes it in short.
    pub(super) fn text(&self) -> String {
        match &self.kind {
            PickKind::Python(version) => format!("Python {version}"),
            PickKind::Base(_) | PickKind::Extras { .. } => format!("{} {}", self.name.text, self.version()),
        }
    }

    /// As pip writes it in a list of causes.
    pub(super) fn described(&self) -> String {
        match &self.kind {
            PickKind::Python(_) => self.text(),
            PickKind::Base(base) => format!("{} ({})", self.text(), base.place()),
            PickKind::Extras { base, extras, .. } => {
                let extras: Vec<&str> = extras.iter().map(AsRef::as_ref).collect();
                format!("{} [{}]", base.described(), extras.join(", "))
            }
        }
    }

    /// Who made the search look at it, as pip names that in "Cannot install".
    pub(super) fn trigger(&self) -> String {
        use super::template::From;

        let itself = || format!("{}=={}", self.name.text, self.version());
        match &self.kind {
            PickKind::Base(base) if !matches!(base.origin, PickOrigin::Installed) => match &base.template.from {
                From::CommandLine => itself(),
                From::Line(line) => line.clone(),
                From::Template(template) => template.spelled.name.clone(),
            },
            _ => itself(),
        }
    }
}

impl Base {
    fn is_same(&self, other: &Self) -> bool {
        match (&self.origin, &other.origin) {
            (PickOrigin::Index(one), PickOrigin::Index(two)) => one.link.address() == two.link.address(),
            (PickOrigin::Installed, PickOrigin::Installed) => self.project == other.project && self.version == other.version,
            (
                PickOrigin::Direct { mode, sameness, .. },
                PickOrigin::Direct {
                    mode: of,
                    sameness: as_well,
                    ..
                },
            ) => mode == of && sameness == as_well,
            _ => false,
        }
    }

    fn place(&self) -> String {
        match &self.origin {
            PickOrigin::Index(candidate) => format!("from {}", candidate.link.shown()),
            PickOrigin::Direct { link, mode, .. } => {
                let mode = match mode {
                    Mode::Regular => "",
                    Mode::Editable => "editable ",
                };
                match link.file_path() {
                    Some(path) => format!("from {mode}{}", path.display()),
                    None => format!("from {mode}{link}"),
                }
            }
            PickOrigin::Installed => "Installed".to_owned(),
        }
    }
}
