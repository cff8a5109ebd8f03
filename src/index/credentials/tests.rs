use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn urls(texts: &[&str]) -> Vec<Url> {
    texts.iter().map(|text| url(text)).collect()
}

fn login(credentials: &Credentials, text: &str) -> Option<(String, String, Origin)> {
    credentials
        .login(&url(text))
        .map(|login| (login.user, login.password, login.origin))
}

fn known(user: &str, password: &str, origin: Origin) -> (String, String, Origin) {
    (user.to_owned(), password.to_owned(), origin)
}

#[test]
fn the_nearest_index_answers_for_an_artifact() {
    let indexes = urls(&[
        "https://a:1@host/one/simple",
        "https://b:2@host/two/simple",
        "https://other/simple",
    ]);
    let credentials = Credentials::new(indexes, Vec::new(), Netrc::default());
    assert_eq!(
        login(&credentials, "https://host/two/files/x.whl"),
        Some(known("b", "2", Origin::Url))
    );
    assert_eq!(
        login(&credentials, "https://host/files/x.whl"),
        Some(known("a", "1", Origin::Url))
    );
    assert_eq!(
        login(&credentials, "https://me:own@host/two/x.whl"),
        Some(known("me", "own", Origin::Url))
    );
    assert_eq!(login(&credentials, "https://other/x.whl"), None);
    assert_eq!(login(&credentials, "https://host:8443/two/x.whl"), None);
}

#[test]
fn components_are_compared_whole() {
    let credentials = Credentials::new(
        urls(&["https://a:1@host/repo", "https://b:2@host/repository"]),
        Vec::new(),
        Netrc::default(),
    );
    assert_eq!(
        login(&credentials, "https://host/repository/x.whl"),
        Some(known("b", "2", Origin::Url))
    );
}

#[test]
fn secrets_given_for_https_are_not_sent_over_http() {
    let credentials = Credentials::new(urls(&["https://a:1@host/simple"]), Vec::new(), Netrc::default());
    assert_eq!(login(&credentials, "http://host/simple/x.whl"), None);
}

#[test]
fn netrc_then_whatever_is_known_for_the_host() {
    let netrc = Netrc::parse("machine n login me password pw").unwrap();
    let credentials = Credentials::new(
        urls(&[
            "https://n/simple",
            "https://token@t/simple",
            "https://user@u/simple",
            "https://lone@v/a/simple",
            "https://v/b/simple",
        ]),
        urls(&["https://f:3@files/links", "https://user:4@u/links", "https://x:5@t/links"]),
        netrc,
    );
    assert_eq!(
        login(&credentials, "https://n/x.whl"),
        Some(known("me", "pw", Origin::Elsewhere))
    );
    assert_eq!(
        login(&credentials, "https://files/elsewhere/x.whl"),
        Some(known("f", "3", Origin::Elsewhere))
    );
    assert_eq!(
        login(&credentials, "https://u/x.whl"),
        Some(known("user", "4", Origin::Elsewhere))
    );
    assert_eq!(
        login(&credentials, "https://t/x.whl"),
        Some(known("token", "", Origin::Elsewhere))
    );
    assert_eq!(
        login(&credentials, "https://v/b/simple/x.whl"),
        Some(known("lone", "", Origin::Elsewhere))
    );
}

#[test]
fn userinfo_is_percent_decoded() {
    let credentials = Credentials::default();
    assert_eq!(
        login(&credentials, "https://a%40b:p%2Fw%zz%@host/"),
        Some(known("a@b", "p/w%zz%", Origin::Url))
    );
}

#[test]
fn identities_name_users_and_never_secrets() {
    let netrc = Netrc::parse("machine n login me password s3cr3t").unwrap();
    let credentials = Credentials::new(
        urls(&[
            "https://user:s3cr3t@a/simple",
            "https://s3cr3t@b/simple",
            "https://s3cr3t:@c/simple",
        ]),
        Vec::new(),
        netrc,
    );
    let of = |text: &str| credentials.identity(&url(text));
    assert_eq!(of("https://a/simple"), Identity::User("user".to_owned()));
    assert_eq!(of("https://b/simple"), Identity::Unnamed);
    assert_eq!(of("https://c/simple"), Identity::Unnamed);
    assert_eq!(of("https://n/simple"), Identity::User("me".to_owned()));
    assert_eq!(of("https://z/simple"), Identity::Anonymous);
    let shown = format!("{credentials:?} {:?}", credentials.login(&url("https://a/")));
    assert!(!shown.contains("s3cr3t"), "{shown}");
}
