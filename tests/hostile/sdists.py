"""Sdists and archives of the store with one thing wrong each."""

from __future__ import annotations

import tarfile

from tars import gzipped, member, tarred
from zips import Member, zipped

SETUP = b"from setuptools import setup\nsetup()\n"
# case -> (file name, bytes, verdict, text, pip's verdict)
CASES: dict[str, tuple[str, bytes, str, str, str]] = {}
ARCHIVES: dict[str, tuple[bytes, str, str]] = {}


def sdist(case: str, verdict: str, text: str, pip: str, *members: tuple, ending: str = ".tar.gz", data: bytes | None = None) -> None:
    stem = case.replace("-", "_") + "-1.0"
    whole = [member(f"{stem}/setup.py", SETUP), *(turned(each, stem) for each in members)]
    packed = data if data is not None else gzipped(tarred(whole))
    CASES[case] = (stem + ending, packed, verdict, text, pip)


def turned(spec: tuple, stem: str) -> tuple:
    name, *rest = spec
    info, data = member(name.replace("{}", stem), *rest)
    info.linkname = info.linkname.replace("{}", stem)
    return info, data


def tars() -> None:
    out, absolute = "its path leads out of the tree", "its path is absolute"
    file, link, hard = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
    sdist("tar-up", "refused", out, "refused", ("{}/../../evil", b"evil"))
    sdist("tar-up-first", "refused", out, "refused", ("../evil", b"evil"))
    sdist("tar-up-back", "refused", out, "refused", ("{}/a/../evil", b"evil"))
    sdist("tar-absolute", "refused", absolute, "refused", ("/snapenv-hostile-evil", b"evil"))
    sdist("tar-link-up", "refused", "a link out of the tree", "refused", ("{}/up", b"", link, "../../../evil"))
    sdist("tar-link-sibling", "refused", "a link out of the tree", "refused", ("{}/up", b"", link, "../{}-evil/x"))
    sdist("tar-link-absolute", "refused", "a link to an absolute path", "refused", ("{}/up", b"", link, "/etc/passwd"))
    sdist("tar-through-link", "refused", "a link out of the tree", "refused", ("{}/up", b"", link, ".."), ("{}/up/evil", b"evil"))
    sdist(
        "tar-link-chain", "refused", "a link out of the tree", "refused",
        ("{}/a/b/c/", b"", tarfile.DIRTYPE), ("{}/deep", b"", link, "a/b/c"), ("{}/deep/up", b"", link, "../../../.."), ("{}/deep/up/evil", b"evil"),
    )
    sdist("tar-hard-up", "refused", "a link out of the tree", "refused", ("{}/hard", b"", hard, "../../etc/passwd"))
    sdist("tar-hard-absolute", "refused", "a link out of the tree", "refused", ("{}/hard", b"", hard, "/etc/passwd"))
    sdist("tar-hard-nothing", "refused", "a link to nothing", "refused", ("{}/hard", b"", hard, "{}/nothing"))
    sdist("tar-link", "installed", "", "installed", ("{}/link", b"", link, "setup.py"), ("{}/hard", b"", hard, "{}/setup.py"))
    for name, kind in {"fifo": tarfile.FIFOTYPE, "char": tarfile.CHRTYPE, "block": tarfile.BLKTYPE, "odd": b"?"}.items():
        sdist("tar-" + name, "refused", "a device, a pipe, or of an unknown kind", "refused", ("{}/" + name, b"", kind))
    sdist("tar-setuid", "installed", "", "installed", ("{}/tool", b"#!/bin/sh\n", file, "", 0o6777))
    sdist("tar-twice", "installed", "", "installed", ("{}/a", b"one"), ("{}/a", b"two"))
    sdist("tar-twice-link", "installed", "", "installed", ("{}/a", b"", link, "setup.py"), ("{}/a", b"two"))
    sdist("tar-case", "installed", "", "installed", ("{}/A", b"one"), ("{}/a", b"two"))
    sdist("tar-long", "refused", "longer than file systems take", "refused", ("{}/" + "x" * 300, b"x"))
    sdist("tar-long-path", "refused", "its path is too long", "refused", ("{}/" + "x/" * 2100 + "y", b"x"))
    sdist("tar-file-and-folder", "refused", "both a file and a folder", "refused", ("{}/a", b"x"), ("{}/a/b", b"x"))
    sdist("tar-two-tops", "refused", "beside the top folder", "refused", ("other-1.0/setup.py", SETUP))
    nul = tarred([member("tar_nul-1.0/setup.py", SETUP)])
    info, _ = member("tar_nul-1.0/a")
    info.pax_headers = {"path": "tar_nul-1.0/a\0b"}
    sdist("tar-nul", "refused", "holds a NUL", "refused", data=gzipped(tarred([member("tar_nul-1.0/setup.py", SETUP), (info, b"")])))
    good = tarred([member("tar_cut-1.0/setup.py", SETUP * 99)])
    sdist("tar-cut", "refused", "damaged archive", "refused", data=gzipped(good)[:-20])
    sdist("tar-cut-within", "refused", "damaged archive", "refused", data=gzipped(good[:700]))
    sdist("tar-empty", "refused", "it is empty", "refused", data=gzipped(tarred([])))
    evil = zipped([Member("evil-1.0/setup.py", b"evil")])
    tar = tarred([member("tar_and_zip-1.0/setup.py", SETUP)])
    sdist("tar-and-zip", "refused", "something lies behind the end of the tar", "installed", data=tar + evil, ending=".tar")
    tar = tarred([member("targz_and_zip-1.0/setup.py", SETUP)])
    sdist("targz-and-zip", "refused", "damaged archive", "installed", data=gzipped(tar) + evil)
    sdist("targz-hides-zip", "refused", "something lies behind the end of the tar", "installed", data=gzipped(tar + evil))
    sdist("targz-padded", "installed", "", "installed", data=gzipped(tarred([member("targz_padded-1.0/setup.py", SETUP)])) + bytes(512))
    zeros = member("tar_bomb-1.0/zeros", b"")
    zeros[0].size = 40 << 30
    head = zeros[0].tobuf(tarfile.GNU_FORMAT)
    sdist("tar-bomb", "refused", "unpacks to more than its limit", "refused", data=gzipped(tarred([member("tar_bomb-1.0/setup.py", SETUP)])[:1024] + head))
    info, _ = member("tar_header_bomb-1.0/a")
    info.pax_headers = {"comment": "x" * (3 << 20)}
    tar = tarred([member("tar_header_bomb-1.0/setup.py", SETUP), (info, b"")])
    sdist("tar-header-bomb", "refused", "a header is too long", "installed", data=gzipped(tar))
    zeros[0].size = 2 << 30
    head = zeros[0].tobuf(tarfile.GNU_FORMAT)
    sdist("tar-ratio", "refused", "the compression ratio exceeds the limit", "refused", data=gzipped(tarred([member("tar_ratio-1.0/setup.py", SETUP)])[:1024] + head))


