//! What goes, decided purely.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::policy::{Policy, Scope};
use super::relations::Relations;
use super::stock::{Item, Kind, Standing, Stock};

/// What goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The items that go: what needs before what is needed.
    pub victims: Vec<Victim>,
    /// Bytes that the stock has.
    pub before: u64,
    /// Bytes that it will have.
    pub after: u64,
    /// When each item was last used, all in all, in seconds since 1970.
    pub used: Vec<u64>,
}

/// An item that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Victim {
    /// Its number.
    pub item: usize,
    /// Why.
    pub reason: Reason,
}

/// Why something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It does not work.
    Broken,
    /// It was not used for long.
    Old,
    /// Enough other versions of the project stay.
    Version,
    /// The store is too large.
    Size,
}

/// Decides what goes.
pub fn decide(stock: &Stock, policy: &Policy) -> Decision {
    let relations = Relations::of(stock);
    let used = relations.used();
    let held = relations.held(&used, policy);
    let ledger = Ledger::of(stock);
    let mut removal = Removal {
        stock,
        relations: &relations,
        before: ledger.bytes,
        ledger,
        victims: Vec::new(),
        gone: vec![false; stock.items.len()],
    };
    let free = |item: &usize| !held[*item] && (policy.scope == Scope::All || stock.items[*item].kind.is_derived());
    let candidates: Vec<usize> = (0..stock.items.len()).filter(free).collect();
    let age = |item: usize| policy.now.saturating_sub(used[item]);
    for item in candidates
        .iter()
        .filter(|item| stock.items[**item].standing == Standing::Broken)
    {
        removal.remove(*item, Reason::Broken);
    }
    if let Some(limit) = policy.older_than {
        for item in candidates.iter().filter(|item| age(**item) > limit.as_secs()) {
            removal.remove(*item, Reason::Old);
        }
    }
    if let Some(count) = policy.keep_last {
        for item in superseded(stock, &used, count).into_iter().filter(free) {
            removal.remove(item, Reason::Version);
        }
    }
    if let Some(limit) = policy.max_size {
        let mut oldest = candidates;
        oldest.sort_by_key(|item| {
            let kind = stock.items[*item].kind;
            (Reverse(kind.weighted(age(*item))), kind, *item)
        });
        for item in oldest {
            if removal.ledger.bytes <= limit {
                break;
            }
            removal.remove(item, Reason::Size);
        }
    }
    removal
        .victims
        .sort_by_key(|victim| (stock.items[victim.item].kind, victim.item));
    Decision {
        victims: removal.victims,
        before: removal.before,
        after: removal.ledger.bytes,
        used,
    }
}

/// The items of all versions but those of each project that were used last.
fn superseded(stock: &Stock, used: &[u64], count: usize) -> Vec<usize> {
    let mut projects: BTreeMap<u32, BTreeMap<u32, u64>> = BTreeMap::new();
    let versions = || {
        stock
            .items
            .iter()
            .enumerate()
            .filter_map(|(item, one)| Some((item, one.version?)))
    };
    for (item, of) in versions() {
        let last = projects.entry(of.project).or_default().entry(of.version).or_default();
        *last = (*last).max(used[item]);
    }
    let mut beyond: Vec<u32> = projects
        .into_values()
        .flat_map(|versions| {
            let mut newest: Vec<(u32, u64)> = versions.into_iter().collect();
            newest.sort_by_key(|(version, last)| (Reverse(*last), *version));
            newest.into_iter().skip(count).map(|(version, _)| version)
        })
        .collect();
    beyond.sort_unstable();
    versions()
        .filter(|(_, of)| beyond.binary_search(&of.version).is_ok())
        .map(|(item, _)| item)
        .collect()
}

/// Items on their way out.
struct Removal<'a> {
    stock: &'a Stock,
    relations: &'a Relations<'a>,
    before: u64,
    ledger: Ledger,
    victims: Vec<Victim>,
    gone: Vec<bool>,
}

impl Removal<'_> {
    /// Removes an item, and whatever does not work without it.
    fn remove(&mut self, item: usize, reason: Reason) {
        let mut ahead = vec![item];
        while let Some(item) = ahead.pop() {
            if std::mem::replace(&mut self.gone[item], true) {
                continue;
            }
            self.victims.push(Victim { item, reason });
            self.ledger.release(&self.stock.items[item]);
            let gone = &self.gone;
            ahead.extend(self.relations.dependents(item).filter(|dependent| {
                let Item { kind, needs, .. } = &self.stock.items[*dependent];
                *kind != Kind::Tree || needs.iter().all(|need| gone[*need as usize])
            }));
        }
    }
}

/// How many bytes there are.
struct Ledger {
    bytes: u64,
    blobs: Vec<(u64, u32)>,
}

impl Stock {
    /// All bytes on disk, shared ones counted once.
    pub fn bytes(&self) -> u64 {
        Ledger::of(self).bytes
    }
}

impl Ledger {
    fn of(stock: &Stock) -> Self {
        let mut blobs: Vec<(u64, u32)> = stock.blobs.iter().map(|bytes| (*bytes, 0)).collect();
        for blob in stock.items.iter().flat_map(|item| &item.holds) {
            blobs[*blob as usize].1 += 1;
        }
        let shared = blobs.iter().filter(|(_, holders)| *holders > 0).map(|(bytes, _)| bytes);
        let own = stock.items.iter().map(|item| &item.own);
        Self {
            bytes: shared.chain(own).sum(),
            blobs,
        }
    }

    fn release(&mut self, item: &Item) {
        self.bytes -= item.own;
        for blob in &item.holds {
            let (bytes, holders) = &mut self.blobs[*blob as usize];
            *holders -= 1;
            if *holders == 0 {
                self.bytes -= *bytes;
            }
        }
    }
}
