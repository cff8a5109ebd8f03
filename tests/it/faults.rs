//! Faults: kills at any moment, many jobs at once, disks that fail or lose power, filesystems without locks, clocks that jump.
//!
//! By default a few of each. `SNAPENV_FAULTS=1000` is the campaign: so many kills at random points, kills and failures at every point of a few
//! system calls, a bit of every file of the store flipped, fifty rounds of eight jobs. Its figures are printed; `SNAPENV_FAULTS_SEED` repeats
//! its choices.

mod arena;
mod calls;
mod clock;
mod disks;
mod flips;
mod jobs;
mod kills;
mod order;
mod power;
mod unlocked;

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// A few of each.
    Short,
    /// So many kills, and all of the rest.
    Long(usize),
}

impl Scale {
    fn asked() -> Self {
        let runs = std::env::var("SNAPENV_FAULTS").ok().and_then(|runs| runs.parse().ok());
        runs.map_or(Self::Short, Self::Long)
    }

    fn is_long(self) -> bool {
        self != Self::Short
    }
}

/// Numbers that nobody foresees, but that can be had again.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let seed = std::env::var("SNAPENV_FAULTS_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Self(seed.unwrap_or(now.as_secs() << 30 | u64::from(now.subsec_nanos())) | 1)
    }

    fn seed(&self) -> u64 {
        self.0
    }

    fn below(&mut self, limit: u32) -> u32 {
        // xorshift
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 16) % u64::from(limit.max(1))).unwrap()
    }

    /// A part of a time.
    fn part_of(&mut self, time: std::time::Duration) -> std::time::Duration {
        time.mul_f64(f64::from(self.below(1000)) / 1000.0)
    }
}
