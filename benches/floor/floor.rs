//! The yardstick of `benches/compare`: makes the tree of a finished environment again, as fast as a bare program can.
//!
//! ```text
//! cargo build --release --example floor
//! floor prepare REFERENCE LIST                                   writes LIST, and LIST.data beside it (not timed)
//! floor make LIST TARGET [--threads N] [--copies source|list]    makes the tree (timed as a whole process)
//! ```
//!
//! It checks nothing, decides nothing, reads no store and writes nothing for the new place: all that is left is what the kernel charges
//! for folders, links, copies and symbolic links. Files of the reference that have other links already become links, all others are
//! copies. What snapenv needs beyond this is what it could still save.

mod list;
mod make;

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use make::{Copies, Work};

const USAGE: &str = "usage: floor prepare REFERENCE LIST | floor make LIST TARGET [--threads N] [--copies source|list]";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["prepare", reference, list] => prepare(Path::new(reference), Path::new(list)),
        ["make", list, target, options @ ..] => make(Path::new(list), Path::new(target), options),
        _ => Err(USAGE.into()),
    }
}

fn prepare(reference: &Path, list: &Path) -> Result<(), Box<dyn Error>> {
    let mut writer = list::Writer::new(&fs::canonicalize(reference)?);
    writer.folder(reference)?;
    fs::write(list, writer.list)?;
    fs::write(list.with_added_extension("data"), writer.data)?;
    Ok(())
}

fn make(list: &Path, target: &Path, options: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut threads = 1;
    let mut copies = Copies::Source;
    for option in options.chunks(2) {
        match option {
            ["--threads", number] => threads = number.parse()?,
            ["--copies", "source"] => copies = Copies::Source,
            ["--copies", "list"] => copies = Copies::List(fs::File::open(list.with_added_extension("data"))?),
            _ => return Err(USAGE.into()),
        }
    }
    let bytes = fs::read(list)?;
    let mut reader = list::Reader::new(&bytes);
    let reference = reader.name()?;
    let root = reader.folder()?;
    let work = Work { copies };
    if threads < 2 {
        return Ok(work.serially(&root, reference, target)?);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    Ok(pool.install(|| work.in_parallel(&root, reference, target))?)
}
