"""Every setting, typed: what it may be, where its value came from, and how a wrong one is refused.

A value is looked up in this order: the command's flag, the environment, the user's `config.toml`, the packaged
`config.toml`, the default of the field below. The key of a setting is its table and name with dots between
(`cockpit.ladder.recentre_margin`); its environment variable is `QMO_` and the key in capitals with underscores for dots
(`QMO_COCKPIT_LADDER_RECENTRE_MARGIN`), where a list is written with commas; an empty variable counts as unset.

The packaged file explains each setting to the trader; the description in a field's type here is what the error says is
allowed.
"""

import difflib
import hashlib
import os
import reprlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from qmo_tui.errors import QmoError
from qmo_tui.paths import packaged_config_file, user_config_file

LoggedInterval = Literal["1s", "1m", "5m", "15m", "1h", "session"]
ChartInterval = Literal["1s", "1m", "5m", "15m", "1h"]
StructureInterval = Literal["1m", "5m", "15m"]
Theme = Literal["colour-blind", "dark", "light", "ansi"]
LiveFeed = Literal["databento", "yahoo"]
LiveSchema = Literal["mbo", "mbp-10", "mbp-1"]
Currency = Literal["USD"]
DayLimit = Literal["fixed", "trailing"]
Counting = Literal["realised", "open"]
Trail = Literal["none", "structure", "ticks"]
OnEvidence = Literal["off", "ask", "close"]
LogLevel = Literal["debug", "info", "warning", "error"]
AlertKinds = Annotated[
    tuple[Literal["prompt", "fill", "closed", "lock", "trouble", "feed"], ...],
    Meta(description='a list of any of "prompt", "fill", "closed", "lock", "trouble", "feed"'),
]
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

RESERVED_VARIABLES: Final = frozenset(
    {"QMO_HOME", "QMO_DATA", "QMO_DATABENTO_GATEWAY", "QMO_DATABENTO_HISTORICAL_URL", "QMO_YAHOO_URL"}
)
"""Environment variables that start like a setting and are none: folders and the addresses of servers."""
_PREFIX: Final = "QMO_"
_SYMBOL: Final = r"^[A-Za-z0-9._:-]{1,40}$"
_WIRE_SCALE: Final = 1_000_000_000


class SettingsError(QmoError):
    """A setting is unknown, of the wrong kind, or outside what is allowed."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of `config.toml`."""


class Replay(_Table, frozen=True, kw_only=True):
    """How a recording is run: `speed` in multiples of real time (0: as fast as possible), `batch` in records."""

    speed: Annotated[
        float, Meta(ge=0, le=10_000, description="a number from 0 (as fast as possible) to 10000 times real time")
    ] = 1.0
    batch: Annotated[int, Meta(ge=1, le=1_048_576, description="a whole number of records from 1 to 1048576")] = 65_536


class Bars(_Table, frozen=True, kw_only=True):
    """Which bars are reported: `log` names the lengths written to the event log."""

    log: Annotated[
        tuple[LoggedInterval, ...], Meta(description='a list of any of "1s", "1m", "5m", "15m", "1h", "session"')
    ] = ("1m", "5m", "15m", "1h", "session")


class Flow(_Table, frozen=True, kw_only=True):
    """How order flow is read; `docs/flow.md` says what each threshold is for."""

    imbalance_ratio: Annotated[float, Meta(ge=1, le=100, description="a number from 1 to 100")] = 3.0
    imbalance_least: Annotated[float, Meta(ge=0, le=100, description="a number from 0 to 100")] = 1.0
    stacked: Annotated[int, Meta(ge=1, le=100, description="a whole number of prices from 1 to 100")] = 3
    bias_enter: Annotated[float, Meta(ge=0, le=100, description="standard deviations from 0 to 100")] = 2.0
    bias_leave: Annotated[float, Meta(ge=0, le=100, description="standard deviations from 0 to 100")] = 1.0
    baseline_minutes: Annotated[int, Meta(ge=1, le=1_440, description="a whole number of minutes from 1 to 1440")] = 60
    divergence_bars: Annotated[int, Meta(ge=5, le=500, description="a whole number of bars from 5 to 500")] = 20
    divergence_shortfall: Annotated[float, Meta(ge=0, le=100, description="mean bar deltas from 0 to 100")] = 1.0
    big_print_percent: Annotated[float, Meta(ge=0.01, le=50, description="a number from 0.01 to 50")] = 1.0


