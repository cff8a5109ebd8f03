//! Small worlds in which something is searched for, written as text.
//!
//! ```text
//! a 1.0: b>=2 | c[x]; extra == "y" # python>=3.8 extras=y yanked=broken
//! installed b 1.0:
//! direct c 3.0: a
//! root a>=1
//! root@3 c @ https://files.invalid/c-3.0-direct-py3-none-any.whl
//! constraint b<3
//! rules upgrade=named no-deps
//! ```

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

pub(super) const HOST: &str = "https://files.invalid/";

/// What there is, and what is searched for.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Universe {
    pub(super) packages: Vec<Package>,
    pub(super) direct: Vec<Package>,
    pub(super) installed: Vec<Package>,
    /// Each with the line of a file that it is on, or 0.
    pub(super) constraints: Vec<(String, usize)>,
    pub(super) roots: Vec<(String, usize)>,
    pub(super) rules: Options,
}

/// A distribution.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Package {
    pub(super) name: String,
    /// The name that its metadata has.
    pub(super) claims: String,
    pub(super) version: String,
    pub(super) file: String,
    pub(super) requires: Vec<String>,
    pub(super) extras: Vec<String>,
    pub(super) python: String,
    pub(super) yanked: Option<String>,
}

/// What options say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Options {
    pub(super) no_deps: bool,
    pub(super) ignore_python: bool,
    pub(super) installed: &'static str,
    pub(super) upgrade: &'static str,
    pub(super) rounds: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            no_deps: false,
            ignore_python: false,
            installed: "candidate",
            upgrade: "never",
            rounds: 2000,
        }
    }
}

impl Package {
    /// A package whose file is a wheel; `build` tells several of one version apart.
    pub(super) fn new(name: &str, version: &str, build: &str) -> Self {
        let build = if build.is_empty() {
            String::new()
        } else {
            format!("-{build}")
        };
        Self {
            name: name.to_owned(),
            claims: name.to_owned(),
            version: version.to_owned(),
            file: format!("{}-{version}{build}-py3-none-any.whl", name.replace('-', "_")),
            ..Self::default()
        }
    }

    /// Reads `a 1.0: b>=2 | c # python>=3.8`.
    fn parse(line: &str, build: &str) -> Self {
        let (head, rest) = line.split_once(':').expect("a colon");
        let (name, version) = head.trim().split_once(' ').expect("a name and a version");
        let (requires, marks) = rest.split_once(" # ").unwrap_or((rest, ""));
        let build = marks.split(' ').find_map(|mark| mark.strip_prefix("build=")).unwrap_or(build);
        let mut package = Self::new(name, version.trim(), build);
        let requires = requires.split('|').map(str::trim).filter(|text| !text.is_empty());
        package.requires = requires.map(ToOwned::to_owned).collect();
        for mark in marks.split(' ').filter(|mark| !mark.is_empty()) {
            match mark.split_once('=') {
                Some(("extras", extras)) => package.extras = extras.split(',').map(ToOwned::to_owned).collect(),
                Some(("yanked", reason)) => package.yanked = Some(reason.to_owned()),
                Some(("claims", name)) => name.clone_into(&mut package.claims),
                Some(("build", _)) => {}
                _ => mark.strip_prefix("python").expect("a mark").clone_into(&mut package.python),
            }
        }
        package
    }

    pub(super) fn metadata(&self) -> String {
        let head = [format!("Name: {}", self.claims), format!("Version: {}", self.version)];
        let requires = self.requires.iter().map(|text| format!("Requires-Dist: {text}"));
        let extras = self.extras.iter().map(|extra| format!("Provides-Extra: {extra}"));
        let python = (!self.python.is_empty()).then(|| format!("Requires-Python: {}", self.python));
        let lines: Vec<String> = head.into_iter().chain(requires).chain(extras).chain(python).collect();
        lines.join("\n") + "\n"
    }

    pub(super) fn address(&self) -> String {
        format!("{HOST}{}", self.file.replace('+', "%2B"))
    }
}

