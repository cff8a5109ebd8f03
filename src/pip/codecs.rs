//! Which sources pip compiles.

use pep440_rs::Version;

use crate::key::Codecs;

/// The first pip that imports nothing any more once it has begun to install.
const IMPORTS_NOTHING: [u64; 2] = [26, 3];

/// Which source encodings the pip of this version compiles.
pub fn codecs_of(pip: &str) -> Codecs {
    match pip.parse::<Version>() {
        Ok(version) if version >= Version::new(IMPORTS_NOTHING) => Codecs::Loaded,
        Ok(_) | Err(_) => Codecs::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_pips_leave_odd_encodings_uncompiled() {
        assert_eq!(codecs_of("26.2.1"), Codecs::Any);
        assert_eq!(codecs_of("26.3"), Codecs::Loaded);
        assert_eq!(codecs_of("27.0"), Codecs::Loaded);
    }
}
