//! METADATA of a wheel of which only parts are at hand.

use std::fs::File;
use std::io;
use std::ops::Range;

use super::container::{Container, Member, ReadLimits};
use super::source::dist_info;
use super::{Filename, Problem};

/// Reads METADATA of a wheel that lies elsewhere.
///
/// `file` has the wheel's length, and its last bytes (some hundred at least); `bring` writes further parts into it. Only what is
/// read is checked.
///
/// # Errors
/// Fails where a part cannot be had, the directory or the member is damaged, or there is not just one METADATA.
pub fn skim_metadata(
    filename: &Filename,
    file: File,
    bring: &mut dyn FnMut(&File, Range<u64>) -> io::Result<()>,
) -> Result<Vec<u8>, Problem> {
    let choose = |members: &[Member]| {
        let folder = dist_info(members, filename).ok()?;
        Some(format!("{folder}/METADATA"))
    };
    let content = Container::skim(file, ReadLimits::default(), &choose, bring)?;
    content.ok_or_else(|| Problem::Missing("METADATA".to_owned()))
}
