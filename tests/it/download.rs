//! `snapenv download`, and dry runs for another Python: the files that pip would have fetched, without pip.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::direct::World;
use crate::known_pip;
use crate::run::Run;
use crate::sdist_builder::SdistBuilder;
use crate::wheel_builder::WheelBuilder;

/// `native` has wheels for several systems, newer ones for fewer.
fn world() -> World {
    let world = World::new();
    let wheel = |version: &str, tag: &str| WheelBuilder::new("native", version).tag(tag).requires("helper");
    for tag in [
        "cp39-cp39-manylinux2014_x86_64",
        "cp39-cp39-manylinux_2_28_x86_64",
        "cp312-cp312-macosx_11_0_arm64",
        "cp312-abi3-macosx_10_9_universal2",
        "cp310-abi3-win_amd64",
        "pp39-pypy39_pp73-linux_x86_64",
        "py3-none-any",
    ] {
        world.index.publish(wheel("1.0", tag).build());
    }
    world.index.publish(wheel("2.0", "cp39-cp39-manylinux1_x86_64").build());
    world
        .index
        .publish(wheel("3.0", "py3-none-win_amd64").requires_python(">=3.12").build());
    world.index.publish(
        WheelBuilder::new("marked", "1.0")
            .requires("tool; python_version < '3'")
            .requires_python("<3.10")
            .build(),
    );
    world
        .index
        .publish(SdistBuilder::new("source", "1.0").requires("deep").build());
    world
}

impl World {
    fn download(&self, into: &str, arguments: &str) -> Run {
        let url = self.index.url();
        let fixed = ["download", "--python", ".venv", "-i", url.as_str(), "-v", "-d", into];
        self.sandbox.snapenv(fixed.into_iter().chain(arguments.split_whitespace()))
    }

    /// What pip itself does with some sets of arguments, one after the other in folders named by `into`; one process for all of them.
    fn pips(&self, into: &str, sets: &[&str]) -> Run {
        const PROGRAM: &str = "import sys\n\
            from pip._internal.cli.main import main\n\
            codes = [main(['download', *line.split()]) for line in sys.argv[1:]]\n\
            print('codes', *codes)\n";
        let url = self.index.url();
        let lines = sets.iter().enumerate();
        let lines = lines.map(|(number, arguments)| format!("-i {url} -d {into}-{number} {arguments}"));
        let words = ["-c", PROGRAM].into_iter().map(str::to_owned).chain(lines);
        let run = self.sandbox.run(self.sandbox.work(".venv/bin/python"), words).success();
        let _ = known_pip::started(&self.sandbox);
        run
    }

    fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.sandbox.work(folder)).into_iter().flatten();
        let paths = entries.map(|entry| entry.unwrap().path());
        let content = |path: &Path| fs::read(path).unwrap();
        paths
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), content(&path)))
            .collect()
    }

    /// Demands that no pip is started, and that the files are those that pip fetches; answers their names.
    #[track_caller]
    fn fetches_what_pip_does(&self, sets: &[&str]) -> Vec<Vec<String>> {
        let ours = |number: usize| format!("ours-{number}");
        let runs: Vec<Run> = sets
            .iter()
            .enumerate()
            .map(|(number, arguments)| self.download(&ours(number), arguments).success())
            .collect();
        assert_eq!(known_pip::started(&self.sandbox), Vec::<String>::new(), "{runs:?}");
        let theirs = self.pips("pips", sets);
        let lines = theirs.stdout.lines().filter(|line| line.starts_with(DOWNLOADED));
        assert_eq!(
            runs.iter().map(|run| downloaded(&run.stdout)).collect::<Vec<_>>(),
            lines.map(downloaded).collect::<Vec<_>>()
        );
        let compared = sets.iter().enumerate().map(|(number, arguments)| {
            let (ours, pips) = (self.files(&ours(number)), self.files(&format!("pips-{number}")));
            assert_eq!(ours, pips, "{arguments}");
            ours.into_keys().collect()
        });
        compared.collect()
    }
}

