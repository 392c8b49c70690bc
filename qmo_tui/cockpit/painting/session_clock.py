"""The session clock as parts of the status row: session, kill zone, the next halt or moment, what is special today."""

from typing import Final

from engines.timing_view import SessionClock
from qmo_tui.cockpit.frame import NEW_YORK, Frame
from qmo_tui.cockpit.painting import times
from qmo_tui.cockpit.painting.spans import Row, printable
from qmo_tui.cockpit.painting.time_ahead import countdown

_SOON: Final = 60 * 60 * times.SECOND
"""A close so near is told before other moments."""


def session_parts(frame: Frame) -> list[tuple[int, Row]]:
    """Return (importance, part), as `most_important` takes them; nothing where the clock is not known."""
    timing = frame.view.timing
    if timing is None or timing.clock is None or timing.now is None:
        return []
    clock, now = timing.clock, timing.now
    parts: list[tuple[int, Row]] = []
    if frame.zone != NEW_YORK:
        parts.append((3, (("NY ", "muted"), (times.clock_minutes(now, NEW_YORK), "text"))))
    parts.append((2, _state(clock, now)))
    if clock.kill_zone is not None and clock.kill_zone_end is not None:
        told = f"KZ {printable(clock.kill_zone)} {countdown(clock.kill_zone_end - now)} left"
        parts.append((2, ((told, "key bold"),)))
    if clock.note:
        parts.append((3, ((printable(clock.note), "warn"),)))
    ahead = _next(clock, now)
    if ahead:
        parts.append((3, ahead))
    return parts


def _state(clock: SessionClock, now: int) -> Row:
    """Return the session that began last; of a closed market that it is, and until when."""
    if not clock.is_open:
        opens = "" if clock.closing is None else f" opens in {countdown(clock.closing - now)}"
        return (("CLOSED", "warn reverse"), (opens, "warn"))
    return ((printable(clock.sessions[-1]) if clock.sessions else "no session", "text"),)


def _next(clock: SessionClock, now: int) -> Row:
    """Return the next moment, or the close where that is near."""
    if clock.is_open and clock.closing is not None and clock.closing - now <= _SOON:
        return ((f"closes in {countdown(clock.closing - now)}", "warn"),)
    if not clock.marks:
        return ()
    mark = clock.marks[0]
    return ((f"{printable(mark.name)} in ", "muted"), (countdown(mark.ts - now), "text"))
