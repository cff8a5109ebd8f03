use super::{Choice, Search, SearchOption, contradiction};

fn applied(options: &[SearchOption]) -> Search {
    let mut search = Search::default();
    for option in options {
        search.apply(option);
    }
    search
}

fn text(value: &str) -> String {
    value.to_owned()
}

#[test]
fn in_files_an_index_replaces_all_before_it() {
    let options = [
        SearchOption::ExtraIndexUrl(text("a")),
        SearchOption::IndexUrl(text("b")),
        SearchOption::ExtraIndexUrl(text("c")),
    ];
    let search = applied(&options);
    assert_eq!(search.index_url.as_deref(), Some("b"));
    assert_eq!(search.extra_index_urls, ["c"]);
    assert_eq!(Search::from_settings(&options).extra_index_urls, ["a", "c"]);
}

#[test]
fn no_index_stays() {
    let search = applied(&[
        SearchOption::IndexUrl(text("a")),
        SearchOption::NoIndex,
        SearchOption::IndexUrl(text("b")),
        SearchOption::ExtraIndexUrl(text("c")),
    ]);
    assert!(search.no_index && search.index_url.is_none() && search.extra_index_urls.is_empty());
}

#[test]
fn formats_exclude_each_other() {
    let search = applied(&[
        SearchOption::NoBinary(text("Foo_Bar,baz")),
        SearchOption::OnlyBinary(text("foo-bar")),
    ]);
    assert!(search.format.allows_wheels("foo-bar") && !search.format.allows_sources("foo-bar"));
    assert!(!search.format.allows_wheels("baz") && search.format.allows_sources("baz"));
    assert!(search.format.allows_wheels("other") && search.format.allows_sources("other"));

    let search = applied(&[SearchOption::NoBinary(text(":all:")), SearchOption::OnlyBinary(text("a"))]);
    assert!(search.format.allows_wheels("a") && !search.format.allows_wheels("b"));
    let search = applied(&[SearchOption::NoBinary(text("x,:all:,:none:,a"))]);
    assert_eq!(
        search.format.no_binary,
        Choice {
            all: false,
            names: ["a".to_owned()].into()
        }
    );
}

#[test]
fn pre_spares_what_is_final_only() {
    let search = applied(&[SearchOption::OnlyFinal(text("a")), SearchOption::Pre]);
    assert_eq!(search.releases.allows_prereleases("a"), Some(false));
    assert_eq!(search.releases.allows_prereleases("b"), Some(true));
    assert_eq!(Search::default().releases.allows_prereleases("a"), None);
}

#[test]
fn hashes_are_required_when_said_or_given() {
    let required = |options: &[SearchOption]| applied(options).hashes.required([]);
    assert_eq!(required(&[]), Some(false));
    assert_eq!(required(&[SearchOption::RequireHashes]), Some(true));
    assert_eq!(required(&[SearchOption::NoRequireHashes]), Some(false));
    assert_eq!(required(&[SearchOption::NoRequireHashes, SearchOption::RequireHashes]), None);
}

#[test]
fn credentials_are_not_printed() {
    let options = [SearchOption::IndexUrl(text("https://user:secret@h/simple"))];
    let shown = format!("{options:?} {:?}", applied(&options));
    assert!(!shown.contains("secret") && shown.contains("****@h"), "{shown}");
}

#[test]
fn pre_beside_other_words_about_releases_is_refused() {
    let option = |names: &str| SearchOption::OnlyFinal(names.to_owned());
    assert_eq!(contradiction(&[SearchOption::Pre]), None);
    assert_eq!(contradiction(&[option("a")]), None);
    assert_eq!(contradiction(&[SearchOption::Pre, option(":none:")]), None);
    assert!(contradiction(&[option("a"), SearchOption::Pre]).is_some_and(|reason| reason.starts_with("--pre cannot be used")));
    assert!(contradiction(&[SearchOption::Pre, SearchOption::AllReleases(":all:".to_owned())]).is_some());
}
