use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::*;
use crate::environment::{Seed, Skeleton, SystemSite};
use crate::interpreter::Facts;
use crate::interpreter::testing::{real_interpreters, real_search};

#[test]
fn every_placeholder_is_filled_and_values_are_not_templates() {
    let values = Values {
        virtual_env: "/e/@PROMPT@",
        prompt: "@SITE_PACKAGES@",
        site_packages: "lib",
    };
    for activator in ACTIVATORS {
        let literal = |text: &str| (activator.quote)(text);
        let text = activator.render(&values);
        assert!(text.contains(&literal("/e/@PROMPT@")), "{text}");
        assert!(text.contains(&literal("@SITE_PACKAGES@")), "{text}");
        assert!(!text.contains("@VIRTUAL_ENV@") && !text.contains("@DRAWN"), "{text}");
    }
}

#[test]
fn prompts_cannot_instruct_shells_or_terminals() {
    assert_eq!(drawn("a$(b)`c`\\d!\x1b[0m", Drawing::Expanding), "(a?(b)?c??d??[0m) ");
    assert_eq!(drawn("a$b\n", Drawing::Plain), "(a$b?) ");
}

/// Says what a shell has exported, and which Python `python` is.
const REPORT: &str = "
import json, os, sys
names = 'VIRTUAL_ENV VIRTUAL_ENV_PROMPT PATH PYTHONHOME'.split()
with open(sys.argv[1], 'w') as file:
    json.dump([sys.prefix, [os.environ.get(name) for name in names]], file)
";

/// `$ACT` is the activator, `$REPORT` the program above, `$BASE` a Python to run it without the environment.
const POSIX: &str = "set -eu
PS1='old '
. \"$ACT\"
python -I \"$REPORT\" active
printf '%s' \"$PS1\" >prompt
. \"$ACT\"
deactivate
\"$BASE\" -I \"$REPORT\" left
test \"$PS1\" = 'old '
if command -v deactivate; then exit 1; fi
";

const BASH: &str = "set -eu
PS1='old '
. \"$ACT\"
python -I \"$REPORT\" active
printf '%s' \"${PS1@P}\" >prompt
deactivate
\"$BASE\" -I \"$REPORT\" left
test \"$PS1\" = 'old '
unset PS1
. \"$ACT\"
test -z \"${PS1+set}\"
";

const ZSH: &str = "set -eu
setopt prompt_subst
PS1='old '
. \"$ACT\"
python -I \"$REPORT\" active
printf '%s' \"$(print -P -- \"$PS1\")\" >prompt
deactivate
\"$BASE\" -I \"$REPORT\" left
test \"$PS1\" = 'old '
";

const FISH: &str = "
function set_color; end
function fish_prompt; echo -n \"old $status\"; end
source $ACT
python -I $REPORT active
false
fish_prompt >prompt
source $ACT
deactivate
$BASE -I $REPORT left
test (fish_prompt) = 'old 0'; and not functions -q deactivate; or exit 1
";

const CSH: &str = "
set prompt = 'old '
source $ACT:q
python -I $REPORT:q active
printf %s $prompt:q >prompt
source $ACT:q
deactivate
$BASE:q -I $REPORT:q left
if ($prompt:q != 'old ') exit 1
";

const POWERSHELL: &str = "
function global:prompt { 'old ' }
. $Env:ACT
python -I $Env:REPORT active
deactivate
& $Env:BASE -I $Env:REPORT left
if (Test-Path Function:deactivate) { exit 1 }
";

const NU: &str = "
$env.PROMPT_COMMAND = {|| 'old ' }
overlay use ACT
python -I $env.REPORT active
do $env.PROMPT_COMMAND | save --raw prompt
deactivate
^$env.BASE -I $env.REPORT left
";

struct Shell {
    program: &'static str,
    options: &'static [&'static str],
    activator: &'static str,
    script: &'static str,
}

const SHELLS: [Shell; 9] = [
    Shell {
        program: "sh",
        options: &[],
        activator: "activate",
        script: POSIX,
    },
    Shell {
        program: "dash",
        options: &[],
        activator: "activate",
        script: POSIX,
    },
    Shell {
        program: "bash",
        options: &["--norc"],
        activator: "activate",
        script: BASH,
    },
    Shell {
        program: "zsh",
        options: &["-f"],
        activator: "activate",
        script: ZSH,
    },
    Shell {
        program: "fish",
        options: &["--no-config"],
        activator: "activate.fish",
        script: FISH,
    },
    Shell {
        program: "tcsh",
        options: &["-f"],
        activator: "activate.csh",
        script: CSH,
    },
    Shell {
        program: "csh",
        options: &["-f"],
        activator: "activate.csh",
        script: CSH,
    },
    Shell {
        program: "pwsh",
        options: &["-NoProfile", "-File"],
        activator: "Activate.ps1",
        script: POWERSHELL,
    },
    Shell {
        program: "nu",
        options: &["--no-config-file"],
        activator: "activate.nu",
        script: NU,
    },
];

