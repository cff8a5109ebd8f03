//! `pyvenv.cfg`: what Python reads, what venv adds, what virtualenv adds, and our name.

use std::path::Path;

use super::SkeletonError;
use super::layout::{Seed, Skeleton, SystemSite};
use super::quote;
use crate::interpreter::Facts;

/// The text of the environment's `pyvenv.cfg`.
pub(super) fn text(skeleton: &Skeleton<'_>) -> Result<String, SkeletonError> {
    let facts = skeleton.facts;
    let executable = one_line(&facts.executable)?;
    let home = one_line(facts.executable.parent().unwrap_or(&facts.executable))?;
    // venv records the file behind all links; one that cannot be resolved is written as it is.
    let real = std::fs::canonicalize(&facts.executable).unwrap_or_else(|_| facts.executable.clone());
    let (major, minor, patch) = facts.version;
    let mut lines = vec![
        ("home", home.to_owned()),
        (
            "include-system-site-packages",
            match skeleton.system_site_packages {
                SystemSite::Visible => "true".to_owned(),
                SystemSite::Hidden => "false".to_owned(),
            },
        ),
        ("version", format!("{major}.{minor}.{patch}")),
    ];
    if let Some(prompt) = skeleton.prompt {
        lines.push(("prompt", quote::python(prompt)));
    }
    lines.extend([
        ("executable", one_line(&real)?.to_owned()),
        ("command", command(skeleton, executable)),
        ("implementation", implementation(facts).to_owned()),
        ("version_info", version_info(facts)),
        ("base-prefix", one_line(&facts.base_prefix)?.to_owned()),
        ("base-exec-prefix", one_line(&facts.base_exec_prefix)?.to_owned()),
        ("base-executable", executable.to_owned()),
        ("snapenv", env!("CARGO_PKG_VERSION").to_owned()),
    ]);
    let lines: Vec<String> = lines.into_iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    Ok(lines.concat())
}

/// The command that would make this environment without snapenv, on one line whatever it contains.
fn command(skeleton: &Skeleton<'_>, executable: &str) -> String {
    let mut words = vec![format!("{executable} -m venv")];
    if skeleton.seed == Seed::Without {
        words.push("--without-pip".to_owned());
    }
    if skeleton.system_site_packages == SystemSite::Visible {
        words.push("--system-site-packages".to_owned());
    }
    words.extend(skeleton.prompt.map(|prompt| format!("--prompt=\"{prompt}\"")));
    words.push(skeleton.destination.display().to_string());
    words
        .join(" ")
        .chars()
        .map(|character| match character {
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
            other => other,
        })
        .collect()
}

/// The name with its capitals: `CPython`.
fn implementation(facts: &Facts) -> &str {
    facts
        .markers
        .get("platform_python_implementation")
        .unwrap_or(&facts.implementation)
}

/// `sys.version_info` with dots: `3.11.7.final.0`, or `3.14.0.candidate.2` for 3.14.0rc2.
fn version_info(facts: &Facts) -> String {
    let (major, minor, patch) = facts.version;
    let release = format!("{major}.{minor}.{patch}");
    let suffix = facts.full_version.strip_prefix(&release).unwrap_or_default();
    let (level, serial) = [("rc", "candidate"), ("a", "alpha"), ("b", "beta")]
        .into_iter()
        .find_map(|(mark, level)| Some((level, suffix.strip_prefix(mark)?.trim_end_matches('+'))))
        .unwrap_or(("final", "0"));
    format!("{release}.{level}.{serial}")
}

fn one_line(path: &Path) -> Result<&str, SkeletonError> {
    let text = path.to_str().ok_or_else(|| SkeletonError::NotUtf8(path.to_owned()))?;
    if text.contains(['\n', '\r']) {
        return Err(SkeletonError::LineBreak(path.to_owned()));
    }
    Ok(text)
}
