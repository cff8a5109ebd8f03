//! HTTP/2 with TLS: one connection for all pages and METADATA, and what happens when it ends in the middle.

use crate::index::Index;
use crate::known_pip;
use crate::sandbox::Sandbox;
use crate::tls_front::{Seen, TlsFront, Trouble};
use crate::tree::Listing;
use crate::wheel_builder::WheelBuilder;

/// Projects, each of which requires the next.
const COUNT: usize = 8;

struct World {
    sandbox: Sandbox,
    front: TlsFront,
    _index: Index,
}

impl World {
    fn new(what: &str) -> Option<Self> {
        let (mut sandbox, index) = (Sandbox::with_empty_store(), Index::empty());
        index.publish(known_pip::wheel());
        for number in 0..COUNT {
            let wheel = WheelBuilder::new(&format!("link{number}"), "1.0").file("shared/big.txt", "x".repeat(40_000));
            let next = format!("link{}", number + 1);
            let last = number + 1 == COUNT;
            index.publish(if last { wheel } else { wheel.requires(&next) }.build());
        }
        let front = TlsFront::start(&sandbox, &index, what)?;
        known_pip::watch(&mut sandbox);
        Some(Self {
            sandbox,
            front,
            _index: index,
        })
    }

    /// Makes an environment from nothing, amid `trouble`.
    fn venv(&mut self, folder: &str, trouble: Trouble) -> (Seen, Listing) {
        // Nothing is known of the index but its pip.
        let store = self.sandbox.root().join(format!("store-{folder}"));
        self.sandbox.set("SNAPENV_CACHE_DIR", store);
        let (url, ca) = (self.front.url(), self.front.ca.to_str().unwrap());
        self.front.trouble(Trouble::None);
        let bare = self
            .sandbox
            .snapenv(["venv", "bare", "--no-seed", "--no-compile", "-i", &url, "--cert", ca]);
        let _ = bare.success();
        self.front.trouble(trouble);
        let names = (0..COUNT).step_by(3).map(|number| format!("link{number}"));
        let fixed = [
            "venv",
            folder,
            "-v",
            "-i",
            &url,
            "--cert",
            ca,
            "--retries",
            "4",
            "--no-compile",
            "--no-seed",
        ]
        .map(str::to_owned);
        let run = self.sandbox.snapenv(fixed.into_iter().chain(names)).success();
        let _ = run
            .says("resolved as by pip")
            .never_says("pip is asked")
            .never_says("resolving with pip");
        let seen = self.front.seen();
        assert_eq!(
            known_pip::started(&self.sandbox),
            Vec::<String>::new(),
            "{trouble:?}: {seen:?}"
        );
        let site = self.sandbox.python().site_packages(&self.sandbox.work(folder));
        (seen, Listing::of(&site))
    }
}

#[test]
fn pages_share_a_connection_and_survive_its_end() {
    let Some(mut world) = World::new("http2::pages_share_a_connection") else {
        return;
    };
    let (seen, expected) = world.venv("quiet", Trouble::None);
    assert_eq!((seen.shared, seen.ended), (1, 0), "{seen:?}");
    assert!(
        seen.paths.len() >= 2 * COUNT && !seen.paths.iter().any(|path| path.ends_with(".whl")),
        "{seen:?}"
    );
    assert!(seen.apart > 0, "wheels have connections of their own: {seen:?}");
    for (folder, trouble) in [
        ("away", Trouble::GoAway(4)),
        ("abrupt", Trouble::Abrupt(4)),
        ("refused", Trouble::Refused),
        ("reset", Trouble::Reset),
    ] {
        let (seen, made) = world.venv(folder, trouble);
        assert!(seen.ended > 1, "{trouble:?}: {seen:?}");
        assert_eq!(
            made.0.keys().collect::<Vec<_>>(),
            expected.0.keys().collect::<Vec<_>>(),
            "{trouble:?}"
        );
    }
}

#[test]
fn a_certificate_of_an_unknown_ca_is_refused() {
    let Some(world) = World::new("http2::a_certificate_of_an_unknown_ca") else {
        return;
    };
    let url = world.front.url();
    let run = world
        .sandbox
        .snapenv(["venv", "none", "-i", &url, "--retries", "0", "link0"])
        .fails();
    let _ = run.never_says("Assembled");
    assert_eq!(world.front.seen().paths, Vec::<String>::new());
}

/// Found on the way: pips that fetch something for us were not told of the CA.
#[test]
fn a_pip_that_looks_for_a_newer_one_knows_the_ca() {
    let Some(world) = World::new("http2::a_pip_that_looks_for_a_newer_one") else {
        return;
    };
    world.front.trouble(Trouble::Refused);
    let (url, ca) = (world.front.url(), world.front.ca.to_str().unwrap());
    let run = world
        .sandbox
        .snapenv(["venv", "new", "-v", "--no-compile", "-i", &url, "--cert", ca])
        .success();
    let site = world.sandbox.python().site_packages(&world.sandbox.work("new"));
    let pip = format!("pip-{}.dist-info", known_pip::VERSION);
    assert!(site.join(pip).is_dir(), "{run}");
}
