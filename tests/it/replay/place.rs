//! What one index, or one page of links, offers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::artifact::sha256;

/// One file of an index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Distribution {
    pub(crate) filename: String,
    pub(crate) sha256: String,
    pub(crate) requires_python: Option<String>,
    pub(crate) yanked: Option<String>,
    /// Day of its upload.
    pub(crate) uploaded: Option<String>,
    /// Whether the page promises METADATA apart from the file.
    pub(crate) announced: bool,
    /// That METADATA.
    pub(crate) metadata: Option<Arc<[u8]>>,
    /// The file, where it exists.
    pub(crate) body: Option<Arc<[u8]>>,
}

/// The projects of a place; pages are written when they are first asked for.
#[derive(Default)]
pub(crate) struct Place {
    projects: BTreeMap<String, Vec<Distribution>>,
    pages: OnceLock<BTreeMap<String, OnceLock<Arc<[u8]>>>>,
    names: OnceLock<BTreeMap<String, (String, usize)>>,
}

impl Place {
    /// Adds a file; all are added before anything is asked for.
    pub(crate) fn add(&mut self, project: &str, distribution: Distribution) {
        self.projects.entry(project.to_owned()).or_default().push(distribution);
    }

    /// Takes all files of a project away.
    pub(crate) fn clear(&mut self, project: &str) {
        self.projects.remove(project);
    }

    /// The file of that name.
    pub(crate) fn file(&self, name: &str) -> Option<&Distribution> {
        let names = self.names.get_or_init(|| {
            let places = self.projects.iter().flat_map(|(project, files)| {
                let numbered = files.iter().enumerate();
                numbered.map(move |(number, file)| (file.filename.clone(), (project.clone(), number)))
            });
            places.collect()
        });
        let (project, number) = names.get(name)?;
        self.projects.get(project)?.get(*number)
    }

    /// All files.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Distribution> {
        self.projects.values().flatten()
    }

    /// The page of a project (PEP 691, 700, 714).
    pub(super) fn page(&self, project: &str) -> Option<Arc<[u8]>> {
        let pages = self
            .pages
            .get_or_init(|| self.projects.keys().map(|name| (name.clone(), OnceLock::new())).collect());
        let page = pages.get(project)?.get_or_init(|| self.written(project));
        Some(Arc::clone(page))
    }

    fn written(&self, project: &str) -> Arc<[u8]> {
        let files: Vec<Value> = self.projects[project].iter().map(Distribution::json).collect();
        let page = json!({"meta": {"api-version": "1.1"}, "name": project, "files": files});
        page.to_string().into_bytes().into()
    }

    /// A page of links to all files, as a web server lists a folder.
    pub(super) fn links(&self) -> String {
        self.files().fold("<!DOCTYPE html>\n".to_owned(), |mut html, file| {
            let name = &file.filename;
            writeln!(html, "<a href=\"../files/{name}#sha256={}\">{name}</a>", file.sha256).unwrap();
            html
        })
    }
}

impl Distribution {
    fn json(&self) -> Value {
        let mut file = json!({
            "filename": self.filename,
            "url": format!("../../files/{}", self.filename),
            "hashes": {"sha256": self.sha256},
        });
        if let Some(specifier) = &self.requires_python {
            file["requires-python"] = specifier.as_str().into();
        }
        if let Some(reason) = &self.yanked {
            file["yanked"] = if reason.is_empty() {
                true.into()
            } else {
                reason.as_str().into()
            };
        }
        if let Some(day) = &self.uploaded {
            file["upload-time"] = format!("{day}T00:00:00Z").into();
        }
        if self.announced {
            let text = self.metadata.as_ref();
            file["core-metadata"] = text.map_or(Value::Bool(true), |text| json!({"sha256": sha256(text)}));
        }
        file
    }
}
