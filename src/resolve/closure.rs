//! The dependency graph of known distributions, as pip's resolver would have built it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pep508_rs::ExtraName;

use super::error::ResolveError;
use super::graph::{Graph, Node};
use super::requires::{Requires, Written};
use crate::key::InterpreterPreimage;
use crate::requirements::{Dependency, Source, Variable, parse_dependency};
use crate::wheel::Metadata;

/// Distributions with their metadata, and what follows from it.
#[derive(Debug)]
pub struct Closure<'a> {
    metadata: BTreeMap<String, &'a Metadata>,
    environment: &'a BTreeMap<String, String>,
    graph: Graph,
    volatile: BTreeMap<String, String>,
}

/// Which edges a graph has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edges {
    /// Whether dependencies count (not with `--no-deps`).
    pub dependencies: bool,
    /// Whether Requires-Python counts (not with `--ignore-requires-python`).
    pub python: bool,
}

/// A requirement on a project as a graph sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Normalized name.
    pub name: String,
    /// Its extras.
    pub extras: BTreeSet<ExtraName>,
    /// Whether it comes with a version specifier.
    pub specified: bool,
}

impl Wanted {
    fn of(dependency: &Dependency) -> Self {
        Self {
            name: dependency.name.to_string(),
            extras: dependency.extras.clone(),
            specified: matches!(&dependency.source, Source::Versions(specifiers) if !specifiers.is_empty()),
        }
    }

    fn node(&self) -> Node {
        if self.extras.is_empty() {
            return Node::Project(self.name.clone());
        }
        Node::Extras(self.name.clone(), self.extras.iter().map(ToString::to_string).collect())
    }
}

impl<'a> Closure<'a> {
    /// Builds the graph that is reachable from `roots`.
    ///
    /// # Errors
    /// When a Requires-Dist of a reachable distribution cannot be read.
    pub fn new(
        metadata: BTreeMap<String, &'a Metadata>,
        environment: &'a BTreeMap<String, String>,
        roots: &[Wanted],
        edges: Edges,
    ) -> Result<Self, ResolveError> {
        let mut closure = Self {
            metadata,
            environment,
            graph: Graph::default(),
            volatile: BTreeMap::new(),
        };
        let mut todo = VecDeque::new();
        for root in roots {
            closure.connect(Node::Root, root, &mut todo);
        }
        let mut seen = BTreeSet::new();
        while let Some(wanted) = todo.pop_front() {
            let node = wanted.node();
            if seen.insert(node.clone()) {
                closure.expand(&wanted, &node, edges, &mut todo)?;
            }
        }
        Ok(closure)
    }

    fn connect(&mut self, parent: Node, wanted: &Wanted, todo: &mut VecDeque<Wanted>) {
        let base = Wanted {
            extras: BTreeSet::new(),
            ..wanted.clone()
        };
        // A specifier beside extras is required of the base as well.
        if !wanted.extras.is_empty() && wanted.specified {
            self.graph.connect(parent.clone(), base.node());
            todo.push_back(base);
        }
        self.graph.connect(parent, wanted.node());
        todo.push_back(wanted.clone());
    }

    fn expand(&mut self, wanted: &Wanted, node: &Node, edges: Edges, todo: &mut VecDeque<Wanted>) -> Result<(), ResolveError> {
        let Some(metadata) = self.metadata.get(&wanted.name).copied() else {
            return Ok(());
        };
        if wanted.extras.is_empty() {
            let restricts = metadata.requires_python.as_ref().is_some_and(|text| !text.trim().is_empty());
            if restricts && edges.python {
                self.graph.connect(node.clone(), Node::Python);
            }
        } else {
            let base = Wanted {
                extras: BTreeSet::new(),
                ..wanted.clone()
            };
            self.graph.connect(node.clone(), base.node());
            todo.push_back(base);
        }
        if !edges.dependencies {
            return Ok(());
        }
        for dependency in dependencies(metadata, &wanted.extras, self.environment)? {
            self.connect(node.clone(), &Wanted::of(&dependency), todo);
        }
        self.note_volatile(metadata)
    }

    fn note_volatile(&mut self, metadata: &Metadata) -> Result<(), ResolveError> {
        for text in &metadata.requires_dist {
            // Parsing is the dear part; hardly any marker names one of them.
            if !text.contains("platform_") {
                continue;
            }
            let dependency = parsed(metadata, text)?;
            let variables = dependency.marker.iter().flat_map(crate::requirements::Marker::variables);
            for name in variables
                .map(Variable::name)
                .filter(|name| InterpreterPreimage::is_volatile(name))
            {
                let value = self.environment.get(name).cloned().unwrap_or_default();
                self.volatile.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    /// Names of the projects in the graph.
    pub fn projects(&self) -> BTreeSet<String> {
        self.graph.projects()
    }

    /// The given projects in pip's installation order.
    pub fn order(&self, projects: &BTreeSet<String>) -> Vec<String> {
        self.graph.installation_order(projects)
    }

    /// Volatile marker variables that reachable dependencies name, with their values.
    pub fn volatile(&self) -> &BTreeMap<String, String> {
        &self.volatile
    }
}

/// The dependencies that hold in the environment, with these extras of the distribution asked for.
///
/// # Errors
/// When one of them cannot be read.
pub(super) fn dependencies(
    metadata: &Metadata,
    extras: &BTreeSet<ExtraName>,
    environment: &BTreeMap<String, String>,
) -> Result<Vec<Dependency>, ResolveError> {
    let written = written_dependencies(metadata, extras, environment)?;
    Ok(written.into_iter().map(|written| written.dependency).collect())
}

/// The same, each with its spelling.
///
/// # Errors
/// When one of them cannot be read.
pub(super) fn written_dependencies(
    metadata: &Metadata,
    extras: &BTreeSet<ExtraName>,
    environment: &BTreeMap<String, String>,
) -> Result<Vec<Written>, ResolveError> {
    let failed = |source| ResolveError::Metadata {
        project: metadata.name.clone(),
        source,
    };
    let requires = Requires::read(metadata).map_err(failed)?;
    let holding = requires.holding(extras, environment).map_err(failed)?;
    Ok(holding.into_iter().cloned().collect())
}

fn parsed(metadata: &Metadata, text: &str) -> Result<Dependency, ResolveError> {
    parse_dependency(text).map_err(|source| ResolveError::Metadata {
        project: metadata.name.clone(),
        source,
    })
}
