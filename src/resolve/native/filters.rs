//! By what the files that places offer are filtered.

use crate::interpreter::{Facts, TargetPython};
use crate::resolve::Question;
use crate::resolve::candidates::{RequiresPython, Rules, SupportedTags, UploadedBefore};

/// The tags that wheels may have.
///
/// # Errors
/// Why only pip can say them.
pub fn tags_of(target: &TargetPython, facts: &Facts) -> Result<SupportedTags, String> {
    let tags = target.tags(facts).ok_or("only the interpreter itself knows its tags")?;
    Ok(tags.into_iter().collect())
}

/// What a question says of all candidates.
///
/// # Errors
/// Why only pip can tell.
pub fn filters<'a>(question: &'a Question, facts: &Facts, tags: &'a SupportedTags) -> Result<Rules<'a>, String> {
    Ok(Rules {
        search: &question.search,
        tags,
        python: question.target.version(facts),
        requires_python: if question.has("ignore-requires-python") {
            RequiresPython::Ignored
        } else {
            RequiresPython::Respected
        },
        uploaded_prior_to: uploaded_prior_to(question)?,
    })
}

/// A point in time; what counts from now is another question every time.
fn uploaded_prior_to(question: &Question) -> Result<Option<UploadedBefore>, String> {
    let values = question.preimage.options.get("uploaded-prior-to");
    let Some(text) = values.and_then(|values| values.last()) else {
        return Ok(None);
    };
    let parsed = UploadedBefore::parse(text);
    parsed.map(Some).ok_or_else(|| format!("--uploaded-prior-to {text}"))
}
