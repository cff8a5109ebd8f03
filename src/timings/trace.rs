//! A trace that Chrome and Perfetto show (Trace Event Format, complete events).

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::cores::Sample;
use crate::report::Span;

#[derive(Serialize)]
struct Trace<'a> {
    #[serde(rename = "traceEvents")]
    events: Vec<Event<'a>>,
    #[serde(rename = "displayTimeUnit")]
    unit: &'static str,
}

/// Times are microseconds.
#[derive(Serialize)]
struct Event<'a> {
    name: &'a str,
    cat: &'a str,
    ph: &'static str,
    ts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    pid: u32,
    tid: usize,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    args: BTreeMap<&'a str, Value<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value<'a> {
    Text(&'a str),
    Number(f64),
}

/// The trace as JSON: a thread for each project, and one for the run.
pub fn trace(spans: &[Span], samples: &[Sample]) -> String {
    let mut threads: BTreeMap<&str, usize> = BTreeMap::new();
    let mut events = Vec::new();
    for span in spans {
        let whose = span.project.as_deref().unwrap_or("the run");
        let next = threads.len() + 1;
        let tid = *threads.entry(whose).or_insert_with(|| {
            events.push(Event {
                args: BTreeMap::from([("name", Value::Text(whose))]),
                ..event("thread_name", "__metadata", "M", Duration::ZERO, next)
            });
            next
        });
        events.push(Event {
            dur: Some(micros(span.to.saturating_sub(span.from))),
            ..event(span.phase.name(), whose, "X", span.from, tid)
        });
    }
    events.extend(samples.iter().map(|sample| Event {
        args: BTreeMap::from([("cores", Value::Number(sample.cores))]),
        ..event("cores in use", "machine", "C", sample.at, 0)
    }));
    let trace = Trace { events, unit: "ms" };
    // Nothing in it can fail to be written.
    serde_json::to_string(&trace).unwrap_or_default()
}

fn event<'a>(name: &'a str, cat: &'a str, ph: &'static str, at: Duration, tid: usize) -> Event<'a> {
    Event {
        name,
        cat,
        ph,
        ts: micros(at),
        dur: None,
        pid: 1,
        tid,
        args: BTreeMap::new(),
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Phase;

    #[test]
    fn each_project_has_its_thread() {
        let span = |project: Option<&str>, from: u64| Span {
            phase: Phase::Fetch,
            project: project.map(str::to_owned),
            from: Duration::from_millis(from),
            to: Duration::from_millis(from + 5),
        };
        let spans = [span(None, 0), span(Some("a"), 1), span(Some("b"), 2), span(Some("a"), 9)];
        let sample = Sample {
            at: Duration::from_millis(100),
            cores: 1.5,
        };
        let json: serde_json::Value = serde_json::from_str(&trace(&spans, &[sample])).unwrap();
        let events = json["traceEvents"].as_array().unwrap();
        assert_eq!(events.len(), 3 + 4 + 1);
        let of = |index: usize| (&events[index]["ph"], &events[index]["tid"], &events[index]["ts"]);
        assert_eq!(of(6), (&"X".into(), &2.into(), &9000.into()));
        assert_eq!(events[6]["dur"], 5000);
        assert_eq!(events[7]["args"]["cores"], 1.5);
    }
}
