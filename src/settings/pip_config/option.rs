//! The options that pip 26.3 has for the commands that snapenv answers, and how a configured value is taken for each.

use std::path::Path;

/// The pip command whose configuration is read; it has a section of its own and its own set of options.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Command {
    /// `pip install`.
    #[default]
    Install,
    /// `pip download`.
    Download,
}

impl Command {
    /// Name of the command, and of its section.
    pub fn name(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Download => "download",
        }
    }

    /// Whether it has an option of this long name.
    pub fn knows(self, name: &str) -> bool {
        find(self, name).is_some()
    }
}

/// How pip takes a configured value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `store_true` and `store_false`: a truth value for the destination.
    Switch,
    /// `count`.
    Count,
    /// One value; a stronger source replaces it.
    One(Type),
    /// Words; a stronger source replaces them all.
    Words(Type),
    /// Each source is applied in turn (pip's callbacks).
    Each,
}

/// What a single value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Path,
    Integer,
    Float,
    Choice(&'static [&'static str]),
}

impl Type {
    /// Checks `value`, expanding what pip expands.
    ///
    /// # Errors
    /// The complaint of Python's `optparse` about it.
    pub(super) fn check(self, value: &str, home: &Path) -> Result<String, String> {
        match self {
            Self::Text => Ok(value.to_owned()),
            Self::Path => Ok(expand(value, home)),
            Self::Integer => value
                .trim()
                .parse::<i64>()
                .map(|number| number.to_string())
                .map_err(|_| format!("invalid integer value: '{value}'")),
            Self::Float => value
                .trim()
                .parse::<f64>()
                .map(|_| value.trim().to_owned())
                .map_err(|_| format!("invalid floating-point value: '{value}'")),
            Self::Choice(choices) if choices.contains(&value) => Ok(value.to_owned()),
            Self::Choice(choices) => Err(format!("invalid choice: '{value}' (choose from '{}')", choices.join("', '"))),
        }
    }
}

/// `os.path.expanduser` for the own home.
fn expand(value: &str, home: &Path) -> String {
    match value.strip_prefix('~') {
        Some("") => home.display().to_string(),
        Some(rest) if rest.starts_with('/') => format!("{}{rest}", home.display()),
        _ => value.to_owned(),
    }
}

const ALL: &[Command] = &[Command::Install, Command::Download];
const INSTALL: &[Command] = &[Command::Install];
const DOWNLOAD: &[Command] = &[Command::Download];

