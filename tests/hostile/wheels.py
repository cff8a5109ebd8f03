"""Wheels with one thing wrong each."""

from __future__ import annotations

import base64
import hashlib
import struct
import unicodedata

from zips import MARK, STREAMED, UTF8, Member, end, end64, zipped

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: hostile\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


class Wheel:
    """A wheel that is in order but for what a case adds."""

    def __init__(self, case: str) -> None:
        self.stem = case.replace("-", "_") + "-1.0"
        self.info = self.stem + ".dist-info"
        self.data = self.stem + ".data"
        self.module = Member(case.replace("-", "_") + ".py", b"x = 1\n")
        self.members = [self.module]
        self.texts = {"METADATA": METADATA.format(name=case), "WHEEL": WHEEL}
        self.rows: list[str] | None = None
        self.more_rows: list[str] = []

    def add(self, *members: Member | str) -> Wheel:
        self.members += [Member(each, b"y = 2\n") if isinstance(each, str) else each for each in members]
        return self

    def say(self, name: str, text: str | None) -> Wheel:
        self.texts[name] = text
        return self

    def row(self, *rows: str) -> Wheel:
        self.more_rows += rows
        return self

    def all_members(self) -> list[Member]:
        texts = {name: text for name, text in self.texts.items() if text is not None}
        members = self.members + [Member(f"{self.info}/{name}", as_bytes(text)) for name, text in texts.items()]
        if "RECORD" not in self.texts:
            rows = [row(member) for member in members if not is_folder(member)] + self.more_rows + [f"{self.info}/RECORD,,"]
            members.append(Member(f"{self.info}/RECORD", ("\n".join(rows) + "\n").encode()))
        return members

    def build(self, **how: object) -> bytes:
        return zipped(self.all_members(), **how)


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def is_folder(member: Member) -> bool:
    return as_bytes(member.name).endswith(b"/")


def row(member: Member) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(member.data).digest()).decode().rstrip("=")
    name = as_bytes(member.name).decode("utf-8", "replace")
    quoted = '"' + name.replace('"', '""') + '"' if any(mark in name for mark in ',"\r\n') else name
    return f"{quoted},sha256={digest},{len(member.data)}"


# case -> (bytes, verdict, text, pip's verdict)
CASES: dict[str, tuple[bytes, str, str, str]] = {}
OUTSIDE = "would be installed outside of its folder"


def case(name: str, verdict: str, text: str, pip: str, wheel: Wheel | bytes, **how: object) -> None:
    CASES[name] = (wheel if isinstance(wheel, bytes) else wheel.build(**how), verdict, text, pip)


def paths() -> None:
    for name, path in {
        "up": "../evil.py",
        "up-deep": "a/../../../../../evil.py",
        "up-sibling": "../site-packages-evil/evil.py",
        "absolute": "/snapenv-hostile-evil.py",
    }.items():
        case(name, "refused", OUTSIDE, "refused", Wheel(name).add(path))
    for name, path in {
        "up-scripts": "scripts/../../../evil",
        "up-data": "data/../../../evil",
        "up-headers": "headers/../../../../evil.h",
        "up-purelib": "purelib/../../../../../evil.py",
    }.items():
        wheel = Wheel(name)
        case(name, "refused", "", "refused", wheel.add(f"{wheel.data}/{path}"))
    for name, path in {"scheme-unknown": "nonsense/x", "scheme-none": "x"}.items():
        wheel = Wheel(name)
        text = "unknown scheme key" if name == "scheme-unknown" else "unexpected file"
        case(name, "refused", text, "refused", wheel.add(f"{wheel.data}/{path}"))
    case("around", "warned", "'a/../b.py' is installed as", "installed", Wheel("around").add("a/../b.py"))
    case("dotted", "warned", "'./b.py' is installed as", "installed", Wheel("dotted").add("./b.py"))
    case("alias", "warned", "one file", "installed", Wheel("alias").add("a/b.py", Member("a//b.py", b"z = 3\n")))
    case("backslash", "installed", "", "installed", Wheel("backslash").add("a\\..\\..\\..\\evil.py"))
    case("file-and-folder", "refused", "both a file and a folder", "refused", Wheel("file-and-folder").add("a", "a/b.py"))
    case("drive", "installed", "", "installed", Wheel("drive").add("C:\\evil.py"))
    for name, path in {
        "reserved-description": "data/.snapenv/distribution.json",
        "reserved-journal": "data/.snapenv-journal",
        "reserved-link": "purelib/000_snapenv.pth",
    }.items():
        wheel = Wheel(name)
        case(name, "refused", "snapenv keeps", "installed", wheel.add(f"{wheel.data}/{path}"))


