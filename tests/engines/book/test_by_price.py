"""Market by price derived from market by order: what is told when, as in real files, and as the oracle tells it."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.book.by_price import LAYOUTS, MarketByPrice
from engines.book.layout import REACH
from engines.flow.trade_records import MinuteBars, trades_of
from feeds.records import (
    F_LAST,
    F_SNAPSHOT,
    MBO,
    MBP_1,
    MBP_10,
    OHLCV,
    TRADE,
    UNDEFINED_PRICE,
    UNDEFINED_TIME,
    Records,
    Schema,
)
from tests.engines.real_data import ES, read_records
from tests.market import Session, session
from tests.market.sessions import FIRST_INSTRUMENT, START, TICK
from tests.market.strategies import damaged_streams, streams
from tests.oracle import by_price as oracle

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
FINDING = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
DEPTHS: Final = {Schema.MBP_10: 10, Schema.MBP_1: 1}
ES_MBO: Final = "esh4-20231225.mbo.dbn.zst"
ESU4: Final = "esu4-20240701.{}.dbn.zst"
ES_TICK: Final = 250_000_000
MINUTE: Final = 60_000_000_000


def derived(array: Records, schema: Schema, *, tick: int = TICK, cuts: tuple[int, ...] = ()) -> Records:
    """Return what is told of records handed over in pieces."""
    market = MarketByPrice(schema, lambda _instrument_id: tick)
    pieces = np.split(array, cuts)
    told = [piece.copy() for records in pieces for piece in market.process(records)]
    return np.concatenate([np.zeros(0, LAYOUTS[schema]), *told])


def bars_of(array: Records, *, cuts: tuple[int, ...] = ()) -> Records:
    bars = MinuteBars()
    for records in np.split(array, cuts):
        bars.take(trades_of(records))
    return bars.bars()


# --- a market in small ------------------------------------------------------------------------------------------------


class Tape:
    """MBO records written one by one, ten milliseconds between matching events."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.now = START

    def event(self, *changes: tuple[Any, ...], flags: int = F_LAST) -> None:
        """Write a matching event of (action, side, tick, size, order id)."""
        self.now += 10_000_000
        for number, (action, side, tick, size, order_id) in enumerate(changes):
            price = UNDEFINED_PRICE if tick is None else tick * TICK
            last = number == len(changes) - 1
            self.rows.append(
                {
                    "action": ord(action),
                    "side": ord(side),
                    "price": price,
                    "size": size,
                    "order_id": order_id,
                    "flags": flags if last else flags & ~F_LAST,
                    "sequence": len(self.rows) + 1,
                    "ts_event": self.now,
                    "ts_recv": self.now + 100_000,
                    "ts_in_delta": 9_000,
                }
            )

    @property
    def array(self) -> Records:
        array = np.zeros(len(self.rows), MBO)
        array["length"], array["rtype"], array["instrument_id"], array["publisher_id"] = 14, 160, FIRST_INSTRUMENT, 1
        for name in self.rows[0]:
            array[name] = [row[name] for row in self.rows]
        return array


@pytest.fixture
def tape() -> Tape:
    """A book of a bid of 5 lots at tick 100, one of 7 at 99, and an ask of 4 at 101."""
    begun = Tape()
    begun.event(("A", "B", 100, 5, 1))
    begun.event(("A", "B", 99, 7, 2))
    begun.event(("A", "A", 101, 4, 3))
    return begun


def told(tape: Tape, schema: Schema = Schema.MBP_10) -> list[tuple[str, str, int, int, int, int]]:
    """Return (action, side, tick, size, flags, depth) of what is told from the fourth record on."""
    fields = []
    for record in derived(tape.array, schema).tolist():
        named = dict(zip(LAYOUTS[schema].names or (), record, strict=True))
        action, side, tick = chr(named["action"]), chr(named["side"]), named["price"] // TICK
        fields.append((action, side, tick, named["size"], named["flags"], named["depth"]))
    return fields[3 if schema is Schema.MBP_10 else 2 :]


