"""A Hugging Face hub on this machine: as much of its protocol as `snapshot_download` speaks."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

CHUNK_BYTES = 16384
REVISIONS = ("main", "v1")


class HubServer:
    """Serves the folders `repositories` by `org/name`; those in `gated` are shown to nobody.

    While `hold` is cleared, weights stop after their first chunk, until it is set.
    """

    def __init__(self, repositories: dict[str, Path], gated: tuple[str, ...] = ()) -> None:
        self.repositories = repositories
        self.gated = gated
        self.fetched: list[str] = []
        self.hold = threading.Event()
        self.hold.set()
        self.held = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def environment(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self._server.server_port}"
        return {
            "HF_ENDPOINT": url,
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_OFFLINE": "0",
        }

    def commit(self, repository: str) -> str:
        return hashlib.sha1(repository.encode()).hexdigest()

    def files(self, repository: str) -> dict[str, Path]:
        folder = self.repositories[repository]
        return {path.name: path for path in sorted(folder.iterdir()) if path.is_file()}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()


def _handler(hub: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments: Any) -> None:
            """Nothing: the test has its own output."""

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            parts = unquote(self.path.partition("?")[0]).strip("/").split("/")
            if parts[:2] == ["api", "models"]:
                self._about("/".join(parts[2:4]), parts[4:])
            else:
                self._file("/".join(parts[:2]), parts[2:])

        def _about(self, repository: str, rest: list[str]) -> None:
            if repository in hub.gated:
                self._refuse(403, "GatedRepo")
            elif repository not in hub.repositories:
                self._refuse(404, "RepoNotFound")
            elif len(rest) > 1 and rest[1] not in (*REVISIONS, hub.commit(repository)):
                self._refuse(404, "RevisionNotFound")
            elif rest[:1] == ["tree"]:
                self._json(200, [_entry(name, path) for name, path in self._files(repository)])
            else:
                names = [{"rfilename": name} for name, _ in self._files(repository)]
                self._json(
                    200,
                    {"id": repository, "sha": hub.commit(repository)}
                    | {
                        "modelId": repository,
                        "siblings": names,
                        "tags": [],
                        "private": False,
                        "gated": False,
                        "disabled": False,
                        "downloads": 0,
                        "likes": 0,
                    },
                )

        def _files(self, repository: str) -> list[tuple[str, Path]]:
            return list(hub.files(repository).items())

        def _file(self, repository: str, rest: list[str]) -> None:
            path = hub.files(repository).get(rest[-1]) if repository in hub.repositories else None
            if path is None or rest[:1] != ["resolve"]:
                self._refuse(404, "EntryNotFound")
                return
            content = path.read_bytes()
            self.send_response(200)
            self.send_header("ETag", f'"{_digest(path)}"')
            self.send_header("X-Repo-Commit", hub.commit(repository))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                hub.fetched.append(path.name)
                self._send(content, slowly=path.suffix == ".safetensors")

        def _send(self, content: bytes, *, slowly: bool) -> None:
            for start in range(0, len(content), CHUNK_BYTES):
                if start and slowly and not hub.hold.is_set():
                    hub.held.set()
                    hub.hold.wait()
                try:
                    self.wfile.write(content[start : start + CHUNK_BYTES])
                except OSError:
                    return

        def _refuse(self, status: int, code: str) -> None:
            self._json(status, {"error": code}, {"X-Error-Code": code, "X-Error-Message": code})

        def _json(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    return Handler


def _entry(name: str, path: Path) -> dict[str, object]:
    return {"type": "file", "path": name, "size": path.stat().st_size, "oid": _digest(path)}


def _digest(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()
