//! Which compilers a build would use.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Variables that name compilers, and what is taken where they do not.
const COMPILERS: [(&str, &str); 2] = [("CC", "cc"), ("CXX", "c++")];

/// The compilers that a build would use, by the variable that names them: the real files, with size and time. One that is not there
/// is not among them.
pub fn compilers(variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let path = variables.get("PATH").map(String::as_str).unwrap_or_default();
    let found = COMPILERS.iter().filter_map(|(variable, default)| {
        let command = variables.get(*variable).filter(|command| !command.trim().is_empty());
        let identity = identity(command.map_or(*default, String::as_str), path)?;
        Some(((*variable).to_owned(), identity))
    });
    found.collect()
}

/// The programs that a command begins with (`ccache gcc -m64`), each as a file; none if one of them is not there.
fn identity(command: &str, path: &str) -> Option<String> {
    let words = command.split_whitespace().take_while(|word| !word.starts_with('-'));
    let programs: Option<Vec<String>> = words.map(|word| file(&program(word, path)?)).collect();
    programs
        .filter(|programs| !programs.is_empty())
        .map(|programs| programs.join(", "))
}

fn program(name: &str, path: &str) -> Option<PathBuf> {
    let runs = |file: &Path| fs::metadata(file).is_ok_and(|there| there.is_file() && there.permissions().mode() & 0o111 != 0);
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|file| runs(file));
    }
    std::env::split_paths(path)
        .map(|folder| folder.join(name))
        .find(|file| runs(file))
}

fn file(path: &Path) -> Option<String> {
    let real = path.canonicalize().ok()?;
    let metadata = fs::metadata(&real).ok()?;
    Some(format!("{} {} {}", real.display(), metadata.len(), metadata.mtime()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_is_the_real_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["gcc-12", "ccache"] {
            fs::write(at(name), "#!/bin/sh\n").unwrap();
            fs::set_permissions(at(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::os::unix::fs::symlink("gcc-12", at("cc")).unwrap();
        fs::write(at("c++"), "not executable").unwrap();
        let mut variables = BTreeMap::from([("PATH".to_owned(), folder.path().display().to_string())]);
        let found = compilers(&variables);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["CC"]);
        assert!(found["CC"].contains("gcc-12 10 "), "{found:?}");
        variables.insert("CC".to_owned(), "ccache cc -m64 --x".to_owned());
        let both = compilers(&variables);
        assert!(
            both["CC"].contains("ccache 10") && both["CC"].contains("gcc-12 10"),
            "{both:?}"
        );
        fs::write(at("gcc-12"), "#!/bin/sh\n# a newer one\n").unwrap();
        assert_ne!(compilers(&variables), both);
        variables.insert("CC".to_owned(), "clang".to_owned());
        assert!(compilers(&variables).is_empty());
    }
}
