use pep440_rs::VersionSpecifiers;

use super::{canonical, contains, has_pin, names_prerelease, parse, parse_specifiers, pinned, spelled_specifiers};

fn specifiers(text: &str) -> VersionSpecifiers {
    parse(text).unwrap()
}

fn matches(text: &str, version: &str) -> bool {
    contains(&specifiers(text), &version.parse().unwrap())
}

#[test]
fn versions_match_as_in_packaging() {
    for (text, version) in [
        ("==1.0", "1"),
        ("==1.0", "1.0+local"),
        ("==2.0.*", "2"),
        ("<1.0rc1", "1.0b1"),
        ("<1.0", "0.9rc1"),
        (">1.0.post1", "1.0.post2"),
        (">1.0.post1", "1.1a1.post1.dev1"),
        (">=1.0", "1.0.post1"),
        ("<=1.0", "1.0+local"),
        ("~=1.4.5", "1.4.9"),
        ("~=2.2.post3", "2.3"),
        ("!=1.0+a", "1.0"),
        ("===1.0", "1.0"),
    ] {
        assert!(matches(text, version), "{version} should be in {text}");
    }
    for (text, version) in [
        ("==2.1.*", "2"),
        ("<1.0", "1.0rc1"),
        (">1.0", "1.0.post1"),
        (">1.0", "1.0+local"),
        (">1.0.post1", "1.0.post1+local"),
        ("~=1.4.5", "1.5"),
        ("!=1.0", "1.0+local"),
        ("==1.0", "1!1.0"),
        ("===1.0", "1.0.0"),
    ] {
        assert!(!matches(text, version), "{version} should not be in {text}");
    }
}

#[test]
fn one_satisfied_pin_pins() {
    let pin = |text: &str| pinned(&specifiers(text)).map(ToString::to_string);
    assert_eq!(pin("==1.0,>=0.5").as_deref(), Some("1.0"));
    assert_eq!(pin("===1.0").as_deref(), Some("1.0"));
    for text in ["", ">=1", "==1.*", "==1.0,>1.0", "==1.0,==1.0.0", "~=1.0"] {
        assert_eq!(pin(text), None, "{text}");
    }
}

#[test]
fn the_order_does_not_matter() {
    assert_eq!(canonical(&specifiers(">= 1.5, !=2.0 ,>=1.5,")), "!=2.0,>=1.5");
    assert_eq!(canonical(&specifiers("!=1,==1")), canonical(&specifiers("==1,!=1")));
}

#[test]
fn what_only_pip_can_read_says_so() {
    for text in ["===1.0-1", "===abc", "===", "==99999999999999999999"] {
        let fault = parse(text).unwrap_err();
        assert!(matches!(fault.kind, crate::requirements::ErrorKind::Unsupported(_)), "{text}");
    }
}

#[test]
fn prereleases_are_asked_for_by_naming_one() {
    for text in [">=1.0a1", "==1.0.dev1", "===1.0rc1", ">1,<2.0b3", "~=1.0a1"] {
        assert!(names_prerelease(&specifiers(text)), "{text}");
    }
    for text in ["", ">=1.0", "!=1.0a1", "==1.0.*", ">=1.0.post1"] {
        assert!(!names_prerelease(&specifiers(text)), "{text}");
    }
}

#[test]
fn pins_need_not_be_satisfiable() {
    assert!(has_pin(&specifiers("==1.0,>2")) && has_pin(&specifiers("===1.0")));
    assert!(!has_pin(&specifiers("==1.*,>=1")) && !has_pin(&specifiers("")));
}

#[test]
fn texts_of_their_own_are_read_and_spelled() {
    let spelled: Vec<_> = spelled_specifiers(" >= 3.8 ,!=3.9.*,, <4").collect();
    assert_eq!(spelled, [">=3.8", "!=3.9.*", "<4"]);
    assert_eq!(parse_specifiers(">=3.8,!=3.9.*").unwrap().len(), 2);
    assert!(!parse_specifiers(">=3.6.*").unwrap_err().is_unsupported());
    assert!(parse_specifiers("===3.8-x").unwrap_err().is_unsupported());
}
