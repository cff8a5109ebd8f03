//! Identifiers as small numbers.

use std::collections::HashMap;
use std::rc::Rc;

use super::identifier::Identifier;

/// The number of an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key(pub(super) usize);

/// An identifier and what is asked of it all the time.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) identifier: Identifier,
    pub(super) text: String,
    /// The same without extras, where there are some.
    pub(super) base: Option<Key>,
}

/// All identifiers that were met.
#[derive(Debug, Default)]
pub(super) struct Names {
    names: Vec<Rc<Name>>,
    keys: HashMap<Identifier, Key>,
}

impl Names {
    pub(super) fn key(&mut self, identifier: &Identifier) -> Key {
        if let Some(key) = self.keys.get(identifier) {
            return *key;
        }
        let base = match identifier {
            Identifier::Extras(name, _) => Some(self.key(&Identifier::Project(name.clone()))),
            Identifier::Python | Identifier::Project(_) => None,
        };
        let key = Key(self.names.len());
        self.names.push(Rc::new(Name {
            identifier: identifier.clone(),
            text: identifier.to_string(),
            base,
        }));
        self.keys.insert(identifier.clone(), key);
        key
    }

    pub(super) fn get(&self, key: Key) -> &Rc<Name> {
        &self.names[key.0]
    }
}