class Icebergs(_Table, frozen=True, kw_only=True):
    """How icebergs are followed: an inferred one ends after `inferred_quiet` seconds without a trade at its price.

    A synthetic one is made of `synthetic_reposts` re-posts, each within `synthetic_window_ms`, and goes on
    after a pause of `synthetic_pause_seconds`; it is said where the estimated precision is sure to reach
    `synthetic_least`. An ended one stays on the screen for `ended_minutes`, where
    it filled `ended_least` times the median of the ended ones of its kind.
    """

    inferred_quiet: Annotated[int, Meta(ge=1, le=86_400, description="a whole number of seconds from 1 to 86400")] = 300
    synthetic_window_ms: Annotated[float, Meta(ge=0.001, le=400, description="milliseconds from 0.001 to 400")] = 3.0
    synthetic_reposts: Annotated[int, Meta(ge=1, le=100, description="a whole number from 1 to 100")] = 2
    synthetic_pause_seconds: Annotated[float, Meta(ge=0, le=3600, description="seconds from 0 to 3600")] = 30.0
    synthetic_least: Annotated[float, Meta(ge=0, le=1, description="a share from 0 to 1")] = 0.5
    ended_minutes: Annotated[float, Meta(ge=0, le=1_440, description="minutes from 0 to 1440")] = 15.0
    ended_least: Annotated[float, Meta(ge=0, le=1_000, description="a number from 0 to 1000")] = 1.0


class Memory(_Table, frozen=True, kw_only=True):
    """How zones are remembered across sessions; `docs/memory.md` says what each distance is for."""

    keep: Switch = True
    merge: FewTicks = 3
    widest: Annotated[int, Meta(ge=0, le=1_000, description="a whole number of ticks from 0 to 1000")] = 8
    leave: MinuteRanges = 2.0
    leave_least: Annotated[int, Meta(ge=1, le=10_000, description="a whole number of ticks from 1 to 10000")] = 10
    through: MinuteRanges = 0.5
    through_least: Annotated[int, Meta(ge=1, le=10_000, description="a whole number of ticks from 1 to 10000")] = 3
    decay: Annotated[float, Meta(ge=0.1, le=1_000, description="sessions from 0.1 to 1000")] = 5.0
    forget: Annotated[int, Meta(ge=1, le=1_000, description="a whole number of sessions from 1 to 1000")] = 20
    most: Annotated[int, Meta(ge=1, le=1_024, description="a whole number of zones from 1 to 1024")] = 128


class Absorption(_Table, frozen=True, kw_only=True):
    """What is called absorption and how its zones live; `docs/absorption.md` says what each threshold is for."""

    window: Annotated[int, Meta(ge=10, le=600, description="a whole number of seconds from 10 to 600")] = 30
    zone_ticks: Annotated[int, Meta(ge=1, le=16, description="a whole number of ticks from 1 to 16")] = 1
    volume_z: Annotated[float, Meta(ge=0, le=100, description="deviations from 0 to 100")] = 2.25
    progress: FewTicks = 1
    refill: Annotated[float, Meta(ge=-100, le=100, description="a number from -100 to 100")] = 0.7
    impact_z: Annotated[float, Meta(ge=0, le=100, description="deviations from 0 to 100")] = 0.4
    merge_ticks: FewTicks = 2
    merge_minutes: Annotated[int, Meta(ge=0, le=1_440, description="a whole number of minutes from 0 to 1440")] = 10
    touch_range: MinuteRanges = 0.5
    confirm_range: MinuteRanges = 1.5
    break_ticks: Annotated[int, Meta(ge=1, le=1_000, description="a whole number of ticks from 1 to 1000")] = 2
    break_volume: Annotated[float, Meta(ge=0, le=1_000, description="a number from 0 to 1000")] = 1.0
    expire_minutes: Annotated[int, Meta(ge=1, le=1_500, description="a whole number of minutes from 1 to 1500")] = 120


class Structure(_Table, frozen=True, kw_only=True):
    """Swings, breaks of structure and fair value gaps: of which bars, and how small a gap is told."""

    intervals: Annotated[tuple[StructureInterval, ...], Meta(description='a list of any of "1m", "5m", "15m"')] = (
        "1m",
        "5m",
        "15m",
    )
    wing: Wing = 2
    least_gap: Annotated[float, Meta(ge=0, le=100, description="bar ranges from 0 to 100")] = 0.5
    gaps_near: Annotated[float, Meta(ge=0, le=1_000, description="bar ranges from 0 to 1000")] = 10.0


class Sweeps(_Table, frozen=True, kw_only=True):
    """Which prices are liquidity pools, and when a run beyond one is a sweep or an accepted break."""

    equal_ticks: FewTicks = 2
    recent_minutes: Annotated[int, Meta(ge=1, le=60, description="a whole number of minutes from 1 to 60")] = 20
    left: MinuteRanges = 0.1
    most_beyond: MinuteRanges = 1.5
    reclaim_seconds: Annotated[int, Meta(ge=1, le=3_600, description="a whole number of seconds from 1 to 3600")] = 120
    accept_closes: Annotated[int, Meta(ge=1, le=60, description="a whole number of minutes from 1 to 60")] = 2
    stop_burst: Annotated[float, Meta(gt=0, le=1_000, description="a number above 0 and up to 1000")] = 8.0
    burst: Annotated[float, Meta(gt=0, le=1_000, description="a number above 0 and up to 1000")] = 2.5
    least_score: Share = 0.5
    pools_near: Annotated[float, Meta(ge=0, le=1_000, description="minute ranges from 0 to 1000")] = 10.0


