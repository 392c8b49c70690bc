"""Where the ladder's prices stand in the day's volume profile: a line beside them, and names where there is room.

The line spans the value area, heavy at the point of control; a stroke across it is the volume-weighted average price.
"""

from collections.abc import Mapping
from typing import Final

from engines.view import Profile, SessionProfile

TAG_WIDTH: Final = 4
_BANDS: Final = (1, 2)
"""Multiples of the standard deviation that are named."""


def nearest_tick(ticks: float) -> int:
    """Return the price of the ladder or chart that an average belongs to; half a tick counts upwards."""
    return int((ticks + 0.5) // 1)


def ladder_mark(session: SessionProfile | None, tick: int) -> str:
    """Return the one character of the line beside a price."""
    if session is None:
        return " "
    is_average = tick == nearest_tick(session.vwap)
    if tick == session.poc:
        return "╋" if is_average else "┃"
    if not session.value_low <= tick <= session.value_high:
        return "─" if is_average else " "
    if tick == session.value_high:
        return "┬" if is_average else "┌"
    if tick == session.value_low:
        return "┴" if is_average else "└"
    return "┼" if is_average else "│"


def ladder_tags(profile: Profile | None) -> Mapping[int, str]:
    """Return the names of prices: of two at one price the more important."""
    if profile is None:
        return {}
    tags: dict[int, str] = {}
    session = profile.session
    if session is not None:
        tags |= dict.fromkeys(session.low_nodes, "LVN") | dict.fromkeys(session.high_nodes, "HVN")
        for count in _BANDS:
            tags[nearest_tick(session.vwap + count * session.deviation)] = f"+{count}σ"
            tags[nearest_tick(session.vwap - count * session.deviation)] = f"−{count}σ"
    tags |= {poc.tick: "nPOC" for poc in profile.naked}
    if session is not None:
        tags |= {session.value_low: "VAL", session.value_high: "VAH"}
        tags |= {nearest_tick(session.vwap): "VWAP"}
        tags |= {session.poc: "POC"}
    return tags
