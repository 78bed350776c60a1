from __future__ import annotations

from typing import Any

import pytest
from IPython.core.error import UsageError

from mlx_jupyter.kernel.magics.chat import ChatMagics
from mlx_jupyter.kernel.magics.grammar import Question, parse_cell, parse_line

PARSER = ChatMagics.chat.parser


def cell(line: str, body: str = "Hello") -> Question:
    return parse_cell(PARSER, line, body)


def line(text: str) -> Question:
    return parse_line(PARSER, text)


def mistake(kind: Any, text: str) -> str:
    with pytest.raises(UsageError) as raised:
        kind(text)
    return str(raised.value)


def test_the_cell_is_the_prompt() -> None:
    assert cell("", "Hello\n  there\n").prompt == "Hello\n  there"


def test_the_first_word_of_a_cell_magic_is_the_model() -> None:
    assert cell("org/name -t 0").options["model"] == "org/name"


def test_the_model_may_come_after_the_options() -> None:
    assert cell("-t 0 org/name").options["model"] == "org/name"


@pytest.mark.parametrize(
    ("written", "name", "value"),
    [
        ("-m org/name", "model", "org/name"),
        ("-s 'Be kind.'", "system", "Be kind."),
        ('-s "it\'s"', "system", "it's"),
        ("-t 0", "temperature", 0.0),
        ("-t0.8", "temperature", 0.8),
        ("--top-p 0.9", "top_p", 0.9),
        ("--max-tokens 20", "max_tokens", 20),
        ("--seed=7", "seed", 7),
        ("--stop a --stop b", "stop", ["a", "b"]),
        ("", "stop", None),
        ("", "temperature", None),
    ],
)
def test_options_become_keywords_of_a_chat(written: str, name: str, value: object) -> None:
    assert cell(written).options[name] == value
    assert line(f"{written} Hello").options[name] == value


@pytest.mark.parametrize("written", [r"--stop \n\n", r'--stop "\n\n"', r"--stop '\n\n'"])
def test_a_line_break_can_be_a_stop_text(written: str) -> None:
    assert cell(written).options["stop"] == ["\n\n"]


def test_the_answer_can_go_to_a_variable() -> None:
    assert cell("-o poem").variable == "poem"


@pytest.mark.parametrize("written", ["-i", "--image "])
def test_an_option_for_a_picture_needs_one(written: str) -> None:
    assert "expected one argument" in mistake(cell, written)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("-i a.png", ("a.png",)),
        ("-ia.png", ("a.png",)),
        ("--image=a.png --image b.png", ("a.png", "b.png")),
        ("-i 'my a.png' -t 0 -i imgs[0, 'b']", ("'my a.png'", "imgs[0, 'b']")),
        ("-s 'do -i x'", ()),
    ],
)
def test_the_words_for_pictures_are_kept_as_they_are(written: str, words: tuple[str, ...]) -> None:
    assert cell(f"org/name {written}").image_words == words
    assert line(f"{written} Hello -i c.png").image_words == words
    assert line(f"{written} Hello -i c.png").prompt == "Hello -i c.png"


def test_a_picture_is_no_keyword_of_a_chat_yet() -> None:
    assert not {"image", "images", "image_words"} & cell("-i a.png").options.keys()


def test_the_words_of_a_line_are_the_prompt() -> None:
    assert line("What is a token?").prompt == "What is a token?"


def test_the_words_of_a_line_name_no_model() -> None:
    assert line("demo/chat is what?").options["model"] is None


def test_options_of_a_line_come_before_the_prompt() -> None:
    question = line('-t 0 -s "be brief" --seed=7 What is -t 0?')
    assert question.prompt == "What is -t 0?"
    assert question.options["system"] == "be brief"


@pytest.mark.parametrize(
    "prompt", ["what's a token?", 'say "hi', r"a \ b", "it's 'so'", "- a dash"]
)
def test_quotes_in_a_line_mean_nothing(prompt: str) -> None:
    assert line(f"-t 0 {prompt}").prompt == prompt


def test_a_negative_number_is_no_option() -> None:
    assert line("-t 0 -5 + 3 is?").prompt == "-5 + 3 is?"


