//! What a comparison of many sets came to.

use std::io::Write as _;
use std::sync::Mutex;

#[derive(Default)]
struct Counts {
    equal: usize,
    handed: Vec<String>,
    different: Vec<String>,
}

/// Counts while threads compare.
#[derive(Default)]
pub(super) struct Tally(Mutex<Counts>);

impl Tally {
    /// A native answer is pip's.
    pub(super) fn equal(&self) {
        self.0.lock().unwrap().equal += 1;
    }

    /// pip itself answered.
    pub(super) fn handed(&self, name: &str, reason: &str) {
        self.0.lock().unwrap().handed.push(format!("[{name}] {reason}"));
    }

    /// The answer is another than pip's.
    pub(super) fn differs(&self, name: &str, how: &str) {
        self.0.lock().unwrap().different.push(format!("[{name}] {how}"));
    }

    /// Prints the figures past the test runner's capture, and demands that nothing differs and little was handed on.
    pub(super) fn finish(self, what: &str, sets: usize, handed_at_most: usize) {
        let mut counts = self.0.into_inner().unwrap();
        let (equal, handed) = (counts.equal, counts.handed.len());
        let different = counts.different.len();
        counts.handed.sort();
        let line = format!(
            "\n{what}: handed to pip:\n  {}\n{what}: {sets} sets, {equal} equal, {handed} handed to pip, {different} different\n",
            counts.handed.join("\n  ")
        );
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
        counts.different.sort();
        assert!(
            counts.different.is_empty(),
            "{different} of {sets} differ:\n{}",
            counts.different.join("\n")
        );
        assert!(handed <= handed_at_most, "{handed} of {sets} were handed to pip");
    }
}
