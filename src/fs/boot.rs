//! Which boot of the machine this is: what was not flushed before another one may be torn.

use std::sync::OnceLock;

/// The number of this boot, from 1 to 999,999,999: as many nanoseconds of a file's time can carry it. Nothing where the system does not tell.
pub fn boot_number() -> Option<u32> {
    static NUMBER: OnceLock<Option<u32>> = OnceLock::new();
    *NUMBER.get_or_init(read)
}

#[cfg(target_os = "linux")]
fn read() -> Option<u32> {
    let id = std::fs::read("/proc/sys/kernel/random/boot_id").ok()?;
    let digest = blake3::hash(&id);
    let four = digest.as_bytes().first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four) % 999_999_999 + 1)
}

#[cfg(not(target_os = "linux"))]
fn read() -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_all_the_time() {
        let number = boot_number();
        assert_eq!(number, boot_number());
        assert!(number.is_none_or(|number| (1..1_000_000_000).contains(&number)));
    }
}
