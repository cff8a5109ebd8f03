"""Running commands and measuring them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
REQUIREMENTS = ROOT / "fixtures" / "requirements"
Environment = dict[str, str]

# A usage error, as snapenv and clap answer what they do not know.
USAGE = 2

# Runs a command from a process that is smaller than any tool: a child inherits the peak of the memory it was forked from.
PEAK = """
import json, os, sys
null = os.open(os.devnull, os.O_RDWR)
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, n) for n in (0, 1, 2)])
_, status, usage = os.wait4(child, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss]))
"""


class Failure(Exception):
    """A command that did not succeed; its text is the end of what the command said."""


class Unsupported(Exception):
    """A snapenv that does not know the option or command that is to be measured."""


@dataclass
class Run:
    """What one run cost, in seconds. `cpu` is user and system time of all processes: other people's load hardly shows in it."""

    wall: float
    cpu: float

    def __add__(self, other: Run) -> Run:
        return Run(self.wall + other.wall, self.cpu + other.cpu)


@dataclass
class Bench:
    """What all contenders share on one filesystem."""

    filesystem: str
    work: Path
    python: str
    env: Environment
    limit: float

    def run(self, *command: str | Path, env: Environment | None = None, usage_is_unsupported: bool = False) -> Run:
        """Runs a command to its end."""
        words = [str(word) for word in command]
        with tempfile.TemporaryFile() as said:
            start = time.perf_counter()
            try:
                child = subprocess.Popen(
                    words, env=self.env | (env or {}), cwd=self.work, stdin=subprocess.DEVNULL, stdout=said,
                    stderr=subprocess.STDOUT,
                )
            except OSError as error:
                raise Failure(f"`{words[0]}` could not be started: {error}") from None
            timer = threading.Timer(self.limit, child.kill)
            timer.start()
            _, status, usage = os.wait4(child.pid, 0)
            took = time.perf_counter() - start
            timer.cancel()
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode == 0:
                return Run(took, usage.ru_utime + usage.ru_stime)
            if took >= self.limit:
                raise Failure(f"`{' '.join(words)}` took longer than {self.limit:.0f} s")
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
        if usage_is_unsupported and child.returncode == USAGE:
            raise Unsupported(lines[0] if lines else "usage error")
        tail = "\n".join(lines[-8:])
        raise Failure(f"`{' '.join(words)}` exited with {child.returncode}:\n{tail}")

    def peak(self, *command: str | Path) -> float:
        """The largest resident set of a command's processes, in MiB."""
        words = [sys.executable, "-I", "-S", "-c", PEAK, *(str(word) for word in command)]
        done = subprocess.run(words, env=self.env, cwd=self.work, capture_output=True, text=True, timeout=self.limit)
        if done.returncode != 0:
            raise Failure(f"`{command[0]}` could not be started: {done.stderr.strip()}")
        code, kibibytes = json.loads(done.stdout)
        if code != 0:
            raise Failure(f"`{' '.join(words[5:])}` exited with {code}")
        return kibibytes / 1024

    def read(self, *command: str | Path) -> str:
        """The first line that a command prints, or `unknown`."""
        words = [str(word) for word in command]
        try:
            done = subprocess.run(words, env=self.env, capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return "unknown"
        lines = done.stdout.splitlines()
        return lines[0] if done.returncode == 0 and lines else "unknown"

    def targets(self, name: str) -> Path:
        """A fresh folder for environments."""
        folder = self.work / "targets" / name
        folder.mkdir(parents=True)
        return folder

    def done_with(self, targets: Path) -> None:
        """On disk, environments stay until the end: ext4 is slow at creating folders right after many were deleted.

        In memory they go at once: there every hard link takes an inode, and inodes run out.
        """
        if self.filesystem == "tmpfs":
            delete(targets)


def delete(folder: Path) -> None:
    """Removes a folder and all below it; a hundred environments take Python's own function minutes."""
    subprocess.run(["rm", "-rf", folder], check=False)


def settle() -> None:
    """Writes back what earlier runs left dirty, so that nobody pays for another."""
    os.sync()


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def rotated(things: list, number: int) -> list:
    """The same things, another one first: a different contender begins each round."""
    start = number % max(len(things), 1)
    return things[start:] + things[:start]


def median(runs: list[Run]) -> float:
    return statistics.median(run.wall for run in runs)


def spread(runs: list[Run], unit: str = "s") -> str:
    """Three columns of a table: median, smallest and largest, median of the processor time."""
    scale, digits = (1000, 2) if unit == "ms" else (1, 3)
    walls = [run.wall * scale for run in runs]
    cpu = statistics.median(run.cpu * scale for run in runs)
    low, high = min(walls), max(walls)
    return f"{statistics.median(walls):.{digits}f} {unit} | {low:.{digits}f}–{high:.{digits}f} {unit} | {cpu:.{digits}f} {unit}"
