"""The machine, its filesystems and the environment that commands run in."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
from pathlib import Path

from .bench import Bench, Environment, delete, note

GIB = 2**30
# What the caches of both workloads take when they are not there yet, and a round of all contenders.
CACHES = 4 * GIB
ROUND = GIB
INODES = 1_000_000


def base_python(python: str) -> str:
    """The interpreter itself: neither a shim nor a virtual environment's link."""
    code = "import sys; print(getattr(sys, '_base_executable', None) or sys.executable)"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{python} is no usable Python: {done.stderr.strip()}")
    return os.path.realpath(done.stdout.strip())


def environment(work: Path) -> Environment:
    """The caller's, with all caches below `work` and pip's index settings passed on to uv."""
    env = dict(os.environ)
    for name in ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "CONDA_PREFIX"):
        env.pop(name, None)
    for theirs, ours in (
        ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
        ("PIP_EXTRA_INDEX_URL", "UV_INDEX"),
        ("PIP_FIND_LINKS", "UV_FIND_LINKS"),
    ):
        if env.get(theirs):
            env.setdefault(ours, env[theirs])
    env.update(
        PIP_CACHE_DIR=str(work / "pip-cache"),
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        UV_CACHE_DIR=str(work / "uv-cache"),
        UV_PYTHON_DOWNLOADS="never",
        SNAPENV_CACHE_DIR=str(work / "snapenv-cache"),
        NO_COLOR="1",
    )
    return env


def used(folder: Path) -> int:
    """Bytes below a folder, hard links counted once."""
    if not folder.exists():
        return 0
    done = subprocess.run(["du", "-s", "--block-size=1", folder], capture_output=True, text=True)
    return int(done.stdout.split()[0]) if done.stdout else 0


def has_room(folder: Path, caches: int, rounds: int) -> bool:
    """Whether caches and targets of a run fit; in memory the rest of the machine must fit, too."""
    needed = (caches or CACHES) + rounds * ROUND
    state = os.statvfs(folder)
    free = state.f_bavail * state.f_frsize
    if filesystem(folder) == "tmpfs":
        lines = Path("/proc/meminfo").read_text().splitlines()
        available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
        free = min(free, available)
    if free < needed:
        note(f"{folder}: SKIPPED, needs {needed / GIB:.1f} GiB and has {free / GIB:.1f} GiB")
        return False
    # tmpfs counts every hard link as an inode.
    if 0 < state.f_files and state.f_favail < INODES:
        note(f"{folder}: SKIPPED, needs {INODES} inodes and has {state.f_favail}")
        return False
    return True


def filesystem(path: Path) -> str:
    """Type of the filesystem that `path` lies on."""
    best, kind = "", "unknown"
    try:
        mounts = Path("/proc/self/mounts").read_text().splitlines()
    except OSError:
        return kind
    for mount in mounts:
        point, found = mount.split(" ")[1:3]
        point = point.replace("\\040", " ")
        inside = str(path) == point or str(path).startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, found
    return kind


def copy_caches(disk: Path, memory: Path) -> None:
    """Warm caches on disk save the downloads a second time."""
    for name in ("snapenv-cache", "uv-cache", "pip-cache", "synthetic"):
        if (disk / name).exists() and not (memory / name).exists():
            note(f"copying {name} to {memory}")
            subprocess.run(["cp", "-a", disk / name, memory / name], check=True)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def describe(benches: list[Bench], versions: dict[str, str], loads: list[float]) -> None:
    """What the figures were measured on; the load says how much else was going on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    print("## snapenv, uv, pip and the bare program side by side\n")
    print(f"- date: {datetime.date.today().isoformat()}")
    print(f"- machine: {processor()}, {os.cpu_count()} cores, {memory:.1f} GiB, {platform.system()} {platform.release()}")
    for bench in benches:
        print(f"- {bench.filesystem}: caches and targets on {filesystem(bench.work)}")
    print(f"- interpreter: {benches[0].read(benches[0].python, '--version')}")
    for tool, version in sorted(versions.items()):
        print(f"- {tool}: {version}")
    print(f"- load average between parts: {min(loads):.1f} to {max(loads):.1f}")
    print("- warm caches, alternating rounds, dirty pages written back before each run")


def remove(bench: Bench, temporary: bool) -> None:
    """Targets go; caches stay in a folder that was given."""
    doomed = [bench.work] if temporary else [bench.work / name for name in ("targets", "standby-cache")]
    for folder in doomed:
        delete(folder)
