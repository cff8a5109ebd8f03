use super::decode;
use crate::requirements::ErrorKind;

fn text(bytes: &[u8]) -> String {
    decode(bytes, "r.txt").unwrap()
}

#[test]
fn byte_order_marks_decide() {
    assert_eq!(text(b"\xef\xbb\xbffoo"), "foo");
    assert_eq!(text(b"\xff\xfef\0o\0o\0"), "foo");
    assert_eq!(text(b"\xfe\xff\0f\0o\0o"), "foo");
    assert_eq!(text(b"\xff\xfe\0\0f\0\0\0"), "f");
    assert_eq!(text(b"\0\0\xfe\xff\0\0\0f"), "f");
}

#[test]
fn a_coding_line_decides() {
    assert_eq!(
        text(b"# -*- coding: latin-1 -*-\nfoo # \xe9"),
        "# -*- coding: latin-1 -*-\nfoo # é"
    );
    assert_eq!(
        text(b"foo\n# vim: set fileencoding=koi8-r:\n\xc1"),
        "foo\n# vim: set fileencoding=koi8-r:\nа"
    );
    assert_eq!(text("# coding: utf-8\né".as_bytes()), "# coding: utf-8\né");
    // Only the first two lines, and only at their beginning.
    assert!(decode(b"\n\n# coding: latin-1\n\xe9", "r.txt").is_err());
    assert!(decode(b"foo # coding: latin-1\n\xe9", "r.txt").is_err());
}

#[test]
fn doubt_goes_to_pip() {
    for bytes in [
        &b"\xe9"[..],
        b"# coding: bogus\nfoo",
        b"# coding: cp1252\n\x80",
        b"# coding: utf-7\nfoo",
    ] {
        assert!(matches!(decode(bytes, "r.txt"), Err(ErrorKind::Unsupported(_))), "{bytes:?}");
    }
}

#[test]
fn what_breaks_its_own_word_is_an_error() {
    for bytes in [
        &b"\xef\xbb\xbf\xe9"[..],
        b"\xff\xfe\0",
        b"# coding: ascii\n\xe9",
        b"\xff\xfe\0\0\0",
    ] {
        assert!(
            matches!(decode(bytes, "r.txt"), Err(ErrorKind::Undecodable { .. })),
            "{bytes:?}"
        );
    }
}
