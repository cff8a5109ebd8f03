"""The workloads: every contender makes the same environment, in alternating rounds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .bench import REQUIREMENTS, Bench, Failure, Unsupported, median, note, rotated, settle, spread
from .contenders import Contender, Floor, Pip, Tools, best_floor, installed, line_up, same_shape

# Enough for figures of many seconds.
SLOW_ROUNDS = 3


@dataclass
class Workload:
    """What was measured for one workload on one filesystem."""

    name: str
    filesystem: str
    contenders: list[Contender]
    pip: Pip

    def median(self, name: str) -> float | None:
        for contender in self.contenders:
            if contender.name == name and contender.runs and not contender.out():
                return median(contender.runs)
        return None

    def floor(self) -> float | None:
        best = best_floor(self.contenders)
        return median(best.runs) if best else None


def attempt(contender: Contender, target: Path, requirements: Path) -> bool:
    """One run; a contender that fails is out for this workload, the others go on."""
    settle()
    try:
        contender.runs.append(contender.make(target, requirements))
        return True
    except Unsupported as unsupported:
        contender.unsupported = str(unsupported)
        note(f"  {contender.name}: not supported by this snapenv ({unsupported})")
    except Failure as failure:
        contender.failure = str(failure)
        note(f"  {contender.name} FAILED: {failure}")
    return False


def warm(contenders: list[Contender], floor: Floor | None, targets: Path, requirements: Path) -> None:
    """A run of each that does not count; the first environment is what the floor has to make."""
    for place, contender in enumerate(contenders):
        target = targets / f"warm-{place}"
        if not attempt(contender, target, requirements):
            continue
        note(f"  {contender.name}: {contender.runs.pop().wall:.2f} s (not counted)")
        try:
            if place == 0 and floor is not None:
                floor.prepare(target)
            if contender.name.startswith("floor"):
                same_shape(targets / "warm-0", target)
        except (Failure, OSError) as failure:
            contender.failure = str(failure)
            note(f"  {contender.name} FAILED: {failure}")


def measure(bench: Bench, tools: Tools, name: str, rounds: int) -> Workload:
    """Warms caches, then measures round by round."""
    requirements = REQUIREMENTS / f"{name}.txt"
    targets = bench.targets(name)
    pip = Pip(bench)
    floor = Floor(bench, tools.floor, targets / "floor.list") if tools.floor else None
    contenders = line_up(bench, tools, pip, floor)
    note(f"{name} on {bench.filesystem}: warming caches")
    warm(contenders, floor, targets, requirements)
    pip.venv.clear()
    together = [contender for contender in contenders if not contender.apart]
    for number in range(rounds):
        note(f"{name} on {bench.filesystem}: round {number + 1} of {rounds}")
        for contender in rotated(together, number):
            if not (contender.slow and number >= SLOW_ROUNDS):
                one(bench, contender, targets / f"{number}-{contenders.index(contender)}", requirements)
    for contender in contenders:
        for number in range(rounds if contender.apart else 0):
            one(bench, contender, targets / f"{number}-{contenders.index(contender)}", requirements)
    bench.done_with(targets)
    return Workload(name, bench.filesystem, contenders, pip)


def one(bench: Bench, contender: Contender, target: Path, requirements: Path) -> None:
    if not contender.out() and attempt(contender, target, requirements):
        if contender.flat:
            contender.packages.add(installed(target))
        note(f"  {contender.name}: {contender.runs[-1].wall:.3f} s")
    bench.done_with(target)


def report(workload: Workload) -> None:
    """The workload's table."""
    ours = workload.median("snapenv")
    print(f"\n### {workload.name}, {workload.filesystem}\n")
    print("| contender | median | min–max | processor | ratio to snapenv | distributions | runs |")
    print("|---|---|---|---|---|---|---|")
    for contender in workload.contenders:
        if contender.out():
            why = "failed" if contender.failure is not None else "not supported"
            print(f"| {contender.name} | {why} | | | | | {len(contender.runs)} |")
        elif contender.runs:
            ratio = f"{median(contender.runs) / ours:.2f}" if ours else ""
            packages = ", ".join(str(count) for count in sorted(contender.packages))
            print(f"| {contender.name} | {spread(contender.runs)} | {ratio} | {packages} | {len(contender.runs)} |")
    if workload.pip.venv:
        venv = workload.pip.venv
        print(f"| (python -m venv, not in pip's figure) | {spread(venv)} | | | {len(venv)} |")
    counts = {count for contender in workload.contenders for count in contender.packages}
    if len(counts) > 1:
        print("\nThe contenders did not install the same number of distributions: the figures do not compare.")
    for contender in workload.contenders:
        if contender.failure is not None:
            print(f"\n{contender.name} failed:\n\n```\n{contender.failure}\n```")
