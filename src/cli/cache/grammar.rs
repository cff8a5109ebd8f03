//! The grammar of `snapenv cache`.

use clap::{Arg, Command};

use crate::cli::arguments::{flag, warm_options};

const PRUNE: &str = "Remove what need not be kept: garbage, and what the limits say";
const WARM: &str = "Fill the store with what `venv` would need, and keep spares of it; without requirements, refill the spares that were kept before";

const EXPORT: &str = "Write what the store has for a request, or all requests, to one file that another store can import";

const PATTERN: &str = "Which one: name, or name-version (or the beginning of that), with * ? [] as in shells";

/// All verbs.
pub(in crate::cli) fn grammar() -> Command {
    Command::new("cache")
        .about("Look after the store")
        .subcommand_required(true)
        .subcommand(Command::new("dir").about("Print the store's folder").arg(words().hide(true)))
        .subcommand(
            Command::new("info")
                .about("Say what the store takes up and is worth, and which spares wait")
                .arg(words().hide(true))
                .arg(flag("json", "Print it as JSON")),
        )
        .subcommand(
            Command::new("list")
                .about("List the distributions in the store")
                .arg(words().help(PATTERN))
                .arg(
                    Arg::new("format")
                        .long("format")
                        .value_name("FORMAT")
                        .value_parser(["human", "abspath", "json"])
                        .help("human, abspath (paths of archives) or json [default: human]"),
                ),
        )
        .subcommand(
            Command::new("remove")
                .about("Remove distributions from the store, and what needs them")
                .arg(words().help(PATTERN)),
        )
        .subcommand(
            Command::new("purge")
                .about("Remove everything from the store but what layered environments need")
                .arg(words().hide(true)),
        )
        .subcommand(
            Command::new("verify")
                .about("Read all of the store, and name what is damaged")
                .arg(flag(
                    "repair",
                    "Make damaged entries again from what is left; the others are set aside",
                ))
                .arg(flag("read-stores", "Look at the stores that are only read, too"))
                .arg(flag("json", "Print what is found as JSON")),
        )
        .subcommand(
            Command::new("prune")
                .about(PRUNE)
                .defer(|command| command.args(prune_options())),
        )
        .subcommand(Command::new("export").about(EXPORT).defer(export_options))
        .subcommand(
            Command::new("import")
                .about("Take in what another store has exported; all of it is checked first")
                .arg(
                    Arg::new("file")
                        .value_name("FILE")
                        .help("The file; - for standard input [default: -]"),
                )
                .arg(flag("json", "Print what was taken in as JSON")),
        )
        .subcommand(Command::new("warm").about(WARM).defer(warm_options))
}

fn export_options(command: Command) -> Command {
    let own = [
        Arg::new("output")
            .short('o')
            .long("output")
            .value_name("FILE")
            .help("The file; - for standard output [default: -]"),
        flag("all", "All requests, whatever else is said [default without requirements]"),
        flag(
            "json",
            "Print what was written as JSON (on standard error if the export is on standard output)",
        ),
    ];
    warm_options(command).mut_arg("spares", |spares| spares.hide(true)).args(own)
}

pub(in crate::cli) fn prune_options() -> [Arg; 7] {
    let value = |name: &'static str, placeholder: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(placeholder).help(help)
    };
    [
        value(
            "max-size",
            "SIZE",
            "Remove what is used least until the store takes up no more (such as 5G) [default: the setting]",
        ),
        value("older-than", "AGE", "Remove what was not used for so long (such as 30d)"),
        value(
            "keep-last",
            "N",
            "Remove all versions of each project but those that were used last",
        )
        .value_parser(clap::value_parser!(usize)),
        value("grace", "AGE", "Leave alone what was used within this time [default: 1h]"),
        flag("trees-only", "Remove only what can be made again from archives"),
        flag("dry-run", "Say what would be removed, and remove nothing"),
        flag("json", "Print it as JSON"),
    ]
}

/// Of verbs that pip has, too: how many words there may be is said as pip says it.
fn words() -> Arg {
    Arg::new("words").value_name("PATTERN").num_args(0..)
}
