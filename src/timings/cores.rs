//! How many cores of the machine are in use, sampled while a run lasts.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

/// Between two samples.
const PERIOD: Duration = Duration::from_millis(100);

/// Cores in use between the sample before and this one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// When, since the run began.
    pub at: Duration,
    /// Cores, of all processes of the machine.
    pub cores: f64,
}

/// Takes samples until it is asked for them.
#[derive(Debug)]
pub struct Sampler {
    stop: Sender<()>,
    thread: JoinHandle<Vec<Sample>>,
}

impl Sampler {
    /// Begins, in a run that began then. Where the system does not tell, there are no samples.
    pub fn start(began: Instant) -> Self {
        let (stop, stopped) = channel();
        Self {
            stop,
            thread: spawn(move || samples(began, &stopped)),
        }
    }

    /// What there is.
    pub fn finish(self) -> Vec<Sample> {
        // It may have ended by itself.
        let _ = self.stop.send(());
        self.thread.join().unwrap_or_default()
    }
}

fn samples(began: Instant, stopped: &Receiver<()>) -> Vec<Sample> {
    let mut samples = Vec::new();
    let Some(mut before) = Ticks::now() else {
        return samples;
    };
    loop {
        let over = stopped.recv_timeout(PERIOD) != Err(RecvTimeoutError::Timeout);
        let Some(now) = Ticks::now() else {
            return samples;
        };
        if let Some(cores) = now.since(&before) {
            let at = began.elapsed();
            samples.push(Sample { at, cores });
            before = now;
        }
        if over {
            return samples;
        }
    }
}

/// Time that all cores of the machine have spent, in the system's ticks.
#[derive(Debug, PartialEq)]
struct Ticks {
    busy: u64,
    all: u64,
    cores: u32,
}

impl Ticks {
    fn now() -> Option<Self> {
        Self::read(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    /// Of `/proc/stat`.
    fn read(text: &str) -> Option<Self> {
        let total = text.lines().next()?.strip_prefix("cpu ")?;
        // user, nice, system, idle, iowait, irq, softirq, steal; what guests take is counted as user already.
        let ticks: Vec<u64> = total.split_whitespace().take(8).map_while(|word| word.parse().ok()).collect();
        let idle = ticks.get(3)? + ticks.get(4)?;
        let all = ticks.iter().sum();
        let of_core = |line: &&str| line.starts_with("cpu") && !line.starts_with("cpu ");
        Some(Self {
            busy: all - idle,
            all,
            cores: u32::try_from(text.lines().filter(of_core).count()).ok()?,
        })
    }

    fn since(&self, before: &Self) -> Option<f64> {
        let all = self.all.checked_sub(before.all).filter(|all| *all > 0)?;
        let busy = self.busy.saturating_sub(before.busy).min(all);
        let thousandths = u32::try_from(busy * 1000 / all).ok()?;
        Some(f64::from(thousandths) / 1000.0 * f64::from(self.cores))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_those_of_all_cores() {
        let before = Ticks::read("cpu  10 0 10 80 0 0 0 0 0 0\ncpu0 5 0 5 40\ncpu1 5 0 5 40\nintr 5\n").unwrap();
        let now = Ticks::read("cpu  60 0 10 130 0 0 0 0 0 0\ncpu0 55 0 5 40\ncpu1 5 0 5 90\nintr 5\n").unwrap();
        assert_eq!((before.cores, now.since(&before)), (2, Some(1.0)));
        assert_eq!(now.since(&now), None);
        assert_eq!(Ticks::read("no such thing"), None);
    }

    #[test]
    fn a_sampler_ends_when_it_is_asked() {
        let began = Instant::now();
        let samples = Sampler::start(began).finish();
        assert!(began.elapsed() < Duration::from_secs(5));
        assert!(samples.iter().all(|sample| sample.cores >= 0.0));
    }
}
