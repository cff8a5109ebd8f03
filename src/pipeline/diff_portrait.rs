//! What is compared: environments, snapshots and requests, all as distributions with their files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;

use super::error::PipelineError;
use super::proof_case::{libraries_of, skeleton_in};
use crate::environment::proof::{Kept, Proof, configured, strangers};
use crate::environment::snapshot::{Extent, Snapshot};
use crate::environment::{Installed, LayerLink, installed_in};
use crate::fs::Context as _;
use crate::key::{ContentKey, SnapshotKey, printed};
use crate::store::{Named, Store};
use crate::wheel::{Row, relative, rows};

/// What of an environment's configuration is compared, and what it is called.
const SETTINGS: [(&str, &str); 4] = [
    ("version_info", "python"),
    ("base-executable", "interpreter"),
    ("prompt", "prompt"),
    ("include-system-site-packages", "system site-packages"),
];

/// Something that can be compared.
#[derive(Debug, Default)]
pub(super) struct Portrait {
    /// By name.
    pub(super) parts: BTreeMap<String, Part>,
    /// Their order of installation, where that is known.
    pub(super) order: Vec<String>,
    /// Settings of an environment.
    pub(super) settings: BTreeMap<&'static str, String>,
    /// Files of an environment that belong to no distribution, with what is in them.
    pub(super) strays: Option<BTreeMap<PathBuf, String>>,
    /// What the key of a request is made of.
    pub(super) request: Option<Value>,
}

/// A distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) version: String,
    /// What its key is made of, where that is known.
    pub(super) preimage: Option<Value>,
    pub(super) content: Option<ContentKey>,
    pub(super) requested: bool,
    pub(super) direct_url: Option<String>,
    /// Its files as RECORD names them, with their digests.
    pub(super) files: BTreeMap<String, String>,
}

impl Portrait {
    /// Finds what is named: a folder, or the beginning of a key.
    pub(super) fn of(named: &str, folder: &Path, store: &Store) -> Result<Self, PipelineError> {
        if folder.join("pyvenv.cfg").is_file() {
            return Self::of_environment(folder, store);
        }
        let nothing = |reason: &str| PipelineError::NoSubject {
            named: named.to_owned(),
            reason: reason.to_owned(),
        };
        let damaged = || nothing("the store's entry is damaged, or incomplete");
        match store.named(named)[..] {
            [] if folder.is_dir() => Err(nothing("the folder has no pyvenv.cfg")),
            [] => Err(nothing("there is none")),
            [Named::Snapshot(key)] => Self::of_snapshot(key, store).ok_or_else(damaged),
            [Named::Request(key)] => {
                let (answer, stored) = (store.answer(key), store.stored_request(key));
                let portrait = answer.and_then(|answer| Self::of_snapshot(answer.snapshot, store));
                let portrait = portrait.ok_or_else(damaged)?;
                let request = stored.map(|stored| stored.preimage);
                Ok(Self { request, ..portrait })
            }
            _ => Err(nothing("several keys begin so")),
        }
    }

    fn of_snapshot(key: SnapshotKey, store: &Store) -> Option<Self> {
        let snapshot = Snapshot::decode(store.snapshot(key)?).ok()?;
        if snapshot.header.key != key || snapshot.header.extent != Extent::Whole {
            return None;
        }
        let preimages = snapshot.preimages().ok()?;
        let distributions = snapshot.header.distributions.iter().zip(&snapshot.generated).enumerate();
        let parts = distributions.map(|(index, (one, generated))| {
            let small = |name: &str| generated.small.iter().find(|file| file.name == name);
            let record = snapshot.record(index).unwrap_or_default();
            let listed = record.iter().flat_map(|text| rows(&String::from_utf8_lossy(text)));
            let scripts = generated.scripts.iter();
            let scripts = scripts.map(|script| Row::bare(relative(script.script.path(), &generated.library)));
            let part = Part {
                version: one.version.clone(),
                preimage: preimages.get(index).map(printed),
                content: Some(one.content),
                requested: small("REQUESTED").is_some(),
                direct_url: small("direct_url.json").map(|file| file.content.clone()),
                files: listed.chain(scripts).chain(generated.rows.clone()).map(digested).collect(),
            };
            (one.name.clone(), part)
        });
        Some(Self {
            parts: parts.collect(),
            order: snapshot.header.distributions.iter().map(|one| one.name.clone()).collect(),
            ..Self::default()
        })
    }

    fn of_environment(folder: &Path, store: &Store) -> Result<Self, PipelineError> {
        let link = LayerLink::read(folder);
        let below: Vec<PathBuf> = link.iter().flat_map(LayerLink::libraries).collect();
        let own = libraries_of(folder);
        let libraries = own.iter().map(|library| folder.join(library)).chain(below);
        // What is installed on top is what Python finds.
        let mut parts: BTreeMap<String, Part> = BTreeMap::new();
        for one in libraries.flat_map(|library| installed_in(&library)) {
            parts.entry(one.name.clone()).or_insert_with(|| part_of(&one));
        }
        // Only who assembled it knows more of them than can be seen.
        let proof = match Proof::read(folder) {
            Ok(Kept::Intact(proof) | Kept::Edited(proof)) => proof,
            _ => Proof::default(),
        };
        let mut order = Vec::new();
        for sealed in &proof.snapshots {
            let known = Self::of_snapshot(sealed.key, store).unwrap_or_default();
            for name in known.order {
                if let (Some(part), Some(known)) = (parts.get_mut(&name), known.parts.get(&name))
                    && part.version == known.version
                {
                    part.preimage.clone_from(&known.preimage);
                    part.content = known.content;
                    order.push(name);
                }
            }
        }
        let settings = SETTINGS.iter().map(|(name, called)| {
            let value = configured(folder, name).unwrap_or_else(|| "none".to_owned());
            (*called, value)
        });
        let mut blueprint = skeleton_in(folder, link.as_ref());
        for library in &own {
            blueprint.add_installed(folder, library);
        }
        for one in parts.values() {
            // The scripts and data of what is in the layer.
            let library = own.first().cloned().unwrap_or_default();
            blueprint.add_paths(&library, one.files.keys());
        }
        let strays = strangers(folder, &blueprint).context("read folder", folder)?.added;
        let strays = strays.into_par_iter().map(|path| {
            let content = content_of(&folder.join(&path));
            (path, content)
        });
        Ok(Self {
            strays: Some(strays.collect()),
            settings: settings.collect(),
            request: None,
            parts,
            order,
        })
    }
}

fn part_of(one: &Installed) -> Part {
    let read = |name: &str| fs::read_to_string(one.path.join(name)).ok();
    Part {
        version: one.version.clone(),
        preimage: None,
        content: None,
        requested: one.path.join("REQUESTED").exists(),
        direct_url: read("direct_url.json"),
        files: rows(&read("RECORD").unwrap_or_default()).into_iter().map(digested).collect(),
    }
}

/// A file and its digest; scripts differ with the path of their environment, and RECORD has none.
fn digested(row: Row) -> (String, String) {
    let script = row.path.trim_start_matches("../").starts_with("bin/") && row.path.starts_with("../");
    let hash = if script { String::new() } else { row.hash };
    (row.path, hash)
}

/// What is in a file, or where a link leads; only to compare.
fn content_of(path: &Path) -> String {
    let link = fs::read_link(path).map(|target| target.display().to_string());
    let file = || fs::read(path).map(|content| blake3::hash(&content).to_hex().to_string());
    link.or_else(|_| file()).unwrap_or_default()
}
