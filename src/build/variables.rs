//! Variables of the caller's environment that compilers and build backends read: part of what a built distribution depends on.

const NAMES: &[&str] = &[
    "AR",
    "ARCHFLAGS",
    "ARFLAGS",
    "AS",
    "CC",
    "CFLAGS",
    "CPATH",
    "CPP",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "FC",
    "FFLAGS",
    "LD",
    "LDFLAGS",
    "LDSHARED",
    "LIBRARY_PATH",
    "LINK",
    "MACOSX_DEPLOYMENT_TARGET",
    "MAKEFLAGS",
    "NVCC",
    "RANLIB",
    "RUSTC",
    "RUSTFLAGS",
    "SOURCE_DATE_EPOCH",
    "STRIP",
];

/// What projects name after themselves: `MYSQLCLIENT_CFLAGS`, `SETUPTOOLS_SCM_PRETEND_VERSION_FOR_X`, `CMAKE_ARGS`.
const BEGINNINGS: &[&str] = &[
    "CARGO_BUILD_",
    "CARGO_ENCODED_",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
    "CIBW_",
    "CMAKE_",
    "CUDA_",
    "MATURIN_",
    "MESON",
    "NPY_",
    "PKG_CONFIG",
    "PYO3_",
    "SETUPTOOLS_",
    "SKBUILD_",
];
const ENDINGS: &[&str] = &[
    "_CFLAGS",
    "_CXXFLAGS",
    "_LDFLAGS",
    "_LIBS",
    "_LIBRARIES",
    "_INCLUDE_DIR",
    "_INCLUDE_DIRS",
    "_LIB_DIR",
];

/// Whether a variable steers builds.
pub fn steers_builds(name: &str) -> bool {
    let begins = BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    let ends = ENDINGS.iter().any(|ending| name.ends_with(ending));
    begins || ends || NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_projects_name_after_themselves_counts() {
        for name in [
            "CC",
            "MYSQLCLIENT_CFLAGS",
            "PKG_CONFIG_LIBDIR",
            "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_X",
            "CARGO_BUILD_TARGET",
        ] {
            assert!(steers_builds(name), "{name}");
        }
        // These change from shell to shell, and under `cargo run`, without changing a build.
        for name in ["HOME", "PATH", "CARGO_PKG_NAME", "CARGO_HOME", "CCC"] {
            assert!(!steers_builds(name), "{name}");
        }
    }
}
