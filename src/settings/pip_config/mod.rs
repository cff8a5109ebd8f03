//! pip's own configuration, read as pip 26.3 reads it: `pip.conf` files, then `PIP_*` variables.
//!
//! Ignoring it would be worse than inconvenient: a private index that is configured there would go unasked, and the public one
//! would be asked for internal names.
//!
//! # Order
//! Files from `/etc` to the environment's own, each overriding the one before, section by section; then, weakest first, the
//! sections `[global]` and that of the command, then the variables. An empty value in a stronger file removes a weaker file's
//! value of the same section; it does not reach into another section.
//!
//! # Names
//! Options are known by the first long name of pip's option (`default-timeout` is `timeout`). Where pip's configuration sets the
//! destination of a negative switch, the positive name is used: `no-compile = yes` *enables* compilation in pip, so it appears
//! as `compile`. Names unknown to pip 26.3 are kept, raw: pip ignores them, an older pip may not.

mod error;
mod ini;
mod load;
mod option;
mod places;
mod values;

pub use error::PipConfigError;
pub use load::load;
pub use option::Command;
pub use places::ConfigPlaces;
pub use values::{PipConfig, Setting, Source};
