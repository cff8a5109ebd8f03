//! The command line's grammar. pip's options come from one table (`pip::OPTIONS`), so that command line, configuration and help agree.

use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::cache;
use crate::fs::Locking;
use crate::pip::{Effect, OPTIONS, PipOption, Takes};
use crate::settings::pip_config::Command as Pips;
use crate::settings::{Given, GivenOption, SystemPackages};
use crate::store::SpareKind;

/// The grammar of all commands that snapenv knows itself.
pub(super) fn command() -> Command {
    Command::new("snapenv")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Virtualenvs from cache, in milliseconds, exactly as pip would have made them")
        .after_help("Every other command (list, freeze, show, check, uninstall, wheel, ...) is passed to the environment's pip.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .infer_long_args(true)
        // Most of a hit's own work would be the grammar of the commands that are not meant.
        .subcommand(
            Command::new("venv")
                .about("Create a virtual environment and fill it")
                .defer(|command| request(command.arg(folder())).args(environment_options()).arg(materialize())),
        )
        .subcommand(of_pips(Pips::Install))
        .subcommand(of_pips(Pips::Download))
        .subcommand(Command::new("key").about("Print the key of a request").defer(|command| {
            request(command)
                .args(environment_options().map(|option| option.hide(true)))
                .arg(flag("explain", "Print what the key is made of"))
        }))
        .subcommand(
            Command::new("explain")
                .about("Say why a request is a hit or a miss")
                .defer(|command| request(command).args(environment_options().map(|option| option.hide(true)))),
        )
        .subcommand(
            Command::new("doctor")
                .about("Check the store, and the environments that are layered over it")
                .arg(
                    folder()
                        .num_args(0..)
                        .help("Environments [default: all layered ones of this machine]"),
                )
                .arg(flag("json", "Print what is found as JSON")),
        )
        .subcommand(
            Command::new("verify")
                .about("Say whether an environment still is what was assembled")
                .defer(verify_options),
        )
        .subcommand(
            Command::new("diff")
                .about("Explain in what two environments, snapshots or requests differ")
                .defer(diff_options),
        )
        .subcommand(super::ci::grammar())
        .subcommand(stats())
        .subcommand(cache::grammar())
}

fn stats() -> Command {
    Command::new("stats")
        .about("Say what past runs took, and what the store has saved")
        .arg(
            Arg::new("html")
                .long("html")
                .value_name("DIR")
                .help("Write it as a page, too"),
        )
        .arg(flag("json", "Print it as JSON"))
}

/// The grammar of a command that speaks pip's language.
pub(super) fn of_pips(command: Pips) -> Command {
    match command {
        Pips::Install => Command::new("install")
            .about("Install into the active or a named environment, as pip install")
            .bin_name("snapenv install")
            .defer(|command| request(command).arg(target())),
        Pips::Download => Command::new("download")
            .about("Put the files of distributions into a folder, as pip download")
            .bin_name("snapenv download")
            .defer(|command| request_with(command, options_of(Pips::Download)).args([target(), dest()])),
    }
}

/// The options that a command of pip's has.
fn options_of(command: Pips) -> impl Iterator<Item = &'static PipOption> {
    OPTIONS.iter().filter(move |option| match command {
        Pips::Install => true,
        Pips::Download => command.knows(option.long),
    })
}

fn target() -> Arg {
    Arg::new("python")
        .long("python")
        .value_name("ENV")
        .help("Environment or interpreter that it is for")
}

fn dest() -> Arg {
    Arg::new("dest")
        .long("dest")
        .visible_aliases(["destination-dir", "destination-directory"])
        .short('d')
        .value_name("DIR")
        .help("Where the files are put [default: the current folder]")
}

