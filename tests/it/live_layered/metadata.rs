//! What is installed, as pip and `importlib` see it.

use super::{Pair, pinned, sandbox};

#[test]
fn pip_lists_checks_and_freezes_the_same() {
    let Some(sandbox) = sandbox("pip_lists_checks_and_freezes_the_same") else {
        return;
    };
    let pair = Pair::of(&sandbox, &[&pinned("tools.txt")]);
    let list = pair.same("pip", ["list"]);
    assert!(list.lines().count() > 80, "{list}");
    let freeze = pair.same("python", ["-m", "pip", "freeze", "--all"]);
    assert!(
        freeze.contains("ruamel.yaml.clib==") && freeze.contains("\npip=="),
        "{freeze}"
    );
    assert_eq!(pair.same("pip", ["check"]), "No broken requirements found.\n");
    let shown = pair.same("pip", ["show", "-f", "Django", "jmespath"]);
    assert!(shown.contains("../../../bin/jp.py"), "{shown}");
    // A request for what is there changes nothing.
    let again = pair
        .layered
        .run("pip", ["install", "--no-index", "django", "google-cloud-storage"]);
    let _ = again.success().says("Requirement already satisfied: django in");
}

#[test]
fn every_file_of_every_distribution_is_there() {
    let Some(sandbox) = sandbox("every_file_of_every_distribution_is_there") else {
        return;
    };
    let pair = Pair::of(&sandbox, &[&pinned("tools.txt")]);
    let seen = pair.same_script("distributions.py", &[]);
    assert!(seen.contains("django"), "{seen}");
    let seen = pair.same_script("resources.py", &[]);
    assert!(seen.contains("pytest11"), "{seen}");
}
