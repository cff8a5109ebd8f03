//! Virtual environments: their skeleton, their snapshots, and putting both on disk.

mod add;
mod assemble;
mod error;
mod flatten;
mod generate;
mod inspect;
mod installed;
mod journal;
mod layer;
mod layer_link;
mod links;
mod living;
mod original;
pub mod proof;
mod shadows;
mod site;
mod skeleton;
pub mod snapshot;
mod spare;
mod switch;

pub use add::{AddError, Added, add};
pub use assemble::{Assembled, Assembly, InTheWay, assemble};
pub use error::{AssembleError, Change};
pub use flatten::{FlattenError, flatten, flattening_folder};
pub use inspect::{Finding, inspect};
pub use installed::{Installed, installed_in};
pub use journal::{Creations, Journal, Recovered, has_journal, journal_written, recover};
pub use layer::{Altered, LAYER_PYTHON, assemble_over, compare_layer, compare_spare, inspect_layer, make_layer, renew};
pub use layer_link::{LayerLink, LayerLinkError};
pub use living::{Living, Unclear, survey, with_path_files};
pub use shadows::{Shadow, recorded, shadows};
pub use site::{Existing, Published, Site, SiteError, sweep_beside};
pub use skeleton::{Seed, Skeleton, SkeletonError, SystemSite};
pub use spare::{Expected, SPARE_PYTHON, SpareError, assemble_spare, complete_spare, move_in, refresh_spare};
pub use switch::{Switch, Switching, files_on_top};
