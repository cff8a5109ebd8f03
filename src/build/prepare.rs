//! From a wheel to a distribution in the store: lay out, compile, pack.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::bytecode::{Compiler, Manner, Source};
use super::error::BuildError;
use super::inherited::inherit;
use super::libraries::Libraries;
use crate::fs::Context;
use crate::interpreter::Facts;
use crate::key::{BuildPreimage, BytecodeMode, DistributionPreimage, PlatformPreimage, Sha256, key_of};
use crate::store::{ArtifactKind, Bytecode, Description, DistributionRecord, Made, Native, SourceRecord, Staging, Store, Unkept};
use crate::wheel::{Destination, Filename, Laid, Optimization, Wheel, bytecode_path};

/// What distributions are made for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The interpreter.
    pub facts: &'a Facts,
    /// Bytecode in the archive.
    pub bytecode: BytecodeMode,
}

impl Target<'_> {
    /// The preimage of the distribution made from an artifact; `build` says how, unless it is a wheel.
    ///
    /// # Errors
    /// When a wheel's file name is none.
    pub fn preimage(
        &self,
        (name, version): (&str, &str),
        (kind, file_name, sha256): (ArtifactKind, &str, Sha256),
        build: Option<BuildPreimage>,
    ) -> Result<DistributionPreimage, BuildError> {
        let facts = self.facts;
        let platform = match kind {
            ArtifactKind::Wheel => {
                let [_, abi, platform] = file_name.parse::<Filename>()?.tags;
                PlatformPreimage { abi, platform }
            }
            ArtifactKind::Sdist | ArtifactKind::Project | ArtifactKind::Editable => PlatformPreimage {
                abi: facts.abi.clone(),
                platform: facts.platform.replace(['-', '.'], "_"),
            },
        };
        Ok(DistributionPreimage {
            name: name.to_owned(),
            version: version.to_owned(),
            artifact: sha256,
            implementation: facts.implementation.clone(),
            cache_tag: facts.cache_tag.clone(),
            magic: facts.magic.clone(),
            scheme: facts.scheme.clone(),
            platform,
            bytecode: self.bytecode,
            build,
        })
    }
}

/// A packed distribution in its staging folder.
#[derive(Debug)]
pub struct Packed {
    unkept: Unkept,
    /// Removed with it.
    _staging: Staging,
}

/// Makes distributions out of wheels; shared by all threads of a run.
pub struct Preparer<'a> {
    store: &'a Store,
    target: Target<'a>,
    compiler: Option<Compiler>,
    libraries: Libraries,
}

impl<'a> Preparer<'a> {
    /// A preparer that compiles with `workers` processes; they start with the first source.
    pub fn new(store: &'a Store, target: Target<'a>, workers: usize) -> Self {
        let compiler = match target.bytecode {
            BytecodeMode::Off => None,
            BytecodeMode::On {
                optimization,
                invalidation,
                codecs,
            } => {
                let manner = Manner {
                    interpreter: target.facts.executable.clone(),
                    optimization,
                    invalidation,
                    codecs,
                };
                Some(Compiler::new(&manner, workers))
            }
        };
        Self {
            store,
            target,
            compiler,
            libraries: Libraries::default(),
        }
    }

    /// The same, which sees what of these libraries a built distribution needs.
    #[must_use]
    pub fn seeing(self, libraries: Libraries) -> Self {
        Self { libraries, ..self }
    }

    /// Makes a distribution of the wheel at `wheel` and keeps it, unless another process has just done so.
    ///
    /// # Errors
    /// When the wheel is refused, the interpreter cannot be started, or the store cannot be written.
    pub fn prepare(
        &self,
        wheel: &Path,
        preimage: DistributionPreimage,
        source: SourceRecord,
        on_wait: impl FnOnce(),
    ) -> Result<DistributionRecord, BuildError> {
        let _lock = self.store.lock(key_of(&preimage), on_wait);
        match self.store.distribution(&preimage) {
            Some(record) => Ok(record),
            None => self.keep(self.make(wheel, preimage, source)?),
        }
    }

