"""Figures of one command each: the tiny request, layered environments by size, cold caches, memory."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from .bench import REQUIREMENTS, Bench, Failure, Run, Unsupported, note, rotated, settle, spread
from .contenders import Tools, snapenv, uv
from .synthetic import Index

TINY_ROUNDS = 30
LAYERED_ROUNDS = 20
COLD_ROUNDS = 3
SYNTHETIC = 300
DROP = Path("/proc/sys/vm/drop_caches")


@dataclass
class Series:
    """One command, measured again and again."""

    name: str
    make: Callable[[Path], Run]
    runs: list[Run] = field(default_factory=list)
    said: str | None = None


@dataclass
class Part:
    """A table of series."""

    title: str
    filesystem: str
    unit: str
    series: list[Series]

    def runs(self, name: str) -> list[Run]:
        return next((one.runs for one in self.series if one.name == name), [])


def measure(bench: Bench, part: Part, rounds: int, before: Callable[[], None]) -> Part:
    """One run of each to warm up, then alternating rounds; `before` comes before each run."""
    note(f"{part.title} on {part.filesystem}: {rounds} rounds")
    targets = bench.targets(part.title.replace(" ", "-"))
    for number in range(rounds + 1):
        for series in rotated(part.series, number):
            if series.said is not None:
                continue
            target = targets / f"{number}-{part.series.index(series)}"
            try:
                before()
                series.runs.append(series.make(target))
                bench.done_with(target)
            except Unsupported:
                series.said = "not supported"
            except (Failure, OSError) as failure:
                series.said = "failed"
                note(f"  {series.name} FAILED: {failure}")
    for series in part.series:
        del series.runs[:1]
        note(f"  {series.name}: {series.said or spread(series.runs, part.unit).split(' |')[0]}")
    bench.done_with(targets)
    return part


def tiny(bench: Bench, tools: Tools) -> Part:
    """What a hit costs when there is next to nothing to make, beside the start of a process that does nothing."""
    true = shutil.which("true") or "/bin/true"
    requirements = REQUIREMENTS / "tiny.txt"

    def venv(*options: str) -> Callable[[Path], Run]:
        make = snapenv(bench, tools.snapenv, *options)
        return lambda target: make(target, requirements)

    series = [
        Series("true", lambda _: bench.run(true)),
        Series("snapenv --version", lambda _: bench.run(tools.snapenv, "--version")),
        Series("hit, --no-seed", venv("--no-seed")),
        Series("hit, with pip", venv()),
    ]
    return measure(bench, Part("tiny request", bench.filesystem, "ms", series), TINY_ROUNDS, lambda: None)


def layered(bench: Bench, tools: Tools) -> Part:
    """Layered environments of 10 to 300 distributions: what they cost must not grow with their files."""
    known = {10: "small", 74: "django-cms", 115: "data-science"}
    options = ("--link-mode", "layered", "--verify", "none")
    series = []

    def add(count: int, requirements: Path, *more: str) -> None:
        make = snapenv(bench, tools.snapenv, *options, *more)
        series.append(Series(f"{count} distributions", lambda target: make(target, requirements)))

    for count, name in known.items():
        add(count, REQUIREMENTS / f"{name}.txt")
    with Index(bench.work / "synthetic", SYNTHETIC) as index:
        add(SYNTHETIC, index.requirements, "--index-url", index.url)
        part = Part("layered, no verify", bench.filesystem, "ms", series)
        return measure(bench, part, LAYERED_ROUNDS, settle)


def cold(bench: Bench, tools: Tools, workload: str) -> Part | None:
    """With nothing in the page cache. Others on this machine feel it, too: few rounds."""
    if bench.filesystem != "disk":
        return None
    if os.geteuid() != 0 or not os.access(DROP, os.W_OK):
        note("cold page cache: SKIPPED, only root can drop it")
        return None

    def drop() -> None:
        settle()
        DROP.write_text("3")

    requirements = REQUIREMENTS / f"{workload}.txt"
    makers = {"snapenv": snapenv(bench, tools.snapenv)}
    if tools.uv is not None:
        makers["uv --offline"] = uv(bench, tools.uv, "--offline")
    series = [Series(name, lambda target, make=make: make(target, requirements)) for name, make in makers.items()]
    return measure(bench, Part(f"cold page cache, {workload}", bench.filesystem, "s", series), COLD_ROUNDS, drop)


def memory(bench: Bench, tools: Tools, workloads: list[str]) -> dict[str, float]:
    """The largest resident set of a hit, in MiB, by request."""
    targets = bench.targets("memory")
    peaks = {}
    for name in ("tiny", *workloads):
        requirements = REQUIREMENTS / f"{name}.txt"
        command = (tools.snapenv, "venv", "-p", bench.python, "-r", requirements)
        try:
            bench.run(*command, targets / f"{name}-warm")
            peaks[name] = max(bench.peak(*command, targets / f"{name}-{number}") for number in range(3))
            note(f"peak memory, {name}: {peaks[name]:.1f} MiB")
        except Failure as failure:
            note(f"peak memory, {name}, FAILED: {failure}")
    bench.done_with(targets)
    return peaks


def report(part: Part) -> None:
    """The part's table."""
    print(f"\n### {part.title}, {part.filesystem}\n")
    print("| | median | min–max | processor | runs |")
    print("|---|---|---|---|---|")
    for series in part.series:
        row = f"{series.said} | | | |" if series.said else f"{spread(series.runs, part.unit)} | {len(series.runs)} |"
        print(f"| {series.name} | {row}")


def report_memory(filesystem: str, peaks: dict[str, float]) -> None:
    """The table of peaks."""
    print(f"\n### peak memory of a hit, {filesystem}\n")
    print("| request | largest resident set |")
    print("|---|---|")
    for name, peak in peaks.items():
        print(f"| {name} | {peak:.1f} MiB |")
