//! What `integrations/` and `ci init` have, looked at without any tool.

use std::collections::BTreeSet;
use std::fs;

use walkdir::WalkDir;

use super::tools::repository;
use crate::sandbox::Sandbox;
use crate::tree::Listing;

/// Each file of `integrations/` with its text.
fn files() -> Vec<(String, String)> {
    let entries = WalkDir::new(repository("integrations")).sort_by_file_name().into_iter();
    let files = entries.map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let files = files.map(|entry| (entry.path().display().to_string(), fs::read_to_string(entry.path()).unwrap()));
    files.collect()
}

/// The long options after `snapenv ci VERB` and their kind in a text.
fn options(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let long = words.filter(|word| word.starts_with("--") && word.len() > 3);
    long.map(str::to_owned).collect()
}

/// What is in these files and no option of snapenv's.
const FOREIGN: [&str; 3] = ["--junitxml", "--", "---"];

#[test]
fn every_option_in_templates_exists() {
    let sandbox = Sandbox::with_empty_store();
    let mut known = String::new();
    for verb in ["sync", "env", "prune", "report"] {
        known.push_str(&sandbox.snapenv(["ci", verb, "--help"]).success().stdout);
    }
    let known = options(&known);
    let mut seen = 0;
    for (file, text) in files() {
        for option in options(&text) {
            if FOREIGN.contains(&option.as_str()) {
                continue;
            }
            assert!(known.contains(&option), "{file}: {option} is no option");
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen}");
}

#[test]
fn templates_have_no_loose_ends() {
    let files = files();
    assert!(files.len() > 15);
    for (file, text) in files {
        assert!(text.ends_with('\n') && !text.contains('\r'), "{file}");
        // Words that whoever copies a template would have to search for and replace.
        for word in ["TODO", "FIXME", "XXX", "CHANGEME", "example.com", "\t"] {
            assert!(!text.contains(word), "{file} has {word:?}");
        }
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= 150, "{file}: a line of {longest}");
        assert!(
            !text.lines().any(|line| line.ends_with(' ')),
            "{file}: spaces at the end of a line"
        );
    }
}

#[test]
fn init_writes_all_or_nothing() {
    let sandbox = Sandbox::with_empty_store();
    let wrote = sandbox.snapenv(["ci", "init", "jenkins"]).success();
    let wrote = wrote
        .says("Wrote Jenkinsfile")
        .says("Wrote ci/jenkins/vars/withSnapshotEnv.groovy")
        .says("Next:");
    for line in wrote.stdout.lines().filter_map(|line| line.strip_prefix("Wrote ")) {
        assert!(sandbox.work(line).is_file(), "{line}");
    }
    let example = repository("integrations/jenkins/examples/declarative.Jenkinsfile");
    assert_eq!(fs::read(sandbox.work("Jenkinsfile")).unwrap(), fs::read(example).unwrap());
    fs::remove_dir_all(sandbox.work("ci")).unwrap();
    let before = Listing::fingerprint(&sandbox.work(""));
    let _ = sandbox
        .snapenv(["ci", "init", "jenkins"])
        .fails_with(1)
        .says("Jenkinsfile is there already; nothing was written")
        .says("hint: nothing that is there is overwritten");
    assert_eq!(Listing::fingerprint(&sandbox.work("")), before);
    let _ = sandbox.snapenv(["ci", "init", "hudson"]).fails_with(2).says("teamcity");
}

#[test]
fn init_writes_what_integrations_have() {
    let sandbox = Sandbox::with_empty_store();
    for vendor in ["jenkins", "bamboo", "github", "gitlab", "buildkite", "teamcity", "azure"] {
        let _ = sandbox.snapenv(["ci", "init", vendor]).success();
    }
    let written: BTreeSet<Vec<u8>> = WalkDir::new(sandbox.work(""))
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| fs::read(entry.path()).unwrap())
        .collect();
    let shipped: BTreeSet<Vec<u8>> = files()
        .into_iter()
        // An example of the same job, for those who write scripts.
        .filter(|(file, _)| !file.ends_with("scripted.Jenkinsfile"))
        .map(|(_, text)| text.into_bytes())
        .collect();
    assert_eq!(written, shipped);
}

#[test]
fn credentials_become_part_of_the_url_by_builtins_alone() {
    let script = fs::read_to_string(repository("integrations/jenkins/resources/snapenv/credentials.sh")).unwrap();
    let mut sandbox = Sandbox::with_empty_store();
    for (variable, value) in [
        ("PIP_INDEX_URL", "https://old:one@[::1]:8443/a@b/simple"),
        ("SNAPENV_INDEX_USERNAME", "me@work"),
        ("SNAPENV_INDEX_PASSWORD", "p:ä@/ s%?#'\"\\$x~"),
    ] {
        sandbox.set(variable, value);
    }
    let expected = "https://me%40work:p%3A%C3%A4%40%2F%20s%25%3F%23%27%22%5C%24x~@[::1]:8443/a@b/simple\n";
    for shell in ["sh", "bash"] {
        // Without any program in reach, no value can be an argument of one.
        let script = format!("PATH=/nowhere\nset -eux\n{script}printf '%s\\n' \"$PIP_INDEX_URL\"\n");
        let run = sandbox
            .run(std::path::Path::new("/bin").join(shell), ["-c", &script])
            .success();
        assert_eq!(run.stdout, expected, "{run}");
        assert!(!run.stderr.contains("s%25"), "{run}");
    }
    sandbox.unset("PIP_INDEX_URL");
    let run = sandbox.run("sh", ["-euc", script.as_str()]).fails_with(2);
    let _ = run.says("credentialsId needs index, or PIP_INDEX_URL");
}