impl Universe {
    pub(super) fn parse(text: &str) -> Self {
        let mut universe = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let (kind, number) = word.split_once('@').unwrap_or((word, "0"));
            let numbered = || (rest.to_owned(), number.parse().expect("a line number"));
            match kind {
                "installed" => universe.installed.push(Package::parse(rest, "")),
                "direct" => universe.direct.push(Package::parse(rest, "9direct")),
                "root" => universe.roots.push(numbered()),
                "constraint" => universe.constraints.push(numbered()),
                "rules" => rest.split(' ').for_each(|rule| universe.rules.set(rule)),
                _ => universe.packages.push(Package::parse(line, "")),
            }
        }
        universe
    }

    /// This and everything that is a little smaller.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut found = Vec::new();
        let mut with = |change: &dyn Fn(&mut Self)| {
            let mut copy = self.clone();
            change(&mut copy);
            found.push(copy);
        };
        let names: BTreeSet<&String> = self.packages.iter().map(|package| &package.name).collect();
        for name in names {
            with(&|copy| copy.packages.retain(|package| package.name != *name));
        }
        (0..self.packages.len()).for_each(|at| with(&|copy| drop(copy.packages.remove(at))));
        (0..self.installed.len()).for_each(|at| with(&|copy| drop(copy.installed.remove(at))));
        (0..self.roots.len()).for_each(|at| with(&|copy| drop(copy.roots.remove(at))));
        (0..self.constraints.len()).for_each(|at| with(&|copy| drop(copy.constraints.remove(at))));
        for (at, package) in self.packages.iter().enumerate() {
            for requires in 0..package.requires.len() {
                with(&|copy| drop(copy.packages[at].requires.remove(requires)));
            }
            if !package.python.is_empty() {
                with(&|copy| copy.packages[at].python.clear());
            }
            if package.yanked.is_some() {
                with(&|copy| copy.packages[at].yanked = None);
            }
        }
        let rounds = self.rules.rounds;
        let rules = Options {
            rounds,
            ..Options::default()
        };
        if self.rules != rules {
            with(&|copy| copy.rules = rules.clone());
        }
        found
    }
}

impl Options {
    fn set(&mut self, rule: &str) {
        match rule {
            "no-deps" => self.no_deps = true,
            "ignore-python" => self.ignore_python = true,
            "upgrade=named" => self.upgrade = "named",
            "upgrade=everything" => self.upgrade = "everything",
            "installed=reinstalled" => self.installed = "reinstalled",
            "installed=overlooked" => self.installed = "overlooked",
            _ if rule.starts_with("rounds=") => self.rounds = rule["rounds=".len()..].parse().expect("a number"),
            _ => panic!("the rule {rule}"),
        }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<&str> = self.file.split('-').collect();
        let build = match parts.as_slice() {
            [_, _, build, _, _, _] if *build != "9direct" => Some(build),
            _ => None,
        };
        let marks = [
            (!self.python.is_empty()).then(|| format!(" python{}", self.python)),
            (!self.extras.is_empty()).then(|| format!(" extras={}", self.extras.join(","))),
            self.yanked.as_ref().map(|reason| format!(" yanked={reason}")),
            (self.claims != self.name).then(|| format!(" claims={}", self.claims)),
            build.map(|build| format!(" build={build}")),
        ];
        let marks: String = marks.into_iter().flatten().collect();
        let hash = if marks.is_empty() { "" } else { " #" };
        let requires = self.requires.join(" | ");
        write!(formatter, "{} {}: {requires}{hash}{marks}", self.name, self.version)
    }
}

impl fmt::Display for Universe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for package in &self.packages {
            writeln!(formatter, "{package}")?;
        }
        for package in &self.direct {
            writeln!(formatter, "direct {package}")?;
        }
        for package in &self.installed {
            writeln!(formatter, "installed {package}")?;
        }
        for (kind, texts) in [("constraint", &self.constraints), ("root", &self.roots)] {
            for (text, line) in texts {
                let at = if *line == 0 { String::new() } else { format!("@{line}") };
                writeln!(formatter, "{kind}{at} {text}")?;
            }
        }
        let Options {
            no_deps,
            ignore_python,
            installed,
            upgrade,
            rounds,
        } = &self.rules;
        let rules = [
            (*no_deps, "no-deps".to_owned()),
            (*ignore_python, "ignore-python".to_owned()),
            (*installed != "candidate", format!("installed={installed}")),
            (*upgrade != "never", format!("upgrade={upgrade}")),
            (*rounds != Self::default().rules.rounds, format!("rounds={rounds}")),
        ];
        let rules: Vec<String> = rules.into_iter().filter(|(holds, _)| *holds).map(|(_, rule)| rule).collect();
        if rules.is_empty() {
            return Ok(());
        }
        writeln!(formatter, "rules {}", rules.join(" "))
    }
}
