//! What is recorded of direct references: `direct_url.json` (PEP 610) as pip writes it.

use std::collections::BTreeMap;

use super::sources::Referenced;
use crate::key::Sha256;
use crate::pip::{ArchiveInfo, DirInfo, DownloadInfo, direct_url_text};
use crate::requirements::{Entry, Link, Mode, Target};
use crate::resolve::ResolveError;
use crate::store::{Artifact, ArtifactKind};

/// The artifact that a direct reference means, and the text of its `direct_url.json`.
///
/// # Errors
/// [`ResolveError::Beyond`] for what only pip records.
pub(super) fn direct_artifact(entry: &Entry, referenced: &Referenced) -> Result<(Artifact, String), ResolveError> {
    let beyond = || ResolveError::Beyond(format!("{} is a direct reference", entry.requirement));
    let (kind, link, info) = match &entry.requirement.target {
        Target::Archive { link, .. } => {
            let kind = if link.is_wheel() {
                ArtifactKind::Wheel
            } else {
                ArtifactKind::Sdist
            };
            (kind, link, of_archive(link, referenced.sha256.ok_or_else(beyond)?))
        }
        Target::Folder { link, mode, path, .. } => match mode {
            Mode::Regular => (ArtifactKind::Project, link, of_folder(bare(link), *mode)),
            // However it was written, pip records the path.
            Mode::Editable => (
                ArtifactKind::Editable,
                link,
                of_folder(Link::from_path(path).secret().to_owned(), *mode),
            ),
        },
        Target::Index { .. } | Target::Vcs { .. } => return Err(beyond()),
    };
    let mut hashes = info.archive_info.as_ref().and_then(|archive| archive.hashes.clone());
    if let Some(hashes) = &mut hashes {
        hashes.remove("sha256");
    }
    let text = direct_url_text(&info).map_err(|error| ResolveError::Beyond(error.to_string()))?;
    let artifact = Artifact {
        kind,
        file_name: link.filename(),
        url: info.url,
        sha256: referenced.sha256,
        hashes: hashes.unwrap_or_default(),
    };
    Ok((artifact, text))
}

/// The digest is that of the URL, if it has one: it was checked.
fn of_archive(link: &Link, sha256: Sha256) -> DownloadInfo {
    let (algorithm, digest) = match link.digest() {
        Some((algorithm, digest)) => (algorithm.to_owned(), digest.to_owned()),
        None => ("sha256".to_owned(), sha256.to_string()),
    };
    DownloadInfo {
        url: bare(link),
        archive_info: Some(ArchiveInfo {
            hash: Some(format!("{algorithm}={digest}")),
            hashes: Some(BTreeMap::from([(algorithm, digest)])),
        }),
        dir_info: None,
        vcs_info: None,
        subdirectory: link.subdirectory().map(str::to_owned),
    }
}

fn of_folder(url: String, mode: Mode) -> DownloadInfo {
    DownloadInfo {
        url,
        archive_info: None,
        dir_info: Some(DirInfo {
            editable: mode == Mode::Editable,
        }),
        vcs_info: None,
        subdirectory: None,
    }
}

/// A URL without its fragment.
fn bare(link: &Link) -> String {
    let text = link.without_credentials();
    text.split_once('#').map_or(text.as_str(), |(text, _)| text).to_owned()
}
