//! The dependency graph of a resolution, and pip's installation order of it.
//!
//! pip installs by weight, dependencies before dependents. Leaves are pruned round by round, each round giving a lower weight; what
//! then remains contains cycles and is weighed by the longest path from the root. Ties go by name, descending. The order matters:
//! where distributions ship the same file, the last one installed wins.

use std::collections::{BTreeMap, BTreeSet};

/// A node: the root, a project, a project with extras, or the requirement on the interpreter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// What the user asked for.
    Root,
    /// A project by its normalized name.
    Project(String),
    /// A project with extras: `name`, sorted extras.
    Extras(String, Vec<String>),
    /// `Requires-Python`: a node of its own in pip's graph, and so part of the weights.
    Python,
}

/// Who depends on whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    children: BTreeMap<Node, BTreeSet<Node>>,
}

/// How often pip looks at one node on its way through cycles.
const VISITS: usize = 5;

impl Graph {
    /// Adds an edge; both ends become nodes.
    pub fn connect(&mut self, parent: Node, child: Node) {
        self.children.entry(child.clone()).or_default();
        self.children.entry(parent).or_default().insert(child);
    }

    /// Names of the projects in the graph.
    pub fn projects(&self) -> BTreeSet<String> {
        let name = |node: &Node| match node {
            Node::Project(name) => Some(name.clone()),
            Node::Root | Node::Extras(..) | Node::Python => None,
        };
        self.children.keys().filter_map(name).collect()
    }

    /// The projects in pip's installation order.
    pub fn installation_order(&self, projects: &BTreeSet<String>) -> Vec<String> {
        let mut graph = self.clone();
        graph.children.entry(Node::Root).or_default();
        let mut weights = graph.prune();
        let mut walk = Walk::new(&graph.children, projects);
        walk.visit(&Node::Root);
        for (node, found) in walk.weights {
            if let (Node::Project(name), Some(weight)) = (node, found.into_iter().max()) {
                weights.insert(name, weight);
            }
        }
        let mut order: Vec<&String> = projects.iter().collect();
        order.sort_by_key(|name| (weights.get(*name).copied().unwrap_or_default(), *name));
        order.into_iter().rev().cloned().collect()
    }

    /// Removes leaves until none is left; each gets the number of nodes besides one that the graph had in its round.
    fn prune(&mut self) -> BTreeMap<String, usize> {
        let mut weights = BTreeMap::new();
        loop {
            let leaves: BTreeSet<Node> = self
                .children
                .iter()
                .filter(|(node, children)| **node != Node::Root && children.is_empty())
                .map(|(node, _)| node.clone())
                .collect();
            if leaves.is_empty() {
                return weights;
            }
            let weight = self.children.len() - 1;
            self.children.retain(|node, _| !leaves.contains(node));
            for children in self.children.values_mut() {
                children.retain(|child| !leaves.contains(child));
            }
            for leaf in leaves {
                if let Node::Project(name) = leaf {
                    weights.insert(name, weight);
                }
            }
        }
    }
}

/// A depth-first walk that collects path lengths and stops at cycles.
struct Walk<'a> {
    children: &'a BTreeMap<Node, BTreeSet<Node>>,
    projects: &'a BTreeSet<String>,
    path: BTreeSet<&'a Node>,
    weights: BTreeMap<Node, Vec<usize>>,
}

impl<'a> Walk<'a> {
    fn new(children: &'a BTreeMap<Node, BTreeSet<Node>>, projects: &'a BTreeSet<String>) -> Self {
        Self {
            children,
            projects,
            path: BTreeSet::new(),
            weights: BTreeMap::new(),
        }
    }

