//! One connection: HTTP/1.1, kept alive, with validators.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use super::Served;
use crate::artifact::sha256;

/// A place that lets nobody in.
const FORBIDDEN: &str = "forbidden";

/// An answer before its headers.
struct Answer {
    status: u16,
    kind: &'static str,
    body: Arc<[u8]>,
}

impl Answer {
    fn ok(kind: &'static str, body: impl Into<Arc<[u8]>>) -> Self {
        Self {
            status: 200,
            kind,
            body: body.into(),
        }
    }

    fn refused(status: u16) -> Self {
        Self {
            status,
            kind: "text/plain",
            body: Arc::from(*b"not here"),
        }
    }
}

/// Answers until the client goes away, which is no failure.
pub(super) fn serve(stream: TcpStream, served: &Served) {
    let _ = answer_all(stream, served);
}

fn answer_all(mut stream: TcpStream, served: &Served) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(head) = read_head(&mut reader)? {
        let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
        let mut answer = find(served, path);
        let tag = format!("\"{}\"", &sha256(&answer.body)[..16]);
        let known = header(&head, "if-none-match").is_some_and(|known| known == tag);
        if answer.status == 200 && known {
            answer.status = 304;
            answer.body = Arc::default();
        }
        let length = answer.body.len();
        let head_only = head.first().is_some_and(|line| line.starts_with("HEAD "));
        let mut message = format!(
            "HTTP/1.1 {} As-Recorded\r\nContent-Type: {}\r\nContent-Length: {length}\r\nETag: {tag}\r\n\r\n",
            answer.status, answer.kind
        )
        .into_bytes();
        if !head_only {
            message.extend_from_slice(&answer.body);
        }
        stream.write_all(&message)?;
    }
    Ok(())
}

fn find(served: &Served, path: &str) -> Answer {
    let mut parts = path.trim_start_matches('/').splitn(4, '/');
    let (Some(universe), Some(place), Some(what), rest) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Answer::refused(404);
    };
    if place == FORBIDDEN {
        return Answer::refused(403);
    }
    let Some(place) = served.universes.get(universe).and_then(|places| places.get(place)) else {
        return Answer::refused(404);
    };
    let rest = decoded(rest.unwrap_or_default());
    match what {
        "simple" => rest.strip_suffix('/').and_then(|project| place.page(project)).map_or_else(
            || Answer::refused(404),
            |page| Answer::ok("application/vnd.pypi.simple.v1+json", page),
        ),
        "links" => Answer::ok("text/html", place.links().into_bytes()),
        "files" => file(served, place, &rest, path),
        _ => Answer::refused(404),
    }
}

fn file(served: &Served, place: &super::Place, name: &str, path: &str) -> Answer {
    if let Some(distribution) = place.file(name) {
        if let Some(body) = &distribution.body {
            return Answer::ok("application/octet-stream", Arc::clone(body));
        }
        served.complaints.lock().unwrap().push(path.to_owned());
        return Answer::refused(404);
    }
    name.strip_suffix(".metadata")
        .and_then(|name| place.file(name))
        .and_then(|distribution| distribution.metadata.clone())
        .map_or_else(|| Answer::refused(404), |text| Answer::ok("text/plain", text))
}

/// A path without percent signs: `+` and `!` of versions are escaped by some clients.
pub(crate) fn decoded(path: &str) -> String {
    let mut parts = path.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).unwrap_or(("", part));
        match u8::from_str_radix(code, 16) {
            Ok(byte) => plain.push(char::from(byte)),
            Err(_) => plain.extend(['%'].into_iter().chain(code.chars())),
        }
        plain.push_str(rest);
    }
    plain
}

/// Lines of one request up to the empty one.
fn read_head(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<String>>> {
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

fn header<'a>(head: &'a [String], name: &str) -> Option<&'a str> {
    head.iter().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
