"""Three hundred distributions that anybody can have: small pure wheels, made here, served from loopback.

Real ones of that number would be a download of half a gigabyte and would not resolve tomorrow as they do today.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODULES = 8
# Fixed: it is part of the index's address, and so of what the store knows a request by.
PORT = 38471


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing; its folder listings are what pip reads as a simple index."""

    def log_message(self, *_arguments) -> None:
        pass


def wheel(folder: Path, name: str) -> None:
    """One distribution with a package of a few modules."""
    module = name.replace("-", "_")
    info = f"{module}-1.0.dist-info"
    files = {
        f"{module}/__init__.py": f'"""{name}"""\n',
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files |= {f"{module}/part_{number}.py": f"VALUE = {number}\n\n\ndef value():\n    return VALUE\n" for number in range(MODULES)}
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text)}")
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""])
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / f"{module}-1.0-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)


class Index:
    """An index of synthetic distributions, served while the block runs."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.requirements = folder / "requirements.txt"
        self.url = f"http://127.0.0.1:{PORT}/simple"
        names = [f"synthetic-{number:03}" for number in range(count)]
        for name in names:
            if not (folder / "simple" / name).exists():
                wheel(folder / "simple" / name, name)
        self.requirements.write_text("".join(f"{name}==1.0\n" for name in names))

    def __enter__(self) -> Index:
        self.server = ThreadingHTTPServer(("127.0.0.1", PORT), partial(Quiet, directory=str(self.folder)))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()
