//! A bounded map in two generations: when the young one is full it becomes the old one, and what nobody asked for
//! since the last time is forgotten. It never grows beyond twice its size.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Useful for many small entries read far more often than written; not useful where the order of use matters exactly.
pub(crate) struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    young_max: usize,
}

impl<K: Eq + Hash + Clone, V: Clone> Generations<K, V> {
    pub(crate) fn new(young_max: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), young_max }
    }

    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.insert(key, value.clone());
        Some(value)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.young_max {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}
