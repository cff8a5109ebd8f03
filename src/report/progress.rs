//! Progress as the working layers announce it; how it is drawn is decided above them.

/// Receives what happens while a request is being worked on. Called from many threads.
pub trait Progress: Sync + Send {
    /// A step of the whole begins, such as `resolving with pip 26.3`.
    fn step(&self, text: &str);

    /// Something worth a line of its own that the user should know.
    fn warn(&self, text: &str);

    /// Detail for `-v`.
    fn detail(&self, text: &str);

    /// A transfer or job of `total` units (bytes for downloads) begins.
    fn bar(&self, label: &str, total: Option<u64>) -> Box<dyn Bar>;
}

/// One running transfer or job; dropping it ends it.
pub trait Bar: Sync + Send {
    /// `units` more are done.
    fn advance(&self, units: u64);
}

/// Progress that nobody watches.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

/// A bar that nobody watches.
#[derive(Debug, Default, Clone, Copy)]
pub struct NoBar;

impl Progress for Silent {
    fn step(&self, _text: &str) {}
    fn warn(&self, _text: &str) {}
    fn detail(&self, _text: &str) {}
    fn bar(&self, _label: &str, _total: Option<u64>) -> Box<dyn Bar> {
        Box::new(NoBar)
    }
}

impl Bar for NoBar {
    fn advance(&self, _units: u64) {}
}
