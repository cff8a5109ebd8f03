//! Parse, run, print the error and its hints, exit.

fn main() {
    let arguments = std::env::args_os().skip(1).collect();
    std::process::exit(snapenv::cli::run(arguments));
}
