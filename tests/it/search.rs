//! The search, beside pip's own resolver.

mod campaign;
mod memory;
mod oracle;
mod random;
mod rules;
mod speed;
mod universe;
