from __future__ import annotations

from mlx_jupyter.kernel.panel.audience import Audience, News
from tests.kernel.panel.facts import model, view
from tests.kernel.panel.listening import Ear


def test_what_looks_the_same_is_told_once() -> None:
    audience, ear = Audience(), Ear()
    audience.join(ear)
    audience.tell(News(view(a=model())))
    audience.tell(News(view(a=model(), at=5.0)))
    assert len(ear.heard) == 1


def test_who_comes_later_is_told_what_the_others_know() -> None:
    audience, first, second = Audience(), Ear(), Ear()
    audience.join(first)
    audience.tell(News(view()))
    audience.join(second)
    audience.tell(News(view()))
    assert (len(first.heard), len(second.heard)) == (1, 1)


def test_after_trouble_the_same_view_is_news() -> None:
    audience, ear = Audience(), Ear()
    audience.join(ear)
    for news in (News(view()), News(None, "gone"), News(None, "gone"), News(view())):
        audience.tell(news)
    assert [news.trouble for news in ear.heard] == ["", "gone", ""]


def test_only_who_is_away_is_dismissed() -> None:
    audience, there, away = Audience(), Ear(), Ear()
    away.away = True
    audience.join(there)
    audience.join(away)
    audience.dismiss_absent("nobody looks")
    assert (there.reasons, away.reasons, len(audience)) == ([], ["nobody looks"], 1)
