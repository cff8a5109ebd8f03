//! Who needs whom, and what follows from that for last use and for staying.

use super::policy::Policy;
use super::stock::{Standing, Stock};

/// Who needs whom.
pub(super) struct Relations<'a> {
    stock: &'a Stock,
    /// All dependents, by what they need.
    dependents: Vec<u32>,
    /// Where those of each item begin among them.
    starts: Vec<usize>,
}

impl<'a> Relations<'a> {
    pub(super) fn of(stock: &'a Stock) -> Self {
        let mut starts = vec![0; stock.items.len() + 1];
        let needs = || {
            stock
                .items
                .iter()
                .enumerate()
                .flat_map(|(item, one)| one.needs.iter().map(move |need| (item, *need)))
        };
        for (_, need) in needs() {
            starts[need as usize + 1] += 1;
        }
        for item in 0..stock.items.len() {
            starts[item + 1] += starts[item];
        }
        let mut dependents = vec![0; starts[stock.items.len()]];
        let mut next = starts.clone();
        for (item, need) in needs() {
            let at = &mut next[need as usize];
            // Items are numbered by `u32`.
            dependents[*at] = u32::try_from(item).unwrap_or(u32::MAX);
            *at += 1;
        }
        Self {
            stock,
            dependents,
            starts,
        }
    }

    /// What needs an item.
    pub(super) fn dependents(&self, item: usize) -> impl Iterator<Item = usize> {
        let range = self.starts[item]..self.starts[item + 1];
        self.dependents[range].iter().map(|dependent| *dependent as usize)
    }

    /// When each item was last used: what was used, used all that it needs; what is derived is used with what it stands for.
    pub(super) fn used(&self) -> Vec<u64> {
        let items = &self.stock.items;
        let mut used: Vec<u64> = items.iter().map(|item| item.used).collect();
        self.hand_down(|item, need| used[need] = used[need].max(used[item]));
        for (item, one) in items.iter().enumerate().filter(|(_, one)| one.kind.is_derived()) {
            let needs = one.needs.iter().map(|need| used[*need as usize]);
            used[item] = needs.max().unwrap_or_default().max(used[item]);
        }
        used
    }

    /// Which items stay in any case: those that are held or in use, and all that they need.
    pub(super) fn held(&self, used: &[u64], policy: &Policy) -> Vec<bool> {
        let in_use = |used: u64| policy.now.saturating_sub(used) < policy.grace.as_secs();
        let items = self.stock.items.iter().zip(used);
        let mut held: Vec<bool> = items
            .map(|(item, used)| item.standing == Standing::Held || in_use(*used))
            .collect();
        self.hand_down(|item, need| held[need] |= held[item]);
        held
    }

    /// Goes through all needs, in an order in which whatever an item is handed, it hands on.
    fn hand_down(&self, mut hand: impl FnMut(usize, usize)) {
        let mut order: Vec<usize> = (0..self.stock.items.len()).collect();
        order.sort_by_key(|item| self.stock.items[*item].kind);
        for item in order {
            for need in &self.stock.items[item].needs {
                hand(item, *need as usize);
            }
        }
    }
}
