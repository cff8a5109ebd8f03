//! A member of the archive: its central header, and what its local header must say.

use serde::{Deserialize, Serialize};

use super::Fault;
use super::fields::Fields;
use super::name::{self, Marked};

const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// Length of a local header without name and extra fields.
pub(super) const LOCAL_LENGTH: usize = 30;
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";

const ENCRYPTED: u16 = 1;
const STREAMED: u16 = 1 << 3;
const PATCHED: u16 = 1 << 5;
const STRONGLY_ENCRYPTED: u16 = 1 << 6;
const UTF8: u16 = 1 << 11;
/// The flags by which a reader's view of the member could change.
const TELLING: u16 = ENCRYPTED | STREAMED | PATCHED | STRONGLY_ENCRYPTED | UTF8;
/// The newest version of the format that `CPython` reads (6.3).
const NEWEST: u16 = 63;

const END: &[u8] = b"PK\x05\x06";

const EXTRA_ZIP64: u16 = 1;
const EXTRA_UNICODE_NAME: u16 = 0x7075;
const SEE_64: u32 = u32::MAX;

/// Whether a file is installed as executable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// 0644.
    Plain,
    /// 0755.
    Executable,
}

impl Mode {
    /// The permission bits.
    pub fn bits(self) -> u32 {
        match self {
            Self::Plain => 0o644,
            Self::Executable => 0o755,
        }
    }
}

/// Whether a member is a folder (its name ends in `/`) or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    /// A symbolic link, device or pipe by its attributes. To pip that is a file, with its content; so it is here.
    Special,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflated,
}

/// A member as its central header describes it.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) mode: Mode,
    kind: Kind,
    /// Seconds since 1970, the archive's local time taken as UTC.
    pub(crate) modified: u64,
    pub(super) method: Method,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) header: u64,
    /// Where the packed content begins; known once the local header was read.
    pub(super) data: u64,
    flags: u16,
    raw_method: u16,
}