pub(super) fn warm_options(command: Command) -> Command {
    let named = ["python", "no-seed", "system-site-packages", "link-mode"];
    let options = environment_options().map(|option| {
        let hidden = !named.contains(&option.get_id().as_str());
        option.hide(hidden)
    });
    let own = [
        Arg::new("spares")
            .long("spares")
            .value_name("N")
            .value_parser(clap::value_parser!(usize))
            .help("Assembled environments to keep ready [default: 1]"),
        // What a run in the background is started with.
        Arg::new(super::standby::OPTION)
            .long(super::standby::OPTION)
            .value_parser(str::parse::<SpareKind>)
            .hide(true),
    ];
    request(command).args(options).args(own)
}

fn folder() -> Arg {
    Arg::new("dir")
        .value_name("DIR")
        .help("The environment's folder; an environment that is there is replaced [default: .venv]")
}

fn verify_options(command: Command) -> Command {
    let quick = flag("quick", "Compare sizes, times and modes instead of content");
    command
        .arg(folder().help("The environment's folder [default: .venv]"))
        .arg(quick)
        .args(looking("Name bytecode that Python has written, too"))
}

fn diff_options(command: Command) -> Command {
    let subjects = Arg::new("subject")
        .value_names(["A", "B"])
        .num_args(2)
        .required(true)
        .help("Folder of an environment, or key of a snapshot or request (8 digits are enough)");
    command.arg(subjects).args(looking("Name the files that differ"))
}

/// How what was found is shown.
fn looking(verbose: &'static str) -> [Arg; 2] {
    [
        flag("json", "Print what is found as JSON"),
        Arg::new("verbose")
            .short('v')
            .long("verbose")
            .action(ArgAction::Count)
            .help(verbose),
    ]
}

pub(super) fn environment_options() -> [Arg; 8] {
    [
        Arg::new("python")
            .short('p')
            .long("python")
            .value_name("PYTHON")
            .help("Version (3.11), name, or path of the interpreter"),
        flag("no-seed", "Leave pip out"),
        flag("clear", "Remove whatever is in DIR"),
        Arg::new("prompt")
            .long("prompt")
            .value_name("NAME")
            .help("Name to show in the prompt ('.': the current folder's)"),
        flag(
            "system-site-packages",
            "Let the environment see the interpreter's own distributions",
        ),
        Arg::new("link-mode")
            .long("link-mode")
            .value_name("MODE")
            .help("hardlink, clone, copy or layered"),
        Arg::new("verify")
            .long("verify")
            .value_name("HOW")
            .help("How closely the store's files are looked at: full, quick or none [default: quick]"),
        flag(
            "standby",
            "Keep a spare ready in the background for the next environment like this",
        ),
    ]
}

/// It stands alone but for how files are linked, and how much is said.
fn materialize() -> Arg {
    let others = [
        "requirement-arguments",
        "no-seed",
        "clear",
        "prompt",
        "system-site-packages",
        "standby",
        "python",
    ];
    let requirements = ["requirement", "constraint", "editable"];
    flag("materialize", "Make the layered environment in DIR flat, from the store")
        .conflicts_with_all(others.into_iter().chain(requirements))
}

pub(super) fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// Requirements, freshness, verbosity, and pip's options.
pub(super) fn request(command: Command) -> Command {
    request_with(command, options_of(Pips::Install))
}

fn request_with(command: Command, options: impl Iterator<Item = &'static PipOption>) -> Command {
    let own = [
        Arg::new("requirement-arguments")
            .value_name("REQUIREMENT")
            .num_args(0..)
            .help("What to install"),
        flag("offline", "Ask no index: answers of any age are good"),
        flag("refresh", "Ask the index again, for pins too"),
        flag("no-locks", "Ask for no locks: the same work may be done twice"),
        Arg::new("max-age")
            .long("max-age")
            .value_name("AGE")
            .help("Use answers up to this age (such as 12h) without asking"),
        Arg::new("resolver")
            .long("resolver")
            .value_name("WHO")
            .help("Who resolves what is not known: auto, or pip alone [default: auto]"),
        Arg::new("jobs")
            .long("jobs")
            .value_name("N")
            .help("Distributions to build at the same time [default: the number of cores]"),
        Arg::new("build-timeout")
            .long("build-timeout")
            .value_name("SECONDS")
            .help("Stop a step of a build that takes longer"),
        flag(
            "install-system-packages",
            "When a build misses a package of the system, install it and try once more",
        ),
        Arg::new("timings")
            .long("timings")
            .value_name("DIR")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value(".snapenv")
            .help("Write a page that shows what took how long [default: into .snapenv]"),
        Arg::new("verbose")
            .short('v')
            .long("verbose")
            .action(ArgAction::Count)
            .help("Say more"),
        Arg::new("quiet")
            .short('q')
            .long("quiet")
            .action(ArgAction::Count)
            .help("Say less"),
    ];
    command.infer_long_args(true).args(own).args(options.map(pip_option))
}

