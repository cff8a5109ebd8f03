use std::path::Path;

use super::*;

fn sources() -> Vec<Source> {
    Source::all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

#[test]
fn arrows_run_down_only() {
    let arrows = arrows(&sources());
    let mut issues: Vec<String> = arrows.iter().filter_map(verdict).collect();
    issues.extend(cycles(&arrows));
    assert!(issues.is_empty(), "\n{}\n", issues.join("\n"));
}

#[test]
fn house_rules_are_kept() {
    let issues: Vec<String> = sources().iter().flat_map(Source::issues).collect();
    assert!(issues.is_empty(), "\n{}\n", issues.join("\n"));
}

#[test]
fn uses_are_read_from_code_only() {
    let source = Source::new(
        "wheel/record.rs",
        "//! crate::cli\nuse crate::{\n    fs::Atomic,\n    key::{Sha256, pipeline},\n};\n\
         fn f<'a>(x: &'a str) { crate::archive::pack(\"crate::store\", 'c', r#\"crate::\"store\"#, x, '\\''); }\n\
         use crate::Error;\nuse other_crate::cli;\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod more {\n use crate::cli::X;\n}\n",
    );
    let uses = source.crate_uses();
    let named: Vec<_> = uses.iter().map(|(name, line)| (name.as_str(), *line)).collect();
    assert_eq!(named, [("fs", 3), ("key", 4), ("archive", 6)]);
    assert_eq!(source.module().as_deref(), Some("wheel"));
}

#[test]
fn wrong_arrows_are_named_with_file_and_line() {
    let wrong =
        |path: &str, text: &str| -> Vec<String> { arrows(&[Source::new(path, text)]).iter().filter_map(verdict).collect() };
    let up = wrong("fs/link.rs", "\nuse crate::wheel::Wheel;\n");
    assert_eq!(up, ["src/fs/link.rs:2: `fs` must not use `wheel`: arrows run down only"]);
    assert_eq!(wrong("build/run.rs", "use crate::resolve::R;").len(), 1);
    assert_eq!(wrong("build/run.rs", "use crate::settings::S;").len(), 1);
    assert_eq!(wrong("settings/read.rs", "use crate::store::S;").len(), 1);
    assert_eq!(wrong("novel.rs", "use crate::fs::S;").len(), 1);
    assert_eq!(wrong("main.rs", "use crate::fs::S;").len(), 0);
    assert_eq!(wrong("pipeline.rs", "use crate::settings::S; use crate::fs::F;").len(), 0);
    let round = [
        Source::new("store/a.rs", "use crate::archive::A;"),
        Source::new("archive/b.rs", "use crate::wheel::W;"),
        Source::new("wheel/c.rs", "use crate::store::S;"),
    ];
    assert_eq!(cycles(&arrows(&round)).len(), 3);
    assert!(cycles(&arrows(&round[..2])).is_empty());
}

#[test]
fn broken_house_rules_are_named() {
    let issues = |path: &str, text: &str| Source::new(path, text).issues();
    assert_eq!(issues("a.rs", "#[allow(dead_code)]\nfn f() {}\n").len(), 1);
    assert_eq!(
        issues("a.rs", "#[expect(\n    dead_code,\n    reason = \"x\"\n)]\nfn f() {}\n").len(),
        0
    );
    assert_eq!(
        issues("a/mod.rs", "//! Docs.\n\nmod x;\n\npub use x::{\n    Y,\n    Z,\n};\n").len(),
        0
    );
    assert_eq!(issues("a/mod.rs", "pub struct X;\n").len(), 1);
    assert_eq!(issues("a.rs", &"\n".repeat(401)).len(), 1);
}
