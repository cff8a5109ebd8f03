//! How much of a tar may be read for what: a header that goes on and on would be kept in memory whole.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// What headers, names and padding between two contents may take: a long name needs a few thousand bytes.
const HEADERS: u64 = 1 << 20;

/// A tar stream of which no more is read than was allowed.
pub(crate) struct Rationed<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

/// Allows for more.
pub(crate) struct Ration(Rc<Cell<u64>>);

impl<R> Rationed<R> {
    pub(crate) fn new(inner: R) -> (Self, Ration) {
        let left = Rc::new(Cell::new(0));
        let stream = Self {
            inner,
            left: Rc::clone(&left),
        };
        (stream, Ration(left))
    }

    /// The stream, without any limit.
    pub(crate) fn into_inner(self) -> R {
        self.inner
    }
}

impl Ration {
    /// Allows for the next headers, behind what is left of a content.
    pub(crate) fn headers(&self) {
        self.0.set(self.0.get().saturating_add(HEADERS));
    }

    /// Allows for a content of this size, and for nothing of what was allowed before.
    pub(crate) fn content(&self, bytes: u64) {
        self.0.set(bytes);
    }
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        if most == 0 && !bytes.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a header is too long"));
        }
        let read = self.inner.read(&mut bytes[..most])?;
        self.left.set(left - read as u64);
        Ok(read)
    }
}

/// Reads what is behind the end of a tar, which may be padded.
///
/// # Errors
/// When it cannot be read, or is anything but zeros: another reader could make something of it.
pub(crate) fn nothing_behind(mut stream: impl Read) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) if buffer[..count].iter().all(|byte| *byte == 0) => {}
            Ok(_) => {
                let reason = "something lies behind the end of the tar";
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
