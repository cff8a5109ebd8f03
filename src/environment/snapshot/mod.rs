//! Snapshots: the files of one environment over trees (`docs/store-format.md`).
//!
//! Composing decides, purely, which distribution wins each path and what RECORD says. A hit only decodes: names stay in the
//! bytes that were read, and hashes are not in the way.

mod compose;
mod decode;
mod encode;
mod excerpt;
mod header;
mod peek;
mod private;
mod reader;

#[cfg(test)]
mod tests;

pub use compose::{Composed, Conflict, FileEntry, Folder, Member, compose};
pub use decode::{Around, DamagedSnapshot, Entry, FolderEntries, Snapshot, Span};
pub use encode::encode;
pub use header::{Extent, Generated, Header, HeaderDistribution, Original, PlannedScript, Role, ScriptBytecode, SmallFile};
pub use private::{PRIVATE_COPIES, is_static};
