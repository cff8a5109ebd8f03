use super::split;

fn texts(line: &str) -> Vec<String> {
    split(line).unwrap().into_iter().map(|word| word.text).collect()
}

#[test]
fn quotes_and_escapes_are_resolved() {
    assert_eq!(texts(r#"-e "a b" 'c d'e\ f"#), ["-e", "a b", "c de f"]);
    assert_eq!(texts(r#""a\"b\c""#), [r#"a"b\c"#]);
    assert_eq!(texts(r"'a\b'"), [r"a\b"]);
    assert_eq!(texts("'' x"), ["", "x"]);
}

#[test]
fn what_has_no_end_is_refused() {
    for line in ["'a", "\"a", "a\\", "\"a\\"] {
        assert_eq!(split(line), None, "{line}");
    }
}

#[test]
fn words_know_their_place() {
    let places: Vec<_> = split("  -a  'b'").unwrap().into_iter().map(|word| word.at).collect();
    assert_eq!(places, [2, 6]);
}
