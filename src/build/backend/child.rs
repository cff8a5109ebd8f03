//! A process whose output is kept, and whose time is limited.

use std::io::{self, BufRead, BufReader, PipeReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::fs::{Cleanup, Reach};
use crate::report::Progress;

/// More of a log than this is not kept: the older half goes.
const LOG_LIMIT: usize = 16 << 20;
/// How long a process that was told to end may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long output is waited for that somebody else could still write once the process has ended.
const AFTERMATH: Duration = Duration::from_millis(500);
const LONGEST_NAP: Duration = Duration::from_millis(20);

/// A process about to run in its own group, with its output in one stream.
pub struct Child<'a> {
    /// What is run.
    pub command: Command,
    /// How long it may take.
    pub limit: Option<Duration>,
    /// Who is told each line.
    pub progress: &'a dyn Progress,
}

/// A process that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Exit code; 128 plus the signal's number when a signal ended it; none if it was stopped because its time was up.
    pub code: Option<i32>,
    /// What it printed.
    pub log: String,
}

impl Child<'_> {
    /// Runs it to its end, or until its time is up.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(mut self) -> io::Result<Finished> {
        let (reader, writer) = io::pipe()?;
        self.command
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0);
        let (mut child, _stopped_by_signals) = Cleanup::start(&mut self.command, Reach::Group)?;
        // It holds the writing end until then, and the reader would never see the end.
        drop(self.command);
        let (sender, lines) = sync_channel(AHEAD);
        // Not joined: what the process left running may hold the stream open for as long as it likes.
        thread::spawn(move || read(reader, &sender));
        let mut log = Log {
            text: String::new(),
            progress: self.progress,
        };
        let deadline = self.limit.map(|limit| Instant::now() + limit);
        let mut nap = Duration::from_millis(1);
        let mut closed = false;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break Some(status);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                stop(&mut child)?;
                break None;
            }
            if closed {
                thread::sleep(nap);
            } else {
                closed = log.listen(&lines, nap) == Stream::Closed;
            }
            nap = (nap * 2).min(LONGEST_NAP);
        };
        let end = Instant::now() + AFTERMATH;
        while !closed && Instant::now() < end {
            closed = log.listen(&lines, LONGEST_NAP) == Stream::Closed;
        }
        Ok(Finished {
            code: status.map(code_of),
            log: log.text,
        })
    }
}

#[derive(PartialEq, Eq)]
enum Stream {
    Open,
    Closed,
}

struct Log<'a> {
    text: String,
    progress: &'a dyn Progress,
}

impl Log<'_> {
    /// Takes the next line if one comes before `patience` ends: one only, as a process that never stops talking has a deadline, too.
    fn listen(&mut self, lines: &Receiver<Vec<u8>>, patience: Duration) -> Stream {
        match lines.recv_timeout(patience) {
            Ok(line) => {
                let line = String::from_utf8_lossy(&line);
                self.progress.detail(line.trim_end());
                self.text.push_str(&line);
                self.shorten();
                Stream::Open
            }
            Err(RecvTimeoutError::Timeout) => Stream::Open,
            Err(RecvTimeoutError::Disconnected) => Stream::Closed,
        }
    }

    fn shorten(&mut self) {
        if self.text.len() > LOG_LIMIT {
            let middle = self.text.len() - LOG_LIMIT / 2;
            let cut = self.text[..].char_indices().map(|(at, _)| at).find(|at| *at >= middle);
            self.text.drain(..cut.unwrap_or_default());
            self.text.insert_str(0, "[...]\n");
        }
    }
}

fn read(stream: PipeReader, lines: &SyncSender<Vec<u8>>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        match Read::by_ref(&mut stream).take(LINE_LIMIT).read_until(b'\n', &mut line) {
            Ok(length) if length > 0 => {
                if lines.send(line).is_err() {
                    return;
                }
            }
            Ok(_) | Err(_) => return,
        }
    }
}

/// Lines that are read ahead: a process that prints faster than we listen has to wait, as at any pipe.
const AHEAD: usize = 1024;
/// A line without end is cut.
const LINE_LIMIT: u64 = 1 << 16;

fn stop(child: &mut std::process::Child) -> io::Result<()> {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    for (signal, patience) in [(Signal::TERM, PATIENCE), (Signal::KILL, PATIENCE)] {
        // It may have ended meanwhile; others of its group may not.
        let _ = group.map(|group| kill_process_group(group, signal));
        let end = Instant::now() + patience;
        while Instant::now() < end {
            if child.try_wait()?.is_some() {
                // What it started goes with it, whatever it does with signals.
                let _ = group.map(|group| kill_process_group(group, Signal::KILL));
                return Ok(());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
    Ok(())
}

fn code_of(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1)
}
