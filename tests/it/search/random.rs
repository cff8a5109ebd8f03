//! Universes by number.

use super::universe::{HOST, Package, Universe};

const VERSIONS: [&str; 12] = [
    "0.9",
    "1.0",
    "1.0+local",
    "1.1",
    "1.5.post1",
    "2.0a1",
    "2.0",
    "2.1",
    "2.2rc1",
    "3.0.dev1",
    "3.0",
    "1!0.1",
];
const EXTRAS: [&str; 3] = ["x", "y", "long-one"];

/// Numbers that are the same wherever and whenever they are drawn (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// What universes of one seed have in common.
struct Maker {
    dice: Dice,
    projects: usize,
    /// One of so many requirements has no specifier.
    free: usize,
    /// One of so many requirements has extras.
    extras: usize,
    /// The greater, the looser are specifiers.
    loose: usize,
}

/// The universe of a seed.
pub(super) fn universe(seed: u64) -> Universe {
    let mut dice = Dice(seed.wrapping_mul(0x0123_4567_89ab_cdef));
    let mut maker = Maker {
        projects: 3 + dice.below(14),
        free: 1 + dice.below(4),
        extras: 3 + dice.below(8),
        loose: 14 + dice.below(40),
        dice,
    };
    maker.universe()
}

fn name(project: usize) -> String {
    match project {
        25.. => format!("z-{project}"),
        5 => "five-z".to_owned(),
        _ => char::from(b'a' + u8::try_from(project).unwrap()).to_string(),
    }
}

impl Maker {
    fn universe(&mut self) -> Universe {
        let mut universe = Universe::default();
        let most = 1 + self.dice.below(8);
        for project in 0..self.projects {
            let count = 1 + self.dice.below(most);
            let mut versions: Vec<&str> = VERSIONS.to_vec();
            for _ in 0..count {
                let version = versions.remove(self.dice.below(versions.len()));
                self.add_package(&mut universe, project, version);
            }
        }
        for _ in 0..=self.dice.below(4) {
            let line = if self.dice.one_in(2) { 0 } else { 1 + self.dice.below(9) };
            let text = self.root();
            universe.roots.push((text, line));
        }
        if self.dice.one_in(3) {
            for _ in 0..=self.dice.below(3) {
                let text = self.constraint();
                universe.constraints.push((text, self.dice.below(4)));
            }
        }
        if self.dice.one_in(5) {
            self.add_direct(&mut universe);
        }
        if self.dice.one_in(2) {
            self.install(&mut universe);
        }
        universe.rules.rounds = [30, 100, 300, 1000][self.dice.below(4)];
        universe.rules.no_deps = self.dice.one_in(25);
        universe.rules.ignore_python = self.dice.one_in(15);
        universe
    }

    fn add_package(&mut self, universe: &mut Universe, project: usize, version: &str) {
        let mut package = Package::new(&name(project), version, "");
        self.fill(&mut package, project);
        if self.dice.one_in(15) {
            package.yanked = Some(self.dice.pick(&["", "broken"]).to_owned());
        }
        if self.dice.one_in(40) {
            "other".clone_into(&mut package.claims);
        }
        if self.dice.one_in(150) {
            package.requires.push("not a requirement".to_owned());
        }
        universe.packages.push(package);
        if self.dice.one_in(12) {
            let mut second = Package::new(&name(project), version, "2");
            self.fill(&mut second, project);
            universe.packages.push(second);
        }
    }

    fn fill(&mut self, package: &mut Package, project: usize) {
        package.extras = EXTRAS
            .iter()
            .filter(|_| self.dice.one_in(2))
            .map(|extra| (*extra).to_owned())
            .collect();
        for _ in 0..self.dice.below(4) {
            let requirement = self.requirement(Some(project));
            let extra = self.dice.pick(&EXTRAS);
            let marker = match self.dice.below(10) {
                0 | 1 => format!("; extra == \"{extra}\""),
                2 | 5 | 6 => "; python_version < \"3\"".to_owned(),
                3 => "; python_version >= \"3.8\"".to_owned(),
                4 => format!("; extra == \"{extra}\" and sys_platform == \"linux\""),
                _ => String::new(),
            };
            package.requires.push(format!("{requirement}{marker}"));
        }
        if self.dice.one_in(6) {
            let choices = [">=3.8", ">=3.8", ">=3.9", ">=3.12", "<4,>=3.6", "<3.11", "~=3.10", "==3.11.*"];
            self.dice.pick(&choices).clone_into(&mut package.python);
        }
    }

