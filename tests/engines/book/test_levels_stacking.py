"""What was stacked and pulled as the book by price sees it, its order-flow imbalance, and its seconds."""

from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.book.layout import BID, UNKNOWN_LOTS, UNKNOWN_OFI, WINDOW_NS
from engines.book.levels import JUDGING, LevelBook
from engines.pipeline import Pipeline, run
from engines.timing.trading_day import trading_day
from engines.view import ViewRequest
from feeds.records import F_LAST, F_SNAPSHOT, UNDEFINED_PRICE, Batch, Records, Schema
from tests.engines.book.level_records import DEPTHS, Levels, LevelTape, levels_of
from tests.engines.flow.test_bars import GOLD
from tests.engines.real_data import ES, read_records
from tests.engines.side_by_side import SIDE_NAMES, as_dicts, seconds_told
from tests.market import Session, session
from tests.market.sessions import FIRST_INSTRUMENT, START, TICK
from tests.market.strategies import streams
from tests.oracle import read
from tests.oracle.levels import PlainLevels, read_levels

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
FINDING = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
BIDS: Final[Levels] = {100: 10, 99: 5}
ASKS: Final[Levels] = {101: 8, 102: 6}
SECOND: Final = 1_000_000_000
SUMS: Final = ("stacked", "pulled", "refilled")
SCHEMAS: Final = (Schema.MBP_10, Schema.MBP_1, Schema.TBBO, Schema.TRADES)


class Reading:
    """A book by price with everything it handed on, and the oracle's reading of the same records."""

    def __init__(
        self, records: Records, schema: Schema, *, instrument_id: int = FIRST_INSTRUMENT, tick: int = TICK
    ) -> None:
        self.book = LevelBook(instrument_id, tick, schema)
        self.book.now["boundary"] = 0
        self.trades: list[dict[str, Any]] = []
        self.seconds: list[dict[str, Any]] = []
        for output in self.book.process(records):
            self.trades += as_dicts(output.trades)
            self.seconds += as_dicts(output.seconds)
            if output.at_boundary:
                self._turn(int(records["ts_event"][output.position]))
        quiet = 300 * SECOND
        judges = schema in JUDGING
        self.plain: PlainLevels = read_levels(
            records, instrument_id, tick, depth=DEPTHS[schema], judges=judges, quiet=quiet
        )

    def _turn(self, moment: int) -> None:
        """Pass the halt and the end of the trading day as a pipeline does: what rests then has yet to be traded on."""
        day, opening = trading_day(moment), not self.book.now["boundary"]
        self.book.now["boundary"] = day.end if moment >= day.halt else day.halt
        if not opening:
            self.book.await_trading()

    @property
    def ofi(self) -> int | None:
        """Order-flow imbalance so far."""
        return _ofi(int(self.book.now["ofi"]))

    def found(self) -> list[tuple[int | None, ...]]:
        """Return what each trade found, as the oracle tells it."""
        return [(*(_lots(trade[name]) for name in ("displayed", *SUMS)), _ofi(trade["ofi"])) for trade in self.trades]

    def sums(self) -> dict[tuple[str, int], tuple[int, ...]]:
        """Return what was stacked, pulled and refilled where anything was."""
        told = {}
        for side, letter in SIDE_NAMES.items():
            for row in self.book._arrays.stackings[side]:
                sums = tuple(int(row["sums"][name]) for name in SUMS)
                if any(sums):
                    told[letter, int(row["tick"])] = sums
        return told

    def recent(self, side: int, tick: int) -> tuple[int | None, ...]:
        """Return lots stacked and pulled at a price lately."""
        return tuple(_lots(lots) for lots in self.book.recent(tick, tick)[side][0].tolist())

    def assert_alike(self) -> "Reading":
        """Check that the kernel reads what the oracle reads."""
        plain = self.plain
        assert self.found() == [
            (each.displayed, each.stacked, each.pulled, each.refilled, ofi) for each, ofi in plain.found
        ]
        assert self.ofi == plain.ofi
        assert seconds_told(self.seconds) == [
            (each.end, *each.quote[:4], each.ofi if plain.judges else None, each.quote.counts)
            for each in plain.touch.seconds
        ]
        sums = {place: tuple(each.values()) for place, each in plain.sums.items() if any(each.values())}
        assert self.sums() == sums
        for side, letter in SIDE_NAMES.items():
            for tick in {tick for where, tick in sums if where == letter}:
                assert self.recent(side, tick) == (plain.recent(letter, tick) or (None, None))
        return self


