use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn folder_with(mode: u32, path: &Path) -> PathBuf {
    fs::create_dir_all(path).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    path.to_owned()
}

fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Somebody else than whoever runs the test, who is neither root nor in his group.
const STRANGER: u32 = 4_000_000_001;

fn examined(root: &Path, sharing: Sharing) -> Result<Option<Owners>, Distrust> {
    examine(&Layout::new(root), Purpose::Home, Asking { uid: me(), sharing })
}

#[test]
fn what_is_not_there_is_nobodys() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(examined(&folder.path().join("store"), Sharing::Owner).unwrap(), None);
}

#[test]
fn what_others_could_replace_on_the_way_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let store = folder_with(0o755, &folder.join("above/store"));
    assert!(examined(&store, Sharing::Owner).unwrap().is_some());
    // A path that ends the same, by a link in a folder that others may write.
    let open = folder_with(0o777, &folder.join("open"));
    symlink("../above", open.join("link")).unwrap();
    let linked = open.join("link/store");
    let objected = examined(&linked, Sharing::Owner).unwrap_err();
    assert!(
        matches!(&objected, Distrust::Everybody { path } if *path == open),
        "{objected}"
    );
    assert!(objected.hint().unwrap().contains("chmod o-w"));
    folder_with(0o1777, &open);
    assert!(examined(&linked, Sharing::Owner).unwrap().is_some());
    // What the link leads through counts as well.
    let above = folder_with(0o757, &folder.join("above"));
    let objected = examined(&linked, Sharing::Owner).unwrap_err();
    assert!(
        matches!(&objected, Distrust::Everybody { path } if *path == above),
        "{objected}"
    );
    folder_with(0o755, &above);
    symlink("round", folder.join("round")).unwrap();
    assert!(examined(&folder.join("round"), Sharing::Owner).is_err());
}

#[test]
fn a_store_that_everybody_may_write_is_nobodys_friend() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder_with(0o757, &folder.path().join("store"));
    for sharing in [Sharing::Owner, Sharing::Group] {
        assert!(matches!(examined(&store, sharing), Err(Distrust::Everybody { .. })));
    }
    folder_with(0o755, &store);
    let trees = folder_with(0o757, &store.join("v1/trees"));
    let objected = examined(&store, Sharing::Group).unwrap_err();
    assert!(
        matches!(&objected, Distrust::Everybody { path } if *path == trees),
        "{objected}"
    );
}

/// Owners and groups that only root can give are played by asking as somebody else.
#[test]
fn the_owner_counts_and_who_names_a_store_trusts_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder_with(0o755, &folder.path().join("store"));
    let layout = Layout::new(&store);
    let asking = Asking {
        uid: STRANGER,
        sharing: Sharing::Owner,
    };
    if me() == 0 {
        // Root's is everybody's to read; a folder of the stranger is not root's.
        assert!(examine(&layout, Purpose::Home, asking).unwrap().is_some());
        std::os::unix::fs::chown(&store, Some(STRANGER), None).unwrap();
        let objected = examined(&store, Sharing::Owner).unwrap_err();
        assert!(
            matches!(&objected, Distrust::Owner { owner, .. } if *owner == format!("user {STRANGER}")),
            "{objected}"
        );
        assert!(objected.hint().unwrap().contains("SNAPENV_READ_STORES"));
        // To name it where it is named already is no advice.
        assert!(!objected.hint_of_read().unwrap().contains("instead"));
        let named = examine(&layout, Purpose::Read, Asking { uid: 0, ..asking });
        assert!(named.unwrap().unwrap().trust(&fs::metadata(&store).unwrap()));
    } else {
        assert!(matches!(examine(&layout, Purpose::Home, asking), Err(Distrust::Owner { .. })));
    }
}

#[test]
fn a_group_is_trusted_where_the_settings_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder_with(0o2775, &folder.path().join("store"));
    let found = fs::metadata(&store).unwrap();
    let asked = |gid: u32, group: Option<u32>| {
        let owners = Owners {
            users: vec![0, me()],
            group,
            uid: STRANGER,
        };
        assert_eq!(found.mode() & GROUP, GROUP);
        owners.trust_group(gid)
    };
    assert!(!asked(STRANGER - 1, None) && !asked(STRANGER - 1, Some(1)));
    assert!(asked(STRANGER - 1, Some(STRANGER - 1)));
    // A group without other members, and root's.
    assert!(asked(STRANGER, None) && asked(0, None));
    let owners = examined(&store, Sharing::Group).unwrap().unwrap();
    assert_eq!(owners.group, Some(found.gid()));
}
