//! Writing gzip files of several members (RFC 1952), some of which are deflated already.

use std::io::{self, Write};

use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress, Status};

use crate::wheel::Stream;

/// The fastest: archives are written on the way to an environment that somebody waits for. Level 2 makes bytecode a seventh smaller, and
/// takes nearly twice as long for it and more than that for the headers.
const LEVEL: Compression = Compression::new(1);

/// A member without name and time, so that equal content gives equal bytes.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

const BUFFER: usize = 64 << 10;

/// What carries a stream of which parts are deflated already.
pub(super) trait Carrier: Write {
    /// Takes such a part as it is.
    fn carry(&mut self, stream: Stream<'_>) -> io::Result<()>;
}

impl Carrier for io::Sink {
    fn carry(&mut self, _: Stream<'_>) -> io::Result<()> {
        Ok(())
    }
}

/// Deflates what is written; takes over what is deflated.
pub(super) struct Gzip<W> {
    inner: W,
    state: Compress,
    buffer: Vec<u8>,
    /// Of the member that is being deflated, if one is.
    open: Option<Trailer>,
}

/// What a member ends with.
#[derive(Default)]
struct Trailer {
    crc: Hasher,
    /// The length, of which the lower 32 bits count.
    size: u64,
}

impl<W: Write> Gzip<W> {
    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            state: Compress::new(LEVEL, false),
            buffer: Vec::with_capacity(BUFFER),
            open: None,
        }
    }

    /// Ends the last member.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.close()?;
        Ok(self.inner)
    }

    fn close(&mut self) -> io::Result<()> {
        let Some(Trailer { crc, size }) = self.open.take() else {
            return Ok(());
        };
        loop {
            let status = self.state.compress_vec(&[], &mut self.buffer, FlushCompress::Finish)?;
            self.drain()?;
            if status == Status::StreamEnd {
                break;
            }
        }
        self.state.reset();
        self.end(crc.finalize(), size)
    }

    fn end(&mut self, crc: u32, size: u64) -> io::Result<()> {
        self.inner.write_all(&crc.to_le_bytes())?;
        self.inner.write_all(&size.to_le_bytes()[..4])
    }

    fn drain(&mut self) -> io::Result<()> {
        self.inner.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

impl<W: Write> Carrier for Gzip<W> {
    fn carry(&mut self, stream: Stream<'_>) -> io::Result<()> {
        self.close()?;
        self.inner.write_all(&HEADER)?;
        stream.copy(&mut |bytes| self.inner.write_all(bytes))?;
        self.end(stream.crc(), stream.size())
    }
}

impl<W: Write> Write for Gzip<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.open.is_none() {
            self.inner.write_all(&HEADER)?;
        }
        let trailer = self.open.get_or_insert_default();
        trailer.crc.update(bytes);
        trailer.size += bytes.len() as u64;
        let before = self.state.total_in();
        let mut left = bytes;
        while !left.is_empty() {
            self.state.compress_vec(left, &mut self.buffer, FlushCompress::None)?;
            let done = usize::try_from(self.state.total_in() - before).unwrap_or(bytes.len());
            left = &bytes[done..];
            if self.buffer.len() == self.buffer.capacity() {
                self.drain()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
