"""The flow strip: who pushes, as of the newest second, in one row or two.

The first row has CVD and the windows: delta with its sign, how unusual it is (`z`, in standard deviations), and whose
it is in a word. The second one has what stands at the touch, order-flow imbalance, and a divergence while one stands;
where there is one row only, as much of that as fits.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from engines.view import Divergence, FlowWindow, MarketPhase, MarketView, OrderFlow
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.spans import PLAIN, UNKNOWN, Row, Rows, Span, fitted, most_important, width_of

_SECONDS: Final = (10, 60, 300)
"""Windows that are shown as unknown while there is no reading."""
_GAP: Final = 2
_BAR: Final = 10
"""Cells of the bar that splits the lots at the touch."""
_INKS: Final = {"buy": "bid", "sell": "ask"}
_ARROWS: Final = {"buy": "▲", "sell": "▼"}

_WindowPainter: TypeAlias = Callable[[int, FlowWindow | None], Row]


def flow_subject(frame: Frame) -> object:
    """Return what of a frame the strip shows."""
    view = frame.view
    return view.flow, view.delta, view.phase, view.best_bid, view.best_ask, view.instrument, frame.zone


def paint_flow(frame: Frame, width: int, height: int) -> Rows:
    """Paint the strip into as many rows as it was given, two at most."""
    if height <= 0:
        return ()
    if height == 1:
        return (_one_row(frame, width),)
    first = most_important(_pushing(frame.view, width), width, _GAP)
    second = fitted(((" ", PLAIN), *most_important(_beside(frame, wide=True), width - 1, 2 * _GAP)), width)
    return (first, second, *(fitted((), width) for _ in range(height - 2)))


def _one_row(frame: Frame, width: int) -> Row:
    """Make the windows give way to a divergence, and let the rest fill what is left."""
    beside = _beside(frame, wide=False)
    stands = frame.view.flow is not None and frame.view.flow.divergence is not None
    reserved = width_of(beside[0][1]) + _GAP if stands else 0
    return most_important([*_pushing(frame.view, width - reserved), *beside], width, _GAP)


def _pushing(view: MarketView, width: int) -> list[tuple[int, Row]]:
    """Return CVD and the windows in the richest way that fits; the shortest way where none does."""
    flow = view.flow
    cvd = _named(" CVD", numbers.signed(_cvd(view)).rjust(7), _ink(_cvd(view)))
    for painter in _PAINTERS:
        windows = [painter(seconds, window) for seconds, window in _windows(flow)]
        if width_of(cvd) + sum(width_of(row) + _GAP for row in windows) <= width:
            break
    return [(0, cvd), *((0, row) for row in windows)]


def _cvd(view: MarketView) -> int | None:
    """Return delta since the trading day began, which a book tells while the reading of flow does not."""
    return view.flow.cvd if view.flow is not None else view.delta


def _windows(flow: OrderFlow | None) -> list[tuple[int, FlowWindow | None]]:
    if flow is None or not flow.windows:
        return [(seconds, None) for seconds in _SECONDS]
    return [(window.seconds, window) for window in flow.windows]


def _spacious(seconds: int, window: FlowWindow | None) -> Row:
    """Paint `10 s    +120  z  +1.4  ▲ buy`."""
    delta, (word, ink) = _delta(window), _bias(window)
    arrow = _ARROWS.get(word, " ")
    return (
        (_length(seconds, wide=True).rjust(6), "muted"),
        (delta[0].rjust(8), delta[1]),
        ("  z ", "muted"),
        (_z(window).rjust(5), PLAIN),
        (f"  {arrow} {word}".ljust(11), ink),
    )


def _even(seconds: int, window: FlowWindow | None) -> Row:
    """Paint `10s   +120 z +1.4 buy    `."""
    delta, (word, ink) = _delta(window), _bias(window)
    return (
        (_length(seconds, wide=False), "muted"),
        (delta[0].rjust(7), delta[1]),
        (" z", "muted"),
        (_z(window).rjust(5), PLAIN),
        (f" {word}".ljust(8), ink),
    )


def _short(seconds: int, window: FlowWindow | None) -> Row:
    """Paint `10s   +120 buy    `."""
    delta, (word, ink) = _delta(window), _bias(window)
    return (_length(seconds, wide=False), "muted"), (delta[0].rjust(7), delta[1]), (f" {word}".ljust(8), ink)


def _terse(seconds: int, window: FlowWindow | None) -> Row:
    """Paint `10s +120 buy`."""
    delta, (word, ink) = _delta(window), _bias(window)
    return (_length(seconds, wide=False), "muted"), (f" {delta[0]}", delta[1]), (f" {word}", ink)


_PAINTERS: Final[tuple[_WindowPainter, ...]] = (_spacious, _even, _short, _terse)


def _length(seconds: int, *, wide: bool) -> str:
    if seconds >= 120 and seconds % 60 == 0:
        return f"{seconds // 60} min" if wide else f"{seconds // 60}m"
    return f"{seconds} s" if wide else f"{seconds}s"


def _delta(window: FlowWindow | None) -> Span:
    return (UNKNOWN, PLAIN) if window is None else (numbers.signed(window.delta), _ink(window.delta))


def _z(window: FlowWindow | None) -> str:
    return UNKNOWN if window is None else numbers.deviations(window.z)


def _bias(window: FlowWindow | None) -> Span:
    """Return whose side the delta is on; unknown while nothing says what is usual."""
    if window is None or window.z is None:
        return UNKNOWN, "muted"
    return (window.bias, f"{_INKS[window.bias]} bold") if window.bias is not None else ("neutral", "muted")


def _beside(frame: Frame, *, wide: bool) -> list[tuple[int, Row]]:
    """Return divergence, order-flow imbalance, the queues at the touch and microprice; the first where it stands."""
    view, flow = frame.view, frame.view.flow
    parts: list[tuple[int, Row]] = []
    if flow is not None and flow.divergence is not None:
        parts.append((0, _divergence(frame, flow.divergence, wide=wide)))
    parts.append((2, _imbalance(flow, wide=wide)))
    parts.append((3, _queues(flow, wide=wide)))
    parts.append((4, _microprice(view)))
    return parts


def _divergence(frame: Frame, found: Divergence, *, wide: bool) -> Row:
    arrow, ink = _ARROWS[found.side], f"{_INKS[found.side]} bold"
    if not wide:
        return ("div ", "warn"), (f"{arrow} {found.side}", ink)
    extreme = "high" if found.side == "sell" else "low"
    instrument = frame.view.instrument
    where = f"{extreme} {numbers.price(instrument, found.tick)} {times.clock_minutes(found.ts, frame.zone)}"
    return ("divergence ", "warn"), (f"{arrow} {found.side}", ink), (f": {where} without delta", "muted")


def _imbalance(flow: OrderFlow | None, *, wide: bool) -> Row:
    """Return order-flow imbalance of each window; where there is little room, of the middle one."""
    told = [(seconds, window.ofi if window is not None else None) for seconds, window in _windows(flow)]
    if not wide:
        seconds, ofi = told[len(told) // 2]
        return _named(f"OFI {_length(seconds, wide=False)}", numbers.signed(ofi), _ink(ofi))
    spans: list[Span] = [("OFI", "muted")]
    for seconds, ofi in told:
        spans += [(f" {_length(seconds, wide=True)}", "muted"), (f" {numbers.signed(ofi)}".ljust(7), _ink(ofi))]
    return tuple(spans)


def _queues(flow: OrderFlow | None, *, wide: bool) -> Row:
    """Return how the lots at the touch are split."""
    share = flow.queue_imbalance if flow is not None else None
    if share is None:
        return _named("queue", UNKNOWN, PLAIN)
    bid = round(100 * share)
    if not wide:
        return _named("queue", f"{bid} % bid", "bid" if share >= 0.5 else "ask")
    cells = round(_BAR * share)
    bar = ("━" * cells, "bid"), ("─" * (_BAR - cells), "ask")
    return ("queue ", "muted"), (f"bid {bid:3} % ", "bid"), *bar, (f" {100 - bid:3} % ask", "ask")


def _microprice(view: MarketView) -> Row:
    """Return the microprice, and on which side of the middle it stands."""
    microprice = view.flow.microprice if view.flow is not None else None
    if microprice is None:
        return _named("microprice", UNKNOWN, PLAIN)
    text = numbers.between_ticks(view.instrument, microprice)
    bid, ask = view.best_bid, view.best_ask
    if view.phase is not MarketPhase.CONTINUOUS or bid is None or ask is None or 2 * microprice == bid + ask:
        return _named("microprice", text, PLAIN)
    side = "buy" if 2 * microprice > bid + ask else "sell"
    return _named("microprice", f"{text} {_ARROWS[side]}", _INKS[side])


def _ink(amount: int | None) -> str:
    return "bid" if amount and amount > 0 else "ask" if amount and amount < 0 else PLAIN


def _named(name: str, value: str, ink: str) -> Row:
    return (f"{name} ", "muted"), (value, ink)
