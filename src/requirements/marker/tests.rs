use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use pep508_rs::ExtraName;
use proptest::prelude::*;

use super::Marker;

fn environment() -> BTreeMap<String, String> {
    [
        ("implementation_name", "cpython"),
        ("implementation_version", "3.11.2"),
        ("os_name", "posix"),
        ("platform_machine", "x86_64"),
        ("platform_python_implementation", "CPython"),
        ("platform_release", "5.15.0-91-generic"),
        ("platform_system", "Linux"),
        ("platform_version", "#1 SMP"),
        ("python_full_version", "3.11.2"),
        ("python_version", "3.11"),
        ("sys_platform", "linux"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn holds(text: &str) -> bool {
    Marker::parse(text).unwrap().applies(&environment(), &[]).unwrap()
}

#[test]
fn markers_hold_as_in_packaging() {
    for text in [
        "python_version > '3.9'",
        "'3.9' < python_version",
        "python_version == '3.11.*'",
        "python_version in '3.10, 3.11'",
        "python_version not  in '3.9'",
        "python_version === '3.11'",
        "python_full_version ~= '3.11.0'",
        "'linux' in sys_platform",
        "os.name == 'posix' and python_implementation == 'CPython'",
        "os_name=='nt'or os_name=='posix'",
        "platform_release == '5.15.0-91-generic'",
        // No order among texts: `<=` is equality.
        "os_name <= 'posix'",
        "extra == ''",
        "sys_platform == 'win32' and python_version > '4' or os_name == 'posix'",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in [
        "python_version < '3.9'",
        "os_name > 'a'",
        "os_name < 'z'",
        "platform_release >= '4'",
        "python_version == 'x'",
        "extra == 'test'",
        "os_name == 'posix' and (sys_platform == 'win32' or python_version < '3')",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn one_of_the_extras_is_enough() {
    let marker = Marker::parse("extra == 'Foo_Bar'").unwrap();
    let extras = ["other", "foo.bar"].map(|name| ExtraName::from_str(name).unwrap());
    assert!(marker.applies(&environment(), &extras).unwrap());
    assert!(!marker.applies(&environment(), &extras[..1]).unwrap());
}

#[test]
fn undefined_comparisons_are_left_to_pip_even_where_they_cannot_matter() {
    for text in [
        "os_name ~= 'posix'",
        "os_name == 'posix' or sys_platform === 'x'",
        "python_version ~= '3'",
    ] {
        let error = Marker::parse(text).unwrap().applies(&environment(), &[]).unwrap_err();
        assert!(error.is_unsupported(), "{text}");
    }
    let nothing = BTreeMap::new();
    assert!(
        Marker::parse("os_name == 'x'")
            .unwrap()
            .applies(&nothing, &[])
            .unwrap_err()
            .is_unsupported()
    );
    for text in [
        "os_name == sys_platform",
        "'a' == 'a'",
        "'x' in extras",
        r"os_name == 'a\x41'",
    ] {
        assert!(Marker::parse(text).unwrap_err().is_unsupported(), "{text}");
    }
    let deep = format!("{}os_name == 'x'{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(Marker::parse(&deep).unwrap_err().is_unsupported());
}

#[test]
fn untagged_builds_have_a_local_version() {
    let mut environment = environment();
    environment.insert("python_full_version".to_owned(), "3.14.0a1+".to_owned());
    let marker = Marker::parse("python_full_version >= '3.14.0a1'").unwrap();
    assert!(marker.applies(&environment, &[]).unwrap());
}

#[test]
fn what_is_no_marker_is_refused() {
    for text in [
        "",
        "python_version",
        "python_version <",
        "python_version < 3",
        "bogus == 'x'",
        "os_name == 'x' and",
        "(os_name == 'x'",
        "os_name == 'x')",
        "os_name notin 'x'",
        "os_name == \"x'",
    ] {
        let error = Marker::parse(text).unwrap_err();
        assert!(!error.is_unsupported(), "{text}");
    }
}

#[test]
fn printing_keeps_the_meaning() {
    for (text, printed) in [
        ("((os.name=='posix'))", r#"os_name == "posix""#),
        (
            "os_name=='a' and (os_name=='b' or os_name=='c') or os_name=='d'",
            r#"os_name == "a" and (os_name == "b" or os_name == "c") or os_name == "d""#,
        ),
        (
            "os_name=='a' or (os_name=='b' or os_name=='c')",
            r#"os_name == "a" or os_name == "b" or os_name == "c""#,
        ),
        ("'a\"b' in sys_platform", r#"'a"b' in sys_platform"#),
    ] {
        assert_eq!(Marker::parse(text).unwrap().to_string(), printed);
    }
}

#[test]
fn variables_are_those_named() {
    let marker = Marker::parse("python_version < '3' or extra == 'x' and sys.platform == 'y'").unwrap();
    let names: BTreeSet<_> = marker.variables().into_iter().map(super::Variable::name).collect();
    assert_eq!(names, BTreeSet::from(["python_version", "extra", "sys_platform"]));
}

/// Text of a marker with variables, operators, nesting and blanks of all kinds.
pub(crate) fn any_marker() -> impl Strategy<Value = String> {
    let variables = prop::sample::select(vec!["python_version", "os.name", "sys_platform", "platform_release", "extra"]);
    let operators = prop::sample::select(vec!["==", "!=", "<", ">=", "in", "not in"]);
    let values = prop::sample::select(vec!["3.11", "3.*", "posix", "linux", "Foo_Bar", "5.15.0-91-generic"]);
    let compared = (variables, operators, values, any::<bool>()).prop_map(|(variable, operator, value, swapped)| {
        if swapped {
            format!("'{value}' {operator} {variable}")
        } else {
            format!("{variable}  {operator} \"{value}\"")
        }
    });
    compared.prop_recursive(3, 12, 3, |inner| {
        let words = prop::sample::select(vec![" and ", " or "]);
        (inner.clone(), words, inner, any::<bool>()).prop_map(|(left, word, right, grouped)| {
            if grouped {
                format!("({left}{word}{right})")
            } else {
                format!("{left}{word}{right}")
            }
        })
    })
}

proptest! {
    #[test]
    fn reading_what_was_printed_gives_the_same(text in any_marker()) {
        let marker = Marker::parse(&text).unwrap();
        let printed = marker.to_string();
        let again = Marker::parse(&printed).unwrap();
        prop_assert_eq!(&again, &marker);
        prop_assert_eq!(again.to_string(), printed);
    }
}
