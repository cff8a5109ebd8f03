//! gzip files of one member or several (RFC 1952), padded with zeros as tapes want it and Python's `gzip` allows it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// What such a file unpacks to. Anything behind it but zeros is an error: another reader could take that for the archive.
pub(super) struct Gzip {
    /// None once all of it was read.
    member: Option<Box<GzDecoder<BufReader<File>>>>,
}

impl Gzip {
    pub(super) fn new(file: BufReader<File>) -> Self {
        Self {
            member: Some(Box::new(GzDecoder::new(file))),
        }
    }
}

impl Read for Gzip {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(bytes)?;
            if read > 0 || bytes.is_empty() {
                return Ok(read);
            }
            let more = skip_zeros(member.get_mut())?;
            let ended = self.member.take().filter(|_| more);
            self.member = ended.map(|member| Box::new(GzDecoder::new(member.into_inner())));
        }
        Ok(0)
    }
}

/// Skips padding; whether something follows.
fn skip_zeros(file: &mut BufReader<File>) -> io::Result<bool> {
    loop {
        let bytes = file.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let (end, all) = (bytes.is_empty(), zeros == bytes.len());
        file.consume(zeros);
        if end || !all {
            return Ok(!end);
        }
    }
}
