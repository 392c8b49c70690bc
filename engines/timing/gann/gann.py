"""Gann: where rules agree, when the market comes there, and what a pillar makes of it.

Nothing here is known to have an edge (`docs/gann.md`), so all that is said carries how often it is true by chance. All
readings depend on closed bars alone: minutes tell where the market is, 15m and 1h bars what levels are measured from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from engines.book.layout import SECOND_NS
from engines.events import AggressorSide, PassiveSide, Pillar, Reason, Window
from engines.saturation import saturated
from engines.timing.average_range import AverageRange
from engines.timing.gann.anchors import RANGE_INTERVAL, Anchor, RangeAnchors, SwingAnchor
from engines.timing.gann.clusters import Cluster, find_clusters
from engines.timing.gann.lines import Drawing, Lines
from engines.timing.gann.rules import FAMILIES, Level
from engines.timing.gann.visits import Visit, Visits
from engines.timing.lean import QUIET, UNAVAILABLE, Lean
from engines.timing.sessions import NEW_YORK
from engines.timing.swings import ClosedBar, Swings
from engines.timing.trading_day import TradingDay
from engines.timing_view import GannCluster, GannLevel, PinnedRange, UpcomingWindow
from feeds.instrument import Instrument

_MINUTE: Final = "1m"
_HOUR: Final = "1h"
_PINNED: Final = "pinned"
_HOURS_OF_RANGE: Final = 14
_SPACING: Final = 4
"""Levels of a family stand at least so many tolerances apart: closer together they would name half of all prices."""
_REACH: Final = 4
"""Tolerances from a cluster at which its nearness is 0; up to half of them it is 1."""
_SEARCHED: Final = 0.75
"""Ranges around a minute in which clusters are looked for; anew where the market leaves them."""
_LEAST_SEARCHED: Final = 50
"""The same in ticks, at least."""
_UNREJECTED: Final = 0.5
_DIGITS: Final = 3
_DIRECTIONS: Final[dict[PassiveSide, AggressorSide]] = {"bid": "buy", "ask": "sell"}
_WORDS: Final[dict[PassiveSide, str]] = {"bid": "support", "ask": "resistance"}


@dataclass(frozen=True, slots=True)
class GannSettings:
    """Settings of the Gann engine; ranges are average true ranges of 14 hours unless another is said.

    Attributes:
        wing: Bars on each side of a swing of 15m and 1h.
        square_scale: What one unit of the square of nine is worth, in currency units.
        square_step: Degrees between its levels.
        angle_unit: Currency units a bar of the 1x1; 0 for `angle_ranges`.
        angle_ranges: The same in average ranges of its bars, as of when the anchor was first known.
        touch_ticks: The market is at a level within so many ticks, at least,
        touch_range: or within so much of a range, where that is more.
        cluster_ticks: A cluster is at least so wide, ticks,
        cluster_range: or so much of a range, where that is more.
        families: Families that make one.
        visit_minutes: Minutes that a visit to one lasts after the one that arrived.
        near: Levels and clusters are shown within so many ranges of the market.
    """

    wing: int = 3
    square_scale: float = 1.0
    square_step: float = 45.0
    angle_unit: float = 0.0
    angle_ranges: float = 0.5
    touch_ticks: int = 3
    touch_range: float = 0.05
    cluster_ticks: int = 6
    cluster_range: float = 0.1
    families: int = 3
    visit_minutes: int = 15
    near: float = 2.0


class Gann:
    """Levels, clusters and visits of one instrument."""

    def __init__(self, instrument: Instrument, settings: GannSettings | None = None) -> None:
        """Start before the first bar."""
        self._instrument = instrument
        self._settings = settings = settings or GannSettings()
        self._lines = Lines(instrument, settings.square_step, settings.square_scale)
        self._ranges = RangeAnchors()
        self._swings = {interval: SwingAnchor(interval, Swings(settings.wing)) for interval in ("15m", _HOUR)}
        self._bar_ranges = {"15m": AverageRange(), _HOUR: AverageRange()}
        self._true_range = AverageRange(_HOURS_OF_RANGE)
        self._hour_close: int | None = None
        self._visits = Visits(settings.visit_minutes)
        self._is_stale = True
        self._range: tuple[int, int] = (1, 0)
        self._searched: tuple[int, int] = (1, 0)
        self._levels: Sequence[Level] = ()
        self._clusters: Sequence[Cluster] = ()
        self._last: int | None = None
        self._shown: PinnedRange | None = None
        self._pinned: Drawing | None = None
        self._seen: _Seen | None = None

    # ------------------------------------------------------------------------------------------------- days and bars

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day: the bars of the one before have closed."""
        self._put(self._ranges.begin_day(day))

    def close(self, interval: str, bar: ClosedBar) -> list[Window]:
        """Take a closed bar of any interval, the shorter of two that end together first; return what is to be said."""
        if interval == _MINUTE:
            return self._take_minute(bar)
        if interval in self._swings:
            self._take_bar(interval, bar)
        return []

    def _take_bar(self, interval: str, bar: ClosedBar) -> None:
        self._is_stale = True
        self._seen = None
        self._lines.close(interval, bar.start, bar.end)
        self._bar_ranges[interval].close(bar.high, bar.low)
        if interval == _HOUR:
            before = bar.close if self._hour_close is None else self._hour_close
            self._true_range.close(max(bar.high, before), min(bar.low, before))
            self._hour_close = bar.close
        anchors = self._ranges.close(bar) if interval == RANGE_INTERVAL else []
        swing = self._swings[interval].close(bar)
        if swing is not None:
            anchors.append(swing)
        if anchors:
            self._put(anchors)

    def _put(self, anchors: Sequence[Anchor]) -> None:
        self._is_stale = True
        self._seen = None
        measured = [(anchor, self._unit(anchor)) for anchor in anchors]
        self._lines.put(measured, self._width, _SPACING * self._tolerance)

    def _unit(self, anchor: Anchor) -> float | None:
        """Return what the 1x1 of an anchor moves a bar, in ticks; None where not known yet."""
        settings = self._settings
        if settings.angle_unit:
            return settings.angle_unit / self._instrument.tick_size
        average = self._bar_ranges[anchor.interval].ticks
        return None if average is None else settings.angle_ranges * average

    @property
    def _tolerance(self) -> int:
        return self._true_range.times(self._settings.touch_range, self._settings.touch_ticks)

    @property
    def _width(self) -> int:
        """Ticks of a cluster at most; no less than two tolerances, so that no price is at two."""
        width = self._true_range.times(self._settings.cluster_range, self._settings.cluster_ticks)
        return max(width, 2 * self._tolerance)

    def _take_minute(self, bar: ClosedBar) -> list[Window]:
        self._last = bar.close
        low, high = self._searched
        if self._is_stale or bar.low < low or bar.high > high:
            self._search(bar)
        if not self._levels:
            return []
        began = self._visits.take(bar)
        return [self._say(visit) for visit in began] if began else []

    def _search(self, bar: ClosedBar) -> None:
        """Find the clusters around a minute, in which nothing but bars before it enters."""
        width = self._width
        low, high = self._range
        if bar.low < low + 2 * width or bar.high > high - 2 * width:
            near = max(self._true_range.times(_SEARCHED, 0), _LEAST_SEARCHED)
            self._range = low, high = bar.low - near, bar.high + near
        self._levels = self._lines.near(low, high)
        self._clusters = find_clusters(self._levels, width, self._settings.families)
        self._visits.watch(self._clusters, self._tolerance)
        self._searched = low + 2 * width, high - 2 * width
        self._is_stale = False
        self._seen = None

    # ---------------------------------------------------------------------------------------------- what is said of it

    def _say(self, visit: Visit) -> Window:
        cluster, rate = visit.cluster, self._visits.base_rate
        price = self._instrument.price(cluster.middle)
        word = _WORDS[visit.side]
        visit.window = window = Window(
            ts=visit.known,
            engine="gann",
            name=f"{word} at {self._instrument.price_text(cluster.middle)}: {', '.join(labels(cluster))}",
            start=visit.start,
            end=visit.end,
            exact=visit.known,
            price=price,
            base_rate=rate,
        )
        by_chance = "how often by chance is not known yet" if rate is None else f"{rate:.0%} of minutes are at some"
        text = f"{cluster.families} families agree; {by_chance}"
        visit.reasons = (Reason(f"Gann {word}", text, price, "window", window.ts, window.name),)
        return window

    # ------------------------------------------------------------------------------------------------------- the pillar

    def lean(self, clock: int, tick: int) -> Lean:
        """Return what `pillar` says, without its reasons."""
        if not self._visits.running:
            return UNAVAILABLE if self._lacking() else QUIET
        strength, visit = self._strongest(clock, tick)
        return QUIET if visit is None else Lean(available=True, direction=_DIRECTIONS[visit.side], strength=strength)

    def pillar(self, clock: int, tick: int, weight: float) -> Pillar:
        """Read the pillar at a time and price, from the minutes that closed before: where, never when.

        It speaks only while a visit goes on: nearness x 1 - 2^-n, n being the families that agree with the first,
        x 1 where the market was sent back, else a half.
        """
        strength, visit = self._strongest(clock, tick)
        if visit is None:
            lacking = self._lacking()
            return Pillar("Gann", not lacking, None, 0.0, weight, (), note=lacking or self._nearest(tick))
        return Pillar(
            name="Gann",
            available=True,
            direction=_DIRECTIONS[visit.side],
            strength=strength,
            weight=weight,
            reasons=self._reasons(visit),
            ts=visit.known if visit.rejected is None else visit.rejected.end,
        )

    def _lacking(self) -> str:
        """Say what is missing without which nothing can be read; empty where nothing is."""
        if self._last is None:
            return "no closed minute that tells where the market is"
        return "" if self._lines.has_anchors else "no range or swing to measure from yet"

    def _strongest(self, clock: int, tick: int) -> tuple[float, Visit | None]:
        """Return the visit that says most at a time and price, and how much; None where none says anything."""
        strength, strongest = 0.0, None
        for visit in self._visits.running:
            its = _strength(visit, tick) if clock < visit.end else 0.0
            if its > strength:
                strength, strongest = its, visit
        return round(strength, _DIGITS), strongest

    def _reasons(self, visit: Visit) -> tuple[Reason, ...]:
        rejected = visit.rejected
        if rejected is not None and len(visit.reasons) == 1:
            sent_back = Reason(
                name="rejection",
                text=f"a minute closed {visit.cluster.distance(rejected.close)} ticks away from it",
                value=self._instrument.price(rejected.close),
                kind="bar",
                ts=rejected.end,
                id=_MINUTE,
            )
            visit.reasons = (*visit.reasons, sent_back)
        return visit.reasons

    def _nearest(self, tick: int) -> str:
        if not self._clusters:
            return "no cluster near"
        cluster = min(self._clusters, key=lambda one: one.distance(tick))
        where = "above" if cluster.low > tick else "below" if cluster.high < tick else "here"
        away = "" if where == "here" else f"{cluster.distance(tick)} ticks "
        return f"nearest: {cluster.families} families at {self._instrument.price_text(cluster.middle)}, {away}{where}"

    # ------------------------------------------------------------------------------------------------ for the screen

    def show_pinned(self, pinned: PinnedRange | None) -> None:
        """Show what a range of the trader's own gives, beside the others; None shows the engine's own alone.

        It is seen in `levels` and `clusters` alone: windows, pillar and base rate never know of it, so that a replay
        says the same whatever was pinned while it ran.

        Raises:
            ValueError: Its high is not above its low.
        """
        if pinned == self._shown:
            return
        self._shown, self._pinned, self._seen = pinned, None, None
        if pinned is None:
            return
        if pinned.low >= pinned.high:
            raise ValueError("a pinned range's high lies above its low")
        anchor = Anchor(_PINNED, pinned.low, pinned.high, pinned.low_start, pinned.high_start)
        self._pinned = self._lines.draw(anchor, self._unit(anchor), self._width, _SPACING * self._tolerance)

    def shown(self, clock: int) -> tuple[UpcomingWindow, ...]:
        """Return the windows in force; when the market comes to a cluster nobody knows, so none is to come."""
        return tuple(
            UpcomingWindow("gann", said.name, said.start, said.end, said.exact, visit.cluster.middle, said.base_rate)
            for visit in self._visits.running
            if (said := visit.window) is not None and clock < visit.end
        )

    def levels(self) -> tuple[GannLevel, ...]:
        """Return the levels near the market, the lowest first, those of the pinned anchor included."""
        return self._look().levels

    def clusters(self, tick: int) -> tuple[GannCluster, ...]:
        """Return the clusters near the market, the lowest first, with their sides at a price."""
        seen = self._look()
        if any(_side(cluster, tick) != cluster.side for cluster in seen.clusters):
            seen.clusters = tuple(replace(cluster, side=_side(cluster, tick)) for cluster in seen.clusters)
        return seen.clusters

    def _look(self) -> "_Seen":
        """Return what a screen asks for, made anew only when levels or the pin changed."""
        if self._seen is None:
            middle = self._last or 0
            near = self._true_range.times(self._settings.near, _LEAST_SEARCHED)
            levels = self._lines.near(middle - near, middle + near, self._pinned)
            clusters = find_clusters(levels, self._width, self._settings.families)
            anchors = (*self._lines.anchors, *(() if self._pinned is None else (self._pinned.anchor,)))
            words = {anchor.name: self._described(anchor) for anchor in anchors}
            self._seen = _Seen(
                tuple(_told(level, words[level.anchor]) for level in levels),
                tuple(GannCluster(one.low, one.high, one.families, None, labels(one)) for one in clusters),
            )
        return self._seen

    def _described(self, anchor: Anchor) -> str:
        price = self._instrument.price_text
        low, high = (
            f"{price(anchor.low)} ({_clock(anchor.low_start)})",
            f"{price(anchor.high)} ({_clock(anchor.high_start)})",
        )
        return f"{anchor.name} {low} to {high}"


