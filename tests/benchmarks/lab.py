"""What the extension adds to JupyterLab's load: `python -m tests.benchmarks.lab`.

Each round opens one and the same JupyterLab twice in a fresh profile of Chromium, with the
extension and with its line taken out of the page, in turns; a load ends where Lab says that it is
`restored`. What is told is the median over all rounds of the difference within a round: of the time
that passed, and of the processor's time of the page's main thread, which hears less of what else
the machine does.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Route, sync_playwright

from tests.browser.conftest import FLAGS, browser, jupyterlab
from tests.jupyter_process import JupyterProcess

OURS = re.compile(r'\{[^{}]*"name":\s*"@mlx-jupyter/labextension"[^{}]*\},?\s*')
Load = tuple[float, float]
"""Milliseconds: that passed, and of the processor."""
RESTORED = "async () => { await window.jupyterapp.restored; return performance.now(); }"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lab", description=__doc__)
    parser.add_argument("--rounds", type=int, default=16)
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory(prefix="mlx-jupyter-lab-") as scratch,
        jupyterlab(Path(scratch)) as lab,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=browser(), args=FLAGS)
        measure(chromium, lab)  # the server's first is slower
        pairs = [pair(chromium, lab, number) for number in range(rounds)]
    for kind, words in enumerate(("", " of the processor")):
        loads = [bare[kind] for _, bare in pairs]
        added = [ours[kind] - bare[kind] for ours, bare in pairs]
        low, middle, high = statistics.quantiles(added, n=4)
        say(
            f"JupyterLab loads in {statistics.median(loads):.0f} ms{words}; the extension adds "
            f"{middle:.0f} ms (quartiles {low:.0f} and {high:.0f}; {rounds} rounds; goal: < 50)"
        )
    return 0


def pair(chromium: Browser, lab: JupyterProcess, number: int) -> tuple[Load, Load]:
    """With the extension, and without."""
    if number % 2:
        bare = measure(chromium, lab, bare=True)
        return measure(chromium, lab), bare
    return measure(chromium, lab), measure(chromium, lab, bare=True)


def measure(chromium: Browser, lab: JupyterProcess, *, bare: bool = False) -> Load:
    context = chromium.new_context()
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Performance.enable", {"timeDomain": "threadTicks"})
    # Both ways go through the route, which takes its time.
    page.route(re.compile(r"/lab\?"), take_out if bare else leave_in)
    page.goto(f"{lab.origin}lab?token={lab.token}&reset")
    page.wait_for_function("window.jupyterapp")
    milliseconds = float(page.evaluate(RESTORED))
    found = protocol.send("Performance.getMetrics")["metrics"]
    busy_seconds = {one["name"]: one["value"] for one in found}["TaskDuration"]
    there = page.evaluate("window.jupyterapp.hasPlugin('@mlx-jupyter/labextension:pool')")
    assert there is not bare, "the extension is not where it should be"
    context.close()
    return milliseconds, 1000 * busy_seconds


def take_out(route: Route) -> None:
    answer = route.fetch()
    body, count = OURS.subn("", answer.text())
    assert count == 1, "the page does not name the extension once"
    route.fulfill(response=answer, body=re.sub(r",(\s*\])", r"\1", body))


def leave_in(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text())


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
