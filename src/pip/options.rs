//! The options of `pip install`, as one table: the command line, pip.conf and `PIP_*` variables are all read by it.

/// An option of `pip install`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PipOption {
    /// Long name without dashes; also its name in pip.conf.
    pub long: &'static str,
    /// Other long names.
    pub aliases: &'static [&'static str],
    /// Short name.
    pub short: Option<char>,
    /// Whether it takes a value.
    pub takes: Takes,
    /// What it means to snapenv.
    pub effect: Effect,
    /// One line for `--help`.
    pub help: &'static str,
}

/// Whether an option takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// None.
    Nothing,
    /// One; the last wins.
    Value,
    /// One, and it may be repeated.
    Values,
}

/// What an option means to snapenv.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is part of what is asked: requirements, constraints, where candidates come from. Read by `requirements`.
    Asks,
    /// It can change the answer: it goes into the key as it stands, and to pip.
    Answers,
    /// It steers how files are fetched.
    Network,
    /// It changes only what is shown or how fast it goes.
    Shows,
    /// What is installed does not count: it is part of what is asked of an environment that is there.
    Overlooks,
    /// It says what becomes of the answer for an environment that is there.
    Ends,
    /// It names another Python than the environment's: part of the answer where nothing is installed.
    Targets,
    /// Only pip does this: the whole command is handed to pip.
    HandsOver,
}

const fn flag(long: &'static str, effect: Effect, help: &'static str) -> PipOption {
    option(long, Takes::Nothing, effect, help)
}

const fn value(long: &'static str, effect: Effect, help: &'static str) -> PipOption {
    option(long, Takes::Value, effect, help)
}

const fn values(long: &'static str, effect: Effect, help: &'static str) -> PipOption {
    option(long, Takes::Values, effect, help)
}

const fn option(long: &'static str, takes: Takes, effect: Effect, help: &'static str) -> PipOption {
    PipOption {
        long,
        aliases: &[],
        short: None,
        takes,
        effect,
        help,
    }
}

impl PipOption {
    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The option of a long name or alias.
    pub fn named(name: &str) -> Option<&'static Self> {
        OPTIONS
            .iter()
            .find(|option| option.long == name || option.aliases.contains(&name))
    }
}

use Effect::{Answers, Asks, Ends, HandsOver, Network, Overlooks, Shows, Targets};