    /// Lays out, compiles and packs the wheel at `wheel`; the caller holds the lock of its key. What was built is looked at: whether it
    /// needs anything of the machine.
    ///
    /// All of that is work for a processor; to [keep](Preparer::keep) it mostly waits for the disk.
    ///
    /// # Errors
    /// As [`Preparer::prepare`].
    pub fn make(&self, wheel: &Path, preimage: DistributionPreimage, source: SourceRecord) -> Result<Packed, BuildError> {
        let began = Instant::now();
        let staging = self.store.staging()?;
        let tree = staging.join("tree");
        fs::create_dir(&tree).context("create folder", &tree)?;
        let name = wheel.file_name().unwrap_or_default().to_string_lossy();
        let pure = name.ends_with("-any.whl");
        let wheel = Wheel::open(wheel)?;
        let (laid, deflated) = wheel.lay_out(&Destination {
            facts: self.target.facts,
            staging: &tree,
            project: &wheel.metadata().name,
            limits: self.store.limits(),
        })?;
        let bytecode = self.compile(&preimage, &laid, &tree)?;
        let native = (source.built && !pure).then(|| Native {
            libraries: self
                .libraries
                .needed_by(&tree, laid.files.iter().map(|file| file.path.as_str())),
        });
        let made = Made {
            preimage,
            source: SourceRecord { native, ..source },
            description: Description { laid, bytecode },
            tree: &tree,
            deflated: Some(&deflated),
            began,
        };
        let unkept = self.store.pack_distribution(made, &staging)?;
        Ok(Packed {
            unkept,
            _staging: staging,
        })
    }

    /// Takes a packed distribution into the store.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep(&self, packed: Packed) -> Result<DistributionRecord, BuildError> {
        Ok(self.store.keep_distribution(packed.unkept)?)
    }

    fn compile(&self, preimage: &DistributionPreimage, laid: &Laid, tree: &Path) -> Result<Vec<Bytecode>, BuildError> {
        let (Some(compiler), BytecodeMode::On { optimization, .. }) = (&self.compiler, self.target.bytecode) else {
            return Ok(Vec::new());
        };
        let level = match optimization {
            0 => Optimization::None,
            1 => Optimization::Asserts,
            _ => Optimization::Docstrings,
        };
        let tag = &self.target.facts.cache_tag;
        let mut planned = Vec::new();
        let mut sources = Vec::new();
        let mut folders = BTreeSet::new();
        for source in laid.sources() {
            let Ok(at) = laid.files.binary_search_by(|file| file.path.cmp(&source.path)) else {
                continue;
            };
            let file = &laid.files[at];
            let path = bytecode_path(&source.path, tag, level);
            let target = tree.join(&path);
            folders.extend(target.parent().map(Path::to_owned));
            sources.push(Source {
                path: tree.join(&source.path),
                target,
                name: source.path.clone(),
                mtime: i64::try_from(file.mtime).unwrap_or_default(),
                size: file.size,
            });
            planned.push(Bytecode {
                path,
                record: bytecode_path(&source.record, tag, level),
                source: source.path,
                size: 0,
                mtime: file.mtime,
            });
        }
        for folder in folders {
            fs::create_dir_all(&folder).context("create folder", &folder)?;
        }
        let inherited = inherit(self.store, preimage, (laid, tree), &planned);
        sources.retain(|source| !inherited.contains(&source.name));
        let written: BTreeSet<PathBuf> = compiler.compile(sources)?.into_iter().collect();
        planned.retain(|file| inherited.contains(&file.source) || written.contains(&tree.join(&file.path)));
        for file in &mut planned {
            let path = tree.join(&file.path);
            file.size = fs::metadata(&path).context("read", &path)?.len();
        }
        Ok(planned)
    }
}
