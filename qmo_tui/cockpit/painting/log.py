"""The log: what the session said and the screen told, a line each, the newest at the bottom."""

from collections.abc import Iterator
from typing import Final

import msgspec

from engines.events import Event
from qmo_tui.cockpit.frame import Frame, LogPage
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.spans import Row, Rows, chosen, fitted, printable, ruled, stacked
from qmo_tui.session.said import ToldLine, kind_of

_KIND_WIDTH: Final = 11
_LEFT_OUT: Final = frozenset({"ts", "id", "start", "order_id", "prompt"})
"""Fields that say nothing to a reader: times in nanoseconds and names of other lines."""
_NANOSECONDS: Final = 10**15
"""Beyond which a number is a time of another line, which stands in that one."""
_WORDS: Final = frozenset(
    {"interval", "tier", "side", "state", "action", "role", "trigger", "reason", "name", "engine", "phase", "direction"}
)
"""Fields whose value says what it is."""
_PRICES: Final = frozenset(
    {"open", "high", "low", "close", "from", "to", "price", "entry", "stop", "extreme", "average", "limit"}
)
"""Fields that are prices, which have all digits of their tick."""
_INKS: Final = {"prompt": "key bold", "decision": "key", "fill": "text bold", "position": "text bold", "risk": "warn"}


def log_subject(frame: Frame) -> object:
    """Return what of a frame the log shows."""
    return frame.log, frame.zone, frame.view.instrument


def paint_log(frame: Frame, width: int, height: int) -> Rows:
    """Paint the title and as many lines as fit."""
    if height <= 0:
        return ()
    page = frame.log
    lines = page.lines[-(height - 1) :] if height > 1 else ()
    rows = [_title(page, width), *(_line(line, frame, width) for line in lines)]
    if not lines:
        rows.append(fitted([(" nothing has been said yet", "muted")], width))
    return stacked(rows, width, height)


def _title(page: LogPage, width: int) -> Row:
    parts: list[tuple[int, Row]] = [(0, ((f" log: {page.kind or 'all'}", "muted"),))]
    if page.later:
        parts.append((1, ((f"{page.later:,} newer below", "warn"),)))
    parts.append((2, ((f"{page.total:,} lines", "muted"),)))
    return ruled(chosen(parts, width), width)


def _line(line: Event | ToldLine, frame: Frame, width: int) -> Row:
    kind, zone, instrument = kind_of(line), frame.zone, frame.view.instrument
    decimals = None if instrument is None else instrument.decimals
    text = line.text if isinstance(line, ToldLine) else "  ".join(_parts(line, decimals))
    head = f" {times.clock(line.ts, zone):<8} "
    told = numbers.minus_signs(printable(text)), _INKS.get(kind, "text")
    return fitted([(head, "muted"), (f"{kind:<{_KIND_WIDTH}}", "key"), told], width)


def _parts(event: Event, decimals: int | None) -> Iterator[str]:
    """Yield the fields of an event that fit into a word or two each."""
    for field, name in zip(event.__struct_fields__, event.__struct_encode_fields__, strict=True):
        value = getattr(event, field)
        if name in _LEFT_OUT or isinstance(value, (tuple, list, dict, msgspec.Struct)):
            continue
        if value is None or value == "" or (isinstance(value, int) and value > _NANOSECONDS):
            continue
        is_price = name in _PRICES and isinstance(value, float) and decimals is not None
        shown = f"{value:.{decimals}f}" if is_price else _value(value)
        yield shown if name in _WORDS else f"{name.replace('_', ' ')} {shown}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