    fn visit(&mut self, node: &Node) {
        let Some((node, children)) = self.children.get_key_value(node) else {
            return;
        };
        let seen = self.weights.get(node).map_or(0, Vec::len);
        if self.path.contains(node) || seen >= VISITS {
            return;
        }
        self.path.insert(node);
        for child in children {
            self.visit(child);
        }
        self.path.remove(node);
        // pip weighs only what it installs; other nodes, what is installed already among them, are walked through as often as they are met.
        if matches!(node, Node::Project(name) if self.projects.contains(name)) {
            self.weights.entry(node.clone()).or_default().push(self.path.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(name: &str) -> Node {
        Node::Project(name.to_owned())
    }

    fn order(edges: &[(Node, Node)]) -> Vec<String> {
        let mut graph = Graph::default();
        let mut projects = BTreeSet::new();
        for (parent, child) in edges {
            graph.connect(parent.clone(), child.clone());
            for node in [parent, child] {
                if let Node::Project(name) = node {
                    projects.insert(name.clone());
                }
            }
        }
        graph.installation_order(&projects)
    }

    #[test]
    fn dependencies_come_first_and_ties_go_by_descending_name() {
        let edges = [
            (Node::Root, project("app")),
            (project("app"), project("beta")),
            (project("app"), project("alpha")),
        ];
        assert_eq!(order(&edges), ["beta", "alpha", "app"]);
    }

    #[test]
    fn requires_python_counts_as_a_dependency() {
        let edges = [
            (Node::Root, project("a")),
            (Node::Root, project("z")),
            (project("z"), Node::Python),
        ];
        assert_eq!(order(&edges), ["a", "z"]);
    }

    #[test]
    fn extras_stand_between_parent_and_base() {
        let extras = Node::Extras("lib".into(), vec!["fast".into()]);
        let edges = [
            (Node::Root, extras.clone()),
            (extras.clone(), project("lib")),
            (extras, project("speed")),
            (project("lib"), project("base")),
        ];
        assert_eq!(order(&edges), ["speed", "base", "lib"]);
    }

    #[test]
    fn a_cycle_is_weighed_by_its_longest_path() {
        let edges = [
            (Node::Root, project("a")),
            (project("a"), project("b")),
            (project("b"), project("a")),
            (project("b"), project("leaf")),
        ];
        assert_eq!(order(&edges), ["leaf", "b", "a"]);
    }

    /// Edges of a graph without cycles: each node depends on later ones only. A number stands for a project, with extras if it is odd.
    fn acyclic() -> impl proptest::strategy::Strategy<Value = Vec<(Node, Node)>> {
        use proptest::prelude::*;
        let node = |number: usize| match number {
            0 => Node::Root,
            // Names that do not sort as the graph runs.
            number => project(&format!("p{}", number * 7 % 23)),
        };
        let edge = (0usize..22, 1usize..22, any::<bool>(), any::<bool>());
        proptest::collection::vec(edge, 1..60).prop_map(move |edges| {
            let mut connected = Vec::new();
            for (parent, step, extras, python) in edges {
                let child = node((parent + step).min(22));
                if let (true, Node::Project(name)) = (extras, &child) {
                    let between = Node::Extras(name.clone(), vec!["x".into()]);
                    connected.push((node(parent), between.clone()));
                    connected.push((between, child.clone()));
                } else {
                    connected.push((node(parent), child.clone()));
                }
                if python {
                    connected.push((child, Node::Python));
                }
            }
            connected.retain(|(parent, child)| parent != child);
            connected
        })
    }

    proptest::proptest! {
        #[test]
        fn without_cycles_dependencies_come_first_in_whatever_order_they_are_named(edges in acyclic(), turn in 0usize..60) {
            let found = order(&edges);
            let mut turned = edges.clone();
            turned.rotate_left(turn % edges.len().max(1));
            turned.extend(edges.first().cloned());
            proptest::prop_assert_eq!(order(&turned), found.clone());
            let position = |name: &String| found.iter().position(|other| other == name);
            for (parent, child) in &edges {
                if let (Node::Project(parent) | Node::Extras(parent, _), Node::Project(child)) = (parent, child)
                    && parent != child
                {
                    proptest::prop_assert!(position(child) < position(parent), "{child} before {parent} in {found:?}");
                }
            }
        }
    }
}
