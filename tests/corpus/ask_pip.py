"""Asks pip many questions from one process: pip is imported once, and forked for each question.

Run by the interpreter whose answers are wanted, with a folder that holds pip (unpacked) in PYTHONPATH. Each line of standard input is a
question as JSON: {"id", "arguments", "folder", "installed"}; each line of standard output is an answer: {"id", "code", "output", "report", "order"}.
`installed` is a folder of distributions that pip is to see, `report` what `--report` writes, `order` the names in the order in which pip would install them, which no report says.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

import pip._internal.cli.main
import pip._internal.commands.install  # noqa: F401  (each fork would import it anew)
import pip._internal.network.session  # noqa: F401
from pip._internal.resolution.resolvelib import resolver


def ordered(path: Path) -> None:
    """Has pip write the installation order of what it resolves to `path`."""
    resolve = resolver.Resolver.resolve

    def noting(self, *arguments, **named):
        found = resolve(self, *arguments, **named)
        path.write_text(json.dumps([each.name for each in self.get_installation_order(found)]))
        return found

    resolver.Resolver.resolve = noting


def answer(question: dict, scratch: Path) -> None:
    """In a process of its own: pip, with everything that it says in files."""
    said = os.open(scratch / "output", os.O_WRONLY | os.O_CREAT)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(question["folder"])
    sys.path += [question["installed"]] if "installed" in question else []
    ordered(scratch / "order")
    fixed = ["install", "--dry-run", "--no-input", "--disable-pip-version-check", "--no-color"]
    report = ["--report", str(scratch / "report")]
    os._exit(pip._internal.cli.main.main([*fixed, *report, *question["arguments"]]))


def ask(question: dict, scratch: Path) -> dict:
    child = os.fork()
    if child == 0:
        try:
            answer(question, scratch)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(99)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    read = {name: (scratch / name).read_text() for name in ("output", "report", "order") if (scratch / name).exists()}
    return {
        "id": question["id"],
        "code": code,
        "output": read.get("output", ""),
        "report": json.loads(read["report"]) if code == 0 else None,
        "order": json.loads(read["order"]) if code == 0 and "order" in read else [],
    }


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        with tempfile.TemporaryDirectory() as scratch:
            answers.write(json.dumps(ask(json.loads(line), Path(scratch))) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
