use std::time::Duration;

use proptest::prelude::*;

use super::*;

const NOW: u64 = 10_000_000;

fn item(kind: Kind, age: u64, own: u64) -> Item {
    Item {
        kind,
        used: NOW - age,
        needs: Vec::new(),
        own,
        holds: Vec::new(),
        version: None,
        standing: Standing::Free,
    }
}

fn needing(mut item: Item, needs: &[u32]) -> Item {
    item.needs = needs.to_vec();
    item
}

fn policy() -> Policy {
    Policy::garbage(NOW)
}

fn of_size(bytes: u64) -> Policy {
    Policy {
        max_size: Some(bytes),
        ..policy()
    }
}

fn older_than(seconds: u64) -> Policy {
    Policy {
        older_than: Some(Duration::from_secs(seconds)),
        ..policy()
    }
}

fn gone(stock: &Stock, policy: &Policy) -> Vec<usize> {
    let mut gone: Vec<usize> = decide(stock, policy).victims.iter().map(|victim| victim.item).collect();
    gone.sort_unstable();
    gone
}

fn stock(items: Vec<Item>) -> Stock {
    Stock {
        items,
        blobs: Vec::new(),
    }
}

const DAY: u64 = 86_400;

#[test]
fn what_a_used_snapshot_needs_is_used() {
    let stock = stock(vec![
        item(Kind::Downloaded, 90 * DAY, 10),
        item(Kind::Downloaded, 90 * DAY, 10),
        needing(item(Kind::Snapshot, 2 * DAY, 1), &[0]),
        needing(item(Kind::Tree, 90 * DAY, 10), &[0]),
    ]);
    assert_eq!(gone(&stock, &older_than(30 * DAY)), [1]);
}

#[test]
fn what_goes_takes_along_what_needs_it() {
    let mut stock = stock(vec![
        item(Kind::Downloaded, 3 * DAY, 10),
        needing(item(Kind::Snapshot, 3 * DAY, 1), &[0]),
        needing(item(Kind::Request, 3 * DAY, 1), &[1]),
        needing(item(Kind::Tree, 3 * DAY, 1), &[0]),
    ]);
    stock.items[0].standing = Standing::Broken;
    assert_eq!(gone(&stock, &policy()), [0, 1, 2, 3]);
}

#[test]
fn what_is_built_stays_longer_and_what_is_derived_goes_first() {
    let stock = stock(vec![
        item(Kind::Built, 7 * DAY, 10),
        item(Kind::Downloaded, 2 * DAY, 10),
        needing(item(Kind::Tree, 2 * DAY, 10), &[1]),
    ]);
    assert_eq!(gone(&stock, &of_size(29)), [2]);
    assert_eq!(gone(&stock, &of_size(15)), [1, 2]);
    assert_eq!(gone(&stock, &of_size(9)), [0, 1, 2]);
}

/// They were kept longest, as all that is built, although no run finds them again.
#[test]
fn projects_that_every_run_builds_anew_do_not_stay_longer() {
    let stock = stock(vec![
        item(Kind::Built, 7 * DAY, 10),
        item(Kind::Downloaded, 3 * DAY, 10),
        item(Kind::Project, 2 * DAY, 10),
    ]);
    assert_eq!(gone(&stock, &of_size(29)), [2]);
}

#[test]
fn what_has_two_holders_is_freed_with_the_second() {
    let mut stock = stock(vec![
        item(Kind::Downloaded, 5 * DAY, 1),
        needing(item(Kind::Snapshot, 5 * DAY, 1), &[0]),
        needing(item(Kind::Tree, 5 * DAY, 0), &[0]),
        needing(item(Kind::Layer, 5 * DAY, 3), &[1]),
    ]);
    stock.blobs = vec![100];
    stock.items[2].holds = vec![0];
    stock.items[3].holds = vec![0];
    let decision = decide(&stock, &of_size(104));
    assert_eq!((decision.before, decision.after), (105, 102));
    assert_eq!(decide(&stock, &of_size(101)).after, 2);
}

#[test]
fn a_tree_of_two_archives_stays_with_either() {
    let mut stock = stock(vec![
        item(Kind::Downloaded, 90 * DAY, 1),
        item(Kind::Downloaded, DAY, 1),
        needing(item(Kind::Tree, 90 * DAY, 1), &[0, 1]),
    ]);
    assert_eq!(gone(&stock, &older_than(30 * DAY)), [0]);
    stock.items[1].used = 0;
    assert_eq!(gone(&stock, &older_than(30 * DAY)), [0, 1, 2]);
}

#[test]
fn of_each_project_the_versions_used_last_stay() {
    let versioned = |age, project, version| Item {
        version: Some(Version { project, version }),
        ..item(Kind::Downloaded, age, 1)
    };
    let stock = stock(vec![
        versioned(9 * DAY, 0, 0),
        versioned(2 * DAY, 0, 0),
        versioned(3 * DAY, 0, 1),
        versioned(4 * DAY, 0, 2),
        versioned(50 * DAY, 1, 3),
    ]);
    let last = |count| Policy {
        keep_last: Some(count),
        ..policy()
    };
    assert_eq!(gone(&stock, &last(1)), [2, 3]);
    assert_eq!(gone(&stock, &last(2)), [3]);
    assert_eq!(gone(&stock, &last(0)), [0, 1, 2, 3, 4]);
}

