//! The tags of the wheels that an interpreter can use.

use std::collections::{BTreeSet, HashMap};

type Positions<T> = HashMap<Box<str>, T>;

/// The tags that an interpreter supports, the best first (PEP 425), as `packaging.tags` and so pip list them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SupportedTags {
    /// Python, ABI, platform.
    positions: Positions<Positions<Positions<usize>>>,
}

impl<T: AsRef<str>> FromIterator<T> for SupportedTags {
    /// Takes tags such as `cp311-cp311-manylinux_2_17_x86_64`; what is no tag matches no wheel but keeps its position.
    fn from_iter<I: IntoIterator<Item = T>>(tags: I) -> Self {
        let mut supported = Self::default();
        for (position, tag) in tags.into_iter().enumerate() {
            let tag = tag.as_ref().to_lowercase();
            if let [python, abi, platform] = tag.split('-').collect::<Vec<_>>()[..] {
                let abis = supported.positions.entry(python.into()).or_default();
                // A tag that is listed again is worth what its last position is, as in pip's dictionary.
                abis.entry(abi.into()).or_default().insert(platform.into(), position);
            }
        }
        supported
    }
}

impl SupportedTags {
    /// Whether some tag is supported of those that a wheel's name gives, each a set joined by dots.
    pub fn supports(&self, sets: [&str; 3]) -> bool {
        self.position(sets).is_some()
    }

    /// The best position of the tags that a wheel's name gives, each a set joined by dots; none if no tag is supported.
    pub(super) fn position(&self, sets: [&str; 3]) -> Option<usize> {
        // Every step goes only where supported tags lead, each once: long sets in a name cost nothing.
        let [pythons, abis, platforms] = sets.map(members);
        let abis_of = pythons.iter().filter_map(|python| self.positions.get(python.as_str()));
        let platforms_of = abis_of.flat_map(|known| abis.iter().filter_map(|abi| known.get(abi.as_str())));
        let positions = platforms_of.flat_map(|known| platforms.iter().filter_map(|platform| known.get(platform.as_str())));
        positions.copied().min()
    }
}

fn members(set: &str) -> BTreeSet<String> {
    set.split('.').map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supported() -> SupportedTags {
        ["cp311-cp311-manylinux_2_17_x86_64", "cp311-abi3-linux_x86_64", "py3-none-any"]
            .into_iter()
            .collect()
    }

    #[test]
    fn the_best_of_a_set_counts() {
        let position = |sets| supported().position(sets);
        assert_eq!(position(["py2.py3", "none", "any"]), Some(2));
        assert_eq!(position(["py3.cp311", "none.abi3", "linux_x86_64.any"]), Some(1));
        assert_eq!(
            position(["CP311", "cp311", "manylinux_2_5_x86_64.manylinux_2_17_X86_64"]),
            Some(0)
        );
        assert_eq!(position(["cp311", "none", "any"]), None);
    }

    #[test]
    fn endless_sets_are_no_burden() {
        let set = |word: &str| vec![word; 3000].join(".");
        let sets = [set("py3"), set("none"), set("any")];
        assert_eq!(supported().position([&sets[0], &sets[1], &sets[2]]), Some(2));
    }
}
