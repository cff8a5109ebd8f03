//! The page of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use maud::{DOCTYPE, Markup, html};

use super::chart::{legend, waterfall};
use super::cores::Sample;
use super::critical::{Step, critical_path};
use super::history::history;
use super::scale::seconds;
use crate::report::{Phase, Span, Supplied};
use crate::store::Run;

/// The style that pages refer to as `timings.css`.
pub const STYLE: &str = include_str!("timings.css");

/// What a page shows.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// In one line, what was done.
    pub title: &'a str,
    /// What else is to be said: a name and a value.
    pub facts: &'a [(&'a str, String)],
    /// What took how long.
    pub spans: &'a [Span],
    /// Cores in use.
    pub samples: &'a [Sample],
    /// The distributions of the environment.
    pub distributions: &'a [Supplied],
    /// Past runs, the oldest first.
    pub runs: &'a [Run],
}

impl Page<'_> {
    /// The page as HTML, without any script or style of its own.
    pub fn html(&self) -> String {
        let path = critical_path(self.spans);
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { "snapenv: " (self.title) }
                    link rel="stylesheet" href="timings.css";
                }
                body {
                    h1 { (self.title) }
                    @if !self.facts.is_empty() {
                        dl { @for (name, value) in self.facts { dt { (name) } dd { (value) } } }
                    }
                    @if let Some(chart) = waterfall(self.spans, &path, self.samples) {
                        h2 { "Waterfall" }
                        (legend(self.spans))
                        (chart)
                        h2 { "Critical path" }
                        (steps(&path))
                    }
                    @if !self.distributions.is_empty() {
                        h2 { "Distributions" }
                        (self.table())
                    }
                    (history(self.runs))
                }
            }
        };
        page.into_string()
    }

    /// Those that took longest come first.
    fn table(&self) -> Markup {
        let mut times: BTreeMap<&str, BTreeMap<Phase, Duration>> = BTreeMap::new();
        for span in self.spans {
            if let Some(project) = &span.project {
                *times.entry(project).or_default().entry(span.phase).or_default() += span.to.saturating_sub(span.from);
            }
        }
        let total = |name: &str| times.get(name).map_or(Duration::ZERO, |phases| phases.values().sum());
        let phases: Vec<Phase> = Phase::ALL
            .into_iter()
            .filter(|phase| times.values().any(|of_one| of_one.contains_key(phase)))
            .collect();
        let mut rows: Vec<&Supplied> = self.distributions.iter().collect();
        rows.sort_by_key(|one| (std::cmp::Reverse(total(&one.name)), &one.name));
        html! {
            table {
                thead { tr {
                    th { "distribution" } th { "version" } th { "from" }
                    @for phase in &phases { th.number { (phase.name()) } }
                    @if !phases.is_empty() { th.number { "seconds" } }
                } }
                tbody {
                    @for one in rows {
                        tr {
                            th scope="row" { (one.name) } td { (one.version) } td class=(one.origin.name()) { (one.origin.name()) }
                            @for phase in &phases {
                                td.number { @if let Some(time) = times.get(one.name.as_str()).and_then(|of_one| of_one.get(phase)) { (seconds(*time)) } }
                            }
                            @if !phases.is_empty() {
                                td.number { @if times.contains_key(one.name.as_str()) { (seconds(total(&one.name))) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn steps(path: &[Step]) -> Markup {
    let parts = path.iter().map(|step| match step {
        Step::Work(span) => (
            span.from,
            span.to,
            span.phase.name(),
            span.project.as_deref().unwrap_or("the run"),
        ),
        Step::Gap(from, to) => (*from, *to, "other", ""),
    });
    html! {
        table.path {
            thead { tr { th.number { "from" } th.number { "seconds" } th { "what" } th { "of" } } }
            tbody {
                @for (from, to, phase, whose) in parts {
                    tr { td.number { (seconds(from)) } td.number { (seconds(to.saturating_sub(from))) } td { (phase) } td { (whose) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Origin;
    use crate::store::Outcome;

    fn page(names: &[&str]) -> String {
        let spans: Vec<Span> = (1..)
            .zip(names)
            .map(|(n, name)| Span {
                phase: Phase::Fetch,
                project: Some((*name).to_owned()),
                from: Duration::from_millis(n),
                to: Duration::from_millis(n * 2),
            })
            .collect();
        let placed: Vec<Supplied> = names
            .iter()
            .map(|name| Supplied {
                name: (*name).to_owned(),
                version: "1.0".to_owned(),
                origin: Origin::Index,
            })
            .collect();
        let run = Run {
            at: 0,
            outcome: Outcome::Hit,
            distributions: 2,
            made: 0,
            milliseconds: 200,
            cost: 60_200,
        };
        let page = Page {
            title: ".venv: 2 distributions",
            facts: &[("key", "4be1".to_owned())],
            spans: &spans,
            samples: &[Sample {
                at: Duration::from_millis(3),
                cores: 1.5,
            }],
            distributions: &placed,
            runs: &[run],
        };
        page.html()
    }

    #[test]
    fn a_strict_policy_lets_it_through() {
        let html = page(&["django", "numpy"]);
        for forbidden in [
            "<script",
            "<style",
            " style=",
            "javascript:",
            " onclick",
            "data:",
            "http:",
            "https:",
        ] {
            assert!(!html.contains(forbidden), "{forbidden} in {html}");
        }
        assert!(html.contains(r#"href="timings.css""#) && html.contains("1 run, 1 hit (100 %), 60 s saved"));
    }

    #[test]
    fn names_are_text() {
        let html = page(&["<img src=x>", "a\"b"]);
        assert!(!html.contains("<img") && html.contains("&lt;img src=x&gt;"));
    }

    #[test]
    fn each_distribution_has_a_row_and_a_bar() {
        let names: Vec<String> = (0..1000).map(|n| format!("project-{n}")).collect();
        let html = page(&names.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(html.matches("<th scope=\"row\">").count(), 1000);
        assert!(html.matches("class=\"bar fetch").count() >= 1000);
    }
}
