//! Past runs: what they took, and what that saved.

use maud::{Markup, html};

use super::scale::{WIDTH, number};
use crate::report::{counted, duration};
use crate::store::{Outcome, Run};

/// As many are drawn.
const DRAWN: usize = 200;
const HEIGHT: f64 = 80.0;

/// Totals, and a bar for each run.
pub(super) fn history(runs: &[Run]) -> Markup {
    let hits = runs.iter().filter(|run| run.outcome == Outcome::Hit).count();
    let saved: u64 = runs.iter().map(Run::saved).sum();
    let drawn = &runs[runs.len().saturating_sub(DRAWN)..];
    html! {
        h2 { "Recent runs" }
        @if runs.is_empty() {
            p { "This is the first." }
        } @else {
            p {
                (counted(runs.len(), "run", "runs")) ", " (counted(hits, "hit", "hits")) " (" (hits * 100 / runs.len()) " %), "
                (duration(std::time::Duration::from_millis(saved))) " saved"
            }
            (bars(drawn))
        }
    }
}

/// Heights by the logarithm: hits take thousandths of what misses take.
fn bars(runs: &[Run]) -> Markup {
    let level = |run: &Run| {
        f64::from(u32::try_from(run.milliseconds.max(1)).unwrap_or(u32::MAX))
            .log10()
            .max(0.1)
    };
    let most = runs.iter().map(level).fold(1.0, f64::max);
    let wide = WIDTH / f64::from(u16::try_from(DRAWN).unwrap_or(u16::MAX));
    html! {
        svg.runs viewBox={ "0 0 " (number(WIDTH)) " " (number(HEIGHT)) } role="img" aria-label="runs, with heights by the logarithm of their time" {
            @for (index, run) in (0_u16..).zip(runs) {
                @let high = level(run) / most * (HEIGHT - 4.0);
                @let class = match run.outcome { Outcome::Hit => "hit", Outcome::Miss => "miss" };
                rect class={ "run " (class) } x=(number(f64::from(index) * wide)) y=(number(HEIGHT - high)) width=(number(wide - 1.0)) height=(number(high)) {
                    title { (class) ", " (run.milliseconds) " ms, " (run.distributions) " distributions, " (run.made) " made" }
                }
            }
        }
    }
}
