//! Filesystems without locks.

use std::process::Stdio;

use super::Scale;
use super::arena::{ALL, Arena, can_trace, traced};

/// How locks are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Flag,
    Variable,
    /// The kernel says so.
    Refused(&'static str),
}

#[test]
fn many_at_once_without_locks_make_what_one_makes() {
    let arena = Arena::new();
    let apart = arena.reference("apart", ALL);
    let same = arena.reference("same", ALL);
    let mut ways = vec![Way::Flag];
    if can_trace(&arena.sandbox, "filesystems without locks") {
        ways.push(Way::Refused("ENOLCK"));
    }
    if Scale::asked().is_long() {
        ways.push(Way::Variable);
        ways.extend(["EOPNOTSUPP", "EINVAL", "EBADF"].map(Way::Refused));
    }
    for way in ways {
        arena.forget();
        let start = |folder: &str| {
            let mut command = match way {
                Way::Flag => arena.venv_command(folder, &format!("--no-locks {ALL}")),
                Way::Variable | Way::Refused(_) => arena.venv_command(folder, ALL),
            };
            match way {
                Way::Flag => {}
                Way::Variable => drop(command.env("SNAPENV_NO_LOCKS", "1")),
                Way::Refused(reason) => {
                    let inject = format!("inject=flock:error={reason}");
                    command = traced(
                        &arena.sandbox,
                        &command,
                        &["-o", "/dev/null", "-e", "trace=flock", "-e", &inject],
                    );
                }
            }
            command.stdout(Stdio::null()).stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        // Three make the same thing at the same place, and one elsewhere.
        let children = ["same", "same", "same", "apart"].map(start);
        for child in children {
            let ended = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&ended.stderr);
            assert!(ended.status.success(), "{way:?}: {said}");
            let told = said.matches("has no locks").count();
            assert_eq!(told, usize::from(matches!(way, Way::Refused(_))), "{way:?}: {said}");
        }
        assert_eq!(arena.found("same"), same, "{way:?}");
        assert_eq!(arena.found("apart"), apart, "{way:?}");
        assert_eq!(arena.left(), [].into(), "{way:?}");
        for folder in ["same", "apart"] {
            arena.remove(folder);
        }
        // What was made without locks is as good as any.
        let _ = arena.venv("apart", ALL).success().never_says("anew");
        assert_eq!(arena.found("apart"), apart, "{way:?}");
        arena.remove("apart");
    }
}
