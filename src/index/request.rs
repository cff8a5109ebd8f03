//! One GET request, redirects included: which credentials go where, and what each outcome means.

use std::error::Error;
use std::io;
use std::time::Duration;

use data_encoding::BASE64;
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION,
    RETRY_AFTER,
};
use url::Url;

use super::client::{Clients, Wire};
use super::credentials::{Login, Origin};
use super::retry::{Failure, is_passing};
use super::simple::bare;
use super::{Credentials, FetchError, Network, PipReason, RedactedUrl};

/// As many redirects as requests follows.
const MOST_REDIRECTS: usize = 30;

/// What is said with a request besides who asks.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) wire: Wire,
    /// Sent to every host that redirects lead to; nothing secret.
    pub(super) headers: HeaderMap,
}

impl Ask {
    /// For a file, byte by byte as it is.
    pub(super) fn file() -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        // Any other encoding would change the bytes that the digest is of.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let wire = Wire::Apart;
        Self { wire, headers }
    }

    /// Adds a header, unless `value` cannot be one.
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Whether "not modified" is an answer.
    fn is_conditional(&self) -> bool {
        self.headers.contains_key(IF_NONE_MATCH) || self.headers.contains_key(IF_MODIFIED_SINCE)
    }
}

/// Asks for `url` and returns the successful response (or "not modified", to a conditional request), its body unread.
pub(super) fn get(clients: &Clients, credentials: &Credentials, url: &Url, ask: &Ask) -> Result<Response, Failure> {
    let mut login = credentials.login(url);
    let mut here = bare(url);
    for _ in 0..MOST_REDIRECTS {
        let mut response = send(clients, &here, login.as_ref(), ask)?;
        if response.status() == StatusCode::UNAUTHORIZED
            && let Some(told) = credentials.login_of_keyring(&here, login.as_ref())
        {
            login = Some(told);
            response = send(clients, &here, login.as_ref(), ask)?;
        }
        let Some(target) = redirect_target(&response, &here) else {
            if response.status() == StatusCode::NOT_MODIFIED && ask.is_conditional() {
                return Ok(response);
            }
            return accept(response, &here, login.as_ref());
        };
        let target = target.map_err(|reason| refused(&here, &here, reason))?;
        if let Some(reason) = objection(&here, &target, clients.network()) {
            return Err(refused(&here, &target, reason));
        }
        if !keeps_credentials(&here, &target) {
            login = credentials.login(&target);
        }
        here = bare(&target);
    }
    Err(refused(url, &here, "too many redirects"))
}

fn refused(from: &Url, to: &Url, reason: &'static str) -> Failure {
    Failure::Final(FetchError::Redirect {
        from: from.into(),
        to: to.into(),
        reason,
    })
}

fn send(clients: &Clients, url: &Url, login: Option<&Login>, ask: &Ask) -> Result<Response, Failure> {
    let mut request = clients.of(url, ask.wire)?.get(url.clone()).headers(ask.headers.clone());
    if let Some(login) = login {
        request = request.header(AUTHORIZATION, basic(login));
    }
    clients.send(url, ask.wire, request).map_err(|error| classify(error, url))
}

/// Basic authentication (RFC 7617), in Latin-1 where that is enough, as requests encodes it.
fn basic(login: &Login) -> HeaderValue {
    let pair = format!("{}:{}", login.user, login.password);
    let latin1: Option<Vec<u8>> = pair.chars().map(|letter| u8::try_from(letter).ok()).collect();
    let encoded = BASE64.encode(&latin1.unwrap_or_else(|| pair.into_bytes()));
    // Base64 is always a valid header value; should it not be, no credentials are sent and the server says so.
    let mut value = HeaderValue::try_from(format!("Basic {encoded}")).unwrap_or_else(|_| HeaderValue::from_static("Basic"));
    value.set_sensitive(true);
    value
}

fn redirect_target(response: &Response, here: &Url) -> Option<Result<Url, &'static str>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?;
    let target = std::str::from_utf8(location.as_bytes())
        .ok()
        .and_then(|text| here.join(text).ok());
    Some(target.ok_or("the target is no URL"))
}

/// Why a redirect is not followed, if it is not.
fn objection(from: &Url, to: &Url, network: &Network) -> Option<&'static str> {
    match (from.scheme(), to.scheme()) {
        ("https", "http") if !network.trusts(to) => Some("that would leave TLS, and the host is not trusted"),
        (_, "http" | "https") => None,
        _ => Some("the target is neither http nor https"),
    }
}

