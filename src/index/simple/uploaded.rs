//! Times of upload.

/// An instant, in microseconds since 1970 (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uploaded(i64);

impl Uploaded {
    /// The instant of so many microseconds since 1970.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Reads `2026-01-22T14:24:01.123456Z` and its kin: what Python's `fromisoformat` takes as date, time and offset.
    ///
    /// A time without an offset is no instant, so it is `None`, as is any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let mut parts = date.split('-');
        let (year, month, day) = (
            number(parts.next()?, 4)?,
            number(parts.next()?, 2)?,
            number(parts.next()?, 2)?,
        );
        if year == 0 || !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
            return None;
        }
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let zone = rest.find(['Z', 'z', '+', '-'])?;
        let (time, zone) = rest.split_at(zone);
        let time = clock(time)?;
        let offset = match zone.split_at_checked(1)? {
            ("Z" | "z", "") => 0,
            ("+", offset) => clock(offset)?,
            ("-", offset) => -clock(offset)?,
            _ => return None,
        };
        Some(Self(days_since_1970(year, month, day) * DAY + time - offset))
    }
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// `text`, if it is just so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let right = text.len() == digits && text.bytes().all(|digit| digit.is_ascii_digit());
    right.then(|| text.parse().ok()).flatten()
}

/// Microseconds of `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff`; further digits are dropped.
fn clock(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| number(second, 2))?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) || fraction.is_empty() != (whole.len() == text.len()) {
        return None;
    }
    let micros = format!("{fraction:0<6}").get(..6)?.parse::<i64>().ok()?;
    Some(((hour * 60 + minute) * 60 + second) * SECOND + micros)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the civil calendar, with years that begin in March so that leap days come last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "the times of the test are exact")]
        Uploaded::parse(text).map(|time| time.micros() as f64 / 1e6)
    }

    #[test]
    fn instants_are_compared_across_offsets() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0.0));
        assert_eq!(seconds("2026-01-22T14:24:01.5Z"), Some(1_769_091_841.5));
        assert_eq!(seconds("2026-01-22 15:24:01.500000+01:00"), Some(1_769_091_841.5));
        assert_eq!(seconds("2024-02-29T00:00-00:30"), Some(1_709_166_600.0));
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for text in [
            "",
            "2026-01-22",
            "2026-01-22T14:24:01",
            "2026-13-01T00:00Z",
            "2025-02-29T00:00Z",
            "2026-01-22T24:00Z",
            "2026-01-22T14:24:01.Z",
            "2026-01-22T14:24:01Zx",
            "\u{e9}026-01-22T14:24Z",
        ] {
            assert_eq!(Uploaded::parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(text in "[0-9TZ:.+ -]{0,30}|\\PC{0,20}") {
            let _ = Uploaded::parse(&text);
        }
    }
}
