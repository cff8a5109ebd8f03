//! Scripts of entry points.

use super::*;

/// Name and text after the first line of each script that is generated for `entry_points.txt`.
fn scripts_for(text: &str, version: (u8, u8, u16)) -> Result<Vec<(String, String)>, InvalidEntryPoint> {
    let made = match Odd::new().entry_points(text).try_lay_out_for(&facts(version)) {
        Ok(made) => made,
        Err(error) => match error.problem {
            Problem::EntryPoint(problem) => return Err(problem),
            other => panic!("{other}"),
        },
    };
    let render = |script: &Script| {
        let content = String::from_utf8(made.script(script, "/env/bin/python")).unwrap();
        let (shebang, text) = content.split_once('\n').unwrap();
        assert_eq!(shebang, "#!/env/bin/python");
        (script.path().to_owned(), text.to_owned())
    };
    Ok(made.laid.scripts.iter().map(render).collect())
}

/// Path and callable of each script.
fn calls(text: &str) -> Vec<(String, String)> {
    let scripts = scripts_for(text, (3, 11, 7)).unwrap();
    let call = |text: String| text.split("sys.exit(").nth(1).unwrap().trim_end_matches("())\n").to_owned();
    scripts.into_iter().map(|(path, text)| (path, call(text))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(path, call)| ((*path).to_owned(), (*call).to_owned()))
        .collect()
}

fn refused(text: &str) -> InvalidEntryPoint {
    scripts_for(&format!("[console_scripts]\n{text}\n"), (3, 11, 7)).unwrap_err()
}

#[test]
fn the_text_is_pips() {
    let text = "[console_scripts]\na = pkg.mod:obj.attr [extra]\n";
    let new = "import sys\nfrom pkg.mod import obj\nif __name__ == '__main__':\n    sys.argv[0] = sys.argv[0].removesuffix('.exe')\n    \
               sys.exit(obj.attr())\n";
    assert_eq!(scripts_for(text, (3, 9, 0)).unwrap(), pairs(&[("bin/a", new)]));
    let old = "# -*- coding: utf-8 -*-\nimport re\nimport sys\nfrom pkg.mod import obj\nif __name__ == '__main__':\n    \
               sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n    sys.exit(obj.attr())\n";
    assert_eq!(scripts_for(text, (3, 8, 18)).unwrap(), pairs(&[("bin/a", old)]));
}

#[test]
fn sections_comments_and_whitespace_are_pythons() {
    let text = "ignored without section\n[console_scripts]\r\n b=odd:main  \n# c = odd:c\n\na = odd:main() # not a comment\n[other]\nx = y\n\
                [gui_scripts]\ng = odd:g.h-x\n[console_scripts]\nb= odd:again\n[ console_scripts ]\nd = odd:d\n";
    assert_eq!(calls(text), pairs(&[("bin/b", "again"), ("bin/a", "main"), ("bin/g", "g.h")]));
}

#[test]
fn the_last_of_one_name_wins_in_both_places() {
    let text = "[gui_scripts]\na = odd:gui\n[console_scripts]\na = odd:console\nb = odd:b\n";
    assert_eq!(calls(text), pairs(&[("bin/a", "gui"), ("bin/b", "b"), ("bin/a", "gui")]));
}

#[test]
fn pip_and_easy_install_are_named_after_the_interpreter() {
    let text = "[console_scripts]\nz = odd:z\npip3 = odd:three\npip3.9 = odd:nine\npip = odd:pip\npip3x = odd:x\neasy_install-2.7 = odd:old\n\
                easy_install = odd:e\neasy_install-x = odd:x\n";
    let expected = [
        ("bin/pip", "pip"),
        ("bin/pip3", "pip"),
        ("bin/pip3.11", "pip"),
        ("bin/easy_install", "e"),
        ("bin/easy_install-3.11", "e"),
        ("bin/z", "z"),
        ("bin/pip3x", "x"),
        ("bin/easy_install-x", "x"),
    ];
    assert_eq!(calls(text), pairs(&expected));
    assert_eq!(
        calls("[console_scripts]\npip =\npip3 = odd:three\n"),
        pairs(&[("bin/pip3", "three")])
    );
}

