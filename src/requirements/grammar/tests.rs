use proptest::prelude::*;

use super::{Dependency, Source, parse_dependency};
use crate::requirements::ErrorKind;
use crate::requirements::marker::tests::any_marker;

fn printed(text: &str) -> String {
    parse_dependency(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .to_string()
}

#[test]
fn what_packaging_accepts_is_read() {
    for (text, expected) in [
        ("Foo_Bar.baz", "foo-bar-baz"),
        (
            "foo [B_c, a] (>= 1.0 , <2) ; python_version<'3'",
            "foo[a,b-c]<2,>=1.0; python_version < \"3\"",
        ),
        ("foo()", "foo"),
        ("foo[]", "foo"),
        ("foo>=1,", "foo>=1"),
        ("foo==v1.0-1", "foo==1.0.post1"),
        ("foo!=1.*", "foo!=1.*"),
        ("foo===1.0,>=0.5", "foo===1.0,>=0.5"),
        ("foo@https://u:p@h/x.zip", "foo @ https://h/x.zip"),
        (
            "foo @ https://h/x;y ; os_name == 'x'",
            "foo @ https://h/x;y ; os_name == \"x\"",
        ),
        ("a.zip==1", "a-zip==1"),
        ("\t foo \t", "foo"),
    ] {
        assert_eq!(printed(text), expected);
    }
}

#[test]
fn what_packaging_refuses_is_refused() {
    for text in [
        "",
        "-foo",
        "_foo",
        ".foo",
        "foo.",
        "foo-",
        "fööbar",
        "foo bar",
        "foo=1",
        "foo=>1",
        "foo==",
        "foo~=1",
        "foo>=1.*",
        "foo>=1+local",
        "foo==1.0a1.*",
        "foo==1..0",
        "foo[a",
        "foo[a,]",
        "foo[,]",
        "foo[a b]",
        "foo(>=1",
        "foo>=1)",
        "foo>=1 <2",
        "foo===1,2",
        "foo @",
        "foo;",
        "foo; and",
        "foo\u{a0}",
        "foo\n",
    ] {
        let error = parse_dependency(text).expect_err(text);
        assert!(matches!(error.kind(), ErrorKind::Syntax { .. }), "{text}: {error}");
    }
}

#[test]
fn what_only_pip_can_read_says_so() {
    for text in [
        "foo_",
        "foo===abc",
        "foo===1.0.0-1",
        "foo==99999999999999999999",
        "foo; os_name == sys_platform",
    ] {
        assert!(parse_dependency(text).unwrap_err().is_unsupported(), "{text}");
    }
}

#[test]
fn the_caret_stands_under_the_fault() {
    let error = parse_dependency("django=5.2").unwrap_err();
    let expected =
        "expected one of `==`, `<=`, `>=`, `<`, `>`, `~=`, `!=`, `===`, `@`, `;` or the end\n   | django=5.2\n   |       ^";
    assert_eq!(error.to_string(), expected);
}

fn any_version() -> impl Strategy<Value = String> {
    (
        "(1!)?[0-9]{1,2}(\\.[0-9]{1,2}){0,2}",
        "((a|b|rc)[0-9])?",
        "(\\.post[0-9])?",
        "(\\.dev[0-9])?",
    )
        .prop_map(|(release, pre, post, dev)| format!("{release}{pre}{post}{dev}"))
}

fn any_specifier() -> impl Strategy<Value = String> {
    let operators = prop::sample::select(vec!["==", "!=", "<=", ">=", "<", ">"]);
    (operators, "( )?", any_version()).prop_map(|(operator, blank, version)| format!("{operator}{blank}{version}"))
}

fn any_named() -> impl Strategy<Value = String> {
    let name = "[A-Za-z0-9]([A-Za-z0-9._-]{0,6}[A-Za-z0-9])?";
    let extras = prop::collection::vec("[a-zA-Z0-9]([._-]?[a-zA-Z0-9]){0,3}", 0..3);
    let specifiers = prop::collection::vec(any_specifier(), 0..4);
    (name, extras, specifiers, prop::option::of(any_marker())).prop_map(|(name, extras, specifiers, marker)| {
        let extras = if extras.is_empty() {
            String::new()
        } else {
            format!(" [{}]", extras.join(" , "))
        };
        let marker = marker.map(|marker| format!(";{marker}")).unwrap_or_default();
        format!("{name}{extras} {}{marker}", specifiers.join(" ,"))
    })
}

/// The same requirement in another spelling.
fn respelled(dependency: &Dependency) -> String {
    let Source::Versions(specifiers) = &dependency.source else {
        panic!("only named ones are made here");
    };
    let name = dependency.name.to_string().to_uppercase().replace('-', "_.");
    let extras: Vec<_> = dependency
        .extras
        .iter()
        .rev()
        .map(|extra| extra.to_string().to_uppercase())
        .collect();
    let versions: Vec<_> = specifiers.iter().rev().map(ToString::to_string).collect();
    let marker = dependency
        .marker
        .as_ref()
        .map(|marker| format!("\t;  {marker} "))
        .unwrap_or_default();
    format!("  {name}  [ {} ]\t( {} ) {marker}", extras.join("\t,"), versions.join("  , "))
}

proptest! {
    #[test]
    fn reading_what_was_printed_gives_the_same(text in any_named()) {
        let dependency = parse_dependency(&text).unwrap();
        let again = parse_dependency(&dependency.to_string()).unwrap();
        prop_assert_eq!(again.to_string(), dependency.to_string());
        prop_assert_eq!(&again.name, &dependency.name);
        prop_assert_eq!(&again.extras, &dependency.extras);
        prop_assert_eq!(&again.marker, &dependency.marker);
    }

    #[test]
    fn the_printed_form_does_not_depend_on_spelling(text in any_named()) {
        let dependency = parse_dependency(&text).unwrap();
        let other = parse_dependency(&respelled(&dependency)).unwrap();
        prop_assert_eq!(other.to_string(), dependency.to_string());
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}", pieces in prop::collection::vec(prop::sample::select(vec![
        "foo", "[", "]", "==", "1.0", ".*", ";", "python_version", "'3'", "\"", "and", "(", ")", "@", "https://u:p@h", "é", "~=", ",", " ", "not in", "+", "===",
    ]), 0..12)) {
        for text in [text, pieces.concat()] {
            if let Err(error) = parse_dependency(&text) {
                prop_assert!(!error.to_string().contains("u:p@"));
            }
        }
    }
}
