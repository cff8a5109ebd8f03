"""Compiles Python sources for snapenv's archives: one request a line, one answer a line.

Request: source NUL target NUL name NUL mtime; `name` becomes co_filename (imports put the real path there).
Answer: `ok`, or `no` and the reason. Runs on every Python since 3.8; imports nothing that is not built in.
"""
import gc
import marshal
import sys

sys.path[:] = [entry for entry in sys.path if entry]
from importlib._bootstrap_external import MAGIC_NUMBER  # noqa: E402  (frozen)

gc.disable()
OPTIMIZATION = int(sys.argv[1])
CHECKED_HASH = sys.argv[2] == "checked-hash"
if sys.argv[3] == "loaded":
    # What pip has loaded when it begins to install; from then on it imports nothing, and sources in other encodings go uncompiled.
    import encodings.ascii, encodings.cp437, encodings.idna, encodings.utf_8  # noqa: E401,E402,F401

    if CHECKED_HASH:
        import importlib.util  # noqa: E402,F401
    sys.meta_path.clear()
# One-letter strings are shared by the whole process: interned from the start, their mark cannot depend on earlier sources.
LETTERS = [sys.intern(chr(code)) for code in range(256)]
# `py_compile` writes under the name, a dot and about 15 digits before it renames; where that is too long, pip installs no bytecode.
LONGEST = 255 - 16
Code = type(compile("", "", "exec"))


def hold(code):
    """A second reference to all that marshal may share: whether it writes a reference mark depends on counts, and those of
    interned strings would depend on what else this process has compiled."""
    held = []
    todo = [code]
    while todo:
        item = todo.pop()
        held.append(item)
        kind = type(item)
        if kind is Code:
            todo.extend(item.co_consts)
            held.extend(item.co_names)
            held.extend(item.co_varnames)
            held.extend(item.co_cellvars)
            held.extend(item.co_freevars)
            held.append(item.co_name)
            held.append(item.co_filename)
            held.append(getattr(item, "co_qualname", None))
        elif kind is tuple or kind is frozenset:
            todo.extend(item)
    return held


def header(source, mtime):
    if CHECKED_HASH:
        from importlib.util import source_hash as hashed

        return MAGIC_NUMBER + (3).to_bytes(4, "little") + hashed(source)
    size = len(source) & 0xFFFFFFFF
    return MAGIC_NUMBER + bytes(4) + (mtime & 0xFFFFFFFF).to_bytes(4, "little") + size.to_bytes(4, "little")


def work(request):
    source_path, target, name, mtime = request.split(b"\0")
    with open(source_path, "rb") as file:
        source = file.read()
    code = compile(source, name.decode("utf-8", "surrogateescape"), "exec", dont_inherit=True, optimize=OPTIMIZATION)
    if len(target.rpartition(b"/")[2]) > LONGEST:
        raise ValueError("the name of its bytecode is too long")
    held = hold(code)
    content = header(source, int(mtime)) + marshal.dumps(code)
    del held
    with open(target, "wb") as file:
        file.write(content)


for line in sys.stdin.buffer:
    try:
        work(line.rstrip(b"\n"))
        answer = "ok"
    except OSError as error:
        sys.exit(str(error))
    except Exception as error:
        answer = "no " + type(error).__name__ + ": " + str(error).replace("\n", " ")
    sys.stdout.buffer.write(answer.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()
