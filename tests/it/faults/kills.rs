//! SIGKILL at random moments, while others read.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
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
/// After so many runs it is said how it goes.
const TOLD: usize = 50;

/// Who is killed. `cache export` and `cache import` belong here, too: each is one more of these, with what it must leave behind in `check`.
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
}

impl Victim {
    /// Each as often as it can be afforded.
    const TURNS: [Self; 10] = [
        Self::Hit,
        Self::Miss,
        Self::Install,
        Self::Prune,
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
            Self::Hit | Self::Miss | Self::Build => "target",
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

#[test]
fn whoever_is_killed_leaves_all_or_nothing() {
    let arena = Arena::new();
    let (runs, mut dice) = match Scale::asked() {
        Scale::Short => (4, Dice::new()),
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
            scope.spawn(move || {
                while !readers.stop.load(Ordering::Relaxed) {
                    let ended = arena.venv_command(name, READ).status().unwrap();
                    readers.runs.fetch_add(1, Ordering::Relaxed);
                    if !ended.success() {
                        say(&format!("a reader failed: {ended:?}"));
                        readers.failed.fetch_add(1, Ordering::Relaxed);
                    } else if arena.found(name) != *reference {
                        readers.wrong.fetch_add(1, Ordering::Relaxed);
                    }
                    arena.remove(name);
                    thread::sleep(PAUSE);
                }
            });
        }
        let mut usual = Victim::TURNS.map(|_| Duration::from_millis(600));
        while figures.runs < runs {
            let number = figures.runs % Victim::TURNS.len();
            let victim = Victim::TURNS[number];
            let whole = match victim {
                Victim::Install => &living,
                Victim::Build => &whole[1],
                Victim::Hit | Victim::Miss | Victim::Prune => &whole[0],
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

fn command(arena: &Arena, victim: Victim) -> std::process::Command {
    match victim {
        Victim::Hit | Victim::Miss | Victim::Build => arena.venv_command("target", victim.asked()),
        Victim::Install => arena.quiet(["install", "--python", "living"], ALL),
        Victim::Prune => {
            let mut command = arena
                .sandbox
                .snapenv_command(["cache", "prune", "--grace", "0s", "--max-size", "1"]);
            command
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null());
            command
        }
    }
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
        Victim::Hit => drop(arena.venv("target", ALL).success()),
        Victim::Miss | Victim::Build => arena.forget(),
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
