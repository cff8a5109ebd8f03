//! What is installed on top of a layer by other means than snapenv, and so hides something of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::installed::{Installed, installed_in};
use super::layer_link::LayerLink;

/// What a package says that takes its parts from all folders (pkgutil, `pkg_resources`).
const SHARING: [&str; 2] = ["extend_path", "declare_namespace"];

/// Something of a layer that is not as it would be in a flat environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Shadow {
    /// A distribution that is installed on top, too.
    Distribution {
        /// Normalized project name.
        name: String,
        /// The version that Python finds.
        on_top: String,
        /// The version in the layer.
        in_layer: String,
    },
    /// A package on top that is complete in itself, and so hides what other distributions of the layer have in it.
    Package {
        /// Its name.
        package: String,
        /// The projects of which Python does not find everything.
        hides: BTreeSet<String>,
    },
    /// A `.pth` file of a distribution in the layer that is hidden: it still runs at every start.
    PathFile {
        /// Its name.
        file: String,
        /// Whose it is.
        name: String,
    },
}

impl fmt::Display for Shadow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Distribution { name, on_top, in_layer } => {
                write!(formatter, "{name} {on_top} on top hides {name} {in_layer} of the layer")
            }
            Self::Package { package, hides } => {
                let hides: Vec<&str> = hides.iter().map(String::as_str).collect();
                write!(formatter, "package {package} on top hides parts of {}", hides.join(", "))
            }
            Self::PathFile { file, name } => {
                write!(
                    formatter,
                    "{file} of the {name} in the layer still runs at every start of Python"
                )
            }
        }
    }
}

/// All that is hidden in a layered environment, sorted.
pub fn shadows(environment: &Path, link: &LayerLink) -> Vec<Shadow> {
    let own: Vec<PathBuf> = link.own_libraries(environment).collect();
    let layer: Vec<PathBuf> = link.libraries().collect();
    let installed = |folders: &[PathBuf]| -> BTreeMap<String, Installed> {
        let all = folders.iter().flat_map(|folder| installed_in(folder));
        all.map(|one| (one.name.clone(), one)).collect()
    };
    let (on_top, below) = (installed(&own), installed(&layer));
    let mut found: Vec<Shadow> = Vec::new();
    let (mut hidden, mut rest) = (Vec::new(), Vec::new());
    for (name, in_layer) in &below {
        if let Some(on_top) = on_top.get(name) {
            hidden.push(in_layer);
            found.push(Shadow::Distribution {
                name: name.clone(),
                on_top: on_top.version.clone(),
                in_layer: in_layer.version.clone(),
            });
        } else {
            rest.push(in_layer);
        }
    }
    for one in hidden {
        let files = recorded(&one.path)
            .into_iter()
            .filter(|path| path.ends_with(".pth") && !path.contains('/'));
        found.extend(files.map(|file| Shadow::PathFile {
            file,
            name: one.name.clone(),
        }));
    }
    found.extend(packages(&own, &layer, &rest));
    found.sort();
    found
}

/// Packages on top that hide parts of what is not itself hidden.
fn packages(own: &[PathBuf], layer: &[PathBuf], rest: &[&Installed]) -> Vec<Shadow> {
    let closed: BTreeSet<String> = own
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok))
        .filter(|entry| is_closed(&entry.path()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| layer.iter().any(|folder| folder.join(name).is_dir()))
        .collect();
    if closed.is_empty() {
        return Vec::new();
    }
    let mut hides: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in rest {
        for path in recorded(&one.path) {
            let package = path.split('/').next().unwrap_or_default();
            let hidden = closed.contains(package)
                && !path.contains("/__pycache__/")
                && !own.iter().any(|folder| folder.join(&path).exists());
            if hidden {
                hides.entry(package.to_owned()).or_default().insert(one.name.clone());
            }
        }
    }
    hides
        .into_iter()
        .map(|(package, hides)| Shadow::Package { package, hides })
        .collect()
}

/// Whether a folder is a package that Python looks for parts of nowhere else.
fn is_closed(folder: &Path) -> bool {
    let init = fs::read(folder.join("__init__.py"));
    init.is_ok_and(|content| {
        let text = String::from_utf8_lossy(&content);
        !SHARING.iter().any(|word| text.contains(word))
    })
}