#[test]
fn extras_are_read_as_distlib_reads_them() {
    for extras in ["[a]", "[a-b, c]", " [ a ]", "[a=b,c=d] and more]", "tail"] {
        assert_eq!(
            calls(&format!("[console_scripts]\na = odd:main {extras}\n")),
            pairs(&[("bin/a", "main")]),
            "{extras}"
        );
    }
    for extras in ["[a, b-c]", "[]", "[a b]", "]", "tail [a]"] {
        assert!(
            matches!(refused(&format!("a = odd:main {extras}")), InvalidEntryPoint::Value(_)),
            "{extras}"
        );
    }
}

#[test]
fn what_makes_no_script_is_refused() {
    for value in ["a = odd", "a = odd: main", "a = odd-x.y:main", "a = odd [x]"] {
        assert!(matches!(refused(value), InvalidEntryPoint::NoCallable(_)), "{value}");
    }
    for value in ["a = odd:main:x", "a = :main", "a =", "a = 1odd:main", "a = odd:main.2"] {
        assert!(matches!(refused(value), InvalidEntryPoint::Value(_)), "{value}");
    }
    for name in ["../a", "sub/a", "..", ".", "", "a b", "a\u{7}b", "a\u{202e}b", "[a", "a\\b"] {
        assert!(
            matches!(refused(&format!("{name} = odd:main")), InvalidEntryPoint::Name(_)),
            "{name}"
        );
    }
    assert!(matches!(refused("[other]\nno assignment"), InvalidEntryPoint::Line(_)));
}

#[test]
fn wrappers_of_setuptools_are_left_out() {
    let mut wheel = Odd::new().entry_points("[console_scripts]\na = odd:main\n[gui_scripts]\nÄ = odd:main\n");
    for name in [
        "a",
        "a.exe",
        "a.EXE",
        "a-script.py",
        "a.pya",
        "a.py",
        "A",
        "a.exe.exe",
        "Ä-Script.py",
    ] {
        wheel = wheel.file(&format!("odd-1.0.data/scripts/{name}"), "#!/bin/sh\n");
    }
    assert_eq!(wheel.lay_out().payload(), ["bin/A", "bin/a.exe.exe", "bin/a.py"]);
}

#[test]
fn long_and_spaced_interpreters_are_started_by_the_shell() {
    let made = Odd::new().entry_points("[console_scripts]\na = odd:main\n").lay_out();
    let first_lines = |python: &str| {
        let content = String::from_utf8(made.script(&made.laid.scripts[0], python)).unwrap();
        content.split_once("import sys").unwrap().0.to_owned()
    };
    let shell = |quoted: &str| format!("#!/bin/sh\n'''exec' {quoted} \"$0\" \"$@\"\n' '''\n");
    assert_eq!(first_lines("/a b/python"), shell("\"/a b/python\""));
    let limit = if cfg!(target_os = "macos") { 512 } else { 127 };
    let fits = format!("/{}", "x".repeat(limit - 4));
    assert_eq!(first_lines(&fits), format!("#!{fits}\n"));
    let long = format!("{fits}x");
    assert_eq!(first_lines(&long), shell(&long));
}

proptest::proptest! {
    /// Whatever is written, scripts lie in their folder and hold no more than a reference.
    #[test]
    fn any_text_is_read_or_refused(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "[console_scripts]\n", "[gui_scripts]", "pip", "a", "..", "/", "\\", " = ", "=", "m:f", "m.n:f.g", ";import os", "(", " [x]", "[", "]", "\n", "\r",
        "\u{b}", "\u{2028}", "\0", "\u{202e}", " ", "#", "1", ":", "é",
    ]), 0..12)) {
        if let Ok(scripts) = super::super::entry_points::EntryPoints::parse(&pieces.concat()).and_then(|parsed| parsed.scripts(&facts((3, 11, 7)))) {
            for script in scripts {
                let name = script.path.strip_prefix("bin/").unwrap();
                proptest::prop_assert!(!matches!(name, "" | "." | "..") && !name.contains(['/', '\n', '\r', '\0']), "{:?}", name);
                let reference = [script.module.as_str(), &script.attribute].concat();
                proptest::prop_assert!(reference.chars().all(|letter| letter.is_alphanumeric() || "._".contains(letter)), "{:?}", reference);
            }
        }
    }
}
