//! Cases: what places offer, and what is required. Made from numbers alone, the same each time.

use serde::Serialize;

/// Python and tags of the imagined interpreter.
pub(crate) const PYTHON: (u8, u8, u16) = (3, 11, 7);
pub(crate) const TAGS: [&str; 9] = [
    "cp311-cp311-manylinux_2_36_x86_64",
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp311-cp311-manylinux2014_x86_64",
    "cp311-abi3-manylinux_2_17_x86_64",
    "cp311-none-any",
    "cp39-abi3-linux_x86_64",
    "py311-none-any",
    "py3-none-any",
    "py30-none-any",
];

pub(crate) const VERSIONS: &[&str] = &[
    "0",
    "0.dev0",
    "0.0.0",
    "0.9",
    "0.9.post1",
    "1",
    "1.0",
    "1.0.0",
    "1.0.0.0",
    "1.0.dev3",
    "1.0.dev4",
    "1.0a1",
    "1.0a1.dev2",
    "1.0a1.post1",
    "1.0a1.post1.dev3",
    "1.0a2",
    "1.0b2",
    "1.0.b2",
    "1.0rc1",
    "1.0c1",
    "1.0rc1+local",
    "1.0+local",
    "1.0+local.2",
    "1.0+local.10",
    "1.0+2",
    "1.0+Local_3",
    "1.0.post1",
    "1.0-1",
    "1.0.post1.dev2",
    "1.0.post1+x",
    "1.0.post2",
    "1.0-r3",
    "v1.0.1",
    "1.0.1",
    "1.1",
    "1.1.dev1",
    "1.1a1.post1.dev1",
    "1.1rc1",
    "1.1.0.post0",
    "1.2",
    "1.2.0",
    "1.2.3",
    "1.2.3.4.5.6",
    "1.10",
    "1.10.0rc2",
    "2.0",
    "2.0rc1",
    "2.0.post3",
    "2!0.5",
    "2!1.0a1",
    "1!1.0",
    "0!1.3",
    "01.04",
    "20240131.1",
    "4294967296.0",
    "1.0alpha",
    "1.0preview7",
    "1.0.post",
    "1.0dev",
    "1.0.x",
    "",
    "one",
    "1..0",
    "1.0+",
];

pub(crate) const SPECIFIERS: &[&str] = &[
    "",
    ">=1",
    ">=1.0",
    ">=1.0a1",
    ">1.0",
    ">1.0a1",
    ">1.0.dev3",
    ">1.0.post1",
    ">1.0.post1.dev2",
    ">1.0a1.post1",
    ">1.0rc1",
    ">0",
    ">0.dev0",
    "<1.0",
    "<1",
    "<1.0rc1",
    "<1.0.post1",
    "<1.0.dev3",
    "<0",
    "<0.dev0",
    "<2",
    "<2.0rc1",
    "<1.0a1.post1",
    "<=1.0",
    "<=1.0a1",
    "<=1.0.post1",
    "<=0",
    "==1.0",
    "==1",
    "==1.0.0",
    "==1.0+local",
    "==1.0+Local.2",
    "==1.0a1",
    "==1.0.post1",
    "==1.0-1",
    "==1.*",
    "==1.0.*",
    "==1.0.0.*",
    "==1.2.3.*",
    "==2.1.*",
    "==0.*",
    "==2!0.*",
    "==1!1.0",
    "!=1.0",
    "!=1.0+local",
    "!=1.0.*",
    "!=1.*",
    "!=1.0a1",
    "!=1.0rc1,>=1.0",
    "~=1.0",
    "~=1.0.0",
    "~=1.0a1",
    "~=1.2.post1",
    "~=0.9",
    "~=2!0.4",
    "~=1.2.3.4",
    "===1.0",
    "===1.0.0",
    "===1.0a1",
    "===1.0+local",
    "===1.0.post1",
    "===1",
    ">=1.0,<2",
    ">=1.0a1,<1.1",
    "==1.0,==1.0.0",
    ">=2!0",
    ">=1,!=1.1,!=1.2.*",
    ">=1.1,<1.0",
    ">=1.0,",
    " >= 1.0 , < 1.2 ",
    ">=1.0.*",
    ">1.0+local",
];

