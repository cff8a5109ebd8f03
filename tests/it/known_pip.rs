//! A pip that the native search knows by its version: the newest one of this machine's interpreters, which calls itself 26.3.
//!
//! Where the rules of both agree it is an oracle, and it notes how it was started.

use std::fs;
use std::io::{Cursor, Read as _};
use std::sync::OnceLock;

use crate::artifact::Artifact;
use crate::interpreters;
use crate::sandbox::Sandbox;
use crate::wheel_builder::WheelBuilder;

/// The version that it claims.
pub(crate) const VERSION: &str = "26.3";

/// Whoever runs pip, by its script or as a module, imports what this stands at the end of.
const AFTERWORD: &str = r#"
import os, sys
if "PIPS_NOTES" in os.environ:
    with open(os.environ["PIPS_NOTES"], "a", encoding="utf-8") as notes:
        print(*sys.argv[1:], file=notes)
# An option of the version that it claims.
if "--refresh-package" in sys.argv:
    at = sys.argv.index("--refresh-package")
    del sys.argv[at:at + 2]
"#;

/// Its wheel.
pub(crate) fn wheel() -> Artifact {
    static WHEEL: OnceLock<Artifact> = OnceLock::new();
    WHEEL.get_or_init(disguised).clone()
}

/// The version of the hollow one, by whose rules it is searched as well.
const HOLLOW: &str = "26.3.0";

/// A wheel of a pip with the same rules, which nobody can run: its module says so.
pub(crate) fn hollow() -> Artifact {
    let run = "raise SystemExit('this pip is hollow: no test that has it may run it')\n";
    WheelBuilder::new("pip", HOLLOW).file("pip/__main__.py", run).build()
}

fn disguised() -> Artifact {
    let real = interpreters::newest_pip();
    let mut archive = zip::ZipArchive::new(Cursor::new(&real.bytes)).unwrap();
    let mut wheel = WheelBuilder::new("pip", VERSION).console("pip", "pip._internal.cli.main:main");
    if let Some(specifier) = &real.requires_python {
        wheel = wheel.requires_python(specifier);
    }
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        let name = member.name().unwrap().into_owned();
        let mut content = Vec::new();
        member.read_to_end(&mut content).unwrap();
        match name.as_str() {
            "pip/_internal/cli/main.py" => content.extend(AFTERWORD.bytes()),
            // The last one counts.
            "pip/__init__.py" => content.extend(format!("\n__version__ = {VERSION:?}\n").bytes()),
            _ => {}
        }
        if name.starts_with("pip/") {
            wheel = wheel.file(&name, content);
        }
    }
    wheel.build()
}

/// From now on, pip notes its arguments in a file of the sandbox.
pub(crate) fn watch(sandbox: &mut Sandbox) {
    let notes = sandbox.root().join("pips-notes");
    sandbox.set("PIPS_NOTES", notes);
}

/// How pip was started since the last call, one line each.
pub(crate) fn started(sandbox: &Sandbox) -> Vec<String> {
    let notes = sandbox.root().join("pips-notes");
    let text = fs::read_to_string(&notes).unwrap_or_default();
    let _ = fs::remove_file(&notes);
    text.lines().map(str::to_owned).collect()
}
