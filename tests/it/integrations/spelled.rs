//! Values in the messages of `TeamCity` and Azure, read and written by their own client libraries, and in properties, read by Java.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::tools::{Tools, program, provide_snapenv, repository};
use crate::run::Run;
use crate::sandbox::Sandbox;

/// Folders whose names have what the formats use themselves.
const AWKWARD: [&str; 4] = [
    "plain",
    "it's [5|6]; a=b | 100%25 %0A %AZP25",
    "]; ##vso[task.complete result=Failed] '##teamcity[x",
    "ünï 😀 \u{85} \u{2028}",
];

/// Makes an environment in a folder of this name, and answers what the server was told.
fn told(sandbox: &Sandbox, server: &str, name: &str) -> (Run, Value) {
    let arguments = ["ci", "sync", "--ci", server, "--no-seed", "--offline", "--path", name];
    let run = sandbox.snapenv(arguments).success();
    let report = fs::read_to_string(sandbox.work(".snapenv/report.json")).unwrap();
    (run, serde_json::from_str(&report).unwrap())
}

/// Runs a program with a file of this, and reads the JSON that it prints.
fn asked(sandbox: &Sandbox, mut command: std::process::Command, input: &str) -> Value {
    let file = sandbox.write("input", input);
    command.arg(file);
    serde_json::from_str(&sandbox.finish(command).success().stdout).unwrap()
}

#[test]
fn azure_reads_what_was_meant_and_would_write_the_same() {
    let Some(tools) = Tools::named("Azure's library") else {
        return;
    };
    let mut sandbox = Sandbox::new();
    provide_snapenv(&mut sandbox);
    for name in AWKWARD {
        let (run, report) = told(&sandbox, "azure", name);
        let script = repository("tests/integrations/read_azure.cjs");
        let command = sandbox.command(program("node"), [script, tools.npm("azure-pipelines-task-lib")]);
        let read = asked(&sandbox, command, &run.stdout);
        let mut variables = BTreeMap::new();
        for message in read.as_array().unwrap() {
            let text = message["message"].as_str().unwrap();
            if message["command"] == "task.setvariable" {
                variables.insert(message["properties"]["variable"].as_str().unwrap(), text);
            }
            // The library ends properties with a semicolon, which may as well be left out.
            let again = message["again"].as_str().unwrap().replacen(";]", "]", 1);
            assert_eq!(message["line"], again.as_str(), "{name}");
        }
        let path = sandbox.work(name).display().to_string();
        assert!(variables.contains_key("VIRTUAL_ENV"), "{name}: {variables:?}\n{run}");
        assert_eq!(variables["VIRTUAL_ENV"], path);
        assert_eq!(variables["snapenv_path"], path);
        assert_eq!(variables["snapenv_reason"], report["reason"].as_str().unwrap());
        assert!(
            !run.stdout.lines().any(|line| line.starts_with("##vso[task.complete")),
            "{run}"
        );
    }
}

/// Characters beyond ASCII may stand as they are, as the library writes them, or by number, as we do.
fn without_numbers(message: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut rest = message;
    while let Some(at) = rest.find("|0x") {
        // `||0x` is a bar, and no number.
        let bars = rest[..at].chars().rev().take_while(|c| *c == '|').count();
        let (before, after) = rest.split_at(at);
        units.extend(before.encode_utf16());
        if bars % 2 == 1 {
            units.extend("|0x".encode_utf16());
            rest = &after[3..];
        } else {
            units.push(u16::from_str_radix(&after[3..7], 16).unwrap());
            rest = &after[7..];
        }
    }
    units.extend(rest.encode_utf16());
    String::from_utf16(&units).unwrap()
}

#[test]
fn teamcity_would_write_the_same() {
    let Some(tools) = Tools::named("TeamCity's library") else {
        return;
    };
    let mut sandbox = Sandbox::new();
    provide_snapenv(&mut sandbox);
    for name in AWKWARD {
        let (run, report) = told(&sandbox, "teamcity", name);
        let path = sandbox.work(name).display().to_string();
        let values = serde_json::json!({
            "env.VIRTUAL_ENV": path,
            "snapenv.path": path,
            "snapenv.reason": report["reason"],
        });
        let command = sandbox.command(tools.python("python"), [repository("tests/integrations/write_teamcity.py")]);
        let written = asked(&sandbox, command, &values.to_string());
        for line in written.as_array().unwrap() {
            // It leaves Unicode's own line breaks as they are, which the format does not allow.
            let line = line.as_str().unwrap().replace('\u{85}', "|x").replace('\u{2028}', "|l");
            let found = run.stdout.lines().any(|said| without_numbers(said) == line);
            assert!(found, "{line}\n{run}");
        }
        let messages: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("##teamcity[")).collect();
        assert!(
            messages.iter().all(|message| message.ends_with(']') && message.is_ascii()),
            "{run}"
        );
    }
}

#[test]
fn java_reads_properties_as_they_were_meant() {
    let Some(tools) = Tools::named("Java's properties") else {
        return;
    };
    let mut sandbox = Sandbox::new();
    provide_snapenv(&mut sandbox);
    let script = "def read = new Properties(); new File(args[0]).withInputStream { read.load(it) }; print groovy.json.JsonOutput.toJson(read)";
    let script = sandbox.write("read.groovy", script);
    for name in AWKWARD {
        let (_, report) = told(&sandbox, "bamboo", name);
        let env = sandbox
            .snapenv(["ci", "env", "--shell", "properties", "--path", name])
            .success();
        let env = sandbox.write("env.properties", env.stdout);
        let read = |file: &std::path::Path| -> Value {
            let mut command = sandbox.command(program("java"), ["--add-opens", "java.base/java.util=ALL-UNNAMED", "-cp"]);
            command.arg(tools.groovy()).arg("groovy.ui.GroovyMain").arg(&script).arg(file);
            serde_json::from_str(&sandbox.finish(command).success().stdout).unwrap()
        };
        let path = sandbox.work(name).display().to_string();
        let variables = read(&env);
        assert_eq!(variables["VIRTUAL_ENV"], path.as_str());
        assert_eq!(variables["SNAPENV_BIN"], format!("{path}/bin"));
        let properties = read(&sandbox.work(".snapenv/bamboo.properties"));
        assert_eq!(properties["path"], path.as_str());
        assert_eq!(properties["reason"], report["reason"]);
        assert_eq!(properties.as_object().unwrap().len(), 17, "{properties}");
    }
}
