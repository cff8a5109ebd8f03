//! From listings to candidates: once for each project of a run, and for each time that the search asks.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use snapenv::index::simple::{Link, Listing, Source};
use snapenv::requirements::{Search, parse_specifiers};
use snapenv::resolve::candidates::{AllowedHashes, Demand, Offered, RequiresPython, Rules, SupportedTags, compare};

/// A page with so many versions, each with an sdist and a wheel for each of the tags.
fn listing(versions: u64, tags: &[String]) -> Listing {
    let requires_python: Arc<str> = ">=3.9".into();
    let link = |file: &str| {
        let mut link = Link::plain(&format!("https://files.example.org/packages/12/34/5678/{file}"));
        let digest = blake3::hash(file.as_bytes()).to_hex();
        link.digests = [("sha256", digest.as_str())].into_iter().collect();
        link.requires_python = Some(Arc::clone(&requires_python));
        link
    };
    let files = (0..versions).flat_map(|number| {
        let version = format!("1.{}.{}", number / 150, number % 150);
        let wheels = tags.iter().map(|tag| format!("demo-{version}-{tag}.whl")).collect::<Vec<_>>();
        wheels.into_iter().chain([format!("demo-{version}.tar.gz")])
    });
    Listing {
        place: "https://example.org/simple/demo/".into(),
        order: 0,
        source: Source::Index,
        links: files.map(|file| link(&file)).collect(),
    }
}

fn platforms(libc: &str, versions: std::ops::RangeInclusive<u16>) -> impl Iterator<Item = String> {
    versions.rev().map(move |minor| format!("{libc}_{minor}_x86_64"))
}

/// As many as an interpreter has on Linux.
fn supported() -> SupportedTags {
    let manylinux = || platforms("manylinux_2", 5..=36);
    let own = manylinux().map(|platform| format!("cp311-cp311-{platform}"));
    let stable = (2..=11)
        .rev()
        .flat_map(|minor| manylinux().map(move |platform| format!("cp3{minor}-abi3-{platform}")));
    let pure = (0..=11)
        .rev()
        .flat_map(|minor| manylinux().map(move |platform| format!("py3{minor}-none-{platform}")));
    own.chain(stable).chain(pure).chain(["py3-none-any".to_owned()]).collect()
}

fn candidates(criterion: &mut Criterion) {
    let (search, tags) = (Search::default(), supported());
    let rules = Rules {
        search: &search,
        tags: &tags,
        python: (3, 11, 7),
        requires_python: RequiresPython::Respected,
        uploaded_prior_to: None,
    };
    let demand = Demand {
        name: "demo".parse().expect("a name"),
        specifiers: parse_specifiers(">=1.3,!=1.4.*,<2").expect("specifiers"),
        hashes: AllowedHashes::default(),
    };
    let many = (8..=14).flat_map(|minor| {
        ["manylinux_2_17", "musllinux_1_2", "macosx_11_0", "linux", "win"]
            .map(|platform| format!("cp3{minor}-cp3{minor}-{platform}_x86_64"))
    });
    let kinds = [
        ("2000 versions, one wheel each", 2000, vec!["py3-none-any".to_owned()]),
        ("120 versions, 35 wheels each", 120, many.collect()),
    ];
    for (kind, versions, wheels) in kinds {
        let listings = [listing(versions, &wheels)];
        let offered = Offered::new(&demand.name, &listings, &rules).expect("candidates");
        let mut group = criterion.benchmark_group(kind);
        group.bench_function("look at all", |bencher| {
            bencher.iter(|| Offered::new(&demand.name, black_box(&listings), &rules));
        });
        group.bench_function("answer a demand", |bencher| {
            bencher.iter(|| offered.applicable(black_box(&demand)));
        });
        group.bench_function("record", |bencher| bencher.iter(|| offered.record(black_box(0))));
        let record = offered.record(0);
        group.bench_function("compare", |bencher| {
            bencher.iter(|| compare(black_box(&record), black_box(&record)));
        });
        group.finish();
    }
}

criterion_group!(benches, candidates);
criterion_main!(benches);
