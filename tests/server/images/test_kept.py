"""The bound, the order and the count of what is kept."""

from __future__ import annotations

import random
from collections import OrderedDict
from threading import Barrier, Thread

from mlx_jupyter.messages import Picture
from mlx_jupyter.server.images.kept import KEPT_BYTES, Kept, KeptPictures


def key(number: int, max_side: int = 64) -> tuple[bytes, int]:
    return bytes([number]), max_side


def of(size_bytes: int, number: int = 0) -> Kept:
    return Picture(0, size_bytes // 3, 1, bytes([number]) * size_bytes), (size_bytes // 3, 1)


def filled(most_bytes: int, *sizes_bytes: int) -> KeptPictures:
    """With the pictures 0, 1, 2 and so on."""
    kept = KeptPictures(most_bytes)
    for number, size_bytes in enumerate(sizes_bytes):
        kept.put(key(number), of(size_bytes, number))
    return kept


def held(kept: KeptPictures, among: range = range(32)) -> dict[int, int]:
    """The bytes of each. Asking for them does not change their order, as all are asked in turn."""
    found = {number: kept.get(key(number)) for number in among}
    return {number: len(one[0].rgb) for number, one in found.items() if one}


def test_what_was_put_is_got_with_its_former_size() -> None:
    kept, one = KeptPictures(), (Picture(0, 1, 1, b"abc"), (20, 30))
    kept.put(key(1), one)
    assert kept.get(key(1)) is one
    assert kept.used_bytes == 3


def test_another_file_or_another_bound_is_another_picture() -> None:
    kept = filled(100, 3)
    assert kept.get(key(1)) is None
    assert kept.get(key(0, max_side=512)) is None


def test_the_bound_is_128_mib_unless_told() -> None:
    assert KEPT_BYTES == 128 * 2**20
    kept = KeptPictures()
    kept.fit(2**60)
    kept.put(key(1), of(30))
    assert held(kept) == {1: 30}


def test_the_one_not_used_for_longest_goes_first() -> None:
    kept = filled(90, 30, 30, 30)
    kept.get(key(0))
    kept.put(key(3), of(30))
    assert list(held(kept)) == [0, 2, 3]


def test_as_many_go_as_are_in_the_way_and_no_more() -> None:
    kept = filled(90, 30, 30, 30)
    kept.put(key(3), of(42))
    assert held(kept) == {2: 30, 3: 42}
    assert kept.used_bytes == 72


def test_what_is_full_to_the_byte_is_full_enough() -> None:
    assert held(filled(90, 30, 60)) == {0: 30, 1: 60}


def test_what_is_larger_than_the_bound_is_not_kept_and_drives_nothing_out() -> None:
    kept = filled(90, 30, 30)
    kept.put(key(2), of(93))
    assert held(kept) == {0: 30, 1: 30}
    assert kept.used_bytes == 60


def test_what_is_put_twice_is_counted_once() -> None:
    kept = filled(90, 30)
    first = kept.get(key(0))
    kept.put(key(0), of(30, number=9))
    assert kept.get(key(0)) is first
    assert kept.used_bytes == 30


def test_it_shrinks_to_what_is_free_and_stays_there() -> None:
    kept = filled(90, 30, 30, 30)
    kept.fit(45)
    assert held(kept) == {2: 30}
    kept.put(key(3), of(30))
    assert held(kept) == {3: 30}
    kept.put(key(4), of(48))
    assert held(kept) == {3: 30}


def test_it_grows_again_but_never_over_its_own_bound() -> None:
    kept = filled(90, 30)
    kept.fit(0)
    assert kept.used_bytes == 0
    kept.fit(10_000)
    for number in range(4):
        kept.put(key(number), of(30))
    assert list(held(kept)) == [1, 2, 3]


def test_less_than_nothing_free_is_nothing() -> None:
    kept = filled(90, 30)
    kept.fit(-5)
    kept.put(key(1), of(3))
    assert (held(kept), kept.used_bytes) == ({}, 0)


def test_what_was_given_back_may_be_kept_anew() -> None:
    kept = filled(90, 30, 30)
    kept.shed()
    assert (held(kept), kept.used_bytes) == ({}, 0)
    kept.put(key(0), of(90))
    assert held(kept) == {0: 90}


def test_it_is_a_least_recently_used_cache_whatever_is_done() -> None:
    chance, kept, room_bytes = random.Random(3), KeptPictures(300), 300
    model: OrderedDict[int, int] = OrderedDict()
    for _ in range(5000):
        number, size_bytes = chance.randrange(20), 3 * chance.randrange(1, 50)
        match chance.choices(("put", "get", "fit", "shed"), (50, 40, 8, 2))[0]:
            case "put":
                kept.put(key(number), of(size_bytes))
                if number not in model and size_bytes <= room_bytes:
                    model[number] = size_bytes
            case "get":
                assert (kept.get(key(number)) is not None) == (number in model)
                if number in model:
                    model.move_to_end(number)
            case "fit":
                room_bytes = min(300, chance.randrange(500))
                kept.fit(room_bytes)
            case "shed":
                kept.shed()
                model.clear()
        while sum(model.values()) > room_bytes:
            model.popitem(last=False)
        assert kept.used_bytes == sum(model.values())
    assert held(kept) == dict(sorted(model.items()))


def test_threads_leave_the_count_right() -> None:
    kept, together = KeptPictures(300), Barrier(4)

    def work(seed: int) -> None:
        chance = random.Random(seed)
        together.wait(10)
        for _ in range(3000):
            number = chance.randrange(20)
            chance.choice(
                [
                    lambda number=number: kept.put(key(number), of(3 * (number + 1))),
                    lambda number=number: kept.get(key(number)),
                    lambda: kept.fit(chance.randrange(400)),
                ]
            )()

    threads = [Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert kept.used_bytes == sum(held(kept).values()) <= 300
