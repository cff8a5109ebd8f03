//! Environment markers (PEP 508) as `packaging` reads and evaluates them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use pep440_rs::Version;
use pep508_rs::ExtraName;

use super::error::{ErrorKind, Fault, RequirementsError};
use super::scanner::{Scanner, split_specifier};
use super::specifiers;
use super::variable::Variable;

/// A marker, such as `python_version < "3.11" and extra == "test"`, as written; `Display` prints it in one spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Marker {
    /// One comparison.
    Compare(Comparison),
    /// True if all parts are (`and`).
    All(Vec<Marker>),
    /// True if one part is (`or`).
    Any(Vec<Marker>),
}

/// A variable compared with a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Comparison {
    /// The variable.
    pub variable: Variable,
    /// One of `<=`, `<`, `!=`, `==`, `>=`, `>`, `~=`, `===`, `in`, `not in`.
    pub operator: &'static str,
    /// The text.
    pub value: String,
    /// Which of the two stands left.
    pub order: Order,
}

/// Which side of a comparison stands left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// `python_version >= "3"`
    VariableFirst,
    /// `"linux" in sys_platform`
    ValueFirst,
}

const OPERATORS: [&str; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];

/// Deeper parentheses are left to pip, whose own limit is Python's recursion limit.
const DEEPEST: usize = 50;

impl Marker {
    /// Reads a whole marker.
    ///
    /// # Errors
    /// When it is none, or one that snapenv leaves to pip: `extras` and `dependency_groups` (lock files), two variables or two
    /// texts compared with each other, escapes in a text.
    pub fn parse(text: &str) -> Result<Self, RequirementsError> {
        Self::parse_at(text).map_err(|fault| fault.alone(text))
    }

    pub(super) fn parse_at(text: &str) -> Result<Self, Fault> {
        let mut scanner = Scanner::new(text);
        let marker = Self::scan(&mut scanner, 0)?;
        if scanner.is_done() {
            Ok(marker)
        } else {
            Err(ErrorKind::syntax("expected `and`, `or` or the end of the marker").at(scanner.at()))
        }
    }

    pub(super) fn scan(scanner: &mut Scanner<'_>, depth: usize) -> Result<Self, Fault> {
        let mut any = Vec::new();
        let mut all = vec![Self::scan_atom(scanner, depth)?];
        loop {
            if scanner.keyword("and") {
                all.push(Self::scan_atom(scanner, depth)?);
            } else if scanner.keyword("or") {
                any.push(Self::joined(std::mem::take(&mut all), Self::All));
                all.push(Self::scan_atom(scanner, depth)?);
            } else {
                any.push(Self::joined(all, Self::All));
                return Ok(Self::joined(any, Self::Any));
            }
        }
    }

    /// The parts under one roof; a single part needs none, and parts of the same kind are taken in.
    fn joined(parts: Vec<Self>, roof: fn(Vec<Self>) -> Self) -> Self {
        let kind = std::mem::discriminant(&roof(Vec::new()));
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Self::All(inner) if kind == std::mem::discriminant(&Self::All(Vec::new())) => flat.extend(inner),
                Self::Any(inner) if kind == std::mem::discriminant(&Self::Any(Vec::new())) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.pop() {
            Some(only) if flat.is_empty() => only,
            last => {
                flat.extend(last);
                roof(flat)
            }
        }
    }

    fn scan_atom(scanner: &mut Scanner<'_>, depth: usize) -> Result<Self, Fault> {
        scanner.blank();
        let open = scanner.at();
        let marker = if scanner.eat("(") {
            if depth >= DEEPEST {
                return Err(ErrorKind::Unsupported("too many parentheses".to_owned()).at(open));
            }
            let inner = Self::scan(scanner, depth + 1)?;
            if !scanner.eat(")") {
                return Err(ErrorKind::syntax("expected `and`, `or` or `)`").at(scanner.at()));
            }
            inner
        } else {
            Self::Compare(Comparison::scan(scanner)?)
        };
        scanner.blank();
        Ok(marker)
    }

    /// Whether the marker holds in an environment for one of the extras, or without any if none is given.
    ///
    /// # Errors
    /// When a variable is missing, or the comparison is one that `packaging` raises an exception for.
    pub fn applies(&self, environment: &BTreeMap<String, String>, extras: &[ExtraName]) -> Result<bool, RequirementsError> {
        if extras.is_empty() {
            return self.evaluate(environment, "");
        }
        for extra in extras {
            if self.evaluate(environment, extra.as_ref())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Every comparison is evaluated, as `packaging` does: an error in any is an error of the whole.
    fn evaluate(&self, environment: &BTreeMap<String, String>, extra: &str) -> Result<bool, RequirementsError> {
        match self {
            Self::Compare(comparison) => comparison.evaluate(environment, extra),
            Self::All(parts) => parts
                .iter()
                .try_fold(true, |held, part| Ok(part.evaluate(environment, extra)? && held)),
            Self::Any(parts) => parts
                .iter()
                .try_fold(false, |held, part| Ok(part.evaluate(environment, extra)? || held)),
        }
    }

    /// The variables that it names, `extra` included.
    pub fn variables(&self) -> BTreeSet<Variable> {
        match self {
            Self::Compare(comparison) => BTreeSet::from([comparison.variable]),
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::variables).collect(),
        }
    }
}

enum Side {
    Variable(Variable),
    Text(String),
}

impl Comparison {
    fn scan(scanner: &mut Scanner<'_>) -> Result<Self, Fault> {
        let start = scanner.at();
        let left = Self::scan_side(scanner)?;
        scanner.blank();
        let operator = Self::scan_operator(scanner)?;
        scanner.blank();
        let right = Self::scan_side(scanner)?;
        let (variable, mut value, order) = match (left, right) {
            (Side::Variable(variable), Side::Text(value)) => (variable, value, Order::VariableFirst),
            (Side::Text(value), Side::Variable(variable)) => (variable, value, Order::ValueFirst),
            _ => {
                let message = "a marker that does not compare a variable with a quoted text";
                return Err(ErrorKind::Unsupported(message.to_owned()).at(start));
            }
        };
        if variable == Variable::Extra {
            value = normalized(&value);
        }
        Ok(Self {
            variable,
            operator,
            value,
            order,
        })
    }

