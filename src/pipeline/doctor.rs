//! Looking after layered environments, and whether everything else is as it should be.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use serde::Serialize;

use super::error::PipelineError;
use crate::environment::{LayerLink, Living, Shadow, shadows};
use crate::fs::LinkMode;
use crate::store::{Lease, Store};
use crate::upkeep::Tenancy;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// The environments that were looked at.
    pub environments: Vec<Examined>,
    /// Leases of environments that are gone or have another layer; they were removed.
    pub void_leases: usize,
}

/// An environment that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examined {
    /// Its folder.
    pub environment: PathBuf,
    /// Where its layer is, or was; none for a flat one.
    pub layer: Option<PathBuf>,
    /// What is wrong.
    pub ailments: Vec<Ailment>,
}

/// Something that is wrong with an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ailment {
    /// There is no environment.
    Missing,
    /// Its layer was gone, and is made again.
    Mended,
    /// Its layer is gone, and cannot be made again.
    LayerGone {
        /// Why not, or where it was.
        reason: String,
    },
    /// Something on top hides something.
    Shadow(Shadow),
}

impl fmt::Display for Ailment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("there is no environment"),
            Self::Mended => formatter.write_str("its layer was gone; it is made again"),
            Self::LayerGone { reason } => write!(
                formatter,
                "its layer is gone ({reason}); restore the store, or make the environment again with snapenv venv"
            ),
            Self::Shadow(shadow) => shadow.fmt(formatter),
        }
    }
}

impl Health {
    /// Whether nothing is wrong.
    pub fn is_well(&self) -> bool {
        self.environments.iter().all(|one| one.ailments.is_empty())
    }

    /// How the environments can be made right that hide something.
    pub fn advice(&self) -> Option<String> {
        let hides = |one: &&Examined| one.ailments.iter().any(|ailment| matches!(ailment, Ailment::Shadow(_)));
        let concerned = self.environments.iter().find(hides)?;
        Some(format!(
            "install with `snapenv install` instead of pip, or make it flat: snapenv venv --materialize {}",
            concerned.environment.display()
        ))
    }
}

/// Makes the layer of an environment again.
pub type Mend<'a> = dyn Fn(&Living) -> Result<(), PipelineError> + 'a;

/// Which environments are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Patients<'a> {
    /// These.
    pub named: &'a [PathBuf],
    /// If none is named: all of this machine that have a lease, and those of these that are layered.
    pub around: &'a [PathBuf],
}

/// Looks at environments. A layered one that moved here gets its lease; `now` is in seconds since 1970.
pub fn examine(store: &Store, patients: Patients, now: u64, mend: &Mend) -> Health {
    let Patients { named, around } = patients;
    let mut folders: BTreeSet<PathBuf> = named.iter().cloned().collect();
    let mut void_leases = 0;
    for lease in store.leases().into_iter().filter(Lease::is_ours) {
        match Tenancy::of(&lease, store) {
            // A store that is only read keeps it.
            Tenancy::Void => void_leases += usize::from(!store.is_temporary() && store.remove_lease(&lease).is_ok()),
            Tenancy::Valid if named.is_empty() => {
                folders.insert(lease.environment);
            }
            Tenancy::Wrong => {
                put_lease(store, &lease.environment, now);
                if named.is_empty() {
                    folders.insert(lease.environment);
                }
            }
            Tenancy::Valid | Tenancy::Unseen => {}
        }
    }
    if named.is_empty() {
        folders.extend(around.iter().filter(|folder| LayerLink::read(folder).is_some()).cloned());
    }
    Health {
        environments: folders
            .into_iter()
            .inspect(|folder| put_lease(store, folder, now))
            .map(|folder| examined(folder, mend))
            .collect(),
        void_leases,
    }
}

/// Tells the store which of its layers an environment needs.
fn put_lease(store: &Store, environment: &Path, now: u64) {
    let needed = LayerLink::read(environment).and_then(|link| link.snapshot());
    if let Some((layout, snapshot)) = needed
        && layout.root() == store.home().root()
    {
        // A store that is only read keeps none.
        let _ = store.put_lease(&Lease::new(environment, snapshot, now));
    }
}

fn examined(environment: PathBuf, mend: &Mend) -> Examined {
    let Some(living) = Living::open(&environment) else {
        return Examined {
            environment,
            layer: None,
            ailments: vec![Ailment::Missing],
        };
    };
    let mut ailments = Vec::new();
    let link = LayerLink::read(&environment);
    if link.as_ref().is_some_and(|link| !link.is_whole()) {
        ailments.push(match mend(&living) {
            Ok(()) => Ailment::Mended,
            // It says no more than that.
            Err(PipelineError::LayerGone { layer, .. }) => Ailment::LayerGone {
                reason: layer.display().to_string(),
            },
            Err(error) => Ailment::LayerGone {
                reason: error.to_string(),
            },
        });
    }
    // It may have another one now.
    let link = LayerLink::read(&environment);
    if let Some(link) = link.as_ref().filter(|link| link.is_whole()) {
        ailments.extend(shadows(&environment, link).into_iter().map(Ailment::Shadow));
    }
    Examined {
        environment,
        layer: link.map(|link| link.layer().to_owned()),
        ailments,
    }
}

/// The mode by which files get from the store into `folder`, tried with one file.
///
/// # Errors
/// When nothing can be written there, or in the store.
pub fn link_mode_into(store: &Store, folder: &Path) -> io::Result<LinkMode> {
    const NAME: &str = "probe";
    let staging = store.staging().map_err(io::Error::other)?;
    let target = tempfile::Builder::new().prefix(".snapenv-").tempdir_in(folder)?;
    fs::write(staging.join(NAME), "probe")?;
    let (from, to) = (File::open(staging.path())?, File::open(target.path())?);
    let mut mode = LinkMode::DEFAULT;
    loop {
        match (
            mode.place(from.as_fd(), to.as_fd(), Path::new(NAME), Mode::from(0o600)),
            mode.fallback(),
        ) {
            (Ok(()), _) => return Ok(mode),
            (Err(_), Some(fallback)) => mode = fallback,
            (Err(error), None) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Shelf;

    #[test]
    fn a_lease_is_void_only_where_it_is_certain_that_the_environment_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new();
        let lease = |name: &str| Lease::new(&folder.path().join(name), blake3::hash(b"one").into(), 0);
        let standing = |name: &str| Tenancy::of(&lease(name), &shelf.store);
        assert_eq!(standing("gone"), Tenancy::Void);
        fs::create_dir(folder.path().join("flat")).unwrap();
        assert_eq!(standing("flat"), Tenancy::Void);
        // Any other error than that it is not there; root is refused nothing.
        std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
        assert_eq!(standing("loop"), Tenancy::Unseen);
    }
}
