//! Type checkers do not run the environment's Python as it runs itself: they read its folders and `.pth` files.

use super::{Pair, Place, pinned, sandbox};

/// Packages with `py.typed`, with stubs in another distribution, and in namespaces.
const GOOD: &str = "\
import attrs
import django.conf
import google.auth
import google.cloud.storage
import pytest
import requests
import ruamel.yaml


@attrs.define
class Point:
    x: int


def fetch(point: Point) -> str:
    return requests.get(f'http://localhost/{point.x}').text


fetch(Point(x=1))
";

const BAD: &str = "\
import attrs
import requests


@attrs.define
class Point:
    x: int


number: int = requests.get('http://localhost').text
Point(x='one')
";

#[test]
fn mypy_finds_types() {
    let Some(sandbox) = sandbox("mypy_finds_types") else {
        return;
    };
    let pair = Pair::of(&sandbox, &[&pinned("tools.txt")]);
    sandbox.write("good.py", GOOD);
    sandbox.write("bad.py", BAD);
    let arguments = [
        "--no-incremental",
        "--no-error-summary",
        "--disable-error-code=import-untyped",
    ];
    assert_eq!(pair.same("mypy", arguments.iter().chain(&["good.py"])), "");
    for place in [&pair.flat, &pair.layered] {
        let wrong = place.run("mypy", arguments.iter().chain(&["bad.py"])).fails_with(1);
        let _ = wrong.says("bad.py:10: error").says("bad.py:11: error").never_says("import");
        // A checker of another environment reads this one from outside.
        let outside = sandbox.run(
            pair.flat.program("mypy"),
            ["--python-executable", place.program("python").to_str().unwrap(), "good.py"],
        );
        let _ = outside.fails_with(1).says("import-untyped").never_says("import-not-found");
    }
}

#[test]
fn pyright_finds_types() {
    let Some(sandbox) = sandbox("pyright_finds_types") else {
        return;
    };
    let pair = Pair::of(&sandbox, &[&pinned("tools.txt")]);
    let good = sandbox.write("good.py", GOOD);
    let bad = sandbox.write("bad.py", BAD);
    let check = |place: &Place, file: &std::path::Path| {
        let python = place.program("python");
        let arguments = [
            "--level",
            "error",
            "--pythonpath",
            python.to_str().unwrap(),
            file.to_str().unwrap(),
        ];
        place.run("basedpyright", arguments)
    };
    for place in [&pair.flat, &pair.layered] {
        let _ = check(place, &good).success().says("0 errors");
        let _ = check(place, &bad)
            .fails_with(1)
            .says("bad.py:10:")
            .says("bad.py:11:")
            .says("2 errors");
        // Configured by folder, it runs no Python, but reads the plain line of `000_snapenv.pth`.
        let name = place.folder.file_name().unwrap().to_str().unwrap();
        sandbox.write(
            "pyrightconfig.json",
            format!(r#"{{"venvPath": ".", "venv": "{name}", "include": ["good.py"]}}"#),
        );
        let _ = place.run("basedpyright", ["--level", "error"]).success().says("0 errors");
    }
}
