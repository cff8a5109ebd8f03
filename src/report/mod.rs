//! What the user sees: progress while it happens, the summary afterwards, notes and warnings.

mod progress;

pub use progress::{Bar, NoBar, Progress, Silent};