impl Member {
    /// Takes one header from the central directory.
    pub(super) fn central(fields: &mut Fields<'_>) -> Result<Self, Fault> {
        fields.signature(CENTRAL)?;
        fields.u16()?; // version made by
        let needed = fields.u16()?;
        let (flags, raw_method) = (fields.u16()?, fields.u16()?);
        let (time, date) = (fields.u16()?, fields.u16()?);
        let crc = fields.u32()?;
        let (packed, size) = (fields.u32()?, fields.u32()?);
        let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
        let disk = fields.u16()?;
        fields.u16()?; // internal attributes
        let (attributes, header) = (fields.u32()?, fields.u32()?);
        let raw_name = fields.bytes(name.into())?;
        let name = name::parse(raw_name, marked(flags))?;
        let (raw_extra, comment) = (fields.bytes(extra.into())?, fields.bytes(comment.into())?);
        // A reader that looks for the end record from the front, or goes on looking behind a bad one, could take it for that.
        if [raw_extra, comment]
            .iter()
            .any(|text| text.windows(END.len()).any(|window| window == END))
        {
            return Err(Fault::SecondEnd(name));
        }
        let extra = Extra::parse(raw_extra, raw_name)?;

        let mut long = Fields::new(extra.zip64);
        let mut widen = |short: u32| if short == SEE_64 { long.u64() } else { Ok(short.into()) };
        let (size, packed, header) = (widen(size)?, widen(packed)?, widen(header)?);
        // Some readers take what nobody has asked for.
        if long.left() > 0 {
            return Err(Fault::BadHeader);
        }
        if disk != 0 {
            return Err(Fault::Volumes);
        }
        Ok(Self {
            method: method(&name, (needed, flags, raw_method), packed)?,
            mode: mode(attributes >> 16),
            kind: kind(&name, attributes >> 16),
            modified: unix_time(date, time),
            data: 0,
            name,
            size,
            crc,
            packed,
            header,
            flags,
            raw_method,
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Holds the local header to the central one; `rest` is what follows the fixed part. The name's and the extra fields' lengths
    /// decide where the content begins.
    pub(super) fn check_local(&self, fixed: &[u8; LOCAL_LENGTH], rest: &[u8]) -> Result<(), Fault> {
        let disagree = || Fault::Disagree(self.name.clone());
        let mut fields = Fields::new(fixed);
        fields.signature(LOCAL)?;
        fields.u16()?; // version needed
        let (flags, raw_method) = (fields.u16()?, fields.u16()?);
        fields.u32()?; // time and date
        let crc = fields.u32()?;
        let (packed, size) = (fields.u32()?, fields.u32()?);
        let name_length = fields.u16()?;
        let (raw_name, extra) = rest.split_at_checked(name_length.into()).ok_or(Fault::BadHeader)?;
        if raw_name != self.name.as_bytes() || flags & TELLING != self.flags & TELLING || raw_method != self.raw_method {
            return Err(disagree());
        }
        let mut long = Fields::new(Extra::parse(extra, raw_name)?.zip64);
        let mut widen = |short: u32| {
            if short == SEE_64 && long.left() > 0 {
                long.u64()
            } else {
                Ok(short.into())
            }
        };
        let (size, packed) = (widen(size)?, widen(packed)?);
        // Writers that reserve room for both fill them in without asking for them.
        let [unasked_size, unasked_packed] = match long.left() {
            0 => [size, packed],
            16 => [long.u64()?, long.u64()?],
            _ => return Err(disagree()),
        };
        // A streaming writer knows them only afterwards, and leaves zeros here.
        let agree = |local: u64, central: u64| local == central || (self.is_streamed() && local == 0);
        let sizes = [size, unasked_size].into_iter().all(|size| agree(size, self.size));
        let lengths = [packed, unasked_packed].into_iter().all(|packed| agree(packed, self.packed));
        if agree(crc.into(), self.crc.into()) && lengths && sizes {
            Ok(())
        } else {
            Err(disagree())
        }
    }

    /// Whether `bytes`, found between this member's content and the next header, are what must be there: nothing, or the data
    /// descriptor of a streaming writer.
    pub(super) fn check_descriptor(&self, bytes: &[u8]) -> bool {
        if !self.is_streamed() {
            return bytes.is_empty();
        }
        let bytes = match bytes.len() {
            16 | 24 if bytes.starts_with(&DESCRIPTOR) => &bytes[DESCRIPTOR.len()..],
            _ => bytes,
        };
        let mut expected = self.crc.to_le_bytes().to_vec();
        match bytes.len() {
            12 => {
                for value in [self.packed, self.size] {
                    expected.extend(u32::try_from(value).unwrap_or(SEE_64).to_le_bytes());
                }
            }
            20 => {
                for value in [self.packed, self.size] {
                    expected.extend(value.to_le_bytes());
                }
            }
            _ => return false,
        }
        bytes == expected
    }

    /// The CRC-32 of the content.
    pub(crate) fn crc(&self) -> u32 {
        self.crc
    }

    /// Whether the content is a deflate stream.
    pub(crate) fn is_deflated(&self) -> bool {
        self.method == Method::Deflated && self.packed > 0
    }

    pub(super) fn is_streamed(&self) -> bool {
        self.flags & STREAMED != 0
    }
}

/// The extra fields that matter.
struct Extra<'a> {
    zip64: &'a [u8],
}

impl<'a> Extra<'a> {
    fn parse(bytes: &'a [u8], name: &[u8]) -> Result<Self, Fault> {
        let mut fields = Fields::new(bytes);
        let mut zip64 = None;
        // CPython ignores up to three bytes behind the last field; so do writers that pad.
        while fields.left() >= 4 {
            let (kind, length) = (fields.u16()?, fields.u16()?);
            let data = fields.bytes(length.into())?;
            match kind {
                EXTRA_ZIP64 if zip64.replace(data).is_some() => return Err(Fault::BadHeader),
                // Version and checksum, then a name that newer readers prefer: it must be the same.
                EXTRA_UNICODE_NAME if data.get(5..) != Some(name) => {
                    return Err(Fault::Disagree(String::from_utf8_lossy(name).into_owned()));
                }
                _ => {}
            }
        }
        Ok(Self {
            zip64: zip64.unwrap_or_default(),
        })
    }
}

fn marked(flags: u16) -> Marked {
    if flags & UTF8 == 0 { Marked::Unmarked } else { Marked::Utf8 }
}

fn method(name: &str, (needed, flags, method): (u16, u16, u16), packed: u64) -> Result<Method, Fault> {
    let unsupported = |what| Fault::Unsupported {
        name: name.to_owned(),
        what,
    };
    if flags & (ENCRYPTED | STRONGLY_ENCRYPTED) != 0 {
        return Err(unsupported("encryption"));
    }
    if flags & PATCHED != 0 {
        return Err(unsupported("patched data"));
    }
    if needed & 0xff > NEWEST {
        return Err(unsupported("this version of the zip format"));
    }
    // Whoever reads from the front cannot tell where it ends: a deflate stream knows its own end.
    if flags & STREAMED != 0 && method == 0 && packed > 0 {
        return Err(unsupported("stored content whose length stands behind it"));
    }
    match method {
        0 => Ok(Method::Stored),
        8 => Ok(Method::Deflated),
        _ => Err(unsupported("a compression method other than deflate")),
    }
}

fn kind(name: &str, unix: u32) -> Kind {
    match unix & 0o170_000 {
        _ if name.ends_with('/') => Kind::Folder,
        // Writers that know no Unix leave it empty; a folder's mark on a file is a slip that harms nobody.
        0 | 0o100_000 | 0o040_000 => Kind::File,
        _ => Kind::Special,
    }
}

/// pip's rule: a regular file with any of the three execute permissions.
fn mode(unix: u32) -> Mode {
    if unix & 0o170_000 == 0o100_000 && unix & 0o111 != 0 {
        Mode::Executable
    } else {
        Mode::Plain
    }
}

/// An MS-DOS date and time as seconds since 1970; what is no date is the first that there is.
fn unix_time(date: u16, time: u16) -> u64 {
    const FIRST: u64 = 315_532_800; // 1980-01-01
    let (year, month, day) = (1980 + u64::from(date >> 9), u64::from(date >> 5 & 15), u64::from(date & 31));
    let (hour, minute, second) = (u64::from(time >> 11), u64::from(time >> 5 & 63), u64::from(time & 31) * 2);
    if !(1..=12).contains(&month) || day == 0 || hour > 23 || minute > 59 || second > 59 {
        return FIRST;
    }
    // Days from the civil calendar, with years that begin in March so that leap days come last.
    let year = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    ((days * 24 + hour) * 60 + minute) * 60 + second
}

#[cfg(test)]
mod time_tests {
    use super::unix_time;

    fn dos((year, month, day): (u16, u16, u16), (hour, minute, second): (u16, u16, u16)) -> u64 {
        let date = ((year - 1980) << 9) | (month << 5) | day;
        unix_time(date, (hour << 11) | (minute << 5) | (second / 2))
    }

    #[test]
    fn times_count_from_1970() {
        assert_eq!(dos((1980, 1, 1), (0, 0, 0)), 315_532_800);
        assert_eq!(dos((2000, 2, 29), (23, 59, 58)), 951_868_798);
        assert_eq!(dos((2024, 12, 31), (12, 30, 0)), 1_735_648_200);
        assert_eq!(dos((2107, 12, 31), (0, 0, 0)), 4_354_732_800);
    }

    #[test]
    fn what_is_no_time_is_1980() {
        assert_eq!(unix_time(0, 0), 315_532_800);
        assert_eq!(dos((2020, 13, 1), (0, 0, 0)), 315_532_800);
        assert_eq!(dos((2020, 1, 1), (24, 0, 0)), 315_532_800);
    }
}
