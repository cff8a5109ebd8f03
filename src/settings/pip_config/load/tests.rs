use std::fs;

use tempfile::TempDir;

use super::*;

/// A home, a prefix and a system folder of its own.
struct World {
    root: TempDir,
    env: BTreeMap<String, String>,
}

impl World {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let env = BTreeMap::new();
        Self { root, env }
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    fn places(&self) -> ConfigPlaces {
        let root = self.root.path();
        let mut places = ConfigPlaces::new(&self.env, &root.join("home"), &root.join("venv"));
        places.global = vec![root.join("etc/pip.conf")];
        places
    }

    fn load(&self) -> Result<PipConfig, PipConfigError> {
        load(&self.places(), Command::Install, &self.env)
    }
}

const GLOBAL: &str = "etc/pip.conf";
const LEGACY: &str = "home/.pip/pip.conf";
const USER: &str = "home/.config/pip/pip.conf";
const SITE: &str = "venv/pip.conf";

#[test]
fn places_follow_xdg() {
    let env = [
        ("XDG_CONFIG_DIRS", "/x:relative:/y"),
        ("XDG_CONFIG_HOME", "/conf"),
        ("PIP_CONFIG_FILE", "/named"),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let places = ConfigPlaces::new(&env, Path::new("/home/me"), Path::new("/venv"));
    let expected = [
        "/x/pip/pip.conf",
        "/y/pip/pip.conf",
        "/etc/pip.conf",
        "/home/me/.pip/pip.conf",
        "/conf/pip/pip.conf",
        "/venv/pip.conf",
        "/named",
    ];
    assert_eq!(places.files(), expected.map(Path::new));

    let plain = ConfigPlaces::new(&BTreeMap::new(), Path::new("/home/me"), Path::new("/venv"));
    assert_eq!(plain.global, ["/etc/xdg/pip/pip.conf", "/etc/pip.conf"].map(Path::new));
    assert_eq!(plain.user[1], Path::new("/home/me/.config/pip/pip.conf"));
}

#[test]
fn stronger_files_then_the_command_then_variables_win() {
    let world = World::new()
        .file(GLOBAL, "[global]\nindex-url = etc\ntimeout = 1\nretries = 1\nproxy = p\n")
        .file(LEGACY, "[global]\nindex-url = legacy\n")
        .file(
            USER,
            "[global]\nindex-url = user\nretries = 2\n[install]\ntimeout = 3\n[wheel]\ntimeout = 9\n",
        )
        .file(SITE, "[global]\nindex-url = site\n")
        .env("PIP_RETRIES", "7");
    let config = world.load().unwrap();
    assert_eq!(config.text("index-url"), Some("site"));
    assert_eq!(config.timeout(), Some(std::time::Duration::from_secs(3)));
    assert_eq!(config.retries(), Some(7));
    assert_eq!(config.text("proxy"), Some("p"));
}

#[test]
fn an_empty_value_hides_weaker_files_but_not_other_sections() {
    let world = World::new()
        .file(GLOBAL, "[global]\nproxy = a\n[install]\nindex-url = b\n")
        .file(USER, "[global]\nproxy =\n[install]\nindex-url =\n")
        .file(SITE, "[global]\nindex-url = c\n")
        .env("PIP_INDEX_URL", "");
    let config = world.load().unwrap();
    assert_eq!(config.text("proxy"), None);
    assert_eq!(config.text("index-url"), Some("c"));
}

#[test]
fn a_named_file_replaces_the_users_and_dev_null_replaces_all() {
    let world = World::new()
        .file(USER, "[global]\nproxy = user\n")
        .file(SITE, "[global]\nindex-url = site\n")
        .file("named", "[global]\nindex-url = named\n");
    let named = world.root.path().join("named").display().to_string();
    let world = world.env("PIP_CONFIG_FILE", &named);
    let config = world.load().unwrap();
    assert_eq!((config.text("proxy"), config.text("index-url")), (None, Some("named")));
    assert_eq!(config.settings().len(), 1, "PIP_CONFIG_FILE is no option");

    let world = world.env("PIP_CONFIG_FILE", "/dev/null");
    assert!(world.load().unwrap().settings().is_empty());
    let world = world.env("PIP_CONFIG_FILE", "/does/not/exist");
    assert_eq!(world.load().unwrap().text("proxy"), Some("user"));
}

#[test]
fn words_replace_and_callbacks_accumulate_in_order() {
    let world = World::new()
        .file(
            GLOBAL,
            "[global]\nfind-links = /a\nno-binary = x\n[install]\nonly-binary = y\n",
        )
        .env("PIP_FIND_LINKS", "/b\n /c")
        .env("PIP_NO_BINARY", ":none:");
    let config = world.load().unwrap();
    assert_eq!(config.list("find-links"), ["/b", "/c"]);
    assert_eq!(config.list("no-binary"), ["x", ":none:"]);
    let order: Vec<_> = config.settings().iter().map(|setting| setting.name.as_str()).collect();
    assert_eq!(order, ["no-binary", "only-binary", "find-links", "no-binary"]);
}

#[test]
fn negative_switches_set_their_destination_as_in_pip() {
    let world = World::new()
        .env("PIP_NO_COMPILE", "yes")
        .env("PIP_NO_BUILD_ISOLATION", "0")
        .env("PIP_NO_CACHE_DIR", "off")
        .env("PIP_NO_INDEX", "T");
    let config = world.load().unwrap();
    assert_eq!(config.flag("compile"), Some(true));
    assert_eq!(config.flag("build-isolation"), Some(false));
    assert_eq!(config.flag("no-cache-dir"), Some(true));
    assert_eq!(config.flag("no-index"), Some(true));
}

#[test]
fn aliases_share_one_name_and_paths_are_expanded() {
    let world = World::new()
        .file(GLOBAL, "[global]\ntimeout = 1\ncert = ~/ca.pem\n")
        .env("PIP_DEFAULT_TIMEOUT", "2.5");
    let config = world.load().unwrap();
    assert_eq!(config.list("timeout"), ["2.5"]);
    assert_eq!(config.path("cert"), Some(world.root.path().join("home/ca.pem").as_path()));
}

#[test]
fn the_network_is_told_what_is_configured() {
    let world = World::new()
        .file(
            GLOBAL,
            "[global]\nproxy = http://p\nno-proxy-env = true\ncert = /ca\nretries = -1\ntimeout = 0\n",
        )
        .env("PIP_TRUSTED_HOST", "a b");
    let network = world.load().unwrap().network();
    assert_eq!(network.proxy.as_deref(), Some("http://p"));
    assert_eq!(network.cert.as_deref(), Some(Path::new("/ca")));
    assert_eq!(
        (network.retries, network.timeout, network.no_proxy_env),
        (Some(0), Some(std::time::Duration::ZERO), true)
    );
    assert_eq!(network.trusted_hosts, ["a", "b"]);
}

#[test]
fn unknown_names_stay_and_are_marked() {
    let world = World::new().env("PIP_GLOBAL_OPTION", "--x --y").env("PIP_WHEEL_DIR", "w");
    let config = world.load().unwrap();
    assert_eq!(config.list("global-option"), ["--x --y"]);
    assert!(config.settings().iter().all(|setting| !setting.known));
}

#[test]
fn refusals_are_in_pips_words_and_name_the_source() {
    let cases = [
        (
            "no-index = maybe",
            "maybe is not a valid value for no-index option, please specify a boolean value",
        ),
        (
            "verbose = -1",
            "-1 is not a valid value for verbose option, please instead specify either a non-negative integer",
        ),
        (
            "retries = x",
            "An error occurred during configuration: option retries: invalid integer value: 'x'",
        ),
        (
            "progress-bar = x",
            "invalid choice: 'x' (choose from 'auto', 'on', 'off', 'raw')",
        ),
    ];
    for (line, expected) in cases {
        let world = World::new().file(USER, &format!("[global]\n{line}\n"));
        let error = world.load().unwrap_err();
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
        assert!(text.contains(USER), "{text}");
        assert!(error.hint().is_some());
    }
    let world = World::new().file(USER, "password = s3cr3t\n");
    let error = world.load().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cr3t"));
    assert!(error.to_string().starts_with("Configuration file could not be loaded."));
}

#[test]
fn nothing_that_is_shown_holds_a_password() {
    let world = World::new()
        .file(
            GLOBAL,
            "[global]\nindex-url = https://me:s3cr3t@host/simple\nextra-index-url = https://s3cr3t@a/ https://s3cr3t@b/\n",
        )
        .env("PIP_PROXY", "http://u:s3cr3t@proxy:1");
    let config = world.load().unwrap();
    let shown = format!("{config} {config:?} {:?}", config.settings());
    assert!(!shown.contains("s3cr3t"), "{shown}");
    assert!(shown.contains("****@host/simple"), "{shown}");
    assert_eq!(config.text("proxy"), Some("http://u:s3cr3t@proxy:1"));
}
