//! The world, read once: arguments, environment and files become values that everything below is handed.

pub mod pip_config;
