"""What one notebook keeps between its cells."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlx_jupyter.kernel.conversation.conversations import Conversations
from mlx_jupyter.kernel.magics.connection import Connection
from mlx_jupyter.kernel.magics.next_input import NextInputs
from mlx_jupyter.kernel.mapping.memo import Memo

__all__ = ["Session"]


@dataclass
class Session:
    """Shared by all magics of one shell. `model` is what those that ask use unless told otherwise;
    None leaves that to the server. `model_sees` says whether it is for pictures too.
    `embedding_model` is the same for `%embed`. `conversations` are those of `%chat`."""

    connection: Connection = field(default_factory=Connection)
    memo: Memo = field(default_factory=Memo)
    """The answers of `--each`."""
    model: str | None = None
    model_sees: bool = False
    embedding_model: str | None = None
    conversations: Conversations = field(default_factory=Conversations)
    next_inputs: NextInputs = field(default_factory=NextInputs)