    fn scan_side(scanner: &mut Scanner<'_>) -> Result<Side, Fault> {
        let at = scanner.at();
        if let Some(variable) = Variable::scan(scanner) {
            return Ok(Side::Variable(variable));
        }
        if scanner.keyword("extras") || scanner.keyword("dependency_groups") {
            return Err(ErrorKind::Unsupported("a marker for lock files".to_owned()).at(at));
        }
        match scanner.quoted() {
            Some(text) if text.contains(['\\', '\n', '\r', '\0']) => {
                Err(ErrorKind::Unsupported("an escape in a quoted text".to_owned()).at(at))
            }
            Some(text) => Ok(Side::Text(text.to_owned())),
            None => Err(ErrorKind::syntax("expected a marker variable or quoted string").at(at)),
        }
    }

    fn scan_operator(scanner: &mut Scanner<'_>) -> Result<&'static str, Fault> {
        let at = scanner.at();
        if scanner.keyword("in") {
            return Ok("in");
        }
        if scanner.keyword("not") {
            if scanner.blank() && scanner.keyword("in") {
                return Ok("not in");
            }
            return Err(ErrorKind::syntax("expected `in` after `not`").at(scanner.at()));
        }
        OPERATORS.into_iter().find(|operator| scanner.eat(operator)).ok_or_else(|| {
            ErrorKind::syntax("expected one of `<=`, `<`, `!=`, `==`, `>=`, `>`, `~=`, `===`, `in`, `not in`").at(at)
        })
    }

    fn evaluate(&self, environment: &BTreeMap<String, String>, extra: &str) -> Result<bool, RequirementsError> {
        let unsupported = |text: String| RequirementsError::new(ErrorKind::Unsupported(text));
        let name = self.variable.name();
        let mut given = match self.variable {
            Variable::Extra => extra,
            _ => environment
                .get(name)
                .ok_or_else(|| unsupported(format!("the interpreter says nothing about {name}")))?,
        }
        .to_owned();
        // Untagged builds of Python call themselves `3.14.0a1+`, which is no version.
        if self.variable == Variable::PythonFullVersion && given.ends_with('+') {
            given.push_str("local");
        }
        let (left, right) = match self.order {
            Order::VariableFirst => (given.as_str(), self.value.as_str()),
            Order::ValueFirst => (self.value.as_str(), given.as_str()),
        };
        if self.variable.holds_version() {
            let specifier = format!("{}{right}", self.operator);
            if let Some((operator, version)) = split_specifier(&specifier) {
                if operator == "===" {
                    return Ok(left.to_lowercase() == version.to_lowercase());
                }
                let Ok(specifier) = specifiers::parse_one(&specifier) else {
                    return Err(unsupported(format!("a version in the marker {self}")));
                };
                return Ok(left
                    .parse::<Version>()
                    .is_ok_and(|left| specifiers::contains_one(&specifier, &left)));
            }
        }
        // Texts have no order: `<` and `>` never hold, and their siblings mean equality.
        match self.operator {
            "in" => Ok(right.contains(left)),
            "not in" => Ok(!right.contains(left)),
            "==" | "<=" | ">=" => Ok(left == right),
            "!=" => Ok(left != right),
            "<" | ">" => Ok(false),
            _ => Err(unsupported(format!("the marker {self} compares what are no versions"))),
        }
    }
}

/// A name as PEP 503 normalizes it, also when it is no valid one.
pub(super) fn normalized(name: &str) -> String {
    let mut out = name.to_lowercase().replace(['_', '.'], "-");
    while out.contains("--") {
        out = out.replace("--", "-");
    }
    out
}

impl fmt::Display for Marker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, word) = match self {
            Self::Compare(comparison) => return comparison.fmt(formatter),
            Self::All(parts) => (parts, " and "),
            Self::Any(parts) => (parts, " or "),
        };
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                formatter.write_str(word)?;
            }
            // Only `or` under `and` needs parentheses.
            match part {
                Self::Any(_) => write!(formatter, "({part})")?,
                Self::All(_) | Self::Compare(_) => part.fmt(formatter)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.value.contains('"') { '\'' } else { '"' };
        let (name, operator, value) = (self.variable.name(), self.operator, &self.value);
        match self.order {
            Order::VariableFirst => write!(formatter, "{name} {operator} {quote}{value}{quote}"),
            Order::ValueFirst => write!(formatter, "{quote}{value}{quote} {operator} {name}"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
