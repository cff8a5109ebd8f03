//! `snapenv venv`: what it makes beside the installed files, and how its options act.

use std::fs;
use std::process::Stdio;

use crate::index::Index;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

fn world() -> (Sandbox, Index) {
    (Sandbox::new(), filled())
}

fn filled() -> Index {
    let index = Index::start();
    index.publish(
        WheelBuilder::new("demo", "1.0")
            .requires("helper")
            .console("demo", "demo:main")
            .build(),
    );
    index.publish(WheelBuilder::new("helper", "2.0").build());
    index
}

#[test]
fn the_first_run_builds_and_the_second_is_a_hit_with_the_same_files() {
    let (sandbox, index) = (Sandbox::with_empty_store(), filled());
    let first = sandbox.venv(&index, ".venv", "demo").success();
    assert!(first.misses() > 0, "{first}");
    assert!(first.summary().starts_with("Assembled .venv: "), "{first}");
    let listing = Listing::fingerprint(&sandbox.work(".venv"));
    fs::rename(sandbox.work(".venv"), sandbox.work("first")).unwrap();
    let second = sandbox.venv(&index, ".venv", "demo").success();
    assert_eq!(second.misses(), 0, "{second}");
    assert!(second.hits() > 0, "{second}");
    assert_eq!(Listing::fingerprint(&sandbox.work(".venv")), listing);
}

#[test]
fn the_skeleton_has_what_python_m_venv_makes() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, "ours", "--prompt mine").success();
    let theirs = ["-m", "venv", "--without-pip", "--prompt", "mine", "theirs"];
    let _ = sandbox.run(&sandbox.python().executable, theirs).success();
    let ours = Listing::of(&sandbox.work("ours"));
    for (path, entry) in Listing::of(&sandbox.work("theirs")).0 {
        let found = ours.0.get(&path).unwrap_or_else(|| panic!("{path} is missing"));
        assert_eq!(std::mem::discriminant(found), std::mem::discriminant(&entry), "{path}");
    }
    let keys = |environment: &str| -> Vec<String> {
        let text = fs::read_to_string(sandbox.work(environment).join("pyvenv.cfg")).unwrap();
        text.lines()
            .filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned()))
            .collect()
    };
    for key in ["home", "include-system-site-packages", "version", "prompt"] {
        assert!(keys("ours").contains(&key.to_owned()), "{key} is not in pyvenv.cfg");
    }
    let activated = ". ours/bin/activate && python -c 'import sys; print(sys.prefix)' && echo $VIRTUAL_ENV";
    let run = sandbox.run("sh", ["-c", activated]).success();
    assert_eq!(run.stdout.lines().filter(|line| line.ends_with("/ours")).count(), 2, "{run}");
}

#[test]
fn no_seed_leaves_pip_out() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, ".venv", "--no-seed demo").success();
    let site = sandbox.python().site_packages(&sandbox.work(".venv"));
    assert!(site.join("demo").exists() && !site.join("pip").exists());
    let _ = sandbox.venv(&index, "seeded", "demo").success();
    let _ = sandbox.run(sandbox.work("seeded/bin/pip"), ["--version"]).success();
}

#[test]
fn clear_replaces_an_environment() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, ".venv", "helper").success();
    fs::write(sandbox.work(".venv/mine.txt"), "x").unwrap();
    let _ = sandbox.venv(&index, ".venv", "--clear demo").success();
    assert!(!sandbox.work(".venv/mine.txt").exists());
    assert!(sandbox.work(".venv/bin/demo").exists());
}

#[test]
fn system_site_packages_are_visible_when_asked_for() {
    let (sandbox, index) = world();
    let _ = sandbox.venv(&index, ".venv", "--system-site-packages helper").success();
    let program =
        "import site, sys; print(any('.venv' not in p and 'site-packages' in p or 'dist-packages' in p for p in sys.path))";
    let _ = sandbox
        .run(sandbox.work(".venv/bin/python"), ["-c", program])
        .success()
        .says("True");
}

#[test]
fn each_link_mode_makes_the_same_files() {
    let (sandbox, index) = world();
    let mut listings = Vec::new();
    for mode in ["hardlink", "copy"] {
        let run = sandbox.venv(&index, ".venv", &format!("--link-mode {mode} demo")).success();
        assert!(run.summary().ends_with(mode), "{run}");
        listings.push(Listing::of(&sandbox.work(".venv")).0.into_keys().collect::<Vec<_>>());
        fs::remove_dir_all(sandbox.work(".venv")).unwrap();
    }
    assert_eq!(listings[0], listings[1]);
}

#[test]
fn indexes_beside_the_first_and_no_index() {
    let (sandbox, index) = world();
    let other = Index::empty();
    other.publish(WheelBuilder::new("extra", "1.0").build());
    let _ = sandbox
        .venv(&index, "a", &format!("--extra-index-url {} demo extra", other.url()))
        .success();
    WheelBuilder::new("found", "1.0").build().write_to(&sandbox.work("links"));
    index.take_requests();
    let _ = sandbox
        .venv(&index, "b", "--no-index --no-seed --find-links links found")
        .success();
    index.assert_not_asked();
    let _ = sandbox
        .venv(&index, "c", "--no-index --no-seed --find-links links demo")
        .fails_with(1);
    let _ = sandbox
        .venv(&index, "d", &format!("--no-index --no-seed -f {} demo", index.links_url()))
        .success();
}

