//! Users and groups of the machine, as far as its files name them (passwd(5), group(5)).

use std::fs;

/// The name of a user for people to read.
pub(super) fn user_name(uid: u32) -> String {
    let users = read("/etc/passwd");
    let name = fields(&users).find(|user| number(user, 2) == Some(uid));
    name.map_or_else(|| format!("user {uid}"), |user| user[0].to_owned())
}

/// The name of a group for people to read.
pub(super) fn group_name(gid: u32) -> String {
    let groups = read("/etc/group");
    let name = fields(&groups).find(|group| number(group, 2) == Some(gid));
    name.map_or_else(|| gid.to_string(), |group| group[0].to_owned())
}

/// Whether a group has no other member than this user: rights of the group are his own then. So are those of root's group.
pub(super) fn is_private(gid: u32, uid: u32) -> bool {
    gid == 0 || has_one_member((&read("/etc/passwd"), &read("/etc/group")), gid, uid)
}

/// A group that the files do not know may have members elsewhere; one that is numbered as the user is taken for his.
fn has_one_member((users, groups): (&str, &str), gid: u32, uid: u32) -> bool {
    let is_user = |name: &str| fields(users).any(|user| user[0] == name && number(&user, 2) == Some(uid));
    let of_others = fields(users).any(|user| number(&user, 3) == Some(gid) && number(&user, 2) != Some(uid));
    let group = fields(groups).find(|group| number(group, 2) == Some(gid));
    let members = group.as_ref().and_then(|group| group.get(3).copied());
    let mut members = members.unwrap_or_default().split(',').filter(|name| !name.is_empty());
    !of_others && (group.is_some() || gid == uid) && members.all(is_user)
}

fn fields(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().map(|line| line.split(':').collect())
}

fn number(fields: &[&str], index: usize) -> Option<u32> {
    fields.get(index)?.parse().ok()
}

/// Where there is none, nobody is known.
fn read(path: &str) -> String {
    fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_group_has_one_member() {
        let users = "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:\neve:x:1002:1003::/:\n";
        let groups = "root:x:0:\nann:x:1000:\nbob:x:1001:ann\neve:x:1002:eve\nstaff:x:1003:\nteam:x:1004:ann,bob\n";
        let alone = |gid, uid| has_one_member((users, groups), gid, uid);
        assert!(alone(1000, 1000) && alone(1002, 1002));
        // Somebody else is a member, by the list or as of his main group; and of an unknown group nobody knows.
        assert!(!alone(1001, 1001) && !alone(1004, 1000) && !alone(1003, 1000));
        assert!(!alone(2000, 1000) && alone(2000, 2000));
    }

    #[test]
    fn who_is_not_known_has_a_number() {
        assert_eq!(user_name(4_000_000_123), "user 4000000123");
        assert_eq!(group_name(4_000_000_123), "4000000123");
    }
}
