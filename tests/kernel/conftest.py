"""A server with canned answers, in the real wire shapes, and a plain IPython shell."""

from __future__ import annotations

import atexit
import json
import os
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any

import msgspec
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import mlx_jupyter
from mlx_jupyter import __version__
from mlx_jupyter.errors import (
    AuthenticationFailed,
    ContextExceeded,
    MLXJupyterError,
    ModelNotFound,
    WorkerDied,
)
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.wire import sse
from mlx_jupyter.wire.chat import ChatChunk, ChatChunkChoice, ChatDelta, ChatMessage, ChatRequest
from mlx_jupyter.wire.completions import Completion, CompletionChoice, CompletionRequest
from mlx_jupyter.wire.errors import envelope
from mlx_jupyter.wire.generation import Usage
from mlx_jupyter.wire.health import Health
from mlx_jupyter.wire.models import Model, ModelList
from mlx_jupyter.wire.pool import MemoryStatus, ModelStatus, PoolStatus
from mlx_jupyter.wire.record import ServerRecord, file_name
from tests.jupyter_process import JupyterProcess, jupyter

PIECES = ["MLX ", "is an ", "array framework."]
DEMO = Model("demo/chat", 0, "text", "llama", "ready", 2**20, False, 512, "demo/chat", "bundled")


MEMORY = MemoryStatus(
    used_gb=0.0,
    total_gb=16.0,
    limit_gb=12.0,
    available_gb=12.0,
    reserved_gb=0.0,
    resident_gb=0.0,
    spare_gb=0.0,
    host_available_gb=16.0,
)


def known_model(**facts: Any) -> ModelStatus:
    """As the status of a pool tells of it; `facts` are what is special."""
    plain: dict[str, Any] = {"status": "unloaded", "kind": "text", "size_gb": 0.004}
    plain |= {"estimated_load_time_seconds": None, "memory_used_gb": 0.0, "pinned": False}
    plain |= {"in_use": False, "last_used": None, "health": "unknown"}
    return ModelStatus(**plain | facts)


