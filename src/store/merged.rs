//! Merged layers: the modules of a snapshot in one folder, for all layered environments of it.
//!
//! A layer is derived, as trees are. It has to outlive the run: there are none in a temporary store.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::open::Store;
use super::staging::Staging;
use crate::fs::{Context, Durability, Lock, create_folders, is_shared, replace, share_folder, sync_filesystem};
use crate::key::SnapshotKey;
use crate::wheel::decoded;

/// Written last into a layer.
const RECORD: &str = ".snapenv/merged.json";
/// Says to tools (coverage) that what lies below is an environment's, not the project's of whoever imports it. There is no interpreter.
const MARKER: &str = "pyvenv.cfg";

/// What a merged layer says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedLayer {
    /// Which snapshot it is of.
    pub snapshot: SnapshotKey,
    /// Its files that come from no tree, in the snapshot's order.
    pub generated: Vec<GeneratedFile>,
    /// Bytes on disk that it shares with no tree, in blocks of 4 KiB; layers of earlier versions do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// A file that was generated for a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedFile {
    /// Path within the layer.
    #[serde(deserialize_with = "decoded::path")]
    pub path: String,
    /// Length in bytes.
    pub size: u64,
}

impl MergedLayer {
    /// What the layer in `folder` says of itself; nothing if it is damaged, or of a newer format.
    pub fn read(folder: &Path) -> Option<Self> {
        super::json::read(&folder.join(RECORD))
    }

    /// Where the layer in `folder` keeps what it says of itself.
    pub fn place(folder: &Path) -> PathBuf {
        folder.join(RECORD)
    }
}

impl Store {
    /// The merged layer of a snapshot, if there is one that will still be there after this run.
    pub fn layer(&self, key: SnapshotKey) -> Option<PathBuf> {
        let layer = self.trusted()?.merged(key);
        MergedLayer::place(&layer).exists().then_some(layer)
    }

    /// The lock that a layer is made under; as [`Store::lock`].
    pub fn layer_lock(&self, key: SnapshotKey, on_wait: impl FnOnce()) -> Option<Lock> {
        Lock::acquire(&self.home().snapshot_lock(key), on_wait).ok().flatten()
    }

    /// Writes into the finished layer in `folder` what it says of itself.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn describe_layer(&self, folder: &Path, layer: &MergedLayer) -> Result<(), StoreError> {
        let marker = folder.join(MARKER);
        // A distribution may bring a file of that name; it would be a link to a tree.
        if !marker.exists() {
            fs::write(&marker, format!("snapenv-layer = {}\n", layer.snapshot)).context("write", &marker)?;
            fs::set_permissions(&marker, Permissions::from_mode(0o444)).context("change the mode of", &marker)?;
        }
        let place = MergedLayer::place(folder);
        super::json::write_as(&place, layer, &self.home().staging(), Durability::Derived)?;
        for (path, mode) in place.ancestors().zip([0o444, 0o555]) {
            fs::set_permissions(path, Permissions::from_mode(mode)).context("change the mode of", path)?;
        }
        Ok(())
    }

    /// Puts a finished layer in its place. One that is there already is changed: it is exchanged, so that Pythons that run over it
    /// never find it gone, and set aside.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn put_layer(&self, key: SnapshotKey, finished: &Path, staging: &Staging) -> Result<PathBuf, StoreError> {
        let place = self.home().merged(key);
        let changed = staging.join("changed");
        fs::create_dir_all(&changed).context("create folder", &changed)?;
        let aside = changed.join(place.file_name().unwrap_or_default());
        let folder = place.parent().unwrap_or(&place);
        create_folders(folder).context("create folder", folder)?;
        if is_shared(folder) {
            // Another member of the group may have to move it away one day.
            share_folder(finished).context("change the mode of", finished)?;
        }
        // Of most files only size and time are looked at later: all of it must be whole even after a power cut.
        sync_filesystem(finished)?;
        replace(finished, &place, &aside).context("create", &place)?;
        if aside.exists() {
            self.set_aside(&aside)?;
        }
        Ok(place)
    }
}