const DOWNLOADED: &str = "Successfully downloaded ";

/// The names of the last line, sorted.
fn downloaded(text: &str) -> Vec<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(DOWNLOADED));
    let mut names: Vec<String> = line.unwrap().split(' ').map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn the_files_are_those_that_pip_downloads() {
    let world = world();
    let (deep, helper) = ("deep-3.0-py3-none-any.whl", "helper-2.0-py3-none-any.whl");
    let old = "tool; python_version < '3'";
    world.sandbox.write("requirements.txt", format!("helper<2\nsource\n{old}\n"));
    let lone = world.url(&WheelBuilder::new("lone", "1.0").requires("deep").build());
    // What is installed is downloaded all the same.
    let _ = world.install("helper==2.0 deep==3.0").success();
    let files = world.fetches_what_pip_does(&[
        "helper Tool",
        "source --no-deps",
        "-r requirements.txt",
        "helper==2.0 deep==3.0",
        &lone,
    ]);
    assert_eq!(files[0], [deep, helper, "tool-1.0-py3-none-any.whl"]);
    assert_eq!(files[1], ["source-1.0.tar.gz"]);
    assert_eq!(files[2], [deep, "helper-1.0-py3-none-any.whl", "source-1.0.tar.gz"]);
    assert_eq!(files[3], [deep, helper]);
    assert_eq!(files[4], [deep, "lone-1.0-py3-none-any.whl"]);
    let _ = world
        .download("again", "helper==2.0 deep==3.0")
        .says("answered from known pins");
}

#[test]
fn wheels_for_another_python_are_those_that_pip_chooses() {
    let world = world();
    let targets = [
        (
            "--python-version 3.9 --platform manylinux2014_x86_64",
            "2.0-cp39-cp39-manylinux1_x86_64",
        ),
        (
            "--python-version 39 --platform manylinux_2_28_x86_64",
            "1.0-cp39-cp39-manylinux_2_28_x86_64",
        ),
        (
            "--python-version 3.12.4 --platform macosx_14_0_arm64",
            "1.0-cp312-cp312-macosx_11_0_arm64",
        ),
        (
            "--python-version 3.13 --platform macosx_10_13_x86_64",
            "1.0-cp312-abi3-macosx_10_9_universal2",
        ),
        ("--python-version 3.12 --platform win_amd64", "3.0-py3-none-win_amd64"),
        ("--python-version 3.11 --platform win_amd64", "1.0-cp310-abi3-win_amd64"),
        (
            "--python-version 3.9 --implementation pp --abi pypy39_pp73 --platform linux_x86_64",
            "1.0-pp39-pypy39_pp73-linux_x86_64",
        ),
        ("--python-version 3 --abi none", "1.0-py3-none-any"),
    ];
    let sets = targets.map(|(target, _)| format!("--only-binary :all: {target} native"));
    // Markers are those of the interpreter that runs, Requires-Python is the target's.
    let old = "--only-binary :all: --python-version 3.9 marked";
    let sets: Vec<&str> = sets.iter().map(String::as_str).chain([old]).collect();
    let mut files = world.fetches_what_pip_does(&sets);
    assert_eq!(files.pop().unwrap(), ["marked-1.0-py3-none-any.whl"]);
    for ((target, chosen), files) in targets.iter().zip(files) {
        assert!(files.contains(&format!("native-{chosen}.whl")), "{target}: {files:?}");
    }
    let new = "--only-binary :all: --python-version 3.12 marked";
    let refused = world.download("none", new).fails_with(1);
    assert_eq!(known_pip::started(&world.sandbox), Vec::<String>::new(), "{refused}");
    let _ = world.pips("none", &[new]).says("codes 1");
    // A dry run of an installation may mean another Python, too; pips before 26 want `--target` there.
    let run = world.install("--dry-run --only-binary :all: --python-version 3.12 --platform win_amd64 native");
    let _ = run.success().says("Would install deep-3.0 helper-2.0 native-3.0");
    assert_eq!(known_pip::started(&world.sandbox), Vec::<String>::new());
}