/// Names that a template without quoting would run, and what prompts that expand may show of them.
const NASTY: [(&str, &str, &str); 2] = [
    (
        "we ird\\\\'\"$HOME \\dir!1 %n~*{a,b};&|#",
        "p'\"$(touch pwned)`touch pwned`\\$(touch pwned)",
        "(p'\"?(touch pwned)?touch pwned???(touch pwned)) ",
    ),
    (
        "line\nbreak \u{2019}\u{e9}",
        "100%\n'; touch pwned; '",
        "(100%?'; touch pwned; ') ",
    ),
];

fn installed(program: &str) -> Option<PathBuf> {
    let folders = real_search().path;
    folders.iter().map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn environment(facts: &Facts, folder: &Path, (name, prompt, _): (&str, &str, &str)) -> PathBuf {
    let destination = folder.join(name);
    fs::create_dir(&destination).unwrap();
    let skeleton = Skeleton {
        facts,
        destination: &destination,
        prompt: Some(prompt),
        system_site_packages: SystemSite::Hidden,
        seed: Seed::Without,
    };
    skeleton.write(&destination).unwrap();
    destination
}

fn run((shell, program): (&Shell, &Path), facts: &Facts, case: (&str, &str, &str)) {
    let folder = tempfile::tempdir().unwrap();
    let parent = fs::canonicalize(folder.path()).unwrap();
    let environment = environment(facts, &parent, case);
    let activator = environment.join("bin").join(shell.activator);
    let (report, script) = (parent.join("report.py"), parent.join("script"));
    fs::write(&report, REPORT).unwrap();
    let act = quote::nu(activator.to_str().unwrap());
    let text = if shell.program == "nu" {
        shell.script.replace("ACT", &act)
    } else {
        shell.script.to_owned()
    };
    // PowerShell runs nothing without its own suffix.
    let script = if shell.program == "pwsh" {
        script.with_extension("ps1")
    } else {
        script
    };
    fs::write(&script, text).unwrap();
    let path = "/a:/usr/bin:/bin:/b c";
    let output = Command::new(program)
        .args(shell.options)
        .arg(&script)
        .env_clear()
        .env("HOME", &parent)
        .env("PATH", path)
        .env("PYTHONHOME", "/python home")
        .env("ACT", &activator)
        .env("REPORT", &report)
        .env("BASE", &facts.executable)
        .env("LC_ALL", "C.UTF-8")
        .current_dir(&parent)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {}: {said}", shell.program, case.0);
    assert!(
        !parent.join("pwned").exists(),
        "{}: {} was run: {said}",
        shell.program,
        case.1
    );
    let reported = |name: &str| -> Value {
        let text = fs::read_to_string(parent.join(name)).unwrap_or_else(|_| panic!("{}: {said}", shell.program));
        serde_json::from_str(&text).unwrap()
    };
    let inside = format!("{}/bin:{path}", environment.display());
    assert_eq!(
        reported("active"),
        json!([environment, [environment, case.1, inside, null]]),
        "{}: {said}",
        shell.program
    );
    assert_eq!(
        reported("left"),
        json!([facts.base_prefix, [null, null, path, "/python home"]]),
        "{}: {said}",
        shell.program
    );
    let drawn = fs::read_to_string(parent.join("prompt")).ok();
    let plain = drawn_plainly(case.1);
    let expected = match shell.program {
        "fish" => Some(plain + "old 1"),
        "nu" => Some(plain + "old "),
        "tcsh" | "csh" => Some(case.2.replace('%', "%%") + "old "),
        "pwsh" => None,
        _ => Some(case.2.to_owned() + "old "),
    };
    assert_eq!(drawn, expected, "{}", shell.program);
}

fn drawn_plainly(prompt: &str) -> String {
    drawn(prompt, Drawing::Plain)
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that cannot run must say so")]
fn every_shell_activates_and_leaves_whatever_the_names_are() {
    let facts = real_interpreters().remove(0);
    for shell in SHELLS {
        let Some(program) = installed(shell.program) else {
            assert_ne!(shell.program, "sh");
            println!("NOT TESTED: {} is not installed here", shell.program);
            continue;
        };
        for (name, prompt, drawn) in NASTY {
            // PowerShell itself takes these for separators and patterns in the path of a script.
            let name = match shell.program {
                "pwsh" => name.replace(['\\', '*'], ""),
                _ => name.to_owned(),
            };
            run((&shell, &program), &facts, (&name, prompt, drawn));
        }
    }
}

#[test]
fn a_running_python_activates_too() {
    let facts = real_interpreters().remove(0);
    for case in NASTY {
        let folder = tempfile::tempdir().unwrap();
        let parent = fs::canonicalize(folder.path()).unwrap();
        let environment = environment(&facts, &parent, case);
        let site_packages = environment.join(&facts.scheme.purelib);
        fs::write(site_packages.join("json.py"), "mine = True").unwrap();
        let script = "import os, runpy, sys; runpy.run_path(sys.argv[1])\n\
                      import json; print([json.mine, sys.prefix == os.environ['VIRTUAL_ENV'] == sys.argv[2]])\n\
                      print(ascii(os.environ['VIRTUAL_ENV_PROMPT']) == ascii(sys.argv[3]))";
        let output = Command::new(&facts.executable)
            .args(["-I", "-B", "-c", script])
            .arg(environment.join("bin/activate_this.py"))
            .args([environment.as_os_str(), case.1.as_ref()])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "[True, True]\nTrue\n", "{errors}");
    }
}
