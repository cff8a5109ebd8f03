//! What must not be shown: values of variables that are named like secrets.

use std::collections::BTreeMap;

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
        let mut values: Vec<String> = secret.map(|(_, value)| value.clone()).collect();
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
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let secrets = Secrets::among(&variables);
        assert_eq!(
            secrets.blanked("s3cr3t-12 s3cr3t-1 short /home/ci"),
            "**** **** short /home/ci"
        );
    }
}