/// The paths in the RECORD of a distribution, relative to its library folder.
pub fn recorded(dist_info: &Path) -> Vec<String> {
    let text = fs::read_to_string(dist_info.join("RECORD")).unwrap_or_default();
    let first = |line: &str| match line.strip_prefix('"') {
        // A quote within a quoted field is written twice.
        Some(quoted) => {
            let end = quoted.rfind("\",").unwrap_or(quoted.len());
            quoted[..end].replace("\"\"", "\"")
        }
        None => line.split(',').next().unwrap_or_default().to_owned(),
    };
    text.lines().filter(|line| !line.is_empty()).map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SnapshotKey;
    use crate::store::Layout;
    use crate::store::testing::{LIBRARY, scheme};

    struct Pair {
        folder: tempfile::TempDir,
        link: LayerLink,
    }

    impl Pair {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let key: SnapshotKey = blake3::hash(b"snapshot").into();
            let link = LayerLink::new(&Layout::new(folder.path()).merged(key), &scheme()).unwrap();
            Self { folder, link }
        }

        fn environment(&self) -> PathBuf {
            self.folder.path().join("env")
        }

        fn install(library: &Path, name: &str, version: &str, files: &[(&str, &str)]) {
            let dist_info = format!("{name}-{version}.dist-info");
            let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
            let mut record = format!("{dist_info}/RECORD,,\n");
            for (path, content) in files
                .iter()
                .chain(&[(format!("{dist_info}/METADATA").as_str(), metadata.as_str())])
            {
                let place = library.join(path);
                fs::create_dir_all(place.parent().unwrap()).unwrap();
                fs::write(place, content).unwrap();
                record = format!("{record}{path},sha256=x,{}\n", content.len());
            }
            fs::write(library.join(dist_info).join("RECORD"), record).unwrap();
        }

        fn below(&self, name: &str, version: &str, files: &[(&str, &str)]) {
            Self::install(&self.link.layer().join(LIBRARY), name, version, files);
        }

        fn on_top(&self, name: &str, version: &str, files: &[(&str, &str)]) {
            Self::install(&self.environment().join(LIBRARY), name, version, files);
        }

        fn found(&self) -> Vec<String> {
            shadows(&self.environment(), &self.link)
                .iter()
                .map(ToString::to_string)
                .collect()
        }
    }

    #[test]
    fn what_hides_something_is_named() {
        let pair = Pair::new();
        pair.below(
            "demo",
            "1.0",
            &[
                ("demo/__init__.py", ""),
                ("demo/old.py", ""),
                ("demo-hook.pth", "import sys\n"),
            ],
        );
        pair.below("wide-storage", "1.0", &[("wide/__init__.py", ""), ("wide/storage.py", "")]);
        assert_eq!(pair.found(), [""; 0]);
        pair.on_top("other", "1.0", &[("other/__init__.py", "")]);
        assert_eq!(pair.found(), [""; 0]);
        pair.on_top("demo", "2.0", &[("demo/__init__.py", "")]);
        pair.on_top("wide-auth", "3.0", &[("wide/__init__.py", ""), ("wide/auth.py", "")]);
        assert_eq!(
            pair.found(),
            [
                "demo 2.0 on top hides demo 1.0 of the layer",
                "package wide on top hides parts of wide-storage",
                "demo-hook.pth of the demo in the layer still runs at every start of Python",
            ]
        );
    }

    #[test]
    fn namespaces_that_share_hide_nothing() {
        let pair = Pair::new();
        let shared = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n";
        pair.below(
            "wide-storage",
            "1.0",
            &[("wide/__init__.py", shared), ("wide/storage.py", ""), ("open/a.py", "")],
        );
        pair.on_top(
            "wide-auth",
            "3.0",
            &[("wide/__init__.py", shared), ("wide/auth.py", ""), ("open/b.py", "")],
        );
        assert_eq!(pair.found(), [""; 0]);
    }

    #[test]
    fn paths_with_commas_and_quotes_are_read() {
        let pair = Pair::new();
        pair.below("demo", "1.0", &[]);
        let dist_info = pair.link.layer().join(LIBRARY).join("demo-1.0.dist-info");
        fs::write(
            dist_info.join("RECORD"),
            "plain.py,sha256=x,1\n\"a,\"\"b\"\".py\",sha256=x,1\n\"c,d\",,\n",
        )
        .unwrap();
        assert_eq!(recorded(&dist_info), ["plain.py", "a,\"b\".py", "c,d"]);
    }
}