class Phase(_Table, frozen=True, kw_only=True):
    """When a phase of the market is called; `docs/phase.md` says what each threshold is for."""

    bars: Annotated[int, Meta(ge=5, le=200, description="a whole number of five-minute bars from 5 to 200")] = 20
    hysteresis: Annotated[int, Meta(ge=1, le=20, description="a whole number of bars from 1 to 20")] = 2
    trending: Share = 0.45
    resting: Share = 0.3
    flat: Annotated[float, Meta(ge=0, le=100, description="mean ranges of a bar from 0 to 100")] = 1.5
    push: Annotated[float, Meta(ge=0, le=100, description="standard deviations from 0 to 100")] = 0.5
    wing: Wing = 2
    value_bars: Annotated[int, Meta(ge=1, le=276, description="a whole number of five-minute bars from 1 to 276")] = 6
    usual_days: Annotated[int, Meta(ge=1, le=20, description="a whole number of days from 1 to 20")] = 5
    stale_minutes: Annotated[int, Meta(ge=5, le=1_440, description="a whole number of minutes from 5 to 1440")] = 15


class Imo(_Table, frozen=True, kw_only=True):
    """What the institutional footprint goes by; `docs/footprint.md` says what each number is for."""

    near: Annotated[float, Meta(ge=0, le=10, description="hourly ranges from 0 to 10")] = 0.25
    near_ticks: Annotated[int, Meta(ge=1, le=1_000, description="a whole number of ticks from 1 to 1000")] = 10
    beyond_ticks: FewTicks = 1
    resting_minutes: Annotated[float, Meta(ge=1, le=10_000, description="minutes from 1 to 10000")] = 30.0
    sweep_minutes: Annotated[float, Meta(ge=1, le=10_000, description="minutes from 1 to 10000")] = 20.0
    memory_hours: Annotated[float, Meta(ge=1, le=10_000, description="hours from 1 to 10000")] = 80.0
    flow_minutes: Annotated[int, Meta(ge=1, le=60, description="a whole number of minutes from 1 to 60")] = 3
    flow_full: Annotated[float, Meta(ge=0.1, le=100, description="standard deviations from 0.1 to 100")] = 3.0
    least: Share = 0.1
    resting: Share = 0.3
    sweep: Share = 0.25
    memory: Share = 0.2
    flow: Share = 0.15
    agreement: Share = 0.1


class PillarWeights(_Table, frozen=True, kw_only=True):
    """How much each of the five pillars counts; only their proportions matter."""

    qmo: Share = 0.30
    imo: Share = 0.25
    gann: Share = 0.20
    astro: Share = 0.15
    cycle: Share = 0.10


class BodyWeights(_Table, frozen=True, kw_only=True):
    """How much windows of the bodies of the sky count; one of two bodies counts as their mean."""

    moon: Share = 0.4
    mercury: Share = 0.5
    venus: Share = 0.2
    sun: Share = 0.3
    mars: Share = 0.6
    jupiter: Share = 0.7
    saturn: Share = 0.8


class Mentor(_Table, frozen=True, kw_only=True):
    """What the pillars count, and when their score arms; `docs/mentor.md` says what each threshold is for."""

    least_lean: Share = 0.2
    arm: Share = 0.75
    disarm: Share = 0.68
    coverage: Share = 0.75
    dwell_seconds: Annotated[int, Meta(ge=0, le=3_600, description="a whole number of seconds from 0 to 3600")] = 5
    lapse_seconds: Annotated[int, Meta(ge=60, le=3_600, description="a whole number of seconds from 60 to 3600")] = 180
    stale_seconds: Annotated[float, Meta(ge=0.1, le=3_600, description="seconds from 0.1 to 3600")] = 5.0
    extreme: Annotated[float, Meta(ge=1, le=100, description="a number from 1 to 100")] = 3.0
    calm: Annotated[float, Meta(ge=1, le=100, description="a number from 1 to 100")] = 2.0
    weights: PillarWeights = PillarWeights()
    astro: BodyWeights = BodyWeights()


