"""The two status rows: what is shown and of when, then the market in one line."""

from datetime import UTC

from engines.view import BookState, MarketPhase, MarketView
from feeds.records import Schema
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.line import line_badge, silence
from qmo_tui.cockpit.painting.provenance import provenance_sign
from qmo_tui.cockpit.painting.session_clock import session_parts
from qmo_tui.cockpit.painting.spans import UNKNOWN, Row, Rows, Span, most_important, printable

_ARROWS = {"buy": "▲", "sell": "▼", None: "•"}


def badge(frame: Frame) -> Row:
    """Return the mark that tells live data from everything else."""
    if frame.line is not None:
        return (line_badge(frame.line),)
    return (provenance_sign(frame.view.provenance),)


def paint_status(frame: Frame, width: int, height: int) -> Rows:
    """Paint source and clocks above, market below."""
    return (most_important(_source_parts(frame), width), most_important(_market_parts(frame.view), width))[:height]


def _source_parts(frame: Frame) -> list[tuple[int, Row]]:
    view = frame.view
    symbol = view.instrument.symbol if view.instrument is not None else ""
    parts: list[tuple[int, Row]] = [(0, badge(frame)), (1, ((symbol or UNKNOWN, "text bold"),))]
    if _is_lesser(view):
        parts.append((2, ((view.schema or "", "text"),)))
    clock = times.clock_milliseconds(view.event_time, frame.zone)
    parts.append((1, ((clock, "text bold"), (f" {times.zone_name(view.event_time, frame.zone)}", "muted"))))
    parts.append((3, ((times.date(view.event_time, frame.zone), "text"),)))
    parts += session_parts(frame)
    parts.append((4, ((f"{times.clock(view.event_time, UTC)} UTC", "muted"),)))
    parts.append((2, (pace(frame),)))
    parts.append((5, ((numbers.rate(frame.records_per_second), "text"),)))
    if view.event_time is not None and frame.playback.position is not None:
        age = max(0, frame.playback.position - view.event_time)
        parts.append((4, (("age ", "muted"), (numbers.age(age), "text"))))
    if view.event_time is not None and view.receive_time is not None:
        parts.append((7, (("latency ", "muted"), (numbers.latency(view.receive_time - view.event_time), "text"))))
    if frame.pace.reason is not None:
        parts.append((1, ((f"{frame.pace.frames_per_second} fps, {frame.pace.reason}", "warn"),)))
    parts.append((6, ((printable(frame.source), "muted"),)))
    return parts


def pace(frame: Frame) -> Span:
    """Return how old live data is, or how a replay plays, in a word or two."""
    if frame.line is not None:
        return silence(frame.line)
    playback = frame.playback
    if playback.finished:
        return " END ", "warn reverse"
    if playback.paused:
        return " PAUSED ", "warn reverse"
    return numbers.speed(playback.speed), "text bold"


def _market_parts(view: MarketView) -> list[tuple[int, Row]]:
    parts: list[tuple[int, Row]] = [(0, _last(view)), (1, _touch(view))]
    known = view.event_time is not None
    parts.append((3, (("vol ", "muted"), (numbers.grouped(view.volume if known else None), "text"))))
    parts += _state_parts(view)
    parts.append((5, (("trades ", "muted"), (numbers.grouped(view.trades if known else None), "text"))))
    parts.append((6, (("orders ", "muted"), (numbers.grouped(view.resting_orders), "text"))))
    if not _is_lesser(view):
        parts.append((7, (("schema ", "muted"), (view.schema or UNKNOWN, "text"))))
    return parts


def _is_lesser(view: MarketView) -> bool:
    """Whether the schema tells less than orders do, which is to be seen at any width."""
    return view.schema not in {None, Schema.MBO}


def _state_parts(view: MarketView) -> list[tuple[int, Row]]:
    """Return phase and state of the book; only what is out of the ordinary outweighs volume and delta."""
    is_continuous = view.phase is MarketPhase.CONTINUOUS
    phase = view.phase.value.upper() if view.phase is not MarketPhase.UNKNOWN else "PHASE --"
    is_sound = view.book in {BookState.VALID, BookState.TEN_LEVELS, BookState.TOP_ONLY}
    return [
        (4 if is_continuous else 2, ((phase, "text" if is_continuous else "warn bold"),)),
        (4 if is_sound else 2, (("book ", "muted"), (view.book.value, "text" if is_sound else "warn bold"))),
    ]


def _last(view: MarketView) -> Row:
    ink = {"buy": "bid bold", "sell": "ask bold"}.get(view.last_side or "", "text bold")
    arrow = _ARROWS.get(view.last_side, "•") if view.last is not None else ""
    size = f" {view.last_size}" if view.last_size is not None else ""
    return ((" last ", "muted"), (f"{numbers.price(view.instrument, view.last)} {arrow}{size}".rstrip(), ink))


def _touch(view: MarketView) -> Row:
    """Return best bid and ask; without the colours of their sides while they mean nothing."""
    meant = view.phase is MarketPhase.CONTINUOUS
    bid, ask = numbers.price(view.instrument, view.best_bid), numbers.price(view.instrument, view.best_ask)
    return (
        (_size(view.best_bid_size), "muted"),
        (" × ", "faint"),
        (bid, "bid" if meant else "muted"),
        (" │ ", "faint"),
        (ask, "ask" if meant else "muted"),
        (" × ", "faint"),
        (_size(view.best_ask_size), "muted"),
    )


def _size(size: int | None) -> str:
    return UNKNOWN if size is None else str(size)
