//! URLs of links, resolved and quoted as pip does it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use url::Url;

use crate::index::credentials::unquote;

/// Resolves what a page says against its URL (or its `<base>`), and quotes the path anew so that nothing is quoted twice.
///
/// `None` where that makes no URL.
pub(super) fn resolve(base: Option<&Url>, reference: &str) -> Option<String> {
    if is_web(reference) {
        return Some(quote_path(reference));
    }
    // The standard for browsers drops trailing blanks, Python keeps them.
    let kept = reference.trim_end_matches(' ');
    let blanks = "%20".repeat(reference.len() - kept.len());
    let joined = base?.join(&format!("{kept}{blanks}")).ok()?;
    Some(quote_path(joined.as_str()))
}

/// Whether pip takes `text` for an absolute URL without a closer look.
pub(super) fn is_web(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// The URL of a file, as pip writes it.
pub(super) fn of_path(path: &Path) -> String {
    let mut address = "file://".to_owned();
    push_bytes(&mut address, path.as_os_str().as_bytes());
    address
}

/// The path of a URL unquoted and quoted again, but for `@` and `%2F`, which stay what they are.
pub(super) fn quote_path(address: &str) -> String {
    let dropped = |letter: char| matches!(letter, '\t' | '\r' | '\n');
    let address = if address.contains(dropped) {
        Cow::Owned(address.replace(dropped, ""))
    } else {
        Cow::Borrowed(address)
    };
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let (place, behind) = address.split_at(end);
    let Some((scheme, rest)) = place.split_once(':') else {
        return address.into_owned();
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    let mut quoted = format!("{}://{authority}", scheme.to_ascii_lowercase());
    if !path.is_empty() && !path.starts_with('/') {
        quoted.push('/');
    }
    push_quoted(&mut quoted, path);
    let (query, fragment) = behind.split_once('#').unwrap_or((behind, ""));
    if query.len() > "?".len() {
        quoted.push_str(query);
    }
    if !fragment.is_empty() {
        quoted.push('#');
        quoted.push_str(fragment);
    }
    quoted
}

fn push_quoted(quoted: &mut String, path: &str) {
    let mut rest = path;
    while let Some((at, length)) = reserved(rest) {
        push_part(quoted, &rest[..at]);
        quoted.push_str(if length == 1 { "@" } else { "%2F" });
        rest = &rest[at + length..];
    }
    push_part(quoted, rest);
}

/// The first `@` or `%2F`: where it begins, and its length.
fn reserved(text: &str) -> Option<(usize, usize)> {
    let escaped = |(at, _): &(usize, &str)| text[*at..].get(..3).is_some_and(|found| found.eq_ignore_ascii_case("%2f"));
    let slash = text.match_indices('%').find(escaped).map(|(at, _)| (at, 3));
    let at = text.find('@').map(|at| (at, 1));
    slash.into_iter().chain(at).min()
}

/// Python's `quote(unquote(part))`.
fn push_part(quoted: &mut String, part: &str) {
    if part.bytes().all(is_plain) {
        quoted.push_str(part);
    } else {
        push_bytes(quoted, unquote(part).as_bytes());
    }
}

/// Whether Python's `quote` leaves a byte alone.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-~/".contains(&byte)
}

fn push_bytes(quoted: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        if is_plain(byte) {
            quoted.push(char::from(byte));
        } else {
            let _ = write!(quoted, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str, reference: &str) -> Option<String> {
        resolve(Url::parse(base).ok().as_ref(), reference)
    }

    /// Expected values are pip's (`_ensure_quoted_url(_absolute_link_url(base, reference))`).
    #[test]
    fn addresses_are_pips() {
        let base = "https://host/simple/demo/";
        for (reference, expected) in [
            (
                "../../f/demo-1.0%2Blocal.zip#md5=a b",
                "https://host/f/demo-1.0%2Blocal.zip#md5=a%20b",
            ),
            ("https://h/a b+c@v%2fd%2B?q=a b#", "https://h/a%20b%2Bc@v%2Fd%2B?q=a b"),
            ("demo-1.0+x.zip", "https://host/simple/demo/demo-1.0%2Bx.zip"),
            ("//other/x.zip", "https://other/x.zip"),
            ("/x!y:z.zip", "https://host/x%21y%3Az.zip"),
            ("x.zip ", "https://host/simple/demo/x.zip%20"),
            ("HTTPS://Host/x.zip", "https://host/x.zip"),
            ("https://host", "https://host"),
            ("http://h/%zz\u{e9}", "http://h/%25zz%C3%A9"),
        ] {
            assert_eq!(joined(base, reference).as_deref(), Some(expected), "{reference}");
        }
        assert_eq!(
            joined("file:///a/b/index.html", "c d.zip").as_deref(),
            Some("file:///a/b/c%20d.zip")
        );
        assert_eq!(resolve(None, "x.zip"), None);
    }

    proptest::proptest! {
        #[test]
        fn quoting_twice_changes_nothing(path in "[ -~\u{e9}]{0,30}") {
            let once = quote_path(&format!("https://host/{path}"));
            proptest::prop_assert_eq!(quote_path(&once), once);
        }
    }
}