class CannedServer(ThreadingHTTPServer):
    """What it does depends on the last message: `fail` breaks after a piece, `fail at once` before
    any, `vanish` ends without a reason, `hold` sends a piece and waits for the client to go away,
    `stall` waits for that without even a status, `wait` reports progress first, `evict` tells that
    models left, `think` has reasoning before the answer, `say X` answers X. More than
    `most_messages` do not fit into its context."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self,
        name: str = "canned",
        pid: int = os.getpid(),
        port: int = 0,
        listen: Callable[[socket], socket] = lambda tcp: tcp,
    ) -> None:
        super().__init__(("127.0.0.1", port), CannedHandler)
        self.socket = listen(self.socket)
        self.key = f"key of {name}"
        self.instance_id = name
        self.pid = pid
        self.requests: list[Any] = []
        self.models = {"demo/chat": known_model()}
        self.status_requests = 0
        self.warnings = ""
        self.most_messages = 10**6
        self.holds = threading.Event()
        self.client_left = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/base/mlx/v1"

    def record(self, **changes: Any) -> ServerRecord:
        facts: dict[str, Any] = {"base_url": self.url, "api_key": self.key, "pid": self.pid}
        facts |= {"root_dir": "/", "instance_id": self.instance_id, "version": __version__}
        return ServerRecord(**facts | changes)

    def health(self) -> Health:
        return Health(
            healthy=True,
            version=__version__,
            pid=self.pid,
            instance_id=self.instance_id,
            blas=None,
            requests=0,
            workers=[],
        )

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *args: object) -> None:
        """Says nothing: clients that leave are part of the tests."""


class CannedHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CannedServer

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        models, health = "/base/mlx/v1/models", "/base/mlx/health"
        if self.path == f"{models}/status" and self._is_allowed():
            self.server.status_requests += 1
            self._send(200, PoolStatus(models=self.server.models, memory=MEMORY))
            return
        answers = {models: ModelList([DEMO]), health: self.server.health()}
        if self._is_allowed():
            self._send(200, answers[self.path.partition("?")[0]])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._is_allowed():
            return
        is_chat = self.path.endswith("/chat/completions")
        request = msgspec.json.decode(body, type=ChatRequest if is_chat else CompletionRequest)
        self.server.requests.append(request)
        if request.model == "missing":
            self._refuse(ModelNotFound("Model 'missing' is not here. Try: demo/chat."))
        elif is_chat and len(request.messages) > self.server.most_messages:
            self._refuse(ContextExceeded("This model's context is 8 tokens; Shorten it."))
        else:
            self._stream(request)

    def _is_allowed(self) -> bool:
        if self.headers["Authorization"] == f"Bearer {self.server.key}":
            return True
        self._refuse(AuthenticationFailed("Wrong key."))
        return False

    def _refuse(self, error: MLXJupyterError) -> None:
        self._send(error.status, envelope(error))

    def _send(self, status: int, answer: object) -> None:
        body = msgspec.json.encode(answer)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, request: Any) -> None:
        self.close_connection = True
        asked = _text(request.messages[-1]) if hasattr(request, "messages") else "complete"
        if asked == "stall":
            self._hold()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        if self.server.warnings:
            self.send_header("x-mlx-warning", self.server.warnings)
        self.send_header("x-mlx-revision", "revision of canned")
        self.end_headers()
        self.model = request.model or "demo/chat"
        self._play(asked)

    def _play(self, asked: str) -> None:
        if asked == "wait":
            self.wfile.write(sse.progress(sse.Progress("loading", "demo/chat", 3.2)))
            self.wfile.write(sse.progress(sse.Progress("prefill", None, 4.0, 512, 2048)))
        if asked == "evict":
            self.wfile.write(sse.progress(sse.Progress("prefill", evicted=["org/a", "org/b"])))
        if asked == "think":
            for piece in ("Two $ < ", "three."):
                delta = {"index": 0, "delta": {"reasoning_content": piece}}
                self.wfile.write(sse.data({"model": self.model, "choices": [delta]}))
        if asked == "fail at once":
            self.wfile.write(sse.data(envelope(WorkerDied("The process of demo/chat ended."))))
            return
        write = self._completion if asked == "complete" else self._chat
        if asked.startswith("say "):
            write(asked.removeprefix("say "))
            write("", "stop")
            self.wfile.write(sse.DONE)
            return
        write(PIECES[0])
        if asked == "fail":
            self.wfile.write(sse.data(envelope(WorkerDied("The process of demo/chat ended."))))
        elif asked == "hold":
            self._hold()
        elif asked != "vanish":
            write("\u2028".join(PIECES[1:]) if asked == "odd line ends" else "".join(PIECES[1:]))
            write("", "stop")
            self.wfile.write(sse.DONE)

    def _hold(self) -> None:
        self.server.holds.set()
        select.select([self.connection], [], [])
        self.server.client_left.set()

    def _chat(self, piece: str, reason: str | None = None) -> None:
        choice = ChatChunkChoice(0, ChatDelta(content=piece), reason)
        self.wfile.write(sse.data(ChatChunk("c", 0, self.model, [choice])))
        if reason:
            self.wfile.write(sse.data(ChatChunk("c", 0, self.model, [], Usage(5, 6, 11))))

    def _completion(self, piece: str, reason: str | None = None) -> None:
        choice = CompletionChoice(0, piece, reason)
        self.wfile.write(sse.data(Completion("c", 0, self.model, [choice])))


def _text(message: ChatMessage) -> str:
    """What a message says, without its pictures."""
    parts = message.content or ""
    return parts if isinstance(parts, str) else "".join(part.text or "" for part in parts)


@pytest.fixture
def start_canned() -> Iterator[Callable[..., CannedServer]]:
    servers: list[CannedServer] = []

    def start(*args: Any, **facts: Any) -> CannedServer:
        servers.append(CannedServer(*args, **facts))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def canned(start_canned: Callable[..., CannedServer]) -> CannedServer:
    return start_canned()


@pytest.fixture
def another_canned(start_canned: Callable[..., CannedServer]) -> CannedServer:
    return start_canned("another", os.getppid())


@pytest.fixture(scope="session")
def small_pool(
    tmp_path_factory: pytest.TempPathFactory, checkpoints: Path
) -> Iterator[JupyterProcess]:
    """A server whose budget holds `demo/chat` and one of `llama` and `qwen3`, no more."""
    arguments = [f"--MLXJupyter.model_dirs={json.dumps([str(checkpoints)])}"]
    arguments += ["--MLXJupyter.memory_limit=2MB", "--MLXJupyter.allow_downloads=False"]
    with jupyter(tmp_path_factory.mktemp("small_pool"), arguments) as process:
        yield process


@pytest.fixture
def empty_pool(small_pool: JupyterProcess) -> Iterator[Pool]:
    """That server's pool, with nothing loaded or pinned."""
    with mlx_jupyter.connect(small_pool.url, small_pool.key) as pool:
        for name, model in pool.status().models.items():
            if model.status == "running":
                pool.evict(name, force=True)
        yield pool


@contextmanager
def in_use(pool: Pool, model: str) -> Iterator[None]:
    """`model` generates, for longer than any test needs, what nobody reads."""
    body = {"model": model, "prompt": ["Hello"] * 4, "max_tokens": 480, "n": 1, "stream": True}
    url = f"{pool.endpoint.base_url}/completions"
    with pool._http.stream("POST", url, json=body) as answer:
        lines = answer.iter_lines()  # its end would close the connection
        while not next(lines).startswith("data:"):
            pass
        yield


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty runtime folder, and an environment that points to no server."""
    for name in list(os.environ):
        if name.startswith(("MLX_JUPYTER_", "JUPYTERHUB_", "JPY_")):
            monkeypatch.delenv(name)
    folder = tmp_path / "runtime"
    folder.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MLX_JUPYTER_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def write_record(runtime: Path) -> Any:
    def write(record: ServerRecord, name: str | None = None) -> Path:
        file = runtime / (name or file_name(record.pid))
        file.write_bytes(msgspec.json.encode(record))
        return file

    return write


@pytest.fixture
def use_canned(
    canned: CannedServer, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> CannedServer:
    monkeypatch.setenv("MLX_JUPYTER_URL", canned.url)
    monkeypatch.setenv("MLX_JUPYTER_API_KEY", canned.key)
    return canned


@pytest.fixture
def shell(runtime: Path) -> Iterator[InteractiveShell]:
    """IPython as in a terminal, with the extension loaded."""
    made = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    made.run_line_magic("load_ext", "mlx_jupyter")
    yield made
    made.run_line_magic("unload_ext", "mlx_jupyter")
    # Which would keep every shell to the end, and collect all garbage once for each of them.
    atexit.unregister(made.atexit_operations)
