"""What trading goes by: the account, its limits, entries, exits, the paper broker, and how a trader is called."""

from typing import Annotated

from msgspec import Meta

from qmo_tui.setting_tables.kinds import (
    AlertKinds,
    ClockSpan,
    Counting,
    Currency,
    DayLimit,
    EntryOrder,
    FewTicks,
    FewTrades,
    LossPercent,
    MinuteRanges,
    Minutes,
    OnEvidence,
    PromptSeconds,
    QuietClock,
    Share,
    Switch,
    Table,
    Trail,
    UsedTrigger,
    Wing,
)


class Account(Table, frozen=True, kw_only=True):
    """The account that the paper broker trades: its equity before the first trade, and its currency."""

    equity: Annotated[float, Meta(ge=0, le=1e9, description="money from 0 to 1000000000")] = 50_000.0
    currency: Annotated[Currency, Meta(description='"USD": contracts are paid in dollars, nothing is converted')] = (
        "USD"
    )


class Risk(Table, frozen=True, kw_only=True):
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


class EntryTriggers(Table, frozen=True, kw_only=True):
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


class Entry(Table, frozen=True, kw_only=True):
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


class Exits(Table, frozen=True, kw_only=True):
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


class Paper(Table, frozen=True, kw_only=True):
    """How the paper broker fills; `docs/paper-broker.md` says how each number is used."""

    latency_ms: Annotated[float, Meta(ge=0, le=10_000, description="milliseconds from 0 to 10000")] = 50.0
    extra_ticks: Annotated[int, Meta(ge=0, le=100, description="a whole number of ticks from 0 to 100")] = 1


class Alerts(Table, frozen=True, kw_only=True):
    """What rings the terminal's bell, what flashes, what runs a command of the trader's own, and when it is quiet."""

    bell: AlertKinds = ("prompt", "fill", "closed", "lock", "trouble", "feed", "price")
    flash: AlertKinds = ("prompt", "fill", "closed", "lock", "trouble", "feed", "price")
    quiet: ClockSpan = ""
    quiet_clock: Annotated[QuietClock, Meta(description='"New York" or "local"')] = "New York"
    quiet_kinds: AlertKinds = ("prompt", "price")
    notify: AlertKinds = ("prompt", "fill", "closed", "lock", "trouble", "feed", "price")
    command: Annotated[tuple[str, ...], Meta(description="a list of a program and its arguments")] = ()
    timeout_seconds: Annotated[float, Meta(ge=0.1, le=60, description="seconds from 0.1 to 60")] = 5.0
