use std::path::Path;

use super::{Link, is_url, redact};

#[test]
fn credentials_are_not_printed() {
    let link = Link::new("git+https://user:secret@example.org/a@main#egg=a");
    assert_eq!(link.to_string(), "git+https://****@example.org/a@main#egg=a");
    assert_eq!(format!("{link:?}"), "Link(git+https://****@example.org/a@main#egg=a)");
    assert_eq!(link.without_credentials(), "git+https://example.org/a@main#egg=a");
    assert_eq!(
        redact("-i https://t@h/x -f http://a:b@c"),
        "-i https://****@h/x -f http://****@c"
    );
    assert_eq!(redact("https://h/a@b"), "https://h/a@b");
    assert_eq!(redact("https://a@bhttps://c@d"), "https://****@bhttps://****@d");
    assert_eq!(
        redact("no file /project/git+https:/user:secret@h/r.txt"),
        "no file /project/git+https:/****@h/r.txt"
    );
    // Keys stay apart where paths hold an `@`.
    assert_eq!(Link::new("file:/a@1/b").without_credentials(), "file:/a@1/b");
}

#[test]
fn paths_are_quoted_as_python_does() {
    let link = Link::from_path(Path::new("/a b/ü~#[x]+1.0"));
    assert_eq!(link.secret(), "file:///a%20b/%C3%BC~%23%5Bx%5D%2B1.0");
    assert_eq!(link.file_path().unwrap(), Path::new("/a b/ü~#[x]+1.0"));
}

#[test]
fn only_this_host_has_local_paths() {
    assert_eq!(Link::new("file://localhost/a").file_path().unwrap(), Path::new("/a"));
    assert_eq!(Link::new("file://other/a").file_path(), None);
    assert_eq!(Link::new("https://h/a").file_path(), None);
}

#[test]
fn fragments_are_read() {
    let link = Link::new("https://h/a.zip?x#sha256=ab&egg=name&subdirectory=b/c");
    assert_eq!(link.digest(), Some(("sha256", "ab")));
    assert_eq!(link.egg().unwrap(), Some("name"));
    assert_eq!(link.subdirectory(), Some("b/c"));
    assert_eq!(link.filename(), "a.zip");
    assert!(Link::new("https://h/a.zip#egg=name[x]").egg().is_err());
}

#[test]
fn schemes_make_urls() {
    for text in ["https://h", "HTTP:x", "git+ssh://h", "file:a", "ftp://h"] {
        assert!(is_url(text), "{text}");
    }
    for text in ["foo", "foo @ https://h", "gopher://h", "git://h", "./a:b", ":"] {
        assert!(!is_url(text), "{text}");
    }
}