def _lots(lots: int) -> int | None:
    return None if lots == UNKNOWN_LOTS else lots


def _ofi(ofi: int) -> int | None:
    return None if ofi == UNKNOWN_OFI else ofi


def _read(tape: LevelTape) -> Reading:
    return Reading(tape.records(), tape.schema).assert_alike()


# --- stacked, pulled, refilled --------------------------------------------------------------------------------------


def test_what_appears_and_what_vanishes() -> None:
    tape = LevelTape(BIDS, ASKS).end().end({100: 13, 99: 5}).end({100: 13, 98: 2})
    assert _read(tape).sums() == {("B", 100): (3, 0, 0), ("B", 99): (0, 5, 0), ("B", 98): (2, 0, 0)}


def test_what_trades_take_is_not_pulled() -> None:
    tape = LevelTape(BIDS, ASKS).end().trade("A", 100, 4).end({100: 6, 99: 5})
    assert _read(tape).sums() == {}
    assert _read(tape.trade("A", 100, 4).end({100: 1, 99: 5})).sums() == {("B", 100): (0, 1, 0)}


def test_what_stands_there_beyond_what_trades_left_was_refilled() -> None:
    tape = LevelTape(BIDS, ASKS).end().trade("A", 100, 14).end()
    assert _read(tape).sums() == {("B", 100): (0, 0, 14)}


def test_levels_that_come_into_sight_or_leave_it_are_neither_stacked_nor_pulled() -> None:
    deep = dict.fromkeys(range(100, 90, -1), 5)
    tape = LevelTape(deep, ASKS).end().end(dict.fromkeys(range(99, 89, -1), 5)).end(deep)
    assert _read(tape).sums() == {("B", 100): (5, 5, 0)}


def test_an_event_without_an_aggressor_side_tells_nothing() -> None:
    tape = LevelTape(BIDS, ASKS).end().trade("N", 100, 3).end({100: 7, 99: 5}, {101: 5, 102: 6})
    assert _read(tape).sums() == {}


def test_a_clear_and_a_snapshot_stack_and_pull_nothing() -> None:
    tape = LevelTape(BIDS, ASKS).end().end({}, {}, action=ord("R"), side=ord("N"), price=UNDEFINED_PRICE)
    tape.end({100: 50}, {101: 60}, flags=F_SNAPSHOT | F_LAST)
    assert _read(tape).sums() == {}


def test_a_price_told_twice_counts_once() -> None:
    doubled: dict[str, Any] = {f"bid_px_{number:02}": 100 * TICK for number in (1, 2)} | {
        "bid_sz_01": 3,
        "bid_sz_02": 3,
    }
    assert _read(LevelTape(BIDS, ASKS).end(**doubled).end({100: 12})).sums() == {("B", 100): (2, 0, 0)}


def test_a_trade_tells_what_it_found() -> None:
    tape = LevelTape(BIDS, ASKS).end().end({100: 13, 99: 5}).trade("A", 100, 1).trade("N", 100, 1)
    assert _read(tape).found() == [(13, 3, 0, 0, 0), (None, None, None, None, 0)]


@pytest.mark.parametrize("schema", [Schema.TBBO, Schema.TRADES])
def test_what_a_schema_does_not_show_is_unknown(schema: Schema) -> None:
    tape = LevelTape(BIDS, ASKS, schema).trade("A", 100, 1).wait(SECOND).trade("A", 100, 1)
    reading = _read(tape)
    shown = 10 if schema is Schema.TBBO else None
    assert reading.found() == [(shown, None, None, None, None)] * 2
    assert reading.recent(BID, 100) == (None, None)
    assert (reading.ofi, reading.seconds[0]["ofi"]) == (None, UNKNOWN_OFI)


