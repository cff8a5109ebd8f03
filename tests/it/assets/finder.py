"""Answers cases for tests/it/candidates.rs with pip's own finder: cases as JSON on stdin, answers as JSON on stdout."""

import functools
import itertools
import json
import logging
import sys

from pip._internal.exceptions import InstallationError, MetadataInvalid
from pip._internal.index.collector import CollectedSources, IndexContent
from pip._internal.index.package_finder import PackageFinder
from pip._internal.models.format_control import FormatControl
from pip._internal.models.link import Link
from pip._internal.models.release_control import ReleaseControl
from pip._internal.models.selection_prefs import SelectionPreferences
from pip._internal.models.target_python import TargetPython
from pip._internal.req.constructors import install_req_from_line
from pip._internal.resolution.resolvelib.factory import Factory
from pip._internal.utils.datetime import parse_iso_datetime
from pip._internal.utils.hashes import Hashes
from pip._vendor.packaging.specifiers import InvalidSpecifier, SpecifierSet
from pip._vendor.packaging.tags import parse_tag
from pip._vendor.packaging.version import InvalidVersion, Version

JSON = "application/vnd.pypi.simple.v1+json"


class Place:
    """A source of links that needs no network."""

    def __init__(self, listing, page_candidates):
        self.listing, self._page_candidates = listing, page_candidates

    def page_candidates(self):
        return self._page_candidates(Link(self.listing["place"])) if self.listing["source"] != "files" else ()

    def file_links(self):
        return [Link(link["url"]) for link in self.listing["links"]] if self.listing["source"] == "files" else ()


class Collector:
    """What a PackageFinder asks of its LinkCollector."""

    def __init__(self, listings):
        self.listings = listings

    def collect_sources(self, project_name, candidates_from_page):
        def places(index):
            of = [listing for listing in self.listings if (listing["source"] == "index") == index]
            return [Place(listing, candidates_from_page) for listing in of]

        return CollectedSources(find_links=places(False), index_urls=places(True))

    def fetch_response(self, location, package_name):
        links = next(listing["links"] for listing in self.listings if listing["place"] == location.url)
        return IndexContent(json.dumps({"files": links}).encode(), JSON, None, location.url, cache_link_parsing=False)


class Finder(PackageFinder):
    """Notes why links are skipped."""

    def _log_skipped_link(self, link, result, detail):
        super()._log_skipped_link(link, result, detail)
        self.skipped.append([link, detail])


def target(python, tags):
    target = TargetPython(py_version_info=tuple(python))
    target._valid_tags = [next(iter(parse_tag(tag))) for tag in tags]
    return target


def make_finder(case, python, tags):
    formats, releases = FormatControl(set(), set()), ReleaseControl()
    for option, value in case["options"]:
        if option in ("no_binary", "only_binary"):
            pair = (formats.no_binary, formats.only_binary)
            FormatControl.handle_mutual_excludes(value, *(pair if option == "no_binary" else pair[::-1]))
        elif option in ("all_releases", "only_final"):
            pair = (releases.all_releases, releases.only_final)
            releases.handle_mutual_excludes(value, *(pair if option == "all_releases" else pair[::-1]), option)
    flags = [option for option, _ in case["options"]]
    prefs = SelectionPreferences(
        allow_yanked=True,
        format_control=formats,
        release_control=releases,
        prefer_binary="prefer_binary" in flags,
        ignore_requires_python="ignore_requires_python" in flags,
    )
    limit = case["uploaded_prior_to"]
    finder = Finder.create(
        link_collector=Collector(case["listings"]),
        selection_prefs=prefs,
        target_python=target(python, tags),
        uploaded_prior_to=limit and parse_iso_datetime(limit),
    )
    finder.skipped = []
    return finder


def options(hashes):
    return {algorithm: [digest for _, digest in group] for algorithm, group in itertools.groupby(sorted(hashes), lambda pair: pair[0])}


def answer(case, python, tags):
    finder = make_finder(case, python, tags)
    numbers = {}
    for listing, link in ((listing, link) for listing in case["listings"] for link in listing["links"]):
        place = None if listing["source"] == "files" else listing["place"]
        numbers.setdefault((place, link["url"]), link["number"])

    def number(link):
        return numbers[link.comes_from, link.url]

    try:
        found = finder.find_all_candidates(case["project"])
    except InstallationError:
        return {"error": True}
    factory = Factory.__new__(Factory)
    factory._finder, factory._force_reinstall, factory._installed_dists = finder, False, {}
    requirements = [
        install_req_from_line(case["project"] + specifiers, hash_options=options(hashes)) for specifiers, hashes in case["requirements"]
    ]

    def run(make):
        factory._make_candidate_from_link = make
        specifiers, hashes = case["constraint"]
        found = factory._iter_found_candidates(
            requirements, SpecifierSet(specifiers), Hashes(options(hashes)), False, set(), options(hashes)
        )
        # It has no length, which `list` would ask for.
        return [candidate for candidate in found]

    applicable = []
    run(lambda link, **_: applicable.append(number(link)))

    class Chosen:
        def __init__(self, number):
            self.number = number

    kept = []

    def attempt(link, **_):
        if number(link) in case["spoilt"]:
            raise MetadataInvalid(requirements[0], "spoilt")
        if number(link) in case["unusable"]:
            return None
        kept.append(Chosen(number(link)))
        return kept[-1]

    finals, yanked = set(), set()
    for candidate in found:
        (yanked if candidate.link.is_yanked else finals).add(candidate.version)
    return {
        "error": False,
        "applicable": applicable,
        "chosen": [chosen.number for chosen in run(attempt)],
        "versions": [str(version) for version in sorted(finals)],
        "yanked": [str(version) for version in sorted(yanked)],
        "other_pythons": finder.requires_python_skipped_reasons(),
        "skipped": sorted([number(link), "Upload time is not prior to --uploaded-prior-to" if detail.startswith("Upload time") else detail] for link, detail in finder.skipped),
    }


def specifier_row(text, versions):
    """For each version whether it is in, and whether pre-releases are asked for; nothing if it is no specifier."""
    try:
        specifiers = SpecifierSet(text)
    except InvalidSpecifier:
        return None
    row = "".join(str(int(specifiers.contains(version, prereleases=True))) for version in versions)
    return row + str(int(bool(specifiers.prereleases)))



def parsed(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def main():
    logging.disable()
    asked = json.load(sys.stdin)
    versions = [parsed(text) for text in asked["versions"]]
    valid = [version for version in versions if version is not None]
    ranks = functools.reduce(lambda seen, version: seen if version in seen else seen + [version], sorted(valid), [])
    json.dump(
        {
            "cases": [answer(case, asked["python"], asked["tags"]) for case in asked["cases"]],
            "versions": [version and [str(version), ranks.index(version)] for version in versions],
            "specifiers": [specifier_row(text, valid) for text in asked["specifiers"]],
        },
        sys.stdout,
    )


main()
