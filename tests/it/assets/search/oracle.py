"""Answers searches by pip's own resolver, without any index: one JSON document a line, in and out.

pip is taken from the folder that is the first argument. Only what pip would fetch is made up; requirements, candidates, the resolver and
its messages are pip's.
"""

import json
import logging
import pathlib
import sys
import traceback

sys.path.insert(0, sys.argv[1])

from functools import partial  # noqa: E402

from pip._internal.exceptions import InstallationError, ResolutionTooDeepError  # noqa: E402
from pip._internal.index.package_finder import CandidateEvaluator  # noqa: E402
from pip._internal.metadata.importlib._dists import Distribution, WheelDistribution  # noqa: E402
from pip._internal.models.candidate import InstallationCandidate  # noqa: E402
from pip._internal.models.link import Link  # noqa: E402
from pip._internal.models.release_control import ReleaseControl  # noqa: E402
from pip._internal.models.target_python import TargetPython  # noqa: E402
from pip._internal.req.constructors import (  # noqa: E402
    install_req_from_line,
    install_req_from_req_string,
)
from pip._internal.resolution.resolvelib import resolver as pip_resolver  # noqa: E402
from pip._vendor.packaging.utils import canonicalize_name  # noqa: E402
from pip._vendor.packaging.version import Version  # noqa: E402
from pip._vendor.resolvelib import Resolver as Rounds  # noqa: E402
from pip._vendor.resolvelib.structs import DirectedGraph  # noqa: E402

HOST = "https://files.invalid/"


def by_kind(key):
    """Projects, then projects with extras, then the interpreter: pip's own order is that of a set, which changes from run to run."""
    if key is None:
        return (0, "")
    return (3 if key.startswith("<") else 2 if "[" in key else 1, key.replace("[", "\0"))


DirectedGraph.iter_children = lambda self, key: iter(sorted(self._forwards[key], key=by_kind))


def metadata(package):
    lines = ["Metadata-Version: 2.1", f"Name: {package['claims']}", f"Version: {package['version']}"]
    lines += [f"Requires-Dist: {text}" for text in package["requires"]]
    lines += [f"Provides-Extra: {text}" for text in package["extras"]]
    if package["python"]:
        lines.append(f"Requires-Python: {package['python']}")
    return "\n".join(lines).encode()


def distribution(package):
    folder = pathlib.PurePosixPath(f"{package['name']}.dist-info")
    inside = WheelDistribution({pathlib.PurePosixPath("METADATA"): metadata(package)}, folder)
    return Distribution(inside, folder, None)


class Finder:
    """Just enough of pip's PackageFinder."""

    release_control = ReleaseControl()
    target_python = TargetPython(py_version_info=(3, 11, 7))

    def __init__(self, packages):
        self.projects = {}
        self.asked = []
        self.found = {}
        for package in packages:
            link = Link(HOST + package["file"].replace("+", "%2B"), yanked_reason=package["yanked"])
            name = canonicalize_name(package["name"])
            candidate = InstallationCandidate(name, package["version"], link)
            self.projects.setdefault(name, []).append(candidate)

    def find_all_candidates(self, name):
        return self.projects.get(canonicalize_name(name), [])

    def find_best_candidate(self, project_name, specifier=None, hashes=None):
        name = canonicalize_name(project_name)
        if name not in self.asked:
            self.asked.append(name)
        key = (name, specifier, hashes)
        if key not in self.found:
            evaluator = CandidateEvaluator.create(
                project_name=name,
                target_python=self.target_python,
                release_control=self.release_control,
                specifier=specifier,
                hashes=hashes,
            )
            self.found[key] = evaluator.compute_best_candidate(self.find_all_candidates(name))
        return self.found[key]

    def requires_python_skipped_reasons(self):
        return []


class Preparer:
    """Just enough of pip's RequirementPreparer."""

    require_hashes = False

    def __init__(self, packages):
        self.packages = {package["file"]: package for package in packages}
        self.fetched = []

    def prepare_linked_requirement(self, ireq, parallel_builds=False):
        file = ireq.link.filename
        if file not in self.fetched:
            self.fetched.append(file)
        return distribution(self.packages[file])

    def prepare_installed_requirement(self, ireq, reason):
        pass


