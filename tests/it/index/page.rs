//! Pages of the simple repository API.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{MetadataFiles, PageForm, State};
use crate::artifact::{Artifact, sha256};

/// What the path of a request names.
pub(super) enum Page {
    Html(String),
    Json(Value),
    File(Vec<u8>),
    Missing,
}

/// Finds what `path` names.
pub(super) fn find(state: &State, path: &str, form: PageForm) -> Page {
    let all = || state.projects.values().flatten();
    if path == "/simple/" {
        let names = state.projects.keys();
        return Page::Html(names.fold(String::new(), |mut html, name| {
            writeln!(html, "<a href=\"/simple/{name}/\">{name}</a>").unwrap();
            html
        }));
    }
    if path == "/links/" {
        return Page::Html(all().map(|artifact| anchor(state, artifact)).collect());
    }
    if let Some(name) = path.strip_prefix("/simple/") {
        let project = name.strip_suffix('/').and_then(|name| state.projects.get(name));
        return project.map_or(Page::Missing, |artifacts| match form {
            PageForm::Json => Page::Json(json!({
                "meta": {"api-version": "1.1"},
                "files": artifacts.iter().map(|artifact| file(state, artifact)).collect::<Vec<_>>(),
            })),
            PageForm::Html => Page::Html(artifacts.iter().map(|artifact| anchor(state, artifact)).collect()),
        });
    }
    let Some(name) = path.strip_prefix("/files/") else {
        return Page::Missing;
    };
    let file = all().find_map(|artifact| {
        if artifact.filename == name {
            return Some(artifact.bytes.to_vec());
        }
        let served = state.metadata == MetadataFiles::Served && name.strip_suffix(".metadata") == Some(&artifact.filename);
        artifact.metadata.as_ref().filter(|_| served).map(|text| text.to_vec())
    });
    file.map_or(Page::Missing, Page::File)
}

fn anchor(state: &State, artifact: &Artifact) -> String {
    let name = &artifact.filename;
    let mut html = format!("<a href=\"/files/{name}#sha256={}\"", artifact.sha256());
    if let Some(specifier) = &artifact.requires_python {
        let escaped = specifier.replace('<', "&lt;").replace('>', "&gt;");
        write!(html, " data-requires-python=\"{escaped}\"").unwrap();
    }
    if let Some(reason) = &artifact.yanked {
        write!(html, " data-yanked=\"{reason}\"").unwrap();
    }
    if let (Some(metadata), MetadataFiles::Served) = (&artifact.metadata, state.metadata) {
        let digest = sha256(metadata);
        write!(
            html,
            " data-core-metadata=\"sha256={digest}\" data-dist-info-metadata=\"sha256={digest}\""
        )
        .unwrap();
    }
    writeln!(html, ">{name}</a><br>").unwrap();
    html
}

/// An artifact as PEP 691 lists it.
fn file(state: &State, artifact: &Artifact) -> Value {
    let name = &artifact.filename;
    let metadata = match (&artifact.metadata, state.metadata) {
        (Some(metadata), MetadataFiles::Served) => json!({"sha256": sha256(metadata)}),
        _ => json!(false),
    };
    json!({
        "filename": name,
        "url": format!("/files/{name}"),
        "hashes": {"sha256": artifact.sha256()},
        "requires-python": artifact.requires_python,
        "yanked": artifact.yanked.as_ref().map_or(json!(false), |reason| json!(reason)),
        "core-metadata": metadata,
        "size": artifact.bytes.len(),
        "upload-time": "2020-02-02T02:02:02.000000Z",
    })
}
