//! What a run in a build job did: one structure, from which everything that is shown is made.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use super::secrets::Secrets;
use crate::fs::Means;
use crate::report::{Origin, Phase, Span, Summary};

/// The version of the structure (`docs/schemas/report.schema.json`).
pub const SCHEMA: u32 = 1;

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The version of snapenv.
    pub snapenv: String,
    /// What became of it.
    pub result: Outcome,
    /// Why: how the request was answered, why it was a miss, or what went wrong.
    pub reason: String,
    /// When it began, in seconds since 1970.
    pub started: u64,
    /// The build server, and whether its build is trusted.
    pub server: ServerFacts,
    /// Where the environment is, absolute.
    pub path: String,
    /// Its folder of programs.
    pub bin: String,
    /// Its interpreter.
    pub python: String,
    /// The version of the interpreter.
    pub python_version: String,
    /// The key of the request; empty where there is none.
    pub key: String,
    /// Distributions by where they came from.
    pub counts: Counts,
    /// Wall time of the run.
    pub seconds: f64,
    /// What making all distributions once took.
    pub cost_seconds: f64,
    /// The latter less the former, where that is more than nothing.
    pub saved_seconds: f64,
    /// Files of the environment.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes fetched.
    pub fetched_bytes: u64,
    /// How files got there: `hardlink`, `clone`, `copy`, `layered`, `standby`.
    pub links: String,
    /// Seconds by phase; of phases that overlap, each counts in full.
    pub phases: BTreeMap<String, f64>,
    /// The distributions, in the order in which pip would install them.
    pub distributions: Vec<Distribution>,
    /// What was warned of.
    pub warnings: Vec<String>,
    /// What to do next, where it failed and that is known.
    pub hint: Option<String>,
}

/// A build server as a run saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFacts {
    /// Its name.
    pub name: String,
    /// `trusted`, `untrusted` or `unknown`.
    pub trust: String,
    /// Why.
    pub trust_reason: String,
}

/// Distributions by where they came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All of them.
    pub distributions: usize,
    /// From the store.
    pub store: usize,
    /// From a remote store.
    pub remote: usize,
    /// Fetched as wheels.
    pub index: usize,
    /// Built from source.
    pub built: usize,
    /// Installed by pip itself.
    pub pip: usize,
}

/// A distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Its project, normalized.
    pub name: String,
    /// Its version.
    pub version: String,
    /// `store`, `index`, `built` or `pip`.
    pub source: String,
    /// Seconds by phase; empty for what came from the store.
    pub phases: BTreeMap<String, f64>,
}

impl Report {
    /// A run that has just begun.
    pub fn unfinished(server: ServerFacts, started: u64, path: String) -> Self {
        Self {
            schema: SCHEMA,
            snapenv: env!("CARGO_PKG_VERSION").to_owned(),
            result: Outcome::Unfinished,
            reason: "the run has not come to its end".to_owned(),
            started,
            server,
            bin: format!("{path}/bin"),
            python: format!("{path}/bin/python"),
            path,
            python_version: String::new(),
            key: String::new(),
            counts: Counts::default(),
            seconds: 0.0,
            cost_seconds: 0.0,
            saved_seconds: 0.0,
            files: 0,
            bytes: 0,
            fetched_bytes: 0,
            links: String::new(),
            phases: BTreeMap::new(),
            distributions: Vec::new(),
            warnings: Vec::new(),
            hint: None,
        }
    }

    /// Takes in what was done.
    pub fn done(&mut self, result: Outcome, reason: String, summary: &Summary) {
        self.result = result;
        self.reason = reason;
        let of = |origin: Origin| summary.distributions.iter().filter(|one| one.origin == origin).count();
        self.counts = Counts {
            distributions: summary.distributions.len(),
            store: of(Origin::Store),
            remote: 0,
            index: of(Origin::Index),
            built: of(Origin::Built),
            pip: of(Origin::Pip),
        };
        self.cost_seconds = rounded(summary.cost);
        self.files = summary.files;
        self.bytes = summary.bytes;
        self.fetched_bytes = summary.fetched;
        self.links = match summary.means {
            Means::Links(mode) => mode.to_string(),
            Means::Layer => "layered".to_owned(),
            Means::Spare(_) => "standby".to_owned(),
        };
        let distributions = summary.distributions.iter().map(|one| Distribution {
            name: one.name.clone(),
            version: one.version.clone(),
            source: one.origin.name().to_owned(),
            phases: BTreeMap::new(),
        });
        self.distributions = distributions.collect();
    }

