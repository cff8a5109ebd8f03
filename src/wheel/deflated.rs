//! What a wheel has deflated already.

use std::collections::HashMap;
use std::io;

use super::container::{Container, Member};

/// The deflated contents of files that were laid out, so that nobody has to deflate them once more. They were inflated and checked.
#[derive(Debug)]
pub struct Deflated<'w> {
    container: &'w Container,
    members: HashMap<String, &'w Member>,
}

/// One content.
#[derive(Debug, Clone, Copy)]
pub struct Stream<'w> {
    container: &'w Container,
    member: &'w Member,
}

impl<'w> Deflated<'w> {
    /// Of the members that were laid out at these paths, those that are deflated.
    pub(super) fn new(container: &'w Container, laid: impl Iterator<Item = (String, &'w Member)>) -> Self {
        Self {
            container,
            members: laid.filter(|(_, member)| member.is_deflated()).collect(),
        }
    }

    /// The content of the file at `path`, relative to the environment, if it is deflated.
    pub fn of(&self, path: &str) -> Option<Stream<'w>> {
        let member = *self.members.get(path)?;
        let container = self.container;
        Some(Stream { container, member })
    }
}

impl Stream<'_> {
    /// The CRC-32 of the content.
    pub fn crc(&self) -> u32 {
        self.member.crc()
    }

    /// The length of the content in bytes.
    pub fn size(&self) -> u64 {
        self.member.size
    }

    /// Hands the raw deflate stream (RFC 1951) to `sink`, piece by piece.
    ///
    /// # Errors
    /// When the wheel cannot be read any more, or `sink` fails.
    pub fn copy(&self, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.container.copy_packed(self.member, sink)
    }
}
