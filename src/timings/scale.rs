//! From seconds to places in a chart.

use std::time::Duration;

/// Width of charts, in units of their view box.
pub(super) const WIDTH: f64 = 1000.0;

/// A linear scale from nought to the end of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    seconds: f64,
    left: f64,
}

impl Scale {
    /// To `end`, with room at the left.
    pub(super) fn new(end: Duration, left: f64) -> Self {
        Self {
            seconds: end.as_secs_f64().max(0.001),
            left,
        }
    }

    /// Where a time lies.
    pub(super) fn x(&self, at: Duration) -> f64 {
        self.left + at.as_secs_f64() / self.seconds * (WIDTH - self.left)
    }

    /// Times for marks, and what they say: round ones, ten at most.
    pub(super) fn marks(&self) -> Vec<(Duration, String)> {
        let step = self.step();
        let digits = if step < 0.01 {
            3
        } else if step < 0.1 {
            2
        } else {
            usize::from(step < 1.0)
        };
        let times = (0..=10).map(|n| f64::from(n) * step).take_while(|at| *at <= self.seconds);
        times
            .map(|at| (Duration::from_secs_f64(at), format!("{at:.digits$} s")))
            .collect()
    }

    /// 1, 2 or 5 times a power of ten, of which at most ten fit.
    fn step(&self) -> f64 {
        let mut power = 0.0001;
        loop {
            for factor in [1.0, 2.0, 5.0] {
                if power * factor * 10.0 >= self.seconds {
                    return power * factor;
                }
            }
            power *= 10.0;
        }
    }
}

/// A number as it stands in a chart.
pub(super) fn number(value: f64) -> String {
    format!("{value:.1}")
}

/// Seconds with as many digits as matter.
pub(super) fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.3}")
    } else {
        format!("{seconds:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        for millis in [1, 7, 80, 333, 1_000, 9_999, 61_000, 3_600_000] {
            let marks = Scale::new(Duration::from_millis(millis), 0.0).marks();
            assert!((2..=11).contains(&marks.len()), "{millis}: {marks:?}");
        }
        let marks = Scale::new(Duration::from_secs(45), 0.0).marks();
        assert_eq!(marks[1], (Duration::from_secs(5), "5 s".to_owned()));
    }

    #[test]
    fn the_end_is_at_the_right() {
        let scale = Scale::new(Duration::from_secs(4), 200.0);
        assert!((scale.x(Duration::ZERO) - 200.0).abs() < 1e-9 && (scale.x(Duration::from_secs(4)) - WIDTH).abs() < 1e-9);
    }
}
