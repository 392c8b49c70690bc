"""What is kept of the event log: the newest lines, numbered without a hole, in a bounded amount of memory."""

from hypothesis import given
from hypothesis import strategies as st

from qmo_tui.server.kept_lines import LOOKED_AT, KeptLines
from tests.qmo_tui.server.seats import unnumbered

LINE = b'{"kind":"bar","ts":1}\n'


def test_a_number_is_the_last_field_of_a_line() -> None:
    kept = KeptLines(1_000)
    kept.add("bar", LINE)
    assert kept.since(1, None, 1_000) == (b'{"kind":"bar","ts":1,"sequence":1}\n', 2)
    assert (kept.first, kept.next) == (1, 2)


@given(st.lists(st.integers(0, 2_000), max_size=60), st.integers(200, 5_000))
def test_memory_is_bounded_and_the_newest_line_is_always_there(sizes: list[int], most: int) -> None:
    kept = KeptLines(most)
    for size in sizes:
        kept.add("bar", b'{"kind":"bar","note":"%b"}\n' % (b"x" * size))
        assert kept.first < kept.next
        lines, until = kept.since(0, None, 10**9)
        assert until == kept.next
        assert len(lines) <= most or kept.first == kept.next - 1
    assert kept.next == len(sizes) + 1


def test_whoever_wants_a_rare_kind_gives_others_their_turn_on_the_way_to_it() -> None:
    kept = KeptLines(10**9)
    for _ in range(LOOKED_AT):
        kept.add("bar", LINE)
    kept.add("sweep", LINE)
    assert kept.since(1, {"sweep"}, 1_000) == (b"", LOOKED_AT + 1)
    assert kept.since(LOOKED_AT + 1, {"sweep"}, 1_000)[0].count(b"\n") == 1


@given(st.lists(st.sampled_from(["bar", "sweep", "phase"]), min_size=1, max_size=40), st.integers(1, 400), st.data())
def test_messages_follow_each_other_without_a_gap_and_hold_what_was_asked_for(
    kinds: list[str], message: int, data: st.DataObject
) -> None:
    kept = KeptLines(10**9)
    said = [(kind, b'{"kind":"%b","n":%d}\n' % (kind.encode(), number)) for number, kind in enumerate(kinds)]
    for kind, line in said:
        kept.add(kind, line)
    wanted = data.draw(st.none() | st.frozensets(st.sampled_from(["bar", "sweep"]), min_size=1))
    number = after = data.draw(st.integers(1, len(kinds) + 1))
    got: list[bytes] = []
    while number < kept.next:
        lines, until = kept.since(number, wanted, message)
        assert until > number
        assert len(lines) <= message or lines.count(b"\n") == 1
        got += lines.splitlines(keepends=True)
        number = until
    assert [unnumbered(line) for line in got] == [
        line for kind, line in said[after - 1 :] if wanted is None or kind in wanted
    ]
