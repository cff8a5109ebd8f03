//! Package managers of systems.

use std::path::PathBuf;

use serde::Deserialize;

/// A package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Manager {
    /// Debian, Ubuntu.
    Apt,
    /// Fedora, RHEL and its likes.
    Dnf,
    /// Alpine.
    Apk,
    /// Homebrew.
    Brew,
}

impl Manager {
    const ALL: [Self; 4] = [Self::Apt, Self::Dnf, Self::Apk, Self::Brew];

    /// The one of this machine: the first whose program is in a folder of `path`.
    pub fn in_path(path: &str) -> Option<Self> {
        let there = |manager: &Self| std::env::split_paths(path).any(|folder: PathBuf| folder.join(manager.program()).is_file());
        Self::ALL.into_iter().find(there)
    }

    fn program(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Apk => "apk",
            Self::Brew => "brew",
        }
    }

    /// The command that installs packages without asking.
    pub fn command(self, packages: &[String]) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Apt | Self::Dnf => &["install", "-y"],
            Self::Apk => &["add"],
            Self::Brew => &["install"],
        };
        let words = words.iter().map(|word| (*word).to_owned());
        std::iter::once(self.program().to_owned())
            .chain(words)
            .chain(packages.iter().cloned())
            .collect()
    }
}
