//! Merged layers: making them from trees, looking at them before they are used, and assembling the share that an environment over one has
//! for itself.

mod check;
mod compare;
mod make;
mod over;

pub use check::{Altered, inspect_layer};
pub use compare::{compare_layer, compare_spare};
pub use make::{LAYER_PYTHON, make_layer};
pub use over::{assemble_over, renew};
