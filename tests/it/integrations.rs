//! What `integrations/` has for build servers, run by tools that the servers or their authors have.
//!
//! `templates` needs none of them. The rest runs with `SNAPENV_CI_TOOLS=DIR`, a folder that `tests/integrations/install DIR` fills.

mod agent;
mod bamboo;
mod jenkins;
mod recipes;
mod recognised;
mod servers;
mod spelled;
mod templates;
mod tools;
