use std::sync::Arc;

use proptest::prelude::*;

use super::super::*;
use crate::index::simple::{Link, Listing, Source, Uploaded};
use crate::requirements::{Search, SearchOption, parse_specifiers};

/// Looks at places for the project `demo`, as an interpreter 3.11.7 with four tags.
pub(super) struct World {
    pub(super) search: Search,
    pub(super) requires_python: RequiresPython,
    pub(super) uploaded_prior_to: Option<UploadedBefore>,
}

impl World {
    fn new(options: &[SearchOption]) -> Self {
        Self {
            search: Search::from_settings(options),
            requires_python: RequiresPython::Respected,
            uploaded_prior_to: None,
        }
    }

    fn offered(&self, listings: &[Listing]) -> Result<Offered, CandidatesError> {
        let tags = [
            "cp311-cp311-linux_x86_64",
            "cp39-abi3-linux_x86_64",
            "py311-none-any",
            "py3-none-any",
        ];
        let rules = Rules {
            search: &self.search,
            tags: &tags.into_iter().collect(),
            python: (3, 11, 7),
            requires_python: self.requires_python,
            uploaded_prior_to: self.uploaded_prior_to,
        };
        Offered::new(&"demo".parse().unwrap(), listings, &rules)
    }
}

/// A file with changes to its link.
fn file(name: &str, change: impl FnOnce(&mut Link)) -> Link {
    let mut link = Link::plain(&format!("https://host/files/{name}"));
    change(&mut link);
    link
}

fn page(order: usize, links: impl IntoIterator<Item = Link>) -> Listing {
    Listing {
        place: format!("https://host/{order}/demo/"),
        order,
        source: Source::Index,
        links: links.into_iter().collect(),
    }
}

fn plain(names: &[&str]) -> Vec<Link> {
    names.iter().map(|name| file(name, |_| ())).collect()
}

fn demand(specifiers: &str, hashes: &[(&str, &str)]) -> Demand {
    Demand {
        name: "demo".parse().unwrap(),
        specifiers: parse_specifiers(specifiers).unwrap(),
        hashes: hashes.iter().copied().collect(),
    }
}

/// File names without the extension of sdists, the best first.
fn answer(offered: &Offered, demand: &Demand) -> Vec<String> {
    let names = offered
        .applicable(demand)
        .into_iter()
        .map(|candidate| candidate.link.filename.to_string());
    names.map(|name| name.trim_end_matches(".tar.gz").to_owned()).collect()
}

/// Of one page, with options.
fn of(options: &[SearchOption], links: Vec<Link>, wanted: &Demand) -> Vec<String> {
    answer(&World::new(options).offered(&[page(0, links)]).unwrap(), wanted)
}

#[test]
fn every_refusal_has_its_reason() {
    let mut world = World::new(&[SearchOption::NoBinary(":none:".into())]);
    world.uploaded_prior_to = UploadedBefore::parse("2026-01-01T00:00:00Z");
    let refusal = |world: &World, name: &str| {
        let link = file(name, |link| {
            link.requires_python = Some("<3.11, !=3.9.1".into());
            link.uploaded = Uploaded::parse(if name.contains("late") {
                "2026-01-01T00:00Z"
            } else {
                "2025-01-01T00:00Z"
            });
        });
        let offered = world.offered(&[page(0, [link])]).unwrap();
        assert_eq!(offered.candidates().count(), 0, "{name}");
        offered
            .refused()
            .map(|refused| (refused.refusal.clone(), refused.to_string()))
            .next()
            .unwrap()
    };
    for (name, reason, words) in [
        ("demo", Refusal::NotAFile, "not a file"),
        (
            "demo-1.exe",
            Refusal::Extension(".exe".into()),
            "unsupported archive format: .exe",
        ),
        ("demo-1.macosx10.zip", Refusal::MacOs, "macosx10 one"),
        ("demo-1-py3-any.whl", Refusal::WheelName, "invalid wheel filename"),
        ("demo-one-py3-none-any.whl", Refusal::WheelName, "invalid wheel filename"),
        (
            "other-1-py3-none-any.whl",
            Refusal::OtherProject,
            "wrong project name (not demo)",
        ),
        (
            "demo-1-cp312.cp313-none-any.whl",
            Refusal::Tags,
            "none of the wheel's tags (cp312-none-any, cp313-none-any) are compatible (run pip debug --verbose to show compatible tags)",
        ),
        (
            "demo-late.zip",
            Refusal::Uploaded,
            "Upload time is not prior to --uploaded-prior-to",
        ),
        ("other-1.zip", Refusal::NoVersion, "Missing project version for demo"),
        ("demo-1-py3.8.zip", Refusal::PythonSuffix, "Python version is incorrect"),
        (
            "demo-1.0-1.zip",
            Refusal::RequiresPython { version: "1.0-1".into() },
            "1.0-1 Requires-Python !=3.9.1,<3.11",
        ),
        (
            "demo-01.0-py3-none-any.whl",
            Refusal::RequiresPython { version: "1.0".into() },
            "1.0 Requires-Python !=3.9.1,<3.11",
        ),
    ] {
        assert_eq!(refusal(&world, name), (reason, words.to_owned()), "{name}");
    }
    world.requires_python = RequiresPython::Ignored;
    assert_eq!(refusal(&world, "demo-x.zip").0, Refusal::Version("x".into()));
    world.search.apply(&SearchOption::NoBinary("demo".into()));
    assert_eq!(refusal(&world, "demo-1-py3-none-any.whl").1, "No binaries permitted for demo");
    world.search.apply(&SearchOption::OnlyBinary("demo".into()));
    assert_eq!(refusal(&world, "demo-1.zip").1, "No sources permitted for demo");
}

