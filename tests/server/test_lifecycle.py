"""Start, death and end, with real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import openai
import psutil
import pytest

from tests.jupyter_process import JupyterProcess, jupyter
from tests.waiting import wait_for

LONG: dict[str, Any] = {
    "model": "llama",
    "messages": [{"role": "user", "content": "Hello"}],
    "max_tokens": 1900,
    "stream": True,
}
PATIENCE_SECONDS = 20


def worker_of(http: httpx.Client, model: str) -> dict[str, Any]:
    found = [one for one in http.get("/health").json()["workers"] if one["model"] == model]
    return dict(found[0]) if found else {}


def test_the_server_imports_no_mlx_and_keeps_its_file_limit(server: JupyterProcess) -> None:
    names = {Path(mapped.path).name for mapped in psutil.Process(server.pid).memory_maps()}
    assert not any("mlx" in name for name in names)


def test_importing_the_extension_imports_nothing_heavy() -> None:
    code = (
        "import sys, jupyter_server.serverapp; before = set(sys.modules);"
        "import mlx_jupyter.server.extension;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "heavy = {'mlx', 'mlx_lm', 'transformers', 'numpy', 'huggingface_hub', 'httpx', 'PIL'};"
        "assert not new & heavy, new & heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_health_tells_version_pids_and_blas(server: JupyterProcess, http: httpx.Client) -> None:
    http.post("/v1/chat/completions", json=LONG | {"max_tokens": 1, "stream": False})
    health = http.get("/health").json()
    assert health["healthy"] is True
    assert health["pid"] == server.pid
    worker = worker_of(http, "llama")
    assert worker["pid"] in {process.pid for process in server.workers()}
    if health["blas"]:
        assert Path(worker["blas"]).name.startswith(Path(health["blas"]).name.partition(".")[0])


def test_a_worker_killed_in_mid_stream_ends_that_stream_alone(
    server: JupyterProcess, http: httpx.Client, client: openai.OpenAI
) -> None:
    ask = {"messages": [{"role": "user", "content": "What is MLX?"}], "model": "demo/chat"}
    http.post("/v1/chat/completions", json=ask)
    with http.stream("POST", "/v1/chat/completions", json=LONG) as stream:
        lines = stream.iter_lines()
        for line in lines:
            if '"content":"' in line and '"content":""' not in line:
                break
        os.kill(worker_of(http, "llama")["pid"], signal.SIGKILL)
        rest = [line for line in lines if line.startswith("data: ")]
    assert '"code":"worker_died"' in rest[-1]
    assert "SIGKILL" in rest[-1]
    health = http.get("/health").json()
    assert health["healthy"] is False
    assert worker_of(http, "llama")["alive"] is False
    assert http.post("/v1/chat/completions", json=ask).status_code == 200
    again = http.post("/v1/chat/completions", json=LONG | {"max_tokens": 2, "stream": False})
    assert again.status_code == 200
    assert http.get("/health").json()["healthy"] is True


def test_a_worker_killed_before_an_answer_is_a_502_that_may_be_retried(
    http: httpx.Client, client: openai.OpenAI
) -> None:
    body = LONG | {"stream": False}
    http.post("/v1/chat/completions", json=body | {"max_tokens": 1})
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(http.post, "/v1/chat/completions", json=body)
        wait_for(lambda: busy(http))
        os.kill(worker_of(http, "llama")["pid"], signal.SIGKILL)
        refused = answer.result()
    assert refused.status_code == 502
    assert "x-should-retry" not in refused.headers


def busy(http: httpx.Client) -> bool:
    return bool(http.get("/health").json()["requests"])


@pytest.mark.parametrize("when", ["load", "prefill", "decoding", "not streaming"])
def test_a_client_that_goes_away_frees_its_place(http: httpx.Client, when: str) -> None:
    body = dict(LONG, stream=when != "not streaming")
    if when == "load":
        http.post("/admin/models/unload/llama")
    else:
        http.post("/v1/chat/completions", json=LONG | {"max_tokens": 1, "stream": False})
    if when == "prefill":
        body |= {"messages": [{"role": "user", "content": "a " * 1500}], "max_tokens": 400}
    with httpx.Client(base_url=http.base_url, headers=http.headers, trust_env=False) as leaver:
        request = leaver.build_request("POST", "/v1/chat/completions", json=body)
        with ThreadPoolExecutor() as threads:
            sent = threads.submit(leaver.send, request, stream=True)
            wait_for(lambda: busy(http))
            if when == "decoding":
                next(sent.result().iter_lines())
            kick(leaver)
    wait_for(lambda: not busy(http))


def test_a_client_that_leaves_several_prompts_leaves_none_behind(
    server: JupyterProcess, http: httpx.Client
) -> None:
    body = {"model": "llama", "prompt": ["a", "b", "c", "d"], "max_tokens": 1900, "stream": True}
    with http.stream("POST", "/v1/completions", json=body) as stream:
        next(stream.iter_lines())
    wait_for(lambda: not busy(http))
    worker = psutil.Process(worker_of(http, "llama")["pid"])
    wait_for(lambda: worker.cpu_percent(0.2) < 30)


def kick(client: httpx.Client) -> None:
    """Close the connection under a request that may still wait for its first byte."""
    pool = client._transport._pool  # type: ignore[attr-defined]
    for connection in pool.connections:
        stream = connection._connection._network_stream
        stream.get_extra_info("socket").shutdown(2)


def test_a_silent_stream_is_kept_alive_and_a_stuck_worker_is_not_healthy(
    http: httpx.Client,
) -> None:
    http.post("/v1/chat/completions", json=LONG | {"max_tokens": 1, "stream": False})
    pid = worker_of(http, "llama")["pid"]
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    try:
        with http.stream("POST", "/v1/chat/completions", json=LONG | {"max_tokens": 3}) as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith(": progress {")
            health = http.get("/health").json()  # waits five seconds for a word of it
            (worker,) = [one for one in health["workers"] if one["model"] == "llama"]
            assert health["healthy"] is False
            assert worker["error"] == "the worker does not answer"
            shown = http.get("/v1/models/status").json()["models"]["llama"]
            assert (shown["status"], shown["health"]) == ("running", "unhealthy")
            os.kill(pid, signal.SIGCONT)
            assert [line for line in lines if line.startswith("data:")][-1] == "data: [DONE]"
    finally:
        os.kill(pid, signal.SIGCONT)


def test_killing_jupyter_leaves_no_process(tmp_path: Path) -> None:
    with jupyter(tmp_path) as server:
        with server.http() as http:
            body = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
            http.post("/v1/chat/completions", json=body)
        wait_for(lambda: len(server.workers()) == 2)
        workers = server.workers()
        os.kill(server.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(workers, timeout=PATIENCE_SECONDS)
        assert not alive


def test_stopping_jupyter_ends_the_workers_and_removes_the_record(tmp_path: Path) -> None:
    with jupyter(tmp_path) as server:
        wait_for(server.workers)
        workers = server.workers()
        server.stop()
        assert not psutil.wait_procs(workers, timeout=PATIENCE_SECONDS)[1]
        assert not list(server.runtime_dir.glob("mlx-jupyter-*"))
    assert "Traceback" not in server.log


def test_a_module_in_the_folder_jupyter_runs_in_is_not_imported_by_a_worker(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "random.py").write_text("raise SystemExit('imported the wrong module')")
    with jupyter(tmp_path) as server, server.http() as http:
        body = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
        assert http.post("/v1/chat/completions", json=body).status_code == 200


def test_a_broken_checkpoint_is_told_apart_in_words(tmp_path: Path, checkpoints: Path) -> None:
    from tests.defects import broken

    models = tmp_path / "models"
    broken(checkpoints / "llama", models / "truncated", "truncated_weights")
    broken(checkpoints / "llama", models / "wrong-shape", "wrong_shape")
    with jupyter(tmp_path, [f"--MLXJupyter.model_dirs={models}"]) as server, server.http() as http:
        ask = {"messages": [{"role": "user", "content": "Hi"}]}
        truncated = http.post("/v1/chat/completions", json=ask | {"model": "truncated"})
        assert (truncated.status_code, truncated.json()["error"]["code"]) == (
            400,
            "invalid_checkpoint",
        )
        wrong = http.post("/v1/chat/completions", json=ask | {"model": "wrong-shape"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (500, "model_load_failed")
        assert wrong.headers["x-should-retry"] == "false"
        assert http.post("/v1/chat/completions", json=ask).status_code == 200


@pytest.mark.parametrize("kind", ["config file", "command line"])
def test_the_traits_are_read_from_both_places(tmp_path: Path, checkpoints: Path, kind: str) -> None:
    folder = str(checkpoints)
    arguments = [
        f'--MLXJupyter.model_dirs=["{folder}"]',
        '--MLXJupyter.aliases={"small": "llama"}',
        "--MLXJupyter.default_chat_model=small",
        "--MLXJupyter.spare_workers=0",
    ]
    if kind == "config file":
        (tmp_path / "config").mkdir()
        lines = [
            f"c.MLXJupyter.model_dirs = ['{folder}']",
            "c.MLXJupyter.aliases = {'small': 'llama'}",
            "c.MLXJupyter.default_chat_model = 'small'",
            "c.MLXJupyter.spare_workers = 0",
        ]
        (tmp_path / "config" / "jupyter_server_config.py").write_text("\n".join(lines))
        arguments = []
    with jupyter(tmp_path, arguments) as server, server.http() as http:
        assert server.workers() == []
        body = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
        assert http.post("/v1/chat/completions", json=body).json()["model"] == "llama"
        assert "Traceback" not in server.log


def test_a_setting_that_is_refused_is_not_passed_over_with_all_others(tmp_path: Path) -> None:
    """A slip in one must not lift what another forbids."""
    arguments = ["--MLXJupyter.kv_bits=5", "--MLXJupyter.allowed_models=demo/embed"]
    with jupyter(tmp_path, arguments, has_pool=False) as server:
        assert httpx.get(f"{server.base}/health").status_code == 404
        assert httpx.get(f"{server.origin}api").status_code == 200
        words = "mlx_jupyter does not run, because one of its settings was refused"
        wait_for(lambda: words in server.log)
        assert "failed starting" not in server.log


def test_what_is_to_be_preloaded_is_there_and_pinned_by_its_id(
    tmp_path: Path, checkpoints: Path
) -> None:
    arguments = [
        f"--MLXJupyter.model_dirs={checkpoints}",
        '--MLXJupyter.aliases={"small": "llama"}',
        "--MLXJupyter.preload=small",
        "--MLXJupyter.preload=no/such/model",
    ]
    with jupyter(tmp_path, arguments) as server, server.http() as http:
        wait_for(lambda: http.get("/v1/models/llama").json()["state"] == "ready")
        assert http.get("/v1/models/llama").json()["pinned"] is True
        wait_for(lambda: "There is no model 'no/such/model' here" in server.log)


def test_the_record_of_a_killed_server_is_gone_when_another_starts(tmp_path: Path) -> None:
    light = ["--MLXJupyter.spare_workers=0"]
    with jupyter(tmp_path, light) as killed:
        killed.process.kill()
        killed.process.wait()
    left = tmp_path / "runtime" / f"mlx-jupyter-{killed.pid}.json"
    assert left.exists()
    with jupyter(tmp_path, light):
        assert not left.exists()
