"""Lines of the event log as the engines say them, by hand."""

from engines.events import AggressorSide, Bar, Pillar, PillarName, Pillars
from qmo_tui.calibration.inputs import PILLARS

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
TICK = 0.1
START = 1_767_625_200 * SECOND
"""15:00 UTC on Monday 2026-01-05."""


def bar(start: int, interval: str, high: int, low: int, close: int | None = None, *, complete: bool = True) -> Bar:
    """Return a bar, prices in ticks; it opens in its middle."""
    length = {"1s": SECOND, "1m": MINUTE}[interval]
    middle = (high + low) // 2
    return Bar(
        ts=start + length,
        interval=interval,
        open=middle * TICK,
        high=high * TICK,
        low=low * TICK,
        close=(middle if close is None else close) * TICK,
        volume=1,
        buy=1,
        sell=0,
        none=0,
        trades=1,
        delta=1,
        cvd=1,
        start=start,
        gap=0,
        complete=complete,
    )


def pillar(
    name: PillarName, direction: AggressorSide | None = None, strength: float = 0.0, *, available: bool = True
) -> Pillar:
    """Return a pillar."""
    return Pillar(name, available, direction, strength, 0.2, ())


def pillars(
    ts: int, side: AggressorSide | None, *told: Pillar, confidence: float | None = 0.5, coverage: float = 1.0
) -> Pillars:
    """Return a line; pillars that are not told are quiet."""
    given = {one.name: one for one in told}
    return Pillars(
        ts=ts,
        pillars=tuple(given.get(name, pillar(name)) for name in PILLARS),
        side=side,
        confidence=None if side is None else confidence,
        coverage=coverage,
        armed=False,
    )
