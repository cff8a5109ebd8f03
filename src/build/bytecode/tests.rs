use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{BytecodeError, Compiler, Manner, Source};
use crate::interpreter::testing::real_interpreters;
use crate::key::{Codecs, Invalidation};

const MTIME: i64 = 1_234_567_890;

fn manner(interpreter: &Path) -> Manner {
    Manner {
        interpreter: interpreter.to_owned(),
        optimization: 0,
        invalidation: Invalidation::Timestamp,
        codecs: Codecs::Any,
    }
}

/// A folder with sources.
struct Sources {
    folder: TempDir,
    sources: Vec<Source>,
}

impl Sources {
    fn new(texts: &[(&str, Vec<u8>)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sources = texts
            .iter()
            .map(|(name, text)| {
                let path = folder.path().join(format!("{name}.py"));
                fs::write(&path, text).unwrap();
                Source {
                    target: path.with_extension("pyc"),
                    path,
                    name: format!("lib/{name}.py"),
                    mtime: MTIME,
                    size: text.len() as u64,
                }
            })
            .collect();
        Self { folder, sources }
    }

    fn target(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.pyc"))
    }

    /// Names of the sources that were compiled; the answer and the files on disk have to agree.
    fn compile(&self, manner: &Manner, workers: usize) -> Vec<String> {
        let mut written = Compiler::new(manner, workers).compile(self.sources.clone()).unwrap();
        written.sort();
        let mut there: Vec<PathBuf> = self
            .sources
            .iter()
            .map(|source| source.target.clone())
            .filter(|target| target.exists())
            .collect();
        there.sort();
        assert_eq!(written, there);
        let name = |target: &PathBuf| target.file_stem().unwrap().to_str().unwrap().to_owned();
        written.iter().map(name).collect()
    }
}

/// Modules that share names, one-letter strings, constants and sets: what marshal writes of them may depend on what came before.
fn related_modules() -> Vec<(String, Vec<u8>)> {
    (0..40)
        .map(|number| {
            let text = format!(
                "import os\nNAME = 'shared'\nLETTERS = ('a', 'b', 'x{number}')\n\
                 def shared(a, b=frozenset(), *args, key='a'):\n    if a in {{'a', 'b', 'shared', 'x{number}', {number}}}:\n        \
                 return [lambda: (a, key) for a in args]\n    return 'shared', 'x{other}', os.path, {number} + 1.5\n\
                 class C{other}:\n    '''shared'''\n    a = b = 'a'\n    def shared(self): return __class__, 'a'\n",
                other = number % 7
            );
            (format!("m{number}"), text.into_bytes())
        })
        .collect()
}

#[test]
fn bytes_do_not_depend_on_what_else_is_compiled() {
    let modules = related_modules();
    let borrowed: Vec<(&str, Vec<u8>)> = modules.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let all = Sources::new(&borrowed);
    for facts in real_interpreters() {
        let manner = manner(&facts.executable);
        let bytes = || -> Vec<Vec<u8>> { all.sources.iter().map(|source| fs::read(&source.target).unwrap()).collect() };
        assert_eq!(all.compile(&manner, 1).len(), all.sources.len());
        let forwards = bytes();
        // The size decides on the order: the other way round, and spread over two workers.
        let mut backwards = all.sources.clone();
        for (number, source) in (0..).zip(&mut backwards) {
            source.size = number;
        }
        Compiler::new(&manner, 2).compile(backwards).unwrap();
        assert!(bytes() == forwards, "{}", facts.executable.display());
        for (source, expected) in all.sources.iter().zip(&forwards).take(2) {
            Compiler::new(&manner, 1).compile(vec![source.clone()]).unwrap();
            assert!(
                &fs::read(&source.target).unwrap() == expected,
                "{}",
                facts.executable.display()
            );
        }
    }
}

#[test]
fn a_source_that_does_not_compile_has_no_target() {
    let null = b"x = 1\0\n".to_vec();
    let texts = [
        ("broken", b"def (:\n".to_vec()),
        ("encoding", b"# coding: no-such-codec\n".to_vec()),
        ("good", b"x = 1\n".to_vec()),
        ("latin", b"x = '\xe4'\n".to_vec()),
        ("null", null),
    ];
    for facts in real_interpreters() {
        let sources = Sources::new(&texts);
        let compiled = sources.compile(&manner(&facts.executable), 2);
        assert_eq!(compiled, ["good"], "{}", facts.executable.display());
    }
}

#[test]
fn odd_encodings_are_compiled_where_pip_does_it() {
    let texts = [
        ("big5", b"# -*- coding: big5 -*-\nx = '\xa4\xa4'\n".to_vec()),
        ("latin1", b"# -*- coding: latin-1 -*-\nx = '\xe4'\n".to_vec()),
        ("utf8", "# -*- coding: utf-8 -*-\nx = '\u{e4}'\n".into()),
    ];
    for facts in real_interpreters() {
        let sources = Sources::new(&texts);
        let any = manner(&facts.executable);
        assert_eq!(
            sources.compile(&any, 1),
            ["big5", "latin1", "utf8"],
            "{}",
            facts.executable.display()
        );
        let sources = Sources::new(&texts);
        let loaded = Manner {
            codecs: Codecs::Loaded,
            ..any
        };
        let compiled = sources.compile(&loaded, 1);
        assert!(compiled.contains(&"utf8".to_owned()), "{compiled:?}");
        assert!(!compiled.contains(&"big5".to_owned()), "{compiled:?}");
    }
}

#[test]
fn the_header_names_time_and_size_of_the_source() {
    let text = b"x = 1\n".to_vec();
    for facts in real_interpreters() {
        let sources = Sources::new(&[("m", text.clone())]);
        sources.compile(&manner(&facts.executable), 1);
        let content = fs::read(sources.target("m")).unwrap();
        let magic = data_encoding::HEXLOWER.encode(&content[..4]);
        assert_eq!(magic, facts.magic);
        assert_eq!(content[4..8], [0; 4]);
        assert_eq!(content[8..12], u32::try_from(MTIME).unwrap().to_le_bytes());
        assert_eq!(content[12..16], u32::try_from(text.len()).unwrap().to_le_bytes());
    }
}

#[test]
fn checked_hashes_are_those_that_python_computes() {
    for facts in real_interpreters() {
        for codecs in [Codecs::Any, Codecs::Loaded] {
            let sources = Sources::new(&[("m", b"x = 1\n".to_vec())]);
            let hashed = Manner {
                invalidation: Invalidation::CheckedHash,
                codecs,
                ..manner(&facts.executable)
            };
            sources.compile(&hashed, 1);
            let ours = fs::read(sources.target("m")).unwrap();
            assert_eq!(ours[4..8], [3, 0, 0, 0]);
            let script = "import importlib.util, sys; sys.stdout.buffer.write(importlib.util.source_hash(b'x = 1\\n'))";
            let output = Command::new(&facts.executable).args(["-I", "-c", script]).output().unwrap();
            assert_eq!(ours[8..16], output.stdout);
        }
    }
}

#[test]
fn optimization_leaves_out_what_python_would() {
    let text = b"'''words'''\nassert x, 'checked'\n".to_vec();
    let facts = &real_interpreters()[0];
    for (optimization, words, checked) in [(0, true, true), (1, true, false), (2, false, false)] {
        let sources = Sources::new(&[("m", text.clone())]);
        let optimized = Manner {
            optimization,
            ..manner(&facts.executable)
        };
        sources.compile(&optimized, 1);
        let content = fs::read(sources.target("m")).unwrap();
        let has = |needle: &[u8]| content.windows(needle.len()).any(|window| window == needle);
        assert_eq!((has(b"words"), has(b"checked")), (words, checked), "{optimization}");
        assert!(has(b"lib/m.py"));
    }
}

/// Too deep for parsers: an error from some, the end of the process from others.
#[test]
fn a_source_that_ends_its_worker_goes_without_bytecode_alone() {
    let deep = |count: usize| [b"(".repeat(count), b")".repeat(count), b"\n".to_vec()].concat();
    let mut texts = vec![
        ("deep", deep(200_000)),
        ("minus", [b"x = ".to_vec(), b"-".repeat(300_000), b"1\n".to_vec()].concat()),
        ("dots", [b"x = a".to_vec(), b".a".repeat(200_000), b"\n".to_vec()].concat()),
    ];
    let names: Vec<String> = (0..20).map(|number| format!("good{number:02}")).collect();
    texts.extend(names.iter().map(|name| (name.as_str(), b"x = 1\n".to_vec())));
    for facts in real_interpreters() {
        let sources = Sources::new(&texts);
        let compiled = sources.compile(&manner(&facts.executable), 2);
        let good: Vec<&String> = compiled.iter().filter(|name| name.starts_with("good")).collect();
        assert_eq!(good.len(), names.len(), "{}: {compiled:?}", facts.executable.display());
    }
}

/// An "interpreter" that compiles to empty files, and does something else with the sources whose path has `bad` in it.
fn fake(folder: &TempDir, bad: &str) -> PathBuf {
    let program = folder.path().join("fake");
    let script = format!(
        "#!/bin/sh\nwhile read -r line; do case $line in *bad*) {bad} ;; esac\n\
         target=${{line#*.py}}; target=${{target%%.pyc*}}.pyc; : >\"$target\"; echo ok; done\n"
    );
    // Written by another process: one that forks just now would keep ours open for writing.
    let wrote = Command::new("sh")
        .args(["-c", "printf %s \"$1\" >\"$0\" && chmod 755 \"$0\""])
        .args([program.as_os_str(), script.as_ref()])
        .status()
        .unwrap();
    assert!(wrote.success());
    program
}

fn empty(names: &[&'static str]) -> Sources {
    let texts: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (*name, Vec::new())).collect();
    Sources::new(&texts)
}

#[test]
fn a_source_that_crashes_every_worker_goes_without_bytecode_alone() {
    for names in [["a", "b-bad", "c"], ["a-bad", "b", "c"], ["a", "b", "c-bad"]] {
        let sources = empty(&names);
        let program = fake(&sources.folder, "kill -SEGV $$");
        let compiled = sources.compile(&manner(&program), 1);
        let good: Vec<&str> = names.into_iter().filter(|name| !name.ends_with("bad")).collect();
        assert_eq!(compiled, good);
    }
}

#[test]
fn a_crash_that_does_not_repeat_costs_no_bytecode() {
    let sources = empty(&["a", "b-bad", "c"]);
    let mark = sources.folder.path().join("crashed");
    let crash = format!("[ -e '{0}' ] || {{ : >'{0}'; kill -SEGV $$; }}", mark.display());
    let program = fake(&sources.folder, &crash);
    assert_eq!(sources.compile(&manner(&program), 1), ["a", "b-bad", "c"]);
}

#[test]
fn a_worker_that_cannot_go_on_is_an_error() {
    // Exits of its own are failures to read or write, and SIGKILL is somebody else's doing.
    for end in ["exit 1", "kill -KILL $$"] {
        let sources = empty(&["a", "b-bad", "c"]);
        let program = fake(&sources.folder, end);
        let result = Compiler::new(&manner(&program), 1).compile(sources.sources.clone());
        let Err(BytecodeError::Ended { source_path, .. }) = &result else {
            panic!("{end}: {result:?}")
        };
        assert_eq!(source_path, &sources.sources[1].path);
    }
}

#[test]
fn workers_that_keep_crashing_are_an_error() {
    let sources = empty(&["a-bad", "b-bad", "c"]);
    let program = fake(&sources.folder, "kill -ABRT $$");
    let result = Compiler::new(&manner(&program), 1).compile(sources.sources.clone());
    assert!(matches!(result, Err(BytecodeError::Ended { .. })), "{result:?}");
}

#[test]
fn bytecode_that_cannot_be_written_is_an_error() {
    let facts = &real_interpreters()[0];
    let mut sources = empty(&["a", "b"]);
    sources.sources[1].target = sources.folder.path().join("missing/b.pyc");
    let result = Compiler::new(&manner(&facts.executable), 1).compile(sources.sources.clone());
    assert!(matches!(result, Err(BytecodeError::Ended { .. })), "{result:?}");
}

#[test]
fn an_interpreter_that_does_not_start_is_an_error() {
    let sources = Sources::new(&[("a", b"x = 1\n".to_vec())]);
    let missing = sources.folder.path().join("missing");
    let result = Compiler::new(&manner(&missing), 2).compile(sources.sources.clone());
    assert!(matches!(result, Err(BytecodeError::Start { .. })), "{result:?}");
    assert!(Compiler::new(&manner(&missing), 2).compile(Vec::new()).unwrap().is_empty());
}
