//! Settings: what command line, environment and files say, resolved once.
//!
//! [`World`] is the only reader of arguments, environment, home, clock and current folder; everything below is handed values.
//! [`Given`] is what was typed, [`Filed`] what settings files say, [`Settings`] what it comes to.

mod age;
mod building;
mod course;
mod error;
mod filed;
mod given;
mod keyring;
mod loader;
pub mod pip_config;
mod resolve;
mod resolver;
mod said;
mod size;
mod trusted_builds;
mod world;

pub use age::{InvalidAge, longer_age, parse_age};
pub use building::{Building, SystemPackages};
pub use course::{Course, PipLogging, Present, ReportTo};
pub use error::SettingsError;
pub use filed::Filed;
pub use given::{Given, GivenOption};
pub use keyring::KeyringUse;
pub use loader::WorldLoader;
pub use resolve::{Asked, Freshness, Settings, Standby};
pub use resolver::{Resolver, UnknownResolver};
pub use size::{InvalidSize, parse_size};
pub use trusted_builds::TrustedBuilds;
pub use world::World;
