//! What an answer was made from: what is kept of it, and how it differs from what is there another day. Pure.

use std::collections::BTreeSet;

use pep508_rs::PackageName;

use super::candidates::{Difference, Offered, Refusal, compare};
use crate::index::simple::{Link, Listing};
use crate::pip::Looked;
use crate::requirements::without_userinfo;
use crate::store::{ListingRecord, PlaceRecord, ReadRecord};

/// Differences of one project that are named; one is enough to resolve again.
const NAMED: usize = 3;

/// What is kept of everything that places offer for a project.
pub fn read_of<'l>(project: &PackageName, listings: impl Iterator<Item = &'l Listing>, offered: &Offered) -> ReadRecord {
    let places = listings.map(|listing| PlaceRecord {
        place: listing.place.clone(),
        offers: offered.record(listing.order),
    });
    ReadRecord {
        project: project.to_string(),
        places: places.collect(),
    }
}

/// Whether a listing tells all that can change of its files: what has no digest may be replaced without anybody noticing.
pub fn tells_all(offered: &Offered) -> bool {
    let told = |link: &Link| !link.digests.is_empty() || link.is_local();
    offered.candidates().all(|candidate| told(&candidate.link))
}

/// Whether pip has seen the same files.
pub fn agrees(looked: &Looked, offered: &Offered) -> bool {
    // Files whose version is none are candidates to pip's log, and to nobody else.
    let odd = offered
        .refused()
        .filter(|refused| matches!(refused.refusal, Refusal::Version(_)))
        .map(|refused| address(refused.link));
    let candidates = offered.candidates().map(|candidate| address(&candidate.link));
    let ours: BTreeSet<String> = candidates.chain(odd).collect();
    let pips: BTreeSet<String> = looked.found.iter().map(|found| without_userinfo(found)).collect();
    ours == pips
}

fn address(link: &Link) -> String {
    without_userinfo(link.address_without_fragment())
}

/// What has become of what an answer was made from, in words; nothing if it is as it was.
pub fn changes(before: &ReadRecord, now: &ReadRecord) -> Option<String> {
    if offering(before).eq(offering(now)) {
        return None;
    }
    let both = offering(before).chain(offering(now));
    let places: BTreeSet<&str> = both.map(|one| one.place.as_str()).collect();
    let several = places.len() > 1;
    let project = &before.project;
    let mut told: Vec<String> = places
        .into_iter()
        .flat_map(|place| {
            let differences = compare(&offers(before, place), &offers(now, place));
            let shown = if several {
                format!("at {place}")
            } else {
                "on the index".to_owned()
            };
            differences.into_iter().map(move |difference| (difference, shown.clone()))
        })
        .map(|(difference, place)| in_words(project, &difference, &place))
        .collect();
    let more = told.len().saturating_sub(NAMED);
    told.truncate(NAMED);
    if more > 0 {
        told.push(format!("{more} more changes"));
    }
    if told.is_empty() {
        told.push(format!("the places that offer {project} are in another order"));
    }
    Some(told.join(", "))
}

/// The places that have something for the request: one that has nothing is as good as one that is not there.
fn offering(read: &ReadRecord) -> impl Iterator<Item = &PlaceRecord> {
    read.places.iter().filter(|place| !place.offers.versions.is_empty())
}

/// What a place offered; several listings of one place (files in a folder) are told apart by their digests only.
fn offers(read: &ReadRecord, place: &str) -> ListingRecord {
    let mut listings = offering(read).filter(|one| one.place == place).map(|one| &one.offers);
    let Some(first) = listings.next() else {
        return ListingRecord::default();
    };
    let mut offers = first.clone();
    for next in listings {
        offers.digest.push_str(&next.digest);
    }
    offers
}

fn in_words(project: &str, difference: &Difference, place: &str) -> String {
    match difference {
        Difference::Changed(version) => format!("the files of {project} {version} changed {place}"),
        Difference::Unnamed => format!("the files of {project} changed {place}"),
        Difference::Vanished(version) => format!("{project} {version} is no longer {place}"),
        Difference::Appeared(_) | Difference::Yanked(_) | Difference::Restored(_) => {
            format!("{project} {difference} {place}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What places offer, by compact lists of versions.
    fn read(places: &[(&str, &str)]) -> ReadRecord {
        let place = |(place, versions): &(&str, &str)| PlaceRecord {
            place: (*place).to_owned(),
            offers: ListingRecord {
                digest: blake3::hash(versions.as_bytes()).to_string(),
                versions: (*versions).to_owned(),
            },
        };
        ReadRecord {
            project: "demo".to_owned(),
            places: places.iter().map(place).collect(),
        }
    }

    #[test]
    fn places_that_have_nothing_do_not_count() {
        let before = read(&[("https://a/", "A1.0:AAB"), ("https://b/", "")]);
        assert_eq!(changes(&before, &read(&[("https://a/", "A1.0:AAB")])), None);
        assert_eq!(changes(&before, &before), None);
        let now = read(&[("https://a/", "A1.0:AAB"), ("https://b/", "A2.0:AAB")]);
        assert_eq!(changes(&before, &now).unwrap(), "demo 2.0 appeared at https://b/");
    }

    #[test]
    fn a_few_changes_are_named() {
        let before = read(&[("https://a/", "A1.0:AAB")]);
        let said = |versions| changes(&before, &read(&[("https://a/", versions)])).unwrap();
        assert_eq!(said("A1.0:AABC1:AAB"), "demo 1.1 appeared on the index");
        assert_eq!(said(""), "demo 1.0 is no longer on the index");
        assert_eq!(said("A1.0:gAB"), "demo 1.0 was yanked on the index");
        assert_eq!(said("A1.0:AAC"), "the files of demo 1.0 changed on the index");
        let many = said("A1.0:AABC1:AABC2:AABC3:AABC4:AABC5:AAB");
        assert!(many.ends_with("demo 1.3 appeared on the index, 2 more changes"), "{many}");
        let one_place_again = read(&[("https://b/", "A1.0:AAB"), ("https://a/", "A1.0:AAB")]);
        let other_order = read(&[("https://a/", "A1.0:AAB"), ("https://b/", "A1.0:AAB")]);
        let said = changes(&one_place_again, &other_order).unwrap();
        assert_eq!(said, "the places that offer demo are in another order");
    }

    #[test]
    fn users_do_not_tell_files_apart() {
        assert_eq!(without_userinfo("https://u:****@host/a@b.whl"), "https://host/a@b.whl");
        assert_eq!(without_userinfo("file:///a@b.whl"), "file:///a@b.whl");
    }
}
