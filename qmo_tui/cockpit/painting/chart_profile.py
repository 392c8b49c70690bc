"""The volume profile on the chart: how it developed bar by bar, its shape beside the bars, and its prices in a row."""

from typing import Final

from engines.view import CompositeProfile, DevelopedProfile, Profile, ProfileOf, SessionProfile, VisibleProfile
from feeds.instrument import Instrument
from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers, times
from qmo_tui.cockpit.painting.blocks import stacked_bar
from qmo_tui.cockpit.painting.grid import Grid
from qmo_tui.cockpit.painting.ladder_profile import nearest_tick
from qmo_tui.cockpit.painting.price_scale import PriceScale
from qmo_tui.cockpit.painting.spans import Row, most_important

SHAPE_WIDTH: Final = 10
"""Cells of the profile's shape, with one of air."""
_SHAPE_FROM: Final = 60
"""Width of a chart that has room for it."""
_AREA_FROM: Final = 12
"""Rows of prices from which the edges of the value area are drawn, too."""
_BAND_SIGNS: Final = ((1, "╌"), (2, "┈"))
"""Multiples of the deviation at which a band stands on either side of the average, and how it is drawn."""
DRAWN: Final[dict[ProfileOf, str]] = {
    "session": "the day",
    "visible": "these bars",
    "recent": "30 minutes",
    "composite": "newest days",
}
"""Whose volume is drawn beside the bars, in words."""
_CENTRES: Final = 2
"""Lines that are drawn at any height: point of control and average."""


def shape_width(profile: Profile | None, width: int) -> int:
    """Return the cells that the profile's shape takes from a chart."""
    return SHAPE_WIDTH if profile is not None and profile.lots and width >= _SHAPE_FROM else 0


def draw_path(grid: Grid, x: int, length: int, developed: DevelopedProfile, scale: PriceScale) -> None:
    """Draw what the profile was at the close of one bar, in blank cells to the right of a column."""
    lines = _lines(developed)
    for tick, sign, ink in lines if grid.height >= _AREA_FROM else lines[:_CENTRES]:
        for place in range(x, x + length):
            grid.put_if_blank(place, scale.row(tick), sign, ink)


def _lines(developed: DevelopedProfile) -> tuple[tuple[int, str, str], ...]:
    """Return (tick, sign, ink), the most important first: of two in one row it is the one that is seen."""
    bands = [
        (nearest_tick(developed.vwap + side * count * developed.deviation), sign, "faint")
        for count, sign in _BAND_SIGNS
        for side in (1, -1)
        if developed.deviation > 0
    ]
    return (
        (developed.poc, "═", "key"),
        (nearest_tick(developed.vwap), "─", "text"),
        (developed.value_high, "▔", "muted"),
        (developed.value_low, "▁", "muted"),
        *bands,
    )


def draw_shape(grid: Grid, x: int, profile: Profile, scale: PriceScale) -> None:
    """Draw lots at each row of the chart as bars to the right of a column, brighter inside the value area."""
    area = _area_of(profile)
    if area is None:
        return
    lots = _lots_by_row(profile, scale, grid.height)
    largest = max(lots, default=0)
    inside = range(scale.row(area.value_high), scale.row(area.value_low) + 1)
    for y, count in enumerate(lots):
        ink = "key" if y == scale.row(area.poc) else "muted" if y in inside else "faint"
        place = x
        for text, bar_ink in stacked_bar(((count, ink),), largest, SHAPE_WIDTH - 1):
            grid.put(place, y, text, bar_ink)
            place += len(text)


def _area_of(profile: Profile) -> SessionProfile | VisibleProfile | CompositeProfile | None:
    """Return the profile whose lots are drawn."""
    return {
        "session": profile.session,
        "visible": profile.visible,
        "recent": profile.recent,
        "composite": profile.composite or profile.session,
    }[profile.of]


def _lots_by_row(profile: Profile, scale: PriceScale, rows: int) -> list[int]:
    """Add up lots over the ticks of each row; a tick that takes several rows stands in all of them."""
    lots = [0] * rows
    for tick, count in enumerate(profile.lots, profile.lots_low):
        first = scale.half(tick)
        for y in {half // 2 for half in range(first, first + scale.halves)}:
            if 0 <= y < rows:
                lots[y] = lots[y] + count if scale.halves == 1 else max(lots[y], count)
    return lots


def profile_row(frame: Frame, profile: Profile, width: int) -> Row:
    """Return the prices of the profile in words, as many as fit, and since when the day has been seen."""
    parts: list[tuple[int, Row]] = []
    session, composite, instrument = profile.session, profile.composite, frame.view.instrument
    if profile.of != "session":
        parts.append((0, ((f" drawn: {DRAWN[profile.of]}", "key"),)))
    if profile.recent is not None:
        area = _area(instrument, profile.recent.value_low, profile.recent.value_high)
        parts.append((0, _named(DRAWN["recent"], f"{numbers.price(instrument, profile.recent.poc)} in {area}")))
    if session is not None:
        average = numbers.between_ticks(instrument, session.vwap)
        spread = numbers.between_ticks(instrument, session.deviation)
        parts += [
            (0, _named(" POC", numbers.price(instrument, session.poc), "key")),
            (1, _named("VA", _area(instrument, session.value_low, session.value_high))),
            (2, _named("VWAP", f"{average} ±{spread}")),
        ]
        if session.since is not None:
            parts.append((4, _named("since", times.clock_minutes(session.since, frame.zone), "muted")))
    if profile.visible is not None:
        visible = profile.visible
        area = _area(instrument, visible.value_low, visible.value_high)
        bars = "1 bar" if visible.bars == 1 else f"{visible.bars} bars"
        parts.append((3, _named(bars, f"{numbers.price(instrument, visible.poc)} in {area}")))
    if profile.naked:
        newest = profile.naked[-1]
        parts.append((3, _named("naked", numbers.price(instrument, newest.tick))))
    if composite is not None:
        area = _area(instrument, composite.value_low, composite.value_high)
        told = f"{numbers.price(instrument, composite.poc)} in {area}"
        parts.append((5, _named(f"{composite.sessions} days", told)))
    return most_important(parts, width)


def _area(instrument: Instrument | None, low: int, high: int) -> str:
    return f"{numbers.price(instrument, low)}–{numbers.price(instrument, high)}"


def _named(name: str, value: str, ink: str = "text") -> Row:
    return (f"{name} ", "muted"), (value, ink)
