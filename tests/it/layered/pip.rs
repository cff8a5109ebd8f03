//! Real pip in an environment over a layer: it sees all, and changes nothing of the store.

use super::world::World;
use crate::tree::Listing;

/// The environments `flat` and `layered` are of the same request.
pub(super) fn lists_the_same_and_writes_nothing_into_the_store(world: &World) {
    let sandbox = &world.sandbox;
    let pip = |environment: &str, arguments: &str| {
        let python = sandbox.work(environment).join("bin/python");
        let fixed = ["-m", "pip", "--disable-pip-version-check"];
        sandbox.run(python, fixed.into_iter().chain(arguments.split(' ')))
    };
    for arguments in ["list --format json", "freeze --all", "check"] {
        assert_eq!(
            pip("layered", arguments).success().stdout,
            pip("flat", arguments).success().stdout
        );
    }
    let before = store(world);
    let _ = pip("layered", "uninstall -y helper").says("outside environment");
    world.runs("layered");
    let _ = pip("layered", &format!("install -i {} -U helper", world.index.url())).success();
    let python = sandbox.work("layered/bin/python");
    let _ = sandbox
        .run(&python, ["-c", "import helper; print(helper.__version__)"])
        .success()
        .says("2.0");
    let _ = pip("layered", "list").success().says("2.0");
    // What lies above the layer is the environment's own, and can go again.
    let _ = pip("layered", "uninstall -y helper").success();
    let _ = sandbox
        .run(&python, ["-c", "import helper; print(helper.__version__)"])
        .success()
        .says("1.0");
    let _ = pip("layered", "install --no-index helper")
        .success()
        .says("already satisfied");
    assert_eq!(store(world), before);
    let _ = world.layered("again").never_says("changed");
}

fn store(world: &World) -> Listing {
    let mut listing = Listing::of(&world.sandbox.cache("v1"));
    // Root's Python may leave bytecode of what it compiles.
    listing.0.retain(|path, _| !path.ends_with(".pyc"));
    listing
}
