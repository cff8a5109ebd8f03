//! Contents of members.

use std::io;
use std::os::unix::fs::FileExt;

use crc32fast::Hasher as Crc;
use flate2::{Decompress, FlushDecompress, Status};

use super::member::Method;
use super::{Container, Fault, Member};

/// Large enough for one read and one write per file of usual size.
const CHUNK: usize = 128 << 10;

/// What a thread needs to unpack members: its buffers and the state of inflation, reused from member to member.
pub(crate) struct Inflater {
    state: Decompress,
    input: Vec<u8>,
    output: Vec<u8>,
}

/// Receives a member's content piece by piece.
pub(crate) type Sink<'a> = dyn FnMut(&[u8]) -> io::Result<()> + 'a;

impl Default for Inflater {
    fn default() -> Self {
        Self {
            state: Decompress::new(false),
            input: vec![0; CHUNK],
            output: vec![0; CHUNK],
        }
    }
}

impl Inflater {
    /// Hands the content of `member` to `sink`. Its length and checksum are known to be right only once this has returned.
    pub(crate) fn copy(&mut self, container: &Container, member: &Member, sink: &mut Sink<'_>) -> Result<(), Fault> {
        let damaged = || Fault::Damaged(member.name.clone());
        let mut crc = Crc::new();
        let mut left = member.size;
        let mut take = |bytes: &[u8]| {
            left = left.checked_sub(bytes.len() as u64).ok_or_else(damaged)?;
            crc.update(bytes);
            sink(bytes).map_err(Fault::Io)
        };
        match member.method {
            // As written by tools that see that there is nothing to deflate.
            _ if member.size == 0 && member.packed == 0 => {}
            Method::Stored => self.copy_stored(container, member, &mut take)?,
            Method::Deflated => self.copy_deflated(container, member, &mut take)?,
        }
        if left != 0 {
            return Err(damaged());
        }
        if crc.finalize() != member.crc {
            return Err(Fault::Checksum(member.name.clone()));
        }
        Ok(())
    }

    fn copy_stored(
        &mut self,
        container: &Container,
        member: &Member,
        take: &mut dyn FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut source = Source::of(container, member);
        while source.left > 0 {
            let count = source.fill(&mut self.input)?;
            take(&self.input[..count])?;
        }
        Ok(())
    }

    fn copy_deflated(
        &mut self,
        container: &Container,
        member: &Member,
        take: &mut dyn FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let damaged = || Fault::Damaged(member.name.clone());
        let mut source = Source::of(container, member);
        let (mut start, mut end) = (0, 0);
        self.state.reset(false);
        loop {
            if start == end {
                (start, end) = (0, source.fill(&mut self.input)?);
            }
            let (read, written) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(&self.input[start..end], &mut self.output, FlushDecompress::None)
                .map_err(|_| damaged())?;
            let read = advance(read, self.state.total_in());
            let written = advance(written, self.state.total_out());
            start += read;
            take(self.output.get(..written).ok_or_else(damaged)?)?;
            match status {
                Status::StreamEnd if start == end && source.left == 0 => return Ok(()),
                Status::StreamEnd => return Err(damaged()),
                _ if read == 0 && written == 0 => return Err(damaged()),
                _ => {}
            }
        }
    }
}

impl Container {
    /// Hands the packed bytes of `member` to `sink` as they are.
    pub(crate) fn copy_packed(&self, member: &Member, sink: &mut Sink<'_>) -> io::Result<()> {
        let mut source = Source::of(self, member);
        let mut buffer = vec![0; CHUNK.min(usize::try_from(member.packed).unwrap_or(CHUNK))];
        while source.left > 0 {
            let count = source.fill(&mut buffer)?;
            sink(&buffer[..count])?;
        }
        Ok(())
    }
}

/// Both count bytes of one call, which fit a buffer.
fn advance(before: u64, after: u64) -> usize {
    usize::try_from(after - before).unwrap_or(usize::MAX)
}

/// The packed bytes of a member that were not read yet.
struct Source<'a> {
    container: &'a Container,
    at: u64,
    left: u64,
}

impl<'a> Source<'a> {
    fn of(container: &'a Container, member: &Member) -> Self {
        Self {
            container,
            at: member.data,
            left: member.packed,
        }
    }

    /// Reads the next bytes to the front of `buffer`; their number is zero only where none are left.
    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        self.container.file.read_exact_at(&mut buffer[..count], self.at)?;
        self.at += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}