type Row = (&'static [Command], Kind, &'static [&'static str]);

/// Commands, kind, and names; the first name is the normalized one.
#[rustfmt::skip]
const OPTIONS: &[Row] = &[
    (ALL, Kind::Switch, &["build-isolation", "no-build-isolation"]),
    (ALL, Kind::Switch, &["check-build-dependencies"]),
    (ALL, Kind::Switch, &["debug"]),
    (ALL, Kind::Switch, &["disable-pip-version-check"]),
    (ALL, Kind::Switch, &["ignore-requires-python"]),
    (ALL, Kind::Switch, &["isolated"]),
    (ALL, Kind::Switch, &["no-clean"]),
    (ALL, Kind::Switch, &["no-color"]),
    (ALL, Kind::Switch, &["no-deps", "no-dependencies"]),
    (ALL, Kind::Switch, &["no-index"]),
    (ALL, Kind::Switch, &["no-input"]),
    (ALL, Kind::Switch, &["no-proxy-env"]),
    (ALL, Kind::Switch, &["no-python-version-warning"]),
    (ALL, Kind::Switch, &["no-require-hashes"]),
    (ALL, Kind::Switch, &["only-deps", "only-dependencies"]),
    (ALL, Kind::Switch, &["pre"]),
    (ALL, Kind::Switch, &["prefer-binary"]),
    (ALL, Kind::Switch, &["require-hashes"]),
    (ALL, Kind::Switch, &["require-virtualenv", "require-venv"]),
    (ALL, Kind::Switch, &["use-pep517"]),
    (INSTALL, Kind::Switch, &["break-system-packages"]),
    (INSTALL, Kind::Switch, &["compile", "no-compile"]),
    (INSTALL, Kind::Switch, &["dry-run"]),
    (INSTALL, Kind::Switch, &["force-reinstall"]),
    (INSTALL, Kind::Switch, &["ignore-installed"]),
    (INSTALL, Kind::Switch, &["upgrade"]),
    (INSTALL, Kind::Switch, &["user", "no-user"]),
    (INSTALL, Kind::Switch, &["warn-conflicts", "no-warn-conflicts"]),
    (INSTALL, Kind::Switch, &["warn-script-location", "no-warn-script-location"]),
    (ALL, Kind::Count, &["quiet"]),
    (ALL, Kind::Count, &["verbose"]),
    (ALL, Kind::One(Type::Path), &["cache-dir"]),
    (ALL, Kind::One(Type::Path), &["cert"]),
    (ALL, Kind::One(Type::Path), &["client-cert"]),
    (ALL, Kind::One(Type::Path), &["log", "log-file", "local-log"]),
    (ALL, Kind::One(Type::Text), &["index-url", "pypi-url"]),
    (ALL, Kind::One(Type::Text), &["proxy"]),
    (ALL, Kind::One(Type::Text), &["python"]),
    (ALL, Kind::One(Type::Integer), &["retries"]),
    (ALL, Kind::One(Type::Integer), &["resume-retries"]),
    (ALL, Kind::One(Type::Float), &["timeout", "default-timeout"]),
    (ALL, Kind::One(Type::Choice(&["auto", "disabled", "import", "subprocess"])), &["keyring-provider"]),
    (ALL, Kind::One(Type::Choice(&["auto", "on", "off", "raw"])), &["progress-bar"]),
    (INSTALL, Kind::One(Type::Text), &["prefix"]),
    (INSTALL, Kind::One(Type::Text), &["report"]),
    (INSTALL, Kind::One(Type::Text), &["root"]),
    (INSTALL, Kind::One(Type::Text), &["target"]),
    (INSTALL, Kind::One(Type::Choice(&["warn", "ignore"])), &["root-user-action"]),
    (INSTALL, Kind::One(Type::Choice(&["only-if-needed", "eager"])), &["upgrade-strategy"]),
    (ALL, Kind::One(Type::Text), &["implementation"]),
    (DOWNLOAD, Kind::One(Type::Text), &["dest", "destination-dir", "destination-directory"]),
    (ALL, Kind::Words(Type::Text), &["build-constraint"]),
    (ALL, Kind::Words(Type::Text), &["constraint"]),
    (ALL, Kind::Words(Type::Text), &["extra-index-url"]),
    (ALL, Kind::Words(Type::Text), &["find-links"]),
    (ALL, Kind::Words(Type::Text), &["requirement"]),
    (ALL, Kind::Words(Type::Text), &["requirements-from-script"]),
    (ALL, Kind::Words(Type::Text), &["trusted-host"]),
    (ALL, Kind::Words(Type::Choice(&["s", "i", "w", "b", "a"])), &["exists-action"]),
    (ALL, Kind::Words(Type::Choice(&["legacy-resolver", "legacy-certs"])), &["use-deprecated"]),
    (ALL, Kind::Words(Type::Choice(&["fast-deps", "inprocess-build-deps", "venv-isolation", "truststore", "no-binary-enable-wheel-cache", "build-constraint"])), &["use-feature"]),
    (INSTALL, Kind::Words(Type::Text), &["editable"]),
    (ALL, Kind::Words(Type::Text), &["abi"]),
    (ALL, Kind::Words(Type::Text), &["platform"]),
    (ALL, Kind::Each, &["all-releases"]),
    (ALL, Kind::Each, &["group"]),
    (ALL, Kind::Each, &["no-binary"]),
    (ALL, Kind::Each, &["no-cache-dir"]),
    (ALL, Kind::Each, &["only-binary"]),
    (ALL, Kind::Each, &["only-final"]),
    (ALL, Kind::Each, &["refresh-package"]),
    (ALL, Kind::Each, &["src", "source", "source-dir", "source-directory"]),
    (ALL, Kind::Each, &["uploaded-prior-to"]),
    (INSTALL, Kind::Each, &["config-settings"]),
    (ALL, Kind::Each, &["python-version"]),
];

/// Finds the option that `command` knows under `name`: its normalized name, and how its value is taken.
///
/// `build-isolation` and its like are names that pip itself does not have in its configuration.
pub(super) fn find(command: Command, name: &str) -> Option<(&'static str, Kind)> {
    const NOT_PIPS: [&str; 3] = ["build-isolation", "warn-conflicts", "warn-script-location"];
    if NOT_PIPS.contains(&name) {
        return None;
    }
    OPTIONS
        .iter()
        .find(|(commands, _, names)| commands.contains(&command) && names.contains(&name))
        .map(|&(_, kind, names)| (names[0], kind))
}
