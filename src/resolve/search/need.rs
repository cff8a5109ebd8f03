//! One requirement on an identifier.

use std::rc::Rc;

use pep508_rs::PackageName;

use super::names::Key;
use super::pick::{Pick, PickKind};
use super::template::{Strictness, Template};
use crate::requirements::contains;
use crate::resolve::requires::RequiredPython;

/// One requirement on an identifier.
#[derive(Debug)]
pub(super) struct Need {
    pub(super) key: Key,
    pub(super) kind: NeedKind,
    pub(super) strictness: Strictness,
}

#[derive(Debug)]
pub(super) enum NeedKind {
    /// Exactly this.
    Explicit(Rc<Pick>),
    /// Some version.
    Versions(Rc<Template>),
    /// Some interpreter.
    Python(RequiredPython),
    /// A direct reference that turned out to be another project.
    Unavailable(PackageName),
}

impl Need {
    pub(super) fn versions(key: Key, template: &Rc<Template>) -> Rc<Self> {
        Rc::new(Self {
            key,
            kind: NeedKind::Versions(Rc::clone(template)),
            strictness: Strictness::of(&template.specifiers),
        })
    }

    pub(super) fn other(key: Key, kind: NeedKind) -> Rc<Self> {
        Rc::new(Self {
            key,
            kind,
            strictness: Strictness::default(),
        })
    }

    /// Whether a pick for its identifier satisfies it.
    pub(super) fn holds_for(&self, pick: &Pick) -> bool {
        match &self.kind {
            NeedKind::Explicit(wanted) => wanted.is_same(pick),
            NeedKind::Versions(template) => contains(&template.specifiers, pick.version()),
            NeedKind::Python(python) => contains(&python.specifiers, pick.version()),
            NeedKind::Unavailable(_) => false,
        }
    }

    pub(super) fn template(&self) -> Option<&Rc<Template>> {
        match &self.kind {
            NeedKind::Versions(template) => Some(template),
            NeedKind::Explicit(_) | NeedKind::Python(_) | NeedKind::Unavailable(_) => None,
        }
    }

    /// The pick that it insists on, without extras.
    pub(super) fn explicit_base(&self) -> Option<&Rc<Pick>> {
        match &self.kind {
            NeedKind::Explicit(pick) if matches!(pick.kind, PickKind::Base(_)) => Some(pick),
            _ => None,
        }
    }

    pub(super) fn is_explicit(&self) -> bool {
        matches!(self.kind, NeedKind::Explicit(_))
    }

    /// As pip writes it.
    pub(super) fn text(&self) -> String {
        match &self.kind {
            NeedKind::Explicit(pick) => pick.text(),
            NeedKind::Versions(template) => template.full_text(),
            NeedKind::Python(python) => format!("Python {}", python.spelled),
            NeedKind::Unavailable(name) => format!("{name} (unavailable)"),
        }
    }

    /// As pip writes it in a list of causes.
    pub(super) fn listed(&self) -> String {
        let NeedKind::Versions(template) = &self.kind else {
            return match &self.kind {
                NeedKind::Explicit(pick) => pick.described(),
                _ => self.text(),
            };
        };
        let text = template.full_text();
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        match parts.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
            None => String::new(),
        }
    }
}