fn pip_option(option: &'static PipOption) -> Arg {
    let mut arg = Arg::new(option.long)
        .long(option.long)
        .visible_aliases(option.aliases)
        .help(option.help)
        .help_heading("Options of pip")
        .hide(matches!(option.effect, Effect::Shows | Effect::HandsOver));
    if let Some(short) = option.short {
        arg = arg.short(short);
    }
    match option.takes {
        Takes::Nothing => arg.action(ArgAction::Count),
        Takes::Value | Takes::Values => arg
            .action(ArgAction::Append)
            .value_name("VALUE")
            .allow_hyphen_values(true)
            .value_parser(NonEmptyStringValueParser::new()),
    }
}

/// What was typed, pip's options in their order.
pub(super) fn given(matches: &ArgMatches, arguments: Vec<String>) -> Given {
    given_to(Pips::Install, matches, arguments)
}

/// The same, of a command that speaks pip's language. Without debug assertions clap does not tell options that there are from others.
pub(super) fn given_to(command: Pips, matches: &ArgMatches, arguments: Vec<String>) -> Given {
    let mut options: Vec<(usize, GivenOption)> = Vec::new();
    for option in options_of(command) {
        let indices = matches.indices_of(option.long).into_iter().flatten();
        match option.takes {
            Takes::Nothing if matches.get_count(option.long) > 0 => {
                let at = indices.last().unwrap_or_default();
                options.push((at, GivenOption { option, value: None }));
            }
            Takes::Nothing => {}
            Takes::Value | Takes::Values => {
                let values = matches.get_many::<String>(option.long).into_iter().flatten();
                options.extend(indices.zip(values).map(|(at, value)| {
                    let value = Some(value.clone());
                    (at, GivenOption { option, value })
                }));
            }
        }
    }
    options.sort_by_key(|(at, _)| *at);
    let text = |name: &str| matches.try_get_one::<String>(name).ok().flatten().cloned();
    let count = |name: &str| i8::try_from(matches.get_count(name)).unwrap_or(i8::MAX);
    Given {
        command,
        dest: text("dest"),
        arguments,
        options: options.into_iter().map(|(_, given)| given).collect(),
        python: text("python"),
        link_mode: text("link-mode"),
        verify: text("verify"),
        standby: matches
            .try_get_one::<bool>("standby")
            .ok()
            .flatten()
            .is_some_and(|standby| *standby),
        max_age: text("max-age"),
        build_timeout: text("build-timeout"),
        jobs: text("jobs"),
        system_packages: if matches.get_flag("install-system-packages") {
            SystemPackages::Installed
        } else {
            SystemPackages::Named
        },
        resolver: text("resolver"),
        offline: matches.get_flag("offline"),
        locking: if matches.get_flag("no-locks") {
            Locking::Forgone
        } else {
            Locking::Used
        },
        refresh: matches.get_flag("refresh"),
        verbosity: count("verbose").saturating_sub(count("quiet")),
    }
}

/// Positional arguments.
pub(super) fn positionals(matches: &ArgMatches) -> Vec<String> {
    let values = matches.get_many::<String>("requirement-arguments");
    values.into_iter().flatten().cloned().collect()
}
