//! SIGKILL at random moments, while others read.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::arena::{ALL, Arena, BUILT, READ};
use super::{Dice, Scale};
use crate::skipped::say;

/// Environments that are made all the time.
const READERS: usize = 2;
/// Between them.
const PAUSE: Duration = Duration::from_millis(50);
/// What is imported, and what is exported.
const KNOWN: &str = "known.tar";
const EXPORTED: &str = "exported.tar";
/// After so many runs it is said how it goes.
const TOLD: usize = 50;

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    /// `venv` of what is known.
    Hit,
    /// `venv` of what has to be fetched.
    Miss,
    /// `venv` of what has to be built.
    Build,
    /// `install` into an environment that is there.
    Install,
    /// `cache prune` of everything.
    Prune,
    /// `cache export` of what is known.
    Export,
    /// `cache import` of what is not.
    Import,
}

impl Victim {
    /// Each as often as it can be afforded.
    const TURNS: [Self; 12] = [
        Self::Hit,
        Self::Miss,
        Self::Import,
        Self::Install,
        Self::Prune,
        Self::Export,
        Self::Miss,
        Self::Install,
        Self::Hit,
        Self::Miss,
        Self::Prune,
        Self::Build,
    ];

    fn asked(self) -> &'static str {
        if self == Self::Build { BUILT } else { ALL }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Hit | Self::Miss | Self::Build | Self::Export | Self::Import => "target",
            Self::Install => "living",
            Self::Prune => "pruned",
        }
    }
}

#[derive(Debug, Default)]
struct Figures {
    runs: usize,
    faults: usize,
    wrong: usize,
    failed: usize,
    lost: usize,
    left: usize,
}

struct Readers {
    stop: AtomicBool,
    runs: AtomicUsize,
    wrong: AtomicUsize,
    failed: AtomicUsize,
}

impl Readers {
    /// Makes the same environment again and again.
    fn read(&self, arena: &Arena, name: &str, reference: &str) {
        while !self.stop.load(Ordering::Relaxed) {
            let ended = arena.venv_command(name, READ).status().unwrap();
            self.runs.fetch_add(1, Ordering::Relaxed);
            if !ended.success() {
                say(&format!("a reader failed: {ended:?}"));
                self.failed.fetch_add(1, Ordering::Relaxed);
            } else if arena.found(name) != reference {
                self.wrong.fetch_add(1, Ordering::Relaxed);
            }
            arena.remove(name);
            thread::sleep(PAUSE);
        }
    }
}

#[test]
fn whoever_is_killed_leaves_all_or_nothing() {
    let arena = Arena::new();
    let (runs, mut dice) = match Scale::asked() {
        Scale::Short => (6, Dice::new()),
        Scale::Long(runs) => (runs, Dice::new()),
    };
    let seed = dice.seed();
    let whole = [ALL, BUILT].map(|asked| arena.reference("target", asked));
    let living = {
        let _ = arena.venv("living", "helper==1.0").success();
        let _ = arena.sandbox.finish(command(&arena, Victim::Install)).success();
        let found = arena.found("living");
        arena.remove("living");
        found
    };
    let _ = arena.venv("target", ALL).success();
    let _ = arena.sandbox.snapenv(["cache", "export", "--all", "-o", KNOWN]).success();
    arena.remove("target");
    let readers = Readers {
        stop: AtomicBool::new(false),
        runs: AtomicUsize::new(0),
        wrong: AtomicUsize::new(0),
        failed: AtomicUsize::new(0),
    };
    let names: Vec<String> = (0..READERS).map(|number| format!("reader-{number}")).collect();
    let read: Vec<String> = names.iter().map(|name| arena.reference(name, READ)).collect();
    let mut figures = Figures::default();
    let began = Instant::now();
    thread::scope(|scope| {
        for (name, reference) in names.iter().zip(&read) {
            let (arena, readers) = (&arena, &readers);
            scope.spawn(move || readers.read(arena, name, reference));
        }
        let mut usual = Victim::TURNS.map(|_| Duration::from_millis(250));
        while figures.runs < runs {
            let number = figures.runs % Victim::TURNS.len();
            let victim = Victim::TURNS[number];
            let whole = match victim {
                Victim::Install => &living,
                Victim::Build => &whole[1],
                _ => &whole[0],
            };
            let took = one(&arena, victim, whole, &mut dice, (&mut figures, usual[number]));
            if let Some(took) = took {
                usual[number] = took;
            }
            if figures.runs % TOLD == 0 {
                say(&format!("faults so far: {figures:?}; {} s", began.elapsed().as_secs()));
            }
        }
        readers.stop.store(true, Ordering::Relaxed);
    });
    let read = readers.runs.load(Ordering::Relaxed);
    let (misread, failed) = (readers.wrong.load(Ordering::Relaxed), readers.failed.load(Ordering::Relaxed));
    say(&format!(
        "faults: {} runs, {} killed (seed {seed}), {read} reads meanwhile, {} wrong environments, {} failed runs, {} entries lost, \
         {} leftovers after the next run; {} s",
        figures.runs,
        figures.faults,
        figures.wrong + misread,
        figures.failed + failed,
        figures.lost,
        figures.left,
        began.elapsed().as_secs(),
    ));
    assert_eq!(
        (figures.wrong + misread, figures.failed + failed, figures.lost, figures.left),
        (0, 0, 0, 0)
    );
    assert!(figures.faults > 0, "every kill came too late");
}

