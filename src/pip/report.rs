//! pip's installation report (`--report`, version 1).

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::PipError;
use crate::wheel::CoreMetadata;

/// Version of the format that is read and written.
const FORMAT: &str = "1";

/// The report of an installation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstallReport {
    /// Version of the format: `1`.
    pub version: String,
    /// The pip that wrote it.
    pub pip_version: String,
    /// What would be installed; not in installation order.
    pub install: Vec<ReportEntry>,
    /// Marker variables (PEP 508).
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

/// One distribution that would be installed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportEntry {
    /// Where it comes from (PEP 610).
    pub download_info: DownloadInfo,
    /// Whether it was a direct reference.
    pub is_direct: bool,
    /// Whether it is yanked (PEP 592).
    #[serde(default)]
    pub is_yanked: bool,
    /// Whether the user named it.
    pub requested: bool,
    /// Core metadata (PEP 566).
    pub metadata: CoreMetadata,
    /// Extras that count, of what the user named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requested_extras: Vec<String>,
}

/// Where a distribution comes from (PEP 610).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DownloadInfo {
    /// URL, without credentials.
    pub url: String,
    /// For archives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive_info: Option<ArchiveInfo>,
    /// For folders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir_info: Option<DirInfo>,
    /// For checkouts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vcs_info: Option<BTreeMap<String, serde_json::Value>>,
    /// Folder within the archive or checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subdirectory: Option<String>,
}

/// Digests of an archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArchiveInfo {
    /// Algorithm to digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hashes: Option<BTreeMap<String, String>>,
    /// Old form: `algorithm=digest`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// What is said of a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DirInfo {
    /// Whether it is installed in editable mode.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub editable: bool,
}

impl InstallReport {
    /// Reads a report file.
    ///
    /// # Errors
    /// When it is missing, or of another version.
    pub fn read(path: &Path) -> Result<Self, PipError> {
        let failed = |reason: String| PipError::Report {
            path: path.to_owned(),
            reason,
        };
        let text = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        let report: Self = serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
        if report.version != FORMAT {
            return Err(failed(format!("version {} is not known", report.version)));
        }
        Ok(report)
    }

    /// A report of what would be installed by a pip of this version.
    pub fn new(pip_version: String, install: Vec<ReportEntry>, environment: BTreeMap<String, String>) -> Self {
        Self {
            version: FORMAT.to_owned(),
            pip_version,
            install,
            environment,
        }
    }

    /// The report as pip prints it.
    ///
    /// # Errors
    /// When it cannot be serialized.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

/// The text of `direct_url.json` as pip writes it: Python's `json.dumps(…, sort_keys=True)`.
///
/// # Errors
/// When the description cannot be serialized.
pub fn direct_url_text(info: &DownloadInfo) -> Result<String, serde_json::Error> {
    // A map of serde_json sorts its keys; only Python's separators and its escapes are left to make.
    let value = serde_json::to_value(info)?;
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, PythonJson);
    value.serialize(&mut serializer)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Separators and ASCII-only strings of Python's `json.dumps`.
struct PythonJson;

impl serde_json::ser::Formatter for PythonJson {
    fn begin_array_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, fragment: &str) -> std::io::Result<()> {
        for letter in fragment.chars() {
            if letter.is_ascii() {
                write!(writer, "{letter}")?;
            } else {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direct_urls_are_written_as_python_writes_them() {
        let info: DownloadInfo = serde_json::from_str(
            r#"{"url": "file:///tmp/ä 😀/x-1-py3-none-any.whl", "archive_info": {"hashes": {"sha256": "ab"}, "hash": "sha256=ab"}}"#,
        )
        .expect("valid");
        assert_eq!(
            direct_url_text(&info).expect("text"),
            r#"{"archive_info": {"hash": "sha256=ab", "hashes": {"sha256": "ab"}}, "url": "file:///tmp/\u00e4 \ud83d\ude00/x-1-py3-none-any.whl"}"#
        );
        let folder: DownloadInfo = serde_json::from_str(r#"{"url": "file:///x", "dir_info": {}}"#).expect("valid");
        assert_eq!(
            direct_url_text(&folder).expect("text"),
            r#"{"dir_info": {}, "url": "file:///x"}"#
        );
    }
}
