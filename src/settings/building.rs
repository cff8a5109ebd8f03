//! How builds are run, and what holds while their requirements are resolved.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::time::Duration;

use super::course::{Course, Present};
use super::resolve::{Asked, Settings};
use crate::requirements::{Choice, Search, SearchOption};

/// How builds are run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Building {
    /// How long one step of a build may take; without an end if it is not said.
    pub limit: Option<Duration>,
    /// How many builds run at the same time; as many as there are cores if it is not said.
    pub jobs: Option<NonZeroUsize>,
    /// What happens when a build misses a package of the system.
    pub system_packages: SystemPackages,
}

/// What happens when a build misses a package of the system.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SystemPackages {
    /// It is named.
    #[default]
    Named,
    /// It is installed, and the build tried once more.
    Installed,
}

/// A number of seconds, at least one.
pub(super) fn parse_limit(text: &str) -> Result<Duration, &'static str> {
    match text.parse::<u32>() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.into())),
        Ok(_) | Err(_) => Err("a whole number of seconds is wanted, such as 600"),
    }
}

/// A number of jobs, at least one.
pub(super) fn parse_jobs(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "a whole number of jobs is wanted, such as 4")
}

/// Options of the command that hold for what it builds, too: pip hands them down to the pip that installs build requirements.
const HANDED_DOWN: [&str; 2] = ["build-constraint", "uploaded-prior-to"];

/// Options of the network that pips get which are not asked what the user asks; they read the user's configuration themselves.
const NETWORK: [&str; 6] = [
    "--cert",
    "--client-cert",
    "--proxy",
    "--timeout",
    "--retries",
    "--trusted-host",
];

impl Settings {
    /// Options of the network as they were typed, for a pip that fetches something.
    pub fn network_arguments(&self) -> Vec<OsString> {
        let typed = self.pip_arguments.windows(2);
        let network = typed.filter(|pair| pair[0].to_str().is_some_and(|name| NETWORK.contains(&name)));
        network.flatten().cloned().collect()
    }

    /// What holds while these build requirements are resolved, where candidates come from `search`: what pip hands down to the pip that
    /// installs build requirements, and nothing else of what was asked.
    #[must_use]
    pub fn for_build_requirements(&self, requirements: &[String], search: &Search) -> Self {
        let mut answers = self.answers.clone();
        answers.retain(|option, _| HANDED_DOWN.contains(&option.as_str()));
        let constraints = answers.get("build-constraint").cloned().unwrap_or_default();
        // Pips before 26.3 know the first only for what they build, later ones the second only for what they install otherwise.
        let both = |file: &String| ["--build-constraint", file, "--constraint", file].map(OsString::from);
        let pip_arguments: Vec<OsString> = self
            .network_arguments()
            .into_iter()
            .chain(constraints.iter().flat_map(both))
            .collect();
        Self {
            asked: Asked {
                arguments: requirements.to_vec(),
                constraint_files: constraints,
                ..Asked::default()
            },
            search: options_of(search),
            resolving_arguments: pip_arguments.clone(),
            pip_arguments,
            hands_over: None,
            of_living: None,
            present: Present::default(),
            course: Course::default(),
            report: None,
            answers,
            ..self.clone()
        }
    }
}

/// The options that come to a search, as pip writes them for the pip that installs build requirements: without hashes.
fn options_of(search: &Search) -> Vec<SearchOption> {
    let Search {
        index_url,
        extra_index_urls,
        no_index,
        find_links,
        format,
        releases,
        prefer_binary,
        hashes: _,
        trusted_hosts,
        features: _,
        direct: _,
    } = search;
    let mut options = Vec::new();
    options.extend(no_index.then_some(SearchOption::NoIndex));
    options.extend(index_url.clone().map(SearchOption::IndexUrl));
    options.extend(extra_index_urls.iter().cloned().map(SearchOption::ExtraIndexUrl));
    options.extend(find_links.iter().cloned().map(SearchOption::FindLinks));
    options.extend(names(&format.no_binary).map(SearchOption::NoBinary));
    options.extend(names(&format.only_binary).map(SearchOption::OnlyBinary));
    options.extend(names(&releases.all_releases).map(SearchOption::AllReleases));
    options.extend(names(&releases.only_final).map(SearchOption::OnlyFinal));
    options.extend(prefer_binary.then_some(SearchOption::PreferBinary));
    options.extend(trusted_hosts.iter().cloned().map(SearchOption::TrustedHost));
    options
}

fn names(choice: &Choice) -> Option<String> {
    let all = choice.all.then_some(":all:");
    let names: Vec<&str> = all.into_iter().chain(choice.names.iter().map(String::as_str)).collect();
    (!names.is_empty()).then(|| names.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::HashChecking;

    #[test]
    fn a_search_survives_being_written_as_options() {
        let mut search = Search::default();
        for option in [
            SearchOption::IndexUrl("https://a/simple".to_owned()),
            SearchOption::ExtraIndexUrl("https://b/simple".to_owned()),
            SearchOption::FindLinks("links".to_owned()),
            SearchOption::NoBinary("one,two".to_owned()),
            SearchOption::OnlyBinary("three".to_owned()),
            SearchOption::Pre,
            SearchOption::PreferBinary,
            SearchOption::TrustedHost("b".to_owned()),
        ] {
            search.apply(&option);
        }
        assert_eq!(Search::from_settings(&options_of(&search)), search);
        search.hashes = HashChecking::Required;
        let handed_down = Search::from_settings(&options_of(&search));
        assert_eq!(handed_down.hashes, HashChecking::WhenGiven);
    }

    #[test]
    fn limits_are_positive() {
        assert_eq!(parse_limit("90"), Ok(Duration::from_secs(90)));
        assert!(parse_limit("0").is_err() && parse_limit("1.5").is_err() && parse_limit("soon").is_err());
        assert!(parse_jobs("0").is_err() && parse_jobs("x").is_err());
        assert_eq!(parse_jobs("3").map(NonZeroUsize::get), Ok(3));
    }
}
