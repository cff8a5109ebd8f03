//! Packages that several distributions share.

use super::{Place, sandbox};

/// A namespace: distributions in the layer, one that is added on top, and what must be importable then.
struct Namespace {
    below: &'static [&'static str],
    above: &'static str,
    imports: &'static str,
}

const NAMESPACES: [Namespace; 6] = [
    Namespace {
        below: &["google-cloud-core==2.4.3", "google-auth==2.40.3"],
        above: "google-cloud-storage==3.1.0",
        imports: "google.cloud.client, google.auth, google.cloud.storage, google.protobuf",
    },
    Namespace {
        below: &["ruamel.yaml.clib==0.2.12", "ruamel.yaml==0.18.10"],
        above: "ruamel.yaml.string==0.1.1",
        imports: "ruamel.yaml, _ruamel_yaml, ruamel.yaml.string",
    },
    Namespace {
        below: &["backports.tarfile==1.2.0"],
        above: "backports.functools-lru-cache==2.0.0",
        imports: "backports.tarfile, backports.functools_lru_cache",
    },
    // Declared by `-nspkg.pth`, as setuptools did for pkg_resources.
    Namespace {
        below: &["zope.event==4.6"],
        above: "zope.interface==6.0",
        imports: "zope.event, zope.interface",
    },
    Namespace {
        below: &["jaraco.context==6.0.1"],
        above: "jaraco.functools==4.1.0",
        imports: "jaraco.context, jaraco.functools",
    },
    // Each of these brings `nvidia/__init__.py`.
    Namespace {
        below: &["nvidia-nvtx-cu12==12.4.127"],
        above: "nvidia-cuda-runtime-cu12==12.4.127",
        imports: "nvidia.nvtx, nvidia.cuda_runtime",
    },
];

#[test]
fn namespaces_stay_whole() {
    let Some(sandbox) = sandbox("namespaces_stay_whole") else {
        return;
    };
    for (number, namespace) in NAMESPACES.iter().enumerate() {
        let all: Vec<&str> = namespace.below.iter().copied().chain([namespace.above]).collect();
        let place = Place::layered(&sandbox, &format!("whole-{number}"), &all);
        let _ = place.code(&format!("import {}", namespace.imports)).success();
    }
}

#[test]
fn a_member_added_through_snapenv_joins_its_namespace() {
    let Some(sandbox) = sandbox("a_member_added_through_snapenv_joins_its_namespace") else {
        return;
    };
    for (number, namespace) in NAMESPACES.iter().enumerate() {
        let name = format!("grown-{number}");
        let place = Place::layered(&sandbox, &name, namespace.below);
        let import = format!("import {}", namespace.imports);
        let _ = place.code(&import).fails_with(1).says("ModuleNotFoundError");
        let before = place.library();
        let python = place.program("python");
        let _ = sandbox
            .snapenv(["install", "--python", python.to_str().unwrap(), namespace.above])
            .success();
        assert_ne!(place.library(), before, "{}", namespace.above);
        let _ = place.code(&import).success();
        let _ = place.run("pip", ["check"]).success();
    }
}
