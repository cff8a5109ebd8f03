//! Pages and traces of what took how long: pure, from what a run noted.

mod chart;
mod cores;
mod critical;
mod history;
mod page;
mod scale;
mod trace;

pub use cores::{Sample, Sampler};
pub use critical::{Step, critical_path};
pub use page::{Page, STYLE};
pub use trace::trace;
