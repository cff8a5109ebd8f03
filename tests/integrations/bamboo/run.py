"""Runs a plan of Bamboo's YAML specs as one agent would: run.py SPEC WORKSPACE ARTIFACTS.

Knows what tests/integrations/bamboo/schema.json lets through, and nothing else. Capabilities are variables, as on an agent:
bamboo_capability_system_builder_command_NAME. Ends with 0 for a green build, 1 for a red one, 2 for a plan that Bamboo would not take.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

RESERVED = {"version", "plan", "stages", "triggers", "repositories", "branches"}


class Failed(Exception):
    pass


class Refused(Exception):
    pass


def say(text):
    print(text, flush=True)


def properties(path):
    """java.util.Properties, less continued lines and separators other than '=': nothing of ours has them."""
    values = {}
    for line in path.read_text("latin-1").splitlines():
        if not line.strip() or line.lstrip()[0] in "#!":
            continue
        name, separator, value = line.partition("=")
        if not separator:
            raise Failed(f"{path}: no '=' in {line!r}")
        units = []
        rest = iter(value.lstrip(" \t"))
        for letter in rest:
            if letter != "\\":
                units.append(ord(letter))
                continue
            escaped = next(rest)
            if escaped == "u":
                units.append(int("".join(next(rest) for _ in range(4)), 16))
            else:
                units.append(ord({"n": "\n", "r": "\r", "t": "\t"}.get(escaped, escaped)))
        values[name] = b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le")
    return values


class Job:
    def __init__(self, definition, workspace, artifacts):
        self.definition = definition
        self.workspace = workspace
        self.artifacts = artifacts
        self.variables = {}

    def environment(self):
        named = {f"bamboo_{name.replace('.', '_')}": value for name, value in self.variables.items()}
        return {**os.environ, **named}

    def substituted(self, text):
        def value(match):
            name = match.group(1)
            if name not in self.variables:
                raise Failed(f"variable {name} is not defined")
            return self.variables[name]

        return re.sub(r"\$\{bamboo\.([^}]+)\}", value, text)

    def checkout(self, _):
        pass

    def script(self, task):
        if "file" in task:
            path = self.workspace / task["file"]
            words = [str(path), *shlex.split(self.substituted(task.get("argument", "")))]
            self.run(words)
            return
        for body in task["scripts"]:
            with tempfile.NamedTemporaryFile("w", suffix=".sh", delete=False) as file:
                file.write(self.substituted(body))
            os.chmod(file.name, 0o700)
            try:
                self.run([file.name] if body.startswith("#!") else ["/bin/sh", file.name])
            finally:
                os.unlink(file.name)

    def run(self, words):
        status = subprocess.run(words, cwd=self.workspace, env=self.environment(), stdin=subprocess.DEVNULL).returncode
        if status:
            raise Failed(f"script ended with {status}")

    def inject_variables(self, task):
        path = self.workspace / task["file"]
        if not path.exists():
            raise Failed(f"{task['file']} does not exist")
        for name, value in properties(path).items():
            self.variables[f"{task['namespace']}.{name}"] = value

    def test_parser(self, task):
        if not list(self.workspace.glob(task["test-results"])):
            raise Failed(f"no test results in {task['test-results']}")

    def perform(self, tasks):
        for entry in tasks:
            (kind, task), = entry.items()
            say(f"task: {kind}: {task.get('description', '')}")
            getattr(self, kind.replace("-", "_"))(task)

    def build(self):
        for requirement in self.definition.get("requirements", []):
            if "bamboo_capability_" + requirement.replace(".", "_") not in os.environ:
                raise Refused(f"no agent has {requirement}")
        green = True
        try:
            self.perform(self.definition["tasks"])
        except Failed as failure:
            say(f"failed: {failure}")
            green = False
        # Each of them, whatever became of the others.
        for entry in self.definition.get("final-tasks", []):
            try:
                self.perform([entry])
            except Failed as failure:
                say(f"failed: {failure}")
                green = False
        for artifact in self.definition.get("artifacts", []):
            found = [path for path in (self.workspace / artifact.get("location", ".")).glob(artifact["pattern"]) if path.is_file()]
            if not found and artifact.get("required"):
                say(f"failed: no artifact {artifact['name']}")
                green = False
            target = self.artifacts / artifact["name"]
            target.mkdir(parents=True, exist_ok=True)
            for path in found:
                shutil.copy(path, target)
        return green


def main(spec, workspace, artifacts):
    document = YAML(typ="safe").load(Path(spec))
    jobs = [job for stage in document["stages"] for body in stage.values() for job in body["jobs"]]
    defined = set(document) - RESERVED
    if set(jobs) != defined:
        raise Refused(f"stages have {sorted(jobs)}, and defined are {sorted(defined)}")
    green = True
    for name in jobs:
        say(f"job: {name}")
        green = Job(document[name], Path(workspace), Path(artifacts)).build() and green
    say("build: green" if green else "build: red")
    return 0 if green else 1


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except Refused as refusal:
        say(f"refused: {refusal}")
        sys.exit(2)
