"""Fetches a model from the Hugging Face hub: `python -m mlx_jupyter.catalog.downloader ORG/NAME`.

A process of its own, so that it can be ended at any moment, holds up nobody, and the server need
not import the hub's client. On stdout it says one JSON object a line:

    {"total_bytes": …, "missing_bytes": …, "weights_bytes": …}   what there is to fetch
    {"done_bytes": …}                                            a few times a second
    {"done": true}   or   {"error": CODE, "message": …}          the end

With `--ask` it waits for a line on stdin after the first, and goes on when one comes. It ends when
the pipe `--lifeline` closes.
"""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import (
    DryRunError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from tqdm.auto import tqdm

from mlx_jupyter.errors import DownloadFailed, InsufficientDisk, MLXJupyterError, ModelNotFound

__all__ = ["PATTERNS", "main"]

PATTERNS = (
    *("*.json", "model*.safetensors", "tokenizer.model", "*.tiktoken", "tiktoken.model"),
    *("*.txt", "*.jsonl", "*.jinja"),
)
"""As mlx-lm has them (0.32.2, `utils.py`), without `*.py`: code is run only where it is trusted."""
RESERVE_BYTES = 10**9
"""What a download leaves free on the disk."""
REPORT_SECONDS = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository")
    parser.add_argument("--revision")
    parser.add_argument("--code", action="store_true", help="fetch *.py too")
    parser.add_argument("--ask", action="store_true")
    parser.add_argument("--lifeline", type=int)
    parser.add_argument("--reserve", type=int, default=RESERVE_BYTES)
    options = parser.parse_args(arguments)
    say = _Voice()
    if options.lifeline is not None:
        threading.Thread(target=_hold, args=[options.lifeline], daemon=True).start()
    try:
        _fetch(options, say)
    except MLXJupyterError as error:
        say(error=error.code, message=error.message)
        return 1
    say(done=True)
    return 0


class _Voice:
    """What is printed by libraries goes to stderr; this alone speaks on the old stdout."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def __call__(self, **said: object) -> None:
        with self._lock:
            self._out.write(msgspec.json.encode(said) + b"\n")


def _hold(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)


def _fetch(options: argparse.Namespace, say: _Voice) -> None:
    patterns = [*PATTERNS, "*.py"] if options.code else list(PATTERNS)
    asked = {"revision": options.revision, "allow_patterns": patterns}
    name = f"{options.repository}@{options.revision}" if options.revision else options.repository
    try:
        files: list[Any] = snapshot_download(options.repository, dry_run=True, **asked)
        missing_bytes = _look(name, files, say)
        if options.ask:
            sys.stdin.readline()
        _require_disk(name, missing_bytes, options.reserve)
        snapshot_download(options.repository, tqdm_class=_bars(say), **asked)
    except MLXJupyterError:
        raise
    except DryRunError as error:
        raise _explained(name, error.__cause__ or error, looked=False) from error
    except Exception as error:  # whatever the hub's client raises must reach who waits
        raise _explained(name, error, looked=True) from error


def _explained(name: str, error: BaseException, *, looked: bool) -> MLXJupyterError:
    """What the hub's client raised, in words and with what to do. Before it has `looked`, all that
    the hub itself did not say is that it cannot be reached."""
    said = (str(error).strip().splitlines() or [type(error).__name__])[0].strip()
    match error:
        case GatedRepoError():
            page = f"https://huggingface.co/{name.partition('@')[0]}"
            return DownloadFailed(
                f"{name} is gated: accept its terms at {page}, and log in on this machine with "
                "`hf auth login`."
            )
        case RevisionNotFoundError():
            repository, _, revision = name.partition("@")
            return ModelNotFound(f"{repository} has no revision {revision!a}.")
        case RepositoryNotFoundError():
            return ModelNotFound(
                f"On the hub there is no {name} that you may see; for a private one log in with "
                "`hf auth login`."
            )
        case OfflineModeIsEnabled() | LocalEntryNotFoundError():
            return ModelNotFound(f"The hub cannot be reached to fetch {name}: {said}")
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return InsufficientDisk(f"The disk is full: {name} was not fetched whole.")
    if not looked and not isinstance(error, HfHubHTTPError):
        return ModelNotFound(f"The hub cannot be reached to fetch {name}: {said}")
    return DownloadFailed(f"{name} was not fetched whole: {said}. Try again: what is here is kept.")


def _look(name: str, files: Sequence[Any], say: _Voice) -> int:
    """Says what there is to fetch. Raises `DownloadFailed` for what is no model in safetensors."""
    weights = [file for file in files if file.filename.endswith(".safetensors")]
    if not weights or not any(file.filename == "config.json" for file in files):
        raise DownloadFailed(
            f"{name} has no config.json with safetensors weights, so MLX cannot read it. Look for "
            "an MLX conversion of the model, for example in mlx-community."
        )
    missing_bytes = _size(file for file in files if file.will_download)
    say(total_bytes=_size(files), missing_bytes=missing_bytes, weights_bytes=_size(weights))
    return missing_bytes


def _size(files: Any) -> int:
    return sum(file.file_size or 0 for file in files)


def _require_disk(name: str, missing_bytes: int, reserve_bytes: int) -> None:
    folder = Path(constants.HF_HUB_CACHE)
    while not folder.exists():
        folder = folder.parent
    free_bytes = shutil.disk_usage(folder).free
    if missing_bytes + reserve_bytes > free_bytes:
        raise InsufficientDisk(
            f"{name} needs {missing_bytes / 1e9:.2f} GB on the disk, and {free_bytes / 1e9:.2f} GB "
            f"are free in {constants.HF_HUB_CACHE} ({reserve_bytes / 1e9:.2f} GB are left alone). "
            "Free some space, or set HF_HUB_CACHE to another disk."
        )


def _bars(say: _Voice) -> type[Any]:
    """A progress bar that says the bytes instead of drawing them."""
    lock, counted = threading.Lock(), [0, 0.0]

    class Bar(tqdm):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            options.pop("name", None)
            options |= {"disable": False, "file": open(os.devnull, "w")}  # noqa: SIM115
            super().__init__(*arguments, **options)

        def update(self, n: float | None = 1) -> bool | None:
            # Where the hub keeps chunks, files are put together from them: those bytes came before.
            if self.unit == "B" and "Reconstructing" not in str(self.desc):
                with lock:
                    counted[0] += int(n or 0)
                    due = time.monotonic() - counted[1] > REPORT_SECONDS
                    counted[1] = time.monotonic() if due else counted[1]
                if due:
                    say(done_bytes=counted[0])
            shown: bool | None = super().update(n)
            return shown

    return Bar


if __name__ == "__main__":
    sys.exit(main())
