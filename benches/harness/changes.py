"""What is not a hit: one pin changed, an unpinned file again, and nothing in any cache."""

from __future__ import annotations

from pathlib import Path

from .bench import REQUIREMENTS, Bench, Run, note
from .compared import Compared, copied_caches, fresh_caches, measure
from .contenders import Tools
from .repeated import Part, Series

# A pin of each workload, and the neighbour that it is changed to.
CHANGED = {"django-cms": ("django==5.2.19", "django==5.2.18"), "data-science": ("tornado==6.6.1", "tornado==6.6")}


def by_snapenv(bench: Bench, tools: Tools, target: Path, env: dict[str, str], *request: str | Path) -> Run:
    return bench.run(tools.snapenv, "venv", target, "-p", bench.python, *request, env=env)


def by_uv(bench: Bench, tools: Tools, target: Path, env: dict[str, str], *request: str | Path) -> Run:
    """The environment and what is in it, in one figure as for snapenv."""
    venv = bench.run(tools.uv, "venv", "-p", bench.python, target, env=env)
    return venv + bench.run(tools.uv, "pip", "install", "-p", target / "bin" / "python", *request, env=env)


def changed(bench: Bench, tools: Tools, name: str, rounds: int) -> Compared:
    """The environment of yesterday is known; today one line of its file is another. The caches are yesterday's before each run."""
    before, after = CHANGED[name]
    old, new = REQUIREMENTS / f"{name}.txt", bench.work / f"{name}-changed.txt"
    text = old.read_text()
    if before not in text.splitlines():
        raise ValueError(f"{old} does not pin {before}")
    new.write_text(text.replace(before, after))
    part = Part(f"one pin changed, {name}", bench.filesystem, "s", [])
    compared = Compared(part, [("snapenv", "uv", 1.0)])
    note(f"{part.title}: warming caches")
    warm = bench.targets(f"changed-{name}-warm")
    by_snapenv(bench, tools, warm / "snapenv", {}, "-r", old)

    def ours(target: Path) -> Run:
        env = copied_caches(bench, target.name, "SNAPENV_CACHE_DIR")
        return by_snapenv(bench, tools, target, env, "-r", new)

    def theirs(target: Path) -> Run:
        env = copied_caches(bench, target.name, "UV_CACHE_DIR")
        return by_uv(bench, tools, target, env, "-r", new)

    part.series.append(Series("snapenv", ours))
    if tools.uv is not None:
        by_uv(bench, tools, warm / "uv", {}, "-r", old)
        part.series.append(Series("uv", theirs))
    return measure(bench, compared, rounds)


def unpinned(bench: Bench, tools: Tools, name: str, rounds: int) -> Compared:
    """The file as people write it, a second time: the index could answer otherwise, and both ask it."""
    request = ("-r", REQUIREMENTS / f"{name}.in")
    part = Part(f"unpinned again, {name}", bench.filesystem, "s", [])
    makers = {"snapenv": by_snapenv} | ({"uv": by_uv} if tools.uv is not None else {})
    note(f"{part.title}: warming caches")
    warm = bench.targets(f"unpinned-{name}-warm")
    for contender, maker in makers.items():
        maker(bench, tools, warm / contender, {}, *request)
        part.series.append(Series(contender, lambda target, maker=maker: maker(bench, tools, target, {}, *request)))
    return measure(bench, Compared(part, [("snapenv", "uv", 1.0)]), rounds)


def cold_caches(bench: Bench, tools: Tools, name: str, rounds: int) -> Compared:
    """Nothing in any cache: fetched, unpacked, compiled and archived until the environment can be used."""
    request = ("-r", REQUIREMENTS / f"{name}.txt")

    def ours(*options: str):
        return lambda target: by_snapenv(bench, tools, target, fresh_caches(bench, target.name), *request, *options)

    def theirs(*options: str):
        return lambda target: by_uv(bench, tools, target, fresh_caches(bench, target.name), *request, *options)

    series = [Series("snapenv", ours()), Series("snapenv --no-compile", ours("--no-compile"))]
    if tools.uv is not None:
        series += [Series("uv --compile-bytecode", theirs("--compile-bytecode")), Series("uv", theirs())]
    part = Part(f"empty caches, {name}", bench.filesystem, "s", series)
    asked = [("snapenv", "uv --compile-bytecode", 0.9), ("snapenv --no-compile", "uv", 1.3)]
    return measure(bench, Compared(part, asked), rounds)
