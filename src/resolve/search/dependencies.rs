//! What a pick needs of others.

use std::collections::BTreeSet;
use std::rc::Rc;

use pep508_rs::ExtraName;

use super::error::{Beyond, SearchError};
use super::identifier::Identifier;
use super::need::{Need, NeedKind};
use super::pick::{Base, Pick, PickKind, PickOrigin};
use super::provider::Provider;
use super::request::{Dependencies, RequiresPython};
use super::template::{From, Template};
use crate::requirements::Source;
use crate::resolve::candidates::AllowedHashes;
use crate::resolve::requires::{Written, requires_python};

/// What a pick needs of others, in pip's order.
#[derive(Debug, Default)]
pub(super) struct Depends {
    pub(super) needs: Vec<Rc<Need>>,
    /// Extras that were asked for and that there are not.
    pub(super) unprovided: Vec<ExtraName>,
}

impl Provider<'_> {
    pub(super) fn depends(&mut self, pick: &Rc<Pick>) -> Result<Rc<Depends>, SearchError> {
        if let Some(known) = pick.depends.get() {
            return Ok(Rc::clone(known));
        }
        let depends = Rc::new(match &pick.kind {
            PickKind::Python(_) => Depends::default(),
            PickKind::Base(base) => self.base_depends(base)?,
            PickKind::Extras { base, extras, template } => self.extras_depend(base, extras, template)?,
        });
        Ok(Rc::clone(pick.depends.get_or_init(|| depends)))
    }

    fn base_depends(&mut self, base: &Base) -> Result<Depends, SearchError> {
        let mut needs = Vec::new();
        let installed = matches!(base.origin, PickOrigin::Installed);
        if !installed && self.request.rules.python == RequiresPython::Checked {
            let python = requires_python(&base.metadata).map_err(|error| Beyond::metadata(&base.project, &error))?;
            if let Some(python) = python {
                needs.push(Need::other(self.python.key, NeedKind::Python(python)));
            }
        }
        self.add_dependencies(base, &BTreeSet::new(), &base.template, &mut needs)?;
        Ok(Depends {
            needs,
            unprovided: Vec::new(),
        })
    }

    /// With extras, the same distribution without them, and everything that it requires with them.
    fn extras_depend(
        &mut self,
        pick: &Rc<Pick>,
        extras: &BTreeSet<ExtraName>,
        template: &Rc<Template>,
    ) -> Result<Depends, SearchError> {
        let mut needs = vec![Need::other(pick.key, NeedKind::Explicit(Rc::clone(pick)))];
        let mut unprovided = Vec::new();
        if let Some(base) = pick.base()
            && self.request.rules.dependencies == Dependencies::Followed
        {
            unprovided = base.requires.unprovided(extras);
            self.add_dependencies(base, extras, template, &mut needs)?;
        }
        Ok(Depends { needs, unprovided })
    }

    fn add_dependencies(
        &mut self,
        base: &Base,
        extras: &BTreeSet<ExtraName>,
        parent: &Rc<Template>,
        needs: &mut Vec<Rc<Need>>,
    ) -> Result<(), SearchError> {
        if self.request.rules.dependencies == Dependencies::Ignored {
            return Ok(());
        }
        let holding = base.requires.holding(extras, self.request.environment);
        for Written { dependency, spelled } in holding.map_err(|error| Beyond::metadata(&base.project, &error))? {
            let Source::Versions(specifiers) = &dependency.source else {
                return Err(Beyond::direct(&base.project, dependency).into());
            };
            let template = Template {
                name: dependency.name.clone(),
                spelled: spelled.clone(),
                extras: dependency.extras.clone(),
                specifiers: specifiers.clone(),
                hashes: AllowedHashes::default(),
                marker: dependency.marker.clone(),
                from: From::Template(Rc::clone(parent)),
                entry: None,
            };
            self.add_needs(template, needs);
        }
        Ok(())
    }

    /// With extras and specifiers both, the specifiers are needed of the project without extras as well.
    pub(super) fn add_needs(&mut self, template: Template, needs: &mut Vec<Rc<Need>>) {
        let template = Rc::new(template);
        if !template.extras.is_empty() && !template.specifiers.is_empty() {
            let key = self.names.key(&Identifier::Project(template.name.clone()));
            needs.push(Need::versions(key, &Rc::new(template.without_extras())));
        }
        let key = self.names.key(&Identifier::new(&template.name, &template.extras));
        needs.push(Need::versions(key, &template));
    }
}
