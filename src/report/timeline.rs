//! What took how long in a run: noted where it happens, shown by whoever wants to.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Shorter than this nothing was waited for.
const BLINK: Duration = Duration::from_millis(1);

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The interpreter is asked what it is.
    Interpreter,
    /// The request is read, and looked for in the store.
    Lookup,
    /// The index is asked whether what is known still holds.
    Revalidate,
    /// The pip of the environment is fetched and made.
    Pip,
    /// What is there is compared with what was made.
    Verify,
    /// An answer is looked for.
    Resolve,
    /// Another process makes the same, or all seats are taken.
    Wait,
    /// From an index.
    Fetch,
    /// By a backend.
    Build,
    /// Unpacked, laid out, compiled, archived.
    Pack,
    /// Into the store.
    Keep,
    /// What all distributions come to as one environment.
    Compose,
    /// Links and private files.
    Assemble,
    /// The environment is put into its place.
    Publish,
}

/// A stretch of work, from and to when since the run began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What kind.
    pub phase: Phase,
    /// The project that it was for; none for the run as a whole.
    pub project: Option<String>,
    /// When it began.
    pub from: Duration,
    /// When it ended.
    pub to: Duration,
}

/// What a run has done so far. Noted from many threads.
#[derive(Debug)]
pub struct Timeline {
    began: Instant,
    spans: Mutex<Vec<Span>>,
}

/// Work under way; dropping it notes its end.
#[derive(Debug)]
pub struct Running<'a> {
    timeline: &'a Timeline,
    phase: Phase,
    project: Option<&'a str>,
    from: Instant,
}

impl Phase {
    /// All of them, in the order in which a distribution meets them.
    pub const ALL: [Self; 14] = [
        Self::Interpreter,
        Self::Lookup,
        Self::Revalidate,
        Self::Pip,
        Self::Verify,
        Self::Resolve,
        Self::Wait,
        Self::Fetch,
        Self::Build,
        Self::Pack,
        Self::Keep,
        Self::Compose,
        Self::Assemble,
        Self::Publish,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interpreter => "interpreter",
            Self::Lookup => "lookup",
            Self::Revalidate => "revalidate",
            Self::Pip => "pip",
            Self::Verify => "verify",
            Self::Resolve => "resolve",
            Self::Wait => "wait",
            Self::Fetch => "fetch",
            Self::Build => "build",
            Self::Pack => "pack",
            Self::Keep => "keep",
            Self::Compose => "compose",
            Self::Assemble => "assemble",
            Self::Publish => "publish",
        }
    }
}

impl Timeline {
    /// Of a run that began then.
    pub fn since(began: Instant) -> Self {
        Self {
            began,
            spans: Mutex::default(),
        }
    }

    /// When the run began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Work for the run as a whole begins.
    pub fn span(&self, phase: Phase) -> Running<'_> {
        self.begin(phase, None)
    }

    /// Work for a project begins.
    pub fn span_of<'a>(&'a self, phase: Phase, project: &'a str) -> Running<'a> {
        self.begin(phase, Some(project))
    }

    fn begin<'a>(&'a self, phase: Phase, project: Option<&'a str>) -> Running<'a> {
        Running {
            timeline: self,
            phase,
            project,
            from: Instant::now(),
        }
    }

    /// What is over, in the order in which it began.
    pub fn spans(&self) -> Vec<Span> {
        let mut spans = self.noted().clone();
        spans.sort_by_key(|span| (span.from, span.to));
        spans
    }

    fn noted(&self) -> MutexGuard<'_, Vec<Span>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let began = self.timeline.began;
        let span = Span {
            phase: self.phase,
            project: self.project.map(str::to_owned),
            from: self.from.saturating_duration_since(began),
            to: began.elapsed(),
        };
        // Nobody waits for a seat that is free.
        if self.phase != Phase::Wait || span.to.saturating_sub(span.from) >= BLINK {
            self.timeline.noted().push(span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_noted_when_it_ends_and_told_as_it_began() {
        let timeline = Timeline::since(Instant::now());
        let resolving = timeline.span(Phase::Resolve);
        let fetching = timeline.span_of(Phase::Fetch, "django");
        drop(fetching);
        assert_eq!(timeline.spans().len(), 1);
        drop(resolving);
        let spans = timeline.spans();
        assert_eq!(
            spans.iter().map(|span| span.phase).collect::<Vec<_>>(),
            [Phase::Resolve, Phase::Fetch]
        );
        assert_eq!(spans[1].project.as_deref(), Some("django"));
        assert!(spans[0].from <= spans[1].from && spans[1].to <= spans[0].to);
    }
}
