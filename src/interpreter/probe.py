# Run by snapenv with `python -I -B -c`: prints what it needs to know about this interpreter, as one line of JSON.
# It must parse on every Python that calls itself so, if only for that one to say its version.
import sys


def say(facts):
    import json
    sys.stdout.write("\nsnapenv-probe:" + json.dumps(facts) + "\n")
    sys.stdout.flush()


def marker_version(info):
    text = "{0}.{1}.{2}".format(info.major, info.minor, info.micro)
    if info.releaselevel != "final":
        text += info.releaselevel[0] + str(info.serial)
    return text


def abi(variable, soabi):
    if sys.implementation.name != "cpython":
        # PyPy: pypy310-pp73-x86_64-linux-gnu
        return "_".join(soabi.split("-")[:2]).replace(".", "_")
    free = "t" if variable("Py_GIL_DISABLED") else ""
    debug = "d" if variable("Py_DEBUG") or hasattr(sys, "gettotalrefcount") else ""
    return "cp{0}{1}{2}{3}".format(sys.version_info[0], sys.version_info[1], free, debug)


def mapped_libraries():
    """The C library and libpython, as this process has them mapped."""
    import os.path
    found = []
    try:
        with open("/proc/self/maps", "rb") as maps:
            for line in maps:
                fields = line.rstrip(b"\n").split(None, 5)
                if len(fields) < 6:
                    continue
                path = os.fsdecode(fields[5])
                name = os.path.basename(path)
                if name.startswith(("libc.", "libc-", "ld-musl-", "libpython")) and path not in found:
                    found.append(path)
    except OSError:
        pass
    return found


def libc(libraries):
    """Kind and version of the C library: what manylinux (PEP 600) and musllinux (PEP 656) tags depend on."""
    import os
    import re
    try:
        kind, version = os.confstr("CS_GNU_LIBC_VERSION").split()
        major, minor = re.match(r"(\d+)\.(\d+)", version).groups()
        return {kind: [int(major), int(minor)]}
    except (AttributeError, OSError, TypeError, ValueError):
        pass
    for path in libraries:
        if "ld-musl-" in path or os.path.basename(path).startswith("libc.musl-"):
            # musl's loader tells its version only when it is started without a program.
            import subprocess
            text = subprocess.run([path], stderr=subprocess.PIPE, check=False).stderr.decode("utf-8", "replace")
            match = re.search(r"Version (\d+)\.(\d+)", text)
            if match:
                return {"musl": [int(match.group(1)), int(match.group(2))]}
    return "system"


def newest_wheel(folder):
    import os
    import re
    try:
        names = [name for name in os.listdir(folder) if re.match(r"pip-[^-]+-.*\.whl$", name)]
    except OSError:
        return None
    if not names:
        return None
    newest = max(names, key=lambda name: [int(part) for part in re.findall(r"\d+", name.split("-")[1])])
    return os.path.join(folder, newest)


def bundled_pip(variable, stdlib):
    """The wheel that ensurepip would install: the distribution's, else the bundled one."""
    import os.path
    folders = [variable("WHEEL_PKG_DIR") or "", os.path.join(stdlib, "ensurepip", "_bundled")]
    for folder in folders:
        wheel = newest_wheel(folder) if folder else None
        if wheel:
            return wheel, [wheel, folder]
    return None, [folder for folder in folders if folder]


def own_pip(site_packages):
    """Version of the importable pip, read without importing it."""
    import os.path
    import re
    for folder in sys.path:
        path = os.path.join(folder, "pip", "__init__.py")
        try:
            with open(path, "rb") as source:
                match = re.search(br"^__version__ = [\"']([^\"']+)[\"']", source.read(), re.MULTILINE)
        except OSError:
            continue
        if match:
            return match.group(1).decode("ascii", "replace"), [path]
    return None, list(site_packages)


