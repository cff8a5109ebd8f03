//! From what was typed and configured to what holds.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::building::Building;
use super::course::{Course, PipLogging, Present, ReportTo};
use super::error::SettingsError;
use super::filed::Filed;
use super::given::{Given, GivenOption};
use super::keyring::KeyringUse;
use super::pip_config::{Command, ConfigPlaces, PipConfig, Setting, load};
use super::resolver::Resolver;
use super::said::Said;
use super::world::World;
use crate::fs::{Form, Limits, Locking, Sharing, Verify};
use crate::index::NetworkOptions;
use crate::interpreter::{PythonRequest, Search as PythonSearch};
use crate::key::{BytecodeMode, Codecs, Invalidation};
use crate::pip::{Effect, PipOption, Takes};
use crate::requirements::SearchOption;

/// Everything that a run goes by. Values may hold credentials, so this is never printed.
#[derive(Clone)]
pub struct Settings {
    /// The store.
    pub cache_dir: PathBuf,
    /// Stores that are only read.
    pub read_stores: Vec<PathBuf>,
    /// Who may write stores.
    pub sharing: Sharing,
    /// Whether locks are asked for.
    pub locking: Locking,
    /// How many bytes the store may take up.
    pub max_size: Option<u64>,
    /// Which interpreter is meant.
    pub python: PythonRequest,
    /// Where interpreters are looked for.
    pub python_search: PythonSearch,
    /// How recorded answers are used.
    pub freshness: Freshness,
    /// The form of new environments.
    pub form: Form,
    /// How closely files of the store are looked at.
    pub verify: Verify,
    /// How much a wheel, an sdist or an archive may unpack to.
    pub unpacked: Limits,
    /// Whether spares are kept ready.
    pub standby: Standby,
    /// How builds are run.
    pub building: Building,
    /// Who resolves what is not known.
    pub resolver: Resolver,
    /// Bytecode.
    pub bytecode: BytecodeMode,
    /// What is asked for.
    pub asked: Asked,
    /// Where candidates come from, by configuration and command line.
    pub search: Vec<SearchOption>,
    /// pip options that can change the answer.
    pub answers: BTreeMap<String, Vec<String>>,
    /// The network.
    pub network: NetworkOptions,
    /// Whether the program that knows credentials is asked.
    pub keyring: KeyringUse,
    /// pip's options as typed, for a pip that does everything.
    pub pip_arguments: Vec<OsString>,
    /// The same without what becomes of the answer, for a pip that only resolves.
    pub resolving_arguments: Vec<OsString>,
    /// An option that only pip knows how to honour, as typed or configured.
    pub hands_over: Option<String>,
    /// An option that only means something where an environment is there already, as typed or configured.
    pub of_living: Option<String>,
    /// Whether what is installed counts.
    pub present: Present,
    /// What becomes of the answer.
    pub course: Course,
    /// Where the installation report goes.
    pub report: Option<ReportTo>,
    /// Whose pip's log is.
    pub pip_logging: PipLogging,
    /// After how much silence a build job is told what is waited for.
    pub heartbeat: Duration,
}

/// What is asked for, by configuration and command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Requirement arguments.
    pub arguments: Vec<String>,
    /// `-e`.
    pub editables: Vec<String>,
    /// `-r`.
    pub requirement_files: Vec<String>,
    /// `-c`.
    pub constraint_files: Vec<String>,
    /// `--config-settings`.
    pub config_settings: BTreeMap<String, Vec<String>>,
}

/// How recorded answers are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Answers to pinned requests are final; others are asked for again.
    Ask,
    /// Answers up to this age are good enough.
    MaxAge(Duration),
    /// No index is asked; answers of any age are good enough.
    Offline,
    /// Every answer is asked for again, pins too.
    Refresh,
}

/// Whether a spare is made ready in the background for the next environment of the same kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standby {
    /// Nothing happens in the background; a spare that is there is used.
    #[default]
    Off,
    /// For what is asked for again, a spare is kept.
    Kept,
}

