from __future__ import annotations

from mlx_jupyter.kernel.doctor.step import Mark, Step
from mlx_jupyter.kernel.reports.doctor import DoctorReport

STEPS = [Step("key", Mark.OK, "Fine."), Step("network", Mark.WRONG, "<Down>.", "Mend it.")]


def test_a_step_is_a_line_and_what_to_do_stands_below() -> None:
    assert str(DoctorReport(STEPS)).splitlines() == [
        "✓ ok     key      Fine.",
        "✗ wrong  network  <Down>.",
        "                  → Mend it.",
        "",
        "Not well: <Down>. Mend it.",
    ]


def test_html_is_a_table_that_ends_with_the_verdict() -> None:
    html = DoctorReport(STEPS).as_html()
    assert html.count("<tr>") == 3
    assert "&lt;Down&gt;.<br>→ Mend it.</td>" in html
    assert html.endswith("<p>Not well: &lt;Down&gt;. Mend it.</p></div>")