/// All options of `pip install` that snapenv reads itself or passes on knowingly.
pub const OPTIONS: &[PipOption] = &[
    values("requirement", Asks, "Install from a requirements file").short('r'),
    values("constraint", Asks, "Constrain versions by a constraints file").short('c'),
    values("editable", Asks, "Install a project in editable mode (done by pip)").short('e'),
    value("index-url", Asks, "Base URL of the package index")
        .short('i')
        .aliases(&["pypi-url"]),
    values("extra-index-url", Asks, "Further package indexes"),
    flag("no-index", Asks, "Ignore package indexes"),
    values("find-links", Asks, "Folders or pages with archives").short('f'),
    flag("pre", Asks, "Include pre-releases"),
    values("all-releases", Asks, "Include pre-releases of these projects"),
    values("only-final", Asks, "Leave out pre-releases of these projects"),
    values("no-binary", Asks, "Do not use wheels of these projects"),
    values("only-binary", Asks, "Use nothing but wheels of these projects"),
    flag("prefer-binary", Asks, "Prefer an older wheel to a newer sdist"),
    flag("require-hashes", Asks, "Require a hash for each requirement"),
    flag("no-require-hashes", Asks, "Do not require hashes"),
    values("trusted-host", Asks, "Do not verify this host's certificate"),
    values("use-feature", Asks, "Enable new functionality of pip"),
    flag("no-deps", Answers, "Do not install dependencies").aliases(&["no-dependencies"]),
    flag("ignore-requires-python", Answers, "Ignore Requires-Python"),
    value("uploaded-prior-to", Answers, "Only consider files uploaded before this time"),
    values("config-settings", Answers, "Settings for build backends").short('C'),
    values("build-constraint", Answers, "Constrain build requirements by a file"),
    flag("no-build-isolation", Answers, "Build in the environment itself"),
    flag("use-pep517", Answers, "Build by PEP 517"),
    flag(
        "check-build-dependencies",
        Answers,
        "Check build requirements without isolation",
    ),
    values("use-deprecated", Answers, "Enable deprecated functionality of pip"),
    flag("no-compile", Answers, "Do not compile Python sources to bytecode"),
    flag("compile", Answers, "Compile Python sources to bytecode (the default)"),
    value("proxy", Network, "Proxy to use"),
    flag("no-proxy-env", Network, "Ignore proxy variables of the environment"),
    value("retries", Network, "Attempts per connection"),
    value("timeout", Network, "Seconds until a connection times out").aliases(&["default-timeout"]),
    value("resume-retries", Network, "Attempts to resume a download"),
    value("cert", Network, "CA bundle"),
    value("client-cert", Network, "Client certificate"),
    value("keyring-provider", Network, "How to look up credentials"),
    value("cache-dir", Network, "pip's own cache"),
    flag("no-cache-dir", Network, "Do not use pip's own cache"),
    value("progress-bar", Shows, "Kind of progress bar"),
    flag("no-color", Shows, "No colours"),
    flag("no-input", Shows, "Do not ask"),
    value("log", Shows, "pip's log file").aliases(&["log-file", "local-log"]),
    value("root-user-action", Shows, "What to say to root"),
    flag("disable-pip-version-check", Shows, "Do not look for a newer pip"),
    flag("no-python-version-warning", Shows, "No warning about old Pythons"),
    flag("no-warn-script-location", Shows, "No warning about scripts outside PATH"),
    flag("no-warn-conflicts", Shows, "No warning about broken dependencies"),
    flag("no-clean", Shows, "Keep build folders"),
    value("exists-action", Shows, "What to do when a path exists"),
    flag("debug", Shows, "Let errors through"),
    flag("upgrade", Answers, "Upgrade to the newest available versions").short('U'),
    value("upgrade-strategy", Answers, "How far to upgrade dependencies"),
    flag("force-reinstall", Overlooks, "Reinstall everything"),
    flag("ignore-installed", Overlooks, "Ignore what is installed").short('I'),
    flag("isolated", HandsOver, "Ignore environment variables and user configuration"),
    flag("require-virtualenv", Shows, "Only run in a virtual environment").aliases(&["require-venv"]),
    flag("break-system-packages", Shows, "Change an externally managed Python"),
    flag("dry-run", Ends, "Change nothing: only say what would be installed"),
    value(
        "report",
        Ends,
        "Write what is installed to this file as JSON (-: standard output)",
    ),
    value("target", HandsOver, "Install into a folder").short('t'),
    values(
        "platform",
        Targets,
        "Platform that wheels are for (with --dry-run, or --target)",
    ),
    value("python-version", Targets, "Python version that wheels are for, likewise"),
    value(
        "implementation",
        Targets,
        "Python implementation that wheels are for, likewise",
    ),
    values("abi", Targets, "ABI that wheels are for, likewise"),
    flag("user", HandsOver, "Install into the user's folder"),
    flag("no-user", HandsOver, "Do not install into the user's folder"),
    value("root", HandsOver, "Install below another root"),
    value("prefix", HandsOver, "Install below a prefix"),
    value("src", HandsOver, "Folder for editable checkouts").aliases(&["source", "source-dir", "source-directory"]),
    values("group", HandsOver, "Install a dependency group"),
    values("requirements-from-script", HandsOver, "Install what a script declares"),
    flag("only-deps", Answers, "Install dependencies only").aliases(&["only-dependencies"]),
    values("refresh-package", HandsOver, "Ignore pip's cache for these projects"),
    values("global-option", HandsOver, "Options for setup.py"),
    values("install-option", HandsOver, "Options for setup.py install"),
    values("build-option", HandsOver, "Options for setup.py bdist_wheel"),
];
