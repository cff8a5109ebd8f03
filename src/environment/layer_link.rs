//! The pointer of a layered environment to its layer: a `.pth` file of its own.
//!
//! Up to Python 3.12 `site` reads `.pth` files in the encoding of the locale, and Python does not start if it cannot. So a path that is not
//! ASCII stands there only in the `import` line, by its bytes; later versions, which read UTF-8, get the plain line in any case. `site` may
//! read the file twice (for the environment, then for all prefixes): what is said is said once.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::fs::{Context, FsError};
use crate::interpreter::{Facts, Scheme};
use crate::key::SnapshotKey;
use crate::store::Layout;

/// The file that `site` reads; its name sorts it right behind the environment's own folder.
const PTH: &str = "000_snapenv.pth";
/// From this version on a callable takes the place of `import` lines (PEP 829).
const STARTS: (u8, u8) = (3, 15);
/// From this version on `.pth` files are UTF-8.
const READS_UTF8: (u8, u8) = (3, 13);
/// Names the callable.
const START: (&str, &str) = ("000_snapenv.start", "_snapenv_layer:attach\n");
/// Holds the callable; it reads the `.pth` file, so that one rename moves both to another layer.
const MODULE: (&str, &str) = ("_snapenv_layer.py", include_str!("layer_link/_snapenv_layer.py"));
/// What stands before the path in an `import` line.
const OPENS: &str = "_snapenv = os.fsdecode(b'";
/// Where lines end for `str.splitlines`, which `site` uses from Python 3.13 on.
const LINE_BREAKS: [char; 10] = [
    '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}',
];

/// Which layer an environment's modules are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerLink {
    layer: PathBuf,
    /// Library folders within layer and environment, in the order of `sys.path`; never empty.
    libraries: Vec<PathBuf>,
}

/// An environment cannot point to a layer.
#[derive(Debug, thiserror::Error)]
pub enum LayerLinkError {
    /// Its path cannot stand in a `.pth` file.
    #[error("{} cannot be the path of a layer: {reason}", layer.display())]
    Path {
        /// The layer.
        layer: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file of the environment could not be written.
    #[error(transparent)]
    Fs(#[from] FsError),
}

impl LayerLinkError {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Path { .. } => Some("move the store (SNAPENV_CACHE_DIR), or use another link mode".to_owned()),
            Self::Fs(error) => error.hint(),
        }
    }
}

impl LayerLink {
    /// A pointer to a layer whose folders are those of `scheme`.
    ///
    /// # Errors
    /// When the path has a line break, is not absolute, or not UTF-8.
    pub fn new(layer: &Path, scheme: &Scheme) -> Result<Self, LayerLinkError> {
        let refused = |reason| {
            Err(LayerLinkError::Path {
                layer: layer.to_owned(),
                reason,
            })
        };
        let Some(text) = layer.to_str() else {
            return refused("it is not UTF-8");
        };
        if !layer.is_absolute() {
            return refused("it is relative");
        }
        if text.contains(LINE_BREAKS) {
            return refused("it has a line break");
        }
        // `site` knows the platform's folder first.
        let mut libraries = vec![PathBuf::from(&scheme.platlib), PathBuf::from(&scheme.purelib)];
        libraries.dedup();
        Ok(Self {
            layer: layer.to_owned(),
            libraries,
        })
    }

    /// The pointer in an environment, if there is one: it is layered then.
    pub fn read(environment: &Path) -> Option<Self> {
        let inner = |folder: &Path| -> Vec<PathBuf> {
            let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
            entries.map(|entry| entry.path()).collect()
        };
        ["lib", "lib64"]
            .iter()
            .flat_map(|lib| inner(&environment.join(lib)))
            .find_map(|python| {
                let library = python.join("site-packages");
                let text = fs::read(library.join(PTH)).ok()?;
                Self::parse(&text, library.strip_prefix(environment).ok()?)
            })
    }

    /// What the file in `library` (within the environment) says.
    fn parse(text: &[u8], library: &Path) -> Option<Self> {
        let lines = std::str::from_utf8(text).ok()?.lines();
        let paths: Vec<PathBuf> = lines.filter_map(|line| path_in(line.split_once(OPENS)?.1)).collect();
        // The file stands in the library folder of the last line; the other one, `lib64`, is as deep.
        let layer = paths.last()?.ancestors().nth(library.components().count())?;
        let libraries = paths.iter().map(|path| path.strip_prefix(layer).ok().map(Path::to_owned));
        Some(Self {
            layer: layer.to_owned(),
            libraries: libraries.collect::<Option<_>>()?,
        })
    }