const NAMES: [&str; 6] = ["demo-x", "demo_x", "Demo.X", "demo_X", "demo", "other"];
const EXTENSIONS: [&str; 12] = [
    ".tar.gz", ".tar.gz", ".tar.gz", ".zip", ".tgz", ".tar", ".tar.bz2", ".tar.xz", ".TAR.gz", ".egg", ".exe", "",
];
const WHEEL_TAGS: [&str; 14] = [
    "py3-none-any",
    "py3-none-any",
    "py2.py3-none-any",
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp39-abi3-linux_x86_64",
    "cp311-abi3-manylinux_2_17_x86_64",
    "CP311-CP311-manylinux_2_36_x86_64",
    "cp312-cp312-manylinux_2_17_x86_64",
    "cp311-cp311-win_amd64",
    "py311-none-any",
    "py3.3-none-any",
    "py3..py2-none-any",
    "py30.py3-none-any.any",
];
const BUILDS: [&str; 7] = ["", "", "", "1", "2", "10a", "1b"];
const REQUIRES_PYTHON: [&str; 12] = [
    ">=3.8",
    ">=3.8,<4",
    "<3.11",
    ">=3.11.8",
    ">=3.11.7",
    "!=3.11.*,>=3.0",
    "~=3.11.0",
    ">=3.6.*",
    "3.8",
    "==3.11",
    "",
    ">=3.12, <4,!=3.13.1",
];
const TIMES: [&str; 4] = [
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00.000001Z",
    "2023-12-31T23:59:59.999999+00:00",
    "2024-01-01T01:00:00+01:30",
];
const DIGESTS: [(&str, &str); 6] = [
    ("sha256", "aa"),
    ("sha256", "bb"),
    ("sha256", "cc"),
    ("sha512", "aa"),
    ("sha384", "dd"),
    ("sha256", "EE"),
];
const OPTIONS: [(&str, &str); 16] = [
    ("no_binary", ":all:"),
    ("no_binary", "demo_x"),
    ("no_binary", "other"),
    ("no_binary", ":none:"),
    ("only_binary", ":all:"),
    ("only_binary", "Demo.X,other"),
    ("only_binary", ":all:,:none:"),
    ("all_releases", ":all:"),
    ("all_releases", "demo-x"),
    ("only_final", ":all:"),
    ("only_final", "demo-x"),
    ("only_final", "other"),
    ("prefer_binary", ""),
    ("prefer_binary", ""),
    ("ignore_requires_python", ""),
    ("all_releases", ":none:"),
];

#[derive(Debug, Serialize)]
pub(crate) struct Case {
    pub(crate) project: &'static str,
    pub(crate) listings: Vec<CaseListing>,
    pub(crate) options: Vec<(&'static str, &'static str)>,
    pub(crate) uploaded_prior_to: Option<&'static str>,
    pub(crate) requirements: Vec<Required>,
    pub(crate) constraint: Required,
    pub(crate) unusable: Vec<usize>,
    pub(crate) spoilt: Vec<usize>,
}

/// Specifiers, and digests by algorithm.
pub(crate) type Required = (String, Vec<(&'static str, &'static str)>);

