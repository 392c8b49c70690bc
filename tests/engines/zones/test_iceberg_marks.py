"""Icebergs on the screen: which of the ended ones stay, what is said for each, and the records behind it."""

from typing import Any

import numpy as np
import pytest

from engines.book.layout import TRADE
from engines.events import IcebergState, IcebergTier
from engines.pipeline import Pipeline, PipelineSettings, run
from engines.view import IcebergMark, ViewRequest, ZoneRecord
from engines.zones.found import Found
from engines.zones.iceberg_marks import EndedShown, IcebergZones, lasting
from engines.zones.icebergs import IcebergStep
from engines.zones.newest_records import RECORDS_KEPT
from feeds.records import F_LAST, Batch, Schema
from tests.engines.book.extremes import stream
from tests.engines.book.level_records import LevelTape
from tests.engines.flow.test_bars import GOLD

MINUTE = 60_000_000_000
NOW = 100 * MINUTE


def _mark(
    number: int,
    *,
    state: IcebergState = "executed",
    filled: int = 10,
    minutes_ago: float = 1.0,
    tier: IcebergTier = "native",
    **more: Any,
) -> IcebergMark:
    ts = NOW - int(minutes_ago * MINUTE)
    return IcebergMark(
        f"{tier}-{number}", number, "bid", 20_000, 0, 5, filled, 3, state, ts - MINUTE, ts, tier=tier, **more
    )


def _seen(*marks: IcebergMark, clock: int | None = NOW) -> list[str]:
    return [mark.id for mark in lasting(marks, clock, EndedShown())]


# --- which of them stay -----------------------------------------------------------------------------------------------


def test_a_live_one_stays_however_small_and_old() -> None:
    assert _seen(_mark(1, state="traded", filled=1, minutes_ago=90), _mark(2)) == ["native-1", "native-2"]


def test_an_ended_one_stays_for_a_quarter_of_an_hour() -> None:
    assert _seen(_mark(1, minutes_ago=15), _mark(2, minutes_ago=15.1)) == ["native-1"]


def test_an_ended_one_stays_only_if_it_filled_what_is_usual() -> None:
    """The median of 4, 10 and 50 lots is 10."""
    assert _seen(_mark(1, filled=4), _mark(2, filled=10), _mark(3, filled=50)) == ["native-2", "native-3"]


def test_what_is_usual_is_asked_of_each_tier() -> None:
    assert _seen(_mark(1, filled=500), _mark(2, filled=4, tier="synthetic")) == ["native-1", "synthetic-2"]


def test_all_stay_while_no_time_is_known() -> None:
    assert _seen(_mark(1, minutes_ago=90), clock=None) == ["native-1"]


# --- what speaks for them ---------------------------------------------------------------------------------------------


def _said(mark: IcebergMark) -> dict[str, str]:
    (zone,) = IcebergZones(lambda: (mark,)).marks()
    return {evidence.name: evidence.value for evidence in zone.evidence}


def test_a_native_one_says_that_what_is_left_is_unknown() -> None:
    said = _said(_mark(1, state="traded"))
    assert (said["filled"], said["refreshes"], said["display"], said["remaining"]) == (
        "10 lots",
        "3",
        "5 lots",
        "unknown",
    )


def test_a_native_one_says_what_is_left_and_what_that_rests_on() -> None:
    told = _said(_mark(1, state="traded", remaining=12, remaining_low=2, remaining_high=40, remaining_n=58))
    assert told["remaining"] == "12 lots, 2 to 40 in 8 of 10, from 58 before it"
    open_ended = _said(_mark(1, state="traded", remaining=None, remaining_low=2, remaining_n=58))
    assert open_ended["remaining"] == "more than known, 2 to -- in 8 of 10, from 58 before it"


def test_an_ended_one_has_nothing_left_to_tell_and_says_why_it_ended() -> None:
    assert "remaining" not in _said(_mark(1))
    zones = IcebergZones(lambda: (_mark(1), _mark(2, state="cancelled"))).marks()
    assert [zone.reason for zone in zones] == ["all of it was filled", "its owner took it away"]


def test_a_synthetic_one_says_what_chance_explains() -> None:
    told = _said(_mark(1, state="traded", tier="synthetic", score=0.94, chance=0.013, score_n=21))
    assert (told["re-posts"], told["clip"]) == ("3", "5 lots")
    assert told["score"] == "0.94 from 21 re-posts of such clips"
    assert told["chance"] == "1.3% of adds have its size"


