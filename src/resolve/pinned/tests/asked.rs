use std::sync::Arc;

use pep508_rs::PackageName;

use super::{facts, question};
use crate::index::simple;
use crate::requirements::Entry;
use crate::resolve::candidates::Candidate;
use crate::resolve::{Market, Referenced, Sources, Unfit, ask_pin, filters};
use crate::store::testing::metadata;
use crate::wheel::Metadata;

/// An index with one wheel and one sdist of `demo`.
struct OneProject;

impl Sources for OneProject {
    fn listings(&self, project: &PackageName) -> Result<simple::Offered, String> {
        let link = |name: &str| simple::Link::plain(&format!("https://host/{name}#sha256={}", "ab".repeat(32)));
        let links = ["demo-1.0-py3-none-any.whl", "demo-2.0.tar.gz"].map(link);
        let listing = simple::Listing {
            place: format!("https://host/{project}/"),
            order: 0,
            source: simple::Source::Index,
            links: links.into(),
        };
        Ok(simple::Offered {
            listings: vec![listing.into()],
            passed_over: Vec::new(),
        })
    }

    fn metadata(&self, candidate: &Candidate) -> Result<Arc<Metadata>, Unfit> {
        let mut metadata = metadata("demo");
        metadata.version = candidate.version.to_string();
        Ok(metadata.into())
    }

    fn direct(&self, _: &Entry) -> Result<Referenced, Unfit> {
        Err(Unfit::Unknown("a direct reference".to_owned()))
    }
}

fn asked(requirements: &str, constraints: &str) -> Result<String, String> {
    let question = question(requirements, constraints);
    let tags = ["py3-none-any".to_owned()].into_iter().collect();
    let rules = filters(&question, &facts(), &tags)?;
    let market = Market::new(&OneProject, rules);
    let answered = ask_pin(&question, &"demo".parse().unwrap(), &market)?;
    Ok(answered.resolved.artifact.file_name)
}

#[test]
fn a_pin_that_nobody_recorded_is_asked_for_alone() {
    assert_eq!(asked("demo==1.0", "").unwrap(), "demo-1.0-py3-none-any.whl");
    let hashed = |digit: &str| format!("demo==1.0 --hash=sha256:{}", digit.repeat(32));
    assert_eq!(asked(&hashed("ab"), "").unwrap(), "demo-1.0-py3-none-any.whl");
    for (requirements, constraints, reason) in [
        ("demo==2.0", "", "has to be built"),
        ("demo==3.0", "", "no demo fits"),
        ("demo==1.0", "demo!=1.0", "no demo fits"),
        (
            "demo==1.0",
            "demo @ https://host/demo-1.0-py3-none-any.whl",
            "direct reference",
        ),
        (hashed("cd").as_str(), "", "has another digest"),
    ] {
        let refusal = asked(requirements, constraints).unwrap_err();
        assert!(refusal.contains(reason), "{requirements}: {refusal}");
    }
}
