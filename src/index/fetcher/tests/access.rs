//! Credentials, redirects, proxies and TLS.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

/// `Authorization` for `me` and the secret.
fn basic() -> String {
    format!("Basic {}", data_encoding::BASE64.encode(format!("me:{SECRET}").as_bytes()))
}

#[test]
fn artifacts_are_asked_for_as_their_index_was() {
    let server = Server::start(|_, _| Answer::ok(b"abc"));
    let sandbox = Sandbox::with_index(&with_userinfo(server.url("/simple"), "me", Some(SECRET)));
    sandbox.fetch(&artifact(server.url("/files/x"))).unwrap();
    assert_eq!(server.seen()[0].header("authorization"), Some(basic().as_str()));
}

#[test]
fn credentials_stay_with_their_origin_across_redirects() {
    let other = Server::start(|_, _| Answer::ok(b"abc"));
    let elsewhere = other.url_as("localhost", "/x").to_string();
    let server = Server::start(move |seen, _| match seen.target.as_str() {
        "/away" => Answer::redirect(&elsewhere),
        "/near" => Answer::redirect("/here"),
        _ => Answer::ok(b"abc"),
    });
    let sandbox = Sandbox::with_index(&with_userinfo(server.url("/simple"), "me", Some(SECRET)));
    sandbox.fetch(&artifact(server.url("/away"))).unwrap();
    assert_eq!(other.seen()[0].header("authorization"), None);
    sandbox.fetch(&artifact(server.url("/near"))).unwrap();
    let seen = server.seen();
    assert_eq!(seen[2].target, "/here");
    assert_eq!(seen[2].header("authorization"), Some(basic().as_str()));
}

#[test]
fn redirects_to_files_and_in_circles_are_refused() {
    let server = Server::start(|seen, _| match seen.target.as_str() {
        "/file" => Answer::redirect("file:///etc/hostname"),
        _ => Answer::redirect("/round"),
    });
    for path in ["/file", "/round"] {
        let error = Sandbox::plain().fetch(&artifact(server.url(path))).unwrap_err();
        assert!(matches!(error, FetchError::Redirect { .. }), "{error}");
    }
}

#[test]
fn wanted_credentials_are_left_to_pip_unless_ours_were_complete() {
    let server = Server::start(|seen, _| Answer::status(seen.target[1..].parse().unwrap()));
    let me = |path| with_userinfo(server.url(path), "me", Some(SECRET));
    for (url, pip) in [
        (server.url("/401"), true),
        (server.url("/403"), true),
        (with_userinfo(server.url("/401"), SECRET, None), true),
        (me("/401"), false),
        (me("/403"), false),
        (me("/407"), true),
    ] {
        let error = Sandbox::plain().fetch(&artifact(url)).unwrap_err();
        assert_eq!(matches!(error, FetchError::NeedsPip { .. }), pip, "{error}");
    }
}

#[test]
fn requests_go_through_the_proxy_with_its_credentials() {
    let proxy = Server::start(|_, _| Answer::ok(b"abc"));
    let options = NetworkOptions {
        proxy: Some(with_userinfo(proxy.url("/"), "me", Some(SECRET)).to_string()),
        ..NetworkOptions::default()
    };
    let sandbox = Sandbox::new(options, Credentials::default());
    sandbox
        .fetch(&artifact(Url::parse("http://host.invalid/x").unwrap()))
        .unwrap();
    let seen = proxy.seen();
    assert_eq!(seen[0].target, "http://host.invalid/x");
    assert_eq!(seen[0].header("proxy-authorization"), Some(basic().as_str()));
}

#[test]
fn proxies_that_refuse_and_speakers_of_no_tls_are_left_to_pip() {
    let proxy = Server::start(|_, _| Answer::status(407));
    let options = NetworkOptions {
        proxy: Some(with_userinfo(proxy.url("/"), "me", Some(SECRET)).to_string()),
        ..NetworkOptions::default()
    };
    let sandbox = Sandbox::new(options, Credentials::default());
    let tunnelled = artifact(Url::parse("https://host.invalid/x").unwrap());
    let refused = sandbox.fetch(&tunnelled).unwrap_err();
    assert!(
        matches!(
            refused,
            FetchError::NeedsPip {
                reason: PipReason::Proxy,
                ..
            }
        ),
        "{refused}"
    );

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = stream.read(&mut [0]);
    });
    let secure = Url::parse(&format!("https://127.0.0.1:{port}/x")).unwrap();
    let refused = Sandbox::plain().fetch(&artifact(secure)).unwrap_err();
    assert!(
        matches!(
            refused,
            FetchError::NeedsPip {
                reason: PipReason::Tls(_),
                ..
            }
        ),
        "{refused}"
    );
}