def kinds() -> None:
    link = Member("link.py", b"/etc/passwd", mode=0o120777)
    case("symlink", "warned", "installed as a plain file", "installed", Wheel("symlink").add(link))
    case("symlink-up", "warned", "installed as a plain file", "installed", Wheel("symlink-up").add(Member("up", b"../../..", mode=0o120777)))
    case("fifo", "warned", "installed as a plain file", "installed", Wheel("fifo").add(Member("pipe.py", mode=0o010644)))
    case("device", "warned", "installed as a plain file", "installed", Wheel("device").add(Member("null.py", mode=0o020666)))
    case("setuid", "installed", "", "installed", Wheel("setuid").add(Member("tool", b"#!/bin/sh\n", mode=0o106755)))
    case("world-writable", "installed", "", "installed", Wheel("world-writable").add(Member("open.py", b"", mode=0o100666)))
    case("folder-with-content", "refused", "is a folder with content", "installed", Wheel("folder-with-content").add(Member("f/", b"x")))


def names() -> None:
    case("twice", "refused", "is in the archive twice", "installed", Wheel("twice").add("a.py", Member("a.py", b"evil = 1\n")))
    case("case", "warned", "differ only in case", "installed", Wheel("case").add("A.py", "a.py"))
    forms = [unicodedata.normalize(form, "é.py") for form in ("NFC", "NFD")]
    case("unicode-form", "warned", "differ only in case or Unicode form", "installed", Wheel("unicode-form").add(*forms))
    characters = "holds characters that do not belong into file names"
    case("nul", "refused", characters, "installed", Wheel("nul").add(Member("a.py\0.txt", b"y")))
    case("newline", "refused", characters, "installed", Wheel("newline").add("a\nb.py"))
    case("escape", "refused", characters, "installed", Wheel("escape").add("a\x1b[2Jb.py"))
    case("bidi", "refused", characters, "installed", Wheel("bidi").add("a\u202eyp.b"))
    case("empty-name", "refused", "holds characters", "refused", Wheel("empty-name").add(Member("", b"x")))
    unmarked = Member("é.py", b"y", flags=0)
    case("unmarked", "refused", "is not UTF-8", "installed", Wheel("unmarked").add(unmarked))
    case("not-utf8", "refused", "is not UTF-8", "refused", Wheel("not-utf8").add(Member(b"\xff.py", b"y", flags=UTF8)))
    case("long-name", "refused", "longer than file systems take", "refused", Wheel("long-name").add("x" * 256 + ".py"))
    case("long-path", "refused", "longer than file systems take", "refused", Wheel("long-path").add("x/" * 2100 + "y.py"))


def headers() -> None:
    disagree = "local and central zip headers disagree"
    for name, local, pip in [
        ("name", {"name": b"other.p"}, "refused"),
        ("method", {"method": 8}, "installed"),
        ("size", {"size": 5}, "installed"),
        ("packed", {"packed": 5}, "installed"),
        ("crc", {"crc": 1}, "installed"),
        ("flags", {"flags": UTF8}, "installed"),
    ]:
        it = "headers-" + name
        case(it, "refused", disagree, pip, Wheel(it).add(Member("there.p", b"some text", local=local)))
    renamed = struct.pack("<HHBL", 0x7075, 5 + 6, 1, 0x12345678) + b"evil.p"
    it = Member("there.p", b"y", central={"extra": renamed})
    case("headers-unicode-path", "refused", disagree, "installed", Wheel("headers-unicode-path").add(it))
    wide = struct.pack("<HHQQ", 1, 16, 1, 1)
    for name, central in {"zip64-unasked": {"extra": wide}, "zip64-twice": {"extra": wide + wide, "size": MARK, "packed": MARK}}.items():
        it = Member("there.p", b"some text", central=central)
        case(name, "refused", "a zip header is damaged", "installed" if name == "zip64-unasked" else "refused", Wheel(name).add(it))
    short = Member("there.p", b"y", central={"size": MARK, "packed": MARK, "extra": struct.pack("<HHQ", 1, 8, 1)})
    case("zip64-short", "refused", "a zip header is damaged", "refused", Wheel("zip64-short").add(short))
    it = Member("there.p", b"some text", local={"extra": struct.pack("<HHQQ", 1, 16, 7, 7)})
    case("zip64-local-lies", "refused", disagree, "installed", Wheel("zip64-local-lies").add(it))
    streamed = Member("there.p", b"some text", flags=STREAMED)
    case("streamed-stored", "refused", "stored", "installed", Wheel("streamed-stored").add(streamed))
    streamed = Member("there.p", b"some text" * 9, flags=STREAMED, method=8)
    case("streamed", "installed", "", "installed", Wheel("streamed").add(streamed))
    lies = Member("there.p", b"some text" * 9, flags=STREAMED, method=8, local={"descriptor": b"PK\x07\x08" + b"\1" * 12})
    case("streamed-lies", "refused", "belong to no part", "installed", Wheel("streamed-lies").add(lies))
    locked = Member("there.p", b"some text", flags=1)
    case("encrypted", "refused", "encryption is not supported", "refused", Wheel("encrypted").add(locked))
    import bz2

    packed = Member("there.p", b"some text", method=12, packed=bz2.compress(b"some text"))
    case("bzip2", "refused", "compression method other than deflate", "installed", Wheel("bzip2").add(packed))


