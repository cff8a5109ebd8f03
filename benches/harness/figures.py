"""The figures that snapenv is held to, reached and asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from .assembling import Workload
from .bench import median
from .compared import Compared
from .large import Large
from .repeated import Part

MEMORY_LIMIT = 64
LAYERED_LIMIT = 8
TINY_LIMIT = 4


@dataclass
class Results:
    """All that one run of the bench found out."""

    workloads: list[Workload] = field(default_factory=list)
    tiny: list[Part] = field(default_factory=list)
    layered: list[Part] = field(default_factory=list)
    cold: list[Part] = field(default_factory=list)
    memory: dict[str, dict[str, float]] = field(default_factory=dict)
    compared: list[Compared] = field(default_factory=list)
    large: list[Large] = field(default_factory=list)


@dataclass
class Figure:
    """One row: smaller is better."""

    name: str
    where: str
    reached: float | None
    asked: float
    unit: str = "×"

    def row(self) -> str:
        asked = f"at most {self.asked:g} {self.unit}"
        if self.reached is None:
            return f"| {self.name} | {self.where} | not measured | {asked} | |"
        verdict = "yes" if self.reached <= self.asked else "**no**"
        return f"| {self.name} | {self.where} | {self.reached:.3f} {self.unit} | {asked} | {verdict} |"


def ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def of_workload(workload: Workload) -> list[Figure]:
    where = f"{workload.name}, {workload.filesystem}"
    ours, offline = workload.median("snapenv"), workload.median("uv --offline")
    compiled = workload.median("uv --offline --compile-bytecode")
    layered, standby = workload.median("snapenv layered"), workload.median("snapenv standby")
    return [
        Figure("hardlink / floor", where, ratio(ours, workload.floor()), 1.25),
        Figure("hardlink / uv offline", where, ratio(ours, offline), 0.8),
        Figure("hardlink / uv online", where, ratio(ours, workload.median("uv")), 0.35),
        Figure("hardlink / uv offline with bytecode", where, ratio(ours, compiled), 1 / 16),
        Figure("layered, quick verify / uv offline", where, ratio(layered, offline), 0.1),
        Figure("standby / uv offline", where, ratio(standby, offline), 1 / 40),
    ]


def of_parts(results: Results) -> list[Figure]:
    figures = []
    for part in results.layered:
        for series in part.series:
            reached = 1000 * median(series.runs) if series.runs else None
            name = f"layered, no verify, {series.name}"
            figures.append(Figure(name, part.filesystem, reached, LAYERED_LIMIT, "ms"))
    for part in results.tiny:
        start = part.runs("true")
        for name in ("snapenv --version", "hit, --no-seed", "hit, with pip"):
            runs = part.runs(name)
            over = 1000 * (median(runs) - median(start)) if runs and start else None
            figures.append(Figure(f"tiny request over `true`: {name}", part.filesystem, over, TINY_LIMIT, "ms"))
    for part in results.cold:
        ours, theirs = part.runs("snapenv"), part.runs("uv --offline")
        reached = ratio(median(ours), median(theirs)) if ours and theirs else None
        figures.append(Figure(f"{part.title}: hardlink / uv offline", part.filesystem, reached, 1.0))
    for compared in results.compared:
        for ours, theirs, limit in compared.asked:
            name = f"{compared.part.title}: {ours} / {theirs}"
            figures.append(Figure(name, compared.part.filesystem, compared.reached(ours, theirs), limit))
    for large in results.large:
        figures.append(Figure("hit, 100,000 archives / 100", "disk", large.ratio(), 1.1))
        for name, (runs, peak) in large.looks.items():
            figures.append(Figure(f"{name}, 100,000 archives", "disk", median(runs), 3, "s"))
            figures.append(Figure(f"{name}, 100,000 archives: memory", "disk", peak, 256, "MiB"))
    for filesystem, peaks in results.memory.items():
        if "data-science" in peaks:
            name = "peak memory of a hit, data-science"
            figures.append(Figure(name, filesystem, peaks["data-science"], MEMORY_LIMIT, "MiB"))
    return figures


def report(results: Results) -> None:
    """The table of figures."""
    figures = [figure for workload in results.workloads for figure in of_workload(workload)] + of_parts(results)
    if not figures:
        return
    print("\n### Figures: reached and asked for\n")
    print("| figure | where | reached | to reach | reached it |")
    print("|---|---|---|---|---|")
    for figure in figures:
        print(figure.row())
