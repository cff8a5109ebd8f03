//! The expected lines are those of pip 26.3 for the same requirements and metadata.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::requirements::{Asked, LoadError, Loader, PathKind, Place, read};

/// Requirements files by their absolute path.
struct Files(BTreeMap<&'static str, &'static str>);

impl Loader for Files {
    fn load(&self, place: &Place) -> Result<Vec<u8>, LoadError> {
        match place {
            Place::File(path) => Ok(self.0[path.to_str().expect("text")].into()),
            Place::Url(url) => Err(LoadError::Fetch(url.to_string())),
        }
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn kind(&self, _path: &Path) -> PathKind {
        PathKind::Missing
    }
}

const SITE: &[(&str, &str)] = &[
    (
        "Django",
        "5.2\nRequires-Dist: asgiref>=3.8.1\nRequires-Dist: sqlparse>=0.3.1\nRequires-Dist: tzdata; sys_platform == \"win32\"",
    ),
    (
        "asgiref",
        "3.13.0\nRequires-Dist: typing_extensions>=4; python_version < \"3.11\"",
    ),
    ("sqlparse", "0.6.1"),
    (
        "requests",
        "2.32.3\nRequires-Dist: charset-normalizer<4,>=2\nRequires-Dist: idna<4,>=2.5\nRequires-Dist: urllib3<3,>=1.21.1\n\
         Requires-Dist: certifi>=2017.4.17\nRequires-Dist: PySocks!=1.5.7,>=1.5.6; extra == \"socks\"\nProvides-Extra: socks",
    ),
    ("charset-normalizer", "3.5.2"),
    ("idna", "3.20"),
    ("urllib3", "2.8.0"),
    ("certifi", "2026.10.18"),
    ("PySocks", "1.7.1"),
];

fn walked(arguments: &[&str], files: &[(&'static str, &'static str)], dependencies: bool) -> Walk {
    let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
    let requirement_files: Vec<String> = files.iter().take(1).map(|(name, _)| (*name).to_owned()).collect();
    let loader = Files(files.iter().copied().collect());
    let asked = Asked {
        arguments: &arguments,
        editables: &[],
        requirement_files: &requirement_files,
        constraint_files: &[],
        current_dir: Path::new("/project"),
        config_settings: &BTreeMap::new(),
    };
    let read = read(&asked, &loader).expect("requirements");
    let parse = |(name, rest): &(&str, &str)| {
        let text = format!("Name: {name}\nVersion: {rest}\n");
        (name.to_lowercase(), Metadata::parse(text.as_bytes()).expect("metadata"))
    };
    let site: BTreeMap<String, Metadata> = SITE.iter().map(parse).collect();
    let known = site.iter().map(|(name, metadata)| (name.clone(), metadata)).collect();
    let markers = [
        ("implementation_name", "cpython"),
        ("implementation_version", "3.11.7"),
        ("os_name", "posix"),
        ("platform_machine", "x86_64"),
        ("platform_python_implementation", "CPython"),
        ("platform_release", "6"),
        ("platform_system", "Linux"),
        ("platform_version", "1"),
        ("python_full_version", "3.11.7"),
        ("python_version", "3.11"),
        ("sys_platform", "linux"),
    ];
    let environment = markers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let start = Start {
        entries: &read.entries,
        constraints: &read.constraints,
        dependencies,
    };
    walk(start, &known, &environment)
}

fn lines(walk: &Walk) -> Vec<String> {
    let line = |met: &Met| match &met.from {
        Some(from) => format!("{} (from {from})", met.requirement),
        None => met.requirement.clone(),
    };
    walk.met.iter().map(line).collect()
}

#[test]
fn files_and_extras_are_met_in_pips_order() {
    let files = [("/r.txt", "-r n.txt\ndjango>=4\nRequests[socks]>=2\n"), ("/n.txt", "idna\n")];
    let found = walked(&[], &files, true);
    assert_eq!(found.open, None);
    assert_eq!(
        lines(&found),
        [
            "idna (from -r /n.txt (line 1))",
            "django>=4 (from -r /r.txt (line 2))",
            "Requests>=2 (from Requests[socks]>=2->-r /r.txt (line 3))",
            "asgiref>=3.8.1 (from django>=4->-r /r.txt (line 2))",
            "sqlparse>=0.3.1 (from django>=4->-r /r.txt (line 2))",
            "charset-normalizer<4,>=2 (from Requests>=2->Requests[socks]>=2->-r /r.txt (line 3))",
            "urllib3<3,>=1.21.1 (from Requests>=2->Requests[socks]>=2->-r /r.txt (line 3))",
            "certifi>=2017.4.17 (from Requests>=2->Requests[socks]>=2->-r /r.txt (line 3))",
            "PySocks!=1.5.7,>=1.5.6 (from Requests[socks]>=2->-r /r.txt (line 3))",
        ]
    );
}

#[test]
fn projects_with_extras_are_met_last() {
    let found = walked(&["requests[socks]", "SQLparse"], &[], true);
    assert_eq!(
        lines(&found)[..3],
        [
            "SQLparse",
            "requests[socks]",
            "charset-normalizer<4,>=2 (from requests[socks])"
        ]
    );
    assert_eq!(found.met[0].spelled, "SQLparse");
}

#[test]
fn dependencies_are_not_met_where_they_do_not_count() {
    assert_eq!(lines(&walked(&["Django"], &[], false)), ["Django"]);
}

#[test]
fn what_does_not_fit_leaves_the_walk_open() {
    for (asked, reason) in [
        ("six", "six is not installed"),
        ("django<5", "django 5.2 is installed, and django<5 is required"),
        (
            "x @ https://example.org/x-1-py3-none-any.whl",
            "x @ https://example.org/x-1-py3-none-any.whl is a direct reference",
        ),
    ] {
        let found = walked(&["idna", asked], &[], true);
        assert_eq!(found.open.as_deref(), Some(reason));
        assert_eq!(lines(&found), ["idna"]);
    }
    let constrained = walked(&["requests"], &[("/r.txt", "-c c.txt"), ("/c.txt", "idna<3")], true);
    assert_eq!(constrained.open.as_deref(), Some("idna 3.20 does not satisfy a constraint"));
}
