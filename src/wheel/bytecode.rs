//! Which files pip compiles, and where their bytecode goes (PEP 3147, PEP 488).

use std::collections::BTreeSet;

use super::Laid;
use super::paths::{join, split};

/// A Python source among the files of a wheel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PythonSource {
    /// Its path by RECORD: relative to the library folder, where pip found it (and so in `co_filename`, behind that folder).
    pub record: String,
    /// Its path relative to the environment.
    pub path: String,
}

/// The interpreter's optimization level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Optimization {
    /// None: what pip compiles.
    None,
    /// `-O`.
    Asserts,
    /// `-OO`.
    Docstrings,
}

impl Laid {
    /// The sources that pip hands to the compiler, in its order; each that compiles gets a bare row for its bytecode in RECORD.
    pub fn sources(&self) -> Vec<PythonSource> {
        let sources: BTreeSet<PythonSource> = self
            .files
            .iter()
            .filter(|file| matches!(file.path.rsplit_once('.'), Some((_, "py"))))
            .map(|file| PythonSource {
                record: self.record_path(&file.path),
                path: file.path.clone(),
            })
            .collect();
        sources.into_iter().collect()
    }
}

/// Where the bytecode of `source` goes; works for either of a [`PythonSource`]'s paths.
pub fn bytecode_path(source: &str, cache_tag: &str, optimization: Optimization) -> String {
    let (folder, name) = split(source);
    // Of a file that is called just ".py", CPython takes what is behind the dot.
    let stem = match name.rsplit_once('.') {
        Some(("", extension)) => extension,
        Some((stem, _)) => stem,
        None => name,
    };
    let level = match optimization {
        Optimization::None => "",
        Optimization::Asserts => ".opt-1",
        Optimization::Docstrings => ".opt-2",
    };
    join(folder, &format!("__pycache__/{stem}.{cache_tag}{level}.pyc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytecode_lies_beside_its_source() {
        let path = |source, optimization| bytecode_path(source, "cpython-311", optimization);
        assert_eq!(path("a/b.c.py", Optimization::None), "a/__pycache__/b.c.cpython-311.pyc");
        assert_eq!(
            path("../../../bin/x.py", Optimization::Docstrings),
            "../../../bin/__pycache__/x.cpython-311.opt-2.pyc"
        );
        assert_eq!(path("x.py", Optimization::Asserts), "__pycache__/x.cpython-311.opt-1.pyc");
        assert_eq!(path("a/.py", Optimization::None), "a/__pycache__/py.cpython-311.pyc");
    }
}
