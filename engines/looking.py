"""How a `MarketView` is made from the engines: only what the request names is built."""

from dataclasses import dataclass, replace
from typing import Any, Final, cast

import msgspec
import numpy as np

from engines.book.book import Book
from engines.book.layout import (
    ASK,
    BID,
    PHASE_AUCTION,
    PHASE_CONTINUOUS,
    PHASE_HALTED,
    PHASE_UNKNOWN,
    SECOND_NS,
    UNKNOWN_LOTS,
    UNKNOWN_OFI,
    RecordArray,
)
from engines.book.levels import LevelBook
from engines.flow.bars import Bars
from engines.flow.finished_bars import FinishedBars
from engines.flow.footprints import Footprints
from engines.flow.order_flow import OrderFlowReading, Touch
from engines.flow.profile import EarlierSessions, look
from engines.flow.tape import SIDES, Tape
from engines.mentor.gates import DataHealth
from engines.mentor.mentor import Mentor
from engines.mentor_view import MentorView
from engines.timing.session_clock import clock_at
from engines.timing.session_ranges import SessionRanges
from engines.timing.status import TradingStatus
from engines.timing_view import Timing
from engines.view import (
    BarRow,
    BookState,
    Footprint,
    Health,
    IcebergMark,
    LadderRow,
    MarketPhase,
    MarketView,
    OrderFlow,
    Profile,
    StopMark,
    ViewRequest,
)
from engines.zones.zones import Zones
from feeds.instrument import Instrument
from feeds.records import BAR_SECONDS, Provenance, Schema

