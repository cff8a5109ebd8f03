//! The page of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use maud::{DOCTYPE, Markup, html};

use super::chart::{SHOWN, legend, waterfall};
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
        let lines = |rows: &[&Supplied]| {
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
        };
        let (shown, folded) = rows.split_at(rows.len().min(SHOWN));
        html! {
            (lines(shown))
            @if !folded.is_empty() {
                details {
                    summary { (folded.len()) " more" }
                    (lines(folded))
                }
            }
        }
    }
}

/// A line of the critical path.
struct Line<'a> {
    from: Duration,
    to: Duration,
    what: &'a str,
    of: &'a str,
    /// How many steps it stands for.
    steps: usize,
}

impl<'a> Line<'a> {
    fn of(step: &Step<'a>) -> Self {
        let (from, to, what, of) = match step {
            Step::Work(span) => (
                span.from,
                span.to,
                span.phase.name(),
                span.project.as_deref().unwrap_or("the run"),
            ),
            Step::Gap(from, to) => (*from, *to, "other", ""),
        };
        let steps = 1;
        Self {
            from,
            to,
            what,
            of,
            steps,
        }
    }

    fn took(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

/// Of a long path, short steps in a row become one line.
fn steps(path: &[Step]) -> Markup {
    let end = path.iter().map(|step| Line::of(step).to).max().unwrap_or_default();
    let is_short = |line: &Line| path.len() > SHOWN && line.took() * 200 < end;
    let mut lines: Vec<Line> = Vec::new();
    for next in path.iter().map(Line::of) {
        match lines.last_mut() {
            Some(last) if is_short(&next) && (last.steps > 1 || is_short(last)) => {
                last.to = next.to;
                last.steps += 1;
            }
            _ => lines.push(next),
        }
    }
    html! {
        table.path {
            thead { tr { th.number { "from" } th.number { "seconds" } th { "what" } th { "of" } } }
            tbody {
                @for line in lines {
                    tr {
                        td.number { (seconds(line.from)) } td.number { (seconds(line.took())) }
                        @if line.steps > 1 { td { (line.steps) " short steps" } td {} } @else { td { (line.what) } td { (line.of) } }
                    }
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
    fn short_steps_of_a_long_path_are_one_line() {
        let span = |from: u64, to: u64| Span {
            phase: Phase::Fetch,
            project: Some(format!("project-{from}")),
            from: Duration::from_millis(from),
            to: Duration::from_millis(to),
        };
        let long = [span(0, 5000), span(5000, 5001)];
        let short: Vec<Span> = (5001..5100).map(|n| span(n, n + 1)).collect();
        let path: Vec<Step> = long.iter().chain(&short).map(Step::Work).collect();
        let table = steps(&path).into_string();
        assert_eq!(table.matches("<tr>").count(), 3, "{table}");
        assert!(
            table.contains("<td>100 short steps</td>") && table.contains("project-0<"),
            "{table}"
        );
        assert_eq!(steps(&path[..50]).into_string().matches("<tr>").count(), 51);
    }

    #[test]
    fn of_many_distributions_those_that_took_longest_are_seen_at_once() {
        let names: Vec<String> = (1..=1000).map(|n| format!("project-{n:04}")).collect();
        let html = page(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let (seen, folded) = html.split_once("<details>").unwrap();
        assert_eq!(seen.matches("class=\"name\"").count(), SHOWN + 1, "and the cores in use");
        assert!(seen.contains(">project-1000<") && !seen.contains(">project-0501<"));
        assert!(
            folded.starts_with("<summary>940 more that took up to 0.949 s each</summary>"),
            "{}",
            &folded[..200]
        );
        assert!(folded.contains("<summary>940 more</summary>"));
    }

    #[test]
    fn each_distribution_has_a_row_and_a_bar() {
        let names: Vec<String> = (0..1000).map(|n| format!("project-{n}")).collect();
        let html = page(&names.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(html.matches("<th scope=\"row\">").count(), 1000);
        assert!(html.matches("class=\"bar fetch").count() >= 1000);
    }
}