def test_an_order_is_told_at_its_level(tape: Tape) -> None:
    tape.event(("A", "B", 98, 1, 4))
    assert told(tape) == [("A", "B", 98, 1, F_LAST, 2)]
    assert told(tape, Schema.MBP_1) == []


def test_a_trade_shows_the_levels_before_it_and_the_event_ends_with_those_after(tape: Tape) -> None:
    tape.event(("T", "A", 100, 2, 9), ("F", "B", 100, 2, 1), ("M", "B", 100, 3, 1))
    assert told(tape) == [("T", "A", 100, 2, 0, 0), ("M", "B", 100, 3, F_LAST, 0)]
    before, trade, after = derived(tape.array, Schema.MBP_10)[-3:]
    assert trade["bid_sz_00"] == before["bid_sz_00"] == 5
    assert after["bid_sz_00"] == 3
    assert (trade["sequence"], after["sequence"]) == (4, 6)


def test_a_refresh_that_leaves_the_levels_as_they_were_is_a_trade_and_nothing_else(tape: Tape) -> None:
    tape.event(("T", "A", 100, 5, 9), ("F", "B", 100, 5, 1), ("M", "B", 100, 5, 1))
    assert told(tape) == [("T", "A", 100, 5, 0, 0)]


def test_a_trade_keeps_the_flag_of_the_end_where_nothing_follows_it_and_gives_it_to_what_does(tape: Tape) -> None:
    tape.event(("T", "N", 100, 3, 0))
    assert told(tape) == [("T", "N", 100, 3, F_LAST, 0)]
    tape.event(("C", "B", 99, 7, 2), ("T", "N", 100, 3, 0))
    assert told(tape)[1:] == [("T", "N", 100, 3, 0, 0), ("C", "B", 99, 7, F_LAST, 1)]


def test_an_event_that_changes_both_sides_has_none(tape: Tape) -> None:
    tape.event(("T", "B", 101, 4, 9), ("F", "A", 101, 4, 3), ("A", "B", 101, 6, 9), ("C", "A", 101, 4, 3))
    assert told(tape)[1:] == [("C", "N", 101, 4, F_LAST, 0)]


def test_an_order_moved_into_the_market_is_told_where_it_traded_not_where_it_came_from(tape: Tape) -> None:
    tape.event(("A", "A", 120, 5, 4))
    tape.event(("T", "A", 100, 5, 4), ("F", "A", 100, 5, 4), ("C", "B", 100, 5, 1), ("C", "A", 120, 5, 4))
    assert told(tape, Schema.MBP_1)[1:] == [("C", "B", 100, 5, F_LAST, 0)]
    assert told(tape)[2:] == [("C", "N", 120, 5, F_LAST, 0)]


def test_an_order_that_moves_away_is_told_with_its_new_price(tape: Tape) -> None:
    tape.event(("M", "B", 40, 5, 1))
    assert told(tape, Schema.MBP_1) == [("M", "B", 40, 5, F_LAST, 0)]
    assert derived(tape.array, Schema.MBP_1)[-1]["bid_px_00"] == 99 * TICK


def test_levels_behind_the_tenth_are_silent_until_they_move_up(tape: Tape) -> None:
    for behind in range(1, 9):
        tape.event(("A", "B", 99 - behind, 1, 10 + behind))
    tape.event(("A", "B", 50, 1, 30))
    assert len(told(tape)) == 8
    tape.event(("C", "B", 100, 5, 1))
    last = derived(tape.array, Schema.MBP_10)[-1]
    assert (last["bid_px_09"], last["bid_ct_09"], last["depth"]) == (50 * TICK, 1, 0)


def test_a_record_without_effect_may_end_the_event(tape: Tape) -> None:
    tape.event(("C", "B", 100, 5, 1), ("N", "N", None, 0, 0))
    assert told(tape) == [("C", "B", 100, 5, F_LAST, 0)]
    assert derived(tape.array, Schema.MBP_10)[-1]["sequence"] == 5


