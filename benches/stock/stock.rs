//! Fills a store with small distributions, snapshots and requests, for measuring what a large one costs: `stock FOLDER ARCHIVES SNAPSHOTS`.
//!
//! All of it is written as runs write it; a tenth of the distributions keep their trees, and what is there was used at some time within
//! 400 days. Entries are made durable one by one: on a disk that takes an hour for a hundred thousand, in memory (`/dev/shm`) two minutes.

mod entries;

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use rayon::prelude::*;
use snapenv::environment::snapshot::{Member, compose, encode};
use snapenv::fs::{Sharing, remove_tree};
use snapenv::key::key_of;
use snapenv::store::{Conditions, DistributionRecord, Kind, Made, Places, RequestRecord, Store};

/// As many distributions stand in a snapshot.
const MEMBERS: usize = 40;
/// One of so many has its tree.
const TREES: usize = 10;
/// Of so many days ago is the last use of the oldest.
const DAYS: usize = 400;

type Anything<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Anything<()> {
    let mut words = std::env::args().skip(1);
    let mut word = || words.next().ok_or("usage: stock FOLDER ARCHIVES SNAPSHOTS");
    let (folder, archives, snapshots) = (PathBuf::from(word()?), word()?.parse()?, word()?.parse()?);
    let places = Places {
        home: &folder,
        read: &[],
        sharing: Sharing::Owner,
        temporary: &std::env::temp_dir(),
        now: 0,
    };
    let opened = Store::open(places)?;
    if let Some(reason) = opened.unwritable {
        return Err(reason.into());
    }
    fill(&opened.store, archives, snapshots)
}

fn fill(store: &Store, archives: usize, snapshots: usize) -> Anything<()> {
    let records: Vec<DistributionRecord> = (0..archives)
        .into_par_iter()
        .map(|number| distribution(store, number))
        .collect::<Anything<_>>()?;
    (0..snapshots)
        .into_par_iter()
        .try_for_each(|number| snapshot(store, number, &records))
}

/// Makes a distribution, and removes its tree if it is not one of those that keep it.
fn distribution(store: &Store, number: usize) -> Anything<DistributionRecord> {
    let staging = store.staging()?;
    let tree = staging.join("tree");
    let (preimage, source) = entries::artifact(number);
    let made = Made {
        description: entries::describe(number, &tree)?,
        preimage,
        source,
        tree: &tree,
        deflated: None,
        began: Instant::now(),
    };
    let record = store.keep_distribution(store.pack_distribution(made, &staging)?)?;
    let home = store.home();
    if !number.is_multiple_of(TREES) {
        remove_tree(&home.tree(record.content))?;
    }
    age(&home.archive(record.key, &record.preimage), number)?;
    age(&home.record(record.key, &record.preimage), number)?;
    Ok(record)
}

/// Makes a snapshot of distributions that lie apart, with the request that it answers.
fn snapshot(store: &Store, number: usize, records: &[DistributionRecord]) -> Anything<()> {
    let projects = records.len().div_ceil(entries::OF_PROJECT);
    let chosen: Vec<&DistributionRecord> = (0..MEMBERS.min(projects))
        .filter_map(|member| {
            let project = (number * 7 + member * projects.div_ceil(MEMBERS)) % projects;
            records.get(project * entries::OF_PROJECT + (number + member) % entries::OF_PROJECT)
        })
        .collect();
    let members: Vec<Member> = chosen
        .iter()
        .map(|record| Member {
            record,
            requested: true,
            direct_url: None,
        })
        .collect();
    let composed = compose(&members, &entries::scheme())?;
    let key = composed.header.key;
    store.put_snapshot(key, &encode(&composed)?, &encode(&composed.excerpt(None))?)?;
    let preimage = entries::request(number, &chosen);
    let record = RequestRecord {
        key: key_of(&preimage),
        made: 0,
        kind: Kind::Pinned,
        conditions: Conditions::default(),
        resolution: entries::resolution(&chosen),
        snapshot: key,
        reads: None,
    };
    store.put_request(&preimage, &record)?;
    let home = store.home();
    age(&home.snapshot(key), number)?;
    age(&home.excerpt(key), number)?;
    age(&home.request(record.key), number)
}

/// Sets the time of last use.
fn age(path: &Path, number: usize) -> Anything<()> {
    let days = u64::try_from(number % DAYS)?;
    let time = SystemTime::now() - Duration::from_hours(24 * days);
    // Where two are the same, one of them was first.
    if fs::exists(path)? {
        File::open(path)?.set_modified(time)?;
    }
    Ok(())
}
