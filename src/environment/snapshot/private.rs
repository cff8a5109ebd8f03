//! Which files are private copies although they could be links.

/// Version of the list below; part of the snapshot key.
pub const PRIVATE_COPIES: u32 = 1;

/// Whether people edit this file in place, or tools compare it by time.
///
/// Certificates are appended to in images and CI scripts. Static files carry the current time as pip's would: collectstatic skips what
/// is not newer than its target.
pub(super) fn is_private(path: &str) -> bool {
    let python = path.ends_with(".py") || path.ends_with(".pyc");
    !python && (path.ends_with("/certifi/cacert.pem") || path.split('/').rev().skip(1).any(|folder| folder == "static"))
}
