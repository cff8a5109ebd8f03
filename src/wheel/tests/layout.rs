//! Places, RECORD and scripts of the wheel.

use super::*;
use crate::fs::Limits;

/// Everything at once: the golden text is the RECORD that pip 26.3 wrote for this wheel.
#[test]
fn record_is_pips() {
    let made = Odd::new()
        .file("odd.py", "def main(): pass\n")
        .file("a,b.txt", "comma\n")
        .file("__pycache__/odd.cpython-311.pyc", "stale")
        .file("odd-1.0.data/purelib/odd.py", "x = 1\n")
        .file("odd-1.0.data/data/share/odd/notes", "notes\n")
        .file("odd-1.0.data/headers/odd.h", "#define ODD\n")
        .file("other.data/purelib/more.py", "")
        .file_with("odd-1.0.data/scripts/tool", "#!python\nprint()\n", 0o755)
        .file("odd-1.0.data/scripts/tool.py", "#!pythonw -x\r\nprint()\n")
        .file("odd-1.0.data/scripts/late", "#!python")
        .file("odd-1.0.data/scripts/plain", "#!/bin/sh\n")
        .file("odd-1.0.data/scripts/cli", "#!python\nfrom setuptools\n")
        .file("odd-1.0.data/scripts/cli-script.py", "#!python\nfrom setuptools\n")
        .file("odd-1.0.dist-info/INSTALLER", "elsewhere\n")
        .file("unlisted.py", "")
        .entry_points("[console_scripts]\ncli = odd:main\nboth = odd:one\n[gui_scripts]\nboth = odd:two.three [extra]\n")
        .unlisted("unlisted.py")
        .unlisted("odd-1.0.data/scripts/late")
        .lay_out();
    let expected = include_str!("everything.RECORD").replace('\n', "\r\n");
    assert_eq!(made.installed_record("/env/bin/python"), expected);
    assert_eq!(
        made.payload(),
        [
            "bin/late",
            "bin/plain",
            "bin/tool",
            "bin/tool.py",
            "include/site/python3.11/Odd/odd.h",
            "lib/python3.11/site-packages/__pycache__/odd.cpython-311.pyc",
            "lib/python3.11/site-packages/a,b.txt",
            "lib/python3.11/site-packages/more.py",
            "lib/python3.11/site-packages/odd.py",
            "lib/python3.11/site-packages/unlisted.py",
            "share/odd/notes",
        ]
    );
    assert_eq!(made.read("lib/python3.11/site-packages/odd.py"), "x = 1\n");
    assert_eq!(made.laid.warnings.len(), 3, "{:?}", made.laid.warnings);
    let sources: Vec<String> = made.laid.sources().into_iter().map(|source| source.record).collect();
    assert_eq!(sources, ["../../../bin/tool.py", "more.py", "odd.py", "unlisted.py"]);
}

#[test]
fn rows_stay_as_odd_as_they_are() {
    let record =
        "odd.py,sha256=abc,9,more,still\ngone.py,md5=x,4\nodd.py,,5\n../../../bin/elsewhere,,\nodd-1.0.dist-info/WHEEL\n";
    let made = Odd::new().file("odd.py", "").record(record).lay_out();
    let expected = "../../../bin/elsewhere,,\r\ngone.py,md5=x,4\r\nodd-1.0.dist-info/METADATA,,\r\nodd-1.0.dist-info/RECORD,,\r\n\
                    odd-1.0.dist-info/WHEEL,,\r\nodd.py,,5\r\nodd.py,sha256=abc,9\r\n";
    assert_eq!(made.installed_record("/env/bin/python"), expected);
    assert_eq!(
        made.laid.warnings,
        [
            "RECORD has more than three fields for \"odd.py\"",
            "\"odd.py\" is not the file that RECORD describes",
            "RECORD lists \"gone.py\", which is not in the wheel",
            "RECORD lists \"../../../bin/elsewhere\", which is not in the wheel",
            "RECORD does not list \"odd-1.0.dist-info/METADATA\"",
        ]
    );
}

#[test]
fn rows_that_pip_or_uninstalling_would_stumble_over_are_refused() {
    assert!(matches!(Odd::new().record("a,,\n\nb,,\n").refused(), Problem::EmptyRow(2)));
    for path in ["../../../../etc/passwd", "/etc/passwd", "a/../../../../../x", "../../.."] {
        assert!(
            matches!(Odd::new().record(&format!("{path},,\n")).refused(), Problem::RowEscapes(_)),
            "{path}"
        );
    }
}

/// A terminal shows these texts, so nothing in them may steer it.
#[test]
fn messages_are_escaped() {
    let escape = "\u{1b}[2J";
    let record = Odd::new().record(&format!("{escape},,\n"));
    assert!(record.lay_out().laid.warnings.iter().all(|text| !text.contains('\u{1b}')));
    for wheel in [
        Odd::new().record(&format!("/{escape},,\n")),
        Odd::new().entry_points(&format!("[console_scripts]\na = {escape}\n")),
        Odd::new().entry_points(&format!("[console_scripts]\n{escape} = a:b\n")),
        Odd::new().file(&format!("{INFO}/METADATA"), format!("Name: odd\nVersion: {escape}\n")),
        Odd::new().file(&format!("{INFO}/METADATA"), format!("Name: {escape}\nVersion: 1\n")),
        Odd::new().file(&format!("{INFO}/WHEEL"), format!("Wheel-Version: {escape}\n")),
        Odd::new().file(escape, ""),
    ] {
        assert!(!wheel.refused().to_string().contains('\u{1b}'));
    }
}

