//! Why nothing fits together, in pip's words.

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use super::criterion::Information;
use super::error::SearchError;
use super::identifier::Identifier;
use super::need::NeedKind;
use super::offers::Releases;
use super::pick::Pick;
use super::provider::Provider;
use super::warning::Warning;

/// Why nothing fits together; `Display` has all of it, as pip prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impossible {
    /// Requirements that contradict each other.
    pub causes: Vec<Cause>,
    /// What pip logs as errors.
    pub errors: Vec<String>,
    /// What pip prints between them and the end; empty where it prints nothing.
    pub details: String,
    /// What pip ends with.
    pub summary: String,
    /// What was worth saying on the way.
    pub warnings: Vec<Warning>,
}

/// A requirement that contradicts others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// What it is on: `name`, `name[extra]`.
    pub identifier: String,
    /// The requirement, as pip writes it in a sentence: `a<2 and >=1`.
    pub requirement: String,
    /// Who has it (`app 1.0`); nobody, if the user has it.
    pub parent: Option<String>,
}

const HELP: &str = "ResolutionImpossible: for help visit \
                    https://pip.pypa.io/en/latest/topics/dependency-resolution/#dealing-with-dependency-conflicts";

const ADVICE: &str = "\n\nTo fix this you could try to:\n1. loosen the range of package versions you've specified\n\
                      2. remove package versions to allow pip to attempt to solve the dependency conflict\n";

impl Impossible {
    pub(super) fn new(causes: &[Rc<Information>], provider: &Provider) -> Result<Self, SearchError> {
        let listed = causes.iter().map(|cause| Cause {
            identifier: provider.names.get(cause.need.key).text.clone(),
            requirement: cause.need.listed(),
            parent: cause.parent.as_ref().map(|parent| parent.text()),
        });
        let empty = Self {
            causes: listed.collect(),
            errors: Vec::new(),
            details: String::new(),
            summary: String::new(),
            warnings: provider.warnings.clone(),
        };
        let python: Vec<(&Rc<Information>, &Rc<Pick>)> = causes
            .iter()
            .filter(|cause| matches!(cause.need.kind, NeedKind::Python(_)) && !cause.need.holds_for(&provider.python))
            .filter_map(|cause| Some((cause, cause.parent.as_ref()?)))
            .collect();
        if !python.is_empty() {
            return Ok(empty.about_python(&python, provider));
        }
        if let [only] = causes
            && !is_constrained(only, provider)
        {
            return empty.about_one(only, provider);
        }
        Ok(empty.about_conflict(causes, provider))
    }

    /// The interpreter is not one that all of them run on.
    fn about_python(mut self, causes: &[(&Rc<Information>, &Rc<Pick>)], provider: &Provider) -> Self {
        let version = provider.python.version();
        let allowed = |information: &Information| match &information.need.kind {
            NeedKind::Python(python) => python.spelled.clone(),
            _ => String::new(),
        };
        self.summary = match causes {
            [(only, parent)] => format!(
                "Package '{}' requires a different Python: {version} not in '{}'",
                parent.name.text,
                allowed(only)
            ),
            several => several.iter().fold(
                format!("Packages require a different Python. {version} not in:"),
                |text, (cause, parent)| format!("{text}\n'{}' (required by {})", allowed(cause), parent.described()),
            ),
        };
        self
    }

    /// One requirement that nothing satisfies.
    fn about_one(mut self, cause: &Information, provider: &Provider) -> Result<Self, SearchError> {
        let text = match cause.need.template() {
            Some(template) => template.text(),
            None => cause.need.text(),
        };
        let text = match &cause.parent {
            Some(parent) => format!("{text} (from {})", parent.name.text),
            None => text,
        };
        self.summary = format!("No matching distribution found for {text}");
        let Some(project) = provider.names.get(cause.need.key).identifier.project() else {
            return Ok(self);
        };
        let listed = provider.offers.listed(project)?;
        let joined = |mut versions: Vec<pep440_rs::Version>| {
            versions.sort();
            versions.dedup();
            let texts: Vec<String> = versions.iter().map(ToString::to_string).collect();
            texts.join(", ")
        };
        if !listed.yanked.is_empty() {
            let versions = joined(listed.yanked);
            self.errors.push(format!("Ignored the following yanked versions: {versions}"));
        }
        if !listed.other_python.is_empty() {
            let versions = listed.other_python.join("; ");
            self.errors.push(format!(
                "Ignored the following versions that require a different python version: {versions}"
            ));
        }
        let kind = match listed.releases {
            Releases::Usual => "version",
            Releases::Final => "final version",
        };
        let mut versions = joined(listed.versions);
        if versions.is_empty() {
            "none".clone_into(&mut versions);
        }
        self.errors.push(format!(
            "Could not find a {kind} that satisfies the requirement {text} (from versions: {versions})"
        ));
        Ok(self)
    }

    /// Several requirements that contradict each other.
    fn about_conflict(mut self, causes: &[Rc<Information>], provider: &Provider) -> Self {
        let trigger = |cause: &Rc<Information>| match &cause.parent {
            None => cause.need.listed(),
            Some(parent) => parent.trigger(),
        };
        let triggers: BTreeSet<String> = causes.iter().map(trigger).collect();
        let triggers: Vec<String> = triggers.into_iter().collect();
        let info = match triggers.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
            None => "the requested packages".to_owned(),
        };
        self.errors.push(format!(
            "Cannot install {info} because these package versions have conflicting dependencies."
        ));
        self.details.push_str("\nThe conflict is caused by:");
        for cause in causes {
            let who = match &cause.parent {
                Some(parent) => format!("{} {} depends on", parent.name.text, parent.version()),
                None => "The user requested".to_owned(),
            };
            self.details
                .extend(["\n    ", who.as_str(), " ", cause.need.listed().as_str()]);
        }
        let names: BTreeSet<&str> = causes
            .iter()
            .map(|cause| provider.names.get(cause.need.key).text.as_str())
            .collect();
        for (project, constraint) in &provider.constraints {
            if names.contains(project.as_ref()) {
                let text = format!("\n    The user requested (constraint) {project}{}", constraint.text());
                self.details.push_str(&text);
            }
        }
        // pip looks for them without any requirement, finds nothing, and so names all.
        let names: Vec<&str> = names.into_iter().collect();
        self.details.extend([
            "\n\nAdditionally, some packages in these conflicts have no matching distributions available for your environment:\n    ",
            names.join("\n    ").as_str(),
            ADVICE,
        ]);
        HELP.clone_into(&mut self.summary);
        self
    }
}

/// Whether the user constrains what a requirement is on.
fn is_constrained(cause: &Information, provider: &Provider) -> bool {
    match &provider.names.get(cause.need.key).identifier {
        Identifier::Project(project) => provider.constraints.contains_key(project),
        _ => false,
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for error in &self.errors {
            writeln!(formatter, "ERROR: {error}")?;
        }
        if !self.details.is_empty() {
            writeln!(formatter, "{}", self.details)?;
        }
        write!(formatter, "ERROR: {}", self.summary)
    }
}
