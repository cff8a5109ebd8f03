//! What other tools install over a layer goes into the environment; the store stays as it is.

use std::fs;

use super::{Pair, Place, sandbox};
use crate::artifact::sha256;
use crate::tree::{Entry, Listing};

const REQUEST: [&str; 4] = ["--no-deps", "six==1.16.0", "sqlparse==0.5.2", "jmespath==1.0.1"];

const PROJECT: &str = "
[build-system]
requires = ['setuptools>=77']
build-backend = 'setuptools.build_meta'
[project]
name = 'own-project'
version = '1.0'
dependencies = ['six']
[project.scripts]
own = 'own:main'
[tool.setuptools]
py-modules = ['own']
";

/// Every entry of the layer, and the content of each file.
fn digest(place: &Place) -> (Listing, Vec<String>) {
    let listing = Listing::of(&place.layer());
    let files = listing.0.iter().filter(|(_, entry)| matches!(entry, Entry::File(_)));
    let contents = files.map(|(path, _)| sha256(&fs::read(place.layer().join(path)).unwrap()));
    let contents = contents.collect();
    (listing, contents)
}

#[test]
fn raw_pip_shadows_and_leaves_the_store_alone() {
    let Some(sandbox) = sandbox("raw_pip_shadows_and_leaves_the_store_alone") else {
        return;
    };
    let place = Place::layered(&sandbox, "env", &REQUEST);
    let before = digest(&place);
    let refused = place.run("pip", ["uninstall", "-y", "six"]);
    let _ = refused.says("Not uninstalling six at").says("Can't uninstall 'six'");
    let _ = place.code("import six").success();
    let _ = place
        .run("pip", ["install", "-U", "six==1.17.0"])
        .success()
        .says("Successfully installed six-1.17.0");
    let version = place.code("import six; from importlib.metadata import version as v; print(six.__version__, v('six'))");
    assert_eq!(version.success().stdout, "1.17.0 1.17.0\n");
    let list = place.run("pip", ["list", "--format=freeze"]).success();
    assert_eq!(list.stdout.matches("six==").count(), 1, "{list}");
    let _ = list.says("six==1.17.0").says("sqlparse==0.5.2");
    let _ = place
        .run("pip", ["install", "--force-reinstall", "--no-deps", "jmespath==1.0.1"])
        .success();
    // What pip installed, it removes; then the layer's shows again.
    let _ = place
        .run("pip", ["uninstall", "-y", "six"])
        .success()
        .says("Successfully uninstalled six-1.17.0");
    assert_eq!(place.code("import six; print(six.__version__)").success().stdout, "1.16.0\n");
    let _ = place.run("pip", ["install", "-U", "pip"]).success();
    let _ = place
        .python(["-m", "compileall", "-q", place.own_library().to_str().unwrap()])
        .success();
    let after = digest(&place);
    assert!(before == after, "the layer changed");
}

#[test]
fn editable_installs_go_on_top() {
    let Some(sandbox) = sandbox("editable_installs_go_on_top") else {
        return;
    };
    sandbox.write("pyproject.toml", PROJECT);
    sandbox.write("own.py", "import six\ndef main(): print('own over', six.__version__)\n");
    let together: Vec<&str> = REQUEST[1..].iter().copied().chain(["-e", "."]).collect();
    let pair = Pair::of(&sandbox, &together);
    assert_eq!(pair.same("own", Vec::<&str>::new()), "own over 1.16.0\n");
    let afterwards = Place::layered(&sandbox, "afterwards", &REQUEST);
    let _ = afterwards.run("pip", ["install", "-e", "."]).success();
    for place in [&pair.flat, &pair.layered, &afterwards] {
        let _ = place.run("own", Vec::<&str>::new()).success().says("own over 1.16.0");
        let listed = place.run("pip", ["list", "--editable"]).success();
        let _ = listed.says("own-project").never_says("six");
        sandbox.write("own.py", "import six\ndef main(): print('edited')\n");
        let _ = place.run("own", Vec::<&str>::new()).success().says("edited");
        sandbox.write("own.py", "import six\ndef main(): print('own over', six.__version__)\n");
    }
    let _ = afterwards.run("pip", ["uninstall", "-y", "own-project"]).success();
    let _ = afterwards.code("import own").success();
    assert!(!fs::exists(afterwards.program("own")).unwrap());
}

#[test]
fn uv_installs_on_top() {
    let Some(sandbox) = sandbox("uv_installs_on_top") else {
        return;
    };
    let uv = Place::flat(&sandbox, "uv", &["uv==0.9.0"]).program("uv");
    let place = Place::layered(&sandbox, "env", &REQUEST);
    let before = digest(&place);
    // uv looks into the environment's own folder only, so it does not see what is there already (docs/layered.md).
    let list = sandbox.run(&uv, ["pip", "list", "-p", "env"]).success();
    assert_eq!(list.stdout, "");
    let installed = sandbox.run(&uv, ["pip", "install", "--no-deps", "-p", "env", "six==1.17.0"]);
    let _ = installed.success();
    assert_eq!(
        place.code("import six, sqlparse; print(six.__version__)").success().stdout,
        "1.17.0\n"
    );
    assert!(before == digest(&place), "the layer changed");
}
