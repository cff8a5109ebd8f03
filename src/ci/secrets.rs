//! What must not be shown: values of variables that are named like secrets, and credentials in URLs among the others.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use url::Url;

/// Shorter values are in too many words.
const LONG_ENOUGH: usize = 6;

/// The endings of such names.
const NAMES: [&str; 5] = ["TOKEN", "PASSWORD", "PASSWD", "SECRET", "KEY"];

/// Values that are blanked.
#[derive(Clone)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// Those among variables.
    pub fn among(variables: &BTreeMap<String, String>) -> Self {
        let is_secret = |name: &str| {
            let name = name.to_ascii_uppercase();
            NAMES.iter().any(|ending| name.ends_with(ending)) && !name.ends_with("_PUBLIC_KEY")
        };
        let secret = variables
            .iter()
            .filter(|(name, value)| is_secret(name) && value.len() >= LONG_ENOUGH);
        let words = variables.values().flat_map(|value| value.split_whitespace());
        let in_urls = words.flat_map(credentials).filter(|value| value.len() >= LONG_ENOUGH);
        let mut values: Vec<String> = secret.map(|(_, value)| value.clone()).chain(in_urls).collect();
        // One may be a part of another.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self(values)
    }

    /// The text without them.
    pub fn blanked(&self, text: &str) -> String {
        let text = text.to_owned();
        self.0.iter().fold(text, |text, secret| text.replace(secret, "****"))
    }
}

/// The password of a URL, or the user where there is none: a token. As it is written, and as it is meant.
fn credentials(word: &str) -> Vec<String> {
    let url = Url::parse(word).ok().filter(|url| url.scheme().starts_with("http"));
    let written = url.as_ref().map(|url| url.password().unwrap_or(url.username()));
    written.map_or_else(Vec::new, |written| {
        vec![
            written.to_owned(),
            percent_decode_str(written).decode_utf8_lossy().into_owned(),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secrets_are_blanked() {
        let variables = [
            ("PIP_TOKEN", "s3cr3t-1"),
            ("db_password", "s3cr3t-12"),
            ("API_KEY", "short"),
            ("HOME", "/home/ci"),
            ("PIP_INDEX_URL", "https://builder:pass%2Dword@pypi.invalid/simple"),
            ("PIP_EXTRA_INDEX_URL", "https://t0ken-1@a.invalid/ https://b.invalid/"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let secrets = Secrets::among(&variables);
        assert_eq!(
            secrets.blanked("s3cr3t-12 s3cr3t-1 short /home/ci"),
            "**** **** short /home/ci"
        );
        assert_eq!(
            secrets.blanked("builder pass%2Dword pass-word t0ken-1 b.invalid"),
            "builder **** **** **** b.invalid"
        );
    }
}
