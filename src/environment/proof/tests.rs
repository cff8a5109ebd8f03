use std::fs;
use std::path::Path;

use super::{Kept, Proof, ProofError, Recorded, Sealed};

const CONFIG: &str = "home = /usr/bin\nsnapenv = 0.1.0\n";

fn environment() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pyvenv.cfg"), CONFIG).unwrap();
    folder
}

fn proof() -> Proof {
    let key = blake3::hash(b"key");
    Proof {
        path: "/with = and \u{85}\u{2028}\u{1f600}\n\"quotes\"".to_owned(),
        prompt: Some("é".to_owned()),
        snapshots: vec![
            Sealed {
                key: key.into(),
                manifest: Some(key.into()),
            },
            Sealed {
                key: blake3::hash(b"old").into(),
                manifest: None,
            },
        ],
        recorded: vec![Recorded {
            digest: key.to_hex().to_string(),
            dist_info: "lib/python3.11/site-packages/with space-1.0.dist-info".to_owned(),
        }],
    }
}

fn config(folder: &Path) -> String {
    fs::read_to_string(folder.join("pyvenv.cfg")).unwrap()
}

#[test]
fn a_proof_is_read_as_it_was_written() {
    let folder = environment();
    let folder = folder.path();
    assert_eq!(Proof::read(folder).unwrap(), Kept::Nothing);
    proof().seal(folder).unwrap();
    let text = config(folder);
    assert!(text.starts_with(CONFIG) && text.is_ascii(), "{text}");
    assert!(text.lines().all(|line| line.contains(" = ")), "{text}");
    assert_eq!(Proof::read(folder).unwrap(), Kept::Intact(proof()));
    Proof::amend(folder, |proof| proof.snapshots.truncate(1)).unwrap();
    let expected = Proof {
        snapshots: vec![proof().snapshots[0]],
        ..proof()
    };
    assert_eq!(Proof::read(folder).unwrap(), Kept::Intact(expected));
    assert_eq!(config(folder).matches("snapenv-check").count(), 1);
}

#[test]
fn an_edit_is_noticed_even_after_the_proof_was_amended() {
    let folder = environment();
    let folder = folder.path();
    proof().seal(folder).unwrap();
    fs::write(folder.join("pyvenv.cfg"), config(folder).replace("/usr/bin", "/usr/bad")).unwrap();
    assert_eq!(Proof::read(folder).unwrap(), Kept::Edited(proof()));
    Proof::amend(folder, |_| {}).unwrap();
    assert_eq!(Proof::read(folder).unwrap(), Kept::Edited(proof()));
    assert!(config(folder).contains("/usr/bad"));
    // So is anything behind it.
    let folder = environment();
    let folder = folder.path();
    proof().seal(folder).unwrap();
    fs::write(folder.join("pyvenv.cfg"), config(folder) + "home = /elsewhere\n").unwrap();
    assert_eq!(Proof::read(folder).unwrap(), Kept::Edited(proof()));
}

/// A wheel may bring a `pyvenv.cfg`: linked, it is the store's.
#[test]
fn a_configuration_that_a_distribution_brought_is_never_written_into() {
    let folder = environment();
    let folder = folder.path();
    fs::hard_link(folder.join("pyvenv.cfg"), folder.join("of the store")).unwrap();
    proof().seal(folder).unwrap();
    assert_eq!(fs::read_to_string(folder.join("of the store")).unwrap(), CONFIG);
    fs::remove_file(folder.join("of the store")).unwrap();
    fs::write(folder.join("pyvenv.cfg"), "home = /copied\n").unwrap();
    proof().seal(folder).unwrap();
    assert_eq!(config(folder), "home = /copied\n");
}

#[test]
fn other_environments_are_told_apart() {
    let folder = environment();
    let folder = folder.path();
    let nowhere = Proof::read(&folder.join("nowhere"));
    assert!(matches!(nowhere, Err(ProofError::NoEnvironment(_))));
    fs::write(folder.join("pyvenv.cfg"), "home = /usr/bin\n").unwrap();
    assert!(matches!(Proof::read(folder), Err(ProofError::Foreign(_))));
    // It is nobody's business to add a proof there.
    Proof::amend(folder, |_| {}).unwrap();
    assert_eq!(config(folder), "home = /usr/bin\n");
    let newer = format!("{CONFIG}snapenv-proof = 2\n");
    fs::write(folder.join("pyvenv.cfg"), &newer).unwrap();
    assert!(matches!(Proof::read(folder), Err(ProofError::Newer { format: 2, .. })));
    Proof::amend(folder, |_| {}).unwrap();
    assert_eq!(config(folder), newer);
}
