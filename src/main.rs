//! Parse, run, print the error and its hints, exit.

fn main() {}
