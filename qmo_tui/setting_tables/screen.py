"""How the cockpit looks."""

from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta

from qmo_tui.cockpit.choices import LadderColumn
from qmo_tui.setting_tables.kinds import ChartInterval, Table


class Ladder(Table, frozen=True, kw_only=True):
    """The ladder: it centres itself when the market is `recentre_margin` rows from its edge (0: only by key).

    `columns` stand on both sides of the price, the nearest first; none means as many as fit. `recent_seconds` is over
    which the column `recent` adds up.
    """

    recentre_margin: Annotated[int, Meta(ge=0, le=50, description="a whole number of rows from 0 to 50")] = 1
    columns: Annotated[tuple[LadderColumn, ...], Meta(description="a list of columns of the ladder")] = ()
    recent_seconds: Annotated[int, Meta(ge=1, le=600, description="a whole number of seconds from 1 to 600")] = 30


class Tape(Table, frozen=True, kw_only=True):
    """The tape: the smallest trade shown, and the smallest that is emphasised, in lots; 0: what is large lately."""

    minimum_size: Annotated[int, Meta(ge=1, le=1_000_000, description="a whole number of lots from 1")] = 1
    big_print: Annotated[
        int, Meta(ge=0, le=1_000_000, description="a whole number of lots, 0 for the largest lately")
    ] = 0


class Cockpit(Table, frozen=True, kw_only=True):
    """What the screen looks like when the cockpit opens."""

    frames_per_second: Annotated[int, Meta(ge=1, le=20, description="a whole number from 1 to 20")] = 10
    theme: Annotated[str, Meta(min_length=1, description='"colour-blind", "dark", "light", "ansi" or your own')] = (
        "colour-blind"
    )
    time_zone: Annotated[ZoneInfo, Meta(description="the IANA name of a time zone, such as America/New_York")] = (
        ZoneInfo("America/New_York")
    )
    chart_interval: Annotated[ChartInterval, Meta(description='"1s", "1m", "5m", "15m" or "1h"')] = "1m"
    ladder: Ladder = Ladder()
    tape: Tape = Tape()