#[test]
fn later_parts_replace_earlier_ones() {
    let made = Odd::new()
        .file("odd-1.0.data/scripts/run", "#!python\n")
        .file_with("odd-1.0.data/data/bin/run", "data", 0o755)
        .file("odd-1.0.data/purelib/odd.py", "data")
        .file_with("odd.py", "root", 0o755)
        .lay_out();
    assert_eq!(made.payload(), ["bin/run", "lib/python3.11/site-packages/odd.py"]);
    assert_eq!(made.read("lib/python3.11/site-packages/odd.py"), "data");
    assert_eq!(
        made.laid.files.iter().map(|file| file.mode).collect::<Vec<_>>(),
        [Mode::Plain; 4]
    );
    // Two rows lead to the script, and pip writes the new digest into both.
    assert_eq!(made.laid.scripts.len(), 2);
    assert!(made.laid.scripts.iter().all(|script| script.path() == "bin/run"));
}

#[test]
fn damage_is_told_of_files_that_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let wheel = Odd::new()
        .file("odd.py", "root, stored")
        .file("odd-1.0.data/purelib/odd.py", "data")
        .stored()
        .build(folder.path());
    let mut bytes = fs::read(&wheel).unwrap();
    let at = bytes.windows(4).position(|window| window == b"root").unwrap();
    bytes[at] = b'R';
    fs::write(&wheel, bytes).unwrap();
    let facts = facts((3, 11, 7));
    let destination = Destination {
        facts: &facts,
        staging: folder.path(),
        project: "odd",
        limits: Limits::default(),
    };
    let error = Wheel::open(&wheel).unwrap().lay_out(&destination).unwrap_err();
    assert!(matches!(error.problem, Problem::Container(Fault::Checksum(ref name)) if name == "odd.py"));
    assert!(error.hint().is_some());
}

#[test]
fn entry_points_replace_files() {
    let made = Odd::new()
        .file("odd-1.0.data/data/bin/run", "data")
        .entry_points("[console_scripts]\nrun = odd:main\n")
        .lay_out();
    assert_eq!(made.payload(), [""; 0]);
    let rows = made.laid.rows.iter().filter(|row| row.path == "../../../bin/run");
    assert_eq!(rows.count(), 1);
}

#[test]
fn names_are_normalized_as_pip_does() {
    let made = Odd::new()
        .file("a/../b.py", "")
        .file("./c//d.py", "")
        .file("odd-1.0.data//scripts/not-fixed", "#!python\n")
        .file("odd-1.0.data/scripts/../purelib/fixed", "#!python\n")
        .file("back\\slash", "")
        .lay_out();
    let library = "lib/python3.11/site-packages/";
    let expected = ["b.py", "back\\slash", "c/d.py", "fixed"].map(|name| format!("{library}{name}"));
    assert_eq!(made.payload()[0], "bin/not-fixed");
    assert_eq!(made.payload()[1..], expected);
    assert_eq!(made.laid.scripts.len(), 1);
    assert_eq!(made.laid.scripts[0].path(), "lib/python3.11/site-packages/fixed");
}

#[test]
fn files_stay_in_their_folders() {
    for name in ["../x", "a/../../x", "/etc/x", "..", "//x"] {
        assert!(matches!(Odd::new().file(name, "").refused(), Problem::Escapes(_)), "{name}");
    }
    for name in ["odd-1.0.data/x", "x.data", "odd-1.0.data/data/../../../x"] {
        assert!(matches!(Odd::new().file(name, "").refused(), Problem::DataFile(_)), "{name}");
    }
    for name in [
        "odd-1.0.data/docs/x",
        "odd-1.0.data/../../../etc/x",
        "odd-1.0.data/data/../../a/b/c",
    ] {
        assert!(
            matches!(Odd::new().file(name, "").refused(), Problem::SchemeKey { .. }),
            "{name}"
        );
    }
}

#[test]
fn links_and_special_modes_are_plain_files() {
    let made = Odd::new().file_with("link", "odd.py", 0o120_777).lay_out();
    assert_eq!(made.read("lib/python3.11/site-packages/link"), "odd.py");
    assert_eq!(made.laid.files[0].mode, Mode::Plain);
}

#[test]
fn a_file_cannot_be_a_folder() {
    assert!(matches!(
        Odd::new().file("a", "").file("a/b", "").refused(),
        Problem::FileAndFolder(path) if path.ends_with("/a")
    ));
}

#[test]
fn first_lines_are_rewritten_plainly() {
    let script = Script::Wheel(Rewritten {
        path: "bin/x".to_owned(),
        listing: Listing::Hashed,
    });
    let python = Path::new("/with space/bin/python");
    assert_eq!(
        render(&script, python, Some(b"#!python -u\r\nx\r\n")),
        b"#!/with space/bin/python\nx\r\n"
    );
    assert_eq!(render(&script, python, Some(b"#!python")), b"#!/with space/bin/python\n");
}