#[derive(Debug, Serialize)]
pub(crate) struct CaseListing {
    pub(crate) place: String,
    /// `index`, `page` or `files`.
    pub(crate) source: &'static str,
    pub(crate) links: Vec<CaseLink>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CaseLink {
    pub(crate) number: usize,
    pub(crate) url: String,
    pub(crate) hashes: std::collections::BTreeMap<&'static str, &'static str>,
    #[serde(rename = "requires-python")]
    pub(crate) requires_python: Option<&'static str>,
    pub(crate) yanked: bool,
    #[serde(rename = "upload-time")]
    pub(crate) upload_time: Option<&'static str>,
}

/// xorshift64*, seeded.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % sides
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.roll(times) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

/// Case number `seed`.
pub(crate) fn case(seed: u64) -> Case {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for _ in 0..8 {
        dice.roll(2);
    }
    let timed = dice.one_in(5);
    // Few versions, so that files of one version compete.
    let few: Vec<_> = (0..=dice.roll(5)).map(|_| dice.pick(VERSIONS)).collect();
    let kinds = ["index", "index", "page", "files"];
    let mut count = 0;
    let listings: Vec<_> = (0..=dice.roll(4))
        .map(|number| {
            let source = dice.pick(&kinds);
            let place = match source {
                "files" => format!("file:///srv/{}{number}", dice.pick(&["a", "z"])),
                _ => format!("https://host/{source}{number}/demo-x/"),
            };
            let links = (0..dice.roll(14)).map(|_| link(&mut dice, &place, source, (&few, timed), &mut count));
            let mut links: Vec<_> = links.collect();
            if source != "files" && links.len() > 2 && dice.one_in(4) {
                let (first, rest) = links.split_at_mut(1);
                rest[1].url.clone_from(&first[0].url);
            }
            CaseListing { place, source, links }
        })
        .collect();
    let hashed = dice.one_in(3);
    let required = |dice: &mut Dice| {
        let specifiers = match dice.roll(4) {
            0 | 1 => String::new(),
            // The last two are no specifiers, and one before has odd white space.
            2 => dice.pick(&SPECIFIERS[..SPECIFIERS.len() - 4]).to_owned(),
            _ => format!("{}{}", dice.pick(&["==", ">=", "<=", "!=", ">"]), public(dice.pick(&few))),
        };
        let digests = (0..if hashed { dice.roll(3) } else { 0 })
            .map(|_| dice.pick(&DIGESTS))
            .collect();
        (specifiers, digests)
    };
    let requirements = (0..=dice.roll(2)).map(|_| required(&mut dice)).collect();
    let constraint = if dice.one_in(3) {
        required(&mut dice)
    } else {
        (String::new(), Vec::new())
    };
    let some = |dice: &mut Dice| (0..count).filter(|_| dice.one_in(8)).collect();
    Case {
        project: "demo-x",
        options: (0..dice.roll(3)).map(|_| dice.pick(&OPTIONS)).collect(),
        uploaded_prior_to: timed.then_some("2024-01-01T00:00:00+00:00"),
        unusable: some(&mut dice),
        spoilt: some(&mut dice),
        listings,
        requirements,
        constraint,
    }
}

/// A version that may stand in a specifier.
fn public(version: &'static str) -> &'static str {
    let known = version.parse::<pep440_rs::Version>();
    let version = version.split('+').next().unwrap();
    if known.is_ok() { version } else { "1.0" }
}

fn link(dice: &mut Dice, place: &str, source: &str, (versions, timed): (&[&'static str], bool), count: &mut usize) -> CaseLink {
    let name = if dice.one_in(8) {
        dice.pick(&NAMES)
    } else {
        dice.pick(&NAMES[..4])
    };
    let version = dice.pick(versions);
    let file = if dice.one_in(2) {
        let build = dice.pick(&BUILDS);
        let dash = if build.is_empty() { "" } else { "-" };
        let name = if dice.one_in(6) {
            name.to_owned()
        } else {
            name.replace('-', "_")
        };
        format!(
            "{name}-{}{dash}{build}-{}.whl",
            version.replace('-', "_"),
            dice.pick(&WHEEL_TAGS)
        )
    } else {
        let python = if dice.one_in(8) {
            dice.pick(&["-py3", "-py3.8", "-py3.11", "-py38"])
        } else {
            ""
        };
        let system = if dice.one_in(20) { ".macosx10" } else { "" };
        let extension = if dice.one_in(4) {
            dice.pick(&EXTENSIONS)
        } else {
            dice.pick(&EXTENSIONS[..4])
        };
        format!("{name}-{version}{python}{system}{extension}")
    };
    let mut url = format!(
        "{}/{}",
        place.trim_end_matches('/'),
        file.replace('+', "%2B").replace('!', "%21")
    );
    // pip fails over an egg whose file is a wheel for other interpreters.
    if source != "files" && dice.one_in(12) && !url.ends_with(".whl") {
        url = format!("{url}#egg=demo-x-1.0");
    }
    if source != "files" && dice.one_in(8) {
        let mark = if url.contains('#') { '&' } else { '#' };
        url = format!("{url}{mark}md5={}", dice.roll(3));
    }
    let described = source != "files";
    let number = *count;
    *count += 1;
    CaseLink {
        number,
        url,
        hashes: (0..if described { dice.roll(3) } else { 0 })
            .map(|_| dice.pick(&DIGESTS))
            .collect(),
        requires_python: (described && dice.one_in(3)).then(|| dice.pick(&REQUIRES_PYTHON)),
        yanked: described && dice.one_in(5),
        upload_time: (described && timed && !dice.one_in(30)).then(|| dice.pick(&TIMES)),
    }
}
