//! What the user sees: progress while it happens, the summary afterwards, notes and warnings.

mod progress;
mod summary;
mod terminal;

pub use progress::{Bar, NoBar, Progress, Silent};
pub use summary::{AnsweredBy, Deed, Summary, bytes, counted, duration};
pub use terminal::{Terminal, Verbosity, coloured};
