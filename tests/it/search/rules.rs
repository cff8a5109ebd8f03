//! Rules of the search, one universe each. The campaign asks pip about them as well.

use super::memory::answer;
use super::universe::Universe;

/// Name, universe, and what it comes to: what is installed in that order (`!` where it replaces something, `*` where the user did not
/// ask for it), or pip's last word.
const RULES: &[(&str, &str, &str)] = &[
    (
        "the newest version that fits",
        "a 1.0:\na 2.0: b<2\nb 1.0:\nb 2.0:\nroot a",
        "b==1.0* a==2.0",
    ),
    (
        "an older version where the newest leads nowhere",
        "a 1.0: b==1.0\na 2.0: b==2.0\nb 1.0:\nb 2.0:\nroot a\nroot b<2",
        "b==1.0 a==1.0",
    ),
    (
        "a pre-release only where nothing else satisfies, or where it is named",
        "a 1.0:\na 2.0a1:\nb 1.0b1:\nc 1.0:\nc 2.0rc1:\nroot a\nroot b\nroot c>=2.0a1",
        "c==2.0rc1 b==1.0b1 a==1.0",
    ),
    (
        "a yanked release keeps pre-releases away, and is not taken",
        "a 1.0: # yanked=no\na 2.0a1:\nroot a",
        "No matching distribution found for a",
    ),
    ("a yanked release that is pinned", "a 1.0: # yanked=no\nroot a==1.0", "a==1.0"),
    (
        "extras are about the same version as their project",
        "a 1.0: b; extra == \"x\" # extras=x\na 2.0: # extras=x\nb 1.0:\nroot a[x]\nroot a<2",
        "b==1.0* a==1.0",
    ),
    ("an extra that there is not is ignored", "a 1.0:\nroot a[x]", "a==1.0"),
    (
        "what a project is already required for does not make it the user's",
        "a 1.0:\na 2.0: # extras=x\nb 1.0: a<2\nroot b==1.0\nroot a[x]",
        "a==1.0* b==1.0",
    ),
    (
        "an interpreter that does not fit excludes a version",
        "a 1.0:\na 2.0: # python>=3.12\nroot a",
        "a==1.0",
    ),
    (
        "an interpreter that fits no version",
        "a 2.0: # python>=3.12\nroot a",
        "Package 'a' requires a different Python: 3.11.7 not in '>=3.12'",
    ),
    (
        "the interpreter may be ignored",
        "a 2.0: # python>=3.12\nroot a\nrules ignore-python",
        "a==2.0",
    ),
    ("dependencies may be ignored", "a 1.0: b\nroot a\nrules no-deps", "a==1.0"),
    (
        "constraints count once something requires the project",
        "a 1.0: b\nb 1.0:\nb 2.0:\nroot a\nconstraint b<2\nconstraint c==1",
        "b==1.0* a==1.0",
    ),
    (
        "constraints are intersected",
        "a 1.0:\na 2.0:\na 3.0:\nroot a\nconstraint a>1.0\nconstraint a<3",
        "a==2.0",
    ),
    (
        "a constraint that nothing satisfies",
        "a 1.0:\nroot a\nconstraint a>1.0",
        "ResolutionImpossible: for help visit \
         https://pip.pypa.io/en/latest/topics/dependency-resolution/#dealing-with-dependency-conflicts",
    ),
    (
        "a direct reference is the only candidate",
        "a 3.0:\ndirect a 2.0: b\nb 1.0: a>1\nroot b\nroot a @ https://files.invalid/a-2.0-9direct-py3-none-any.whl",
        "b==1.0 a==2.0",
    ),
    (
        "a direct reference that does not fit",
        "direct a 2.0:\nb 1.0: a>2\nroot b\nroot a @ https://files.invalid/a-2.0-9direct-py3-none-any.whl",
        "ResolutionImpossible: for help visit \
         https://pip.pypa.io/en/latest/topics/dependency-resolution/#dealing-with-dependency-conflicts",
    ),
    (
        "a direct reference with extras",
        "direct a 2.0: b; extra == \"x\" # extras=x\nb 1.0:\nroot a[x] @ https://files.invalid/a-2.0-9direct-py3-none-any.whl",
        "b==1.0* a==2.0",
    ),
    (
        "a direct reference in a constraint",
        "a 3.0:\ndirect a 2.0:\nroot a\nconstraint a @ https://files.invalid/a-2.0-9direct-py3-none-any.whl",
        "a==2.0",
    ),
    (
        "a direct reference to another project",
        "direct a 2.0: # claims=b\nroot a @ https://files.invalid/a-2.0-9direct-py3-none-any.whl",
        "No matching distribution found for a (unavailable)",
    ),
    ("what is installed stays if it fits", "a 2.0:\ninstalled a 1.0:\nroot a", ""),
    (
        "what is installed goes if it does not fit",
        "a 2.0:\ninstalled a 1.0:\nroot a>1",
        "a==2.0!",
    ),
    (
        "upgrading goes for what the user named",
        "a 2.0: b\nb 2.0:\ninstalled a 1.0:\ninstalled b 1.0:\nroot a\nrules upgrade=named",
        "a==2.0!",
    ),
    (
        "upgrading may go for everything",
        "a 2.0: b\nb 2.0:\ninstalled a 1.0:\ninstalled b 1.0:\nroot a\nrules upgrade=everything",
        "b==2.0!* a==2.0!",
    ),
    (
        "upgrading a project with extras is not upgrading the project",
        "a 2.0: # extras=x\ninstalled a 1.0: # extras=x\nroot a[x]\nrules upgrade=named",
        "a==2.0!",
    ),
    (
        "what is installed may be installed anew",
        "a 1.0:\ninstalled a 1.0:\nroot a\nrules installed=reinstalled",
        "a==1.0!",
    ),
    (
        "what is installed may be overlooked",
        "a 1.0:\ninstalled a 1.0:\nroot a\nrules installed=overlooked",
        "a==1.0",
    ),
    (
        "the next file of a version where the first is about something else",
        "a 1.0: b\na 1.0: # build=2 claims=b\nb 1.0:\nroot a",
        "b==1.0* a==1.0",
    ),
    (
        "metadata that cannot be read costs the version",
        "a 1.0:\na 2.0: not a requirement\nroot a",
        "a==1.0",
    ),
    (
        "a conflict of two",
        "a 1.0: c<2\nb 1.0: c>=2\nc 1.0:\nc 2.0:\nroot a\nroot b",
        "ResolutionImpossible: for help visit \
         https://pip.pypa.io/en/latest/topics/dependency-resolution/#dealing-with-dependency-conflicts",
    ),
    (
        "no such project",
        "a 1.0: b>=2\nroot a",
        "No matching distribution found for b>=2 (from a)",
    ),
    (
        "what nobody requires any more is not installed",
        "a 1.0:\na 2.0: b | c==1.0\nb 1.0:\nc 1.0:\nc 2.0:\nroot a\nroot c>1",
        "c==2.0 a==1.0",
    ),
];

