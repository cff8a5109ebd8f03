//! Reading as a whole: what a world of files is asked for.

mod world;

use std::path::Path;

use proptest::prelude::*;

use super::{Entry, Locality, Mode, SearchOption, Target};
use world::World;

fn projects() -> World {
    World::default()
        .with("proj/pyproject.toml", "")
        .with("old/setup.py", "")
        .with("empty/readme", "")
        .with("pkg-1.0.tar.gz", "")
        .with("foo-1.0-py3-none-any.whl", "")
}

#[test]
fn order_is_pips() {
    let world = projects()
        .with("r.txt", "from-file\n-c c.txt")
        .with("c.txt", "second<2")
        .with("d.txt", "first<1");
    let found = world.read(&["-r r.txt", "-e ./proj", "b", "  ", "a", "-c d.txt"]).unwrap();
    let texts = |entries: &[Entry]| entries.iter().map(|entry| entry.requirement.to_string()).collect::<Vec<_>>();
    assert_eq!(texts(&found.entries), ["b", "a", "-e file:///project/proj", "from-file"]);
    assert_eq!(texts(&found.constraints), ["first<1", "second<2"]);
}

#[test]
fn origins_read_as_pips() {
    let world = World::default()
        .with("in/r.txt", "\na\n-r more.txt")
        .with("in/more.txt", "b")
        .with("c.txt", "a<2");
    let found = world.read(&["x", "-r ./in/r.txt", "-c c.txt"]).unwrap();
    let origins: Vec<_> = found
        .entries
        .iter()
        .chain(&found.constraints)
        .map(|entry| entry.origin.to_string())
        .collect();
    assert_eq!(
        origins,
        [
            "command line",
            "-r ./in/r.txt (line 2)",
            "-r /project/in/more.txt (line 1)",
            "-c c.txt (line 1)"
        ]
    );
}

#[test]
fn includes_are_relative_to_their_file() {
    let world = World::default()
        .with("a/b.txt", "-c ../c.txt")
        .with("c.txt", "x<1")
        .with("a/n.txt", "n");
    let found = world
        .with("r.txt", "-ra/b.txt\n--requirement=a/n.txt\n-r a/n.txt")
        .read(&["-r r.txt"])
        .unwrap();
    assert_eq!((found.entries.len(), found.constraints.len()), (2, 1));
    let world = World::default()
        .with_url("https://h/a/r.txt", "-r ../s.txt")
        .with_url("https://h/s.txt", "s");
    assert_eq!(world.lines("-r https://h/a/r.txt"), ["s"]);
}