def test_prices_a_ladder_apart_begin_anew_in_each_others_place() -> None:
    far = 100 + 2**14
    tape = LevelTape({100: 10}, {}).end().end({100: 13}).end({far: 1, 100: 13}).end({100: 13})
    assert Reading(tape.records(), Schema.MBP_10).sums() == {("B", far): (1, 1, 0)}


# --- on the ladder ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_ladder_tells_what_was_done_lately_where_it_can_be_seen(schema: Schema) -> None:
    tape = LevelTape({100: 10}, {101: 8}, schema)
    if schema in JUDGING:
        tape.end().end({100: 13}).end({100: 13}, {101: 2})
    pipeline = Pipeline(GOLD)
    run(pipeline, [Batch(schema, tape.trade("A", 100, 1).records())])
    ladder = {row.tick: row for row in pipeline.view(ViewRequest(ladder_top=103, ladder_rows=6)).ladder}
    lately = [(ladder[100].bid_stacked, ladder[100].bid_pulled), (ladder[101].ask_stacked, ladder[101].ask_pulled)]
    assert lately == ([(3, 0), (0, 6)] if schema in JUDGING else [(None, None)] * 2)
    beyond = ladder[99].bid_stacked, ladder[103].ask_pulled
    assert beyond == ((0, 0) if schema is Schema.MBP_10 else (None, None))


# --- order-flow imbalance and seconds -------------------------------------------------------------------------------


def test_the_imbalance_counts_in_continuous_trading_only() -> None:
    tape = LevelTape(BIDS, ASKS).end().end({100: 13}).trade("A", 100, 1).end({100: 12})
    assert _read(tape).ofi == 0
    assert _read(tape.end({100: 15})).ofi == 3
    assert _read(tape.end({102: 15})).ofi == 3
    assert _read(tape.end({100: 7})).ofi == 3
    assert _read(tape.end({101: 7}, {102: 9})).ofi == 3 + 7 + 8


def test_a_second_is_told_when_the_clock_leaves_it() -> None:
    tape = LevelTape(BIDS, ASKS).trade("A", 100, 1).end({100: 9}).end({100: 12}).wait(3 * SECOND).end()
    told = seconds_told(_read(tape).seconds)
    assert told == [((START // SECOND + 1) * SECOND, 100, 12, 101, 8, 3, True)]


def test_lately_is_this_window_and_the_one_before() -> None:
    tape = LevelTape(BIDS, ASKS).wait(WINDOW_NS - START % WINDOW_NS).end().end({100: 13}).wait(WINDOW_NS).end({100: 14})
    assert _read(tape).recent(BID, 100) == (4, 0)
    assert _read(tape.wait(WINDOW_NS).end({100: 13})).recent(BID, 100) == (1, 1)
    assert _read(tape.wait(2 * WINDOW_NS).end()).recent(BID, 100) == (0, 0)


# --- kernel and oracle ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("seed", range(2))
def test_a_long_session_is_read_alike(schema: Schema, seed: int) -> None:
    made = session(seed + 40, 2_500, auction=bool(seed), resnapshots=seed)
    Reading(levels_of(made.array, schema), schema).assert_alike()


@FINDING
@given(streams(most_events=200, instruments=1), st.sampled_from(SCHEMAS))
def test_any_session_is_read_alike(made: Session, schema: Schema) -> None:
    Reading(levels_of(made.array, schema), schema).assert_alike()


@pytest.mark.parametrize("schema", sorted(JUDGING))
def test_the_real_session_has_the_same_imbalance_by_price_as_by_order(data: Path, schema: Schema) -> None:
    orders = read_records(data, "esh4-20231225.mbo.dbn.zst")
    reading = Reading(levels_of(orders, schema, ES.tick), schema, instrument_id=ES.instrument_id, tick=ES.tick)
    assert reading.ofi == read(orders, ES.instrument_id, ES.tick).touch.ofi == 1_651
    reading.assert_alike()