#[test]
fn what_is_there_already_stays_unless_it_is_another_file() {
    let world = world();
    let _ = world
        .download("wheels", "helper")
        .success()
        .says("Saved ./wheels/helper-2.0-py3-none-any.whl");
    let before = world.files("wheels");
    world.index.take_requests();
    let run = world.download("wheels", "helper").success();
    let _ = run
        .says("File was already downloaded")
        .says("Successfully downloaded helper deep");
    let fetched = world.index.take_requests();
    assert!(fetched.iter().all(|request| !request.path.ends_with(".whl")), "{fetched:?}");
    // Half a file, as from a machine that was switched off.
    let helper = world.sandbox.work("wheels/helper-2.0-py3-none-any.whl");
    fs::write(&helper, "half").unwrap();
    let left = world.sandbox.work("wheels/.snapenv-download-dead");
    fs::create_dir(&left).unwrap();
    let run = world.download("wheels", "helper").success();
    let _ = run.says("has another hash").says("Saved ./wheels/helper");
    assert_eq!(world.files("wheels"), before);
    // By a variable and in a folder that does not exist yet; `PIP_UPGRADE` is said to another command.
    let url = world.index.url();
    let mut command = world
        .sandbox
        .snapenv_command(["download", "--python", ".venv", "-i", &url, "-v", "helper"]);
    command
        .env("PIP_DEST", "by/variable")
        .env("PIP_UPGRADE", "1")
        .env("PIP_USER", "1");
    let _ = world.sandbox.finish(command).success().never_says("handing over");
    assert_eq!(world.files("by/variable"), before);
}

#[test]
fn what_only_pip_can_download_is_left_to_pip() {
    let world = world();
    world
        .sandbox
        .write("project/pyproject.toml", "[project]\nname = 'local'\nversion = '1'\n");
    let left = [
        ("./project --no-deps", "is no file"),
        ("--platform win_amd64 native", "sdists are allowed"),
        ("--platform ios_13_0_arm64_iphoneos --only-binary :all: native", "its tags"),
    ];
    let pips = world.pips("pips", &left.map(|(arguments, _)| arguments));
    let codes: Vec<&str> = pips.stdout.lines().last().unwrap().split(' ').skip(1).collect();
    for (number, (arguments, reason)) in left.into_iter().enumerate() {
        let _ = known_pip::started(&world.sandbox);
        let ours = format!("ours-{number}");
        let run = world.download(&ours, arguments).says(reason);
        assert_ne!(known_pip::started(&world.sandbox), Vec::<String>::new(), "{run}");
        assert_eq!(run.status.code().unwrap().to_string(), codes[number], "{run}\n{pips}");
        assert_eq!(world.files(&ours), world.files(&format!("pips-{number}")));
    }
    let run = world
        .download("ours", "--python-version 3.x --only-binary :all: native")
        .fails_with(2);
    let _ = run.says("invalid --python-version value: '3.x'");
    // An installation for another Python needs a folder of its own, which is pip's.
    let run = world.install("--platform win_amd64 --only-binary :all: native").fails_with(1);
    let _ = run.says("--platform is pip's alone").says("--target");
}

#[test]
fn what_is_complete_is_kept_when_something_else_fails() {
    let world = world();
    let wheel = WheelBuilder::new("broken", "1.0").requires("helper").build();
    world.index.publish(wheel.clone());
    // Their answer is known, and needs no file.
    let pins = "broken==1.0 helper==2.0 deep==3.0";
    let _ = world.install(pins).success();
    let url = world.index.file_url(&wheel);
    let path = &url[url.find("/files").unwrap()..];
    world.index.fail_at(path, 404);
    let _ = world.download("ours", pins).fails_with(1).says("404");
    let files = world.files("ours");
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["deep-3.0-py3-none-any.whl", "helper-2.0-py3-none-any.whl"]
    );
    world.sandbox.assert_nothing_half_done();
}
