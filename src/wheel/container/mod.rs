//! The zip container of a wheel, read strictly (PKWARE's `APPNOTE`, as `zipfile` of `CPython` understands it).
//!
//! One parser decides: the same reader that checks the container also gives the contents, so that no second opinion about
//! where a member lies can exist. Members, central directory and end records must tile the file from its first to its last byte;
//! local and central headers must agree; names are unique UTF-8. What a lenient reader would skip over is refused, because another
//! lenient reader might not skip it.
//!
//! Reads are positioned, so a [`Container`] is shared by threads as it is; each brings its own [`Inflater`].

mod content;
mod directory;
mod end;
mod fault;
mod fields;
mod limits;
mod member;
mod name;

#[cfg(test)]
mod tests;

pub(crate) use content::Inflater;
pub(crate) use directory::Container;
pub use fault::Fault;
pub(crate) use limits::ReadLimits;
pub use member::Mode;
pub(crate) use member::{Kind, Member};
pub(crate) use name::misleads;