def tiling() -> None:
    gap = "belong to no part of the zip archive, or to two"
    case("prefix", "refused", gap, "installed", Wheel("prefix"), prefix=b"#!/bin/sh\nexec evil\n")
    case("gap", "refused", gap, "installed", Wheel("gap"), gap=b"hidden")
    case("gap-between", "refused", gap, "installed", Wheel("gap-between").add(Member("b.py", b"y", gap=b"hidden")))
    case("trailing", "refused", gap, "installed", Wheel("trailing").build() + b"\n")
    case("trailing-zip", "refused", gap, "refused", Wheel("trailing-zip").build() + zipped([Member("evil.py", b"evil")]))
    hidden = Member("hidden.py", b"y")
    case("hidden", "refused", gap, "installed", Wheel("hidden").add(hidden), hidden=(hidden,))
    whole = Wheel("overlap").add(Member("a.py", b"y"), Member("b.py", b"y", central={"offset": 0}))
    case("overlap", "refused", gap, "refused", whole)
    case("end-in-comment", "refused", "", "refused", Wheel("end-in-comment"), comment=end(0, 0, 0))
    last = Member("there.p", b"y", central={"comment": end(0, 0, 0, b"x" * 30) + b"x" * 4})
    case("end-in-directory", "refused", "a second zip end record", "installed", Wheel("end-in-directory").add(last))
    case("comment", "installed", "", "installed", Wheel("comment"), comment=b"made by hand")
    case("no-end", "refused", "no zip end record", "refused", Wheel("no-end").build()[:-22])
    case("cut", "refused", "no zip end record", "refused", Wheel("cut").build()[:-40])
    case("nothing", "refused", "no zip end record", "refused", b"")
    it = Wheel("zip64-end-lies").build()
    entries, size, offset = struct.unpack("<HLL", it[-12:-2])
    lies = end64(entries - 1, size, offset, len(it) - 22)
    case("zip64-end-lies", "refused", "contradict each other", "installed", it[:-22] + lies + it[-22:])
    it = Wheel("zip64-end").build()
    entries, size, offset = struct.unpack("<HLL", it[-12:-2])
    case("zip64-end", "installed", "", "installed", it[:-22] + end64(entries, size, offset, len(it) - 22) + it[-22:])
    it = Wheel("volumes").build()
    case("volumes", "refused", "several volumes", "installed", it[:-18] + b"\1\0" + it[-16:])
    from tars import member, tarred

    tar = tarred([member("evil-1.0/setup.py", b"evil")])
    case("tar-and-zip", "refused", gap, "installed", Wheel("tar-and-zip"), prefix=tar)


def contents() -> None:
    packed = Member("there.p", b"some text" * 9, method=8)
    wrong = {"crc": 1}
    case("checksum", "refused", "checksum mismatch", "refused", Wheel("checksum").add(Member("there.p", b"y", local=wrong, central=wrong)))
    short = {"size": 5}
    it = Member("there.p", packed.data, method=8, local=short, central=short)
    case("inflates-to-more", "refused", "damaged content", "refused", Wheel("inflates-to-more").add(it))
    it = Member("there.p", packed.data, method=8, packed=b"\xff\xff\xff\xff")
    case("no-deflate", "refused", "damaged content", "refused", Wheel("no-deflate").add(it))
    huge = {"size": 0x7FFFFFFF}
    bombs = [Member(f"bomb{number}", b"0" * 50, method=8, local=huge, central=huge) for number in range(20)]
    case("bomb-total", "refused", "the unpacked size exceeds the limit", "installed", Wheel("bomb-total").add(*bombs))
    case("bomb-ratio", "refused", "the compression ratio exceeds the limit", "installed", Wheel("bomb-ratio").add(bombs[0]))
    real = Member("zeros", bytes(30 << 20), method=8)
    case("bomb-small", "installed", "", "installed", Wheel("bomb-small").add(real))
    wheel = Wheel("bomb-metadata").say("METADATA", None)
    large = {"size": 70 << 20}
    it = Member(f"{wheel.info}/METADATA", METADATA.format(name="bomb-metadata").encode(), method=8, local=large, central=large)
    case("bomb-metadata", "refused", "a metadata file exceeds the limit", "installed", wheel.add(it))