fn command(arena: &Arena, victim: Victim) -> Command {
    match victim {
        Victim::Hit | Victim::Miss | Victim::Build => arena.venv_command("target", victim.asked()),
        Victim::Install => arena.quiet(["install", "--python", "living"], ALL),
        Victim::Prune => quiet(arena, &["cache", "prune", "--grace", "0s", "--max-size", "1"]),
        Victim::Export => quiet(arena, &["cache", "export", "--all", "-o", EXPORTED]),
        Victim::Import => quiet(arena, &["cache", "import", KNOWN]),
    }
}

fn quiet(arena: &Arena, words: &[&str]) -> Command {
    let mut command = arena.sandbox.snapenv_command(words);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The environment made of what was exported, in a store that has nothing else.
fn made_of_export(arena: &Arena) -> String {
    let other = arena.sandbox.root().join("other");
    let mut import = arena.sandbox.snapenv_command(["cache", "import", EXPORTED]);
    let mut venv = arena.quiet(["venv", "target", "--offline"], ALL);
    for command in [&mut import, &mut venv] {
        command.env("SNAPENV_CACHE_DIR", &other);
    }
    let _ = arena.sandbox.finish(import).success();
    let _ = arena.sandbox.finish(venv).success();
    let made = arena.found("target");
    arena.remove("target");
    fs::remove_dir_all(&other).unwrap();
    made
}

/// Kills one victim, and looks at what it leaves and at what the next run makes of it; answers how long that took.
fn one(
    arena: &Arena,
    victim: Victim,
    whole: &str,
    dice: &mut Dice,
    (figures, usual): (&mut Figures, Duration),
) -> Option<Duration> {
    match victim {
        Victim::Hit | Victim::Export => drop(arena.venv("target", ALL).success()),
        Victim::Miss | Victim::Build | Victim::Import => arena.forget(),
        Victim::Install => drop(arena.venv("living", "helper==1.0").success()),
        Victim::Prune => {}
    }
    arena.remove("target");
    let before = arena.entries();
    let mut child = command(arena, victim).spawn().unwrap();
    thread::sleep(dice.part_of(usual.mul_f64(1.1)));
    let _ = child.kill();
    let status = child.wait().unwrap();
    figures.runs += 1;
    let killed = status.signal() == Some(9);
    figures.faults += usize::from(killed);
    let mut wrong = |what: &str| {
        say(&format!("faults: {victim:?}, run {}: {what}", figures.runs));
        figures.wrong += 1;
    };
    let target = arena.sandbox.work(victim.folder());
    if victim != Victim::Install && target.exists() && arena.found(victim.folder()) != whole {
        wrong("half an environment");
    }
    let exported = arena.sandbox.work(EXPORTED);
    if exported.exists() && made_of_export(arena) != whole {
        wrong("half an export");
    }
    let _ = fs::remove_file(&exported);
    if victim != Victim::Prune {
        let lost: Vec<_> = before.difference(&arena.entries()).cloned().collect();
        if !lost.is_empty() {
            say(&format!("faults: {victim:?}: lost {lost:?}"));
        }
        figures.lost += lost.len();
    }
    let began = Instant::now();
    let next = arena.sandbox.finish(command(arena, victim));
    let took = began.elapsed();
    if !next.status.success() {
        say(&format!("faults: {victim:?}: the next run fails\n{next}"));
        figures.failed += 1;
    } else if victim == Victim::Export {
        figures.wrong += usize::from(made_of_export(arena) != whole);
        fs::remove_file(&exported).unwrap();
    } else if victim == Victim::Import {
        let _ = arena.venv("target", &format!("--offline {ALL}")).success();
        figures.wrong += usize::from(arena.found("target") != whole);
    } else if victim != Victim::Prune && arena.found(victim.folder()) != whole {
        figures.wrong += 1;
        let kept = arena.sandbox.root().join(format!("wrong-{}", figures.runs));
        let _ = fs::write(kept, arena.found(victim.folder()));
        say(&format!("faults: {victim:?}, run {}: another environment", figures.runs));
    }
    let left = arena.left();
    if !left.is_empty() {
        say(&format!("faults: {victim:?}, run {}: left over {left:?}", figures.runs));
    }
    figures.left += left.len();
    for folder in ["target", "living"] {
        arena.remove(folder);
    }
    next.status.success().then_some(took)
}
