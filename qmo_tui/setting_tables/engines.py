"""What the engines go by: one table a room, as `config.toml` has them."""

from typing import Annotated

from msgspec import Meta

from qmo_tui.setting_tables.kinds import (
    FewTicks,
    HourRanges,
    LoggedInterval,
    MinuteRanges,
    Minutes,
    Share,
    StructureInterval,
    Switch,
    Table,
    Wing,
)


class Bars(Table, frozen=True, kw_only=True):
    """Which bars are reported: `log` names the lengths written to the event log."""

    log: Annotated[
        tuple[LoggedInterval, ...], Meta(description='a list of any of "1s", "1m", "5m", "15m", "1h", "session"')
    ] = ("1m", "5m", "15m", "1h", "session")


class Flow(Table, frozen=True, kw_only=True):
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


class Icebergs(Table, frozen=True, kw_only=True):
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


class Memory(Table, frozen=True, kw_only=True):
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


class Absorption(Table, frozen=True, kw_only=True):
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


class Structure(Table, frozen=True, kw_only=True):
    """Swings, breaks of structure and fair value gaps: of which bars, and how small a gap is told."""

    intervals: Annotated[tuple[StructureInterval, ...], Meta(description='a list of any of "1m", "5m", "15m"')] = (
        "1m",
        "5m",
        "15m",
    )
    wing: Wing = 2
    least_gap: Annotated[float, Meta(ge=0, le=100, description="bar ranges from 0 to 100")] = 0.5
    gaps_near: Annotated[float, Meta(ge=0, le=1_000, description="bar ranges from 0 to 1000")] = 10.0


class Sweeps(Table, frozen=True, kw_only=True):
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


class Phase(Table, frozen=True, kw_only=True):
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


class Imo(Table, frozen=True, kw_only=True):
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


class PillarWeights(Table, frozen=True, kw_only=True):
    """How much each of the five pillars counts; only their proportions matter."""

    qmo: Share = 0.30
    imo: Share = 0.25
    gann: Share = 0.20
    astro: Share = 0.15
    cycle: Share = 0.10


class BodyWeights(Table, frozen=True, kw_only=True):
    """How much windows of the bodies of the sky count; one of two bodies counts as their mean."""

    moon: Share = 0.4
    mercury: Share = 0.5
    venus: Share = 0.2
    sun: Share = 0.3
    mars: Share = 0.6
    jupiter: Share = 0.7
    saturn: Share = 0.8


class Mentor(Table, frozen=True, kw_only=True):
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


class Gann(Table, frozen=True, kw_only=True):
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


class Cycles(Table, frozen=True, kw_only=True):
    """From which pivots bars are counted, and how the strongest period is looked for; `docs/cycles.md` has it all."""

    wing: Wing = 3
    reach: Annotated[int, Meta(ge=0, le=200, description="a whole number of bars from 0 to 200")] = 21
    pivots: Annotated[int, Meta(ge=1, le=10, description="a whole number from 1 to 10")] = 2
    spectrum_bars: Annotated[int, Meta(ge=64, le=1_024, description="a whole number of bars from 64 to 1024")] = 192
    shortest: Annotated[int, Meta(ge=3, le=512, description="a whole number of bars from 3 to 512")] = 8
    longest: Annotated[int, Meta(ge=3, le=512, description="a whole number of bars from 3 to 512")] = 48
    significance: Share = 0.01


class Sessions(Table, frozen=True, kw_only=True):
    """When no prompt may arise for the hour's sake: close to where trading stops, and just after it begins."""

    before_close_minutes: Minutes = 10.0
    after_open_minutes: Minutes = 1.0


class News(Table, frozen=True, kw_only=True):
    """How long events of the news calendar forbid prompts, minutes before and after; `docs/news.md` has its format."""

    high_before: Minutes = 5.0
    high_after: Minutes = 15.0
    medium_before: Minutes = 0.0
    medium_after: Minutes = 0.0
    low_before: Minutes = 0.0
    low_after: Minutes = 0.0


class Calibration(Table, frozen=True, kw_only=True):
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
