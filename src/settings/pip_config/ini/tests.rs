use proptest::prelude::*;

use super::*;

fn values(text: &str) -> Vec<(String, String)> {
    parse(text).unwrap().remove(0).items
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn names_are_the_same_however_written() {
    for name in ["Index_URL", "--index-url", "index-url", "INDEX-URL"] {
        assert_eq!(normalize_name(name), "index-url");
    }
}

#[test]
fn both_delimiters_and_comments_are_understood() {
    let text = "# one\n[global]\nindex-url = https://a/simple\n; two\ntimeout: 5\nproxy = a ; stays\n";
    let expected = [
        pair("index-url", "https://a/simple"),
        pair("timeout", "5"),
        pair("proxy", "a ; stays"),
    ];
    assert_eq!(values(text), expected);
}

#[test]
fn indented_lines_continue_and_comments_between_them_do_not_end_the_value() {
    let text = "[global]\nfind-links =\n    /a\n  # no\n\n    /b\n\nno-index = 1\n";
    assert_eq!(values(text), [pair("find-links", "\n/a\n\n/b"), pair("no-index", "1")]);
}

#[test]
fn defaults_reach_every_section_and_yield_to_it() {
    let sections = parse("[DEFAULT]\na=1\nb=1\n[global]\nb=2\n[install]\n").unwrap();
    assert_eq!(sections[0].items, [pair("b", "2"), pair("a", "1")]);
    assert_eq!(sections[1].items, [pair("a", "1"), pair("b", "1")]);
}

#[test]
fn what_configparser_refuses_is_refused_with_its_line() {
    let cases = [
        ("index-url = x\n", 1, "no section headers"),
        ("[a]\nx=1\nX=2\n", 3, "already exists"),
        ("[a]\n[b]\n[a]\n", 3, "already exists"),
        ("[a]\nno delimiter\n", 2, "parsing errors"),
        ("[a]\n= value\n", 2, "parsing errors"),
    ];
    for (text, line, reason) in cases {
        let error = parse(text).unwrap_err();
        assert_eq!(error.line, line, "{text}");
        assert!(error.reason.contains(reason), "{text}: {}", error.reason);
    }
}

proptest! {
    #[test]
    fn any_text_parses_or_is_refused(text in "[ \\[\\]a-c=:#;\\n\\t]{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn written_values_are_read_back(name in "[a-z][a-z-]{0,8}", value in "[!-~]{1,20}") {
        prop_assert_eq!(values(&format!("[global]\n{name} = {value}\n")), [pair(normalize_name(&name).as_str(), &value)]);
    }
}
