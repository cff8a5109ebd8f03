//! Patterns of names, as shells and pip know them: `*`, `?`, `[abc]`, `[!a-c]`.

use crate::pipeline::PipelineError;

/// A pattern for projects, or for projects with their version: `name`, `name-version`.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Vec<char>);

impl Pattern {
    /// Reads a pattern; names are compared as they are normalized.
    pub(super) fn new(text: &str) -> Result<Self, PipelineError> {
        if text.contains('/') {
            return Err(PipelineError::Pattern(text.to_owned()));
        }
        Ok(Self(text.to_ascii_lowercase().replace('_', "-").chars().collect()))
    }

    /// Whether a distribution is meant.
    pub(super) fn fits(&self, project: &str, version: &str) -> bool {
        let whole = format!("{project}-{version}").to_ascii_lowercase().replace('_', "-");
        let project = project.to_ascii_lowercase().replace('_', "-");
        [project, whole]
            .iter()
            .any(|name| fits(&self.0, &name.chars().collect::<Vec<_>>()))
    }
}

/// Goes back to the last star only: no pattern takes long.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut to) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while to < name.len() {
        match step(&pattern[at..], name[to]) {
            Step::Star => {
                star = Some((at, to));
                at += 1;
            }
            Step::Fits(length) => {
                at += length;
                to += 1;
            }
            Step::Differs => match &mut star {
                Some((behind, from)) => {
                    *from += 1;
                    (at, to) = (*behind + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

enum Step {
    Star,
    Fits(usize),
    Differs,
}

fn step(pattern: &[char], letter: char) -> Step {
    match pattern {
        ['*', ..] => Step::Star,
        ['?', ..] => Step::Fits(1),
        ['[', set @ ..] => match set.iter().skip(1).position(|end| *end == ']') {
            Some(end) if in_set(&set[..=end], letter) => Step::Fits(end + 3),
            None if letter == '[' => Step::Fits(1),
            Some(_) | None => Step::Differs,
        },
        [same, ..] if *same == letter => Step::Fits(1),
        _ => Step::Differs,
    }
}

fn in_set(set: &[char], letter: char) -> bool {
    let (set, inside) = match set {
        ['!', rest @ ..] => (rest, false),
        set => (set, true),
    };
    let mut rest = set;
    let mut found = false;
    loop {
        rest = match rest {
            [from, '-', to, rest @ ..] => {
                found |= (*from..=*to).contains(&letter);
                rest
            }
            [one, rest @ ..] => {
                found |= *one == letter;
                rest
            }
            [] => return found == inside,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_shells() {
        let fits = |pattern: &str| Pattern::new(pattern).unwrap().fits("django-cms", "4.1.0");
        for fitting in [
            "django-cms",
            "Django_CMS",
            "*",
            "django*",
            "django-cms-4.1.0",
            "*-4.*",
            "django-cms-4.?.0",
            "[a-e]jango-cms",
            "[!x]jango-cms*",
            "*a*c*s",
            "d*0",
        ] {
            assert!(fits(fitting), "{fitting}");
        }
        for other in [
            "django",
            "cms",
            "",
            "?",
            "[!d]*",
            "[x-z]*",
            "django-cms-4.2*",
            "*x*",
            "[d",
            "*a*a*a*a*a*a*a*a*b",
        ] {
            assert!(!fits(other), "{other}");
        }
        assert!(Pattern::new("../x").is_err());
    }
}
