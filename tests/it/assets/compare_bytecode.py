"""Compares compiled files of two environments; reads a question as JSON, writes differences as JSON."""

import importlib.util
import json
import marshal
import os
import sys
import types

# The name under which a file was compiled is replaced on import, so it may differ; co_lnotab is derived, and deprecated.
SKIPPED = {"co_filename", "co_lnotab"} if hasattr(types.CodeType, "co_lines") else {"co_filename"}
CODE = compile("", "", "exec")
ATTRIBUTES = [
    name
    for name in dir(CODE)
    if name.startswith("co_") and name not in SKIPPED and not callable(getattr(CODE, name))
]


def same(one, other, where):
    """Where two constants differ, or None."""
    if type(one) is not type(other):
        return where
    if isinstance(one, types.CodeType):
        for name in ATTRIBUTES:
            found = same(getattr(one, name), getattr(other, name), where + "." + name)
            if found:
                return found
        return None
    if isinstance(one, tuple):
        if len(one) != len(other):
            return where
        for number, (left, right) in enumerate(zip(one, other)):
            found = same(left, right, "%s[%d]" % (where, number))
            if found:
                return found
        return None
    if isinstance(one, frozenset):
        key = lambda item: (type(item).__name__, repr(item))
        return same(tuple(sorted(one, key=key)), tuple(sorted(other, key=key)), where)
    if isinstance(one, (float, complex)):
        return None if repr(one) == repr(other) else where
    return None if one == other else where


def anonymous(data, code):
    """The data less the name under which it was compiled: mostly nothing else differs, and looking at each attribute is slow."""
    name = code.co_filename.encode()
    if len(name) > 255 or not code.co_filename.isascii():
        return data
    return data.replace(bytes([len(name)]) + name, b"")


def source_of(path):
    folder, name = os.path.split(path)
    if os.path.basename(folder) != "__pycache__":
        return None
    return os.path.join(os.path.dirname(folder), name.split(".")[0] + ".py")


def differs(path, pip, ours):
    with open(os.path.join(pip, path), "rb") as file:
        theirs = file.read()
    with open(os.path.join(ours, path), "rb") as file:
        mine = file.read()
    if theirs[:4] != mine[:4]:
        return "another magic number"
    if mine[:4] != importlib.util.MAGIC_NUMBER:
        # Compiled by another interpreter and shipped so: only its bytes can be compared.
        return None if theirs == mine else "other bytes"
    if theirs[4:8] != mine[4:8]:
        return "other flags"
    source = source_of(os.path.join(ours, path))
    if mine[4:8] == bytes(4) and source and os.path.exists(source):
        status = os.stat(source)
        recorded = int.from_bytes(mine[8:12], "little"), int.from_bytes(mine[12:16], "little")
        if recorded != (int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF):
            return "would be compiled again: it was made from a source of another time or size"
    elif mine[4:8] != bytes(4) and theirs[8:16] != mine[8:16]:
        return "another hash of the source"
    if theirs[16:] == mine[16:]:
        return None
    try:
        theirs, mine = theirs[16:], mine[16:]
        codes = marshal.loads(theirs), marshal.loads(mine)
        if anonymous(theirs, codes[0]) == anonymous(mine, codes[1]):
            return None
        found = same(codes[0], codes[1], "code")
    except (EOFError, ValueError, TypeError) as error:
        return "cannot be read: %s" % error
    return found and "differs at " + found


question = json.loads(sys.stdin.buffer.read().decode())
answer = []
for path in question["paths"]:
    what = differs(path, question["pip"], question["ours"])
    if what:
        answer.append({"path": path, "what": what})
print(json.dumps(answer))
