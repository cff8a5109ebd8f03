//! Which files are private copies although they could be links.

use crate::interpreter::Scheme;

/// Version of the list below; part of the snapshot key.
pub const PRIVATE_COPIES: u32 = 2;

/// Whether people edit this file in place, or tools compare it by time.
///
/// Certificates are appended to in images and CI scripts. Static files carry the current time as pip's would: collectstatic skips what
/// is not newer than its target. It looks for them beside modules only; what else is called `static`, such as the tens of megabytes in
/// `share/jupyter/lab/static`, is nobody's to compare.
pub(super) fn is_private(path: &str, scheme: &Scheme) -> bool {
    let libraries = [&scheme.purelib, &scheme.platlib];
    let Some(inside) = libraries.iter().find_map(|library| path.strip_prefix(library.as_str())) else {
        return false;
    };
    let python = path.ends_with(".py") || path.ends_with(".pyc");
    !python && (inside.ends_with("/certifi/cacert.pem") || inside.split('/').rev().skip(1).any(|folder| folder == "static"))
}