def test_an_inferred_one_knows_neither_display_nor_rest() -> None:
    told = _said(_mark(1, state="traded", tier="inferred", score=0.75))
    assert told == {"traded": "10 lots", "reserve drawn": "3 times", "remaining": "unknown", "score": "0.75"}


# --- the records behind them ------------------------------------------------------------------------------------------


def test_a_native_one_opens_to_what_filled_and_refreshed_it() -> None:
    array = stream(5, action=list(b"ATFMC"), side=list(b"BABBB"), order_id=[1, 9, 1, 1, 1], size=5)
    array["flags"] = [F_LAST, 0, 0, F_LAST, F_LAST]
    pipeline = Pipeline(GOLD, PipelineSettings(ended=EndedShown(window=2**62, least=0.0)))
    run(pipeline, [Batch(Schema.MBO, array)])
    opened = pipeline.view(ViewRequest(opened="native-1")).opened
    assert opened is not None
    assert [(record.what, record.size, record.index, record.order_id) for record in opened.records] == [
        ("filled", 5, 3, 1),
        ("refreshed", 5, 3, 1),
        ("cancelled", 5, 4, 1),
    ]
    assert (opened.count, opened.mark.state, opened.mark.label) == (3, "cancelled", "native iceberg")


def test_an_inferred_one_opens_to_the_trades_at_its_price() -> None:
    tape = LevelTape({20_000: 9, 19_999: 4}, {20_001: 5, 20_002: 6}, Schema.MBP_10).end()
    tape.trade("A", 20_000, 4).end(bids={20_000: 8, 19_999: 4})
    pipeline = Pipeline(GOLD, PipelineSettings(bars_logged=()))
    run(pipeline, [Batch(Schema.MBP_10, tape.records())])
    (mark,) = pipeline.view(ViewRequest()).icebergs
    opened = pipeline.view(ViewRequest(opened=mark.id)).opened
    assert opened is not None
    assert [(record.what, record.size, record.tick, record.order_id) for record in opened.records] == [
        ("traded", 4, 20_000, None)
    ]
    assert chr(tape.records()["action"][opened.records[0].index]) == "T"


def test_only_the_newest_records_are_kept_and_all_are_counted() -> None:
    mark = _mark(1, state="traded")
    zones = IcebergZones(lambda: (mark,))
    for number in range(RECORDS_KEPT + 10):
        zones.take(Found(steps=(IcebergStep(NOW, number, mark, given=_record(number)),)))
    opened = zones.opened(mark.id)
    assert opened is not None
    assert (len(opened.records), opened.count) == (RECORDS_KEPT, RECORDS_KEPT + 10)
    assert opened.records[-1].index == RECORDS_KEPT + 9


def _record(number: int) -> tuple[ZoneRecord, ...]:
    return (ZoneRecord(number, NOW, "filled", 20_000, 1, 1),)


@pytest.mark.parametrize("wanted", ["native-2", "pool-1"])
def test_what_is_not_to_be_seen_does_not_open(wanted: str) -> None:
    assert IcebergZones(lambda: (_mark(1),)).opened(wanted) is None


def _taken(zones: IcebergZones, mark: IcebergMark, clock: int) -> None:
    """Let the zones take the step of an iceberg, and a trade."""
    trades = np.zeros(1, TRADE)
    trades["clock"] = clock
    zones.take(Found(trades=trades, steps=(IcebergStep(mark.last_ts, 1, mark, given=_record(1)),)))


def test_what_is_not_to_be_seen_any_more_leaves_no_records_behind() -> None:
    """As many ended ones have records as one window holds, however long the market goes on."""
    zones = IcebergZones(tuple, EndedShown(window=15 * MINUTE))
    sizes = []
    for number in range(200):
        ended = _mark(number, minutes_ago=-number)
        _taken(zones, ended, ended.last_ts)
        sizes.append(len(zones.kept))
    assert sizes[-1] == max(sizes) == 16
    assert zones.kept == frozenset(f"native-{number}" for number in range(184, 200))


def test_one_that_pauses_longer_than_ended_ones_are_seen_keeps_its_records() -> None:
    going_on = _mark(1, state="traded", minutes_ago=-20, tier="synthetic")
    zones = IcebergZones(lambda: (going_on,), EndedShown(window=15 * MINUTE))
    _taken(zones, _mark(1, tier="synthetic"), NOW)
    _taken(zones, _mark(1, state="traded", minutes_ago=-5, tier="synthetic"), NOW + 5 * MINUTE)
    _taken(zones, going_on, NOW + 20 * MINUTE)
    opened = zones.opened("synthetic-1")
    assert opened is not None
    assert opened.count == len(opened.records) == 3
