//! What the user asks for.

use std::rc::Rc;

use pep440_rs::VersionSpecifiers;
use pep508_rs::PackageName;

use super::error::SearchError;
use super::identifier::Identifier;
use super::need::{Need, NeedKind};
use super::pick::Named;
use super::provider::{Provider, Tried};
use super::template::Template;
use crate::requirements::{Entry, Link, Target};

impl Provider<'_> {
    /// What the user asks for, in the order in which pip adds it: what has extras comes last.
    pub(super) fn roots(&mut self) -> Result<Vec<Rc<Need>>, SearchError> {
        let request = self.request;
        let mut roots: Vec<Rc<Need>> = Vec::new();
        for (index, entry) in request.entries.iter().enumerate() {
            let mut needs = Vec::new();
            match (&entry.requirement.target, entry.requirement.link()) {
                (Target::Index { name, specifiers }, _) => {
                    self.add_needs(Template::of_entry(index, entry, name, specifiers), &mut needs);
                }
                (_, Some(link)) => self.add_direct(index, entry, link, &mut needs)?,
                (_, None) => {}
            }
            if let Some(first) = needs.first() {
                self.requested.entry(first.key).or_insert(index);
            }
            roots.extend(needs);
        }
        roots.sort_by_key(|need| self.names.get(need.key).base.is_some());
        Ok(roots)
    }

    fn add_direct(&mut self, index: usize, entry: &Entry, link: &Link, needs: &mut Vec<Rc<Need>>) -> Result<(), SearchError> {
        let what = || entry.requirement.to_string();
        // Without a name, it is called as it calls itself.
        let template = |project: &PackageName| {
            let template = Rc::new(Template::of_entry(index, entry, project, &VersionSpecifiers::empty()));
            if template.extras.is_empty() {
                template
            } else {
                Rc::new(template.without_extras())
            }
        };
        match self.link_pick(entry, link, Named::Entry(index), &template)? {
            Tried::Pick(base) => {
                needs.push(Need::other(base.key, NeedKind::Explicit(Rc::clone(&base))));
                let extras = &entry.requirement.extras;
                if let Some(made) = base.base().filter(|_| !extras.is_empty()) {
                    let pick = self.with_extras(&base, extras, &made.template);
                    needs.push(Need::other(pick.key, NeedKind::Explicit(pick)));
                }
                Ok(())
            }
            Tried::Inconsistent(reason) => match entry.requirement.name() {
                Some(name) => {
                    let key = self.names.key(&Identifier::Project(name.clone()));
                    needs.push(Need::other(key, NeedKind::Unavailable(name.clone())));
                    Ok(())
                }
                None => Err(SearchError::Unusable { what: what(), reason }),
            },
            Tried::Invalid(reason) => Err(SearchError::Unusable { what: what(), reason }),
            Tried::Unsupported(file) => Err(SearchError::Unsupported(file)),
        }
    }
}
