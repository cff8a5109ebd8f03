//! What a run in a build job did: one structure, from which everything that is shown is made.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::secrets::Secrets;
use crate::fs::Means;
use crate::report::{Origin, Phase, Span, Summary, bytes, counted, duration};

/// The version of the structure (`docs/schemas/report.schema.json`).
pub const SCHEMA: u32 = 1;

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The environment was as it should be.
    Unchanged,
    /// All of it was known.
    Hit,
    /// Something had to be asked, fetched or built.
    Miss,
    /// It could not be made.
    Failed,
    /// It was not over when this was written.
    Unfinished,
}

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

    /// The properties that servers are handed, in the order of the documentation; all of them, always.
    pub fn properties(&self) -> Vec<(&'static str, String)> {
        let counts = &self.counts;
        vec![
            ("result", self.result.name().to_owned()),
            ("reason", self.reason.clone()),
            ("key", self.key.clone()),
            ("path", self.path.clone()),
            ("python", self.python.clone()),
            ("bin", self.bin.clone()),
            ("distributions", counts.distributions.to_string()),
            ("store", counts.store.to_string()),
            ("remote", counts.remote.to_string()),
            ("index", counts.index.to_string()),
            ("built", counts.built.to_string()),
            ("seconds", format!("{:.3}", self.seconds)),
            ("saved_seconds", format!("{:.3}", self.saved_seconds)),
            ("bytes", self.bytes.to_string()),
            ("links", self.links.clone()),
            ("vendor", self.server.name.clone()),
            ("trust", self.server.trust.clone()),
        ]
    }

    /// The line that stands last on the console.
    pub fn line(&self) -> String {
        let counts = &self.counts;
        let mut line = format!("snapenv: result={}", self.result.name());
        let words = [
            ("key", self.key.clone()),
            ("distributions", counts.distributions.to_string()),
            ("store", counts.store.to_string()),
            ("remote", counts.remote.to_string()),
            ("index", counts.index.to_string()),
            ("built", counts.built.to_string()),
            ("seconds", format!("{:.2}", self.seconds)),
            ("saved", format!("{:.2}", self.saved_seconds)),
            ("bytes", self.bytes.to_string()),
            ("links", self.links.clone()),
            ("vendor", self.server.name.clone()),
            ("trust", self.server.trust.clone()),
            ("path", word(&self.path)),
            ("reason", quoted(&self.reason)),
        ];
        for (name, value) in words {
            let value = if value.is_empty() { "-" } else { &value };
            let _ = write!(line, " {name}={value}");
        }
        line
    }

    /// A page for people.
    pub fn markdown(&self) -> String {
        let counts = &self.counts;
        let mut text = format!("### snapenv: {}\n\n", self.result.name());
        let _ = writeln!(text, "{}\n", escaped(&self.reason));
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "**Hint:** {}\n", escaped(hint));
        }
        let saved = duration(Duration::from_secs_f64(self.saved_seconds));
        let rows = [
            ("environment", escaped(&self.path)),
            ("interpreter", escaped(&self.python_version)),
            ("took", format!("{:.2} s", self.seconds)),
            ("saved", saved),
            (
                "distributions",
                format!(
                    "{}: {} from the store, {} fetched, {} built",
                    counts.distributions, counts.store, counts.index, counts.built
                ),
            ),
            (
                "size",
                format!(
                    "{}, {}",
                    counted(usize::try_from(self.files).unwrap_or(usize::MAX), "file", "files"),
                    bytes(self.bytes)
                ),
            ),
            ("links", self.links.clone()),
            (
                "trust",
                format!("{}: {}", self.server.trust, escaped(&self.server.trust_reason)),
            ),
            ("key", format!("`{}`", self.key)),
        ];
        text.push_str("| | |\n|---|---|\n");
        for (name, value) in rows {
            let _ = writeln!(text, "| {name} | {value} |");
        }
        let mut made: Vec<&Distribution> = self.distributions.iter().filter(|one| one.source != "store").collect();
        let total = |one: &Distribution| one.phases.values().sum::<f64>();
        made.sort_by(|a, b| total(b).total_cmp(&total(a)));
        if !made.is_empty() {
            text.push_str("\n| distribution | from | seconds |\n|---|---|---|\n");
            for one in made.iter().take(LISTED) {
                let _ = writeln!(
                    text,
                    "| {} {} | {} | {:.2} |",
                    escaped(&one.name),
                    escaped(&one.version),
                    one.source,
                    total(one)
                );
            }
            if made.len() > LISTED {
                let _ = writeln!(text, "| and {} more | | |", made.len() - LISTED);
            }
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "\n> {}", escaped(warning));
        }
        text
    }
}

/// As many distributions stand on the page for people.
const LISTED: usize = 25;

impl Outcome {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Failed => "failed",
            Self::Unfinished => "unfinished",
        }
    }

    /// Whether there is an environment now.
    pub fn has_environment(self) -> bool {
        match self {
            Self::Unchanged | Self::Hit | Self::Miss => true,
            Self::Failed | Self::Unfinished => false,
        }
    }
}

/// Markdown that shows as the text, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '&' | '@' => escaped.extend(['\\', c]),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A word of the console line: whatever would end it is quoted.
fn word(text: &str) -> String {
    if text.contains([' ', '"', '\n', '\t', '\\']) {
        quoted(text)
    } else {
        text.to_owned()
    }
}

fn quoted(text: &str) -> String {
    // Strings of JSON have no line breaks.
    serde_json::to_string(text).unwrap_or_default()
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
        assert_eq!(report.distributions[1].phases["build"], 1.5);
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
