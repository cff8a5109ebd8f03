//! Which files are candidates, and in which order: ours against the finder of pip 26.3, whose answers are recorded.
//!
//! With the network (`SNAPENV_LIVE=1`) pip answers again, more cases, and what is recorded has to be what it says; `SNAPENV_RECORD=1` with
//! it writes the record.

mod cases;
mod usable;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use pep440_rs::Version;
use serde::{Deserialize, Serialize};
use serde_json::json;
use snapenv::index::simple::{Digests, Link, Listing, Source, Uploaded};
use snapenv::requirements::{Search, SearchOption, contains, names_prerelease, parse_specifiers};
use snapenv::resolve::candidates::{
    AllowedHashes, Candidate, Demand, Offered, Refusal, RequiresPython, Rules, SupportedTags, UploadedBefore,
};

use crate::live;
use crate::pip_oracle::Oracle;
use crate::sandbox::Sandbox;
use cases::{Case, CaseLink, CaseListing, PYTHON, SPECIFIERS, TAGS, VERSIONS};
use usable::{Tried, first_usable};

/// Whose answers are recorded, and how many cases a live run looks at.
const RECORDED: u64 = 250;
const LIVE: u64 = 3000;

/// What pip or snapenv says of all cases.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Answers {
    cases: Vec<Answer>,
    /// For each version its normal form and its position among all; nothing if it is none.
    versions: Vec<Option<(String, usize)>>,
    /// For each specifier and version whether it is in, and last whether pre-releases are asked for; nothing if it is none.
    specifiers: Vec<Option<String>>,
}

/// What pip or snapenv says of one case.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Answer {
    error: bool,
    applicable: Vec<usize>,
    chosen: Vec<usize>,
    versions: Vec<String>,
    yanked: Vec<String>,
    other_pythons: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<(usize, String)>,
}

fn record() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/assets/finder.json")
}

fn link(case: &CaseLink) -> Link {
    let mut link = Link::plain(&case.url);
    // Those of the fragment win, as in pip.
    let digests = case.hashes.iter().map(|(algorithm, digest)| (*algorithm, *digest));
    let of_fragment: Vec<_> = link.digests.iter().map(|(a, d)| (a.to_owned(), d.to_owned())).collect();
    let all = digests.map(|(a, d)| (a.to_owned(), d.to_owned())).chain(of_fragment);
    link.digests = all.collect::<Digests>();
    link.requires_python = case.requires_python.filter(|text| !text.is_empty()).map(Arc::from);
    link.yanked = case.yanked.then(|| Arc::from(""));
    link.uploaded = case.upload_time.and_then(Uploaded::parse);
    link
}

fn listing(order: usize, case: &CaseListing) -> Listing {
    Listing {
        place: case.place.clone(),
        order,
        source: match case.source {
            "index" => Source::Index,
            "page" => Source::FoundPage,
            _ => Source::FoundFiles,
        },
        links: case.links.iter().map(link).collect(),
    }
}

/// In pip's order of looking: what `--find-links` names first.
fn listings(case: &Case) -> Vec<Listing> {
    let (index, found): (Vec<_>, Vec<_>) = case.listings.iter().partition(|listing| listing.source == "index");
    let ordered = found.into_iter().chain(index).enumerate();
    ordered.map(|(order, case)| listing(order, case)).collect()
}

fn search(case: &Case) -> Search {
    let mut search = Search::default();
    for (option, value) in &case.options {
        let value = (*value).to_owned();
        search.apply(&match *option {
            "no_binary" => SearchOption::NoBinary(value),
            "only_binary" => SearchOption::OnlyBinary(value),
            "all_releases" => SearchOption::AllReleases(value),
            "only_final" => SearchOption::OnlyFinal(value),
            "prefer_binary" => SearchOption::PreferBinary,
            _ => continue,
        });
    }
    search
}

fn demand(case: &Case) -> Demand {
    // Constraints come first in pip, which matters to hashes.
    let required = || [&case.constraint].into_iter().chain(&case.requirements);
    let texts: Vec<_> = required().map(|(specifiers, _)| specifiers.as_str()).collect();
    let hashes = required().map(|(_, hashes)| hashes.iter().copied().collect::<AllowedHashes>());
    Demand {
        name: case.project.parse().unwrap(),
        specifiers: parse_specifiers(&texts.join(",")).unwrap(),
        hashes: hashes.fold(AllowedHashes::default(), |all, one| all.and(&one)),
    }
}

