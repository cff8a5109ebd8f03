//! One connection of the index: HTTP/1.1, kept alive.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use data_encoding::BASE64;

use super::answer::{self, Answer, plain};
use super::{Failure, Request, State};

/// Silence after which a kept connection is closed, so that no thread outlives its test by much.
const IDLE: Duration = Duration::from_secs(30);

/// Answers requests until the client or a failure ends the connection.
pub(super) fn serve(stream: TcpStream, state: &Mutex<State>) {
    // A client that goes away in the middle is no failure of the test.
    let _ = answer_all(stream, state);
}

fn answer_all(mut stream: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(head) = read_head(&mut reader)? {
        let Some(answer) = decide(&head, state) else {
            return Ok(());
        };
        let head_only = head.first().is_some_and(|line| line.starts_with("HEAD "));
        let close = header(&head, "connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let text = format!(
            "HTTP/1.1 {} As-Told\r\nContent-Length: {}\r\n{}\r\n",
            answer.status,
            answer.body.len(),
            answer.headers
        );
        stream.write_all(text.as_bytes())?;
        if !head_only {
            stream.write_all(&answer.body[..answer.sent])?;
        }
        if close || answer.sent < answer.body.len() {
            return Ok(());
        }
    }
    Ok(())
}

/// Lines of one request up to the empty one.
fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Vec<String>>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "" => return Ok(Some(lines)),
            line => lines.push(line.to_owned()),
        }
    }
}

pub(super) fn header<'a>(head: &'a [String], name: &str) -> Option<&'a str> {
    head.iter().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// How long a request waits for its answer; that it came is noted before.
fn delay(path: &str, state: &Mutex<State>) -> Duration {
    let mut state = state.lock().unwrap();
    state.begun.push(path.to_owned());
    match state.failure {
        Failure::Slow(delay) => delay,
        Failure::SlowWheels(delay) if path.ends_with(".whl") => delay,
        _ => Duration::ZERO,
    }
}

/// The answer to a request, logged; `None` closes the connection unanswered.
fn decide(head: &[String], state: &Mutex<State>) -> Option<Answer> {
    let path = head.first()?.split(' ').nth(1)?.to_owned();
    thread::sleep(delay(&path, state));
    let mut state = state.lock().unwrap();
    let authorized = match &state.credentials {
        None => false,
        Some((user, password)) => {
            let expected = format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes()));
            header(head, "authorization") == Some(&expected)
        }
    };
    let answer = if state.failure == Failure::Down {
        None
    } else if let Failure::Status(status) = state.failure {
        Some(plain(status, b"out of order".to_vec()))
    } else if state.credentials.is_some() && !authorized {
        let mut answer = plain(401, b"who are you?".to_vec());
        answer.headers.push_str("WWW-Authenticate: Basic realm=\"loopback\"\r\n");
        Some(answer)
    } else {
        Some(answer::to(&state, &path, head))
    };
    state.log.push(Request {
        path,
        status: answer.as_ref().map_or(0, |answer| answer.status),
        authorized,
    });
    answer
}
