//! `snapenv key` and `snapenv explain`

use clap::ArgMatches;
use serde_json::Value;

use super::arguments::{given, positionals};
use super::outcome::print;
use super::session::Session;
use super::venv::wish;
use crate::key::{FieldDifference, Side, field_differences, key_of, printed};
use crate::pipeline::PipelineError;
use crate::report::AnsweredBy;
use crate::resolve::{Keeping, Question};
use crate::settings::World;
use crate::store::StoredRequest;

/// Prints the key of a request, or what it is made of.
pub(super) fn key(matches: &ArgMatches) -> Result<(), PipelineError> {
    let asked = ask(matches)?;
    if matches.get_flag("explain") {
        print(&format!("{:#}", printed(&asked.question.preimage)));
    } else {
        print(&key_of(&asked.question.preimage).to_string());
    }
    Ok(())
}

/// A request, whether it is known, and what else is.
struct Asked {
    question: Question,
    known: Result<AnsweredBy, String>,
    others: Vec<StoredRequest>,
}

fn ask(matches: &ArgMatches) -> Result<Asked, PipelineError> {
    let session = Session::start(&given(matches, positionals(matches)), World::read()?, None)?;
    let store = session.store()?;
    let facts = session.interpreter(&store)?;
    let context = session.context(&store, &facts);
    let question = context.question_of(&wish(matches, &session));
    session.terminal.finish();
    let question = question?;
    Ok(Asked {
        known: context.known(&question),
        others: store.requests(),
        question,
    })
}

/// Says whether a request would be a hit, and if not, why, and in what it differs from the nearest known one.
pub(super) fn explain(matches: &ArgMatches) -> Result<(), PipelineError> {
    let Asked { question, known, others } = ask(matches)?;
    let key = key_of(&question.preimage);
    let reason = match known {
        Ok(answer) => {
            print(&format!("hit: request {key}, {answer}"));
            return Ok(());
        }
        Err(reason) => reason,
    };
    print(&format!("miss: {reason}"));
    if question.keeping != Keeping::Kept || others.iter().any(|stored| stored.key == key) {
        return Ok(());
    }
    let asked = printed(&question.preimage);
    let nearest = others
        .iter()
        .map(|stored| (differences(&asked, &stored.preimage), stored))
        .min_by_key(|(differences, _)| differences.len());
    match nearest {
        None => print("No request is known yet."),
        Some((differences, stored)) => {
            print(&format!("The nearest known request is {}; it differs in:", stored.key));
            for difference in differences {
                print(&format!("  {difference}"));
            }
        }
    }
    Ok(())
}

/// In what a request differs from a known one.
fn differences(asked: &Value, known: &Value) -> Vec<String> {
    let differences = field_differences(asked, known).into_iter();
    let told = differences.map(|difference| match difference {
        FieldDifference::Other { path, first, second } => format!("{path}: {first}, known with {second}"),
        FieldDifference::Order { path } => format!("{path}: another order"),
        FieldDifference::Only { path, value, side } => match side {
            Side::First => format!("{path}: now also {value}"),
            Side::Second => format!("{path}: no longer {value}"),
        },
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_name_the_field() {
        let asked = json!({"body": {"pip": "26.3", "requirements": [{"requirement": "a"}, {"requirement": "b"}]}});
        let known = json!({"body": {"pip": "26.2", "requirements": [{"requirement": "a"}]}});
        assert_eq!(
            differences(&asked, &known),
            [
                "pip: \"26.3\", known with \"26.2\"",
                "requirements: now also {\"requirement\":\"b\"}"
            ]
        );
        assert!(differences(&asked, &asked).is_empty());
    }
}
