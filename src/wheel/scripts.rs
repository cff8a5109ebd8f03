//! Scripts that depend on where their environment lies.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{EntryPoint, decoded};

/// Longest first line that kernels honour, as pip's `distlib` counts it: with `#!` and the line end.
const LONGEST_SHEBANG: usize = if cfg!(target_os = "macos") { 512 } else { 127 };

/// A script that the environment makes for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum Script {
    /// Generated for an entry point; it is executable, and RECORD has a row with its digest.
    EntryPoint(EntryPoint),
    /// Brought by the wheel with a first line that stands for the interpreter.
    Wheel(Rewritten),
}

impl Script {
    /// Where the script goes, relative to the environment.
    pub fn path(&self) -> &str {
        match self {
            Self::EntryPoint(entry_point) => &entry_point.path,
            Self::Wheel(rewritten) => &rewritten.path,
        }
    }
}

/// A file of `.data/scripts` that begins with `#!python`. It is among the files laid out, as the wheel has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewritten {
    /// Where it is, relative to the environment.
    #[serde(deserialize_with = "decoded::path")]
    pub path: String,
    /// What its row in RECORD tells.
    pub listing: Listing,
}

/// What RECORD tells of a rewritten script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Listing {
    /// Digest and size of the rewritten file.
    Hashed,
    /// Only its name: the wheel's RECORD does not list it.
    Bare,
}

/// The text of generated scripts, which changed between versions of pip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Template {
    /// Cuts `.exe` off the program's name by `str.removesuffix`, which Python has since 3.9.
    RemoveSuffix,
    /// Does so by a regular expression, as the last pip for Python 3.8 does.
    Expression,
}

impl Template {
    pub(super) fn of(python: (u8, u8, u16)) -> Self {
        if (python.0, python.1) >= (3, 9) {
            Self::RemoveSuffix
        } else {
            Self::Expression
        }
    }

    fn text(self, module: &str, attribute: &str) -> String {
        let import = attribute.split('.').next().unwrap_or(attribute);
        match self {
            Self::RemoveSuffix => format!(
                "import sys\nfrom {module} import {import}\nif __name__ == '__main__':\n    \
                 sys.argv[0] = sys.argv[0].removesuffix('.exe')\n    sys.exit({attribute}())\n"
            ),
            Self::Expression => format!(
                "# -*- coding: utf-8 -*-\nimport re\nimport sys\nfrom {module} import {import}\nif __name__ == '__main__':\n    \
                 sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n    sys.exit({attribute}())\n"
            ),
        }
    }
}

/// The content of `script` in the environment whose interpreter will be found at `python`.
///
/// `body` is the file as the wheel has it; only [`Script::Wheel`] needs it.
pub fn render(script: &Script, python: &Path, body: Option<&[u8]>) -> Vec<u8> {
    let python = python.as_os_str().as_bytes();
    match script {
        Script::EntryPoint(entry) => {
            let mut content = shebang(python);
            content.extend(entry.template.text(&entry.module, &entry.attribute).into_bytes());
            content
        }
        // Here pip writes the plain form, however long the path is.
        Script::Wheel(_) => {
            let body = body.unwrap_or_default();
            let first = body.iter().position(|byte| *byte == b'\n').map_or(body.len(), |end| end + 1);
            [b"#!", python, b"\n", &body[first..]].concat()
        }
    }
}

/// The first line, or, where the kernel would not understand that, lines that shell and Python both take as theirs.
fn shebang(python: &[u8]) -> Vec<u8> {
    let spaced = python.contains(&b' ');
    if !spaced && python.len() + 3 <= LONGEST_SHEBANG {
        return [b"#!", python, b"\n"].concat();
    }
    let quote: &[u8] = if spaced { b"\"" } else { b"" };
    [b"#!/bin/sh\n'''exec' ", quote, python, quote, b" \"$0\" \"$@\"\n' '''\n"].concat()
}