@dataclass(slots=True)
class _Seen:
    """What a screen sees; the sides of clusters are those of the newest price asked for."""

    levels: tuple[GannLevel, ...]
    clusters: tuple[GannCluster, ...]


def labels(cluster: Cluster) -> tuple[str, ...]:
    """Return what a cluster is made of: of each family the level nearest to its middle, the nearest first."""
    nearest = sorted(cluster.members, key=lambda level: (abs(2 * level.tick - cluster.low - cluster.high), level))
    best: dict[int, Level] = {}
    for level in nearest:
        best.setdefault(level.family, level)
    return tuple(_label(level) for level in best.values())


def _label(level: Level) -> str:
    return f"{level.label} of {level.anchor}"


def _strength(visit: Visit, tick: int) -> float:
    reach = max(1, _REACH * visit.tolerance)
    nearness = min(1.0, max(0.0, 2.0 - 2.0 * visit.cluster.distance(tick) / reach))
    return nearness * saturated(visit.cluster.families - 1) * (_UNREJECTED if visit.rejected is None else 1.0)


def _told(level: Level, anchor: str) -> GannLevel:
    return GannLevel(level.tick, FAMILIES[level.family], _label(level), anchor)


def _side(cluster: GannCluster, tick: int) -> PassiveSide | None:
    return "bid" if cluster.high < tick else "ask" if cluster.low > tick else None


def _clock(moment: int) -> str:
    return datetime.fromtimestamp(moment // SECOND_NS, NEW_YORK).strftime("%m-%d %H:%M")
