//! The Python that wheels are chosen for.

use std::collections::BTreeMap;

use super::Facts;
use super::named_platform::platforms_named;
use super::tags::{compatible, cpython, generic, platforms_of};

/// What wheel tags call `CPython`.
const CPYTHON: &str = "cp";

/// The Python that wheels are chosen for: an interpreter, or, as far as `--python-version`, `--platform`, `--implementation` and `--abi`
/// say so, another one.
///
/// Markers are those of the interpreter in any case: pip takes them from there, too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetPython {
    version: Option<Given>,
    platforms: Vec<String>,
    implementation: Option<String>,
    abis: Option<Vec<String>>,
}

/// A version as far as it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) major: u8,
    pub(super) minor: Option<u8>,
    micro: Option<u16>,
}

impl Given {
    fn of(facts: &Facts) -> Self {
        let (major, minor, micro) = facts.version;
        Self {
            major,
            minor: Some(minor),
            micro: Some(micro),
        }
    }

    /// `3`, `37` (for 3.7), `3.7`, `3.7.3`. More than one digit for the major version is what pip itself would read in two ways.
    fn parse(text: &str) -> Option<Self> {
        let digits = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts: Vec<&str> = text.split('.').collect();
        if !parts.iter().all(digits) || parts.len() > 3 {
            return None;
        }
        if let ([both], true) = (&parts[..], text.len() > 1) {
            let (major, minor) = both.split_at(1);
            parts = vec![major, minor];
        }
        let [major, rest @ ..] = &parts[..] else { return None };
        Some(Self {
            major: major.parse().ok().filter(|major| *major < 10)?,
            minor: rest.first().map(|minor| minor.parse()).transpose().ok()?,
            micro: rest.get(1).map(|micro| micro.parse()).transpose().ok()?,
        })
    }

    /// As tags have it: `3`, `311`.
    pub(super) fn nodot(self) -> String {
        let minor = self.minor.map(|minor| minor.to_string()).unwrap_or_default();
        format!("{}{minor}", self.major)
    }

    /// What is not given is zero.
    fn whole(self) -> (u8, u8, u16) {
        (self.major, self.minor.unwrap_or_default(), self.micro.unwrap_or_default())
    }
}

