from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.kernel.panel.segments import Segment, segments, used_bytes
from mlx_jupyter.wire.pool import SlotStatus
from tests.kernel.panel.facts import GB, admin, slot


def test_a_loaded_model_is_its_weights_and_its_keys_and_values() -> None:
    parts = segments(admin(slot("a", booked_bytes=3 * GB)))
    assert parts == (
        Segment("weights", "a", 2 * GB),
        Segment("keys", "a", 1 * GB),
        Segment("free", "", 7 * GB),
    )


def test_features_of_pictures_are_told_from_keys_and_values() -> None:
    parts = segments(admin(slot("a", booked_bytes=5 * GB), slot("b"), features_bytes=GB))
    assert parts[1:3] == (Segment("keys", "a", 2 * GB), Segment("features", "a", GB))


def test_a_model_that_comes_or_goes_is_one_part() -> None:
    parts = segments(admin(slot("a", state="loading"), slot("b", state="unloading")))
    assert [part.part for part in parts] == ["moving", "moving", "free"]


def test_what_other_programs_have_taken_is_not_free() -> None:
    parts = segments(admin(slot("a"), available_bytes=3 * GB))
    assert parts[1:] == (Segment("others", "", 5 * GB), Segment("free", "", 3 * GB))


def test_caches_are_those_of_the_server_and_the_buffers_of_workers() -> None:
    parts = segments(admin(cached_bytes=GB, buffers_bytes=2 * GB, spare_bytes=GB))
    assert parts[:2] == (Segment("caches", "", 3 * GB), Segment("spare", "", GB))


def test_others_and_free_are_not_used() -> None:
    parts = segments(admin(slot("a"), cached_bytes=GB, available_bytes=3 * GB))
    assert used_bytes(parts) == 3 * GB


sizes = st.integers(0, 12 * GB)
slots = st.builds(
    slot,
    st.sampled_from("abcd"),
    state=st.sampled_from(["ready", "loading", "unloading", "absent"]),
    footprint_bytes=sizes,
    booked_bytes=sizes,
)


@given(st.lists(slots, max_size=4), sizes, sizes, sizes, sizes, sizes, sizes)
def test_the_parts_add_up_to_the_budget_or_to_what_is_used(
    held: list[SlotStatus],
    budget: int,
    spare: int,
    cached: int,
    buffers: int,
    features: int,
    available: int,
) -> None:
    status = admin(
        *held,
        budget_bytes=budget,
        spare_bytes=spare,
        cached_bytes=cached,
        buffers_bytes=buffers,
        features_bytes=features,
        available_bytes=available,
    )
    parts = segments(status)
    assert all(part.count_bytes > 0 for part in parts)
    booked = sum(one.booked_bytes for one in held)
    assert sum(part.count_bytes for part in parts) == max(budget, booked)
