//! What the user sees: progress while it happens, the summary afterwards, notes and warnings.

mod heartbeat;
mod progress;
mod summary;
mod supplied;
mod terminal;
mod timeline;

pub use heartbeat::Heartbeat;
pub use progress::{Bar, NoBar, Progress, Silent};
pub use summary::{AnsweredBy, Deed, Summary, bytes, counted, duration};
pub use supplied::{Origin, Supplied};
pub use terminal::{Terminal, Verbosity, coloured};
pub use timeline::{Phase, Running, Span, Timeline};
