//! netrc, as Python's `netrc` module (3.11 and later) reads it for requests.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::str::Chars;

/// Logins by host, from a netrc file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Netrc {
    hosts: BTreeMap<String, NetrcLogin>,
}

/// The name under which the login for all other hosts is kept.
const DEFAULT: &str = "default";

/// What netrc says about one host.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct NetrcLogin {
    pub(super) user: String,
    pub(super) password: String,
}

impl Netrc {
    /// Reads the file that `NETRC` names, else the first of `~/.netrc` and `~/_netrc` that exists.
    ///
    /// A file that cannot be read or parsed counts as empty, as it does for requests.
    pub fn load(env: &BTreeMap<String, String>, home: &Path) -> Self {
        let candidates = match env.get("NETRC") {
            Some(path) => vec![named(path, home)],
            None => vec![home.join(".netrc"), home.join("_netrc")],
        };
        candidates
            .iter()
            .find(|path| path.exists())
            .and_then(|path| std::fs::read_to_string(path).ok())
            .and_then(|text| Self::parse(&text))
            .unwrap_or_default()
    }

    /// Parses the text of a netrc file; `None` when it is malformed.
    pub fn parse(text: &str) -> Option<Self> {
        let mut netrc = Self::default();
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut lexer = Lexer::new(&text);
        loop {
            let token = lexer.token();
            let host = match token.as_str() {
                "" => return Some(netrc),
                "machine" => lexer.token(),
                DEFAULT => token,
                "macdef" => {
                    lexer.token();
                    lexer.skip_macro()?;
                    continue;
                }
                "#" => {
                    lexer.skip_comment();
                    continue;
                }
                // Outside of entries Python takes the words of `#a comment` one by one.
                comment if comment.starts_with('#') => continue,
                _ => return None,
            };
            if host.is_empty() {
                return None;
            }
            let login = lexer.login()?;
            netrc.hosts.insert(host, login);
        }
    }

    /// The login for `host`, or the file's default.
    pub(super) fn login(&self, host: &str) -> Option<&NetrcLogin> {
        self.hosts
            .get(host)
            .or_else(|| self.hosts.get(DEFAULT))
            .filter(|login| !login.user.is_empty() || !login.password.is_empty())
    }
}

fn named(path: &str, home: &Path) -> PathBuf {
    match path.strip_prefix("~/") {
        Some(rest) => home.join(rest),
        None => PathBuf::from(path),
    }
}

struct Lexer<'a> {
    letters: Peekable<Chars<'a>>,
    waiting: Option<String>,
    /// Whether the last token had a line break before or right behind it.
    crossed_line: bool,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            letters: text.chars().peekable(),
            waiting: None,
            crossed_line: false,
        }
    }

    /// The next word; empty at the end, for which Python also takes an empty quoted one.
    fn token(&mut self) -> String {
        self.crossed_line = false;
        if let Some(token) = self.waiting.take() {
            return token;
        }
        while let Some(letter) = self.letters.next_if(|letter| blank(*letter)) {
            self.crossed_line |= letter == '\n';
        }
        let quoted = self.letters.next_if_eq(&'"').is_some();
        let mut token = String::new();
        while let Some(letter) = self.letters.next() {
            if quoted && letter == '"' {
                break;
            }
            if !quoted && blank(letter) {
                self.crossed_line |= letter == '\n';
                break;
            }
            let literal = if letter == '\\' { self.letters.next() } else { Some(letter) };
            token.extend(literal);
        }
        token
    }

    /// Skips the rest of the line that a comment began on.
    fn skip_comment(&mut self) {
        if !self.crossed_line {
            self.letters.by_ref().find(|letter| *letter == '\n');
        }
    }

    /// Skips to the empty line that ends a macro.
    fn skip_macro(&mut self) -> Option<()> {
        let mut length = 0;
        for letter in self.letters.by_ref() {
            match letter {
                '\n' if length == 0 => return Some(()),
                '\n' => length = 0,
                _ => length += 1,
            }
        }
        None
    }

    fn login(&mut self) -> Option<NetrcLogin> {
        let mut login = NetrcLogin::default();
        let mut account = String::new();
        loop {
            let token = self.token();
            match token.as_str() {
                "" | "machine" | DEFAULT | "macdef" => {
                    self.waiting = Some(token);
                    break;
                }
                "login" | "user" => login.user = self.token(),
                "account" => account = self.token(),
                "password" => login.password = self.token(),
                comment if comment.starts_with('#') => self.skip_comment(),
                _ => return None,
            }
        }
        if login.user.is_empty() {
            login.user = account;
        }
        Some(login)
    }
}

fn blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(text: &str, host: &str) -> Option<(String, String)> {
        let netrc = Netrc::parse(text)?;
        let login = netrc.login(host)?;
        Some((login.user.clone(), login.password.clone()))
    }

    #[test]
    fn hosts_and_the_default_are_found() {
        let text = "# a comment machine x\nmachine a login me password pw\nmachine b\n user \"m e\" # note\n password p\\ w\n\
                    macdef init\ncd /tmp\n\ndefault account guest password anon\n";
        let is = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(login(text, "a"), is("me", "pw"));
        assert_eq!(login(text, "b"), is("m e", "p w"));
        assert_eq!(login(text, "other"), is("guest", "anon"));
        assert_eq!(login("machine a password '#x\n", "a"), is("", "'#x"));
    }

    #[test]
    fn malformed_files_count_as_none() {
        for text in ["login me", "machine", "machine a secret b", "macdef x\nno end\n"] {
            assert!(Netrc::parse(text).is_none(), "{text}");
        }
        assert_eq!(login("machine a\n", "a"), None);
    }

    #[test]
    fn the_variable_wins_and_the_first_existing_file_is_read() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("_netrc"), "machine a login second").unwrap();
        let load = |env: &[(&str, &str)]| {
            let env = env
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            Netrc::load(&env, home.path()).login("a").map(|login| login.user.clone())
        };
        assert_eq!(load(&[]), Some("second".to_owned()));
        assert_eq!(load(&[("NETRC", "~/missing")]), None);
        std::fs::write(home.path().join(".netrc"), "machine a login first").unwrap();
        assert_eq!(load(&[]), Some("first".to_owned()));
        assert_eq!(load(&[("NETRC", "~/_netrc")]), Some("second".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn written_logins_are_read_back(user in "[!-~&&[^\"\\\\#]]{1,12}", password in "[ -~&&[^\"\\\\]]{1,12}") {
            let text = format!("machine h login {user} password \"{password}\"");
            proptest::prop_assert_eq!(login(&text, "h"), Some((user, password)));
        }

        #[test]
        fn any_text_is_survived(text in "(machine|default|login|password|#|macdef|\"|\\\\|[ \\n]|[a-z]){0,20}") {
            let _ = Netrc::parse(&text);
        }
    }
}
