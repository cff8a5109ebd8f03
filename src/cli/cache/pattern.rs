//! Patterns of names, as shells and pip know them: `*`, `?`, `[abc]`, `[!a-c]`.

use std::fmt;

/// A pattern for distributions.
///
/// As for pip, it is one for the names of wheels (`name-version-tags`, with `_` for each `-` of the name): without a hyphen it is for the
/// whole name, and with one for the beginning of name and version. Unlike pip's, it also fits names as people write them.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    text: String,
    /// For all of `name-version-tags`.
    wheel: Vec<char>,
    /// For all of a name, in its normal form.
    name: Vec<char>,
    /// For all of a name and the beginning of its version, by each hyphen that may stand between them.
    versions: Vec<[Vec<char>; 2]>,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let end = if text.contains('-') { "*" } else { "-*" };
        let split = |at: usize| [normal(&lower[..at]), format!("{}*", &lower[at + 1..])].map(|part| letters(&part));
        Self {
            text: text.to_owned(),
            wheel: letters(&format!("{lower}{end}")),
            name: letters(&normal(&lower)),
            versions: lower.match_indices('-').map(|(at, _)| split(at)).collect(),
        }
    }

    /// Whether a distribution is meant.
    pub(super) fn fits(&self, project: &str, version: &str) -> bool {
        let version = version.to_ascii_lowercase();
        let name = letters(&normal(project));
        let wheel = format!("{}-{version}-", normal(project).replace('-', "_"));
        let version = letters(&version);
        fits(&self.wheel, &letters(&wheel))
            || fits(&self.name, &name)
            || self.versions.iter().any(|[of, from]| fits(of, &name) && fits(from, &version))
    }

    /// Whether everything is meant, the index's pages included, as by pip.
    pub(super) fn is_everything(&self) -> bool {
        self.text == "*"
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

fn letters(text: &str) -> Vec<char> {
    text.chars().collect()
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
        let fits = |pattern: &str| Pattern::new(pattern).fits("django-cms", "4.1.0");
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
            // The beginning of a version is enough for pip, too.
            "django_cms-4",
            "django-cms-4.1",
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
            "../x",
            "django-cm",
            "django-",
        ] {
            assert!(!fits(other), "{other}");
        }
    }

    #[test]
    fn a_project_is_not_the_beginning_of_another() {
        let pattern = Pattern::new("django-cms");
        assert!(!pattern.fits("django-cms-plugins", "1.0") && !pattern.fits("django", "1.0"));
        assert!(Pattern::new("*").is_everything() && !Pattern::new("**").is_everything());
    }
}
