//! The documented schema of reports, as far as it uses what JSON Schema has.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Demands that a report is what `docs/schemas/report.schema.json` says.
#[track_caller]
pub(super) fn assert_valid(report: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas/report.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut faults = Vec::new();
    check(report, &schema, &schema, "report", &mut faults);
    assert!(faults.is_empty(), "{faults:?} in {report:#}");
}

fn check(value: &Value, schema: &Value, root: &Value, place: &str, faults: &mut Vec<String>) {
    let mut fault = |what: String| faults.push(format!("{place}: {what}"));
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        return check(value, target, root, place, faults);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("the schema has a type {other}"),
    };
    if !types.is_empty() && !types.iter().any(is) {
        fault(format!("is no {types:?}"));
    }
    if schema["enum"].as_array().is_some_and(|known| !known.contains(value))
        || schema.get("const").is_some_and(|known| known != value)
    {
        fault(format!("{value} is not allowed"));
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        assert_eq!(pattern, "^([0-9a-f]{64})?$");
        let text = value.as_str().unwrap_or("?");
        if !(text.is_empty() || text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            fault(format!("{text} is no key"));
        }
    }
    if let (Some(minimum), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
        && number < minimum
    {
        fault(format!("{number} is too small"));
    }
    if let Some(object) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            if !object.contains_key(name.as_str().unwrap()) {
                fault(format!("has no {name}"));
            }
        }
        for name in object.keys() {
            let names = &schema["propertyNames"]["enum"];
            if names.as_array().is_some_and(|names| !names.contains(&name.as_str().into())) {
                fault(format!("has {name}"));
            }
        }
    }
    for (name, one) in value.as_object().into_iter().flatten() {
        let place = format!("{place}.{name}");
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            (Value::Null, Value::Bool(false)) => faults.push(format!("{place} is not known")),
            (Value::Null, more) => check(one, more, root, &place, faults),
            (known, _) => check(one, known, root, &place, faults),
        }
    }
    for (index, one) in value.as_array().into_iter().flatten().enumerate() {
        check(one, &schema["items"], root, &format!("{place}[{index}]"), faults);
    }
}