def scheme(sysconfig):
    names = sysconfig.get_scheme_names()
    name = "venv" if "venv" in names else "posix_prefix"
    here = dict.fromkeys(("base", "platbase", "installed_base", "installed_platbase"), "/@")
    paths = sysconfig.get_paths(name, vars=here)
    relative = {key: paths[key][2:].lstrip("/") for key in ("purelib", "platlib", "scripts", "data")}
    # pip's own rule for virtual environments.
    relative["headers"] = "include/site/python{0}.{1}".format(*sys.version_info[:2])
    return relative


def main():
    if sys.version_info < (3, 8):
        return say({"version": list(sys.version_info[:3])})
    import importlib.util
    import os
    import platform
    import site
    import sysconfig

    variable = sysconfig.get_config_var
    stdlib = sysconfig.get_path("stdlib")
    soabi = variable("SOABI") or ""
    site_packages = site.getsitepackages()
    libraries = mapped_libraries()
    wheel, wheel_witnesses = bundled_pip(variable, stdlib)
    pip, pip_witnesses = own_pip(site_packages)
    build_data = "_sysconfigdata_{0}_{1}_{2}".format(
        getattr(sys, "abiflags", ""), sys.platform, getattr(sys.implementation, "_multiarch", ""))
    spec = importlib.util.find_spec(build_data)
    witnesses = libraries + wheel_witnesses + pip_witnesses + [os.path.join(stdlib, "os.py")]
    if spec is not None and spec.origin:
        witnesses.append(spec.origin)
    build_variables = (
        "AR", "ARFLAGS", "BASECFLAGS", "BLDSHARED", "CC", "CCSHARED", "CFLAGS", "CONFIGURE_CFLAGS", "CONFIGURE_CPPFLAGS",
        "CONFIGURE_LDFLAGS", "CPPFLAGS", "CXX", "EXT_SUFFIX", "HOST_GNU_TYPE", "LDCXXSHARED", "LDFLAGS", "LDSHARED", "LIBS",
        "MACOSX_DEPLOYMENT_TARGET", "MULTIARCH", "OPT", "PY_CFLAGS", "PY_CPPFLAGS", "PY_LDFLAGS", "Py_DEBUG",
        "Py_ENABLE_SHARED", "Py_GIL_DISABLED", "RANLIB", "SHLIB_SUFFIX", "SOABI",
    )
    say({
        "version": list(sys.version_info[:3]),
        "executable": getattr(sys, "_base_executable", None) or sys.executable,
        "base_prefix": sys.base_prefix,
        "base_exec_prefix": sys.base_exec_prefix,
        "implementation": sys.implementation.name,
        "full_version": platform.python_version(),
        "cache_tag": sys.implementation.cache_tag or "",
        "magic": importlib.util.MAGIC_NUMBER.hex(),
        "abi": abi(variable, soabi),
        "soabi": soabi,
        "platform": sysconfig.get_platform(),
        "libc": libc(libraries),
        "markers": {
            "implementation_name": sys.implementation.name,
            "implementation_version": marker_version(sys.implementation.version),
            "os_name": os.name,
            "platform_machine": platform.machine(),
            "platform_python_implementation": platform.python_implementation(),
            "platform_release": platform.release(),
            "platform_system": platform.system(),
            "platform_version": platform.version(),
            "python_full_version": platform.python_version(),
            "python_version": ".".join(platform.python_version_tuple()[:2]),
            "sys_platform": sys.platform,
        },
        "scheme": scheme(sysconfig),
        "lib64": sys.maxsize > 2 ** 32 and os.name == "posix" and sys.platform != "darwin",
        "site_packages": site_packages,
        "stdlib": stdlib,
        "bundled_pip": wheel,
        "own_pip": pip,
        "build_variables": {name: str(variable(name)) for name in build_variables if variable(name) is not None},
        "witnesses": witnesses,
        "shares_libpython": any(os.path.basename(path).startswith("libpython") for path in libraries),
    })


main()