def test_a_snapshot_is_one_record_without_side_whether_it_changes_the_book_or_not(tape: Tape) -> None:
    book = (("R", "N", None, 0, 0), ("A", "B", 100, 5, 1), ("A", "B", 99, 7, 2), ("A", "A", 101, 4, 3))
    tape.event(*book, flags=168)
    assert told(tape) == [("A", "N", 101, 4, 168, 0)]
    tape.event(*book[1:2], flags=168)
    assert told(tape)[1:] == [("A", "N", 100, 5, 168, 0)]
    assert derived(tape.array, Schema.MBP_10)[-1]["ask_px_00"] == UNDEFINED_PRICE


def test_a_clear_that_ends_an_event_is_told_with_empty_levels(tape: Tape) -> None:
    for flags in (F_LAST, 168):
        tape.event(("R", "N", None, 0, 0), flags=flags)
    assert [row[:2] + row[4:] for row in told(tape)] == [("R", "N", F_LAST, 0), ("R", "N", 168, 0)]
    last = derived(tape.array, Schema.MBP_10)[-1]
    assert (last["price"], last["bid_px_00"], last["bid_sz_00"], last["bid_ct_00"]) == (
        UNDEFINED_PRICE,
        UNDEFINED_PRICE,
        0,
        0,
    )


# --- bars -------------------------------------------------------------------------------------------------------------


def test_a_trade_belongs_to_the_minute_it_was_captured_in(tape: Tape) -> None:
    tape.event(("T", "A", 100, 2, 9))
    tape.event(("T", "N", 103, 3, 0))
    tape.event(("T", "B", 101, 4, 9))
    array = tape.array
    late = START // MINUTE * MINUTE + MINUTE
    array["ts_event"][3:] = late - 1
    array["ts_recv"][3:] = late - 1, late, UNDEFINED_TIME
    first, second = bars_of(array)
    assert (first["ts_event"], first["volume"], first["open"], first["close"]) == (
        late - MINUTE,
        6,
        100 * TICK,
        101 * TICK,
    )
    assert (second["ts_event"], second["volume"], second["high"], second["rtype"]) == (late, 3, 103 * TICK, 33)


# --- like the real files ----------------------------------------------------------------------------------------------


def test_the_real_trades_are_those_of_the_real_market_by_price(data: Path) -> None:
    assert (
        trades_of(read_records(data, ESU4.format("mbp-1"))).tobytes()
        == read_records(data, ESU4.format("trades")).tobytes()
    )