    /// The layer's folder.
    pub fn layer(&self) -> &Path {
        &self.layer
    }

    /// The layer's folders of modules, in the order of `sys.path`.
    pub fn libraries(&self) -> impl Iterator<Item = PathBuf> + use<'_> {
        self.libraries.iter().map(|library| self.layer.join(library))
    }

    /// The environment's own folders of modules, likewise.
    pub fn own_libraries(&self, environment: &Path) -> impl Iterator<Item = PathBuf> {
        self.libraries.iter().map(|library| environment.join(library))
    }

    /// Whether the layer is where the pointer says.
    pub fn is_whole(&self) -> bool {
        self.libraries().all(|library| library.is_dir())
    }

    /// The store that the layer is in, and the snapshot that it holds.
    pub fn snapshot(&self) -> Option<(Layout, SnapshotKey)> {
        Layout::of_merged(&self.layer)
    }

    /// Makes an environment point to the layer, by one rename if it points to another so far.
    ///
    /// # Errors
    /// When a file cannot be written; it points where it did then.
    pub fn write(&self, environment: &Path, facts: &Facts) -> Result<(), LayerLinkError> {
        let folder = environment.join(&facts.scheme.purelib);
        let starts = (facts.version.0, facts.version.1) >= STARTS;
        if starts {
            put(&folder.join(MODULE.0), MODULE.1)?;
        }
        put(&folder.join(PTH), &self.render(Encoding::of(facts)))?;
        // Last: it needs both.
        if starts {
            put(&folder.join(START.0), START.1)?;
        }
        Ok(())
    }

    /// Removes the pointer; the environment is flat then.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn remove(&self, environment: &Path) -> Result<(), LayerLinkError> {
        for library in &self.libraries {
            for name in [START.0, PTH, MODULE.0] {
                let path = environment.join(library).join(name);
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(error).context("remove", &path)?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The content of the `.pth` file: for each library folder the plain path, where that can be read, and the `import` line.
    fn render(&self, utf8: Encoding) -> String {
        let lines = self.libraries().map(|library| {
            let plain = library.display().to_string();
            let plain = if utf8 == Encoding::Utf8 || plain.is_ascii() {
                plain + "\n"
            } else {
                String::new()
            };
            let literal = literal_of(library.as_os_str().as_bytes());
            // `known_paths` is what `site` has in `sys.path` so far: with it, nothing is added twice.
            format!(
                "{plain}import os, site, sys; {OPENS}{literal}'); \
                 site.addsitedir(_snapenv, locals().get('known_paths')) if os.path.isdir(_snapenv) else \
                 hasattr(sys, '_snapenv_told') or setattr(sys, '_snapenv_told', sys.stderr and \
                 print('snapenv: the layer of this environment is gone: ' + _snapenv + '; restore the store, \
                 or run snapenv venv again', file=sys.stderr))\n"
            )
        });
        lines.collect()
    }
}

/// What `site` reads a `.pth` file as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Locale,
}

impl Encoding {
    fn of(facts: &Facts) -> Self {
        if (facts.version.0, facts.version.1) >= READS_UTF8 {
            Self::Utf8
        } else {
            Self::Locale
        }
    }
}

/// The inside of a `bytes` literal of Python, in printable ASCII.
fn literal_of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |literal, byte| match byte {
        b'\\' | b'\'' => literal + "\\" + &char::from(*byte).to_string(),
        b' '..=b'~' => literal + &char::from(*byte).to_string(),
        _ => literal + &format!("\\x{byte:02x}"),
    })
}

/// The path that such a literal stands for, if `text` begins with one.
fn path_in(text: &str) -> Option<PathBuf> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    loop {
        match rest.next()? {
            b'\'' => return Some(PathBuf::from(OsString::from_vec(bytes))),
            b'\\' => match rest.next()? {
                b'x' => {
                    let digits = [rest.next()?, rest.next()?];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
                }
                plain => bytes.push(plain),
            },
            plain => bytes.push(plain),
        }
    }
}

/// Writes a file beside its place and renames it: Pythons that start meanwhile see the old one or the new one.
fn put(path: &Path, content: &str) -> Result<(), FsError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).context("create folder", folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".snapenv-")
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .context("create a temporary file in", folder)?;
    file.write_all(content.as_bytes()).context("write", path)?;
    file.persist(path).map_err(|failed| failed.error).context("write", path)?;
    Ok(())
}

#[cfg(test)]
mod tests;
