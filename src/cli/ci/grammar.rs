//! The grammar of `snapenv ci`.

use clap::{Arg, Command};

use crate::ci::{Server, Templates};
use crate::cli::arguments::{environment_options, flag, request};
use crate::cli::cache::prune_options;

/// The grammar.
pub(in crate::cli) fn ci() -> Command {
    Command::new("ci")
        .about("Environments for build jobs: one step that makes them, and reports")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("sync").about(SYNC).defer(|command| {
            request(command)
                .args(environment_options())
                .arg(path())
                .arg(reports())
                .arg(server())
                .arg(untrusted())
        }))
        .subcommand(
            Command::new("detect")
                .about("Say which build server this is, and whether its build is trusted")
                .arg(server())
                .arg(untrusted())
                .arg(flag("json", "Print it as JSON")),
        )
        .subcommand(Command::new("key").about("Print the key of a request").defer(|command| {
            request(command)
                .args(environment_options().map(|option| option.hide(true)))
                .arg(flag("explain", "Print what the key is made of"))
        }))
        .subcommand(
            Command::new("env")
                .about("Print the variables of an environment")
                .arg(path())
                .arg(
                    Arg::new("shell")
                        .long("shell")
                        .value_name("FORM")
                        .value_parser(["sh", "properties", "dotenv"])
                        .default_value("sh")
                        .hide_default_value(true)
                        .help("sh (to be evaluated), properties or dotenv [default: sh]"),
                ),
        )
        .subcommand(
            Command::new("prune")
                .about("Prune the store, and remove those of changes that are not built any more")
                .defer(|command| command.args(prune_options())),
        )
        .subcommand(
            Command::new("init")
                .about("Write the files that a project needs on a build server")
                .arg(
                    Arg::new("vendor")
                        .value_name("VENDOR")
                        .value_parser(Templates::SERVERS)
                        .required(true)
                        .help("The server"),
                ),
        )
        .subcommand(
            Command::new("report")
                .about("Print the last report again")
                .arg(reports())
                .arg(flag("json", "As JSON [default]"))
                .arg(flag("markdown", "As a page").conflicts_with("json"))
                .arg(flag("line", "As the line of the console").conflicts_with_all(["json", "markdown"])),
        )
}

const SYNC: &str = "Make the environment of a job, unless it is there already, and report";

fn path() -> Arg {
    Arg::new("dir")
        .long("path")
        .value_name("DIR")
        .help("The environment's folder; an environment that is there is replaced [default: .venv]")
}

fn reports() -> Arg {
    Arg::new("reports")
        .long("reports")
        .value_name("DIR")
        .help("The folder of reports [default: .snapenv]")
}

fn server() -> Arg {
    Arg::new("ci")
        .long("ci")
        .value_name("NAME")
        .value_parser(|name: &str| match name {
            "auto" => Ok(None),
            name => name.parse::<Server>().map(Some),
        })
        .help("auto, jenkins, bamboo, github, gitlab, buildkite, teamcity, azure or none [default: auto]")
}

fn untrusted() -> Arg {
    flag("untrusted", "Keep what this build makes to itself, whatever the server says")
}
