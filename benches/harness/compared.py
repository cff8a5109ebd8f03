"""Parts that set one way beside another: alternating rounds, each run from the same state of the caches."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .bench import Bench, Failure, Unsupported, delete, median, note, rotated, settle, spread
from .repeated import Part, Series

# Variables that name a tool's cache, and its folder below the work folder.
CACHES = {"SNAPENV_CACHE_DIR": "snapenv-cache", "UV_CACHE_DIR": "uv-cache", "PIP_CACHE_DIR": "pip-cache"}


@dataclass
class Compared:
    """A part, and what one series may take as a multiple of another."""

    part: Part
    asked: list[tuple[str, str, float]] = field(default_factory=list)

    def reached(self, ours: str, theirs: str) -> float | None:
        mine, other = self.part.runs(ours), self.part.runs(theirs)
        return median(mine) / median(other) if mine and other else None


def measure(bench: Bench, compared: Compared, rounds: int) -> Compared:
    """Every run counts: what has to be warm is made so by the caller."""
    part = compared.part
    note(f"{part.title} on {part.filesystem}: {rounds} rounds")
    targets = bench.targets(part.title.replace(" ", "-").replace(",", ""))
    for number in range(rounds):
        for series in rotated(part.series, number):
            if series.said is not None:
                continue
            target = targets / f"{number}-{part.series.index(series)}"
            settle()
            try:
                series.runs.append(series.make(target))
                note(f"  {series.name}: {spread(series.runs[-1:], part.unit).split(' |')[0]}")
            except Unsupported as unsupported:
                series.said = "not supported"
                note(f"  {series.name}: not supported ({unsupported})")
            except (Failure, OSError) as failure:
                series.said = "failed"
                note(f"  {series.name} FAILED: {failure}")
            bench.done_with(target)
    bench.done_with(targets)
    return compared


def fresh_caches(bench: Bench, name: str) -> dict[str, str]:
    """Empty caches, for one run."""
    folder = bench.work / "targets" / "caches" / name
    delete(folder)
    folder.mkdir(parents=True)
    return {variable: str(folder / cache) for variable, cache in CACHES.items()}


def copied_caches(bench: Bench, name: str, *variables: str) -> dict[str, str]:
    """Caches as they are, for one run: what it adds is gone with them."""
    found = {}
    for variable in variables:
        folder = bench.work / "targets" / "caches" / name / CACHES[variable]
        delete(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        source = Path(bench.env[variable])
        if source.exists():
            bench.run("cp", "-al", source, folder)
        found[variable] = str(folder)
    return found