class Gann(_Table, frozen=True, kw_only=True):
    """Which levels Gann's rules give and where they agree; `docs/gann.md` says what each number is for."""

    wing: Wing = 3
    square_scale: Annotated[float, Meta(ge=1e-6, le=1e6, description="currency units from 0.000001 to 1000000")] = 1.0
    square_step: Annotated[float, Meta(ge=5, le=360, description="degrees from 5 to 360")] = 45.0
    angle_unit: Annotated[float, Meta(ge=0, le=1e6, description="currency units a bar from 0 to 1000000")] = 0.0
    angle_ranges: Annotated[float, Meta(ge=0.001, le=100, description="bar ranges from 0.001 to 100")] = 0.5
    touch_ticks: Annotated[int, Meta(ge=0, le=1_000, description="a whole number of ticks from 0 to 1000")] = 3
    touch_range: HourRanges = 0.05
    cluster_ticks: Annotated[int, Meta(ge=0, le=1_000, description="a whole number of ticks from 0 to 1000")] = 6
    cluster_range: HourRanges = 0.1
    families: Annotated[int, Meta(ge=2, le=5, description="a whole number from 2 to 5")] = 3
    visit_minutes: Annotated[int, Meta(ge=1, le=240, description="a whole number of minutes from 1 to 240")] = 15
    near: HourRanges = 2.0


class Cycles(_Table, frozen=True, kw_only=True):
    """From which pivots bars are counted, and how the strongest period is looked for; `docs/cycles.md` has it all."""

    wing: Wing = 3
    reach: Annotated[int, Meta(ge=0, le=200, description="a whole number of bars from 0 to 200")] = 21
    pivots: Annotated[int, Meta(ge=1, le=10, description="a whole number from 1 to 10")] = 2
    spectrum_bars: Annotated[int, Meta(ge=64, le=1_024, description="a whole number of bars from 64 to 1024")] = 192
    shortest: Annotated[int, Meta(ge=3, le=512, description="a whole number of bars from 3 to 512")] = 8
    longest: Annotated[int, Meta(ge=3, le=512, description="a whole number of bars from 3 to 512")] = 48
    significance: Share = 0.01


class Sessions(_Table, frozen=True, kw_only=True):
    """When no prompt may arise for the hour's sake: close to where trading stops, and just after it begins."""

    before_close_minutes: Minutes = 10.0
    after_open_minutes: Minutes = 1.0


class News(_Table, frozen=True, kw_only=True):
    """How long events of the news calendar forbid prompts, minutes before and after; `docs/news.md` has its format."""

    high_before: Minutes = 5.0
    high_after: Minutes = 15.0
    medium_before: Minutes = 0.0
    medium_after: Minutes = 0.0
    low_before: Minutes = 0.0
    low_after: Minutes = 0.0


class Account(_Table, frozen=True, kw_only=True):
    """The account that the paper broker trades: its equity before the first trade, and its currency."""

    equity: Annotated[float, Meta(ge=0, le=1e9, description="money from 0 to 1000000000")] = 50_000.0
    currency: Annotated[Currency, Meta(description='"USD": contracts are paid in dollars, nothing is converted')] = (
        "USD"
    )


class Risk(_Table, frozen=True, kw_only=True):
    """Limits of the account, in percent of equity at the begin of the day or week; `docs/risk.md` explains each."""

    per_trade: Annotated[float, Meta(ge=0.01, le=1, description="percent of equity from 0.01 to 1")] = 0.5
    session_loss: LossPercent = 1.0
    session_losses: FewTrades = 2
    day_loss: LossPercent = 2.0
    day_reduce: LossPercent = 1.0
    week_reduce: LossPercent = 4.0
    week_loss: LossPercent = 6.0
    session_trades: FewTrades = 2
    day_trades: FewTrades = 4
    losses_in_a_row: FewTrades = 3
    cooldown_minutes: Minutes = 15.0
    contracts: Annotated[int, Meta(ge=1, le=1_000, description="a whole number of contracts from 1 to 1000")] = 10
    reduced_size: Annotated[int, Meta(ge=0, le=100, description="a whole percentage from 0 to 100")] = 50
    warn: Annotated[int, Meta(ge=1, le=100, description="a whole percentage from 1 to 100")] = 40
    day_limit: Annotated[DayLimit, Meta(description='"fixed" or "trailing"')] = "fixed"
    counting: Annotated[Counting, Meta(description='"realised" or "open"')] = "open"


class EntryTriggers(_Table, frozen=True, kw_only=True):
    """What may prompt, and when evidence counts as such; `docs/prompts.md` says what each number is for."""

    used: Annotated[
        tuple[UsedTrigger, ...],
        Meta(description='a list of any of "rejection", "sweep_reclaim", "break_retest", "displacement"'),
    ] = ("rejection", "sweep_reclaim", "break_retest", "displacement")
    touch_minutes: Annotated[int, Meta(ge=1, le=60, description="a whole number of minutes from 1 to 60")] = 3
    leave: MinuteRanges = 0.5
    through: MinuteRanges = 0.25
    least_iceberg: Annotated[float, Meta(ge=0, le=100, description="minutes of volume from 0 to 100")] = 0.1
    least_memory: Share = 0.55
    least_pool: Share = 0.5
    away: MinuteRanges = 1.0
    retest_minutes: Annotated[int, Meta(ge=1, le=1_440, description="a whole number of minutes from 1 to 1440")] = 60
    near: MinuteRanges = 0.25
    hold: MinuteRanges = 0.25
    wide: Annotated[float, Meta(ge=1, le=100, description="a number from 1 to 100")] = 2.0
    pressed: Annotated[float, Meta(ge=1, le=100, description="a number from 1 to 100")] = 2.0


