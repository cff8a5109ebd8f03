//! Files and folders: atomic writes, locks, link modes. Knows nothing of Python.

mod beneath;
mod boot;
mod cleanup;
mod error;
mod exchange;
mod folder;
mod form;
mod inherit;
mod limits;
mod link;
mod lock;
mod owner;
mod remove;
mod seal;
mod sharing;
mod usage;
mod verify;
mod write;

pub use beneath::Beneath;
pub use boot::boot_number;
pub use cleanup::{Cleanup, Reach, Undone};
pub use error::{Context, FsError, hint_of};
pub use exchange::{Replaced, publish, replace};
pub use folder::{open_folder, touch};
pub use form::{Form, Means, UnknownForm};
pub use inherit::{create_folders, is_shared, settle_file, settle_tree, share_folder};
pub use limits::{Excess, Limits};
pub use link::{Failure, LinkMode, UnknownLinkMode, copy_file};
pub use lock::{Attempt, Lock, Locking};
pub use owner::{Leftovers, own_folder};
pub use remove::remove_tree;
pub use seal::{Soundness, sealed, soundness};
pub use sharing::{Sharing, UnknownSharing};
pub use usage::{all_bytes, on_disk, own_bytes};
pub use verify::{UnknownVerify, Verify};
pub use write::{Durability, sync_filesystem, sync_folder, write_new};
