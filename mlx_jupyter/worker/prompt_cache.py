"""Keys and values of what was read and written, kept for the next prompt that begins alike.

mlx-lm has such a store, `LRUPromptCache`, a trie of one dict a token. Where a new prompt leaves a
long one that is kept (the usual case: a chat goes on, an old question is asked anew) it searches
the rest of that for the nearest end, in time that grows with the square: 7 ms at 4,000 tokens,
104 ms at 16,000, 1.8 s at 64,000 (mlx-lm 0.32.2, measured), and all streams of the model wait. The
trie takes 1 MB for 4,000 tokens, on no ledger, and what is found is not kept longer for that. So
here are the tokens as arrays, compared one by one: 0.5 ms for all of 256 kept prompts of 4,000
tokens. The caches themselves, and how they are cut, are mlx-lm's.

What is taken is a copy that shares its arrays (`kv`). What is put is counted at once, and made
(`settle`) when there is time: until then it holds the batch that it was taken from.
"""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

from mlx_jupyter.worker.kv import KV, bytes_of, can_cut, compact, cut, settle, uncut, usable
from mlx_jupyter.worker.prefixes import Tokens, common
from mlx_jupyter.worker.prompt_cache_files import PromptCacheFiles

__all__ = ["LEAST_TOKENS", "PromptCache", "Taken"]

LEAST_TOKENS = 16
"""Fewer are read anew: nothing is gained, and every chat begins with the same three."""
MOST_ENTRIES = 256
FILE_TOKENS = 64
"""From a file only what is as much longer: to open one takes as long as to read as many tokens."""
QUIET_SECONDS = 0.5
"""After the last answer, until what is worth it is written to a file."""

BUSY_SECONDS = 0.05


class Taken(NamedTuple):
    """`kv` holds the first `tokens` of the prompt."""

    kv: KV
    tokens: int


@dataclass(eq=False)
class _Entry:
    tokens: Tokens
    kv: KV
    size_bytes: int
    on_disk: bool = False