class Entry(_Table, frozen=True, kw_only=True):
    """How evidence becomes a prompt, and how long it is one; `docs/prompts.md` says what each number is for."""

    order: Annotated[EntryOrder, Meta(description='"limit" or "market"')] = "limit"
    offset_ticks: FewTicks = 1
    fresh_seconds: PromptSeconds = 60.0
    reach: MinuteRanges = 2.0
    stop_buffer_ticks: FewTicks = 2
    least_stop_ticks: Annotated[int, Meta(ge=1, le=1_000, description="a whole number of ticks from 1 to 1000")] = 5
    least_stop: MinuteRanges = 0.5
    most_stop: MinuteRanges = 3.0
    default_stop: Annotated[float, Meta(ge=0.1, le=100, description="minute ranges from 0.1 to 100")] = 1.5
    slip_ticks: FewTicks = 1
    target_offset_ticks: FewTicks = 1
    first_target: Annotated[float, Meta(ge=0, le=100, description="stop distances from 0 to 100")] = 1.0
    first_share: Share = 0.5
    least_reward_risk: Annotated[float, Meta(ge=0, le=100, description="a number from 0 to 100")] = 1.5
    life_seconds: PromptSeconds = 75.0
    moved_ticks: Annotated[int, Meta(ge=0, le=1_000, description="a whole number of ticks from 0 to 1000")] = 3
    moved: MinuteRanges = 0.25
    snooze_seconds: PromptSeconds = 60.0
    quiet_minutes: Minutes = 15.0
    triggers: EntryTriggers = EntryTriggers()


class Exits(_Table, frozen=True, kw_only=True):
    """How orders and positions are kept after a trader has confirmed them; `docs/trading.md` explains each."""

    break_even: Annotated[float, Meta(ge=0, le=100, description="a multiple of the risk from 0 to 100")] = 1.0
    trail: Annotated[Trail, Meta(description='"none", "structure" or "ticks"')] = "structure"
    trail_ticks: Annotated[int, Meta(ge=1, le=1_000, description="a whole number of ticks from 1 to 1000")] = 3
    swing_wing: Wing = 2
    longest_minutes: Minutes = 0.0
    before_close_minutes: Minutes = 5.0
    evidence: Annotated[OnEvidence, Meta(description='"off", "ask" or "close"')] = "ask"
    evidence_score: Share = 0.5
    entry_minutes: Annotated[float, Meta(ge=0.1, le=1_440, description="minutes from 0.1 to 1440")] = 5.0
    flatten_at_lock: Switch = True


class Paper(_Table, frozen=True, kw_only=True):
    """How the paper broker fills; `docs/paper-broker.md` says how each number is used."""

    latency_ms: Annotated[float, Meta(ge=0, le=10_000, description="milliseconds from 0 to 10000")] = 50.0
    extra_ticks: Annotated[int, Meta(ge=0, le=100, description="a whole number of ticks from 0 to 100")] = 1


class Calibration(_Table, frozen=True, kw_only=True):
    """How scores are held against what came; `docs/calibration.md` says how each number is used."""

    target: Annotated[float, Meta(gt=0, le=100, description="minute ranges above 0 and up to 100")] = 3.0
    stop: Annotated[float, Meta(gt=0, le=100, description="minute ranges above 0 and up to 100")] = 3.0
    horizon: Annotated[int, Meta(ge=1, le=1_380, description="a whole number of minutes from 1 to 1380")] = 60
    spread: Annotated[float, Meta(ge=0, le=1_000, description="ticks from 0 to 1000")] = 1.0
    slippage: Annotated[float, Meta(ge=0, le=1_000, description="ticks from 0 to 1000")] = 1.0
    fees: Annotated[float, Meta(ge=0, le=10_000, description="currency units from 0 to 10000")] = 5.0
    least_outcomes: Annotated[
        int, Meta(ge=300, le=1_000_000, description="a whole number of outcomes from 300 to 1000000")
    ] = 300
    ridge: Annotated[float, Meta(gt=0, le=100_000, description="a number above 0 and up to 100000")] = 10.0
    embargo: Annotated[int, Meta(ge=0, le=10_000, description="a whole number of minutes from 0 to 10000")] = 60
    shifts: Annotated[int, Meta(ge=1_000, le=100_000, description="a whole number from 1000 to 100000")] = 2_000


class Ladder(_Table, frozen=True, kw_only=True):
    """The ladder: it centres itself when the market is `recentre_margin` rows from its edge (0: only by key)."""

    recentre_margin: Annotated[int, Meta(ge=0, le=50, description="a whole number of rows from 0 to 50")] = 1


