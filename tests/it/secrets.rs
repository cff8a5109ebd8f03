//! Protected indexes: where credentials come from, and where they never go.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use data_encoding::BASE64;
use flate2::read::MultiGzDecoder;
use memchr::memmem;
use walkdir::WalkDir;

use crate::direct::World;
use crate::index::Index;
use crate::known_pip;
use crate::run::Run;
use crate::sandbox::Sandbox;
use crate::sdist_builder::SdistBuilder;
use crate::wheel_builder::WheelBuilder;

const USER: &str = "robot";
const TOKEN: &str = "t0ken-9f3a7c51";

fn world() -> (Sandbox, Index) {
    let (sandbox, index) = (Sandbox::new(), Index::of_real_pips());
    index.publish(WheelBuilder::new("demo", "1.0").requires("helper").build());
    index.publish(SdistBuilder::new("helper", "2.0").build());
    index.protect(USER, TOKEN);
    (sandbox, index)
}

/// Demands success with the password, and that the password is nowhere but where the test wrote it.
#[track_caller]
fn succeeds_in_secret(sandbox: &Sandbox, index: &Index, run: Run) {
    let basic = BASE64.encode(format!("{USER}:{TOKEN}").as_bytes());
    let run = run.success().never_says(TOKEN).never_says(&basic);
    assert!(index.take_requests().iter().any(|request| request.authorized), "{run}");
    for folder in [sandbox.cache(""), sandbox.work(".venv"), sandbox.root().join("tmp")] {
        assert_absent(&folder, &[TOKEN, &basic]);
    }
}

/// Demands that no file below `folder`, packed ones included, holds one of `texts`.
#[track_caller]
fn assert_absent(folder: &Path, texts: &[&str]) {
    for entry in WalkDir::new(folder) {
        let entry = entry.unwrap();
        let path = entry.path().to_str().unwrap();
        let mut contents = path.as_bytes().to_vec();
        if entry.file_type().is_file() {
            let bytes = fs::read(entry.path()).unwrap();
            let mut unpacked = Vec::new();
            let _ = MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked);
            contents.extend(bytes);
            contents.extend(unpacked);
        }
        for text in texts {
            assert!(memmem::find(&contents, text.as_bytes()).is_none(), "{path} holds a secret");
        }
    }
}

#[test]
fn credentials_in_the_address() {
    let (sandbox, index) = world();
    let url = index.url_as(USER, TOKEN);
    let run = sandbox.snapenv(["venv", ".venv", "-v", "-i", &url, "demo"]);
    succeeds_in_secret(&sandbox, &index, run);
    let run = sandbox.snapenv(["venv", "again", "-v", "-i", &url, "demo"]);
    succeeds_in_secret(&sandbox, &index, run);
}

#[test]
fn credentials_in_the_address_in_pip_conf() {
    let (mut sandbox, index) = world();
    let text = format!("[global]\nindex-url = {}\n", index.url_as(USER, TOKEN));
    fs::create_dir_all(sandbox.home(".config/pip")).unwrap();
    fs::write(sandbox.home(".config/pip/pip.conf"), text).unwrap();
    sandbox.unset("PIP_CONFIG_FILE");
    let run = sandbox.snapenv(["venv", ".venv", "-v", "demo"]);
    succeeds_in_secret(&sandbox, &index, run);
}

#[test]
fn credentials_in_netrc() {
    let (sandbox, index) = world();
    let netrc = sandbox.home(".netrc");
    fs::write(&netrc, format!("machine 127.0.0.1\nlogin {USER}\npassword {TOKEN}\n")).unwrap();
    fs::set_permissions(&netrc, fs::Permissions::from_mode(0o600)).unwrap();
    let run = sandbox.venv(&index, ".venv", "-v demo");
    succeeds_in_secret(&sandbox, &index, run);
}

#[test]
fn credentials_in_a_variable_of_a_requirements_file() {
    let (mut sandbox, index) = world();
    index.publish(WheelBuilder::new("lone", "1.0").build());
    sandbox.set("INDEX_TOKEN", TOKEN);
    let url = index.url_as(USER, "${INDEX_TOKEN}");
    sandbox.write("requirements.txt", format!("--index-url {url}\nlone\n"));
    let run = sandbox.snapenv(["venv", ".venv", "-v", "--no-seed", "-r", "requirements.txt"]);
    succeeds_in_secret(&sandbox, &index, run);
}