def records() -> None:
    outside = "which lies outside of the environment"
    up = "../" * 9
    case("record-up", "refused", outside, "installed", Wheel("record-up").row(f"{up}etc/passwd,,"))
    case("record-absolute", "refused", outside, "installed", Wheel("record-absolute").row("/etc/passwd,,"))
    case("record-itself", "refused", outside, "installed", Wheel("record-itself").row("../../..,,"))
    case("record-lists-more", "warned", "which is not in the wheel", "installed", Wheel("record-lists-more").row("gone.py,sha256=abc,3"))
    short = Wheel("record-lists-less").say("RECORD", "")
    short.texts["RECORD"] = f"{short.info}/RECORD,,\n"
    case("record-lists-less", "warned", "RECORD does not list", "installed", short)
    altered = Wheel("record-altered")
    altered.module.data = b"x = 1\n"
    altered.say("RECORD", f"{altered.module.name},sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n")
    case("record-altered", "warned", "is not the file that RECORD describes", "installed", altered)
    case("record-fields", "warned", "more than three fields", "installed", Wheel("record-fields").row("record_fields.py,,,x"))
    case("record-empty-line", "refused", "of RECORD is empty", "refused", Wheel("record-empty-line").row(""))
    case("record-missing", "refused", "RECORD' is missing", "refused", Wheel("record-missing").say("RECORD", None))
    case("record-binary", "refused", "is not UTF-8", "refused", Wheel("record-binary").say("RECORD", b"\xff,,\n"))


def entry_points() -> None:
    name = "it must be one plain file name"
    value = "invalid script entry point"
    for it, line, text, pip in [
        ("up", "../evil = m:f", name, "refused"),
        ("path", "a/evil = m:f", name, "installed"),
        ("absolute", "/tmp/snapenv-hostile-evil = m:f", name, "refused"),
        ("dots", ".. = m:f", name, "refused"),
        ("backslash", "a\\evil = m:f", name, "installed"),
        ("space", "a evil = m:f", name, "installed"),
        ("control", "a\x1b[2J = m:f", name, "refused"),
        ("bidi", "a\u202eb = m:f", name, "installed"),
        ("long", "x" * 256 + " = m:f", name, "refused"),
        ("no-callable", "evil = m", "a callable suffix", "refused"),
        ("call", "evil = 1m:f", value, "installed"),
        ("code", "evil = os;import evil:f", "a callable suffix", "refused"),
        ("no-value", "evil", "is not of the form", "refused"),
    ]:
        it = "entry-" + it
        case(it, "refused", text, pip, Wheel(it).say("entry_points.txt", f"[console_scripts]\n{line}\n"))
    case("entry-newline", "refused", "is not of the form", "refused", Wheel("entry-newline").say("entry_points.txt", "[console_scripts]\na\x0bevil = m:f\n"))
    tail = Wheel("entry-tail").say("entry_points.txt", "[console_scripts]\ngood = m:f; import os\n")
    case("entry-tail", "installed", "", "installed", tail)
    python = Wheel("entry-python").say("entry_points.txt", "[console_scripts]\npython = m:f\n")
    case("entry-python", "warned", "takes the place of", "installed", python)


def metadata() -> None:
    it = Wheel("info-two").add("other-2.0.dist-info/METADATA")
    case("info-two", "refused", "several .dist-info folders", "refused", it)
    none = Wheel("info-none")
    none.info = "nothing"
    case("info-none", "refused", "no .dist-info folders", "refused", none)
    other = Wheel("info-other")
    other.info = "else-1.0.dist-info"
    case("info-other", "refused", "does not start with", "refused", other)
    case("info-name", "refused", "inconsistent name", "refused", Wheel("info-name").say("METADATA", METADATA.format(name="other")))
    case("info-version", "warned", "the file name says version", "installed", Wheel("info-version").say("METADATA", "Name: info-version\nVersion: 2.0\n"))
    case("info-binary", "refused", "is not UTF-8", "refused", Wheel("info-binary").say("METADATA", b"Name: info-binary\nVersion: 1.0\nX: \xff\n"))
    case("wheel-newer", "refused", "is newer than the format", "refused", Wheel("wheel-newer").say("WHEEL", WHEEL.replace("1.0", "9.0")))
    case("wheel-missing", "refused", "WHEEL' is missing", "refused", Wheel("wheel-missing").say("WHEEL", None))


for part in (paths, kinds, names, headers, tiling, contents, records, entry_points, metadata):
    part()