class Tape(_Table, frozen=True, kw_only=True):
    """The tape: the smallest trade shown, and the smallest that is emphasised, in lots; 0: what is large lately."""

    minimum_size: Annotated[int, Meta(ge=1, le=1_000_000, description="a whole number of lots from 1")] = 1
    big_print: Annotated[
        int, Meta(ge=0, le=1_000_000, description="a whole number of lots, 0 for the largest lately")
    ] = 0


class Cockpit(_Table, frozen=True, kw_only=True):
    """What the screen looks like when the cockpit opens."""

    frames_per_second: Annotated[int, Meta(ge=1, le=20, description="a whole number from 1 to 20")] = 10
    theme: Annotated[Theme, Meta(description='"colour-blind", "dark", "light" or "ansi"')] = "colour-blind"
    time_zone: Annotated[ZoneInfo, Meta(description="the IANA name of a time zone, such as America/New_York")] = (
        ZoneInfo("America/New_York")
    )
    chart_interval: Annotated[ChartInterval, Meta(description='"1s", "1m", "5m", "15m" or "1h"')] = "1m"
    ladder: Ladder = Ladder()
    tape: Tape = Tape()


class Alerts(_Table, frozen=True, kw_only=True):
    """What rings the terminal's bell, and what runs a command of the trader's own."""

    bell: AlertKinds = ("prompt", "fill", "closed", "lock", "trouble", "feed")
    notify: AlertKinds = ("prompt", "fill", "closed", "lock", "trouble", "feed")
    command: Annotated[tuple[str, ...], Meta(description="a list of a program and its arguments")] = ()
    timeout_seconds: Annotated[float, Meta(ge=0.1, le=60, description="seconds from 0.1 to 60")] = 5.0


class Feed(_Table, frozen=True, kw_only=True):
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


class Recording(_Table, frozen=True, kw_only=True):
    """Recordings: their `folder` (empty: the program's data folder), whether the cockpit makes them without a key.

    `frame_seconds` is how much of the market a crash of the machine may cost.
    """

    folder: Annotated[str, Meta(description="a folder, or empty for the program's own")] = ""
    automatic: Switch = False
    frame_seconds: Annotated[float, Meta(ge=0.5, le=60, description="seconds from 0.5 to 60")] = 5.0


class History(_Table, frozen=True, kw_only=True):
    """Bars from before a live session, bought from Databento: the most that one start may cost, and how many days.

    With a `cost_limit` of 0 the cost is asked for and said, and only what costs nothing is taken.
    """

    cost_limit: Annotated[float, Meta(ge=0, le=1_000, description="dollars from 0 (buy nothing) to 1000")] = 0.0
    minute_days: Annotated[int, Meta(ge=1, le=60, description="a whole number of days from 1 to 60")] = 5
    hour_days: Annotated[int, Meta(ge=1, le=730, description="a whole number of days from 1 to 730")] = 30


class Log(_Table, frozen=True, kw_only=True):
    """How much the log file says."""

    level: Annotated[LogLevel, Meta(description='"debug", "info", "warning" or "error"')] = "info"


class Contract(_Table, frozen=True, kw_only=True):
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