_SECOND: Final = "1s"
_PHASES: Final = {
    PHASE_UNKNOWN: MarketPhase.UNKNOWN,
    PHASE_AUCTION: MarketPhase.AUCTION,
    PHASE_CONTINUOUS: MarketPhase.CONTINUOUS,
    PHASE_HALTED: MarketPhase.HALTED,
}
_BAR_FIELDS: Final = ["start", "open", "high", "low", "close", "volume", "buy", "sell", "none", "trades", "cvd"]
_SECONDS_LOOKED_AT: Final = 600
"""Bars of a second that an extent is read from; longer ones from bars of a minute."""
_WITHIN_BAR: Final = ["low_delta", "high_delta", "ofi"]


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be looked at: the engines, and what is known of the source."""

    instrument: Instrument | None
    records: int
    schema: Schema | None
    provenance: Provenance
    book: Book | LevelBook | None
    bars: Bars
    footprints: Footprints
    order_flow: OrderFlowReading
    finished_bars: FinishedBars
    earlier_sessions: EarlierSessions
    tape: Tape
    icebergs: tuple[IcebergMark, ...]
    stops: tuple[StopMark, ...]
    zones: Zones | None
    mentor: Mentor | None
    status: TradingStatus
    session_ranges: SessionRanges


@dataclass(frozen=True, slots=True)
class Prices:
    """What the market trades at, and what that rests on; fields as of `MarketView`."""

    event_time: int | None
    receive_time: int | None
    phase: MarketPhase
    book: BookState
    best_bid: int | None
    best_ask: int | None
    last: int | None


def prices(book: Book | LevelBook | None, bars: Bars, finished_bars: FinishedBars) -> Prices:
    """Return the prices now: all that is asked for after every batch."""
    totals = bars.now
    best_bid, best_ask = (None, None) if book is None else (book.best_bid, book.best_ask)
    return Prices(
        event_time=_time(book, "clock") if book is not None else finished_bars.clock,
        receive_time=_time(book, "received"),
        phase=MarketPhase.UNKNOWN if book is None else _PHASES[int(book.now["phase"])],
        book=_book_state(book),
        best_bid=best_bid,
        best_ask=best_ask,
        last=int(totals["last_tick"]) if totals["trades"] else finished_bars.last,
    )


def build(request: ViewRequest, sight: Sight) -> MarketView:
    """Return the view that `request` asks for."""
    book, totals = sight.book, sight.bars.now
    now = prices(book, sight.bars, sight.finished_bars)
    clock, last, best_bid, best_ask = now.event_time, now.last, now.best_bid, now.best_ask
    traded = int(totals["trades"]) > 0
    sizes = _best_sizes(book, best_bid, best_ask)
    bars = _bars(request, sight)
    return MarketView(
        sequence=sight.records,
        instrument=sight.instrument,
        provenance=sight.provenance,
        schema=sight.schema,
        event_time=clock,
        receive_time=now.receive_time,
        phase=now.phase,
        book=now.book,
        best_bid=best_bid,
        best_bid_size=sizes[0],
        best_ask=best_ask,
        best_ask_size=sizes[1],
        last=last,
        last_side=SIDES.get(int(totals["last_side"])) if traded else None,
        last_size=int(totals["last_size"]) if traded else None,
        volume=int(totals["day_volume"]) if book is not None else sight.finished_bars.volume,
        delta=None if book is None else int(totals["cvd"]),
        trades=None if book is None else int(totals["day_trades"]),
        resting_orders=int(book.now["resting"]) if isinstance(book, Book) else None,
        ladder=_ladder(request, sight, _centre(last, best_bid, best_ask)),
        prints=sight.tape.newest(request.prints, request.minimum_size) if request.prints else (),
        interval=request.interval,
        bars=bars,
        profile=_profile(request, sight, bars),
        icebergs=sight.icebergs,
        stops=sight.stops,
        flow=_order_flow(request, sight, best_bid, best_ask),
        footprints=_footprints(request, sight, bars),
        zones=sight.zones.marks() if request.zones and sight.zones is not None else (),
        opened=sight.zones.opened(request.opened) if request.opened is not None and sight.zones is not None else None,
        timing=_timing(request, sight, clock, last),
        mentor=_mentor(request, sight, clock),
        health=_health(book),
        missing=_missing(sight.schema),
        extent=_extent(request.extent_since, clock, sight.bars),
    )


def _extent(since: int | None, clock: int | None, bars: Bars) -> tuple[int, int] | None:
    """Return the lowest and the highest price traded since a moment, by the finest bars that reach back so far."""
    if since is None or clock is None or since > clock:
        return None
    seconds = (clock - since) // SECOND_NS + 1
    interval, count = (_SECOND, seconds) if seconds <= _SECONDS_LOOKED_AT else ("1m", seconds // 60 + 2)
    closed, running = bars.newest(interval, count)
    rows = [part[part["end"] > since] for part in (closed, running)]
    lows, highs = (np.concatenate([part[name] for part in rows]) for name in ("low", "high"))
    return (int(lows.min()), int(highs.max())) if len(lows) else None


def _mentor(request: ViewRequest, sight: Sight, clock: int | None) -> MentorView | None:
    if not request.mentor or sight.mentor is None:
        return None
    book = sight.book
    phase = MarketPhase.UNKNOWN if book is None else _PHASES[int(book.now["phase"])]
    return sight.mentor.view(DataHealth(_book_state(book), phase, clock, _time(book, "received")), sight.status)


def _timing(request: ViewRequest, sight: Sight, clock: int | None, last: int | None) -> Timing | None:
    """Return what is shown of time: what the mentor reads, and the session clock."""
    if not request.timing or sight.mentor is None or clock is None:
        return None
    session_clock = clock_at(clock, status=sight.status, ranges=sight.session_ranges.at(clock))
    return msgspec.structs.replace(sight.mentor.timing(clock, last, request.pinned), now=clock, clock=session_clock)


def _time(book: Book | LevelBook | None, name: str) -> int | None:
    return None if book is None else int(book.now[name]) or None


def _book_state(book: Book | LevelBook | None) -> BookState:
    if book is None:
        return BookState.ABSENT
    return _orders_state(book.now) if isinstance(book, Book) else _levels_state(book.now)


def _orders_state(now: Any) -> BookState:
    if now["suspect"] or now["interrupted"]:
        return BookState.SUSPECT
    if now["in_snapshot"] or (now["anchored"] and not now["valid"]):
        return BookState.SNAPSHOT
    if not now["anchored"]:
        return BookState.BUILDING if now["resting"] else BookState.EMPTY
    return BookState.VALID


def _levels_state(now: Any) -> BookState:
    if not now["depth"]:
        return BookState.ABSENT
    if now["suspect"] or now["interrupted"]:
        return BookState.SUSPECT
    if not now["has_levels"]:
        return BookState.EMPTY
    return BookState.TOP_ONLY if now["depth"] == 1 else BookState.TEN_LEVELS


def _best_sizes(
    book: Book | LevelBook | None, best_bid: int | None, best_ask: int | None
) -> tuple[int | None, int | None]:
    return _size(book, BID, best_bid), _size(book, ASK, best_ask)


def _size(book: Book | LevelBook | None, side: int, tick: int | None) -> int | None:
    level = None if book is None or tick is None else book.level(side, tick)
    return None if level is None else level.size


def _centre(last: int | None, best_bid: int | None, best_ask: int | None) -> int | None:
    if last is not None:
        return last
    if best_bid is not None and best_ask is not None:
        return (best_bid + best_ask) // 2
    return best_bid if best_bid is not None else best_ask


def _ladder(request: ViewRequest, sight: Sight, centre: int | None) -> tuple[LadderRow, ...]:
    """Return the rows of the window, highest price first."""
    top = request.ladder_top
    if top is None:
        if centre is None:
            return ()
        top = centre + request.ladder_rows // 2
    low = top - request.ladder_rows + 1
    if request.ladder_rows <= 0:
        return ()
    traded = sight.bars.traded_at(low, top).tolist()
    columns = (
        range(low, top + 1),
        *_depth_columns(sight.book, low, top),
        *traded,
        *_recent_columns(sight.book, low, top),
        *_newest_trades(request, sight, low, top),
    )
    return tuple(LadderRow(*fields) for fields in zip(*(column[::-1] for column in columns), strict=True))


def _depth_columns(book: Book | LevelBook | None, low: int, high: int) -> tuple[list[int | None], ...]:
    """Return bid lots, bid orders, ask lots, ask orders for each tick from low to high; None where not known."""
    return _columns(None if book is None else book.ladder(low, high), ("size", "orders"), high - low + 1)


def _recent_columns(book: Book | LevelBook | None, low: int, high: int) -> tuple[list[int | None], ...]:
    """Return lots stacked and pulled lately at bids, then at asks, for each tick; None where not known."""
    return _columns(None if book is None else book.recent(low, high), ("stacked", "pulled"), high - low + 1)


def _newest_trades(request: ViewRequest, sight: Sight, low: int, high: int) -> tuple[list[int | None], ...]:
    """Return lots bought and sold in the newest seconds at each tick; None where they are not wanted or not known."""
    clock, seconds = _time(sight.book, "clock"), request.recent_seconds
    if not seconds or clock is None:
        return [None] * (high - low + 1), [None] * (high - low + 1)
    _, cells = sight.bars.traded_since(_SECOND, clock - seconds * SECOND_NS, seconds + 1)
    cells = cells[(cells["tick"] >= low) & (cells["tick"] <= high)]
    lots = np.zeros((2, high - low + 1), np.int64)
    for row, name in enumerate(("buy", "sell")):
        np.add.at(lots[row], cells["tick"] - low, cells[name])
    return cast("tuple[list[int | None], ...]", tuple(lots.tolist()))


def _columns(
    sides: tuple[RecordArray, RecordArray] | None, names: tuple[str, str], height: int
) -> tuple[list[int | None], ...]:
    if sides is None:
        return tuple([None] * height for _ in range(4))
    columns = [rows[name].tolist() for rows in sides for name in names]
    return tuple([None if lots == UNKNOWN_LOTS else lots for lots in column] for column in columns)


def _bars(request: ViewRequest, sight: Sight) -> tuple[BarRow, ...]:
    if request.bars <= 0:
        return ()
    if sight.schema in BAR_SECONDS:
        return sight.finished_bars.newest(request.interval, request.bars)
    closed, opened = sight.bars.newest(request.interval, request.bars)
    return (*_as_rows(closed, complete=True), *_as_rows(opened, complete=False))[-request.bars :]


def _as_rows(bars: RecordArray, *, complete: bool) -> list[BarRow]:
    columns = zip(bars[_BAR_FIELDS].tolist(), bars[_WITHIN_BAR].tolist(), strict=True)
    return [
        _as_bar((*fields, complete, low_delta, high_delta, None if ofi == UNKNOWN_OFI else ofi))
        for fields, (low_delta, high_delta, ofi) in columns
    ]


def _as_bar(fields: tuple[Any, ...]) -> BarRow:
    return BarRow(*fields)


def _order_flow(request: ViewRequest, sight: Sight, best_bid: int | None, best_ask: int | None) -> OrderFlow | None:
    if not request.flow or sight.book is None:
        return None
    return sight.order_flow.look(int(sight.book.now["clock"]), request.interval, _touch(sight.book, best_bid, best_ask))


def _touch(book: Book | LevelBook, bid: int | None, ask: int | None) -> Touch | None:
    """Return the touch; None without both quotes, and where they are locked or crossed, as in an auction."""
    bid_size, ask_size = _best_sizes(book, bid, ask)
    if bid is None or ask is None or not bid_size or not ask_size or bid >= ask:
        return None
    return Touch(bid, bid_size, ask, ask_size)


def _footprints(request: ViewRequest, sight: Sight, bars: tuple[BarRow, ...]) -> tuple[Footprint, ...]:
    if request.footprints <= 0 or sight.book is None:
        return ()
    return sight.footprints.beside(bars, request.interval, request.footprints)


def _profile(request: ViewRequest, sight: Sight, bars: tuple[BarRow, ...]) -> Profile | None:
    if not request.profile or sight.book is None:
        return None
    return look(
        sight.bars,
        sight.earlier_sessions,
        bars,
        request.interval,
        of=request.profile_of,
        minutes=request.profile_minutes,
    )


def _health(book: Book | LevelBook | None) -> Health:
    if book is None:
        return Health()
    now = book.now
    common = Health(late_records=int(now["late_records"]), off_tick=int(now["off_tick"]))
    if not isinstance(book, Book):
        return replace(common, crossed_events=int(now["crossed_events"]), bad_records=int(now["bad_records"]))
    return Health(
        unknown_orders=int(now["unknown_changes"]),
        crossed_events=int(now["crossed_events"]),
        bad_records=int(now["bad_records"]) + int(now["duplicates"]),
        late_records=common.late_records,
        off_tick=common.off_tick,
        far_orders=int(now["far_orders"]),
    )


def _missing(schema: Schema | None) -> tuple[str, ...]:
    """Name what a schema cannot give, in words for the screen."""
    if schema is None or schema is Schema.MBO:
        return ()
    if schema in BAR_SECONDS:
        return (f"ladder, tape, profile, VWAP, icebergs, stops: bars only ({schema})",)
    if schema is Schema.TRADES:
        return (f"icebergs, stops: no order ids in {schema}", "ladder depth: trades only")
    if schema is Schema.TBBO:
        return (f"icebergs, stops: no order ids in {schema}", "quotes between trades", "depth beyond the best price")
    if schema is Schema.MBP_1:
        return (
            f"icebergs: inferred at the best price (no order ids in {schema})",
            f"stops: no order ids in {schema}",
            "depth beyond the best price",
        )
    return (
        f"icebergs: inferred (no order ids in {schema})",
        f"stops: no order ids in {schema}",
        "depth beyond ten levels",
    )