#[test]
fn pip_variables_name_the_index() {
    let (mut sandbox, index) = world();
    sandbox.set("PIP_INDEX_URL", index.url());
    let _ = sandbox.snapenv(["venv", ".venv", "demo"]).success();
    assert!(index.take_requests().iter().any(|request| request.path == "/simple/demo/"));
}

#[test]
fn local_projects_follow_their_sources() {
    let (sandbox, index) = world();
    SdistBuilder::new("project", "1.0")
        .requires("helper")
        .write_to(&sandbox.work("project"));
    let _ = sandbox.venv(&index, ".venv", "-e ./project").success();
    sandbox.write("project/src/project/__init__.py", "NEW = 1\n");
    let _ = sandbox
        .run(
            sandbox.work(".venv/bin/python"),
            ["-c", "import project, helper; project.NEW"],
        )
        .success();
    let _ = sandbox.venv(&index, "built", "./project").success();
    sandbox.write("project/src/project/__init__.py", "NEWER = 1\n");
    let _ = sandbox.venv(&index, "again", "./project").success();
    let _ = sandbox
        .run(sandbox.work("again/bin/python"), ["-c", "import project; project.NEWER"])
        .success();
}

#[test]
fn archives_are_plain_and_the_same_in_every_store() {
    let index = filled();
    index.publish(SdistBuilder::new("source", "1.0").build());
    let (mut first, mut second) = (Sandbox::with_empty_store(), Sandbox::with_empty_store());
    first.set("PYTHONHASHSEED", "1");
    second.set("PYTHONDONTWRITEBYTECODE", "1");
    second.set("PYTHONHASHSEED", "2");
    let archives = [&first, &second].map(|sandbox| {
        let _ = sandbox.venv(&index, ".venv", "demo source").success();
        let found = Listing::of(&sandbox.cache("v1/archives"));
        let names: Vec<String> = found.0.into_keys().filter(|path| path.ends_with(".tar.gz")).collect();
        names
            .into_iter()
            .map(|name| (fs::read(sandbox.cache("v1/archives").join(&name)).unwrap(), name))
            .collect::<Vec<_>>()
    });
    let names = |side: usize| archives[side].iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>();
    assert_eq!(names(0), names(1));
    assert!(names(0).len() >= 3, "{:?}", names(0));
    for ((one, name), (other, _)) in archives[0].iter().zip(&archives[1]) {
        assert!(one == other, "{name} has other bytes in another store");
        let listed = first
            .run("tar", ["tzf".as_ref(), first.cache("v1/archives").join(name).as_os_str()])
            .success();
        assert!(!listed.stdout.is_empty(), "{listed}");
    }
    assert!(archives[0].iter().any(|(_, name)| name.contains("demo")));
}

#[test]
fn bytecode_of_an_older_version_is_as_good_as_compiled_anew() {
    let index = Index::start();
    let lines = (0..400).map(|number| format!("def f{number}(a=\"x\"):\n    return {{a, \"é\", {number}}}\n"));
    let same = lines.collect::<Vec<_>>().concat();
    for version in ["1.0", "1.1"] {
        let changed = format!("OTHER = {version:?}\n{same}");
        let wheel = WheelBuilder::new("demo", version).file("demo/same.py", same.as_bytes());
        index.publish(wheel.file("demo/changed.py", changed).file("demo/bad.py", "def\n").build());
    }
    let (upgraded, fresh) = (Sandbox::new(), Sandbox::new());
    let _ = upgraded.venv(&index, "old", "demo==1.0").success();
    let archives = [&upgraded, &fresh].map(|sandbox| {
        let _ = sandbox.venv(&index, "new", "demo==1.1").success();
        let folder = sandbox.cache("v1/archives/demo/1.1");
        let mut found = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        fs::read(found.find(|path| path.extension().is_some_and(|end| end == "gz")).unwrap()).unwrap()
    });
    assert!(archives[0] == archives[1], "what is taken over is not what is compiled");
}

#[test]
fn two_processes_at_once_share_a_store() {
    let (sandbox, index) = (Sandbox::with_empty_store(), filled());
    let url = index.url();
    let start = |folder: &str| {
        let mut command = sandbox.snapenv_command(["venv", folder, "-i", &url, "demo"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let different = [start("one"), start("two")].map(|child| child.wait_with_output().unwrap());
    for output in different {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let same = [start("same"), start("same")].map(|child| child.wait_with_output().unwrap());
    assert!(same.iter().any(|output| output.status.success()));
    for folder in ["one", "two", "same"] {
        let _ = sandbox
            .run(sandbox.work(folder).join("bin/python"), ["-c", "import demo, helper"])
            .success();
    }
    sandbox.assert_nothing_half_done();
    assert_eq!(
        Listing::of(&sandbox.work(""))
            .0
            .keys()
            .filter(|path| !path.contains('/'))
            .count(),
        3
    );
}
