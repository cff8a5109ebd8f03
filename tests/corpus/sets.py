"""Requirement sets as text: see docs/testing.md for the format."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures" / "corpus"
# The universe that is recorded from a real index.
RECORDED = "recorded"


@dataclass
class RequirementSet:
    """One question to pip."""

    name: str
    python: str = "3.11"
    universe: str = RECORDED
    lines: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    words: str = ""
    installed: list[str] = field(default_factory=list)

    def arguments(self, places: dict[str, str]) -> list[str]:
        """What pip is given; `places` is the address of each place that the words name."""
        words = self.words
        if "{" not in words and "--no-index" not in words:
            words = "--index-url {main} " + words
        found = [re.sub(r"\{(\S+?)\}", lambda match: places[match[1]], word) for word in shlex.split(words)]
        if not self.installed:
            found.append("--ignore-installed")
        if self.lines:
            found += ["-r", "requirements.txt"]
        if self.constraints:
            found += ["-c", "constraints.txt"]
        return found

    def write_files(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, lines in (("requirements.txt", self.lines), ("constraints.txt", self.constraints)):
            (folder / name).write_text("".join(f"{line}\n" for line in lines))
        for each in self.installed:
            about, *needs = each.split(" | ")
            name, version = about.split()
            info = folder / "installed" / f"{name.replace('-', '_')}-{version}.dist-info"
            info.mkdir(parents=True, exist_ok=True)
            fields = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {need}" for need in needs)]
            (info / "METADATA").write_text("Metadata-Version: 2.1\n" + "".join(f"{field}\n" for field in fields))
            (info / "RECORD").touch()


def read_sets(path: Path) -> list[RequirementSet]:
    """The sets of one file."""
    found: list[RequirementSet] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            found.append(RequirementSet(line.strip("[] ")))
            continue
        key, _, value = line.partition(" ")
        each = found[-1]
        match key:
            case "python":
                each.python = value
            case "universe":
                each.universe = value
            case "file":
                each.lines.append(value)
            case "constraint":
                each.constraints.append(value)
            case "args":
                each.words = value
            case "installed":
                each.installed.append(value)
            case _:
                raise SystemExit(f"{path}:{number}: unknown word '{key}'")
    return found


def all_sets() -> list[RequirementSet]:
    return [each for path in sorted((FIXTURES / "sets").glob("*.txt")) for each in read_sets(path)]
