"""Where the market comes from, and what is kept of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

from msgspec import Meta

from qmo_tui.setting_tables.kinds import LiveFeed, LiveSchema, LogLevel, Switch, Table

_SYMBOL: Final = r"^[A-Za-z0-9._:-]{1,40}$"
_WIRE_SCALE: Final = 1_000_000_000


class Replay(Table, frozen=True, kw_only=True):
    """How a recording is run: `speed` in multiples of real time (0: as fast as possible), `batch` in records."""

    speed: Annotated[
        float, Meta(ge=0, le=10_000, description="a number from 0 (as fast as possible) to 10000 times real time")
    ] = 1.0
    batch: Annotated[int, Meta(ge=1, le=1_048_576, description="a whole number of records from 1 to 1048576")] = 65_536


class Feed(Table, frozen=True, kw_only=True):
    """The live source: where order flow comes from, what is followed, and what stands in while it is out.

    `source` is `databento`, or `yahoo` for a delayed price without order flow; `schema` is the best one asked for.
    """

    source: Annotated[LiveFeed, Meta(description='"databento" or "yahoo"')] = "databento"
    symbol: Annotated[str, Meta(pattern=_SYMBOL, description="a contract such as GC.v.0, GCZ6 or an instrument id")] = (
        "GC.v.0"
    )
    dataset: Annotated[str, Meta(pattern=r"^[A-Z0-9]+\.[A-Z0-9]+$", description="a dataset code such as GLBX.MDP3")] = (
        "GLBX.MDP3"
    )
    schema: Annotated[LiveSchema, Meta(description='"mbo", "mbp-10" or "mbp-1"')] = "mbo"
    context: Switch = True
    context_symbol: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9=.^-]{1,20}$", description="Yahoo's name, such as GC=F")
    ] = "GC=F"
    failover_seconds: Annotated[float, Meta(ge=1, le=3_600, description="seconds from 1 to 3600")] = 20.0
    stable_seconds: Annotated[float, Meta(ge=0, le=3_600, description="seconds from 0 to 3600")] = 10.0


class Recording(Table, frozen=True, kw_only=True):
    """Recordings: their `folder` (empty: the program's data folder), whether the cockpit makes them without a key.

    `frame_seconds` is how much of the market a crash of the machine may cost.
    """

    folder: Annotated[str, Meta(description="a folder, or empty for the program's own")] = ""
    automatic: Switch = False
    frame_seconds: Annotated[float, Meta(ge=0.5, le=60, description="seconds from 0.5 to 60")] = 5.0


class History(Table, frozen=True, kw_only=True):
    """Bars from before a live session, bought from Databento: the most that one start may cost, and how many days.

    With a `cost_limit` of 0 the cost is asked for and said, and only what costs nothing is taken.
    """

    cost_limit: Annotated[float, Meta(ge=0, le=1_000, description="dollars from 0 (buy nothing) to 1000")] = 0.0
    minute_days: Annotated[int, Meta(ge=1, le=60, description="a whole number of days from 1 to 60")] = 5
    hour_days: Annotated[int, Meta(ge=1, le=730, description="a whole number of days from 1 to 730")] = 30


class Log(Table, frozen=True, kw_only=True):
    """How much the log file says."""

    level: Annotated[LogLevel, Meta(description='"debug", "info", "warning" or "error"')] = "info"


class Contract(Table, frozen=True, kw_only=True):
    """One product: its `tick` in currency units, and the `multiplier`, money per lot and price change of 1.0.

    `fee` is what one lot costs for one way, and `margin` what it binds; 0 where there is none to count.
    """

    tick: Annotated[
        float, Meta(ge=1e-9, le=1_000_000, description="a price step from 0.000000001 to 1000000 in currency units")
    ]
    multiplier: Annotated[
        float, Meta(gt=0, le=1e9, description="a number above 0 and up to 1000000000, in currency units a point")
    ]
    fee: Annotated[float, Meta(ge=0, le=10_000, description="money from 0 to 10000")] = 0.0
    margin: Annotated[float, Meta(ge=0, le=1e9, description="money from 0 to 1000000000")] = 0.0

    @property
    def wire_tick(self) -> int:
        """The tick in wire price units of 1e-9."""
        return round(self.tick * _WIRE_SCALE)


CONTRACTS: Final[Mapping[str, Contract]] = MappingProxyType(
    {
        "GC": Contract(tick=0.10, multiplier=100.0, fee=2.50, margin=25_000.0),
        "MGC": Contract(tick=0.10, multiplier=10.0, fee=1.00, margin=2_500.0),
        "SI": Contract(tick=0.005, multiplier=5000.0, fee=2.50),
        "ES": Contract(tick=0.25, multiplier=50.0, fee=2.50),
        "MES": Contract(tick=0.25, multiplier=5.0, fee=1.00),
        "NQ": Contract(tick=0.25, multiplier=20.0, fee=2.50),
        "MNQ": Contract(tick=0.25, multiplier=2.0, fee=1.00),
        "CL": Contract(tick=0.01, multiplier=1000.0, fee=2.50),
    }
)

Root = Annotated[str, Meta(pattern="^[A-Z0-9]{1,6}$")]
"""A product code such as GC, as it begins a raw futures symbol."""
