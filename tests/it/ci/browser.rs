//! The pages in a browser, served with the policy that Jenkins gives to archived files. Only where there is a Chromium, and it is asked for.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use super::Job;
use crate::skipped::skipped;

const POLICY: &str = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';";

#[test]
fn jenkins_policy_lets_pages_through() {
    let Some(browser) = browser() else {
        return;
    };
    let job = Job::new();
    let _ = job.sync("").success();
    let _ = job.sandbox.snapenv(["stats", "--html", ".snapenv"]).success();
    let pages = job.sandbox.work(".snapenv");
    // What must be found: else the test would find nothing either.
    fs::write(pages.join("bad.html"), "<p style='color: red'>x</p><script>alert(1)</script>").unwrap();
    let address = serve(pages.clone());
    assert!(complaints(&browser, &address, "bad.html", &pages).len() >= 2);
    for page in ["timings.html", "stats.html"] {
        let complaints = complaints(&browser, &address, page, &pages);
        assert!(complaints.is_empty(), "{page}: {complaints:?}");
        let drawn = fs::metadata(pages.join(format!("{page}.png"))).unwrap().len();
        assert!(drawn > 5_000, "{page}: {drawn} bytes of picture");
    }
}

fn browser() -> Option<PathBuf> {
    let asked = std::env::var_os("SNAPENV_CI_TOOLS").is_some();
    let found = std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join("chromium"))
        .find(|path| path.is_file());
    if !asked || found.is_none() {
        skipped("ci::browser", "it needs SNAPENV_CI_TOOLS=1 and Debian's chromium");
        return None;
    }
    found
}

/// What the browser says against a page, of which it takes a picture.
fn complaints(browser: &Path, address: &str, page: &str, pages: &Path) -> Vec<String> {
    let picture = format!("--screenshot={}", pages.join(format!("{page}.png")).display());
    let fixed = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        "--window-size=1200,1600",
    ];
    let output = Command::new(browser)
        .args(fixed)
        .arg(picture)
        .arg(format!("http://{address}/{page}"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let complaints = said
        .lines()
        .filter(|line| line.contains("CONSOLE") || line.contains("Content Security Policy"));
    complaints.map(str::to_owned).collect()
}

/// Serves a folder for the rest of the test.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // A browser that has seen enough hangs up.
            let _ = answer(&stream, &folder);
        }
    });
    address
}

fn answer(mut stream: &TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = first.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
    let (status, body) = fs::read(folder.join(path)).map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
    let kind = if path.ends_with(".css") { "text/css" } else { "text/html" };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nContent-Security-Policy: {POLICY}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}
