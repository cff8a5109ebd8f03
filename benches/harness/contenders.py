"""Who makes environments, and how."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from .bench import Bench, Failure, Run, median

# Makes the environment in a folder from a requirements file.
Maker = Callable[[Path, Path], Run]


@dataclass
class Contender:
    """A way to make an environment: `make` fills the target and returns what that cost."""

    name: str
    make: Maker
    # Rounds are cut for those that take many seconds.
    slow: bool = False
    # Whether the target holds all distributions itself, and so can be counted.
    flat: bool = True
    # Rounds of its own, behind those of all others: it leaves work behind that would disturb them.
    apart: bool = False
    runs: list[Run] = field(default_factory=list)
    packages: set[int] = field(default_factory=set)
    failure: str | None = None
    unsupported: str | None = None

    def out(self) -> bool:
        return self.failure is not None or self.unsupported is not None


@dataclass
class Tools:
    """The programs that take part; those that are skipped are missing."""

    snapenv: Path
    floor: Path | None
    uv: Path | None
    pip: bool
    bytecode: bool


@dataclass
class Pip:
    """pip, newest, in a venv that is made and upgraded before the clock starts."""

    bench: Bench
    venv: list[Run] = field(default_factory=list)

    def make(self, target: Path, requirements: Path) -> Run:
        self.venv.append(self.bench.run(self.bench.python, "-m", "venv", target))
        python = target / "bin" / "python"
        self.bench.run(python, "-m", "pip", "install", "--quiet", "--upgrade", "pip")
        os.sync()
        return self.bench.run(python, "-m", "pip", "install", "-r", requirements)


@dataclass
class Floor:
    """The bare program; its list is written from the first environment that snapenv makes."""

    bench: Bench
    tool: Path
    list: Path

    def prepare(self, reference: Path) -> None:
        self.bench.run(self.tool, "prepare", reference, self.list)

    def maker(self, *options: str) -> Maker:
        return lambda target, _requirements: self.bench.run(self.tool, "make", self.list, target, *options)

    def contenders(self) -> list[Contender]:
        """The ways that were worth trying; the fastest is the floor."""
        cores = str(max(os.cpu_count() or 1, 2))
        variants = [("serial", ()), (f"{cores} threads", ("--threads", cores)), ("8 threads", ("--threads", "8"))]
        variants.append(("8 threads, contents from one file", ("--threads", "8", "--copies", "list")))
        return [Contender(f"floor: {name}", self.maker(*options)) for name, options in dict(variants).items()]


def snapenv(bench: Bench, tool: Path, *options: str) -> Maker:
    def make(target: Path, requirements: Path) -> Run:
        command = (tool, "venv", target, "-p", bench.python, "-r", requirements, *options)
        return bench.run(*command, usage_is_unsupported=bool(options))

    return make


def standby(bench: Bench, tool: Path) -> Maker:
    """A spare is made before each run, not timed; in a store of its own, or others would be given it."""
    store = bench.work / "standby-cache"

    def make(target: Path, requirements: Path) -> Run:
        if not store.exists():
            bench.run(tool, "cache", "warm", "--help", usage_is_unsupported=True)
            bench.run("cp", "-al", bench.env["SNAPENV_CACHE_DIR"], store)
        env = {"SNAPENV_CACHE_DIR": str(store)}
        request = ("-p", bench.python, "-r", requirements)
        bench.run(tool, "cache", "warm", *request, env=env)
        os.sync()
        return bench.run(tool, "venv", target, *request, env=env)

    return make


def uv(bench: Bench, tool: Path, *options: str) -> Maker:
    """`uv venv` and `uv pip install`: one figure, as snapenv's includes the environment."""
    offline = [option for option in options if option == "--offline"]

    def make(target: Path, requirements: Path) -> Run:
        venv = bench.run(tool, "venv", *offline, "-p", bench.python, target)
        python = target / "bin" / "python"
        return venv + bench.run(tool, "pip", "install", *options, "-p", python, "-r", requirements)

    return make


def line_up(bench: Bench, tools: Tools, pip: Pip, floor: Floor | None) -> list[Contender]:
    """All that take part; snapenv's first run makes the reference of the floor."""
    layered = ("--link-mode", "layered")
    contenders = [
        Contender("snapenv", snapenv(bench, tools.snapenv)),
        Contender("snapenv layered", snapenv(bench, tools.snapenv, *layered), flat=False),
        Contender("snapenv layered, no verify", snapenv(bench, tools.snapenv, *layered, "--verify", "none"), flat=False),
        Contender("snapenv standby", standby(bench, tools.snapenv), apart=True),
    ]
    if floor is not None:
        contenders += floor.contenders()
    if tools.uv is not None:
        contenders += [Contender("uv", uv(bench, tools.uv)), Contender("uv --offline", uv(bench, tools.uv, "--offline"))]
        if tools.bytecode:
            options = ("--offline", "--compile-bytecode")
            contenders.append(Contender(" ".join(("uv", *options)), uv(bench, tools.uv, *options), slow=True))
    if tools.pip:
        contenders.append(Contender("pip", pip.make, slow=True))
    return contenders


def best_floor(contenders: list[Contender]) -> Contender | None:
    """The fastest of the bare programs."""
    floors = [one for one in contenders if one.name.startswith("floor") and one.runs and not one.out()]
    return min(floors, key=lambda one: median(one.runs), default=None)


def installed(target: Path) -> int:
    """How many distributions the environment has, pip and its like left out: contenders seed differently."""
    seeds = {"pip", "setuptools", "wheel"}
    found = target.glob("lib/python*/site-packages/*.dist-info")
    return sum(1 for folder in found if folder.name.split("-")[0].lower() not in seeds)


def shape(folder: Path) -> tuple[int, int, int, int]:
    """Folders, shared files, own files and symbolic links below a folder."""
    folders = shared = own = links = 0
    pending = [folder]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_symlink():
                    links += 1
                elif entry.is_dir():
                    folders += 1
                    pending.append(Path(entry.path))
                elif entry.stat(follow_symlinks=False).st_nlink > 1:
                    shared += 1
                else:
                    own += 1
    return folders, shared, own, links


def same_shape(reference: Path, target: Path) -> None:
    """The floor counts only if it makes what snapenv makes."""
    expected, made = shape(reference), shape(target)
    if expected != made:
        raise Failure(f"folders, links, copies and symlinks are {made}, those of snapenv {expected}")


def install_uv(bench: Bench) -> Path:
    """uv from the index, in a folder of its own."""
    folder = bench.work / "uv"
    program = folder / "bin" / "uv"
    if not program.exists():
        shutil.rmtree(folder, ignore_errors=True)
        bench.run(bench.python, "-m", "venv", folder)
        bench.run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--only-binary", ":all:", "uv")
    return program
