//! The records at the end of a zip file.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::Fault;
use super::fields::Fields;

const END: [u8; 4] = *b"PK\x05\x06";
const END_LENGTH: usize = 22;
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
const LOCATOR_64_LENGTH: usize = 20;
const END_64: [u8; 4] = *b"PK\x06\x06";
const END_64_LENGTH: usize = 56;
/// The 64-bit record and its locator, which follow each other.
const RECORDS_64_LENGTH: usize = END_64_LENGTH + LOCATOR_64_LENGTH;

/// Where the central directory lies, as the end records say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub(super) entries: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
}

impl End {
    /// Finds the end records by `CPython`'s rule, then insists that they end the file and follow the central directory at once.
    pub(super) fn read(file: &File) -> Result<Self, Fault> {
        let length = file.metadata()?.len();
        let at = find(file, length)?;
        let mut record = [0; END_LENGTH];
        file.read_exact_at(&mut record, at)?;
        let mut fields = Fields::new(&record);
        fields.signature(END)?;
        let (disk, directory_disk) = (fields.u16()?, fields.u16()?);
        let (entries_here, entries) = (fields.u16()?, fields.u16()?);
        let (size, offset, comment) = (fields.u32()?, fields.u32()?, fields.u16()?);
        let behind = at + END_LENGTH as u64;
        if behind + u64::from(comment) != length {
            return Err(Fault::Gap(behind));
        }
        let short = Self {
            entries: entries.into(),
            size: size.into(),
            offset: offset.into(),
        };
        let (end, start) = match read_64(file, at)? {
            Some(long) if short.may_abbreviate(&long) => (long, at - RECORDS_64_LENGTH as u64),
            Some(_) => return Err(Fault::BadEnd),
            None => {
                if disk != 0 || directory_disk != 0 || entries_here != entries {
                    return Err(Fault::Volumes);
                }
                (short, at)
            }
        };
        match end.offset.checked_add(end.size) {
            Some(behind) if behind == start => Ok(end),
            _ => Err(Fault::Gap(start)),
        }
    }

    /// Whether each field is the other's, or the mark for "see the 64-bit record".
    fn may_abbreviate(&self, long: &Self) -> bool {
        let agree = |short: u64, long: u64, mark: u64| short == long || short == mark;
        agree(self.entries, long.entries, u16::MAX.into())
            && agree(self.size, long.size, u32::MAX.into())
            && agree(self.offset, long.offset, u32::MAX.into())
    }
}

fn find(file: &File, length: u64) -> Result<u64, Fault> {
    let window = length.min(END_LENGTH as u64 + (1 << 16));
    let start = length - window;
    let mut tail = vec![0; usize::try_from(window).map_err(|_| Fault::NoEnd)?];
    file.read_exact_at(&mut tail, start)?;
    if let Some(last) = tail.last_chunk::<END_LENGTH>()
        && last.starts_with(&END)
        && last.ends_with(&[0, 0])
    {
        return Ok(length - END_LENGTH as u64);
    }
    let found = tail
        .windows(END.len())
        .rposition(|window| window == END)
        .ok_or(Fault::NoEnd)?;
    if tail.len() - found < END_LENGTH {
        return Err(Fault::NoEnd);
    }
    Ok(start + found as u64)
}

fn read_64(file: &File, end: u64) -> Result<Option<End>, Fault> {
    let Some(at) = end.checked_sub(RECORDS_64_LENGTH as u64) else {
        return Ok(None);
    };
    let mut records = [0; RECORDS_64_LENGTH];
    file.read_exact_at(&mut records, at)?;
    let mut fields = Fields::new(&records);
    let record = fields.bytes(END_64_LENGTH)?;
    if fields.array()? != LOCATOR_64 {
        return Ok(None);
    }
    let (disk, offset, disks) = (fields.u32()?, fields.u64()?, fields.u32()?);
    if disk != 0 || disks > 1 {
        return Err(Fault::Volumes);
    }
    if offset != at {
        return Err(Fault::BadEnd);
    }
    let mut fields = Fields::new(record);
    if fields.array()? != END_64 || fields.u64()? != END_64_LENGTH as u64 - 12 {
        return Err(Fault::BadEnd);
    }
    fields.u32()?; // versions: made by, needed
    let (disk, directory_disk) = (fields.u32()?, fields.u32()?);
    let (entries_here, entries) = (fields.u64()?, fields.u64()?);
    if disk != 0 || directory_disk != 0 || entries_here != entries {
        return Err(Fault::Volumes);
    }
    Ok(Some(End {
        entries,
        size: fields.u64()?,
        offset: fields.u64()?,
    }))
}
