from __future__ import annotations

from typing import Any

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.look import Look
from mlx_jupyter.wire.generation import Usage

FOOT = '<small style="opacity: 0.6">demo/chat · 11 tokens</small>'


def whole(text: str, form: str = "markdown", **facts: Any) -> Answer:
    look = Look(form, facts.pop("think", "show"), facts.pop("footer", False))
    usage = Usage(5, 11, 16)
    facts = {"finish_reason": "stop", "partial": False} | facts
    return Answer(text, "demo/chat", usage=usage, look=look, **facts)


def test_the_footer_is_in_markdown_and_not_in_plain_text() -> None:
    shown = whole("Hi.", footer=True).bundle()
    assert shown == {"text/markdown": f"Hi.\n\n{FOOT}", "text/plain": "Hi."}


def test_a_partial_answer_has_no_footer() -> None:
    assert whole("Hi.", footer=True, partial=True).as_markdown() == "Hi."


def test_what_follows_an_open_fence_is_no_code() -> None:
    shown = whole("```python\nx", partial=True, finish_reason="interrupted").as_markdown()
    assert shown == "```python\nx\n```\n\n*— interrupted —*"


def test_formulas_are_rendered_and_plain_text_stays_as_it_was_written() -> None:
    shown = whole(r"\(x\)").bundle()
    assert shown == {"text/markdown": "$x$", "text/plain": r"\(x\)"}


def test_text_is_not_interpreted() -> None:
    shown = whole("<b> $x$ *a*", "text", footer=True).bundle()
    assert shown["text/plain"] == "<b> $x$ *a*"
    assert "&#60;b&#62; &#36;x&#36; *a*</pre>" in shown["text/html"]
    assert shown["text/html"].endswith(FOOT)
    assert "text/markdown" not in shown


def test_json_is_a_tree_and_pretty() -> None:
    shown = whole('{"a":[1]}', "json").bundle()
    assert shown["application/json"] == {"a": [1]}
    assert shown["text/plain"] == '{\n  "a": [\n    1\n  ]\n}'
    assert shown["text/markdown"].startswith("```json\n{")


def test_json_is_plain_text_while_it_comes() -> None:
    assert whole('{"a"', "json", partial=True).bundle() == {"text/plain": '{"a"'}


def test_what_is_no_json_says_so_and_is_shown() -> None:
    shown = whole("Hello", "json").bundle()
    assert shown == {"text/plain": "Hello\n\n⚠ The answer is not JSON."}


def test_a_bare_number_is_no_tree() -> None:
    assert whole("12", "json").bundle().keys() == {"text/markdown", "text/plain"}


def test_bare_code_is_highlighted() -> None:
    assert whole("x = 1", "code").as_markdown() == "```python\nx = 1\n```"


def test_code_between_fences_stays_with_its_words() -> None:
    text = "Here:\n```sql\nselect 1\n```"
    assert whole(text, "code").as_markdown() == text


def test_reasoning_is_folded_above_the_answer() -> None:
    shown = whole("Hi.", reasoning="a $ < b\n\nc").bundle()
    assert shown["text/plain"] == "Hi."
    head, text = shown["text/markdown"].rsplit("\n\n", 1)
    assert text == "Hi."
    assert head.startswith("<details><summary>thinking</summary>\n\n<pre")
    assert "a &#36; &#60; b\n\nc</pre>" in head


def test_reasoning_is_open_while_it_comes() -> None:
    coming = whole("", reasoning="a", partial=True, finish_reason=None)
    assert coming.as_markdown().startswith("<details open>")


def test_reasoning_may_be_hidden() -> None:
    assert whole("Hi.", reasoning="a", think="hide").as_markdown() == "Hi."


def test_the_code_of_an_answer_is_that_between_its_fences() -> None:
    answer = whole("A:\n```\nx\n```\nB:\n```\ny\n```")
    assert (answer.code_blocks, answer.code) == (["x", "y"], "x\n\ny")
    assert whole("x = 1").code == ""
    assert whole("x = 1", "code").code == "x = 1"


def test_an_answer_that_is_shown_again_has_its_facts_as_plain_text() -> None:
    assert whole("Hi.")._repr_mimebundle_() == {"text/markdown": "Hi."}
