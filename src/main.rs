//! Parse, run, print the error and its hints, exit.

fn main() {
    std::process::exit(snapenv::cli::run(std::env::args_os().collect()));
}
