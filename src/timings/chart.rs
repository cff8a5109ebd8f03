//! The waterfall: a row for the run, and one for each project that was worked on; above it the cores in use.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use maud::{Markup, html};

use super::cores::Sample;
use super::critical::Step;
use super::scale::{Scale, WIDTH, number, seconds};
use crate::report::{Phase, Span};

/// Height of a row, of the marks at the top, and of the chart of cores.
const ROW: f64 = 16.0;
const HEAD: f64 = 18.0;
const CORES: f64 = 60.0;

/// As many rows and lines are seen at once; what is beyond is a click away.
pub(super) const SHOWN: usize = 60;

/// Room for names.
const NAMES: f64 = 210.0;

/// What a chart is drawn of.
struct Canvas<'a> {
    scale: Scale,
    path: &'a [Step<'a>],
    samples: &'a [Sample],
}

type Row<'a> = (Option<&'a str>, Vec<&'a Span>);

/// The chart of a run; none where nothing was noted. Beyond [`SHOWN`] projects, those that matter least are folded away.
pub(super) fn waterfall(spans: &[Span], path: &[Step], samples: &[Sample]) -> Option<Markup> {
    let end = spans.iter().map(|span| span.to).max()?;
    let mut canvas = Canvas {
        scale: Scale::new(end, NAMES),
        path,
        samples,
    };
    let (shown, folded) = canvas.parted(rows(spans));
    let chart = canvas.svg(&shown);
    canvas.samples = &[];
    let longest = folded.iter().map(|(_, spans)| total(spans)).max();
    Some(html! {
        (chart)
        @if let Some(longest) = longest {
            details {
                summary { (folded.len()) " more that took up to " (seconds(longest)) " s each" }
                (canvas.svg(&folded))
            }
        }
    })
}

impl Canvas<'_> {
    fn is_critical(&self, span: &Span) -> bool {
        let mut steps = self.path.iter();
        steps.any(|step| matches!(step, Step::Work(other) if std::ptr::eq(*other, span)))
    }

    /// Rows that are shown, and those that are not: the run, what is on the critical path and what took longest matter most.
    fn parted<'r>(&self, rows: Vec<Row<'r>>) -> (Vec<Row<'r>>, Vec<Row<'r>>) {
        let mut ranked: Vec<usize> = (0..rows.len()).collect();
        ranked.sort_by_cached_key(|index| {
            let (project, spans) = &rows[*index];
            let critical = spans.iter().any(|span| self.is_critical(span));
            (project.is_some(), !critical, Reverse(total(spans)))
        });
        let shown: BTreeSet<usize> = ranked.into_iter().take(SHOWN).collect();
        let (shown, folded): (Vec<_>, Vec<_>) = rows.into_iter().enumerate().partition(|(index, _)| shown.contains(index));
        let plain = |rows: Vec<(usize, Row<'r>)>| rows.into_iter().map(|(_, row)| row).collect();
        (plain(shown), plain(folded))
    }

    fn svg(&self, rows: &[Row]) -> Markup {
        let scale = &self.scale;
        let top = HEAD + if self.samples.is_empty() { 0.0 } else { CORES };
        let height = top + f64::from(u16::try_from(rows.len()).unwrap_or(u16::MAX)) * ROW + 4.0;
        html! {
            svg.waterfall viewBox={ "0 0 " (number(WIDTH)) " " (number(height)) } role="img" aria-label="waterfall" {
                @for (at, text) in scale.marks() {
                    line.mark x1=(number(scale.x(at))) x2=(number(scale.x(at))) y1=(number(HEAD)) y2=(number(height)) {}
                    text.mark x=(number(scale.x(at))) y=(number(HEAD - 6.0)) { (text) }
                }
                @if !self.samples.is_empty() { (cores(self.samples, scale)) }
                @for (index, (project, spans)) in (0_u16..).zip(rows) {
                    @let y = top + f64::from(index) * ROW;
                    text.name x=(number(NAMES - 8.0)) y=(number(y + ROW - 4.0)) { (project.unwrap_or("the run")) }
                    @for span in spans {
                        (bar(span, scale, y, self.is_critical(span)))
                    }
                }
            }
        }
    }
}

fn total(spans: &[&Span]) -> Duration {
    spans.iter().map(|span| span.to.saturating_sub(span.from)).sum()
}

fn bar(span: &Span, scale: &Scale, y: f64, critical: bool) -> Markup {
    let (from, to) = (scale.x(span.from), scale.x(span.to));
    let what = span.project.as_deref().unwrap_or("the run");
    let took = span.to.saturating_sub(span.from);
    html! {
        rect class={ "bar " (span.phase.name()) @if critical { " critical" } }
            x=(number(from)) y=(number(y + 2.0)) width=(number((to - from).max(1.0))) height=(number(ROW - 4.0)) {
            title { (what) ": " (span.phase.name()) ", " (seconds(took)) " s from " (seconds(span.from)) " s" }
        }
    }
}

/// The run first, then projects as they were begun.
fn rows(spans: &[Span]) -> Vec<Row<'_>> {
    let mut rows: BTreeMap<Option<&str>, Vec<&Span>> = BTreeMap::new();
    for span in spans {
        rows.entry(span.project.as_deref()).or_default().push(span);
    }
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by_key(|(project, spans)| (project.is_some(), spans.iter().map(|span| span.from).min()));
    rows
}

fn cores(samples: &[Sample], scale: &Scale) -> Markup {
    let most = samples.iter().map(|sample| sample.cores).fold(1.0, f64::max).ceil();
    let base = HEAD + CORES - 6.0;
    let y = |cores: f64| base - cores / most * (CORES - 14.0);
    let mut points = format!("{},{}", number(scale.x(Duration::ZERO)), number(base));
    let mut before = Duration::ZERO;
    for sample in samples {
        let level = number(y(sample.cores));
        let _ = write!(
            points,
            " {},{level} {},{level}",
            number(scale.x(before)),
            number(scale.x(sample.at))
        );
        before = sample.at;
    }
    let _ = write!(points, " {},{}", number(scale.x(before)), number(base));
    html! {
        text.name x=(number(NAMES - 8.0)) y=(number(base - 2.0)) { "cores in use, of " (format!("{most:.0}")) }
        polygon.cores points=(points) {}
    }
}

/// What colours mean, for those phases that there are.
pub(super) fn legend(spans: &[Span]) -> Markup {
    let seen = Phase::ALL
        .into_iter()
        .filter(|phase| spans.iter().any(|span| span.phase == *phase));
    html! {
        ul.legend {
            @for phase in seen {
                li { svg.key viewBox="0 0 10 10" aria-hidden="true" { rect class={ "bar " (phase.name()) } width="10" height="10" {} } (phase.name()) }
            }
        }
    }
}
