//! How long a search takes.

use std::time::{Duration, Instant};

use super::memory::{Memory, solve};
use super::universe::{Package, Universe};

/// A hundred projects of twenty versions; each requires the next three and a popular one.
fn wide() -> Universe {
    let mut universe = Universe::default();
    for project in 0..100 {
        for minor in 0..20 {
            let mut package = Package::new(&format!("p{project}"), &format!("1.{minor}"), "");
            for next in project + 1..(project + 4).min(100) {
                package.requires.push(format!("p{next}>=1.{},<2", minor / 2));
            }
            package.requires.push("p99!=1.3".to_owned());
            ">=3.8".clone_into(&mut package.python);
            universe.packages.push(package);
        }
    }
    universe
        .packages
        .retain(|package| package.name != "p99" || package.version != "1.19");
    universe.roots.push(("p0".to_owned(), 0));
    universe
}

#[test]
fn a_hundred_distributions_take_milliseconds() {
    let universe = wide();
    let offers = Memory::new(&universe);
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let solution = solve(&universe, &offers).unwrap();
        best = best.min(start.elapsed());
        assert_eq!(solution.order.len(), 100);
    }
    // Without optimization, and on a busy machine, tens of them.
    assert!(best < Duration::from_millis(500), "{best:?}");
    if std::env::var_os("SNAPENV_CAMPAIGN").is_some() {
        crate::skipped::say(&format!("a hundred distributions: {best:?}"));
    }
}
