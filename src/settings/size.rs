//! Sizes as people write them.

/// A number of bytes, or of one of the powers of 1024 that a letter stands for: `64G`, `512M`.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("'{text}' is no size; wanted is a number with K, M, G or T behind it, such as 64G");
    let unit = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let shift = match unit.to_ascii_uppercase().trim_end_matches("IB").trim_end_matches('B') {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes_are_numbers_of_bytes() {
        for (text, bytes) in [
            ("1", 1),
            ("2k", 2 << 10),
            ("512M", 512 << 20),
            ("64G", 64 << 30),
            ("1TiB", 1 << 40),
            ("3GB", 3 << 30),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "-1", "0", "1.5G", "1X", "99999999T", "1 G"] {
            assert!(parse_size(text).unwrap_err().contains("64G"), "{text}");
        }
    }
}
