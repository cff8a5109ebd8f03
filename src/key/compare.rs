//! In what two preimages differ.

use std::collections::BTreeSet;

use serde_json::Value;

/// A field in which two preimages differ; its path has dots between names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldDifference {
    /// It has another value.
    Other {
        /// The field.
        path: String,
        /// In the first.
        first: Value,
        /// In the second.
        second: Value,
    },
    /// A list has something that the other has not.
    Only {
        /// The field.
        path: String,
        /// What it has.
        value: String,
        /// Whose list.
        side: Side,
    },
    /// Two lists have the same in another order.
    Order {
        /// The field.
        path: String,
    },
}

/// One of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first.
    First,
    /// The second.
    Second,
}

/// The leaves in which two [printed](super::printed) preimages differ. Lists are compared as sets: one requirement more is one difference.
pub fn field_differences(first: &Value, second: &Value) -> Vec<FieldDifference> {
    let mut found = Vec::new();
    compare("", first, second, &mut found);
    found
}

fn compare(path: &str, first: &Value, second: &Value, found: &mut Vec<FieldDifference>) {
    let field = || path.trim_start_matches("body.").to_owned();
    match (first, second) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let inner = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                let none = Value::Null;
                compare(&inner, a.get(name).unwrap_or(&none), b.get(name).unwrap_or(&none), found);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            let texts = |list: &[Value]| list.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
            let (a_set, b_set) = (texts(a), texts(b));
            let mut only = |one: &BTreeSet<String>, other: &BTreeSet<String>, side| {
                found.extend(one.difference(other).map(|value| FieldDifference::Only {
                    path: field(),
                    value: value.clone(),
                    side,
                }));
            };
            only(&a_set, &b_set, Side::First);
            only(&b_set, &a_set, Side::Second);
            if a_set == b_set && a != b {
                found.push(FieldDifference::Order { path: field() });
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(FieldDifference::Other {
            path: field(),
            first: a.clone(),
            second: b.clone(),
        }),
    }
}