_CONTRACTS: Final[Mapping[str, Contract]] = MappingProxyType(
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


class Settings(_Table, frozen=True, kw_only=True):
    """All settings; `instruments` maps a product root (`GC`) to its contract."""

    replay: Replay = Replay()
    bars: Bars = Bars()
    flow: Flow = Flow()
    icebergs: Icebergs = Icebergs()
    absorption: Absorption = Absorption()
    structure: Structure = Structure()
    sweeps: Sweeps = Sweeps()
    memory: Memory = Memory()
    phase: Phase = Phase()
    imo: Imo = Imo()
    gann: Gann = Gann()
    cycles: Cycles = Cycles()
    mentor: Mentor = Mentor()
    sessions: Sessions = Sessions()
    news: News = News()
    account: Account = Account()
    risk: Risk = Risk()
    entry: Entry = Entry()
    exits: Exits = Exits()
    paper: Paper = Paper()
    calibration: Calibration = Calibration()
    cockpit: Cockpit = Cockpit()
    alerts: Alerts = Alerts()
    feed: Feed = Feed()
    recording: Recording = Recording()
    history: History = History()
    log: Log = Log()
    instruments: dict[Root, Contract] = msgspec.field(default_factory=lambda: dict(_CONTRACTS))


class Layer(StrEnum):
    """The places a value may come from, the strongest first."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    USER_FILE = "user file"
    PACKAGED_FILE = "packaged file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: the layer, and the flag, variable or file there (empty for a default)."""

    layer: Layer
    where: str = ""

    def __str__(self) -> str:
        return f"{self.layer} {self.where}".rstrip()


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force.

    Attributes:
        settings: The values.
        origins: Where each value came from, by key (`replay.speed`), in the order of `config.toml`.
    """

    settings: Settings
    origins: Mapping[str, Origin]


def load(
    flags: Mapping[str, object] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    user_file: Path | None = None,
    packaged_file: Path | None = None,
) -> Loaded:
    """Read the settings in force.

    Args:
        flags: Values given on the command line, by key; None stands for a flag that was not given. The flag of a key
            is called like its last name: `replay.speed` is `--speed`.
        environment: Environment variables; the process's own unless given.
        user_file: The user's settings, which need not exist; their usual place unless given.
        packaged_file: The file that holds the defaults; the one that came with the program unless given.

    Raises:
        SettingsError: A file cannot be read, or a key or value is not allowed. The message is one line that names the
            file, variable or flag, the key, and what is allowed.
    """
    layers = (
        _read_file(packaged_file or packaged_config_file(), Layer.PACKAGED_FILE),
        _read_file(user_file or user_config_file(), Layer.USER_FILE),
        _read_environment(os.environ if environment is None else environment),
        _read_flags(flags or {}),
    )
    found: dict[str, _Found] = {}
    for layer in layers:
        found |= layer
    settings = _build(found)
    given = {key: found[key].origin if key in found else Origin(Layer.DEFAULT) for key, _ in values(settings)}
    return Loaded(settings, MappingProxyType(given))


def values(settings: Settings) -> Iterator[tuple[str, Any]]:
    """Yield each setting's key and value, in the order of the tables above."""
    yield from _leaves(settings, "")


def plain(value: object) -> object:
    """Return a setting's value as TOML and JSON write it: a number, a string or a list of them."""
    return msgspec.to_builtins(value, enc_hook=str)


def settings_digest(settings: Settings) -> str:
    """Return a hash of the settings that change which events the engines report, 16 hexadecimal digits."""
    relevant = {
        "bars": settings.bars,
        "flow": settings.flow,
        "icebergs": settings.icebergs,
        "absorption": settings.absorption,
        "structure": settings.structure,
        "sweeps": settings.sweeps,
        "memory": settings.memory,
        "phase": settings.phase,
        "imo": settings.imo,
        "mentor": settings.mentor,
        "gann": settings.gann,
        "cycles": settings.cycles,
        "instruments": {
            root: {"tick": contract.tick, "multiplier": contract.multiplier}
            for root, contract in settings.instruments.items()
        },
    }
    canonical = msgspec.json.encode(relevant, order="sorted")
    return hashlib.blake2b(canonical, digest_size=8).hexdigest()


# Reading one layer: each returns what it found, checked, by key.


@dataclass(frozen=True, slots=True)
class _Found:
    value: object
    origin: Origin


def _read_file(path: Path, layer: Layer) -> dict[str, _Found]:
    try:
        with path.open("rb") as file:
            tree = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    origin = Origin(layer, str(path))
    return {key: _Found(value, origin) for key, value in _checked(tree, Settings, "", path)}


def _checked(tree: Mapping[str, object], table: type[_Table], prefix: str, path: Path) -> Iterator[tuple[str, object]]:
    """Yield key and converted value of every setting in one table of a file."""
    types = _types_of(table)
    for name, value in tree.items():
        key = prefix + name
        if name not in types:
            raise SettingsError(f"{path}: unknown key {key!r}{_hint(key, _all_keys())}")
        yield from _checked_value(key, value, types[name], path)


def _checked_value(key: str, value: object, kind: Any, path: Path) -> Iterator[tuple[str, object]]:
    if not _is_table(kind):
        yield key, _convert(value, kind, f"{path}: {key}", strict=True)
        return
    if not isinstance(value, dict):
        raise SettingsError(f"{path}: {key} is a table: write its settings under [{key}]")
    if get_origin(kind) is dict:
        for root, contract in value.items():
            _check_root(root, f"{path}: {key}.{root}")
            yield from _checked_value(f"{key}.{root}", contract, Contract, path)
        return
    yield from _checked(value, kind, f"{key}.", path)


def _read_environment(environment: Mapping[str, str]) -> dict[str, _Found]:
    types = {_variable(key): (key, kind) for key, kind in _all_types()}
    found = {}
    for name in sorted(environment):
        text = environment[name]
        if not text or not name.startswith(_PREFIX) or name in RESERVED_VARIABLES:
            continue
        named = types.get(name) or _contract_variable(name)
        if named is None:
            raise SettingsError(f"unknown environment variable {name}{_hint(name, [*types, *RESERVED_VARIABLES])}")
        key, kind = named
        written = [word.strip() for word in text.split(",")] if get_origin(_bare(kind)) is tuple else text
        found[key] = _Found(_convert(written, kind, name, strict=False), Origin(Layer.ENVIRONMENT, name))
    return found


def _contract_variable(name: str) -> tuple[str, Any] | None:
    """Read the variable of a product that no file names, such as `QMO_INSTRUMENTS_HG_TICK`."""
    match name.removeprefix(_PREFIX).split("_"):
        case ["INSTRUMENTS", root, field] if field.lower() in Contract.__struct_fields__:
            _check_root(root, name)
            return f"instruments.{root}.{field.lower()}", _types_of(Contract)[field.lower()]
    return None


def _read_flags(flags: Mapping[str, object]) -> dict[str, _Found]:
    types = dict(_all_types())
    found = {}
    for key, value in flags.items():
        if value is None:
            continue
        flag = f"--{key.rpartition('.')[2].replace('_', '-')}"
        found[key] = _Found(_convert(value, types[key], flag, strict=True), Origin(Layer.FLAG, flag))
    return found


def _build(found: Mapping[str, _Found]) -> Settings:
    """Put the found values together; what no layer holds takes its default."""
    contracts: dict[str, Any] = {root: msgspec.structs.asdict(contract) for root, contract in _CONTRACTS.items()}
    tree: dict[str, Any] = {"instruments": contracts}
    for key, one in found.items():
        *tables, name = key.split(".")
        table = tree
        for part in tables:
            table = table.setdefault(part, {})
        table[name] = one.value
    for root, contract in contracts.items():
        _require_both(root, contract, found)
    return msgspec.convert(tree, Settings, dec_hook=_decode)


def _require_both(root: str, contract: Mapping[str, object], found: Mapping[str, _Found]) -> None:
    for name in ("tick", "multiplier"):
        if name not in contract:
            where = next(one.origin.where for key, one in found.items() if key.startswith(f"instruments.{root}."))
            raise SettingsError(f"{where}: instruments.{root} needs tick and multiplier; {name} is missing")


# What the structs above say about keys and types.


def _types_of(table: type[_Table]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(table)}


def _all_types() -> Iterator[tuple[str, Any]]:
    """Yield key and type of every setting, the known products' included."""
    yield from _leaf_types(Settings, "")


def _leaf_types(table: type[_Table], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, kind in _types_of(table).items():
        if get_origin(kind) is dict:
            for root in _CONTRACTS:
                yield from _leaf_types(Contract, f"{prefix}{name}.{root}.")
        elif _is_table(kind):
            yield from _leaf_types(kind, f"{prefix}{name}.")
        else:
            yield prefix + name, kind


def _leaves(table: _Table, prefix: str) -> Iterator[tuple[str, Any]]:
    for name in table.__struct_fields__:
        value = getattr(table, name)
        if isinstance(value, dict):
            for root, contract in value.items():
                yield from _leaves(contract, f"{prefix}{name}.{root}.")
        elif isinstance(value, _Table):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _all_keys() -> list[str]:
    """Return every key and every table's name."""
    keys = [key for key, _ in _all_types()]
    tables = {".".join(parts[:depth]) for parts in (key.split(".") for key in keys) for depth in range(1, len(parts))}
    return [*keys, *sorted(tables)]


def _is_table(kind: Any) -> bool:
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, _Table))


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _variable(key: str) -> str:
    return _PREFIX + key.replace(".", "_").upper()