#[test]
fn credentials_in_direct_references() {
    let (sandbox, index) = world();
    let (wheel, sdist) = (
        WheelBuilder::new("lone", "1.0").build(),
        SdistBuilder::new("source", "1.0").build(),
    );
    index.publish(wheel.clone());
    index.publish(sdist.clone());
    let as_robot = |url: String| url.replace("http://", &format!("http://{USER}:{TOKEN}@"));
    let (url, of_index) = (as_robot(index.file_url(&wheel)), index.url_as(USER, TOKEN));
    sandbox.write("requirements.txt", format!("lone @ {url}#sha256={}\n", wheel.sha256()));
    let run = sandbox.snapenv(["venv", ".venv", "-v", "-i", &of_index, "-r", "requirements.txt"]);
    succeeds_in_secret(&sandbox, &index, run);
    // Even where pip resolves it, and the index itself is open to everybody.
    let open = Index::of_real_pips();
    let run = sandbox.snapenv([
        "venv",
        "again",
        "-v",
        "-i",
        &open.url(),
        "--refresh",
        "-r",
        "requirements.txt",
    ]);
    succeeds_in_secret(&sandbox, &index, run);
}

#[test]
fn direct_references_with_credentials_need_no_pip() {
    let world = World::new();
    let (wheel, sdist) = (
        WheelBuilder::new("lone", "1.0").build(),
        SdistBuilder::new("source", "1.0").build(),
    );
    let other = Index::empty();
    other.publish(wheel.clone());
    other.publish(sdist.clone());
    other.protect(USER, TOKEN);
    let as_robot = |url: String| url.replace("http://", &format!("http://{USER}:{TOKEN}@"));
    let (wheel, sdist) = (
        format!("{}#sha256={}", as_robot(other.file_url(&wheel)), wheel.sha256()),
        as_robot(other.file_url(&sdist)),
    );
    world
        .sandbox
        .write("requirements.txt", format!("lone @ {wheel}\n{sdist}\nhelper\n"));
    let answer = world.same_as_pip("-r requirements.txt");
    assert_eq!(answer.len(), 4, "{answer:#?}");
    let run = world.install("-r requirements.txt");
    succeeds_in_secret(&world.sandbox, &other, run);
    assert_eq!(known_pip::started(&world.sandbox), Vec::<String>::new());
    // A page that only those with credentials see.
    let links = other.links_url().replace("http://", &format!("http://{USER}:{TOKEN}@"));
    let _ = world.same_as_pip(&format!("-I -f {links} lone"));
    let _ = world.same_as_pip(&format!("-I --extra-index-url {} lone", other.url_as(USER, TOKEN)));
    // Others have no part in the answer: not by another name, nor with a token that has none.
    let key = |requirement: &str| {
        let run = world
            .sandbox
            .snapenv(["key", "--explain", "-i", &world.index.url(), requirement])
            .success();
        run.never_says(TOKEN).stdout
    };
    let [mine, whose, nobodys] = [USER, "other", ""].map(|user| {
        let userinfo = if user.is_empty() {
            String::new()
        } else {
            format!("{user}:{TOKEN}@")
        };
        key(&wheel.replace(&format!("{USER}:{TOKEN}@"), &userinfo))
    });
    assert_ne!(mine, whose);
    assert_ne!(mine, nobodys);
    let token = wheel.replace(&format!("{USER}:{TOKEN}@"), &format!("{TOKEN}@"));
    let run = world.sandbox.snapenv(["explain", "-i", &world.index.url(), &token]).success();
    let _ = run.says("a token that has no name").never_says(TOKEN);
}

#[test]
fn wrong_credentials_are_not_printed_either() {
    let (sandbox, index) = world();
    let url = index.url_as(USER, "wr0ng-t0ken");
    let run = sandbox.snapenv(["venv", ".venv", "-v", "-i", &url, "demo"]);
    let _ = run.fails_with(1).says("127.0.0.1").never_says("wr0ng-t0ken");
    assert_absent(&sandbox.cache(""), &["wr0ng-t0ken"]);
}

#[test]
fn two_users_do_not_share_an_answer() {
    let (sandbox, index) = world();
    let url = index.url_as(USER, TOKEN);
    let _ = sandbox.snapenv(["venv", "first", "-i", &url, "demo"]).success();
    let anonymous = sandbox.venv(&index, "second", "--max-age 1h demo").fails();
    assert!(!sandbox.work("second").exists(), "{anonymous}");
}
