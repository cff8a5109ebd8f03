//! The scripts that make an environment the shell's own.
//!
//! Each is written for the environment's final path. Its values are whole literals of the shell ([`quote`]), put in by one pass over
//! the template: a value that looks like a placeholder stays what it is.

use super::quote;

/// One script under `bin`.
pub(super) struct Activator {
    /// The names it is known by: venv writes `Activate.ps1`, virtualenv `activate.ps1`; where names differ by case both are there.
    pub(super) names: &'static [&'static str],
    template: &'static str,
    quote: fn(&str) -> String,
    drawing: Drawing,
}

/// What a shell does with the text of a prompt before drawing it.
#[derive(Clone, Copy)]
enum Drawing {
    /// Nothing: a function writes it.
    Plain,
    /// Expands parameters, commands and history in it, even if they come from a quoted literal.
    Expanding,
}

/// What the templates are filled with.
pub(super) struct Values<'a> {
    /// The environment's final path.
    pub(super) virtual_env: &'a str,
    /// The name shown in prompts.
    pub(super) prompt: &'a str,
    /// The folders of modules, relative, separated by `|`.
    pub(super) site_packages: &'a str,
}

/// All of them.
pub(super) const ACTIVATORS: [Activator; 6] = [
    Activator {
        names: &["activate"],
        template: include_str!("activate.sh"),
        quote: quote::posix,
        drawing: Drawing::Expanding,
    },
    Activator {
        names: &["activate.csh"],
        template: include_str!("activate.csh"),
        quote: quote::csh,
        drawing: Drawing::Expanding,
    },
    Activator {
        names: &["activate.fish"],
        template: include_str!("activate.fish"),
        quote: quote::fish,
        drawing: Drawing::Plain,
    },
    Activator {
        names: &["Activate.ps1", "activate.ps1"],
        template: include_str!("activate.ps1"),
        quote: quote::powershell,
        drawing: Drawing::Plain,
    },
    Activator {
        names: &["activate.nu"],
        template: include_str!("activate.nu"),
        quote: quote::nu,
        drawing: Drawing::Plain,
    },
    Activator {
        names: &["activate_this.py"],
        template: include_str!("activate_this.py"),
        quote: quote::python,
        drawing: Drawing::Plain,
    },
];

impl Activator {
    /// The script's text.
    pub(super) fn render(&self, values: &Values<'_>) -> String {
        let mut text = String::with_capacity(self.template.len() + 512);
        let mut rest = self.template;
        while let Some((before, after)) = rest.split_once('@') {
            text.push_str(before);
            let filled = after
                .split_once('@')
                .and_then(|(name, tail)| Some((self.value(name, values)?, tail)));
            rest = if let Some((value, tail)) = filled {
                text.push_str(&value);
                tail
            } else {
                text.push('@');
                after
            };
        }
        text.push_str(rest);
        text
    }

    fn value(&self, name: &str, values: &Values<'_>) -> Option<String> {
        let drawn = || drawn(values.prompt, self.drawing);
        Some(match name {
            "VIRTUAL_ENV" => (self.quote)(values.virtual_env),
            "PROMPT" => (self.quote)(values.prompt),
            "DRAWN" => (self.quote)(&drawn()),
            "DRAWN_PERCENT" => (self.quote)(&drawn().replace('%', "%%")),
            "SITE_PACKAGES" => (self.quote)(values.site_packages),
            _ => return None,
        })
    }
}

/// `(name) ` as it can be drawn: what the terminal or the shell would take for an instruction becomes a question mark.
/// `VIRTUAL_ENV_PROMPT` keeps the exact name.
fn drawn(prompt: &str, drawing: Drawing) -> String {
    let name: String = prompt
        .chars()
        .map(|character| match (character, drawing) {
            (_, _) if character.is_control() => '?',
            ('$' | '`' | '\\' | '!', Drawing::Expanding) => '?',
            _ => character,
        })
        .collect();
    format!("({name}) ")
}

#[cfg(test)]
mod tests;