#[test]
fn times_ahead_are_now() {
    let mut ahead = item(Kind::Snapshot, 0, 5);
    ahead.used = NOW + DAY;
    assert!(gone(&stock(vec![ahead]), &of_size(0)).is_empty());
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Request),
        Just(Kind::Spare),
        Just(Kind::Layer),
        Just(Kind::Tree),
        Just(Kind::Snapshot),
        Just(Kind::Downloaded),
        Just(Kind::Built),
        Just(Kind::Project),
        Just(Kind::Source),
    ]
}

prop_compose! {
    fn items()(kind in kinds(), age in 0..40 * DAY, own in 0..1000_u64, needs in prop::collection::vec(any::<u32>(), 0..4),
        holds in prop::collection::vec(0..6_u32, 0..3), version in prop::option::of(0..9_u32), standing in 0..12) -> Item {
        Item {
            kind,
            used: NOW - age,
            needs,
            own,
            holds,
            version: version.map(|version| Version { project: version % 3, version }),
            standing: match standing { 0 => Standing::Held, 1 => Standing::Broken, _ => Standing::Free },
        }
    }
}

fn stocks() -> impl Strategy<Value = Stock> {
    let blobs = prop::collection::vec(0..5000_u64, 6);
    (prop::collection::vec(items(), 0..40), blobs).prop_map(|(mut items, blobs)| {
        let kinds: Vec<Kind> = items.iter().map(|item| item.kind).collect();
        for item in &mut items {
            let fitting = |kind: Kind| match item.kind {
                Kind::Request | Kind::Spare | Kind::Layer => kind == Kind::Snapshot,
                Kind::Snapshot | Kind::Tree => matches!(kind, Kind::Downloaded | Kind::Built | Kind::Project),
                _ => false,
            };
            let fitting: Vec<u32> = (0_u32..)
                .zip(&kinds)
                .filter(|(_, kind)| fitting(**kind))
                .map(|(number, _)| number)
                .collect();
            item.needs.retain_mut(|need| {
                let chosen = fitting.get(*need as usize % fitting.len().max(1));
                *need = chosen.copied().unwrap_or_default();
                chosen.is_some()
            });
            item.needs.sort_unstable();
            item.needs.dedup();
            item.holds.sort_unstable();
            item.holds.dedup();
        }
        Stock { items, blobs }
    })
}

/// Bytes, counted in another way.
fn bytes_of(stock: &Stock, stays: impl Fn(usize) -> bool) -> u64 {
    let staying = || {
        stock
            .items
            .iter()
            .enumerate()
            .filter(|(item, _)| stays(*item))
            .map(|(_, item)| item)
    };
    let held = |blob: usize| staying().any(|item| item.holds.contains(&u32::try_from(blob).unwrap()));
    let shared: u64 = stock
        .blobs
        .iter()
        .enumerate()
        .filter(|(blob, _)| held(*blob))
        .map(|(_, bytes)| bytes)
        .sum();
    shared + staying().map(|item| item.own).sum::<u64>()
}

proptest! {
    #[test]
    fn the_limit_is_kept_unless_all_the_rest_is_held(stock in stocks(), limit in 0..30_000_u64) {
        let decision = decide(&stock, &of_size(limit));
        let gone = gone(&stock, &of_size(limit));
        prop_assert_eq!(decision.before, bytes_of(&stock, |_| true));
        prop_assert_eq!(decision.after, bytes_of(&stock, |item| !gone.contains(&item)));
        // Nothing more could go, even with no limit at all.
        prop_assert!(decision.after <= limit || gone == self::gone(&stock, &of_size(0)));
    }

    #[test]
    fn nothing_that_stays_loses_what_it_needs(stock in stocks(), limit in 0..30_000_u64, days in 0..40_u64, keep in 0..3_usize) {
        let policy = Policy { older_than: Some(Duration::from_secs(days * DAY)), keep_last: Some(keep), ..of_size(limit) };
        let gone = gone(&stock, &policy);
        for (number, item) in stock.items.iter().enumerate().filter(|(number, _)| !gone.contains(number)) {
            let lost = item.needs.iter().filter(|need| gone.contains(&(**need as usize))).count();
            let enough = lost == 0 || (item.kind == Kind::Tree && lost < item.needs.len());
            prop_assert!(enough, "{number} {item:?}");
        }
        for victim in &gone {
            prop_assert!(stock.items[*victim].standing != Standing::Held);
            prop_assert!(stock.items[*victim].used + GRACE.as_secs() <= NOW);
        }
    }

    #[test]
    fn who_allows_more_loses_nothing_more(stock in stocks(), limit in 0..30_000_u64, more in 0..5_000_u64, days in 0..40_u64, keep in 0..3_usize) {
        let subset = |less: &Policy, more: &Policy| {
            let there = gone(&stock, less);
            gone(&stock, more).iter().all(|item| there.contains(item))
        };
        prop_assert!(subset(&of_size(limit), &of_size(limit + more)));
        prop_assert!(subset(&older_than(days * DAY), &older_than((days + 1) * DAY)));
        let last = |count| Policy { keep_last: Some(count), ..policy() };
        prop_assert!(subset(&last(keep), &last(keep + 1)));
        let gentle = Policy { grace: GRACE * 48, ..of_size(limit) };
        prop_assert!(subset(&of_size(0), &gentle));
    }

    #[test]
    fn only_what_is_derived_goes_if_nothing_else_may(stock in stocks()) {
        let derived = Policy { scope: Scope::Derived, ..of_size(0) };
        for victim in decide(&stock, &derived).victims {
            prop_assert!(stock.items[victim.item].kind.is_derived());
        }
    }
}
