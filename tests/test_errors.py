from __future__ import annotations

import pytest

from mlx_jupyter import errors
from mlx_jupyter.errors import CodeRefused, MLXJupyterError, ModelNotFound, error_of


def kinds() -> list[type[MLXJupyterError]]:
    return [getattr(errors, name) for name in errors.__all__ if name[0].isupper()]


@pytest.mark.parametrize("kind", kinds())
def test_the_drawing_at_the_top_shows_every_error(kind: type[MLXJupyterError]) -> None:
    assert errors.__doc__ is not None
    assert f" {kind.__name__} " in errors.__doc__ or kind is MLXJupyterError


def test_codes_name_one_error_each() -> None:
    codes = [kind.code for kind in kinds() if "code" in vars(kind)]
    assert len(codes) == len(set(codes))


def test_an_error_keeps_its_kind_across_a_process_border() -> None:
    sent = CodeRefused("names code")
    assert sent.code is not None
    got = error_of(sent.code, sent.message, sent.param)
    assert (type(got), got.message, got.param) == (CodeRefused, "names code", "model")


def test_an_unknown_code_keeps_the_message() -> None:
    got = error_of("from the future", "what happened")
    assert (type(got), got.message, got.status) == (MLXJupyterError, "what happened", 500)


def test_only_what_can_change_by_itself_may_be_retried() -> None:
    assert {kind.__name__ for kind in kinds() if kind.may_retry} == {
        *("DownloadFailed", "InsufficientMemory", "QueueFull", "QueueTimeout", "WorkerDied")
    }


def test_an_unknown_model_is_about_the_parameter_model() -> None:
    assert ModelNotFound("x").param == "model"
