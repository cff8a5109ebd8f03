//! `snapenv stats`

use std::collections::BTreeMap;

use clap::ArgMatches;
use serde_json::json;

use super::cache::session;
use super::outcome::print;
use crate::ci::ReportFolder;
use crate::pipeline::PipelineError;
use crate::report::{counted, duration};
use crate::store::{Outcome, Run};
use crate::timings::{Page, STYLE};

/// As many days are listed, of those on which there were runs.
const DAYS: usize = 14;

const DAY: u64 = 86_400;

pub(super) fn stats(matches: &ArgMatches) -> Result<(), PipelineError> {
    let session = session()?;
    let runs = session.store()?.runs();
    if let Some(folder) = matches.get_one::<String>("html") {
        let folder = ReportFolder::at(session.world.current_dir.join(folder));
        let title = format!(
            "{}: {}",
            session.settings.cache_dir.display(),
            counted(runs.len(), "run", "runs")
        );
        let page = Page {
            title: &title,
            facts: &[],
            spans: &[],
            samples: &[],
            distributions: &[],
            runs: &runs,
        };
        folder.make()?;
        folder.put("timings.css", STYLE)?;
        folder.put("stats.html", &page.html())?;
    }
    if matches.get_flag("json") {
        print(&format!("{:#}", as_json(&runs)));
    } else {
        tell(&runs, session.world.now);
    }
    Ok(())
}

/// Of some runs.
struct Totals {
    runs: usize,
    hits: usize,
    saved: u64,
    /// Milliseconds; none where there is no such run.
    hit: Option<u64>,
    miss: Option<u64>,
}

impl Totals {
    fn of<'a>(runs: impl Iterator<Item = &'a Run> + Clone) -> Self {
        let of = |outcome: Outcome| {
            let mut times: Vec<u64> = runs
                .clone()
                .filter(|run| run.outcome == outcome)
                .map(|run| run.milliseconds)
                .collect();
            times.sort_unstable();
            (times.len(), times.get(times.len() / 2).copied())
        };
        let ((hits, hit), (_, miss)) = (of(Outcome::Hit), of(Outcome::Miss));
        Self {
            runs: runs.clone().count(),
            hits,
            saved: runs.map(Run::saved).sum(),
            hit,
            miss,
        }
    }

    fn row(&self, name: &str) -> String {
        let time = |milliseconds: Option<u64>| milliseconds.map_or_else(|| "-".to_owned(), |time| format!("{time} ms"));
        let saved = duration(std::time::Duration::from_millis(self.saved));
        let rate = (self.hits * 100).checked_div(self.runs).unwrap_or_default();
        format!(
            "{name:<12} {:>6} {rate:>6} % {:>12} {:>12} {saved:>10}",
            self.runs,
            time(self.hit),
            time(self.miss)
        )
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "runs": self.runs,
            "hits": self.hits,
            "saved_milliseconds": self.saved,
            "median_hit_milliseconds": self.hit,
            "median_miss_milliseconds": self.miss,
        })
    }
}

/// Runs by how many days ago they were.
fn days(runs: &[Run], now: u64) -> BTreeMap<u64, Vec<&Run>> {
    let mut days: BTreeMap<u64, Vec<&Run>> = BTreeMap::new();
    for run in runs {
        days.entry(now.saturating_sub(run.at) / DAY).or_default().push(run);
    }
    days
}

fn tell(runs: &[Run], now: u64) {
    print(&format!(
        "{:<12} {:>6} {:>8} {:>12} {:>12} {:>10}",
        "", "runs", "hits", "a hit took", "a miss took", "saved"
    ));
    print(&Totals::of(runs.iter()).row("all"));
    for (ago, runs) in days(runs, now).into_iter().take(DAYS) {
        let name = match ago {
            0 => "last 24 h".to_owned(),
            days => format!("{days} d ago"),
        };
        print(&Totals::of(runs.iter().copied()).row(&name));
    }
}

fn as_json(runs: &[Run]) -> serde_json::Value {
    let mut object = Totals::of(runs.iter()).json();
    let each = runs.iter().map(|run| {
        json!({
            "at": run.at,
            "hit": run.outcome == Outcome::Hit,
            "distributions": run.distributions,
            "made": run.made,
            "milliseconds": run.milliseconds,
            "cost_milliseconds": run.cost,
        })
    });
    object["each"] = each.collect();
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_of_hits_and_misses_apart() {
        let run = |outcome, milliseconds| Run {
            at: 10 * DAY,
            outcome,
            distributions: 3,
            made: 0,
            milliseconds,
            cost: 5_000,
        };
        let runs = [
            run(Outcome::Hit, 10),
            run(Outcome::Hit, 30),
            run(Outcome::Hit, 20),
            run(Outcome::Miss, 4_000),
        ];
        let totals = Totals::of(runs.iter());
        assert_eq!(
            (totals.runs, totals.hits, totals.hit, totals.miss),
            (4, 3, Some(20), Some(4_000))
        );
        assert_eq!(totals.saved, 3 * 5_000 - 60);
        assert_eq!(days(&runs, 12 * DAY + 5).into_keys().collect::<Vec<_>>(), [2]);
        assert_eq!(
            Totals::of([].iter()).row("all").split_whitespace().collect::<Vec<_>>(),
            ["all", "0", "0", "%", "-", "-", "0", "s"]
        );
    }
}
