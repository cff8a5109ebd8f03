//! Integration tests: one module per command over a sandbox with its own home, cache and index.
//!
//! | module | holds |
//! |---|---|
//! | `sandbox`, `nobody`, `run`, `normal`, `interpreters` | a clean place to run the binary (or pip) in, and what came out of it |
//! | `seed`, `scratch` | what sandboxes begin with and share, made once |
//! | `index`, `artifact`, `wheel_builder`, `sdist_builder` | a loopback index and what it serves |
//! | `http2`, `tls_front` | the index behind TLS and HTTP/2, whose connections and streams end in the middle |
//! | `tree`, `pip_oracle` | comparing an environment with the one that real pip makes |
//! | `layering` | which module may use which, and the house rules that no lint knows |
//! | `scenarios`, `control` | what is compared, and that pip equals itself on it |
//! | `venv`, `verify`, `install`, `builds`, `keys`, `hits`, `layered`, `standby`, `store`, `errors`, `secrets` | the commands, and what promises two to five look like from outside |
//! | `whole` | the store under damage of every kind, and `cache verify` |
//! | `exchange` | `cache export` and `cache import` |
//! | `formats` | stores of released formats, and of formats to come |
//! | `upkeep`, `sharing` | what the store tells of itself, and what goes from it; stores that users share |
//! | `hostile` | wheels, sdists and archives that want to do harm, mutants of good ones, and real ones |
//! | `ci` | `ci sync` on every build server, on awkward agents, aborted at every phase |
//! | `stop`, `aborts`, `faults` | signals and kills at any moment, many jobs at once, disks that fail, filesystems without locks, power cuts; all of it behind `SNAPENV_FAULTS=1000` |
//! | `simple` | the index client as a library, beside pip |
//! | `filesystems` | link modes, limits and damage on real filesystems (mounted for the test, where root may) |
//! | `on_top`, `doctor` | environments over a layer: installing into them, making them flat, what was put on top, stores that are gone |
//! | `proof` | `verify` and `diff`: whether environments are what was assembled, and in what they differ |
//! | `reads`, `statuses` | what answers were made from, and what holds when that changes; indexes that refuse us or are in trouble |
//! | `dry_run` | what would be installed, and reports of what is |
//! | `neighbours` | what one environment or run must not do to another |
//! | `checkouts` | requirements from repositories |
//! | `direct`, `isolation` | direct references, sdists and folders without pip; the same without build isolation |
//! | `candidates` | which files are candidates of a project, and in which order: ours against those of pip's finder |
//! | `differential` | promise one: the scenarios, ours against pip's |
//! | `corpus`, `replay` | what resolving answers: recorded pages and pip's recorded answers to hundreds of requirement sets |
//! | `integrations` | templates for build servers, under the servers' own tools where `SNAPENV_CI_TOOLS` names them |
//! | `live` | the same over the public index, behind `SNAPENV_LIVE=1` |
//! | `live_layered` | layered environments under the tools that people use, likewise |
//!
//! Tests need no network (but `live` and `live_layered`) and no Python package; they need one `CPython` of 3.8 or later with `ensurepip`. What a machine
//! lacks (strace, a C compiler, further interpreters) is announced on stderr past the test runner's capture, never skipped silently.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail the test where they stand; clippy knows only #[test] functions as tests"
)]

mod aborts;
mod ahead;
mod artifact;
mod builds;
mod candidates;
mod checkouts;
mod ci;
mod control;
mod corpus;
mod differential;
mod direct;
mod docs;
mod doctor;
mod download;
mod dry_run;
mod errors;
mod exchange;
mod faults;
mod filesystems;
mod formats;
mod hits;
mod hostile;
mod http2;
mod index;
mod install;
mod integrations;
mod interpreters;
mod isolation;
mod keys;
mod known_pip;
mod layered;
mod layering;
mod live;
mod live_layered;
mod neighbours;
mod nobody;
mod normal;
mod on_top;
mod pip_oracle;
mod proof;
mod reads;
mod replay;
mod run;
mod sandbox;
mod scenarios;
mod scratch;
mod sdist_builder;
mod search;
mod secrets;
mod seed;
mod sharing;
mod simple;
mod skipped;
mod standby;
mod statuses;
mod stop;
mod store;
mod tls_front;
mod tree;
mod unmade_pip;
mod upkeep;
mod venv;
mod verify;
mod wheel_builder;
mod whole;
