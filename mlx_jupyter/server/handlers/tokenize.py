"""`POST v1/tokenize` and `POST v1/detokenize`: no model is loaded for them, and none leaves."""

from __future__ import annotations

import secrets

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.errors import InvalidRequest, UnsupportedParameter, WrongKind
from mlx_jupyter.messages import Detokenize, Detokenized, Tokenize, Tokenized
from mlx_jupyter.server.handlers.base import RESOURCE
from mlx_jupyter.server.handlers.work import WorkHandler
from mlx_jupyter.server.openai import from_chat, images_of
from mlx_jupyter.wire.chat import ChatRequest
from mlx_jupyter.wire.tokenize import DetokenizedText, DetokenizeRequest, TokenizeRequest

__all__ = ["DetokenizeHandler", "TokenizeHandler"]


class _SpellHandler(WorkHandler):
    async def spell(self, model: str, question: Tokenize | Detokenize) -> None:
        """Ends quietly when the client has gone."""
        self._id = self.name_of_request(f"tok-{secrets.token_hex(12)}")
        await self.do(self._spell(model, question), self._id)

    async def _spell(self, model: str, question: Tokenize | Detokenize) -> None:
        self.set_header("x-request-id", self._id)
        with self.app.running.answered(self._id):
            answer = await self.app.pool.spell(model, question)
        if isinstance(answer, Detokenized):
            self.reply(DetokenizedText(prompt=answer.text))
        else:
            self.reply(_shown(answer))


class TokenizeHandler(_SpellHandler):
    @authenticated
    @authorized(action="execute", resource=RESOURCE)
    async def post(self) -> None:
        request = self.decode(TokenizeRequest)
        question = _question(request)
        model, checkpoint = await self.app.local_model(request.model)
        _check_kind(model, checkpoint, question)
        await self.spell(model, question)


class DetokenizeHandler(_SpellHandler):
    @authenticated
    @authorized(action="execute", resource=RESOURCE)
    async def post(self) -> None:
        request = self.decode(DetokenizeRequest)
        model, _ = await self.app.local_model(request.model)
        await self.spell(model, Detokenize(0, request.tokens))


def _question(request: TokenizeRequest) -> Tokenize:
    if (request.prompt is None) == (request.messages is None):
        raise InvalidRequest("Give either 'prompt' or 'messages'.", param="prompt")
    names = bool(request.return_token_strs)
    if request.prompt is not None:
        _refuse(request, "add_generation_prompt", "chat_template_kwargs", "enable_thinking")
        special = request.add_special_tokens is not False
        return Tokenize(0, prompt=request.prompt, special=special, names=names)
    if request.add_special_tokens:
        _refuse(request, "add_special_tokens")
    return _of_messages(request, names=names)


def _refuse(request: TokenizeRequest, *fields: str) -> None:
    """A field that the other form alone has."""
    for field in fields:
        if getattr(request, field) is not None:
            other = "messages" if request.messages is None else "prompt"
            raise InvalidRequest(f"'{field}' goes with '{other}' only.", param=field)


def _of_messages(request: TokenizeRequest, *, names: bool) -> Tokenize:
    """What a chat request with the same fields would give its model."""
    chat = ChatRequest(
        messages=request.messages or [],
        chat_template_kwargs=request.chat_template_kwargs,
        enable_thinking=request.enable_thinking,
    )
    if sources := images_of(chat, {}):
        raise UnsupportedParameter(
            "The tokens of pictures are not counted: send the messages without them.",
            param=sources[0].where,
        )
    generate = from_chat(chat)
    options = dict(generate.template_options)
    if request.add_generation_prompt is False:
        options["add_generation_prompt"] = False
    return Tokenize(0, messages=generate.messages, names=names, template_options=options)


def _check_kind(model: str, checkpoint: Checkpoint, question: Tokenize) -> None:
    if question.messages is not None and checkpoint.kind not in ("text", "vision"):
        raise WrongKind(
            f"Model '{model}' does not chat, it is of kind {checkpoint.kind}: send its text as "
            "'prompt'.",
            param="messages",
        )


def _shown(answer: Tokenized) -> dict[str, object]:
    """In the shape of `TokenizedText`."""
    return {
        "count": answer.count,
        "max_model_len": answer.context_length,
        "tokens": msgspec.Raw(answer.tokens),
        "token_strs": None if answer.names is None else msgspec.Raw(answer.names),
    }