def zips() -> None:
    def each(case: str, verdict: str, text: str, pip: str, *members: Member, **how: object) -> None:
        stem = case.replace("-", "_") + "-1.0"
        named = [Member(f"{stem}/setup.py", SETUP)]
        for it in members:
            if isinstance(it.name, str):
                it.name = it.name.replace("{}", stem)
            named.append(it)
        sdist(case, verdict, text, pip, ending=".zip", data=zipped(named, **how))

    each("zip-good", "installed", "", "installed", Member("{}/a/"), Member("{}/a/b.py", b"y", method=8))
    each("zip-up", "refused", "its path leads out of the tree", "refused", Member("{}/../../evil", b"evil"))
    each("zip-absolute", "refused", "its path is absolute", "refused", Member("/snapenv-hostile-evil", b"evil"))
    each("zip-link", "installed", "", "installed", Member("{}/link", b"/etc/passwd", mode=0o120777))
    each("zip-setuid", "installed", "", "installed", Member("{}/tool", b"#!/bin/sh\n", mode=0o106777))
    each("zip-twice", "refused", "is in the archive twice", "installed", Member("{}/a", b"one"), Member("{}/a", b"two"))
    each("zip-nul", "refused", "holds characters", "installed", Member("{}/a\0b", b"x"))
    each("zip-headers", "refused", "headers disagree", "refused", Member("{}/a", b"x", local={"name": b"b"}))
    each("zip-prefix", "refused", "belong to no part", "installed", prefix=b"#!/bin/sh\n")
    each("zip-checksum", "refused", "checksum mismatch", "refused", Member("{}/a", b"x", local={"crc": 1}, central={"crc": 1}))
    huge = {"size": 0x7FFFFFFF}
    each("zip-bomb", "refused", "the compression ratio exceeds the limit", "installed", Member("{}/a", b"x" * 90, method=8, local=huge, central=huge))
    tar = tarred([member("evil-1.0/setup.py", b"evil")])
    each("zip-and-tar", "refused", "belong to no part", "installed", prefix=tar)


