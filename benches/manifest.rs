//! What a hit reads: the request record and the snapshot; and the plan that a miss begins with. No trees are touched.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use snapenv::environment::snapshot::{Member, Snapshot, compose, encode};
use snapenv::fs::Sharing;
use snapenv::interpreter::{Libc, Scheme};
use snapenv::key::{
    BytecodeMode, DistributionPreimage, IndexPreimage, InterpreterPreimage, PlatformPreimage, RequestPreimage,
    RequirementPreimage, Sha256, key_of,
};
use snapenv::plan::plan;
use snapenv::store::{
    Artifact, ArtifactKind, Conditions, Description, DistributionRecord, Kind, Places, RequestRecord, Resolution, Resolved,
    SourceRecord, Store,
};
use snapenv::wheel::{File, Laid, Metadata, Mode, Row, Text};

const LIBRARY: &str = "lib/python3.11/site-packages";
/// As many as in the django-cms workload.
const DISTRIBUTIONS: usize = 74;
const FILES: usize = 20_000;
const FILES_PER_FOLDER: usize = 3;

fn scheme() -> Scheme {
    Scheme {
        purelib: LIBRARY.into(),
        platlib: LIBRARY.into(),
        scripts: "bin".into(),
        headers: "include/site/python3.11".into(),
        data: String::new(),
    }
}

fn digest(name: &str) -> Sha256 {
    Sha256::of(name.as_bytes())
}

fn name(number: usize) -> String {
    format!("synthetic-{number:02}")
}

/// A distribution with its share of the files, a few to a folder.
fn distribution(name: &str) -> DistributionRecord {
    let preimage = DistributionPreimage {
        name: name.into(),
        version: "1.0".into(),
        artifact: digest(name),
        implementation: "cpython".into(),
        cache_tag: "cpython-311".into(),
        magic: String::new(),
        scheme: scheme(),
        platform: PlatformPreimage {
            abi: "none".into(),
            platform: "any".into(),
        },
        bytecode: BytecodeMode::Off,
        build: None,
    };
    let paths: Vec<String> = (0..FILES / DISTRIBUTIONS)
        .map(|number| format!("{name}/folder_{:03}/module_{number:03}.py", number / FILES_PER_FOLDER))
        .collect();
    let file = |path: &String| File {
        path: format!("{LIBRARY}/{path}"),
        size: 1234,
        sha256: digest(path),
        mode: Mode::Plain,
        mtime: 1_000_000_000,
    };
    let laid = Laid {
        name: name.into(),
        version: "1.0".into(),
        dist_info: format!("{LIBRARY}/{name}-1.0.dist-info"),
        library: LIBRARY.into(),
        files: paths.iter().map(file).collect(),
        scripts: Vec::new(),
        rows: paths.iter().map(|path| Row::hashed(path, &digest(path), 1234)).collect(),
        metadata: Metadata {
            name: name.into(),
            version: "1.0".into(),
            requires_dist: Vec::new(),
            requires_python: None,
            provides_extra: Vec::new(),
            text: Text::default(),
        },
        warnings: Vec::new(),
    };
    DistributionRecord {
        key: key_of(&preimage),
        preimage,
        content: blake3::hash(name.as_bytes()).into(),
        archive_bytes: 0,
        tree_bytes: None,
        source: SourceRecord {
            file_name: format!("{name}-1.0-py3-none-any.whl"),
            url: String::new(),
            sha256: digest(name),
            built: false,
            native: None,
        },
        seconds: 0.0,
        description: Description {
            laid,
            bytecode: Vec::new(),
        },
    }
}

fn resolution() -> Resolution {
    let resolved = |number| Resolved {
        name: name(number),
        version: "1.0".into(),
        artifact: Artifact {
            kind: ArtifactKind::Wheel,
            url: format!("https://index.example/{0}/{0}-1.0-py3-none-any.whl", name(number)),
            file_name: format!("{}-1.0-py3-none-any.whl", name(number)),
            sha256: Some(digest(&name(number))),
            hashes: BTreeMap::new(),
        },
        requested: true,
        direct_url: None,
        yanked: false,
        extras: Vec::new(),
        settings: Vec::new(),
    };
    Resolution {
        distributions: (0..DISTRIBUTIONS).map(resolved).collect(),
    }
}

fn request() -> RequestPreimage {
    let requirement = |number| RequirementPreimage {
        requirement: format!("{}==1.0", name(number)),
        hashes: Vec::new(),
        settings: Vec::new(),
    };
    RequestPreimage {
        requirements: (0..DISTRIBUTIONS).map(requirement).collect(),
        constraints: Vec::new(),
        index: IndexPreimage {
            indexes: Vec::new(),
            find_links: Vec::new(),
            no_index: false,
        },
        options: BTreeMap::new(),
        local: Vec::new(),
        interpreter: InterpreterPreimage {
            implementation: "cpython".into(),
            version: "3.11.7".into(),
            abi: "cp311".into(),
            soabi: "cpython-311-x86_64-linux-gnu".into(),
            platform: "linux-x86_64".into(),
            libc: Libc::Glibc(2, 36),
            magic: "a70d0d0a".into(),
            scheme: scheme(),
            markers: BTreeMap::from([("python_version".into(), "3.11".into())]),
        },
        volatile: BTreeMap::new(),
        pip: "26.3".into(),
        visible: Vec::new(),
        bytecode: BytecodeMode::Off,
    }
}

fn snapshots(criterion: &mut Criterion) {
    let records: Vec<DistributionRecord> = (0..DISTRIBUTIONS).map(|number| distribution(&name(number))).collect();
    let member = |record| Member {
        record,
        requested: true,
        direct_url: None,
    };
    let members: Vec<Member> = records.iter().map(member).collect();
    let composed = compose(&members, &scheme()).expect("no conflict");
    let bytes = encode(&composed).expect("encoded");
    criterion.bench_function("decode a snapshot of 20,000 files", |bencher| {
        bencher.iter_batched(
            || bytes.clone(),
            |bytes| Snapshot::decode(bytes).expect("whole"),
            BatchSize::LargeInput,
        );
    });
}

fn plans(criterion: &mut Criterion) {
    let resolution = resolution();
    criterion.bench_function("plan 74 distributions", |bencher| {
        bencher.iter(|| plan(black_box(&resolution), |_| None));
    });
}

fn requests(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let places = Places {
        home: folder.path(),
        read: &[],
        sharing: Sharing::Owner,
        temporary: folder.path(),
        now: 0,
    };
    let store = Store::open(places).expect("a store").store;
    let preimage = request();
    let record = RequestRecord {
        key: key_of(&preimage),
        made: 0,
        kind: Kind::Pinned,
        conditions: Conditions::default(),
        resolution: resolution(),
        snapshot: blake3::hash(b"snapshot").into(),
        reads: None,
    };
    store.put_request(&preimage, &record).expect("recorded");
    criterion.bench_function("key of a request of 74 pins", |bencher| {
        bencher.iter(|| key_of(black_box(&preimage)));
    });
    criterion.bench_function("look up a request of 74 pins", |bencher| {
        bencher.iter(|| store.answer(black_box(record.key)).expect("known"));
    });
}

criterion_group!(manifest, snapshots, plans, requests);
criterion_main!(manifest);