#[test]
fn cycles_name_their_chain() {
    let error = World::default().with("s.txt", "-r r.txt").error("x\n-r s.txt");
    let expected = "/project/s.txt:1: /project/r.txt recursively references itself (r.txt -> /project/s.txt -> /project/r.txt)\n  1 | -r r.txt\n    | ^";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_missing_file_is_shown_where_it_is_included() {
    let error = World::default().error("\n-c gone.txt");
    let expected = "r.txt:2: could not open constraint file '/project/gone.txt': not found\n  2 | -c gone.txt\n    | ^";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn local_paths_are_told_from_names() {
    let texts =
        projects().lines("./proj\nproj\nproj[x]\n./old[Extra_A]/\npkg-1.0.tar.gz\n./foo-1.0-py3-none-any.whl[b] ; os_name=='x'");
    assert_eq!(
        texts,
        [
            "file:///project/proj",
            "proj",
            "proj[x]",
            "file:///project/old[extra-a]",
            "file:///project/pkg-1.0.tar.gz",
            "foo[b] @ file:///project/foo-1.0-py3-none-any.whl ; os_name == \"x\"",
        ]
    );
    let missing = projects().with("r.txt", "gone.zip").read(&["-r r.txt"]).unwrap();
    assert!(
        missing.warnings[0].contains("'gone.zip' looks like a filename"),
        "{:?}",
        missing.warnings
    );
}

#[test]
fn what_cannot_be_installed_says_why() {
    for (line, expected) in [
        ("./empty", "directory './empty' is not installable"),
        ("-e ./gone", "./gone is not a valid editable requirement"),
        (
            "-e git+https://h/x",
            "could not detect requirement name for 'git+https://h/x'",
        ),
        ("./x.whl", "invalid wheel filename 'x.whl'"),
    ] {
        let text = projects().error(line).to_string();
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn hints_are_pips() {
    let hint = |line: &str| {
        projects()
            .with("list.txt", "# x\na==1 # y")
            .error(line)
            .hint()
            .unwrap_or_default()
    };
    assert_eq!(hint("django=5.2"), "= is not a valid operator. Did you mean == ?");
    assert_eq!(hint("./gone"), "It looks like a path. File './gone' does not exist.");
    assert!(hint("./list.txt").contains("use the '-r' flag"));
}

#[test]
fn urls_are_told_apart() {
    let world = projects().with(
        "r.txt",
        "a @ https://u:p@h/a.zip\nhttps://h/foo-1.0-py3-none-any.whl#sha256=ab; os_name=='x'\ngit+ssh://git@h/r#egg=b\nc@file:///project/proj",
    );
    let found = world.read(&["-r r.txt"]).unwrap();
    let requirements: Vec<_> = found.entries.iter().map(|entry| &entry.requirement).collect();
    assert!(matches!(&requirements[0].target, Target::Archive { link, .. } if link.secret() == "https://u:p@h/a.zip"));
    assert_eq!(requirements[0].to_string(), "a @ https://h/a.zip");
    assert_eq!(requirements[1].name().unwrap().as_ref(), "foo");
    assert_eq!(requirements[1].variables(), ["os_name"].into());
    assert!(matches!(requirements[2].target, Target::Vcs { mode: Mode::Regular, .. }));
    assert!(matches!(&requirements[3].target, Target::Folder { path, .. } if path == Path::new("/project/proj")));
    let localities: Vec<_> = requirements.iter().map(|requirement| requirement.locality()).collect();
    assert_eq!(
        localities,
        [Locality::Plain, Locality::Plain, Locality::Local, Locality::Local]
    );
    let commit = "0123456789abcdef0123456789ABCDEF01234567";
    let checkouts = [
        (format!("git+https://u@h/r.git@{commit}"), Locality::Plain),
        (format!("x @ git+ssh://git@h/r@{commit}#subdirectory=a"), Locality::Plain),
        (format!("git+https://h/r@{}", &commit[1..]), Locality::Local),
        (format!("git+https://{commit}@h/r"), Locality::Local),
        (format!("hg+https://h/r@{commit}"), Locality::Local),
        (format!("-e git+https://h/r@{commit}#egg=x"), Locality::Local),
    ];
    for (line, expected) in checkouts {
        let found = World::default().with("r.txt", line.as_str()).read(&["-r r.txt"]).unwrap();
        assert_eq!(found.entries[0].requirement.locality(), expected, "{line}");
    }
}

#[test]
fn editables_are_folders_and_repositories() {
    let texts = projects().lines(
        "-e proj[x]\n--edit=git+https://h/r#egg=b\n-e \"c[d] @ git+https://h/r ; os_name=='x'\"\n-e file:///gone#egg=e\n-e git://h/r#egg=f",
    );
    assert_eq!(
        texts,
        [
            "-e file:///project/proj[x]",
            "-e b @ git+https://h/r#egg=b",
            "-e c[d] @ git+https://h/r ; os_name == \"x\"",
            "-e e @ file:///gone#egg=e",
            "-e f @ git+git://h/r#egg=f",
        ]
    );
}

#[test]
fn lines_carry_hashes_and_settings() {
    let world = World::default().with(
        "r.txt",
        "a --hash=sha256:AB \\\n --hash sha512:cd -C x=1 --config-settings=x=2 # c\n--hash=sha256:aa",
    );
    let found = world.read(&["-r r.txt"]).unwrap();
    let hashes: Vec<_> = found.entries[0].hashes.iter().map(ToString::to_string).collect();
    assert_eq!(hashes, ["sha256:ab", "sha512:cd"]);
    assert_eq!(found.entries[0].config_settings["x"], ["1", "2"]);
    assert_eq!(
        found.warnings,
        ["r.txt line 3 has --hash but no requirement, and will be ignored."]
    );
}

#[test]
fn options_count_where_pip_counts_them() {
    let world = World::default().with("sub/links/x", "").with(
        "sub/r.txt",
        "a --pre --no-binary a\n-f links -f ignored --extra https://e --index-url https://i\n--find-links gone",
    );
    let found = world.read(&["-r sub/r.txt"]).unwrap();
    let text = |value: &str| value.to_owned();
    assert_eq!(
        found.options,
        [
            SearchOption::NoBinary(text("a")),
            SearchOption::IndexUrl(text("https://i")),
            SearchOption::ExtraIndexUrl(text("https://e")),
            SearchOption::FindLinks(text("/project/sub/links")),
            SearchOption::FindLinks(text("gone")),
        ]
    );
}

#[test]
fn options_are_read_as_optparse_reads_them() {
    for (line, expected) in [
        (
            "--no",
            "ambiguous option: --no (--no-binary, --no-index, --no-require-hashes?)",
        ),
        ("--pre=1", "--pre option does not take a value"),
        ("-f", "-f option requires 1 argument"),
        (
            "a --hash=md5:x",
            "Allowed hash algorithms for --hash are sha256, sha384, sha512",
        ),
        ("a --hash=x", "Arguments to --hash must be a hash name"),
        ("a -C x", "Arguments to -C must be of the form KEY=VAL"),
        ("--only-binary -x", "option requires 1 argument"),
        ("-e 'x", "could not split options"),
    ] {
        let error = World::default().error(line);
        assert!(!error.is_unsupported() && error.to_string().contains(expected), "{error}");
    }
    for line in ["--bogus", "a --global-option=x", "-x", "--use-feature=new"] {
        assert!(World::default().error(line).is_unsupported(), "{line}");
    }
    assert_eq!(World::default().lines("a - b\n- x\nc -- --bogus"), ["a", "c"]);
}

#[test]
fn constraints_are_names_and_versions() {
    for (line, expected) in [
        ("./proj", "Unnamed requirements are not allowed as constraints"),
        ("-e ./proj", "Editable requirements are not allowed as constraints"),
        ("a[b]<1", "Constraints cannot have extras"),
    ] {
        let error = projects().with("c.txt", line).read(&["-c c.txt"]).unwrap_err();
        assert_eq!(error.to_string(), format!("c.txt:1: {expected}\n  1 | {line}\n    | ^"));
    }
    let found = projects()
        .with("c.txt", "a @ https://h/a.zip --hash=sha256:aa")
        .read(&["-c c.txt"])
        .unwrap();
    assert_eq!(found.constraints[0].hashes.len(), 1);
}

#[test]
fn secrets_stay_out_of_errors() {
    for line in [
        "https://${TOKEN}@h/x.whl",
        "-e https://${TOKEN}@h/x",
        "https://user:se/cret@h/ x.whl ; ${TOKEN}",
        "a @ gopher://${TOKEN}@h",
        "-r https://${TOKEN}@h/r.txt",
        "--no-binary=-${TOKEN}",
        "--x${TOKEN}",
    ] {
        let error = World::default().error(&line.replace("user:se/cret", "user:secret"));
        let shown = format!("{error} {:?} {error:?}", error.hint());
        assert!(!shown.contains("se/cret") && !shown.contains("secret"), "{shown}");
    }
}

#[test]
fn the_caret_finds_its_place_behind_variables_and_secrets() {
    let error = World::default().error("a @ https://me:secret@h/a.zip ; ${TOKEN} os_name");
    let excerpt = error.excerpt().unwrap();
    assert_eq!(excerpt.text, "a @ https://****@h/a.zip ; ${TOKEN} os_name");
    assert_eq!(excerpt.column, excerpt.text.find("${TOKEN}").unwrap());
    let error = World::default().error(&format!("a=1 {}", "--hash=sha256:aa ".repeat(50)));
    assert!(error.excerpt().unwrap().text.ends_with(" ...") && error.to_string().lines().all(|line| line.len() < 140));
}

#[test]
fn what_pip_may_read_is_left_to_it() {
    for file in ["pylock.toml", "pylock.dev.toml[x]", "https://h/pylock.toml?x", "file:r.txt"] {
        let error = World::default().read(&[&format!("-r {file}")]).unwrap_err();
        assert!(error.is_unsupported(), "{file}: {error}");
    }
    assert!(
        World::default()
            .with_url("https://h/r.txt", "ä")
            .error("-r https://h/r.txt")
            .is_unsupported()
    );
    for line in ["a @ ./proj", "ftp://h/a.zip", "file://other/a", "a===x"] {
        assert!(projects().error(line).is_unsupported(), "{line}");
    }
}

#[test]
fn files_of_real_projects_are_read_whole() {
    for content in [
        include_str!("../../fixtures/requirements/data-science.txt"),
        include_str!("../../fixtures/requirements/django-cms.txt"),
    ] {
        let pins = content.lines().filter(|line| line.contains("==")).count();
        let found = World::default().with("r.txt", content).read(&["-r r.txt"]).unwrap();
        assert_eq!(found.entries.len(), pins);
        assert!(found.entries.iter().all(|entry| entry.requirement.pinned().is_some()));
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), pieces in prop::collection::vec(prop::sample::select(vec![
        "foo", "==1", "\\\n", "\n", " #", "-r ", "r.txt", "-e ", "./proj", "[", "]", ";", " --hash=sha256:a", "'", "\\", "${TOKEN}", "https://u:p@h/",
        "#egg=", "file:", "../", "é", "pkg-1.0.tar.gz", " -", "--no", "=", "@", "\u{2028}", "# coding: latin-1\n",
    ]), 0..14)) {
        for content in [bytes, pieces.concat().into_bytes()] {
            let world = projects().with("r.txt", content);
            if let Err(error) = world.read(&["-r r.txt"]) {
                let shown = error.to_string();
                prop_assert!(!shown.contains("u:p@") && !shown.contains("se/cret"), "{}", shown);
            }
        }
    }
}