impl Settings {
    /// Resolves what holds. `prefix` is the living environment whose own `pip.conf` counts; a new environment has none.
    ///
    /// # Errors
    /// When an option, a variable, or pip's configuration cannot be used.
    pub fn resolve(given: &Given, world: &World, prefix: Option<&Path>) -> Result<Self, SettingsError> {
        let home = world.home.clone().unwrap_or_else(|| PathBuf::from("/"));
        let config = load(
            &ConfigPlaces::new(&world.variables, &home, prefix.unwrap_or(Path::new("/dev/null"))),
            given.command,
            &world.variables,
        )?;
        let filed = Filed::load(world)?;
        let said = Said {
            given,
            world,
            filed: &filed,
        };
        let mut merged = Merged::default();
        merged.configured(&config, given.command);
        merged.typed(&given.options);
        merged.asked.arguments.clone_from(&given.arguments);
        match given.command {
            Command::Install => {}
            Command::Download => merged.download(destination(given, &config, world)),
        }
        let mut network = config.network();
        override_network(&mut network, given);
        Ok(Self {
            cache_dir: said.cache_dir(),
            read_stores: said.read_stores(),
            sharing: said.sharing()?,
            locking: said.locking(),
            max_size: said.max_size()?,
            python: said.python()?,
            python_search: python_search(world),
            freshness: said.freshness()?,
            form: said.form()?,
            verify: said.verify()?,
            unpacked: said.unpacked()?,
            standby: said.standby(),
            resolver: said.resolver()?,
            building: said.building()?,
            bytecode: merged.bytecode(world),
            asked: merged.asked,
            search: merged.search,
            answers: merged.answers,
            network,
            keyring: KeyringUse::new(given, &config),
            pip_arguments: pip_arguments(given.options.iter()),
            resolving_arguments: pip_arguments(given.options.iter().filter(|given| given.option.effect != Effect::Ends)),
            hands_over: merged.hands_over.or(match merged.course {
                // With --target, which is pip's, or not at all.
                Course::Install => merged.targets,
                Course::DryRun | Course::Download(_) => None,
            }),
            of_living: merged.of_living,
            present: merged.present,
            course: merged.course,
            report: merged.report,
            pip_logging: merged.pip_logging,
            heartbeat: said.heartbeat()?,
        })
    }
}

fn python_search(world: &World) -> PythonSearch {
    PythonSearch {
        path: world
            .variable("PATH")
            .map(|path| std::env::split_paths(path).collect())
            .unwrap_or_default(),
        current_dir: world.current_dir.clone(),
        pyenv_root: world
            .variable("PYENV_ROOT")
            .map(PathBuf::from)
            .or_else(|| world.home.as_ref().map(|home| home.join(".pyenv"))),
        pyenv_version: world.variable("PYENV_VERSION").map(str::to_owned),
    }
}

/// Where files are put: an absolute path.
fn destination(given: &Given, config: &PipConfig, world: &World) -> PathBuf {
    let named = given.dest.as_deref().or_else(|| config.text("dest")).unwrap_or(".");
    let below_home = named.strip_prefix("~/").zip(world.home.as_ref());
    match below_home {
        // Where the shell has not done so: `--dest=~/wheels`.
        Some((rest, home)) => home.join(rest),
        None => world.current_dir.join(named),
    }
}

fn override_network(network: &mut NetworkOptions, given: &Given) {
    let last = |long| given.values(long).last().map(str::to_owned);
    network.proxy = last("proxy").or(network.proxy.take());
    network.no_proxy_env |= given.options.iter().any(|given| given.option.long == "no-proxy-env");
    network.cert = last("cert").map(PathBuf::from).or(network.cert.take());
    network.client_cert = last("client-cert").map(PathBuf::from).or(network.client_cert.take());
    network.trusted_hosts.extend(given.values("trusted-host").map(str::to_owned));
    let seconds = last("timeout").and_then(|text| text.parse().ok());
    network.timeout = seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .or(network.timeout);
    network.retries = last("retries").and_then(|text| text.parse().ok()).or(network.retries);
}

/// pip's options as typed. What only concerns the display of a long run is left out: snapenv shows progress itself.
fn pip_arguments<'a>(options: impl Iterator<Item = &'a GivenOption>) -> Vec<OsString> {
    let mut arguments = Vec::new();
    for GivenOption { option, value } in options {
        arguments.push(format!("--{}", option.long).into());
        arguments.extend(value.clone().map(OsString::from));
    }
    arguments
}

/// Configuration and command line, in the order in which pip applies them.
#[derive(Default)]
struct Merged {
    asked: Asked,
    search: Vec<SearchOption>,
    answers: BTreeMap<String, Vec<String>>,
    compile: Option<bool>,
    hands_over: Option<String>,
    of_living: Option<String>,
    targets: Option<String>,
    present: Present,
    course: Course,
    report: Option<ReportTo>,
    pip_logging: PipLogging,
}

