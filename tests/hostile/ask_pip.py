"""Asks pip: `python ask_pip.py PIP FOLDER MANIFEST` prints a line for each wheel and sdist of the manifest, `refused` or `installed`.

PIP is a folder (or wheel) that pip is imported from, FOLDER one that is empty: nothing may appear beside what pip was told to write.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path


def install(file: Path, into: Path) -> bool:
    from pip._internal.cli.main import main

    arguments = ["install", "--no-deps", "--no-index", "--no-compile", "--ignore-installed", "--disable-pip-version-check"]
    return main([*arguments, "--prefix", str(into), str(file)]) == 0


def unpack(file: Path, into: Path) -> bool:
    from pip._internal.utils.unpacking import unpack_file

    unpack_file(str(file), str(into))
    return (into / "setup.py").exists()


def ask(kind: str, file: Path, folder: Path) -> str:
    """Each in a process of its own, which says nothing."""
    child = os.fork()
    if child == 0:
        good = False
        try:
            log = os.open(folder / "log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            good = (install if kind == "wheel" else unpack)(file, folder / "into" / "deep")
        except BaseException:  # pip's crashes are refusals, too
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(0 if good else 1)
    return "installed" if os.waitpid(child, 0)[1] == 0 else "refused"


def main(pip: str, folder: str, manifest: str) -> None:
    sys.path.insert(0, pip)
    import pip._internal.cli.main
    import pip._internal.commands.install

    os.environ["PIP_CONFIG_FILE"] = os.devnull
    for line in Path(manifest).read_text().splitlines():
        name, kind, *_ = line.split(" | ")
        if kind == "archive":
            continue
        place = Path(folder) / name.replace("/", "-")
        (place / "into").mkdir(parents=True)
        verdict = ask(kind, Path(manifest).parent / name, place)
        stray = [each.name for each in place.iterdir() if each.name not in ("into", "log")]
        stray += [each.name for each in (place / "into").iterdir() if each.name != "deep"]
        print(name, verdict, *stray, flush=True)


main(*sys.argv[1:])
