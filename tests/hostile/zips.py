"""Zip files byte by byte: what no library writes."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

STREAMED, UTF8 = 8, 0x800
MARK = 0xFFFFFFFF


@dataclass
class Member:
    """A member; `local` and `central` overrule single fields of one header."""

    name: str | bytes
    data: bytes = b""
    mode: int = 0o100644
    method: int = 0
    flags: int | None = None
    packed: bytes | None = None
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)
    gap: bytes = b""

    def fields(self) -> dict:
        name = self.name if isinstance(self.name, bytes) else self.name.encode()
        packed = self.packed
        if packed is None:
            packed = deflated(self.data) if self.method == 8 else self.data
        flags = self.flags
        if flags is None:
            flags = 0 if name.isascii() else UTF8
        return {
            "name": name,
            "flags": flags,
            "method": self.method,
            "crc": zlib.crc32(self.data),
            "packed": len(packed),
            "size": len(self.data),
            "extra": b"",
            "comment": b"",
            "content": packed,
            "offset": None,
        }

    def local_bytes(self) -> bytes:
        it = self.fields()
        streamed = bool(it["flags"] & STREAMED)
        behind = b""
        if streamed:
            behind = struct.pack("<4sLLL", b"PK\x07\x08", it["crc"], it["packed"], it["size"])
            it |= {"crc": 0, "packed": 0, "size": 0}
        content = it["content"]
        it |= self.local
        head = struct.pack(
            "<4sHHHHHLLLHH", b"PK\x03\x04", 20, it["flags"], it["method"], 0, 0x21, it["crc"], it["packed"], it["size"],
            len(it["name"]), len(it["extra"]),
        )
        return head + it["name"] + it["extra"] + content + it.get("descriptor", behind)

    def central_bytes(self, offset: int) -> bytes:
        it = self.fields() | {"offset": offset} | self.central
        head = struct.pack(
            "<4sHHHHHHLLLHHHHHLL", b"PK\x01\x02", 0x314, 20, it["flags"], it["method"], 0, 0x21, it["crc"], it["packed"], it["size"],
            len(it["name"]), len(it["extra"]), len(it["comment"]), 0, 0, self.mode << 16, it["offset"],
        )
        return head + it["name"] + it["extra"] + it["comment"]


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def end(entries: int, size: int, offset: int, comment: bytes = b"") -> bytes:
    return struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, entries, entries, size, offset, len(comment)) + comment


def end64(entries: int, size: int, offset: int, at: int) -> bytes:
    """The 64-bit end record that would stand at `at`, and its locator."""
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, size, offset)
    return record + struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)


def zipped(members: list[Member], *, prefix: bytes = b"", gap: bytes = b"", comment: bytes = b"", hidden: tuple = ()) -> bytes:
    """Members, central directory, end record. `hidden` ones are not in the directory; `gap` lies before it."""
    body, directory = prefix, b""
    for member in members:
        body += member.gap
        at = len(body)
        body += member.local_bytes()
        if member not in hidden:
            directory += member.central_bytes(at)
    body += gap
    return body + directory + end(len(members) - len(hidden), len(directory), len(body), comment)