/// Whether `Authorization` survives a redirect: same origin, or the step from http to https on the same host (as requests).
fn keeps_credentials(from: &Url, to: &Url) -> bool {
    if from.host() != to.host() {
        return false;
    }
    let upgrade = from.scheme() == "http" && to.scheme() == "https" && from.port().is_none() && to.port().is_none();
    upgrade || (from.scheme() == to.scheme() && from.port() == to.port())
}

/// Sorts a response that is no redirect into success and the kinds of failure.
fn accept(response: Response, url: &Url, login: Option<&Login>) -> Result<Response, Failure> {
    let status = response.status();
    let shown = RedactedUrl::new(url);
    let asks = |reason| {
        let url = shown.clone();
        Failure::Final(FetchError::NeedsPip { url, reason })
    };
    let error = FetchError::Status {
        url: shown.clone(),
        status: status.as_u16(),
    };
    match status {
        status if status.is_success() => Ok(response),
        // pip consults keyrings whenever the URL alone did not settle it.
        StatusCode::UNAUTHORIZED if login.is_none_or(|login| login.origin == Origin::Elsewhere) => {
            Err(asks(PipReason::Credentials(status.as_u16())))
        }
        StatusCode::FORBIDDEN if login.is_none() => Err(asks(PipReason::Credentials(status.as_u16()))),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(asks(PipReason::Proxy)),
        status if is_passing(status.as_u16()) => {
            let wait = retry_after(&response);
            Err(Failure::Passing { error, wait })
        }
        _ => Err(Failure::Final(error)),
    }
}

/// `Retry-After` in seconds (RFC 9110); its rarer date form is left to the ordinary pause.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    seconds.parse().ok().map(Duration::from_secs)
}

/// Sorts an error of the transport: TLS and proxy authentication go to pip, the rest may pass.
fn classify(error: reqwest::Error, url: &Url) -> Failure {
    let url = RedactedUrl::new(url);
    let error = error.without_url();
    if let Some(tls) = tls_error(&error) {
        let reason = PipReason::Tls(tls.to_string());
        return Failure::Final(FetchError::NeedsPip { url, reason });
    }
    let detail = describe(&error);
    // hyper-util has no public type for this one.
    if detail.contains("proxy authorization required") {
        let reason = PipReason::Proxy;
        return Failure::Final(FetchError::NeedsPip { url, reason });
    }
    let error = FetchError::Connection { url, detail };
    Failure::Passing { error, wait: None }
}

fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // An `io::Error` hides the error that it wraps from `source`.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// An error with its causes, in one line.
pub(super) fn describe(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    super::redact(&text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::index::NetworkOptions;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn tls_is_left_only_for_trusted_hosts() {
        let options = NetworkOptions {
            trusted_hosts: vec!["trusted".to_owned()],
            ..NetworkOptions::default()
        };
        let network = Network::new(options, &BTreeMap::new(), String::new());
        let refused = |from, to| objection(&url(from), &url(to), &network).is_some();
        assert!(refused("https://a/", "http://a/"));
        assert!(refused("https://trusted/", "http://a/"));
        assert!(refused("http://a/", "file:///etc/passwd"));
        assert!(!refused("https://a/", "http://trusted/"));
        assert!(!refused("http://a/", "http://b/"));
        assert!(!refused("http://a/", "https://b/"));
    }

    #[test]
    fn authorization_survives_only_within_an_origin_or_up_to_tls() {
        let keeps = |from, to| keeps_credentials(&url(from), &url(to));
        assert!(keeps("https://a/x", "https://a:443/y"));
        assert!(keeps("http://a/", "https://a/"));
        assert!(!keeps("https://a/", "http://a/"));
        assert!(!keeps("https://a/", "https://a:8443/"));
        assert!(!keeps("http://a:8080/", "https://a/"));
        assert!(!keeps("https://a/", "https://b.a/"));
    }

    #[test]
    fn logins_are_encoded_as_requests_does() {
        let encoded = |user: &str| {
            let login = Login {
                user: user.to_owned(),
                password: "p".to_owned(),
                origin: Origin::Url,
            };
            basic(&login).to_str().unwrap().to_owned()
        };
        assert_eq!(encoded("u"), "Basic dTpw");
        assert_eq!(encoded("\u{e9}"), "Basic 6Tpw");
        assert_eq!(encoded("\u{20ac}"), "Basic 4oKsOnA=");
    }
}