#[test]
fn pages_without_upload_times_fail_only_where_times_matter() {
    let mut world = World::new(&[]);
    world.uploaded_prior_to = UploadedBefore::parse("2026-01-01T00:00:00Z");
    let error = world.offered(&[page(0, plain(&["demo-1.zip"]))]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Index https://host/0/demo/ does not provide upload-time metadata."
    );
    assert!(error.hint().is_some() && !error.is_unsupported());
    let local = Link::plain("file:///srv/demo-1.zip");
    assert_eq!(world.offered(&[page(0, [local])]).unwrap().candidates().count(), 1);
}

#[test]
fn what_only_pip_can_read_is_left_to_it() {
    let long = "9".repeat(20);
    let late = |link: &mut Link| link.requires_python = Some("===3.11-x".into());
    for link in [
        file(&format!("demo-{long}.zip"), |_| ()),
        file(&format!("demo-{long}-py3-none-any.whl"), |_| ()),
        file(&format!("demo-1-{long}-py3-none-any.whl"), |_| ()),
        file("demo-1.zip", late),
        file("other-1-py3-none-any.whl#egg=demo-1", |_| ()),
    ] {
        let error = World::new(&[]).offered(&[page(0, [link.clone()])]).unwrap_err();
        assert!(error.is_unsupported() && error.hint().is_none(), "{link:?}");
    }
}

#[test]
fn invalid_requires_python_is_passed_over_and_named() {
    let link = file("demo-1.zip", |link| link.requires_python = Some(">=3.6.*".into()));
    let offered = World::new(&[]).offered(&[page(0, [link])]).unwrap();
    assert_eq!(offered.candidates().count(), 1);
    assert_eq!(offered.invalid_requires_python(), [Arc::from(">=3.6.*")]);
    assert!(offered.other_pythons().is_empty());
}

#[test]
fn the_best_is_first() {
    let names = [
        "demo-1.0.tar.gz",
        "demo-1.0-py3-none-any.whl",
        "demo-1.0-1-py3-none-any.whl",
        "demo-1.0-1b-py3-none-any.whl",
        "demo-1.0-10-py3-none-any.whl",
        "demo-1.0-cp39-abi3-linux_x86_64.whl",
        "demo-2.0.tar.gz",
        "demo-1.10.tar.gz",
    ];
    let expected = [
        "demo-2.0",
        "demo-1.10",
        names[5],
        names[4],
        names[3],
        names[2],
        names[1],
        "demo-1.0",
    ];
    assert_eq!(of(&[], plain(&names), &demand("", &[])), expected);
    let wheels = [
        names[5],
        names[4],
        names[3],
        names[2],
        names[1],
        "demo-2.0",
        "demo-1.10",
        "demo-1.0",
    ];
    assert_eq!(of(&[SearchOption::PreferBinary], plain(&names), &demand("", &[])), wheels);
}

#[test]
fn prereleases_count_if_asked_for_or_alone() {
    let page = || plain(&["demo-1.0.tar.gz", "demo-2.0rc1.tar.gz", "demo-3.0.dev1.tar.gz"]);
    let all = ["demo-3.0.dev1", "demo-2.0rc1", "demo-1.0"];
    assert_eq!(of(&[], page(), &demand("", &[])), ["demo-1.0"]);
    assert_eq!(of(&[], page(), &demand(">=1.0a1", &[])), all);
    assert_eq!(of(&[], page(), &demand("!=1.0a1", &[])), ["demo-1.0"]);
    assert_eq!(of(&[], page(), &demand(">1", &[])), all[..2]);
    assert_eq!(of(&[SearchOption::Pre], page(), &demand("", &[])), all);
    let only_final = [SearchOption::Pre, SearchOption::OnlyFinal("Demo".into())];
    assert_eq!(of(&only_final, page(), &demand("", &[])), ["demo-1.0"]);
    assert!(of(&only_final, page(), &demand(">=2.0rc1", &[])).is_empty());
}

