from __future__ import annotations

from mlx_jupyter.kernel.reports.environment import EnvironmentReport


def test_the_text_for_a_shell_is_kept_word_for_word() -> None:
    report = EnvironmentReport("export A='<b>'\n# b", shows_key=False)
    assert str(report) == "export A='<b>'\n# b"
    assert "<pre>export A=&#x27;&lt;b&gt;&#x27;\n# b</pre>" in report.as_html()


def test_a_key_that_is_shown_comes_with_a_warning() -> None:
    assert str(EnvironmentReport("x", shows_key=True)).endswith("before you save or share.")
