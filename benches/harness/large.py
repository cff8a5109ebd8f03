"""A store of 100,000 archives and 5,000 snapshots: hits beside those of a small one, looking through it, and memory."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .bench import Bench, Run, median, note, rotated, spread
from .synthetic import Index

SIZES = {"small": (100, 5), "large": (100_000, 5_000)}
HITS = 60
LOOKS = 5
LOOKING = {
    "cache info": ("cache", "info"),
    "cache list": ("cache", "list"),
    "cache prune --dry-run": ("cache", "prune", "--dry-run", "--max-size", "100M", "--older-than", "200d"),
}


@dataclass
class Large:
    """What was measured; of what looks through the store, also the peak of memory in MiB."""

    hits: dict[str, list[Run]] = field(default_factory=lambda: {name: [] for name in SIZES})
    looks: dict[str, tuple[list[Run], float]] = field(default_factory=dict)

    def ratio(self) -> float:
        return median(self.hits["large"]) / median(self.hits["small"])


def make(stock: Path, memory: Path, folder: Path) -> dict[str, Path]:
    """The stores, on disk. They are made in memory, where nobody waits for each entry to be durable."""
    stores = {}
    for name, (archives, snapshots) in SIZES.items():
        stores[name] = folder / name
        if stores[name].exists():
            continue
        note(f"making a store of {archives} archives")
        with tempfile.TemporaryDirectory(prefix="snapenv-stock-", dir=memory if memory.is_dir() else None) as made:
            subprocess.run([stock, Path(made) / name, str(archives), str(snapshots)], check=True)
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", Path(made) / name, stores[name]], check=True)
    return stores


def measure(bench: Bench, snapenv: Path, stock: Path, memory: Path) -> Large:
    folder = bench.work / "large-store"
    stores = make(stock, memory, folder)
    large, targets = Large(), bench.targets("large-store")
    with Index(bench.work / "synthetic", 1) as index:
        for number in range(-2, HITS):
            for name in rotated(list(stores), number):
                words = (snapenv, "venv", targets / f"{name}-{number}", "-p", bench.python, "-r", index.requirements)
                options = ("--no-seed", "--index-url", index.url)
                run = bench.run(*words, *options, env={"SNAPENV_CACHE_DIR": str(stores[name])})
                # The first makes it, the second warms up.
                if number >= 0:
                    large.hits[name].append(run)
    settings = bench.env | {"SNAPENV_CACHE_DIR": str(stores["large"])}
    there = Bench(bench.filesystem, bench.work, bench.python, settings, bench.limit)
    for name, words in LOOKING.items():
        runs = [there.run(snapenv, *words) for _ in range(LOOKS + 1)]
        large.looks[name] = (runs[1:], there.peak(snapenv, *words))
    bench.done_with(targets)
    shutil.rmtree(folder)
    return large


def report(large: Large) -> None:
    print("\n### a store of 100,000 archives and 5,000 snapshots, disk\n")
    print("| | median | min–max | processor | peak memory | runs |\n|---|---|---|---|---|---|")
    for name, runs in large.hits.items():
        print(f"| tiny hit, store of {SIZES[name][0]:,} archives | {spread(runs, 'ms')} | | {len(runs)} |")
    for name, (runs, peak) in large.looks.items():
        print(f"| {name} | {spread(runs)} | {peak:.0f} MiB | {len(runs)} |")
