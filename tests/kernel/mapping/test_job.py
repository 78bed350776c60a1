"""One request, and how an equal one is known again."""

from __future__ import annotations

import pytest

from mlx_jupyter.errors import UnsupportedParameter
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.mapping.job import job_for

PICTURE = Picture("a.png", url="data:image/png;base64,QQ==")


def test_a_request_has_what_was_asked_and_no_nones() -> None:
    job = job_for("Hello", [], {"model": "m", "system": "Be brief.", "seed": None, "top_k": 3})
    assert job.body == {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
        ],
        "model": "m",
        "top_k": 3,
    }


def test_pictures_stand_before_the_text() -> None:
    job = job_for("Hello", [PICTURE], {})
    kinds = [part["type"] for part in job.body["messages"][0]["content"]]
    assert (kinds, [each.label for each in job.previews]) == (["image_url", "text"], ["a.png"])


def test_equal_requests_have_one_digest() -> None:
    one = job_for("Hello", [], {"model": "m", "top_k": 3}).digest
    assert job_for("Hello", [], {"top_k": 3, "model": "m", "seed": None}).digest == one


def test_keys_may_be_numbers() -> None:
    assert job_for("Hello", [], {"logit_bias": {2: -100}}).body["logit_bias"] == {2: -100}


@pytest.mark.parametrize(
    ("text", "pictures", "options"),
    [
        ("Hello!", [], {}),
        ("Hello", [PICTURE], {}),
        ("Hello", [], {"model": "m"}),
        ("Hello", [], {"seed": 0}),
        ("Hello", [], {"system": ""}),
    ],
)
def test_others_have_others(text: str, pictures: list[Picture], options: dict[str, object]) -> None:
    assert job_for(text, pictures, options).digest != job_for("Hello", [], {}).digest


def test_what_an_answer_could_not_show_is_refused() -> None:
    with pytest.raises(UnsupportedParameter, match="no place for 'n'"):
        job_for("Hello", [], {"n": 2})
