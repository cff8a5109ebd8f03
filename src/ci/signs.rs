//! What variables say.

use std::collections::BTreeMap;

/// Something that variables may say.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sign {
    /// It is set, to something that does not say no.
    Set(&'static str),
    /// One of them is.
    AnySet(&'static [&'static str]),
    /// It is one of these.
    Is(&'static str, &'static [&'static str]),
    /// It is set, to something else.
    IsNot(&'static str, &'static str),
    /// It has this in it.
    Has(&'static str, &'static str),
}

impl Sign {
    /// Whether it is so. What says no, says that it is not so.
    pub(super) fn holds(self, variables: &BTreeMap<String, String>) -> bool {
        let no = |value: &str| ["", "0", "no", "off", "false"].contains(&value.to_ascii_lowercase().as_str());
        self.is(variables, &no)
    }

    /// Whether it is so, where a number of nought is a number: `0` may be what is built.
    pub(super) fn is_said(self, variables: &BTreeMap<String, String>) -> bool {
        self.is(variables, &|value| ["", "false"].contains(&value))
    }

    fn is(self, variables: &BTreeMap<String, String>, no: &dyn Fn(&str) -> bool) -> bool {
        let value = |name: &str| variables.get(name).map(String::as_str);
        let set = |name: &str| value(name).is_some_and(|value| !no(value));
        match self {
            Self::Set(name) => set(name),
            Self::AnySet(names) => names.iter().any(|name| set(name)),
            Self::Is(name, values) => value(name).is_some_and(|value| values.contains(&value)),
            Self::IsNot(name, other) => value(name).is_some_and(|value| value != other),
            Self::Has(name, part) => value(name).is_some_and(|value| value.contains(part)),
        }
    }
}