class Log(logging.Handler):
    """Collects what pip says."""

    def __init__(self):
        super().__init__(logging.INFO)
        self.records = []

    def emit(self, record):
        self.records.append((record.levelno, record.getMessage()))

    def of(self, level):
        return [text for levelno, text in self.records if levelno == level]


def constraints_sorted(text):
    """pip lists the constraints in the order of a set."""
    mark = "    The user requested (constraint) "
    lines = text.split("\n")
    ordered = iter(sorted(line for line in lines if line.startswith(mark)))
    return "\n".join(next(ordered) if line.startswith(mark) else line for line in lines)


def root(text, line, constraint):
    name = "constraints.txt" if constraint else "requirements.txt"
    comes_from = f"-{'c' if constraint else 'r'} {name} (line {line})" if line else None
    return install_req_from_line(text, comes_from=comes_from, user_supplied=not constraint, constraint=constraint)


class Resolver(Rounds):
    """pip's resolver with another limit of rounds."""

    limit = 0

    def resolve(self, requirements, max_rounds):
        return super().resolve(requirements, max_rounds=self.limit)


pip_resolver.RLResolver = Resolver


def answer(case):
    log = Log()
    Resolver.limit = case["rules"]["rounds"]
    logger = logging.getLogger("pip._internal.resolution.resolvelib")
    logger.handlers, logger.propagate = [log], False
    logger.setLevel(logging.INFO)
    finder = Finder(case["packages"])
    preparer = Preparer(case["packages"] + case["direct"])
    rules = case["rules"]
    resolver = pip_resolver.Resolver(
        preparer=preparer,
        finder=finder,
        wheel_cache=None,
        make_install_req=partial(install_req_from_req_string, isolated=False),
        use_user_site=False,
        ignore_dependencies=rules["no_deps"],
        only_dependencies=False,
        ignore_installed=True,
        ignore_requires_python=rules["ignore_python"],
        force_reinstall=rules["installed"] == "reinstalled",
        upgrade_strategy={"never": "to-satisfy-only", "named": "only-if-needed", "everything": "eager"}[rules["upgrade"]],
        py_version_info=(3, 11, 7),
    )
    if rules["installed"] != "overlooked":
        installed = {canonicalize_name(package["name"]): distribution(package) for package in case["installed"]}
        resolver.factory._installed_dists = installed
    roots = [root(text, line, True) for text, line in case["constraints"]]
    roots += [root(text, line, False) for text, line in case["roots"]]
    out = {}
    try:
        chosen = resolver.resolve(roots, check_supported_wheels=False)
        order = resolver.get_installation_order(chosen)
        versions = {
            candidate.project_name: str(candidate.version)
            for candidate in resolver._result.mapping.values()
            if not candidate.name.startswith("<")
        }
        out["order"] = [
            {
                "name": canonicalize_name(ireq.name),
                "version": versions[canonicalize_name(ireq.name)],
                "extras": sorted(canonicalize_name(extra) for extra in ireq.extras),
                "requested": ireq.user_supplied,
                "replaces": ireq.should_reinstall,
            }
            for ireq in order
        ]
        added = {entry["name"] for entry in out["order"]}
        out["kept"] = sorted(f"{name}=={version}" for name, version in versions.items() if name not in added)
    except ResolutionTooDeepError:
        return {"deep": True}
    except InstallationError as error:
        details = [text for text in log.of(logging.INFO) if text.startswith("\nThe conflict")]
        out["impossible"] = {
            "errors": log.of(logging.CRITICAL),
            "details": constraints_sorted("\n".join(details)),
            "summary": str(error),
        }
        if type(error).__name__ not in ("DistributionNotFound", "UnsupportedPythonVersion"):
            return {"crash": repr(error)}
    except Exception as error:
        return {"crash": repr(error) + traceback.format_exc()}
    out["warnings"] = list(dict.fromkeys(log.of(logging.WARNING)))
    out["asked"] = finder.asked
    out["fetched"] = preparer.fetched
    return out


def main():
    assert Version("1")
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


main()