/// What snapenv says of a case.
fn answer(case: &Case) -> Answer {
    let (search, tags): (_, SupportedTags) = (search(case), TAGS.into_iter().collect());
    let ignored = case.options.iter().any(|(option, _)| *option == "ignore_requires_python");
    let rules = Rules {
        search: &search,
        tags: &tags,
        python: PYTHON,
        requires_python: if ignored {
            RequiresPython::Ignored
        } else {
            RequiresPython::Respected
        },
        uploaded_prior_to: case.uploaded_prior_to.and_then(UploadedBefore::parse),
    };
    let demand = demand(case);
    let listings = listings(case);
    let Ok(offered) = Offered::new(&demand.name, &listings, &rules) else {
        return Answer {
            error: true,
            ..Answer::default()
        };
    };
    let number = |link: &Link, place: &str| {
        let listing = case.listings.iter().find(|listing| listing.place == place).unwrap();
        let same = listing.links.iter().find(|known| known.url == link.address());
        same.unwrap().number
    };
    let of = |candidate: &Candidate| {
        let listing = listings.iter().find(|listing| listing.order == candidate.place).unwrap();
        number(&candidate.link, &listing.place)
    };
    let applicable = offered.applicable(&demand);
    let chosen = first_usable(&applicable, |candidate| match of(candidate) {
        number if case.spoilt.contains(&number) => Tried::Spoilt,
        number if case.unusable.contains(&number) => Tried::Unusable,
        number => Tried::Usable(number),
    });
    let shown = |versions: Vec<&Version>| versions.into_iter().map(ToString::to_string).collect();
    let mut skipped: Vec<_> = offered
        .refused()
        // pip passes over these without a word.
        .filter(|refused| !matches!(refused.refusal, Refusal::Version(_)))
        .map(|refused| (number(refused.link, refused.place), refused.to_string()))
        .collect();
    skipped.sort();
    Answer {
        error: false,
        chosen: chosen.collect(),
        applicable: applicable.iter().map(|candidate| of(candidate)).collect(),
        versions: shown(offered.versions()),
        yanked: shown(offered.yanked_versions()),
        other_pythons: offered.other_pythons().into_iter().collect(),
        skipped,
    }
}

/// What snapenv says of versions and specifiers.
fn versions_and_specifiers() -> Answers {
    let versions: Vec<Option<Version>> = VERSIONS.iter().map(|text| text.parse().ok()).collect();
    let mut sorted: Vec<_> = versions.iter().flatten().collect();
    sorted.sort();
    sorted.dedup();
    let rank = |version: &Version| {
        (
            version.to_string(),
            sorted.iter().position(|known| *known == version).unwrap(),
        )
    };
    let row = |text: &&str| {
        let specifiers = parse_specifiers(text).ok()?;
        let inside = versions.iter().flatten().map(|version| contains(&specifiers, version));
        let bits = inside
            .chain([names_prerelease(&specifiers)])
            .map(|bit| if bit { '1' } else { '0' });
        Some(bits.collect())
    };
    Answers {
        cases: Vec::new(),
        versions: versions.iter().map(|version| version.as_ref().map(rank)).collect(),
        specifiers: SPECIFIERS.iter().map(row).collect(),
    }
}

/// What pip says; nothing without the network.
fn pips_answers(count: u64) -> Option<Answers> {
    if !live::enabled("candidates in the order of pip's finder") {
        return None;
    }
    let mut sandbox = Sandbox::new();
    live::reach_the_index(&mut sandbox);
    let environment = sandbox.work("env");
    Oracle::public(&sandbox).venv(&environment);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/assets/finder.py");
    let mut command = sandbox.command(environment.join("bin/python"), [script]);
    let mut python = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let cases: Vec<_> = (0..count).map(cases::case).collect();
    let asked = json!({"cases": cases, "python": PYTHON, "tags": TAGS, "versions": VERSIONS, "specifiers": SPECIFIERS});
    python.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn assert_same(ours: &Answers, pips: &Answers) {
    for (text, (ours, pips)) in VERSIONS.iter().zip(ours.versions.iter().zip(&pips.versions)) {
        assert_eq!(ours, pips, "version {text}");
    }
    for (text, (ours, pips)) in SPECIFIERS.iter().zip(ours.specifiers.iter().zip(&pips.specifiers)) {
        assert_eq!(ours, pips, "specifier {text}");
    }
    for (seed, pips) in (0..).zip(&pips.cases) {
        let case = cases::case(seed);
        let mut ours = answer(&case);
        if pips.skipped.is_empty() {
            // They are not recorded.
            ours.skipped.clear();
        }
        assert_eq!(ours, *pips, "case {seed}: {case:#?}");
    }
}

#[test]
fn the_order_is_pips() {
    let ours = versions_and_specifiers();
    if let Some(mut pips) = pips_answers(LIVE) {
        assert_same(&ours, &pips);
        pips.cases.truncate(usize::try_from(RECORDED).unwrap());
        pips.cases.iter_mut().for_each(|answer| answer.skipped.clear());
        if std::env::var_os("SNAPENV_RECORD").is_some() {
            fs::write(record(), serde_json::to_string(&pips).unwrap()).unwrap();
        }
        let recorded: Answers = serde_json::from_slice(&fs::read(record()).unwrap()).unwrap();
        assert_eq!(recorded, pips, "SNAPENV_RECORD=1 writes what pip says now");
    }
    let recorded: Answers = serde_json::from_slice(&fs::read(record()).unwrap()).unwrap();
    assert_eq!(recorded.cases.len() as u64, RECORDED);
    assert_same(&ours, &recorded);
}