/// The universes of all rules.
pub(super) fn universes() -> Vec<Universe> {
    RULES.iter().map(|(_, text, _)| Universe::parse(text)).collect()
}

/// The answer in short.
fn short(universe: &Universe) -> String {
    let answer = answer(universe);
    if let Some(summary) = answer["impossible"]["summary"].as_str() {
        return summary.to_owned();
    }
    let order = answer["order"].as_array().expect("an answer").iter().map(|chosen| {
        let mark = |key: &str, when: bool, mark: &'static str| if chosen[key] == when { mark } else { "" };
        let (name, version) = (chosen["name"].as_str().unwrap(), chosen["version"].as_str().unwrap());
        format!(
            "{name}=={version}{}{}",
            mark("replaces", true, "!"),
            mark("requested", false, "*")
        )
    });
    order.collect::<Vec<_>>().join(" ")
}

#[test]
fn each_rule_holds() {
    for (name, text, expected) in RULES {
        assert_eq!(short(&Universe::parse(text)), *expected, "{name}");
    }
}

#[test]
fn universes_are_written_as_they_are_read() {
    for (name, text, _) in RULES {
        let universe = Universe::parse(text);
        assert_eq!(
            Universe::parse(&universe.to_string()).to_string(),
            universe.to_string(),
            "{name}"
        );
    }
    let universe = super::random::universe(1);
    assert_eq!(Universe::parse(&universe.to_string()).to_string(), universe.to_string());
}
