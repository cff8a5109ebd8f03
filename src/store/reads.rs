//! What an answer was made from.

use serde::{Deserialize, Serialize};

/// What was offered for one project when an answer was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRecord {
    /// Normalized project name.
    pub project: String,
    /// Every place that was looked at, in pip's order; one that had nothing counts, too: it may have something tomorrow.
    pub places: Vec<PlaceRecord>,
}

/// What one place offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRecord {
    /// Its URL without credentials, for messages.
    pub place: String,
    /// What it offered.
    pub offers: ListingRecord,
}

/// What one place offered for a project at the time of an answer: a digest to compare by, and the versions to name differences.
///
/// The digest covers the files that pass the rules of the request, in their order of preference, so that neither a wheel for another
/// platform nor a page that is sorted anew makes a difference. The versions cost 5 to 8 bytes each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingRecord {
    /// BLAKE3 in base64.
    pub digest: String,
    /// For each version, ascending as text: how many letters it has in common with the one before (as a base64 digit), its other
    /// letters, a colon, and three base64 digits for the files: the highest bit for being yanked, 17 bits of their digest.
    pub versions: String,
}