impl TargetPython {
    /// The options of pip that name it.
    pub const OPTIONS: [&'static str; 4] = ["python-version", "platform", "implementation", "abi"];

    /// Reads it from pip's options and their values; without any of them it is the interpreter itself.
    ///
    /// # Errors
    /// The option and value that only pip can read, or refuse.
    pub fn of(options: &BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        let values = |name: &str| options.get(name).map(Vec::as_slice).unwrap_or_default();
        let last = |name: &str| values(name).last().filter(|value| !value.is_empty());
        let version = last("python-version").map(|text| Given::parse(text).ok_or_else(|| format!("--python-version {text}")));
        Ok(Self {
            version: version.transpose()?,
            platforms: values("platform").to_vec(),
            implementation: last("implementation").cloned(),
            abis: options.get("abi").cloned(),
        })
    }

    /// Whether it is the interpreter itself.
    pub fn is_the_interpreter(&self) -> bool {
        *self == Self::default()
    }

    /// Its version, which `Requires-Python` is compared with.
    pub fn version(&self, facts: &Facts) -> (u8, u8, u16) {
        self.version.map_or(facts.version, Given::whole)
    }

    /// The tags of the wheels that it can install, `python-abi-platform`, the best first (PEP 425, PEP 600, PEP 656); none where only
    /// the interpreter itself can say them: for other implementations than `CPython`, and what [`platforms_of`] does not know.
    pub fn tags(&self, facts: &Facts) -> Option<Vec<String>> {
        if facts.implementation != "cpython" {
            return None;
        }
        let platforms = match &self.platforms[..] {
            [] => platforms_of(facts)?,
            named => platforms_named(named)?,
        };
        let version = self.version.unwrap_or_else(|| Given::of(facts));
        let name = self.implementation.as_deref().unwrap_or(CPYTHON);
        let interpreter = format!("{name}{}", version.nodot());
        let mut tags = if name == CPYTHON {
            let abis = self.abis.clone().map_or_else(|| abis_of(version, facts), Some)?;
            cpython(version, abis, &platforms)
        } else {
            // Pips do not agree on what another implementation's ABI is.
            generic(&interpreter, self.abis.clone()?, &platforms)
        };
        tags.extend(compatible(version, &interpreter, &platforms));
        Some(tags)
    }
}

/// The ABIs of a `CPython` of some version that is built as the interpreter is; none where more than its facts would tell.
fn abis_of(version: Given, facts: &Facts) -> Option<Vec<String>> {
    let Some(minor) = version.minor else {
        return Some(Vec::new());
    };
    if (version.major, minor) < (3, 8) {
        return None;
    }
    let flags = facts.abi.strip_prefix(&format!("cp{}", Given::of(facts).nodot()))?;
    let threaded = if flags.contains('t') && (version.major, minor) >= (3, 13) {
        "t"
    } else {
        ""
    };
    let normal = format!("cp{}{threaded}", version.nodot());
    Some(if flags.contains('d') {
        // A debug build loads extensions of a normal one, too.
        vec![format!("{normal}d"), normal]
    } else {
        vec![normal]
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::interpreter::testing::real_interpreters;

    fn target(options: &[(&str, &str)]) -> Result<TargetPython, String> {
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in options {
            given.entry((*name).to_owned()).or_default().push((*value).to_owned());
        }
        TargetPython::of(&given)
    }

    /// The tags that an interpreter's pip names, started once for each target.
    fn named_by_pip(facts: &Facts, targets: &[&[(&str, &str)]]) -> Option<Vec<Vec<String>>> {
        const PROGRAM: &str = "import sys\n\
            from pip._internal.cli.main import main\n\
            for words in sys.argv[1:]:\n    \
                main(['debug', '--verbose', *words.split()])\n";
        let wheel = facts.bundled_pip.as_ref()?;
        let words = targets.iter().map(|options| {
            let words = options.iter().map(|(name, value)| format!("--{name} {value}"));
            words.collect::<Vec<_>>().join(" ")
        });
        let shown = Command::new(&facts.executable)
            .env("PYTHONPATH", wheel)
            .args(["-c", PROGRAM])
            .args(words)
            .output();
        let text = String::from_utf8(shown.unwrap().stdout).unwrap();
        let lists = text.split("Compatible tags:").skip(1);
        let tags = lists.map(|list| list.lines().skip(1).map_while(|line| line.strip_prefix("  ")));
        // Older pips call a binary for two 32-bit architectures so.
        let tags = tags.map(|tags| tags.map(|tag| tag.replace("fat32", "fat3")));
        Some(tags.map(|tags| as_newer_pips_have_it(tags.collect())).collect())
    }

    /// Older pips have a wheel for the very system behind those for many; pip 26.3 has it first.
    fn as_newer_pips_have_it(mut tags: Vec<String>) -> Vec<String> {
        let kind = |tag: &String| tag.rsplit_once('-').map(|(kind, _)| kind.to_owned());
        for of_kind in tags.chunk_by_mut(|one, next| kind(one) == kind(next)) {
            if of_kind.iter().any(|tag| tag.contains("manylinux")) {
                of_kind.sort_by_key(|tag| !tag.contains("-linux_"));
            }
        }
        tags
    }

    #[test]
    fn the_tags_are_those_that_pip_names() {
        let targets: [&[(&str, &str)]; 11] = [
            &[],
            &[("python-version", "3.9")],
            &[("python-version", "310"), ("platform", "manylinux2014_x86_64")],
            &[
                ("python-version", "3"),
                ("platform", "manylinux2010_i686"),
                ("platform", "any"),
            ],
            &[("platform", "manylinux_2_28_aarch64"), ("platform", "manylinux2014_aarch64")],
            &[("platform", "macosx_12_3_arm64"), ("python-version", "3.11.4")],
            &[("platform", "macosx_11_0_x86_64"), ("abi", "cp312"), ("abi", "abi3")],
            &[("platform", "macosx_10_6_i386"), ("platform", "win_amd64"), ("abi", "none")],
            &[("implementation", "pp"), ("abi", "pypy39_pp73"), ("python-version", "3.9")],
            &[("implementation", "py"), ("abi", "none"), ("platform", "any")],
            &[("abi", "cp313"), ("python-version", "3.13"), ("platform", "linux_x86_64")],
        ];
        let mut compared = 0;
        let mut all = real_interpreters();
        all.sort_by_key(|facts| facts.version);
        // Between the oldest and the newest nothing changes that they do not show.
        let ends = [all.remove(0)].into_iter().chain(all.pop());
        for facts in ends {
            let Some(named) = named_by_pip(&facts, &targets) else {
                continue;
            };
            assert_eq!(named.len(), targets.len());
            for (options, named) in targets.iter().zip(named) {
                let tags = target(options).unwrap().tags(&facts).unwrap();
                assert_eq!(tags.len(), named.len(), "{} {options:?}", facts.executable.display());
                let other = tags.iter().zip(&named).find(|(tag, named)| tag != named);
                assert_eq!(other, None, "{} {options:?}", facts.executable.display());
                compared += tags.len();
            }
        }
        assert!(compared > 1000, "one interpreter with a bundled pip is needed");
    }

    #[test]
    fn what_only_pip_or_the_interpreter_can_say_is_left_to_it() {
        for text in ["", "3.x", "3.7.3.1", "+3", "3.", "10.1"] {
            let read = target(&[("python-version", text)]);
            assert_eq!(read.is_err(), !text.is_empty(), "{text}");
        }
        let facts = real_interpreters().remove(0);
        let tags = |options: &[(&str, &str)]| target(options).unwrap().tags(&facts);
        for platform in ["macosx", "macosx_11_arm64", "ios_13_0_arm64_iphoneos", "android_24_arm64_v8a"] {
            assert_eq!(tags(&[("platform", platform)]), None, "{platform}");
        }
        assert_eq!(tags(&[("python-version", "3.7")]), None);
        assert_eq!(tags(&[("implementation", "pp")]), None);
    }

    #[test]
    fn a_system_with_a_say_of_its_own_is_left_to_python() {
        let mut facts = real_interpreters().remove(0);
        let folder = tempfile::tempdir().unwrap();
        facts.site_packages.push(folder.path().to_owned());
        let own = TargetPython::default();
        assert!(own.tags(&facts).is_some());
        std::fs::write(folder.path().join("_manylinux.py"), "").unwrap();
        assert_eq!(own.tags(&facts), None);
    }

    #[test]
    fn versions_are_as_whole_as_they_are_given() {
        let facts = real_interpreters().remove(0);
        let version = |text: &str| target(&[("python-version", text)]).unwrap().version(&facts);
        assert_eq!(version("3"), (3, 0, 0));
        assert_eq!(version("312"), (3, 12, 0));
        assert_eq!(version("3.12"), (3, 12, 0));
        assert_eq!(version("3.12.7"), (3, 12, 7));
        assert_eq!(TargetPython::default().version(&facts), facts.version);
    }
}
