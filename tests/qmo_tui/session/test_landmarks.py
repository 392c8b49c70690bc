"""What a replay passes, as marks in time."""

from hypothesis import given
from hypothesis import strategies as st

from engines.events import Event, Iceberg
from engines.trading_events import Position, Risk
from qmo_tui.session.landmarks import KINDS, Landmark, Landmarks, landmarks_of

SECOND = 1_000_000_000


def iceberg(ts: int, state: str = "detected") -> Event:
    return Iceberg(ts, "native-1", "native", 7, "bid", 2_650.1, 5, 10, 1, state, 1.0, 5)  # type: ignore[arg-type]


def position(ts: int, state: str, realised: float = 0.0) -> Event:
    return Position(
        ts=ts,
        id="position-1",
        state=state,  # type: ignore[arg-type]
        prompt=None,
        side="buy",
        product="MGC",
        quantity=2,
        entry=2_650.1,
        exit=None,
        stop=None,
        realised=realised,
        fees=0.0,
        risk=None,
        r=None,
        mfe=0.0,
        mae=0.0,
        reason="",
    )


def risk(ts: int, state: str) -> Event:
    return Risk(
        ts=ts,
        day="2026-11-20",
        state=state,  # type: ignore[arg-type]
        reason="two losses in a row",
        until=None,
        realised=0.0,
        session=0.0,
        week=0.0,
        trades=0,
        losses=2,
    )


def test_beginnings_are_marked_in_words_and_what_follows_from_them_is_not() -> None:
    said = [
        iceberg(1),
        iceberg(2, "traded"),
        position(3, "opened"),
        position(4, "changed"),
        position(5, "closed", -120),
    ]
    assert landmarks_of([*said, risk(6, "ok"), risk(7, "cooldown")]) == [
        Landmark(1, "iceberg", "bid iceberg at 2650.1"),
        Landmark(3, "trade", "buy MGC opened"),
        Landmark(5, "trade", "buy MGC closed, −$120.00"),
        Landmark(7, "lock", "cooldown: two losses in a row"),
    ]


def test_marks_stand_by_time_and_what_is_passed_again_adds_none() -> None:
    known = Landmarks()
    first = [Landmark(30, "sweep", "later"), Landmark(10, "prompt", "earlier")]
    known.add(first)
    marks = known.all
    known.add(first)
    assert [mark.text for mark in marks] == ["earlier", "later"]
    assert known.all is marks


def test_many_icebergs_take_no_room_from_the_few_trades() -> None:
    known = Landmarks()
    trades = [Landmark(number * 3_600 * SECOND, "trade", str(number)) for number in range(9)]
    known.add(trades)
    known.add(Landmark(number * 17 * SECOND // 3, "iceberg", "") for number in range(20_000))
    assert [mark for mark in known.all if mark.kind == "trade"] == trades
    assert len(known.all) <= 9 + 128


@given(st.lists(st.integers(0, 10**14), min_size=1, max_size=400))
def test_however_many_there_are_the_earliest_stays_and_the_rest_lies_close_to_a_mark(moments: list[int]) -> None:
    known = Landmarks()
    for moment in moments:
        known.add([Landmark(moment, "absorption", "")])
    kept = [mark.ts for mark in known.all]
    assert len(kept) <= 128
    assert kept == sorted(kept)
    assert min(moments) in kept
    span = max(moments) - min(moments) + 1
    assert all(min(abs(ts - moment) for ts in kept) <= max(1, span // 16) for moment in moments)


def test_every_kind_has_a_place_in_the_order_of_importance() -> None:
    assert len(set(KINDS)) == len(KINDS)