impl Merged {
    fn configured(&mut self, config: &PipConfig, command: Command) {
        // What a variable says to another command is not said to this one.
        let meant = |setting: &&Setting| setting.known || !Command::Install.knows(&setting.name) || command == Command::Install;
        for setting in config.settings().iter().filter(meant) {
            let on = setting.values.last().is_some_and(|value| value == "true");
            if setting.name == "compile" {
                self.compile = Some(on);
                continue;
            }
            // Where pip's configuration sets the destination of a negative switch, the positive name is used: `build-isolation`.
            let negative = format!("no-{}", setting.name);
            let (option, wanted) = match (PipOption::named(&setting.name), PipOption::named(&negative)) {
                (Some(option), _) => (Some(option), true),
                (None, option) => (option, false),
            };
            match option {
                Some(option) if option.takes == Takes::Nothing && on == wanted => self.apply(option, None, &setting.to_string()),
                Some(option) if option.takes == Takes::Nothing => {}
                Some(option) => {
                    for value in &setting.values {
                        self.apply(option, Some(value), &setting.to_string());
                    }
                }
                // A pip of another version may know what this one does not: it is part of the key.
                None if !setting.known => self
                    .answers
                    .entry(setting.name.clone())
                    .or_default()
                    .extend(setting.values.clone()),
                None => {}
            }
        }
    }

    fn typed(&mut self, options: &[GivenOption]) {
        for GivenOption { option, value } in options {
            match option.long {
                "compile" => self.compile = Some(true),
                "no-compile" => self.compile = Some(false),
                long => self.apply(option, value.as_deref(), &format!("--{long}")),
            }
        }
    }

    fn apply(&mut self, option: &'static PipOption, value: Option<&str>, said: &str) {
        let text = value.unwrap_or_default().to_owned();
        match option.effect {
            Effect::Asks => self.ask(option.long, text),
            Effect::Answers | Effect::Targets => {
                if option.effect == Effect::Targets {
                    self.targets.get_or_insert_with(|| said.to_owned());
                }
                if option.long == "config-settings" {
                    let (key, value) = text.split_once('=').unwrap_or((&text, ""));
                    self.asked
                        .config_settings
                        .entry(key.to_owned())
                        .or_default()
                        .push(value.to_owned());
                }
                let values = self.answers.entry(option.long.to_owned()).or_default();
                values.extend(value.map(str::to_owned));
            }
            Effect::HandsOver => {
                self.hands_over.get_or_insert_with(|| said.to_owned());
            }
            Effect::Overlooks | Effect::Ends => {
                self.of_living.get_or_insert_with(|| said.to_owned());
                self.end(option.long, text);
            }
            Effect::Shows if option.long == "log" => self.pip_logging = PipLogging::Users,
            Effect::Network | Effect::Shows => {}
        }
    }

    /// Nothing that is installed counts.
    fn download(&mut self, into: PathBuf) {
        self.course = Course::Download(into);
        self.present = Present::Ignored;
    }

    fn end(&mut self, long: &str, value: String) {
        match long {
            "ignore-installed" => self.present = Present::Ignored,
            // Where both are said, nothing is uninstalled.
            "force-reinstall" if self.present != Present::Ignored => self.present = Present::Reinstalled,
            "dry-run" => self.course = Course::DryRun,
            "report" if value == "-" => self.report = Some(ReportTo::Stdout),
            "report" => self.report = Some(ReportTo::File(PathBuf::from(value))),
            _ => {}
        }
    }

    fn ask(&mut self, long: &str, value: String) {
        let option = match long {
            "requirement" => return self.asked.requirement_files.push(value),
            "constraint" => return self.asked.constraint_files.push(value),
            "editable" => return self.asked.editables.push(value),
            "index-url" => SearchOption::IndexUrl(value),
            "extra-index-url" => SearchOption::ExtraIndexUrl(value),
            "no-index" => SearchOption::NoIndex,
            "find-links" => SearchOption::FindLinks(value),
            "pre" => SearchOption::Pre,
            "all-releases" => SearchOption::AllReleases(value),
            "only-final" => SearchOption::OnlyFinal(value),
            "no-binary" => SearchOption::NoBinary(value),
            "only-binary" => SearchOption::OnlyBinary(value),
            "prefer-binary" => SearchOption::PreferBinary,
            "require-hashes" => SearchOption::RequireHashes,
            "no-require-hashes" => SearchOption::NoRequireHashes,
            "trusted-host" => SearchOption::TrustedHost(value),
            _ => SearchOption::UseFeature(value),
        };
        self.search.push(option);
    }

    fn bytecode(&self, world: &World) -> BytecodeMode {
        if self.compile == Some(false) {
            return BytecodeMode::Off;
        }
        // As Python reads it: a number is the level, any other text means one.
        let optimization = world
            .variable("PYTHONOPTIMIZE")
            .map_or(0, |text| text.parse::<u8>().unwrap_or(1).min(2));
        let invalidation = match world.variable("SOURCE_DATE_EPOCH") {
            Some(_) => Invalidation::CheckedHash,
            None => Invalidation::Timestamp,
        };
        BytecodeMode::On {
            optimization,
            invalidation,
            codecs: Codecs::Any,
        }
    }
}
