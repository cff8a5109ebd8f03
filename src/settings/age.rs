//! Ages as users write them: `90s`, `30m`, `12h`, `7d`, or plain seconds.

use std::time::Duration;

/// Text that is no age.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no age (such as 90s, 30m, 12h, 7d or 2w)")]
pub struct InvalidAge(String);

/// Reads an age.
///
/// # Errors
/// When the text is not a whole number with one of the units s, m, h, d, w.
pub fn parse_age(text: &str) -> Result<Duration, InvalidAge> {
    let wrong = || InvalidAge(text.to_owned());
    let (digits, unit) = match text.find(|letter: char| !letter.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(factor).map(Duration::from_secs).ok_or_else(wrong)
}

/// The shortest way to write an age that is longer than this one.
pub fn longer_age(age: Duration) -> String {
    let seconds = age.as_secs();
    let units = [("d", 86_400), ("h", 3_600), ("m", 60)];
    let (unit, size) = units.into_iter().find(|(_, size)| seconds >= *size).unwrap_or(("m", 60));
    format!("{}{unit}", seconds / size + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_age_is_longer() {
        for seconds in [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 1_000_000] {
            let text = longer_age(Duration::from_secs(seconds));
            let longer = parse_age(&text).unwrap().as_secs();
            assert!(seconds < longer && longer <= 2 * seconds.max(60), "{seconds} {text}");
        }
    }

    #[test]
    fn ages_have_units() {
        let seconds = |text| parse_age(text).map(|age| age.as_secs());
        assert_eq!(seconds("90"), Ok(90));
        assert_eq!(seconds("2m"), Ok(120));
        assert_eq!(seconds("1d"), Ok(86_400));
        for wrong in ["", "h", "1y", "-1h", "1 h", "99999999999999999999", "18446744073709551615w"] {
            assert!(parse_age(wrong).is_err(), "{wrong}");
        }
    }
}
