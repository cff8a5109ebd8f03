//! The book of what builds miss.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::manager::Manager;

const OWN: &str = include_str!("system-packages.toml");

/// What builds miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A header of C.
    Header,
    /// A library to link with, without `lib`.
    Library,
    /// A file of pkg-config.
    PkgConfig,
    /// A program.
    Program,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Header => "the header",
            Self::Library => "the library",
            Self::PkgConfig => "the pkg-config file of",
            Self::Program => "the program",
        })
    }
}

/// A part of a line that tells what is missing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sign {
    kind: Kind,
    text: String,
    /// What is missing, where the line does not say it.
    name: Option<String>,
}

/// Packages by manager, separated by spaces.
type Packages = BTreeMap<Manager, String>;

/// Signs, and the packages for what they tell.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Book {
    sign: Vec<Sign>,
    header: BTreeMap<String, Packages>,
    library: BTreeMap<String, Packages>,
    pkg_config: BTreeMap<String, Packages>,
    program: BTreeMap<String, Packages>,
}

/// A book that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidBook(String);

/// What a build misses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    packages: Packages,
}

impl Lack {
    /// The packages that have it.
    pub fn packages(&self, manager: Manager) -> Option<Vec<String>> {
        let names = self.packages.get(&manager)?;
        Some(names.split_whitespace().map(str::to_owned).collect())
    }
}

impl Book {
    /// Our own book, with what the user's adds in front.
    ///
    /// # Errors
    /// When the user's is no book.
    pub fn with(users: &str) -> Result<Self, InvalidBook> {
        let read =
            |text: &str| toml::from_str::<Self>(text).map_err(|error| InvalidBook(error.to_string().trim_end().to_owned()));
        let (mut book, own) = (read(users)?, read(OWN)?);
        book.sign.extend(own.sign);
        for (mine, own) in [
            (&mut book.header, own.header),
            (&mut book.library, own.library),
            (&mut book.pkg_config, own.pkg_config),
            (&mut book.program, own.program),
        ] {
            for (name, packages) in own {
                mine.entry(name).or_insert(packages);
            }
        }
        Ok(book)
    }

    /// The first thing that a build's output tells to be missing, of those that are in a package.
    pub fn diagnose(&self, log: &str) -> Option<Lack> {
        log.lines()
            .find_map(|line| self.sign.iter().find_map(|sign| self.lack(line, sign)))
    }

    fn lack(&self, line: &str, sign: &Sign) -> Option<Lack> {
        let name = match &sign.name {
            Some(name) => line.contains(&sign.text).then_some(name.as_str())?,
            None => captured(line, &sign.text)?,
        };
        let book = match sign.kind {
            Kind::Header => &self.header,
            Kind::Library => &self.library,
            Kind::PkgConfig => &self.pkg_config,
            Kind::Program => &self.program,
        };
        // A program is often named with the folder in which it is not.
        let base = name.rsplit('/').next().unwrap_or(name);
        let found = book
            .get(name)
            .or_else(|| book.get(base).filter(|_| sign.kind == Kind::Program))?;
        Some(Lack {
            kind: sign.kind,
            name: name.to_owned(),
            packages: found.clone(),
        })
    }
}

/// The word that stands where `sign` has `{}`.
fn captured<'l>(line: &'l str, sign: &str) -> Option<&'l str> {
    let (before, behind) = sign.split_once("{}")?;
    let word = if before.is_empty() {
        let end = line.find(behind)?;
        line[..end].rsplit(char::is_whitespace).next()?
    } else {
        let start = line.find(before)? + before.len();
        let rest = &line[start..];
        if behind.is_empty() {
            rest.split(|letter: char| letter.is_whitespace() || letter == ':').next()?
        } else {
            &rest[..rest.find(behind)?]
        }
    };
    let quotes: &[char] = &['\'', '"', '`', '\u{2018}', '\u{2019}'];
    Some(word.trim_matches(quotes)).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apt(log: &str) -> Option<String> {
        let lack = Book::with("").unwrap().diagnose(log)?;
        lack.packages(Manager::Apt).map(|packages| packages.join(" "))
    }

    #[test]
    fn what_builds_say_is_understood() {
        for (log, package) in [
            (
                "./psycopg/psycopg.h:36:10: fatal error: libpq-fe.h: No such file or directory\n",
                "libpq-dev",
            ),
            ("x.c:1:10: fatal error: 'zlib.h' file not found", "zlib1g-dev"),
            ("/usr/bin/ld: cannot find -lxml2: No such file or directory", "libxml2-dev"),
            (
                "/usr/bin/ld: cannot find -lssl\ncollect2: error: ld returned 1 exit status",
                "libssl-dev",
            ),
            ("Error: pg_config executable not found.", "libpq-dev"),
            ("Package 'libxml-2.0', required by 'virtual:world', not found", "libxml2-dev"),
            ("No package 'cairo' found", "libcairo2-dev"),
            ("Package openssl was not found in the pkg-config search path.", "libssl-dev"),
            ("/bin/sh: gcc: command not found", "build-essential"),
            ("/bin/sh: 1: mysql_config: not found", "default-libmysqlclient-dev pkg-config"),
            ("error: command 'gcc' failed: No such file or directory", "build-essential"),
            (
                "error: command '/usr/bin/x86_64-linux-gnu-gcc' failed: No such file or directory",
                "build-essential",
            ),
            ("error: can't find Rust compiler", "cargo"),
            ("FileNotFoundError: [Errno 2] No such file or directory: 'cmake'", "cmake"),
            (
                "Run-time dependency openblas found: NO\n../meson.build:1:0: ERROR: Dependency \"openblas\" not found, tried pkgconfig",
                "libopenblas-dev",
            ),
        ] {
            assert_eq!(apt(log).as_deref(), Some(package), "{log}");
        }
        for log in [
            "",
            "fatal error: mine.h: No such file or directory",
            "SyntaxError: invalid syntax",
            ": not found",
        ] {
            assert_eq!(apt(log), None, "{log}");
        }
    }

    #[test]
    fn users_add_and_overrule() {
        let users = "sign = [{ kind = 'program', text = 'cannot do without {}!' }]\n[header]\n'mine.h' = { apk = 'mine-dev' }\n[program]\ngcc = { apk = 'my-gcc' }\n";
        let book = Book::with(users).unwrap();
        let apk = |log| book.diagnose(log).and_then(|lack| lack.packages(Manager::Apk));
        assert_eq!(
            apk("fatal error: mine.h: No such file or directory"),
            Some(vec!["mine-dev".to_owned()])
        );
        assert_eq!(apk("cannot do without gcc!"), Some(vec!["my-gcc".to_owned()]));
        assert!(Book::with("[headers]\n").is_err() && Book::with("[header]\nx = { yum = 'y' }\n").is_err());
    }

    #[test]
    fn managers_are_found_and_commanded() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("apk"), "").unwrap();
        assert_eq!(Manager::in_path(folder.path().to_str().unwrap()), Some(Manager::Apk));
        assert_eq!(Manager::in_path("/nowhere"), None);
        let packages = ["a".to_owned(), "b".to_owned()];
        assert_eq!(Manager::Apt.command(&packages).join(" "), "apt-get install -y a b");
    }
}