    /// Takes in what took how long, and all of it together.
    pub fn timed(&mut self, spans: &[Span], elapsed: Duration) {
        self.seconds = rounded(elapsed);
        let saved = matches!(self.result, Outcome::Hit | Outcome::Unchanged);
        self.saved_seconds = if saved {
            thousandths((self.cost_seconds - self.seconds).max(0.0))
        } else {
            0.0
        };
        let sums = |whose: &dyn Fn(&Span) -> bool| {
            let mut sums: BTreeMap<Phase, Duration> = BTreeMap::new();
            for span in spans.iter().filter(|span| whose(span)) {
                *sums.entry(span.phase).or_default() += span.to.saturating_sub(span.from);
            }
            sums.into_iter()
                .map(|(phase, sum)| (phase.name().to_owned(), rounded(sum)))
                .collect()
        };
        self.phases = sums(&|_| true);
        for one in &mut self.distributions {
            one.phases = sums(&|span| span.project.as_deref() == Some(one.name.as_str()));
        }
    }

    /// Takes out what must not be shown.
    pub fn keep_secret(&mut self, secrets: &Secrets) {
        self.reason = secrets.blanked(&self.reason);
        self.hint = self.hint.as_deref().map(|hint| secrets.blanked(hint));
        for warning in &mut self.warnings {
            *warning = secrets.blanked(warning);
        }
    }
}

fn rounded(time: Duration) -> f64 {
    thousandths(time.as_secs_f64())
}

fn thousandths(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{AnsweredBy, Deed, Supplied};

    fn report() -> Report {
        let server = ServerFacts {
            name: "jenkins".to_owned(),
            trust: "trusted".to_owned(),
            trust_reason: "Jenkins names no pull request".to_owned(),
        };
        let mut report = Report::unfinished(server, 7, "/w s/.venv".to_owned());
        let supplied = |name: &str, origin| Supplied {
            name: name.to_owned(),
            version: "1.0".to_owned(),
            origin,
        };
        let summary = Summary {
            deed: Deed::Assembled,
            environment: ".venv".to_owned(),
            distributions: vec![supplied("django", Origin::Store), supplied("lxml", Origin::Built)],
            hits: 1,
            misses: 1,
            files: 12,
            bytes: 3_000,
            fetched: 10,
            elapsed: Duration::from_secs(2),
            cost: Duration::from_secs(62),
            means: Means::Layer,
            answer: AnsweredBy::Known,
        };
        report.done(Outcome::Hit, "from a known request".to_owned(), &summary);
        let span = Span {
            phase: Phase::Build,
            project: Some("lxml".to_owned()),
            from: Duration::ZERO,
            to: Duration::from_millis(1500),
        };
        report.timed(&[span], Duration::from_secs(2));
        report
    }

    #[test]
    fn the_line_is_words() {
        let line = report().line();
        assert!(line.starts_with(
            "snapenv: result=hit key=- distributions=2 store=1 remote=0 index=0 built=1 seconds=2.00 saved=60.00 bytes=3000"
        ));
        assert!(
            line.ends_with(r#"trust=trusted path="/w s/.venv" reason="from a known request""#),
            "{line}"
        );
        assert!(!line.contains('\n'));
    }

    #[test]
    fn seconds_are_those_of_each() {
        let report = report();
        assert_eq!(report.phases, BTreeMap::from([("build".to_owned(), 1.5)]));
        assert_eq!(report.distributions[1].phases, report.phases);
        assert!(report.distributions[0].phases.is_empty());
    }

    #[test]
    fn all_properties_are_there_from_the_beginning() {
        let server = report().server;
        let unfinished = Report::unfinished(server, 7, "/w".to_owned());
        let names = |report: &Report| report.properties().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(&unfinished), names(&report()));
    }

    #[test]
    fn it_is_read_again() {
        let text = serde_json::to_string(&report()).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report());
    }

    #[test]
    fn the_page_shows_text_as_text() {
        let mut report = report();
        report.reason = "<b>\n# x".to_owned();
        assert!(report.markdown().contains("\\<b\\> \\# x\n"));
        assert!(report.markdown().contains("| lxml 1.0 | built | 1.50 |"));
    }
}