def test_two_dashes_end_the_options_of_a_line() -> None:
    assert line("-t 0 -- -x + 3 is?").prompt == "-x + 3 is?"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("-x cat.png", "Unknown option: -x"),
        ("--images cat.png", "Unknown option: --images"),
        ("--max 20", "Unknown option: --max"),
        ("-t hot", "invalid number value: 'hot'"),
        ("-t nan", "nan is not a finite number"),
        ("--seed 1.5", "invalid int value: '1.5'"),
        ("-o 2x", "'2x' cannot be the name of a variable"),
        ("-o class", "'class' cannot be the name of a variable"),
        ("-m", "expected one argument"),
        ("-s 'open", "No closing quotation"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(written: str, words: str) -> None:
    for said in (mistake(cell, written), mistake(line, written)):
        assert words in said
        assert "\n" not in said


def test_a_prompt_on_the_line_of_a_cell_magic_is_pointed_out() -> None:
    assert "the prompt goes below" in mistake(cell, "What is MLX?")


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [
        ("", "conversation", None),
        ("-n 'my poem'", "conversation", "my poem"),
        ("--new", "new", True),
        ("-f json", "form", "json"),
        ("", "form", "markdown"),
        ("--schema list[int]", "form", "json"),
        ("--schema dict[str, int]", "schema", "dict[str, int]"),
        ("--schema=Literal['a b', \"c\"]", "schema", "Literal['a b', \"c\"]"),
        ("--each [x for x in df.text]", "each", "[x for x in df.text]"),
        ("--think hide", "think", "hide"),
        ("", "think", "show"),
        ("--no-stream", "stream", False),
        ("--raw", "raw", True),
        ("--dry-run", "dry_run", True),
        ("-q", "quiet", True),
        ("-m a,org/b", "models", ("a", "org/b")),
        ("-m a", "models", ("a",)),
        ("", "models", ()),
    ],
)
def test_options_say_how_to_ask(written: str, field: str, value: object) -> None:
    for question in (cell(written), line(f"{written} Hello"), line(f"{written} -t 0 Hello")):
        assert getattr(question, field) == value
        assert question.prompt == "Hello"


def test_how_to_ask_is_no_keyword_of_a_chat() -> None:
    written = "-n a --new -f text -i x --think hide --no-stream --raw -q -t 0"
    given = {name for name, value in cell(written).options.items() if value is not None}
    assert given == {"temperature"}


def test_several_models_are_no_keyword_of_a_chat() -> None:
    assert cell("-m a,b").options["model"] is None
    assert cell("a,b").models == ("a", "b")


def test_without_thinking_the_server_is_told() -> None:
    assert cell("--think off").options["enable_thinking"] is False


def test_two_dashes_make_a_line_literal() -> None:
    assert line("-- fix it").is_literal
    assert not line("fix -- it").is_literal


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("-m a,b -n poem", "-m a,b asks outside of conversations: leave -n poem out."),
        ("-m a,b --new", "leave --new out"),
        ("-m a,b --each x", "--each asks one model"),
        ("-m a,b --dry-run", "--dry-run tells about one model"),
        ("-m a,b,c,d,e", "At most 4 models"),
        ("-m a,", "A model's name is missing in 'a,'"),
        ("--each x -n poem", "--each asks outside of conversations"),
        ("--each x --dry-run", "--dry-run tells about one question"),
        ("--schema int -f code", "--schema makes the answer JSON: leave -f code out."),
        ("--schema int --schema str", "--schema is given 2 times: keep one."),
        ("-f html", "invalid choice: 'html'"),
        ("--think much", "invalid choice: 'much'"),
        ("-n ''", "'' cannot be the name of a conversation"),
        ("--new=yes", "ignored explicit argument 'yes'"),
    ],
)
def test_what_does_not_go_together_is_one_line(written: str, words: str) -> None:
    for said in (mistake(cell, written), mistake(line, f"{written} -t 0 Hello")):
        assert words in said
        assert "\n" not in said


def test_a_schema_for_each_item_is_fine() -> None:
    assert cell("--schema int --each x").each == "x"
    assert cell("--each x --new").new
    assert cell("-n a --new").conversation == "a"


def test_a_blank_between_models_is_told() -> None:
    assert "write -m a,b without blanks" in mistake(cell, "-m a, b")


def test_two_models_are_one_too_many() -> None:
    assert "a and b" in mistake(cell, "a -m b")


@pytest.mark.parametrize("empty", ["", " \n\n"])
def test_an_empty_cell_says_what_to_do(empty: str) -> None:
    with pytest.raises(UsageError, match="write the prompt there"):
        cell("", empty)


def test_an_empty_line_says_what_to_do() -> None:
    assert "write %chat QUESTION" in mistake(line, "-t 0")