_Value = TypeVar("_Value")


def _convert(value: object, kind: type[_Value], where: str, *, strict: bool) -> _Value:
    """Return the value in its setting's type.

    Raises:
        SettingsError: It is of another kind or outside the range; the message is `where` and what is allowed.
    """
    try:
        return msgspec.convert(value, kind, strict=strict, dec_hook=_decode)
    except msgspec.ValidationError:
        raise SettingsError(f"{where}: {reprlib.repr(value)} is not {_allowed(kind)}") from None


def _decode(kind: type, value: object) -> object:
    """Read a time zone, the one setting whose type TOML does not know.

    Raises:
        ValueError: There is no such zone.
    """
    if isinstance(value, kind):
        return value
    if kind is not ZoneInfo or not isinstance(value, str):
        raise ValueError("not a time zone")
    try:
        return ZoneInfo(value)
    except (KeyError, OSError) as error:
        raise ValueError("not a time zone") from error


def _allowed(kind: Any) -> str:
    """Return the description of a setting's type."""
    described = (meta.description for meta in get_args(kind) if isinstance(meta, Meta))
    return next(text for text in described if text is not None)


def _check_root(root: str, where: str) -> None:
    try:
        msgspec.convert(root, Root)
    except msgspec.ValidationError:
        raise SettingsError(
            f"{where}: a product is one to six capital letters and digits{_hint(root.upper(), _CONTRACTS)}"
        ) from None


def _hint(wrong: str, known: Iterable[str]) -> str:
    """Return the end of an error sentence: the nearest known name, or where to read all of them."""
    names = list(known)
    near = difflib.get_close_matches(wrong, names, n=1)
    near = near or [name for name in names if name.rpartition(".")[2] == wrong.rpartition(".")[2]][:1]
    return f"; did you mean {near[0]!r}?" if near else "; `qmo config show` lists all settings"
