"""Calls one hook of a build backend (PEP 517, PEP 660).

Run as `python hook.py CONTROL`: the question is in CONTROL/question.json, the answer goes to CONTROL/answer.json. Without an
answer the call has failed, and what was printed says why. The current folder is the source tree; it is not importable.
"""

import json
import os
import sys
from importlib import import_module


def main(control):
    with open(os.path.join(control, "question.json"), encoding="utf-8") as file:
        question = json.load(file)
    here = os.path.realpath(control)
    sys.path[:] = [path for path in sys.path if os.path.realpath(path) != here]
    answer = call(question)
    with open(os.path.join(control, "answer.json"), "w", encoding="utf-8") as file:
        json.dump(answer, file)


def call(question):
    try:
        backend = load(question["backend"], question["backend_path"])
    except Unavailable as error:
        return {"unavailable": str(error)}
    hooks = sorted(name for name in question["known"] if hasattr(backend, name))
    name = question["hook"]
    if not hasattr(backend, name):
        return {"hooks": hooks, "missing": True}
    value = getattr(backend, name)(*question["arguments"])
    return {"hooks": hooks, "value": list(value) if name.startswith("get_requires") else value}


class Unavailable(Exception):
    pass


def load(entry_point, folders):
    module, _, attributes = entry_point.partition(":")
    if folders:
        sys.meta_path.insert(0, InTree(module, folders))
    try:
        found = import_module(module)
    except ImportError as error:
        import traceback

        traceback.print_exc()
        raise Unavailable("Cannot import %r: %s" % (module, error))
    for attribute in filter(None, attributes.split(".")):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            raise Unavailable("Module %r has no %r" % (module, attributes))
    return found


class InTree:
    """Finds the backend in its own folders before anything else, and nowhere else."""

    def __init__(self, module, folders):
        self.module, self.folders = module, folders

    def find_spec(self, name, path=None, target=None):
        if "." in name:
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, self.folders)
        if spec is None and name == self.module.partition(".")[0]:
            raise Unavailable("Cannot find module %r in %r" % (self.module, self.folders))
        return spec

    def find_distributions(self, context=None):
        from importlib.metadata import DistributionFinder, MetadataPathFinder

        name = context.name if context else None
        return MetadataPathFinder.find_distributions(DistributionFinder.Context(name=name, path=self.folders))


main(sys.argv[1])
