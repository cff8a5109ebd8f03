//! A map that remembers in which order its keys came, as Python's dictionaries do.

use super::names::Key;

#[derive(Debug, Clone)]
pub(super) struct Ordered<T> {
    order: Vec<Key>,
    values: Vec<Option<T>>,
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self {
            order: Vec::new(),
            values: Vec::new(),
        }
    }
}

impl<T> Ordered<T> {
    pub(super) fn get(&self, key: Key) -> Option<&T> {
        self.values.get(key.0)?.as_ref()
    }

    /// Sets a value; one that is there already keeps its place.
    pub(super) fn set(&mut self, key: Key, value: T) {
        if self.values.len() <= key.0 {
            self.values.resize_with(key.0 + 1, || None);
        }
        if self.values[key.0].replace(value).is_none() {
            self.order.push(key);
        }
    }

    /// Sets a value and puts it behind all others.
    pub(super) fn set_last(&mut self, key: Key, value: T) {
        if self.get(key).is_some() {
            self.order.retain(|other| *other != key);
            self.values[key.0] = None;
        }
        self.set(key, value);
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        let key = self.order.pop()?;
        self.values[key.0].take()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.order.iter().copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        self.order.iter().filter_map(|key| Some((*key, self.get(*key)?)))
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.values.iter_mut().flatten()
    }
}
