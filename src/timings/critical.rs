//! The critical path: what the end of a run waited for.

use std::time::Duration;

use crate::report::Span;

/// A part of the way from the beginning of a run to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// A span, as far as it was waited for.
    Work(&'a Span),
    /// Nothing that was noted.
    Gap(Duration, Duration),
}

/// Shorter than this no gap is told of.
const BLINK: Duration = Duration::from_millis(1);

/// Leads back from the span that ended last: before each stands the one that ended last before it began, of the same project if one of these
/// ended no more than a blink earlier.
pub fn critical_path(spans: &[Span]) -> Vec<Step<'_>> {
    let mut path = Vec::new();
    let mut at = spans.iter().max_by_key(|span| span.to);
    while let Some(span) = at {
        path.push(Step::Work(span));
        let before = |other: &&Span| other.to <= span.from && other.from < span.from;
        let last = spans.iter().filter(before).max_by_key(|other| other.to);
        let of_same = |other: &&Span| span.project.is_some() && other.project == span.project;
        let same = spans.iter().filter(before).filter(of_same).max_by_key(|other| other.to);
        at = match (last, same) {
            (Some(last), Some(same)) if same.to + BLINK >= last.to => Some(same),
            (last, _) => last,
        };
        let end = at.map_or(Duration::ZERO, |other| other.to);
        if span.from > end + BLINK {
            path.push(Step::Gap(end, span.from));
        }
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Phase;

    fn span(phase: Phase, project: Option<&str>, from: u64, to: u64) -> Span {
        Span {
            phase,
            project: project.map(str::to_owned),
            from: Duration::from_millis(from),
            to: Duration::from_millis(to),
        }
    }

    #[test]
    fn it_leads_through_what_took_longest() {
        let spans = [
            span(Phase::Resolve, None, 0, 100),
            span(Phase::Fetch, Some("small"), 100, 110),
            span(Phase::Fetch, Some("large"), 100, 400),
            span(Phase::Pack, Some("small"), 110, 399),
            span(Phase::Pack, Some("large"), 400, 900),
            span(Phase::Assemble, None, 920, 1000),
        ];
        let path = critical_path(&spans);
        let gap = Step::Gap(Duration::from_millis(900), Duration::from_millis(920));
        let work = |index: usize| Step::Work(&spans[index]);
        assert_eq!(path, [work(0), work(2), work(4), gap, work(5)]);
    }

    #[test]
    fn what_nobody_noted_before_the_first_is_a_gap() {
        let spans = [span(Phase::Assemble, None, 30, 40)];
        let path = critical_path(&spans);
        assert_eq!(path[0], Step::Gap(Duration::ZERO, Duration::from_millis(30)));
        assert!(critical_path(&[]).is_empty());
    }

    #[test]
    fn it_ends_however_spans_lie() {
        let spans: Vec<Span> = (0..50).map(|n| span(Phase::Fetch, None, n % 7, n % 7)).collect();
        assert!(critical_path(&spans).len() <= 14);
    }
}
