//! Build backends: calling their hooks (PEP 517, PEP 660) in processes of their own.
//!
//! Each hook runs in a fresh interpreter, as pip's do: backends keep state in modules. Question and answer are files beside the
//! script; what the hook prints is kept and is its log, whatever bytes it holds. A hook leads a process group, which is stopped when
//! its time is up or a signal ends the run.

mod child;
mod error;
mod hooks;

#[cfg(test)]
mod tests;

pub use child::{Child, Finished};
pub use error::BackendError;
pub use hooks::{Backend, ConfigSettings, Isolation, Product, Required, config_settings};
