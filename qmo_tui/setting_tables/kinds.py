"""Kinds of settings that several tables share, and the ground that tables stand on."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

LoggedInterval = Literal["1s", "1m", "5m", "15m", "1h", "session"]
ChartInterval = Literal["1s", "1m", "5m", "15m", "1h"]
StructureInterval = Literal["1m", "5m", "15m"]
LiveFeed = Literal["databento", "yahoo"]
LiveSchema = Literal["mbo", "mbp-10", "mbp-1"]
Currency = Literal["USD"]
DayLimit = Literal["fixed", "trailing"]
Counting = Literal["realised", "open"]
Trail = Literal["none", "structure", "ticks"]
OnEvidence = Literal["off", "ask", "close"]
LogLevel = Literal["debug", "info", "warning", "error"]
AlertKinds = Annotated[
    tuple[Literal["prompt", "fill", "closed", "lock", "trouble", "feed", "price"], ...],
    Meta(description='a list of any of "prompt", "fill", "closed", "lock", "trouble", "feed", "price"'),
]
ClockSpan = Annotated[
    str,
    Meta(
        pattern=r"^$|^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description='two times of day such as "22:00-06:30", or "" for none',
    ),
]
QuietClock = Literal["New York", "local"]
UsedTrigger = Literal["rejection", "sweep_reclaim", "break_retest", "displacement"]
EntryOrder = Literal["limit", "market"]
Switch = Annotated[bool, Meta(description="true or false")]
FewTicks = Annotated[int, Meta(ge=0, le=100, description="a whole number of ticks from 0 to 100")]
MinuteRanges = Annotated[float, Meta(ge=0, le=100, description="minute ranges from 0 to 100")]
"""A distance in usual ranges of a minute."""

HourRanges = Annotated[float, Meta(ge=0, le=100, description="hourly ranges from 0 to 100")]
"""A distance in usual ranges of an hour."""

Wing = Annotated[int, Meta(ge=1, le=10, description="a whole number of bars from 1 to 10")]
"""Bars on each side of a swing."""

Share = Annotated[float, Meta(ge=0, le=1, description="a number from 0 to 1")]

LossPercent = Annotated[float, Meta(ge=0.01, le=100, description="percent of equity from 0.01 to 100")]

FewTrades = Annotated[int, Meta(ge=1, le=100, description="a whole number of trades from 1 to 100")]

Minutes = Annotated[float, Meta(ge=0, le=1_440, description="minutes from 0 to 1440")]

PromptSeconds = Annotated[float, Meta(ge=1, le=3_600, description="seconds from 1 to 3600")]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of `config.toml`."""
