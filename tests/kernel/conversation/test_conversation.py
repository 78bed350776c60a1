from __future__ import annotations

from mlx_jupyter.kernel.conversation.conversation import Conversation
from mlx_jupyter.kernel.conversation.place import Place
from mlx_jupyter.kernel.conversation.turn import Turn

TERMINAL = None


def ask(conversation: Conversation, question: str, place: Place | None, **how: object) -> list[str]:
    """Says `question`; returns what is sent along with it."""
    draft = conversation.draft(place, **how)  # type: ignore[arg-type]
    conversation.add(draft, Turn(question, question.upper()))
    return [message["content"] for message in draft.messages()]


def run(conversation: Conversation, *cells: str, run: str = "1") -> list[list[str]]:
    return [ask(conversation, cell, Place(cell, f"{run}{cell}")) for cell in cells]


def test_earlier_turns_are_sent_along() -> None:
    assert run(Conversation(), "a", "b", "c") == [[], ["a", "A"], ["a", "A", "b", "B"]]


def test_running_all_again_sends_the_same() -> None:
    conversation = Conversation()
    first = run(conversation, "a", "b", "c")
    assert run(conversation, "a", "b", "c", run="2") == first


def test_a_cell_that_runs_again_replaces_what_it_said() -> None:
    conversation = Conversation()
    run(conversation, "a", "b", "c")
    assert run(conversation, "b", run="2") == [["a", "A"]]
    assert [turn.question for turn in conversation.turns] == ["a", "b"]


def test_in_the_same_run_turns_are_added() -> None:
    conversation, place = Conversation(), Place("loop", "1")
    ask(conversation, "a", place)
    assert ask(conversation, "b", place) == ["a", "A"]


def test_a_loop_that_runs_again_replaces_all_that_it_said() -> None:
    conversation = Conversation()
    for turn in ("1", "2"):
        for question in ("a", "b"):
            ask(conversation, question, Place("loop", turn))
    assert [turn.question for turn in conversation.turns] == ["a", "b"]


def test_in_a_terminal_turns_are_always_added() -> None:
    conversation = Conversation()
    ask(conversation, "a", TERMINAL)
    assert ask(conversation, "a", TERMINAL) == ["a", "A"]


def test_the_system_prompt_stays_until_another_one_comes() -> None:
    conversation = Conversation()
    ask(conversation, "a", TERMINAL, system="Be kind.")
    assert ask(conversation, "b", TERMINAL)[0] == "Be kind."
    assert ask(conversation, "c", TERMINAL, system="Be brief.")[0] == "Be brief."
    assert conversation.system == "Be brief."


def test_an_empty_system_prompt_takes_it_away() -> None:
    conversation = Conversation()
    ask(conversation, "a", TERMINAL, system="Be kind.")
    assert ask(conversation, "b", TERMINAL, system="") == ["a", "A"]


def test_going_back_brings_back_the_system_prompt_of_then() -> None:
    conversation = Conversation()
    run(conversation, "a")
    ask(conversation, "b", Place("b", "1"), system="Be kind.")
    assert run(conversation, "a", run="2") == [[]]


def test_a_new_beginning_sends_nothing_of_before_and_has_no_system_prompt() -> None:
    conversation = Conversation()
    ask(conversation, "a", TERMINAL, system="Be kind.")
    assert ask(conversation, "b", TERMINAL, new=True) == []
    assert ask(conversation, "c", TERMINAL) == ["b", "B"]


def test_running_all_again_goes_back_behind_a_new_beginning() -> None:
    conversation = Conversation()
    for turn in ("1", "2"):
        assert run(conversation, "a", "b", run=turn) == [[], ["a", "A"]]
        assert ask(conversation, "c", Place("c", turn), new=True) == []
        assert run(conversation, "d", run=turn) == [["c", "C"]]


def test_running_all_again_goes_back_behind_a_reset_and_a_load() -> None:
    conversation = Conversation()
    for turn in ("1", "2"):
        assert run(conversation, "a", run=turn) == [[]]
        conversation.begin(Place("reset", turn))
        assert run(conversation, "b", run=turn) == [[]]
        conversation.begin(Place("load", turn), [Turn("x", "X")], "Be kind.")
        assert run(conversation, "c", run=turn) == [["Be kind.", "x", "X"]]


def test_in_a_terminal_a_reset_forgets() -> None:
    conversation = Conversation()
    ask(conversation, "a", TERMINAL)
    conversation.begin(TERMINAL)
    assert conversation.turns == []


def test_a_draft_that_is_not_answered_changes_nothing() -> None:
    conversation = Conversation()
    run(conversation, "a", "b")
    conversation.draft(Place("a", "2"), new=True, system="Be kind.")
    assert [turn.question for turn in conversation.turns] == ["a", "b"]


def test_turns_that_are_left_out_are_the_oldest_and_never_the_system_prompt() -> None:
    conversation = Conversation()
    ask(conversation, "a", TERMINAL, system="Be kind.")
    ask(conversation, "b", TERMINAL)
    messages = conversation.draft(TERMINAL).messages(left_out=1)
    assert [message["content"] for message in messages] == ["Be kind.", "b", "B"]