def test_the_real_bars_are_those_of_the_real_trades(data: Path) -> None:
    """The recording of the trades is four minutes long; bars of those minutes stand in the other one."""
    bars = read_records(data, "esu4-nqu4-20240701.ohlcv-1m.dbn.zst")
    trades = read_records(data, ESU4.format("trades"))
    same = (bars["instrument_id"] == 118) & np.isin(bars["ts_event"], trades["ts_recv"] // MINUTE * MINUTE)
    assert same.sum() == 4
    assert bars_of(trades).tobytes() == bars[same].tobytes()


def _habits(records: Records) -> dict[str, bool]:
    """Tell which of the habits of the real mbp-1 file records have; the first one only begins the levels."""
    levels = records[[name for name in records.dtype.names or () if name[:3] in ("bid", "ask")]]
    sides = [
        records[[name for name in levels.dtype.names or () if name.startswith(side)]].copy() for side in ("bid", "ask")
    ]
    bids, asks = (side[1:] != side[:-1] for side in sides)
    rest = records[1:]
    trade, snapshot = rest["action"] == ord("T"), rest["flags"] & F_SNAPSHOT > 0
    told, book = rest[~trade], ~trade & ~snapshot
    return {
        "actions are A, C, M and T": set(np.unique(rest["action"])) <= {ord(letter) for letter in "ACMT"},
        "a trade shows the levels of the record before it": not (bids | asks)[trade].any(),
        "a trade never ends an event": not (rest["flags"][trade] & F_LAST).any(),
        "everything else does": bool((told["flags"] & F_LAST).all()),
        "and shows that something changed": bool((bids | asks)[book].all()),
        "both sides changed is no side": bool(((rest["side"] == ord("N")) == (bids & asks))[book].all()),
        "else the side that changed": bool((rest["side"][book & ~asks] == ord("B")).all())
        and bool((rest["side"][book & ~bids] == ord("A")).all()),
        "a snapshot has no side": bool((rest["side"][snapshot] == ord("N")).all()),
        "one record ends a matching event": len(np.unique(told["ts_event"][~snapshot[~trade]])) == book.sum(),
        "the best level is depth 0": not rest["depth"].any(),
        "empty places have no size": not records["bid_sz_00"][records["bid_px_00"] == UNDEFINED_PRICE].any(),
    }


def test_what_is_derived_has_the_habits_of_the_real_file(data: Path) -> None:
    real = read_records(data, ESU4.format("mbp-1"))
    expected = dict.fromkeys(_habits(real), True)
    assert _habits(real) == expected
    # In continuous trading: before the open, orders of both sides cross, and none of the real minutes shows how.
    es = derived(read_records(data, ES_MBO), Schema.MBP_1, tick=ES_TICK)
    opened = int(np.flatnonzero(es["action"] == ord("T"))[1])
    assert _habits(es[opened:]) == expected


def test_a_real_snapshot_with_a_clear_is_one_record_as_in_the_real_file(data: Path) -> None:
    """Like the real one at midnight: the newest record of the snapshot, without its side, 168, captured at midnight."""
    told = derived(read_records(data, "esm4-20240508-2s.mbo.dbn.zst"), Schema.MBP_1, tick=ES_TICK)
    real = read_records(data, ESU4.format("mbp-1"))
    midnight = real[real["flags"] == 168]
    assert len(midnight) == 1
    assert (told["flags"] == 168).tolist() == [True] + [False] * (len(told) - 1)
    for snapshot in (told[0], midnight[0]):
        assert (chr(snapshot["action"]), chr(snapshot["side"]), snapshot["ts_in_delta"]) == ("A", "N", 0)
        assert snapshot["ts_recv"] % (86_400 * 1_000_000_000) == 0
        assert snapshot["ts_event"] < snapshot["ts_recv"]


def test_matching_events_of_the_real_session_never_share_a_time(data: Path) -> None:
    """So a reader of market by price knows an event from the next, even where a trade left the levels as they were."""
    array = read_records(data, ES_MBO)
    live = array[array["flags"] & F_SNAPSHOT == 0]
    ended = np.flatnonzero(live["flags"] & F_LAST)
    assert len(np.unique(live["ts_event"])) == len(ended) == 47_022
    es = derived(array, Schema.MBP_1, tick=ES_TICK)
    trade = es["action"] == ord("T")
    times, book = np.unique(es["ts_event"][trade]), es["ts_event"][~trade]
    assert (len(times), int((~np.isin(times, book)).sum())) == (2_834, 50)


# --- the oracle -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", DEPTHS, ids=str)
def test_the_real_session_is_told_as_the_oracle_tells_it(data: Path, schema: Schema) -> None:
    array = read_records(data, ES_MBO)
    ours = derived(array, schema, tick=ES_TICK)
    assert ours.tobytes() == oracle.by_price(array, {ES.instrument_id: ES_TICK}, DEPTHS[schema]).tobytes()
    assert len(ours) == {Schema.MBP_10: 40_037, Schema.MBP_1: 28_413}[schema]
    assert Counter(ours["action"].tolist())[ord("T")] == 2_973
    assert trades_of(array).tobytes() == oracle.trades(array).tobytes()
    assert bars_of(array).tobytes() == oracle.minute_bars(array).tobytes()
    assert bars_of(array)["volume"].sum() == 9_892


def _ticks(array: Records) -> dict[int, int]:
    return dict.fromkeys(np.unique(array["instrument_id"]).tolist(), TICK)


@FINDING
@given(streams(most_events=200, instruments=3), st.data())
def test_any_session_is_told_as_the_oracle_tells_it_however_it_is_cut(made: Session, data: st.DataObject) -> None:
    cuts = tuple(data.draw(st.lists(st.integers(0, len(made.array)), max_size=8).map(sorted)))
    for schema, depth in DEPTHS.items():
        expected = oracle.by_price(made.array, _ticks(made.array), depth)
        assert derived(made.array, schema, cuts=cuts).tobytes() == expected.tobytes()
        assert trades_of(expected)["price"].tolist() == oracle.trades(made.array)["price"].tolist()
    assert trades_of(made.array).tobytes() == oracle.trades(made.array).tobytes()
    assert bars_of(made.array, cuts=cuts).tobytes() == oracle.minute_bars(made.array).tobytes()


@FINDING
@given(damaged_streams(most_events=120), st.data())
def test_damaged_streams_are_told_as_the_oracle_tells_them(array: Records, data: st.DataObject) -> None:
    """Except where an order stands beyond the kernel's ladder, which only the oracle shows."""
    cuts = tuple(data.draw(st.lists(st.integers(0, len(array)), max_size=8).map(sorted)))
    assert trades_of(array).tobytes() == oracle.trades(array).tobytes()
    assert bars_of(array, cuts=cuts).tobytes() == oracle.minute_bars(array).tobytes()
    for schema, depth in DEPTHS.items():
        ours = derived(array, schema, cuts=cuts)
        assert ours.tobytes() == derived(array, schema).tobytes()
        if not _has_far_prices(array):
            assert ours.tobytes() == oracle.by_price(array, _ticks(array), depth).tobytes()


def _has_far_prices(array: Records) -> bool:
    """Whether two orders of one instrument may stand farther apart than the ladder reaches from the first of them."""
    orders = array[np.isin(array["action"], [ord("A"), ord("M")]) & (array["price"] != UNDEFINED_PRICE)]
    ticks = {number: orders["price"][orders["instrument_id"] == number] // TICK for number in _ticks(orders)}
    return any(int(each.max()) - int(each.min()) > REACH for each in ticks.values())


def test_a_long_session_of_several_instruments_comes_out_in_the_order_of_the_wire() -> None:
    made = session(3, 4_000, instruments=3, auction=True, resnapshots=2)
    told = derived(made.array, Schema.MBP_10)
    assert told.tobytes() == oracle.by_price(made.array, _ticks(made.array), 10).tobytes()
    assert (np.diff(told["ts_recv"].astype(np.int64)) >= 0).all()
    assert len(np.unique(told["instrument_id"])) == 3


def test_records_with_a_send_time_are_told_alike() -> None:
    array = session(5, 300).array
    sent = np.zeros(len(array), [*MBO.descr, ("ts_out", "<u8")])
    for name in MBO.names or ():
        sent[name] = array[name]
    assert derived(sent, Schema.MBP_10).tobytes() == derived(array, Schema.MBP_10).tobytes()
    assert trades_of(sent).tobytes() == trades_of(array).tobytes()


def test_an_instrument_without_a_tick_is_left_out_and_counted() -> None:
    array = session(8, 500, instruments=2).array
    market = MarketByPrice(Schema.MBP_1, lambda number: TICK if number == FIRST_INSTRUMENT else None)
    told = np.concatenate([piece.copy() for half in np.array_split(array, 2) for piece in market.process(half)])
    alone = array[array["instrument_id"] == FIRST_INSTRUMENT]
    assert told.tobytes() == derived(alone, Schema.MBP_1).tobytes()
    assert market.left_out == {FIRST_INSTRUMENT + 1: len(array) - len(alone)}


def test_the_wire_sizes_of_what_is_made() -> None:
    made = session(1, 200).array
    for schema, layout, rtype in ((Schema.MBP_10, MBP_10, 10), (Schema.MBP_1, MBP_1, 1)):
        told = derived(made, schema)
        assert (told.dtype, set(told["length"].astype(int) * 4), set(told["rtype"])) == (
            layout,
            {layout.itemsize},
            {rtype},
        )
    assert (set(trades_of(made)["length"]), set(bars_of(made)["length"])) == (
        {TRADE.itemsize // 4},
        {OHLCV.itemsize // 4},
    )