def archives() -> None:
    description = (".snapenv/distribution.json", b"{}")

    def each(case: str, verdict: str, text: str, *members: tuple, data: bytes | None = None) -> None:
        whole = data if data is not None else gzipped(tarred([member(*spec) for spec in (description, *members)]))
        ARCHIVES[case] = (whole, verdict, text)

    only = "only regular files are unpacked"
    out = "its path leads out of the tree"
    each("archive-good", "installed", "", ("a/b", b"x"), ("c", b"y", tarfile.REGTYPE, "", 0o6755))
    each("archive-up", "refused", out, ("../evil", b"evil"))
    each("archive-up-within", "refused", out, ("a/../../evil", b"evil"))
    each("archive-absolute", "refused", out, ("/snapenv-hostile-evil", b"evil"))
    each("archive-dotted", "refused", out, ("a/./b", b"x"))
    each("archive-link", "refused", only, ("a", b"", tarfile.SYMTYPE, "/etc"), ("a/b", b"x"))
    each("archive-hard", "refused", only, ("a", b"", tarfile.LNKTYPE, "/etc/passwd"))
    each("archive-folder", "refused", only, ("a/", b"", tarfile.DIRTYPE))
    each("archive-fifo", "refused", only, ("a", b"", tarfile.FIFOTYPE))
    each("archive-device", "refused", only, ("a", b"", tarfile.CHRTYPE))
    each("archive-sparse", "refused", "damaged archive", ("a", b"", tarfile.GNUTYPE_SPARSE))
    each("archive-twice", "refused", "it is out of order", ("a", b"x"), ("a", b"y"))
    each("archive-unsorted", "refused", "it is out of order", ("b", b"x"), ("a", b"y"))
    each("archive-description-twice", "refused", "it is out of order", ("a", b"x"), description)
    each("archive-file-and-folder", "refused", "both a file and a folder", ("a", b"x"), ("a/b", b"y"))
    each("archive-control", "refused", "holds characters", ("a\nb", b"x"))
    each("archive-bidi", "refused", "holds characters", ("a\u202eb", b"x"))
    each("archive-long", "refused", "its path is too long", ("x" * 256, b"x"))
    each("archive-long-path", "refused", "its path is too long", ("x/" * 2100 + "y", b"x"))
    info, _ = member("a")
    info.pax_headers = {"path": "a\0b"}
    nul = tarred([member(*description), (info, b"")])
    each("archive-nul", "refused", "holds characters", data=gzipped(nul))
    info, _ = member("a")
    info.pax_headers = {"path": "../evil"}
    each("archive-pax-up", "refused", out, data=gzipped(tarred([member(*description), (info, b"")])))
    info, _ = member("a")
    info.pax_headers = {"comment": "x" * (3 << 20)}
    each("archive-header-bomb", "refused", "a header is too long", data=gzipped(tarred([member(*description), (info, b"")])))
    bomb, _ = member("a")
    bomb.size = 40 << 30
    head = bomb.tobuf(tarfile.GNU_FORMAT)
    each("archive-bomb", "refused", "the archive unpacks to more than its limit", data=gzipped(tarred([member(*description)])[:1024] + head))
    good = gzipped(tarred([member(*description), member("a", b"x" * 4096)]))
    each("archive-cut", "refused", "damaged archive", data=good[:-12])
    each("archive-trailing", "refused", "damaged archive", data=good + b"evil")


tars()
zips()
archives()