    /// On any project; now and then on the one that requires it, or on none that there is.
    fn requirement(&mut self, by: Option<usize>) -> String {
        let project = match by {
            Some(project) if !self.dice.one_in(4) => (project + 1 + self.dice.below(5)) % self.projects,
            _ if self.dice.one_in(200) => 27,
            _ => self.dice.below(self.projects),
        };
        let mut text = name(project);
        if self.dice.one_in(6) {
            text = text.to_uppercase();
        }
        if self.dice.one_in(self.extras) {
            let one = self.dice.pick(&EXTRAS);
            let two = self.dice.pick(&EXTRAS);
            let both = if one == two { one.to_owned() } else { format!("{one},{two}") };
            text = format!("{text}[{both}]");
        }
        text + &self.specifiers()
    }

    fn specifiers(&mut self) -> String {
        if self.dice.one_in(self.free) {
            return String::new();
        }
        let count = 1 + usize::from(self.dice.one_in(3));
        let specifiers: Vec<String> = (0..count).map(|_| self.specifier()).collect();
        specifiers.join(",")
    }

    fn specifier(&mut self) -> String {
        let version = loop {
            let version = self.dice.pick(&VERSIONS);
            if !version.contains('!') || self.dice.one_in(4) {
                break version;
            }
        };
        match self.dice.below(self.loose) {
            0 | 1 => format!("=={version}"),
            2 => format!("=={}.*", self.dice.pick(&["1", "2", "3", "1.5"])),
            3 => format!("~={}", self.dice.pick(&["1.0", "1.1", "2.0", "0.9"])),
            4 => format!("!={}.*", self.dice.pick(&["1", "2"])),
            5 => format!("==={version}"),
            _ if version.contains('+') => ">=1.0".to_owned(),
            6 => format!(">{version}"),
            7 | 8 => format!("<{version}"),
            9..12 => format!("<={version}"),
            12 | 13 => format!("!={version}"),
            _ if version.starts_with('3') => ">=1.1".to_owned(),
            _ => format!(">={version}"),
        }
    }

    fn root(&mut self) -> String {
        self.requirement(None)
    }

    fn constraint(&mut self) -> String {
        let project = self.dice.below(self.projects);
        format!("{}{}", name(project), self.specifiers())
    }

    /// A direct reference, by the user or by a constraint.
    fn add_direct(&mut self, universe: &mut Universe) {
        let project = self.dice.below(self.projects);
        let version = self.dice.pick(&VERSIONS);
        let mut package = Package::new(&name(project), version, "9direct");
        self.fill(&mut package, project);
        if self.dice.one_in(15) {
            "other".clone_into(&mut package.claims);
        }
        let address = format!("{HOST}{}", package.file.replace('+', "%2B"));
        universe.direct.push(package);
        if self.dice.one_in(3) {
            universe.constraints.push((format!("{} @ {address}", name(project)), 1));
            return;
        }
        let extras = if self.dice.one_in(3) { "[x]" } else { "" };
        let at = self.dice.below(universe.roots.len() + 1);
        universe
            .roots
            .insert(at, (format!("{}{extras} @ {address}", name(project)), 0));
    }

    fn install(&mut self, universe: &mut Universe) {
        for project in 0..self.projects {
            if self.dice.one_in(3) {
                let version = self.dice.pick(&VERSIONS);
                let known = universe.packages.iter().filter(|package| package.name == name(project));
                let known: Vec<Package> = known.filter(|package| package.claims == package.name).cloned().collect();
                let mut package = match known.get(self.dice.below(known.len() + 2)) {
                    Some(package) => package.clone(),
                    None => Package::new(&name(project), version, ""),
                };
                package.requires.retain(|text| text != "not a requirement");
                package.yanked = None;
                package.file = format!("installed-{}", package.file);
                universe.installed.push(package);
            }
        }
        universe.rules.upgrade = self.dice.pick(&["never", "never", "named", "everything"]);
        universe.rules.installed = self.dice.pick(&[
            "candidate",
            "candidate",
            "candidate",
            "candidate",
            "reinstalled",
            "overlooked",
        ]);
    }
}