#[test]
fn a_yanked_final_release_keeps_prereleases_out() {
    let page = || {
        vec![
            file("demo-1.0.tar.gz", |link| link.yanked = Some("".into())),
            file("demo-2.0a1.tar.gz", |_| ()),
        ]
    };
    assert!(of(&[], page(), &demand("", &[])).is_empty());
    assert_eq!(of(&[], page(), &demand(">=1.5", &[])), ["demo-2.0a1"]);
    for pinned in ["==1.0", "===1.0", "==1.0,>0.5"] {
        assert_eq!(of(&[], page(), &demand(pinned, &[])), ["demo-1.0"], "{pinned}");
    }
    assert!(of(&[], page(), &demand("==1.*", &[])).is_empty());
    let offered = World::new(&[]).offered(&[super::tests::page(0, page())]).unwrap();
    let shown = |versions: Vec<&pep440_rs::Version>| versions.into_iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (shown(offered.versions()), shown(offered.yanked_versions())),
        (vec!["2.0a1".to_owned()], vec!["1.0".to_owned()])
    );
}

#[test]
fn known_other_hashes_are_dropped_if_one_is_right() {
    let hashed = |name: &str, digest: &str| file(name, |link| link.digests = [("sha256", digest)].into_iter().collect());
    let page = || {
        vec![
            hashed("demo-1.0.tar.gz", "aa"),
            hashed("demo-2.0.tar.gz", "bb"),
            file("demo-3.0.tar.gz", |_| ()),
        ]
    };
    assert_eq!(of(&[], page(), &demand("", &[("sha256", "aa")])), ["demo-1.0", "demo-3.0"]);
    let none = ["demo-3.0", "demo-2.0", "demo-1.0"];
    assert_eq!(of(&[], page(), &demand("", &[("sha256", "cc")])), none);
    assert_eq!(of(&[], page(), &demand("", &[])), none);
}

#[test]
fn among_equals_the_last_place_wins_and_among_files_the_first_url() {
    let names = ["demo-1.0.tar.gz"];
    let folder = |order: usize, path: &str| Listing {
        place: format!("file://{path}"),
        order,
        source: Source::FoundFiles,
        links: [Link::plain(&format!("file://{path}/demo-1.0.tar.gz"))].into(),
    };
    let listings = [
        folder(1, "/srv/b"),
        folder(0, "/srv/c"),
        folder(2, "/srv/a"),
        page(4, plain(&names)),
        page(3, plain(&names)),
    ];
    let offered = World::new(&[]).offered(&listings).unwrap();
    let places: Vec<_> = offered
        .applicable(&demand("", &[]))
        .iter()
        .map(|candidate| candidate.place)
        .collect();
    assert_eq!(places, [4, 3, 2, 1, 0]);
}

#[test]
fn a_link_counts_once_and_eggs_come_last() {
    let links = vec![
        file("odd.zip#egg=demo-1.0", |_| ()),
        file("demo-1.0.zip", |_| ()),
        file("demo-1.0.tar.gz", |_| ()),
        file("demo-1.0.zip", |link| link.yanked = Some("".into())),
    ];
    assert_eq!(of(&[], links, &demand("", &[])), ["odd.zip", "demo-1.0", "demo-1.0.zip"]);
}

proptest! {
    #[test]
    fn pages_in_any_order_give_the_same_order_but_for_equals(shuffled in Just(many()).prop_shuffle()) {
        let order = |names: &[String]| {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            of(&[SearchOption::Pre], plain(&names), &demand("", &[]))
        };
        prop_assert_eq!(order(&shuffled), order(&many()));
    }

    #[test]
    fn more_specifiers_never_add_versions(one in "(==|>=|<=|<|>|!=|~=)[0-2]\\.[0-2](rc1)?", other in "(==|>=|<=|<|>|!=)[0-2]") {
        let names = many();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let all = of(&[SearchOption::Pre], plain(&names), &demand(&one, &[]));
        let both = of(&[SearchOption::Pre], plain(&names), &demand(&format!("{one},{other}"), &[]));
        let kept: Vec<_> = all.into_iter().filter(|name| both.contains(name)).collect();
        prop_assert_eq!(kept, both);
    }

    #[test]
    fn any_name_is_survived(name in "(demo|other)?-?[0-9a-z.!+-]{0,12}(-py[23.]{0,5}-none-any)?(\\.whl|\\.tar\\.gz|\\.zip)?|\\PC{0,20}") {
        if let Ok(offered) = World::new(&[]).offered(&[page(0, plain(&[&name]))]) {
            prop_assert_eq!(offered.candidates().count() + offered.refused().count(), 1);
        }
    }
}

/// Names of files, no two of them equal in the order.
fn many() -> Vec<String> {
    let versions = ["0.1", "1.0rc1", "1.0", "1.1.post1", "1.2.dev3", "2.0", "2.1+local"];
    let files = |version: &str| [format!("demo-{version}.tar.gz"), format!("demo-{version}-py3-none-any.whl")];
    versions.into_iter().flat_map(files).collect()
}
