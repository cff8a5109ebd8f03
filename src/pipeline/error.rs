//! Errors of a run, with their exit codes.

use std::path::PathBuf;

use crate::build::BuildError;
use crate::ci::spelling::Unspeakable;
use crate::ci::{InitError, ReportError};
use crate::environment::proof::ProofError;
use crate::environment::{AddError, AssembleError, LayerLinkError, SiteError, SkeletonError, SpareError};
use crate::fs::FsError;
use crate::index::FetchError;
use crate::interpreter::InterpreterError;
use crate::parcel::ParcelError;
use crate::pip::PipError;
use crate::requirements::RequirementsError;
use crate::resolve::ResolveError;
use crate::settings::SettingsError;
use crate::store::StoreError;

/// A run that failed.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// No interpreter.
    #[error(transparent)]
    Interpreter(#[from] InterpreterError),
    /// Requirements cannot be read.
    #[error(transparent)]
    Requirements(#[from] RequirementsError),
    /// The request cannot be resolved.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// An artifact cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A distribution cannot be made.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// What a build requires cannot be had.
    #[error("the build requirements of {project} cannot be met: {source}")]
    BuildRequirements {
        /// What was to be built.
        project: String,
        /// Why.
        source: Box<Self>,
    },
    /// A build misses something of the system.
    #[error("{source}")]
    Lacking {
        /// How it failed.
        source: Box<Self>,
        /// What is missing, and how to get it.
        remedy: String,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The environment's place cannot be used.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// The environment's skeleton cannot be written.
    #[error(transparent)]
    Skeleton(#[from] SkeletonError),
    /// The environment cannot be assembled.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// A spare cannot be made.
    #[error("no spare can be kept: {0}")]
    Spare(SpareError),
    /// The environment cannot be put over its layer.
    #[error(transparent)]
    LayerLink(#[from] LayerLinkError),
    /// Distributions cannot be added to the environment.
    #[error(transparent)]
    Add(AddError),
    /// pip cannot be run.
    #[error(transparent)]
    Pip(#[from] PipError),
    /// A file operation failed.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// There is no pip to begin with.
    #[error("no pip was found for {interpreter}: {reason}")]
    NoPip {
        /// The interpreter.
        interpreter: String,
        /// What was tried.
        reason: String,
    },
    /// pip ran on the user's terminal and failed; it has said why.
    #[error("pip failed with exit code {0}")]
    PipFailed(i32),
    /// The interpreter or environment that was named is not there.
    #[error("there is no Python interpreter or virtual environment at '{0}'")]
    NoSuchPython(String),
    /// The layer of an environment is gone, and the store does not know its snapshot.
    #[error("the layer of {} is gone: {}", environment.display(), layer.display())]
    LayerGone {
        /// The environment.
        environment: PathBuf,
        /// Where its layer was.
        layer: PathBuf,
    },
    /// The store cannot be written by a command that is for nothing else.
    #[error("nothing can be kept in the store {}: it cannot be written", .0.display())]
    OnlyRead(PathBuf),
    /// An environment cannot be verified.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Nothing that could be compared has this name.
    #[error("'{named}' is neither the folder of an environment nor the key of a snapshot or request: {reason}")]
    NoSubject {
        /// What was named.
        named: String,
        /// Why it is nothing.
        reason: String,
    },
    /// An export cannot be made, or not be taken in.
    #[error(transparent)]
    Parcel(#[from] ParcelError),
    /// Another process is pruning.
    #[error("another process is pruning the store {}", .0.display())]
    Pruning(PathBuf),
    /// A report cannot be shown.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Files for a build server cannot be written.
    #[error(transparent)]
    Init(#[from] InitError),
    /// A variable cannot be shown in the form that is asked for.
    #[error(transparent)]
    Unspeakable(#[from] Unspeakable),
    /// Without locks: another process may be installing.
    #[error("another process is installing into {}, or was killed (there are no locks to tell)", .0.display())]
    Installing(PathBuf),
    /// More or fewer words than a verb takes that pip has, too.
    #[error("{0}")]
    Words(&'static str),
    /// A tree kept changing while it was used.
    #[error("{project} keeps changing in the store while it is being used")]
    Unstable {
        /// Whose tree.
        project: String,
    },
}

impl From<AddError> for PipelineError {
    fn from(error: AddError) -> Self {
        match error {
            AddError::Assemble(error) => Self::Assemble(error),
            error => Self::Add(error),
        }
    }
}

impl From<SpareError> for PipelineError {
    fn from(error: SpareError) -> Self {
        match error {
            SpareError::Assemble(error) => Self::Assemble(error),
            error => Self::Spare(error),
        }
    }
}

/// What the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// What was asked cannot be done: pip's exit code for that.
    Install,
    /// The command line is wrong.
    Usage,
    /// pip's own exit code.
    Code(i32),
}

impl Failure {
    /// The exit code.
    pub fn code(self) -> i32 {
        match self {
            Self::Install => 1,
            Self::Usage => 2,
            Self::Code(code) => code,
        }
    }
}

impl PipelineError {
    /// What the process ends with.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Settings(SettingsError::PipConfig(_) | SettingsError::CurrentDir(_)) => Failure::Install,
            Self::Settings(_) | Self::NoSubject { .. } => Failure::Usage,
            Self::Resolve(ResolveError::Refused { code, .. })
            | Self::Build(BuildError::Failed { code, .. })
            | Self::PipFailed(code) => Failure::Code(*code),
            Self::BuildRequirements { source, .. } | Self::Lacking { source, .. } => source.failure(),
            Self::Interpreter(_)
            | Self::Requirements(_)
            | Self::Resolve(_)
            | Self::Fetch(_)
            | Self::Build(_)
            | Self::Store(_)
            | Self::Site(_)
            | Self::Skeleton(_)
            | Self::Assemble(_)
            | Self::Spare(_)
            | Self::LayerLink(_)
            | Self::Add(_)
            | Self::Pip(_)
            | Self::Fs(_)
            | Self::NoPip { .. }
            | Self::NoSuchPython(_)
            | Self::LayerGone { .. }
            | Self::OnlyRead(_)
            | Self::Proof(_)
            | Self::Parcel(_)
            | Self::Pruning(_)
            | Self::Report(_)
            | Self::Init(_)
            | Self::Unspeakable(_)
            | Self::Installing(_)
            | Self::Words(_)
            | Self::Unstable { .. } => Failure::Install,
        }
    }

    /// What pip printed, where it is pip that failed and nothing was shown yet.
    pub fn output(&self) -> Option<&str> {
        match self {
            Self::Resolve(ResolveError::Refused { output, .. }) => Some(output),
            Self::Build(error) => error.output(),
            Self::BuildRequirements { source, .. } | Self::Lacking { source, .. } => source.output(),
            _ => None,
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Settings(error) => error.hint(),
            Self::Interpreter(error) => error.hint(),
            Self::Requirements(error) => error.hint(),
            Self::Resolve(error) => error.hint(),
            Self::Fetch(error) => error.hint(),
            Self::Build(error) => error.hint(),
            Self::BuildRequirements { source, .. } => source.hint(),
            Self::Lacking { remedy, .. } => Some(remedy.clone()),
            Self::Store(error) => error.hint(),
            Self::Site(error) => error.hint(),
            Self::Skeleton(error) => error.hint(),
            Self::Assemble(error) => error.hint(),
            Self::Spare(error) => error.hint(),
            Self::LayerLink(error) => error.hint(),
            Self::Proof(error) => error.hint(),
            Self::Parcel(error) => error.hint(),
            Self::Fs(error) | Self::Add(AddError::Journal(error)) => error.hint(),
            Self::NoPip { .. } => Some("install python3-venv or python3-pip, or run once with an index in reach".to_owned()),
            Self::NoSuchPython(_) => Some("name the folder of an environment, such as .venv, or an interpreter".to_owned()),
            Self::LayerGone { .. } => Some("restore the store, or make the environment again with snapenv venv".to_owned()),
            Self::NoSubject { .. } => Some("`snapenv verify --json DIR` and `snapenv key` print keys".to_owned()),
            Self::OnlyRead(_) => Some("check owner and mode of that folder, or name another with SNAPENV_CACHE_DIR".to_owned()),
            Self::Pruning(_) => Some("wait for it; installs need not".to_owned()),
            Self::Report(error) => error.hint(),
            Self::Init(error) => error.hint(),
            Self::Unspeakable(_) => Some("`--shell sh` can say it".to_owned()),
            Self::Installing(_) => {
                Some("try again when it is done; what a killed one left is put right after an hour".to_owned())
            }
            Self::Words(_) => {
                Some("`list` and `remove` take one pattern, quoted: 'django*' or 'six-1.16.0'; other verbs none".to_owned())
            }
            Self::Unstable { .. } => Some("is another program writing into the store?".to_owned()),
            Self::Add(AddError::Taken(_) | AddError::Assemble(_)) | Self::Pip(_) | Self::PipFailed(_) => None,
        }
    }
}
