"""What the mentor says, written down by hand around the market of `scenes`: pillars, gates, sentences, and time."""

from dataclasses import replace
from typing import Any, Final

import msgspec

from engines.events import Pillar, Reason
from engines.mentor_view import Calibration, Gate, MentorView, PhaseMark, Sentence
from engines.timing_view import (
    ClockMark,
    CycleCount,
    GannCluster,
    GannLevel,
    SessionClock,
    SessionRange,
    SpectralCycle,
    Timing,
    UpcomingWindow,
)
from engines.view import MarketView, ViewRequest
from tests.qmo_tui.cockpit.flow_scenes import flowing_market
from tests.qmo_tui.cockpit.scenes import CENTRE, SECOND, START, ScriptedDesk
from tests.qmo_tui.cockpit.zone_scenes import HELD_BID, ICEBERG, MINUTE, with_zones

EVALUATED: Final = START - 3 * SECOND
PHASE_REASONS: Final = (
    Reason("efficiency ratio", "0.52 over 20 bars", 0.52, "bar", START - 3 * MINUTE, "5m"),
    Reason(
        "bid absorption", "3.4 deviations of volume at 4808.50", 3.4, "absorption", START - 50 * SECOND, HELD_BID.id
    ),
)
PILLARS: Final = (
    Pillar("QMO", True, "buy", 0.62, 0.30, PHASE_REASONS, ts=START - 3 * MINUTE),
    Pillar(
        "IMO",
        True,
        "buy",
        0.81,
        0.25,
        (Reason("native iceberg", "142 lots bought at 4809.25", 142.0, "iceberg", START - SECOND, ICEBERG.id),),
        ts=START - SECOND,
    ),
    Pillar(
        "Gann",
        True,
        "sell",
        0.30,
        0.20,
        (Reason("cluster", "3 families at 4812.00", 3.0, "structure", START - 20 * MINUTE, "15m"),),
        ts=START - 20 * MINUTE,
    ),
    Pillar(
        "Astro",
        True,
        None,
        0.40,
        0.15,
        (Reason("window", "Mercury turns direct", None, "window", START - 60 * MINUTE, "Mercury turns direct"),),
        ts=START - 60 * MINUTE,
    ),
    Pillar("Cycle", False, None, 0.0, 0.10, (), note="12 of 45 bars have closed"),
)
NEWS: Final = Gate("news", is_open=False, reason="CPI in 4 min", until=START + 19 * MINUTE)
GATES: Final = (
    Gate("data", is_open=True, reason="the book is valid"),
    Gate("session", is_open=True, reason="New York"),
    NEWS,
)
SENTENCES: Final = (
    Sentence("phase", "Accumulation since 17:45: sellers hit 4808.50 and it did not fall.", PHASE_REASONS),
    Sentence("zone", "A native iceberg bids at 4809.25, 142 lots filled.", PILLARS[1].reasons),
    Sentence("place", "Three Gann families stand close above, at 4812.00.", PILLARS[2].reasons),
)
MENTOR: Final = MentorView(
    ts=EVALUATED,
    phase=PhaseMark("accumulation", "buy", 0.62, PHASE_REASONS, START - 3 * MINUTE, START - 25 * MINUTE),
    pillars=PILLARS,
    side="buy",
    confidence=0.78,
    coverage=0.90,
    armed=True,
    since=START - 12 * MINUTE,
    gates=GATES,
    sentences=SENTENCES,
)
CALIBRATION: Final = Calibration(412, 0.58, 0.51, 0.65, 0.49, "2023-12-25", "2024-03-01")
TIMING: Final = Timing(
    now=START,
    clock=SessionClock(
        day="2023-12-26",
        sessions=("overnight", "Asia"),
        kill_zone="Asia open",
        kill_zone_end=START + 42 * MINUTE,
        is_open=True,
        closing=START + 22 * 60 * MINUTE,
        note="Christmas: opened 18:00",
        marks=(ClockMark("London opens", START + 9 * 60 * MINUTE),),
        ranges=(
            SessionRange(
                "day", START - 10 * MINUTE, START + 23 * 60 * MINUTE, CENTRE, CENTRE + 9, CENTRE - 7, CENTRE, True
            ),
            SessionRange("New York", START + 14 * 60 * MINUTE, START + 23 * 60 * MINUTE, None, None, None, None, False),
        ),
    ),
    windows=(
        UpcomingWindow(
            "astro", "Moon square Mars", START + 95 * MINUTE, START + 155 * MINUTE, START + 125 * MINUTE, None, 0.043
        ),
        UpcomingWindow("gann", "144 bars from 15:46 low", START - 5 * MINUTE, START + 8 * MINUTE, START, None, 0.021),
    ),
    levels=(
        GannLevel(CENTRE + 3, "eighths", "3/8 of 15m swing", "15m swing 4800.00 to 4832.00"),
        GannLevel(CENTRE + 8, "square of nine", "90 deg of 4800", "low 4800.00"),
        GannLevel(CENTRE - 5, "eighths", "1/4 of 15m swing", "15m swing 4800.00 to 4832.00"),
    ),
    clusters=(GannCluster(CENTRE + 8, CENTRE + 9, 3, "ask", ("90 deg of 4800", "1/2 of 15m swing", "1x1")),),
    cycles=(
        CycleCount("5m", "low", START - 210 * MINUTE, CENTRE - 40, 42, 45, 3, in_force=False, base_rate=0.31),
        CycleCount("1h", "high", START - 20 * 60 * MINUTE, CENTRE + 60, 20, 21, 1, in_force=True, base_rate=0.5),
    ),
    spectral=(SpectralCycle("5m", 34.0, 200, 0.03, START + 40 * MINUTE, "high"),),
)


def mentored(view: MarketView, **changes: Any) -> MarketView:
    """Put the mentor's reading, with some fields changed, and time into a view."""
    fields = {name: getattr(MENTOR, name) for name in MENTOR.__struct_fields__} | changes
    return replace(view, mentor=MentorView(**fields), timing=msgspec.structs.replace(TIMING, now=view.event_time))


class MentoredDesk(ScriptedDesk):
    """A desk whose market has zones, and a mentor who reads it; `told` changes what it says."""

    def __init__(self, **told: Any) -> None:
        super().__init__()
        self.told = told

    def view(self, request: ViewRequest) -> MarketView:
        self.requests.append(request)
        view = with_zones(flowing_market(self.script.second, request), request)
        full = mentored(view, **self.told)
        return replace(
            full, mentor=full.mentor if request.mentor else None, timing=full.timing if request.timing else None
        )
