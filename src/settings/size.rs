//! Sizes as users write them: `5G`, `500MB`, `1.5GiB`, or plain bytes.

/// Text that is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no size (such as 500M, 5G or 1.5TiB)")]
pub struct InvalidSize(String);

/// Reads a size in bytes: K, M, G and T are powers of 1000, as sizes are shown; KiB, MiB, GiB and TiB powers of 1024.
///
/// # Errors
/// When the text is no number with such a unit.
pub fn parse_size(text: &str) -> Result<u64, InvalidSize> {
    let wrong = || InvalidSize(text.to_owned());
    let (digits, unit) = match text.find(|letter: char| !letter.is_ascii_digit() && letter != '.') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let factor: u64 = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err(wrong()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let number = |digits: &str| digits.parse::<u64>().map_err(|_| wrong());
    let thousandths = fraction.get(..3).unwrap_or(fraction);
    let scale = 10_u64.pow(u32::try_from(thousandths.len()).map_err(|_| wrong())?);
    let bytes = number(whole)?.checked_mul(factor).ok_or_else(wrong)?;
    let rest = u128::from(number(thousandths)?) * u128::from(factor) / u128::from(scale);
    bytes.checked_add(u64::try_from(rest).map_err(|_| wrong())?).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("0", 0),
            ("512", 512),
            ("5G", 5_000_000_000),
            ("1.5 GiB", 1_610_612_736),
            ("0.25k", 250),
            ("2tb", 2_000_000_000_000),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for wrong in [
            "",
            "G",
            "-1",
            "5X",
            "1.",
            ".5G",
            "1.2.3M",
            "1..2",
            "99999999999999999999",
            "18446744073709551615T",
            "5 G G",
        ] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
