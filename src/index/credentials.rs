//! Who we are to a host: pip's rule for finding credentials, without prompts.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Netrc;
use super::keyring::Keyring;

/// Everything that is known about credentials for this run.
///
/// pip's report drops userinfo from artifact URLs, so the credentials for an artifact are found again by the index that it
/// belongs to.
#[derive(Clone, Default)]
pub struct Credentials {
    indexes: Vec<Url>,
    places: Vec<Url>,
    netrc: Netrc,
    keyring: Option<Arc<Keyring>>,
}

/// On whose behalf an index is asked; part of cache keys, so it holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// No credentials.
    Anonymous,
    /// A user, authenticated by a password or token that is not part of this.
    User(String),
    /// A lone token in the place of the user name, which cannot be told from another without storing it.
    Unnamed,
}

/// User and password to send (RFC 7617).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
    pub(super) origin: Origin,
}

/// How sure it is that a login is meant for a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// User and password stand in the URL itself or in that of its index.
    Url,
    /// From netrc, or incomplete, or given for the same host only: a keyring may know better.
    Elsewhere,
    /// A keyring told it when the server asked.
    Keyring,
}

impl Credentials {
    /// Collects the sources: index URLs in order, then find-links and direct URLs, each with its userinfo if it has one.
    pub fn new(indexes: Vec<Url>, places: Vec<Url>, netrc: Netrc) -> Self {
        Self {
            indexes,
            places,
            netrc,
            keyring: None,
        }
    }

    /// Asks the `keyring` program when a server wants other credentials (`--keyring-provider subprocess`, and `auto`).
    #[must_use]
    pub fn with_keyring(mut self, program: PathBuf) -> Self {
        self.keyring = Some(Arc::new(Keyring::new(program)));
        self
    }

    /// What a keyring knows for `url`, which refused what it got; nothing if that stood in the URLs, complete.
    pub(super) fn login_of_keyring(&self, url: &Url, refused: Option<&Login>) -> Option<Login> {
        let keyring = self.keyring.as_ref()?;
        if refused.is_some_and(|login| login.origin != Origin::Elsewhere) {
            return None;
        }
        let index = self.index_of(url);
        let user = index.and_then(|index| userinfo(index).0).or_else(|| userinfo(url).0);
        keyring.ask(url, index, user.as_deref())
    }

    /// Who asks when `url` is requested.
    pub fn identity(&self, url: &Url) -> Identity {
        match self.login(url) {
            None => Identity::Anonymous,
            Some(login) if login.password.is_empty() || login.user.is_empty() => Identity::Unnamed,
            Some(login) => Identity::User(login.user),
        }
    }

    /// The login to send with a request for `url`.
    pub(super) fn login(&self, url: &Url) -> Option<Login> {
        let mut found = userinfo(url);
        if let Some(login) = complete(&found) {
            return Some(login);
        }
        if let Some(index) = self.index_of(url) {
            let of_index = userinfo(index);
            if of_index.0.is_some() {
                found = of_index;
            }
            if let Some(login) = complete(&found) {
                return Some(login);
            }
        }
        if let Some(login) = url.host_str().and_then(|host| self.netrc.login(host)) {
            return Some(Login {
                user: login.user.clone(),
                password: login.password.clone(),
                origin: Origin::Elsewhere,
            });
        }
        self.login_of_host(url, found.0.as_deref()).or_else(|| partial(found))
    }

    /// The index of the same host with the longest common path, the first among equals (pip's `_get_index_url`).
    fn index_of(&self, url: &Url) -> Option<&Url> {
        let mut best: Option<(usize, &Url)> = None;
        for index in self.indexes.iter().filter(|index| same_place(index, url)) {
            if path(index) == path(url) {
                return Some(index);
            }
            let common = common_path(&path(index), &path(url));
            if best.is_none_or(|(length, _)| common > length) {
                best = Some((common, index));
            }
        }
        best.map(|(_, index)| index)
    }

    /// What pip would have stored for the host from an earlier request, unless it is for another user.
    fn login_of_host(&self, url: &Url, user: Option<&str>) -> Option<Login> {
        let told = self.keyring.as_ref().and_then(|keyring| keyring.known(url));
        if let Some(login) = told.filter(|login| user.is_none_or(|user| user == login.user)) {
            return Some(login);
        }
        let known = self.indexes.iter().chain(&self.places);
        let mut logins: Vec<Login> = known
            .filter(|place| same_place(place, url))
            .filter_map(|place| partial(userinfo(place)))
            .filter(|login| user.is_none_or(|user| user == login.user))
            .collect();
        logins.sort_by_key(|login| login.password.is_empty());
        logins.into_iter().next()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credentials(****)")
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Login(**** from {:?})", self.origin)
    }
}

type Userinfo = (Option<String>, Option<String>);

fn userinfo(url: &Url) -> Userinfo {
    let password = url.password().map(unquote);
    let user = (!url.username().is_empty() || password.is_some()).then(|| unquote(url.username()));
    (user, password)
}

fn complete(userinfo: &Userinfo) -> Option<Login> {
    match userinfo {
        (Some(user), Some(password)) => Some(Login {
            user: user.clone(),
            password: password.clone(),
            origin: Origin::Url,
        }),
        _ => None,
    }
}

/// Whatever there is of user and password, as pip sends it when nothing better turns up.
fn partial((user, password): Userinfo) -> Option<Login> {
    (user.is_some() || password.is_some()).then(|| Login {
        user: user.unwrap_or_default(),
        password: password.unwrap_or_default(),
        origin: Origin::Elsewhere,
    })
}

/// The same host and port; a secret given for https is not sent over http.
fn same_place(known: &Url, url: &Url) -> bool {
    let downgrade = known.scheme() == "https" && url.scheme() == "http";
    !downgrade && known.host() == url.host() && known.port() == url.port()
}

fn path(url: &Url) -> String {
    format!("{}/", url.path().trim_end_matches('/'))
}

/// Length of the common leading path: whole components only, empty ones left out.
fn common_path(left: &str, right: &str) -> usize {
    components(left)
        .zip(components(right))
        .take_while(|(left, right)| left == right)
        .map(|(part, _)| part.len() + 1)
        .sum()
}

fn components(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// Percent-decoding (RFC 3986); what is no UTF-8 afterwards is replaced.
pub(super) fn unquote(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests;
