from __future__ import annotations

from pathlib import Path

import pytest

from mlx_jupyter.catalog.chat_template import chat_templates, check_chat_template
from mlx_jupyter.errors import CheckpointInvalid
from tests.defects import edit_json

GOOD = "{% for message in messages %}{{ message.content }}{% endfor %}"
BAD = "{% for message in messages %}\n{{ message( }}{% endfor %}"


def test_no_template_is_no_defect(tmp_path: Path) -> None:
    check_chat_template(tmp_path)


@pytest.mark.parametrize(
    "template",
    [
        GOOD,
        "{% for m in messages %}{% if not m %}{% continue %}{% endif %}{% endfor %}",
        "{% generation %}{{ messages[0].content }}{%- endgeneration -%}",
        "{{ raise_exception('no') }}{{ strftime_now('%Y') }}{{ tools | frobnicate }}",
    ],
)
def test_what_transformers_accepts_passes(tmp_path: Path, template: str) -> None:
    (tmp_path / "chat_template.jinja").write_text(template)
    check_chat_template(tmp_path)


def test_a_broken_template_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "chat_template.jinja").write_text(BAD)
    with pytest.raises(CheckpointInvalid, match=r"chat_template.jinja is not valid Jinja: line 2"):
        check_chat_template(tmp_path)


@pytest.mark.parametrize("file", ["tokenizer_config.json", "chat_template.json"])
def test_a_broken_template_in_a_config_file_is_found(tmp_path: Path, file: str) -> None:
    edit_json(tmp_path / file, chat_template=BAD)
    with pytest.raises(CheckpointInvalid, match=file):
        check_chat_template(tmp_path)


def test_one_broken_template_of_several_is_named(tmp_path: Path) -> None:
    templates = [{"name": "default", "template": GOOD}, {"name": "tool_use", "template": BAD}]
    edit_json(tmp_path / "tokenizer_config.json", chat_template=templates)
    with pytest.raises(CheckpointInvalid, match=r"tokenizer_config.json \(tool_use\)"):
        check_chat_template(tmp_path)


def test_a_template_is_parsed_and_never_run(tmp_path: Path) -> None:
    (tmp_path / "chat_template.jinja").write_text("{% for i in range(10 ** 12) %}{% endfor %}")
    check_chat_template(tmp_path)


def test_templates_are_listed_with_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "chat_template.jinja").write_text(GOOD)
    edit_json(tmp_path / "tokenizer_config.json", chat_template=GOOD)
    assert set(chat_templates(tmp_path)) == {"chat_template.jinja", "tokenizer_config.json"}
