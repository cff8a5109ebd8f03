"""Eight independent sdists with a C extension each, made here: their builds need a compiler and nothing from any index."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from .bench import Bench, Run
from .compared import Compared, copied_caches, fresh_caches, measure
from .contenders import Tools
from .repeated import Part, Series

COUNT = 8
# Enough for a compiler to be busy for some tenths of a second.
FUNCTIONS = 150

BACKEND = '''
import os, subprocess, sysconfig, zipfile

NAME = {name!r}
INFO = f"{{NAME}}-1.0.dist-info"


def build_wheel(folder, config_settings=None, metadata_directory=None):
    suffix, include = sysconfig.get_config_var("EXT_SUFFIX"), sysconfig.get_path("include")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-I", include, "extension.c", "-o", NAME + suffix], check=True)
    version = sysconfig.get_config_var("py_version_nodot")
    tag = f"cp{{version}}-cp{{version}}-{{sysconfig.get_platform().replace('-', '_')}}"
    file = f"{{NAME}}-1.0-{{tag}}.whl"
    with zipfile.ZipFile(os.path.join(folder, file), "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.write(NAME + suffix)
        wheel.writestr(INFO + "/METADATA", f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: 1.0\\n")
        wheel.writestr(INFO + "/WHEEL", f"Wheel-Version: 1.0\\nGenerator: bench\\nRoot-Is-Purelib: false\\nTag: {{tag}}\\n")
        wheel.writestr(INFO + "/RECORD", f"{{NAME + suffix}},,\\n{{INFO}}/METADATA,,\\n{{INFO}}/WHEEL,,\\n{{INFO}}/RECORD,,\\n")
    return file
'''


def source(name: str) -> str:
    """A module of many functions, none of which the compiler can leave out."""
    functions = "".join(
        f"static PyObject *f{number}(PyObject *self, PyObject *args) {{\n"
        f"    long n, sum = {number};\n"
        '    if (!PyArg_ParseTuple(args, "l", &n)) return NULL;\n'
        f"    for (long i = 0; i < n; i++) {{ sum = sum * 31 + (i ^ {number}); if (sum % 7 == {number % 7}) sum -= i; }}\n"
        "    return PyLong_FromLong(sum);\n}\n"
        for number in range(FUNCTIONS)
    )
    methods = "".join(f'    {{"f{number}", f{number}, METH_VARARGS, NULL}},\n' for number in range(FUNCTIONS))
    return (
        f"#include <Python.h>\n{functions}static PyMethodDef methods[] = {{\n{methods}    {{NULL, NULL, 0, NULL}}\n}};\n"
        f'static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{name}", NULL, -1, methods}};\n'
        f"PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModule_Create(&module); }}\n"
    )


def sdist(folder: Path, name: str) -> None:
    files = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND.format(name=name),
        "extension.c": source(name),
    }
    with tarfile.open(folder / f"{name}-1.0.tar.gz", "w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}-1.0/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))


def building(bench: Bench, tools: Tools, rounds: int) -> Compared:
    """`pip wheel` of all eight beside an environment of all eight; nothing is known of them before each run."""
    folder = bench.work / "extensions"
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"snapenv_extension_{number}" for number in range(COUNT)]
    for name in names:
        sdist(folder, name)
    # The index, which has none of them, is asked as well: without it, both would go by the rules of the interpreter's own old pip.
    request = ("--find-links", folder, *names)
    environment = bench.targets("building") / "environment"
    bench.run(bench.python, "-m", "venv", environment)
    bench.run(environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--upgrade", "pip")
    # The interpreter and the newest pip are known; the sdists are not.
    bench.run(tools.snapenv, "venv", environment.parent / "warm", "-p", bench.python)

    def ours(target: Path) -> Run:
        env = copied_caches(bench, target.name, "SNAPENV_CACHE_DIR")
        return bench.run(tools.snapenv, "venv", target, "-p", bench.python, *request, env=env)

    def theirs(target: Path) -> Run:
        env = fresh_caches(bench, target.name)
        return bench.run(environment / "bin" / "python", "-m", "pip", "wheel", "--wheel-dir", target, *request, env=env)

    series = [Series("snapenv", ours)]
    if tools.pip:
        series.append(Series("pip wheel", theirs))
    part = Part("eight C sdists", bench.filesystem, "s", series)
    return measure(bench, Compared(part, [("snapenv", "pip wheel", 1 / 2)]), rounds)