class PromptCache:
    """Bounded in bytes; what was not used for longest leaves first."""

    def __init__(self, max_bytes: int, files: PromptCacheFiles | None = None) -> None:
        self._max_bytes = max_bytes
        self._files = files
        self._entries: list[_Entry] = []
        """The one used last comes last."""
        self._unsettled: deque[tuple[_Entry, Any]] = deque()
        """With one layer of it."""
        self._put_at = 0.0

    @property
    def size_bytes(self) -> int:
        return sum(entry.size_bytes for entry in self._entries)

    @property
    def open(self) -> bool:
        """Nothing is put where nothing can be kept."""
        return self._max_bytes > 0

    def take(self, tokens: Tokens) -> Taken | None:
        """The longest beginning of the prompt that is kept, but for its last token: that is read
        anew, for the first logits."""
        best, most = self._longest(tokens)
        if self._files is not None and self.open:
            loaded = self._load(self._files, tokens, max(most, LEAST_TOKENS) + FILE_TOKENS)
            if loaded is not None:
                best, most = loaded, usable(loaded.kv, loaded.tokens, tokens)
        if best is None or most < LEAST_TOKENS:
            return None
        self._touch(best)
        extra = len(best.tokens) - most
        return Taken(cut(best.kv, extra) if extra else uncut(best.kv), most)

    def fetched(self, tokens: Tokens) -> bool:
        """Whether `take` takes no time: False as long as a file is read for it (`read_on`)."""
        if self._files is None or not self.open:
            return True
        _, most = self._longest(tokens)
        least = max(most, LEAST_TOKENS) + FILE_TOKENS
        return self._files.fetched(tokens, least, self._max_bytes)

    def read_on(self, most_bytes: float = 0) -> None:
        """About so much of the file that somebody waits for; it is given up if nobody does."""
        if self._files is not None:
            self._files.read_on(most_bytes)

    def known(self, tokens: Tokens) -> int:
        """How much of the prompt `take` would give, but for what is in files."""
        _, most = self._longest(tokens)
        return most if most >= LEAST_TOKENS else 0

    def _longest(self, tokens: Tokens) -> tuple[_Entry | None, int]:
        best, most = None, 0
        for entry in self._entries:
            if (known := usable(entry.kv, entry.tokens, tokens)) >= most:
                best, most = entry, known
        return best, most

    def put(self, tokens: Tokens, kv: KV) -> None:
        """Keeps `kv`, which holds exactly `tokens`, and nobody else's to write into."""
        if len(tokens) < LEAST_TOKENS or not self.open:
            return
        entry = _Entry(tokens, compact(kv), bytes_of(kv))
        if entry.size_bytes <= self._max_bytes and not self._covered(entry):
            self._put_at = time.monotonic()
            self._unsettled.extend((entry, layer) for layer in entry.kv)
            self._add(entry)

    def limit(self, max_bytes: int) -> None:
        """No more than `max_bytes` from now on."""
        self._max_bytes = max_bytes
        self._make_room()
        if self._files is not None:
            self._files.allow(max_bytes)

    def shed(self) -> None:
        """Forgets all, but for what is in files."""
        self._entries.clear()
        self._unsettled.clear()

    def forget_unsettled(self) -> None:
        """What they are taken from is in no known state."""
        unknown = {id(entry) for entry, _ in self._unsettled}
        self._entries = [one for one in self._entries if id(one) not in unknown]
        self._unsettled.clear()

    def settle(self, most_bytes: float = math.inf) -> None:
        """Makes the arrays of what was put, layer by layer, until about `most_bytes` are made."""
        made_bytes = 0
        while self._unsettled and made_bytes < most_bytes:
            _, layer = self._unsettled.popleft()
            settle([layer])
            made_bytes += bytes_of([layer])

    @property
    def rest_seconds(self) -> float | None:
        """When `rest` has something to do; None for never."""
        if self._files is None or not any(self._worth_a_file(entry) for entry in self._entries):
            return None
        if self._files.busy:
            return BUSY_SECONDS
        return max(0.0, self._put_at + QUIET_SECONDS - time.monotonic())

    def rest(self) -> None:
        """Writes one entry into a file, if it is time: the model has come to rest."""
        self.read_on()
        if self._files is None or self.rest_seconds != 0:
            return
        entry = next(one for one in reversed(self._entries) if self._worth_a_file(one))
        entry.on_disk = True  # whether or not it can be written, it is not tried again
        self._files.save(entry.tokens, entry.kv, entry.size_bytes)

    def _worth_a_file(self, entry: _Entry) -> bool:
        return not entry.on_disk and len(entry.tokens) >= FILE_TOKENS

    def _load(self, files: PromptCacheFiles, tokens: Tokens, least: int) -> _Entry | None:
        found = files.load(tokens, least, self._max_bytes)
        if found is None:
            return None
        entry = _Entry(*found, bytes_of(found[1]), on_disk=True)
        self._add(entry)
        return entry

    def _add(self, entry: _Entry) -> None:
        """What begins as the new one, and only as that, would never be taken any more; unless the
        new one cannot be cut back to it."""
        if can_cut(entry.kv):
            self._entries = [one for one in self._entries if not _begins(entry.tokens, one.tokens)]
        self._entries.append(entry)
        self._make_room()

    def _covered(self, entry: _Entry) -> bool:
        for one in self._entries:
            whole = len(one.tokens) == len(entry.tokens)
            if _begins(one.tokens, entry.tokens) and (whole or can_cut(one.kv)):
                self._touch(one)
                return True
        return False

    def _touch(self, entry: _Entry) -> None:
        self._entries.remove(entry)
        self._entries.append(entry)

    def _make_room(self) -> None:
        size_bytes = self.size_bytes
        while self._entries and (size_bytes > self._max_bytes or len(self._entries) > MOST_ENTRIES):
            size_bytes -= self._entries.pop(0).size_bytes
        kept = set(map(id, self._entries))
        self._unsettled = deque(one for one in self._unsettled if id(one[0]) in kept)


def _begins(tokens: Tokens, beginning: Tokens) -> bool:
    return len(beginning) <= len(tokens) and common(tokens, beginning) == len(beginning)
