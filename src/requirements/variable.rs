//! The variables that markers (PEP 508) name.

use super::scanner::Scanner;

/// The eleven variables of the marker environment, and `extra`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "PEP 508 defines them under these names")]
pub enum Variable {
    ImplementationName,
    ImplementationVersion,
    OsName,
    PlatformMachine,
    PlatformPythonImplementation,
    PlatformRelease,
    PlatformSystem,
    PlatformVersion,
    PythonFullVersion,
    PythonVersion,
    SysPlatform,
    Extra,
}

/// How variables may be written: the names of PEP 508 and the older ones that `packaging` knows.
const VARIABLES: [(&str, Variable); 18] = [
    ("extra", Variable::Extra),
    ("python_version", Variable::PythonVersion),
    ("python_full_version", Variable::PythonFullVersion),
    ("os_name", Variable::OsName),
    ("os.name", Variable::OsName),
    ("sys_platform", Variable::SysPlatform),
    ("sys.platform", Variable::SysPlatform),
    ("platform_release", Variable::PlatformRelease),
    ("platform_system", Variable::PlatformSystem),
    ("platform_version", Variable::PlatformVersion),
    ("platform.version", Variable::PlatformVersion),
    ("platform_machine", Variable::PlatformMachine),
    ("platform.machine", Variable::PlatformMachine),
    ("platform_python_implementation", Variable::PlatformPythonImplementation),
    ("platform.python_implementation", Variable::PlatformPythonImplementation),
    ("python_implementation", Variable::PlatformPythonImplementation),
    ("implementation_name", Variable::ImplementationName),
    ("implementation_version", Variable::ImplementationVersion),
];

impl Variable {
    /// The name in PEP 508.
    pub fn name(self) -> &'static str {
        match self {
            Self::ImplementationName => "implementation_name",
            Self::ImplementationVersion => "implementation_version",
            Self::OsName => "os_name",
            Self::PlatformMachine => "platform_machine",
            Self::PlatformPythonImplementation => "platform_python_implementation",
            Self::PlatformRelease => "platform_release",
            Self::PlatformSystem => "platform_system",
            Self::PlatformVersion => "platform_version",
            Self::PythonFullVersion => "python_full_version",
            Self::PythonVersion => "python_version",
            Self::SysPlatform => "sys_platform",
            Self::Extra => "extra",
        }
    }

    /// Takes the variable that stands next, `extra` included.
    pub(super) fn scan(scanner: &mut Scanner<'_>) -> Option<Self> {
        let named = VARIABLES.into_iter().find(|(name, _)| scanner.keyword(name));
        named.map(|(_, variable)| variable)
    }

    /// Whether its value is compared as a version where both sides are versions.
    pub(super) fn holds_version(self) -> bool {
        matches!(
            self,
            Self::ImplementationVersion | Self::PlatformRelease | Self::PythonFullVersion | Self::PythonVersion
        )
    }
}
