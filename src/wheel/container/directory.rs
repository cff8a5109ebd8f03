//! The container: its central directory, checked against every local header.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use super::end::End;
use super::fields::Fields;
use super::member::LOCAL_LENGTH;
use super::{Fault, Inflater, Kind, Member, ReadLimits};
use crate::fs::{Excess, Limits};

/// Room for a local header's name and extra fields in the first read.
const GUESS: usize = 226;

/// An open zip file whose structure was checked; contents are checked as they are read.
#[derive(Debug)]
pub(crate) struct Container {
    pub(super) file: File,
    members: Vec<Member>,
    limits: ReadLimits,
}

impl Container {
    /// Reads the directory of `file` and holds everything in the file to it.
    pub(crate) fn open(file: File, limits: ReadLimits) -> Result<Self, Fault> {
        let end = End::read(&file)?;
        let mut members = members(&file, end, &limits)?;
        check_tiling(&file, &mut members, end.offset)?;
        Ok(Self { file, members, limits })
    }

    /// Reads one member of a file of which only the end is there: `bring` gets the other parts that this takes.
    ///
    /// What is not read is not checked; such a container is good for this one answer only.
    pub(crate) fn skim(file: File, limits: ReadLimits, choose: Choose<'_>, bring: Bring<'_>) -> Result<Option<Vec<u8>>, Fault> {
        let end = End::read(&file)?;
        bring(&file, end.offset..end.offset.saturating_add(end.size))?;
        let members = members(&file, end, &limits)?;
        let Some(name) = choose(&members) else {
            return Ok(None);
        };
        let mut container = Self { file, members, limits };
        let behind = |start: u64| {
            let starts = container.members.iter().map(|member| member.header);
            starts.filter(|header| *header > start).min().unwrap_or(end.offset)
        };
        let Some(index) = container.members.iter().position(|member| member.name == name) else {
            return Ok(None);
        };
        let start = container.members[index].header;
        let next = behind(start);
        bring(&container.file, start..next)?;
        settle(&container.file, &mut container.members[index], start..next)?;
        container.read(&name)
    }

    /// The members, in the order of the directory.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The whole content of the member called `name`, where there is one, for files that are read in memory.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        let Some(member) = self.members.iter().find(|member| member.name == name) else {
            return Ok(None);
        };
        within("a metadata file", member.size, self.limits.metadata)?;
        let mut content = Vec::new();
        Inflater::default().copy(self, member, &mut |bytes| {
            content.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok(Some(content))
    }

    /// Refuses to unpack more than `limits` allow. Headers tell how much it will be, and no content may be longer than its header tells.
    pub(crate) fn check_size(&self, limits: &Limits) -> Result<(), Fault> {
        let sum = |of: fn(&Member) -> u64| self.members.iter().map(of).fold(0, u64::saturating_add);
        match limits.excess(sum(|member| member.size), sum(|member| member.packed)) {
            Some(Excess { what, limit }) => Err(Fault::TooMuch { what, limit }),
            None => Ok(()),
        }
    }

    /// Reads `member` only to see that it can be read.
    pub(crate) fn verify(&self, member: &Member) -> Result<(), Fault> {
        Inflater::default().copy(self, member, &mut |_| Ok(()))
    }
}

/// Says which member is wanted.
pub(crate) type Choose<'a> = &'a dyn Fn(&[Member]) -> Option<String>;

/// Writes a part of the file that is not there yet.
pub(crate) type Bring<'a> = &'a mut dyn FnMut(&File, Range<u64>) -> io::Result<()>;

/// Reads the central directory.
fn members(file: &File, end: End, limits: &ReadLimits) -> Result<Vec<Member>, Fault> {
    within("the number of members", end.entries, limits.members)?;
    within("the size of the zip directory", end.size, limits.directory)?;
    let mut bytes = vec![0; usize::try_from(end.size).map_err(|_| Fault::BadEnd)?];
    file.read_exact_at(&mut bytes, end.offset)?;
    let mut fields = Fields::new(&bytes);
    let mut members = Vec::new();
    for _ in 0..end.entries {
        members.push(Member::central(&mut fields)?);
    }
    if fields.left() > 0 {
        return Err(Fault::Gap(end.offset + end.size - fields.left() as u64));
    }
    check_members(&members)?;
    Ok(members)
}

fn within(what: &'static str, count: u64, limit: u64) -> Result<(), Fault> {
    if count > limit {
        Err(Fault::TooMuch { what, limit })
    } else {
        Ok(())
    }
}

fn check_members(members: &[Member]) -> Result<(), Fault> {
    let mut names = HashSet::with_capacity(members.len());
    for member in members {
        if !names.insert(member.name.as_str()) {
            return Err(Fault::Duplicate(member.name.clone()));
        }
        if member.kind() == Kind::Folder && member.size != 0 {
            return Err(Fault::FullFolder(member.name.clone()));
        }
    }
    Ok(())
}

/// Local headers, contents and descriptors must fill the file up to `directory`, without gap or overlap.
fn check_tiling(file: &File, members: &mut [Member], directory: u64) -> Result<(), Fault> {
    let mut order: Vec<&mut Member> = members.iter_mut().collect();
    order.sort_by_key(|member| member.header);
    let starts: Vec<u64> = order.iter().map(|member| member.header).chain([directory]).collect();
    if starts.first() != Some(&0) {
        return Err(Fault::Gap(0));
    }
    for (member, bounds) in order.into_iter().zip(starts.windows(2)) {
        settle(file, member, bounds[0]..bounds[1])?;
    }
    Ok(())
}

/// Finds the content of a member, which has to fill the file from its header to the next, with nothing between.
fn settle(file: &File, member: &mut Member, Range { start, end: next }: Range<u64>) -> Result<(), Fault> {
    let gap = || Fault::Gap(start);
    let room = usize::try_from(next - start).unwrap_or(usize::MAX);
    if room < LOCAL_LENGTH {
        return Err(gap());
    }
    let mut header = vec![0; room.min(LOCAL_LENGTH + GUESS)];
    file.read_exact_at(&mut header, start)?;
    let fixed: [u8; LOCAL_LENGTH] = Fields::new(&header).array()?;
    let mut lengths = Fields::new(&fixed[LOCAL_LENGTH - 4..]);
    let length = LOCAL_LENGTH + usize::from(lengths.u16()?) + usize::from(lengths.u16()?);
    if length > room {
        return Err(gap());
    }
    if length > header.len() {
        header.resize(length, 0);
        file.read_exact_at(&mut header, start)?;
    }
    member.check_local(&fixed, &header[LOCAL_LENGTH..length])?;
    member.data = start + length as u64;
    let end = member
        .data
        .checked_add(member.packed)
        .filter(|end| *end <= next)
        .ok_or_else(gap)?;
    let between = usize::try_from(next - end)
        .ok()
        .filter(|count| *count <= 24)
        .ok_or_else(gap)?;
    let mut descriptor = [0; 24];
    let descriptor = &mut descriptor[..between];
    file.read_exact_at(descriptor, end)?;
    if !member.check_descriptor(descriptor) {
        return Err(Fault::Gap(end));
    }
    Ok(())
}
