"""Resolving alone, over the recorded index of the differential corpus: no network, no downloads, no installation."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from .bench import REQUIREMENTS, ROOT, Bench, Run, note
from .compared import Compared, copied_caches, measure
from .contenders import Tools
from .repeated import Part, Series

RECORDING = ROOT / "fixtures" / "corpus" / "index.jsonl.gz"
PAGE = "application/vnd.pypi.simple.v1+json"


class Recording:
    """The recorded index, served while the block runs."""

    def __init__(self, pip: Path) -> None:
        self.bodies: dict[str, tuple[str, bytes]] = {}
        with gzip.open(RECORDING, "rt") as lines:
            for line in lines:
                self.add(json.loads(line))
        # snapenv answers as the newest pip of the index would: that one can be fetched.
        body = pip.read_bytes()
        self.add({"project": "pip", "files": [{"file": pip.name, "sha256": hashlib.sha256(body).hexdigest(), "apart": False}]})
        self.bodies[f"/files/{pip.name}"] = ("application/octet-stream", body)

    def add(self, project: dict) -> None:
        files = []
        for file in project["files"]:
            name = file["file"]
            digest = file.get("sha256") or hashlib.sha256(name.encode()).hexdigest()
            entry: dict = {"filename": name, "url": f"../../files/{name}", "hashes": {"sha256": digest}}
            for short, long in (("python", "requires-python"), ("yanked", "yanked")):
                if short in file:
                    entry[long] = file[short]
            if "uploaded" in file:
                entry["upload-time"] = f"{file['uploaded']}T00:00:00Z"
            if name.endswith(".whl") and file.get("apart", True):
                entry["core-metadata"] = True
            if "metadata" in file:
                self.bodies[f"/files/{name}.metadata"] = ("text/plain", file["metadata"].encode())
            files.append(entry)
        page = {"meta": {"api-version": "1.1"}, "name": project["project"], "files": files}
        self.bodies[f"/simple/{project['project']}/"] = (PAGE, json.dumps(page).encode())

    def __enter__(self) -> Recording:
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # An answer goes out in one piece, and at once: nobody is to wait for an acknowledgement that is delayed.
            disable_nagle_algorithm = True
            wbufsize = -1

            def log_message(self, *_arguments: object) -> None:
                pass

            def do_GET(self) -> None:
                kind, body = bodies.get(unquote(self.path), ("", b""))
                tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
                status = 404 if not kind else 304 if self.headers.get("If-None-Match") == tag else 200
                self.send_response(status)
                self.send_header("ETag", tag)
                self.send_header("Content-Type", kind or "text/plain")
                body = body if status == 200 else b""
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/simple/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def resolving(bench: Bench, tools: Tools, name: str, rounds: int) -> Compared:
    """`install --dry-run --report` of an unpinned file. snapenv's store knows the interpreter and nothing of the index before each run."""
    part = Part(f"resolving alone, {name}", bench.filesystem, "s", [])
    note(f"{part.title}: making an environment to ask about")
    environment = bench.targets(f"resolving-{name}") / "environment"
    python = environment / "bin" / "python"
    bench.run(bench.python, "-m", "venv", environment)
    bench.run(python, "-m", "pip", "install", "--quiet", "--upgrade", "pip")
    wheels = environment.parent / "pip"
    bench.run(python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", wheels, "pip")
    with Recording(next(wheels.glob("pip-*.whl"))) as recording:
        words = ["--dry-run", "--ignore-installed", "--quiet", "--report", "-", "--index-url", recording.url]
        words += ["-r", str(REQUIREMENTS / f"{name}.in")]

        def first(target: Path) -> Run:
            env = copied_caches(bench, target.name, "SNAPENV_CACHE_DIR")
            return bench.run(tools.snapenv, "install", "--python", environment, *words, env=env)

        def again(_target: Path) -> Run:
            return bench.run(tools.snapenv, "install", "--python", environment, *words)

        again(environment)
        part.series += [Series("snapenv, first time", first), Series("snapenv, pages known", again)]
        if tools.pip:
            part.series.append(Series("pip", lambda _: bench.run(python, "-m", "pip", "install", *words)))
        return measure(bench, Compared(part, [("snapenv, first time", "pip", 1 / 20)]), rounds)
