//! The folder of reports: each file is there completely or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use super::report::Report;
use super::spelling::{dotenv, properties};
use crate::fs::{Context as _, Durability, FsError, write_new};

/// What of a report stands where, besides the pages.
const REPORT: &str = "report.json";
const SUMMARY: &str = "summary.md";
const PROPERTIES: &str = "bamboo.properties";
const VARIABLES: &str = "snapenv.env";

/// A folder of reports.
#[derive(Debug, Clone)]
pub struct ReportFolder(PathBuf);

/// A report that cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Nothing was reported there.
    #[error("there is no report in {}", .0.display())]
    Missing(PathBuf),
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] FsError),
    /// It is no report, or one of another version of snapenv.
    #[error("{}: it is no report of this version: {reason}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl ReportError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing(_) => Some("`snapenv ci sync` writes it; `--reports DIR` says where".to_owned()),
            Self::Invalid { .. } => Some("run `snapenv ci sync` again, with this version".to_owned()),
            Self::File(error) => error.hint(),
        }
    }
}

impl ReportFolder {
    /// A folder at a path.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes sure that it is there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(&self) -> Result<(), FsError> {
        fs::create_dir_all(&self.0).context("create folder", &self.0)?;
        // Nobody wants to commit it.
        self.put(".gitignore", "*\n")
    }

    /// Writes a report in all its forms.
    ///
    /// # Errors
    /// When one of them cannot be written.
    pub fn write(&self, report: &Report) -> Result<(), FsError> {
        self.make()?;
        // Numbers and text alone can always be written.
        let json = serde_json::to_string_pretty(report).unwrap_or_default();
        self.put(REPORT, &format!("{json}\n"))?;
        self.put(SUMMARY, &report.markdown())?;
        self.put(PROPERTIES, &properties_of(report))?;
        self.put(VARIABLES, &variables_of(report))
    }

    /// Writes another file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, name: &str, content: &str) -> Result<(), FsError> {
        write_new(&self.0.join(name), content.as_bytes(), &self.0, Durability::Derived)
    }

    /// The last report.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn read(&self) -> Result<Report, ReportError> {
        let path = self.0.join(REPORT);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(ReportError::Missing(self.0.clone())),
            error => error.context("read", &path)?,
        };
        serde_json::from_str(&text).map_err(|error| ReportError::Invalid {
            path,
            reason: error.to_string(),
        })
    }
}

fn properties_of(report: &Report) -> String {
    let lines = report
        .properties()
        .into_iter()
        .map(|(name, value)| format!("{name}={}\n", properties(&value)));
    lines.collect()
}

/// What the format cannot say is left out: no other value suffers.
fn variables_of(report: &Report) -> String {
    let environment = [("VIRTUAL_ENV".to_owned(), report.path.clone())];
    let properties = report.properties().into_iter();
    let named = properties.map(|(name, value)| (format!("SNAPENV_{}", name.to_ascii_uppercase()), value));
    let lines = environment
        .into_iter()
        .chain(named)
        .filter_map(|(name, value)| dotenv(&name, &value).ok());
    lines.map(|line| line + "\n").collect()
}
