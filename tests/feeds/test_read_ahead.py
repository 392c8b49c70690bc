"""Reading ahead in a second thread: nothing lost, nothing left behind."""

import threading
from collections.abc import Iterator

import pytest

from feeds.read_ahead import read_ahead


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name == "read-ahead"}


def test_everything_comes_in_order_and_the_thread_ends() -> None:
    assert list(read_ahead(iter(range(1_000)))) == list(range(1_000))
    assert threads() == set()


def test_items_are_made_in_another_thread() -> None:
    made_in = set()

    def items() -> Iterator[int]:
        made_in.add(threading.current_thread().name)
        yield 1

    assert list(read_ahead(items())) == [1]
    assert made_in == {"read-ahead"}


@pytest.mark.parametrize("count", [0, 1, 3, 100])
def test_error_comes_after_everything_made_before_it(count: int) -> None:
    def items() -> Iterator[int]:
        yield from range(count)
        raise OSError("the disk went away")

    seen: list[int] = []
    with pytest.raises(OSError, match="the disk went away"):
        for item in read_ahead(items()):
            seen.append(item)  # noqa: PERF402 - what was seen before the error counts
    assert seen == list(range(count))
    assert threads() == set()


@pytest.mark.parametrize("taken", [0, 1, 7])
def test_closing_early_ends_the_thread_and_closes_the_source(taken: int) -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            number = 0
            while True:
                yield number
                number += 1
        finally:
            closed.set()

    reading = read_ahead(items())
    assert [next(reading) for _ in range(taken)] == list(range(taken))
    reading.close()
    assert threads() == set()
    assert closed.is_set() == (taken > 0)


def test_it_stays_no_further_ahead_than_its_depth() -> None:
    made: list[int] = []
    reached = threading.Event()

    def items() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            if number == 4:
                reached.set()
            yield number

    reading = read_ahead(items(), depth=3)
    assert next(reading) == 0
    assert reached.wait(10)  # taken 0; 1 to 3 lie in the queue; 4 waits to be handed over
    assert len(made) == 5
    reading.close()
