//! What a search comes to.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use pep508_rs::PackageName;

use super::chosen::{Action, Chosen, Source};
use super::identifier::Identifier;
use super::names::Key;
use super::pick::{Base, Named, Pick, PickKind, PickOrigin};
use super::provider::Provider;
use super::request::InstalledUse;
use super::state::State;
use super::warning::Warning;
use crate::requirements::{Link, Mode};
use crate::resolve::graph::{Graph, Node};

/// What a search comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// What was chosen, by project.
    pub chosen: BTreeMap<PackageName, Chosen>,
    /// What is to be installed, in pip's order.
    pub order: Vec<PackageName>,
    /// Who depends on whom.
    pub graph: Graph,
    /// What is worth saying about it.
    pub warnings: Vec<Warning>,
    /// The projects whose candidates were asked for, in that order.
    pub asked: Vec<PackageName>,
}

impl Solution {
    pub(super) fn new(end: &State, provider: Provider) -> Self {
        let Provider {
            request,
            mut warnings,
            asked,
            ..
        } = provider;
        let edges = edges(end);
        let connected = connected(&edges);
        let mut graph = Graph::default();
        let node = |key: Option<Key>| match key.and_then(|key| end.pins.get(key)) {
            Some(pick) => pick.name.identifier.node(),
            None => Node::Root,
        };
        for (parent, child) in &edges {
            if connected.contains(parent) {
                graph.connect(node(*parent), node(Some(*child)));
            }
        }
        let mut chosen: BTreeMap<PackageName, Chosen> = BTreeMap::new();
        let reached = || end.pins.iter().filter(|(key, _)| connected.contains(&Some(*key)));
        for (_, pick) in reached() {
            if let PickKind::Base(base) = &pick.kind {
                let installed = request.installed.get(&base.project);
                let action = match installed.filter(|_| request.rules.installed != InstalledUse::Overlooked) {
                    _ if matches!(base.origin, PickOrigin::Installed) => Action::Keep,
                    None => Action::Install,
                    Some(_) if request.rules.installed == InstalledUse::Reinstalled => Action::Replace,
                    Some(installed) => base.action(&installed.version, installed.mode),
                };
                warnings.extend(base.yanked().filter(|_| action != Action::Keep));
                chosen.insert(base.project.clone(), base.chosen(action));
            }
        }
        for (_, pick) in reached() {
            if let Identifier::Extras(project, extras) = &pick.name.identifier
                && let Some(chosen) = chosen.get_mut(project)
            {
                chosen.extras.extend(extras.iter().map(ToString::to_string));
            }
        }
        let added = chosen.iter().filter(|(_, chosen)| chosen.action != Action::Keep);
        let added: BTreeSet<String> = added.map(|(name, _)| name.to_string()).collect();
        let order = graph.installation_order(&added);
        Self {
            order: order
                .iter()
                .filter_map(|name| chosen.keys().find(|known| known.as_ref() == name).cloned())
                .collect(),
            chosen,
            graph,
            warnings,
            asked,
        }
    }
}

/// Who needs whom: nobody stands for the user. Picks that are not pinned any more need nothing.
fn edges(end: &State) -> BTreeSet<(Option<Key>, Key)> {
    let mut edges = BTreeSet::new();
    for (child, criterion) in end.criteria.iter() {
        for information in &criterion.information {
            let pinned = |pick: &&Rc<Pick>| end.pins.get(pick.key).is_some_and(|pin| Rc::ptr_eq(pin, pick));
            match &information.parent {
                None => drop(edges.insert((None, child))),
                Some(parent) if pinned(&parent) => drop(edges.insert((Some(parent.key), child))),
                Some(_) => {}
            }
        }
    }
    edges
}

/// What the user's requirements lead to, the user included.
fn connected(edges: &BTreeSet<(Option<Key>, Key)>) -> BTreeSet<Option<Key>> {
    let mut connected = BTreeSet::from([None]);
    let mut todo = vec![None];
    while let Some(parent) = todo.pop() {
        for (_, child) in edges.range((parent, Key(0))..).take_while(|(of, _)| *of == parent) {
            if connected.insert(Some(*child)) {
                todo.push(Some(*child));
            }
        }
    }
    connected
}

impl Base {
    /// What is to be done where another distribution of the project is installed, by pip's rules.
    fn action(&self, installed: &pep440_rs::Version, mode: Mode) -> Action {
        let (own, file) = match &self.origin {
            PickOrigin::Index(candidate) => (
                Mode::Regular,
                Some(candidate.link.filename.to_string()).filter(|_| candidate.link.is_local()),
            ),
            PickOrigin::Direct { link, mode, .. } => (*mode, local_file(link)),
            PickOrigin::Installed => return Action::Keep,
        };
        let differs = *installed != self.version || own == Mode::Editable || mode == Mode::Editable;
        // Of the same version, only what is here as a source is built and installed again.
        let source = file.is_some_and(|name| !name.ends_with(".whl"));
        if differs || source { Action::Replace } else { Action::Keep }
    }

    fn chosen(&self, action: Action) -> Chosen {
        Chosen {
            name: self.project.clone(),
            version: self.version.clone(),
            source: match &self.origin {
                PickOrigin::Index(candidate) => Source::Offered(Arc::clone(candidate)),
                PickOrigin::Direct { named, .. } => match named {
                    Named::Entry(index) => Source::Entry(*index),
                    Named::Constraint(index) => Source::Constraint(*index),
                },
                PickOrigin::Installed => Source::Installed,
            },
            action,
            metadata: Arc::clone(&self.metadata),
            extras: self
                .template
                .spelled
                .extras
                .iter()
                .map(|extra| extra.to_lowercase())
                .collect(),
            entry: self.template.entry,
        }
    }

    fn yanked(&self) -> Option<Warning> {
        let PickOrigin::Index(candidate) = &self.origin else {
            return None;
        };
        let reason = candidate.link.yanked.as_ref()?;
        Some(Warning::Yanked {
            project: self.project.clone(),
            version: self.version.clone(),
            link: candidate.link.shown(),
            reason: reason.to_string(),
        })
    }
}

/// The file name of a link to a file of this machine.
fn local_file(link: &Link) -> Option<String> {
    (link.scheme() == "file").then(|| link.filename())
}
