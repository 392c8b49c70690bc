"""What the trader chose to look at: the ladder's window, the tape's smallest print, the chart's interval."""

from collections.abc import Callable
from functools import partial
from typing import Final

from engines.timing_view import PinnedRange
from engines.view import MarketView, ProfileOf, ViewRequest
from qmo_tui.cockpit.choices import (
    BENEATH,
    CHART_KINDS,
    PROFILES,
    Beneath,
    ChartKind,
    LadderColumn,
    ProfileKind,
)
from qmo_tui.cockpit.footprint_window import FootprintWindow
from qmo_tui.cockpit.frame import ChartChoice
from qmo_tui.cockpit.ladder_window import LadderWindow
from qmo_tui.cockpit.layouts.layout import Layout
from qmo_tui.cockpit.options import CockpitOptions
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.chart_axes import INTERVAL_SECONDS
from qmo_tui.cockpit.playing import Answer
from qmo_tui.cockpit.price_cursor import PriceCursor
from qmo_tui.cockpit.tape_window import TapeWindow

CANDLES_STAY: Final = "candles choose their prices themselves; v shows the footprint, h reads a bar"
FROZEN: Final = "the ladder stays in place while a prompt is armed"
PRINT_SIZES: Final = (1, 2, 5, 10, 20, 50, 100)
"""Smallest prints the tape can be set to, in lots."""
PROFILE_MINUTES: Final = 30
"""Of the profile of the newest minutes."""
_PROFILES_OF: Final[dict[ProfileKind, ProfileOf]] = {
    "session": "session",
    "visible": "visible",
    "30 minutes": "recent",
    "composite": "composite",
}
_INTERVALS: Final = tuple(INTERVAL_SECONDS)


class Looking:
    """The choices that only change the picture."""

    def __init__(self, options: CockpitOptions) -> None:
        self.window = LadderWindow(options.ladder_margin)
        self.footprint = FootprintWindow()
        self.cursor = PriceCursor()
        self.chart_kind: ChartKind = "candles"
        self.beneath: Beneath = "delta"
        self.tape_minimum = options.tape_minimum
        self.interval = options.interval
        self.levels = True
        self.profile: ProfileKind = "session"
        self.ladder_columns: tuple[LadderColumn, ...] = ()
        self.tape = TapeWindow()
        self._own_columns = options.ladder_columns
        self._recent_seconds = options.recent_seconds
        self.pinned: PinnedRange | None = None
        self._ladder_rows = 0

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """Return what each action of ladder, tape and chart does."""
        return {
            "centre": self._centre,
            "price_cursor": self.cursor.toggle,
            "larger_prints": lambda: self._change_minimum(+1),
            "smaller_prints": lambda: self._change_minimum(-1),
            "interval": lambda: self._change_interval(+1),
            "previous_interval": lambda: self._change_interval(-1),
            "chart_kind": self._next_chart_kind,
            "beneath": self._next_beneath,
            "levels": self._toggle_levels,
        }

    @property
    def chart(self) -> ChartChoice:
        """Return what the chart shows."""
        return ChartChoice(self.chart_kind, self.beneath, self.footprint.top if self.shows_footprint else None)

    @property
    def shows_footprint(self) -> bool:
        """Whether the chart shows a price a row."""
        return self.chart_kind != "candles"

    def begin(self, layout: Layout) -> None:
        """Show what a layout begins with; what it does not name stays as it is, but for the ladder's columns."""
        if layout.chart is not None and layout.chart != self.chart_kind:
            self.footprint.centre()
            self.chart_kind = layout.chart
        self.beneath = layout.beneath or self.beneath
        self.profile = layout.profile or self.profile
        self.ladder_columns = layout.ladder or self._own_columns

    def scroll_chart(self, ticks: int) -> Answer:
        """Scroll the footprint; candles choose their prices themselves."""
        if not self.shows_footprint:
            return CANDLES_STAY
        self.footprint.scroll(ticks)
        return None

    def request(
        self, *, ladder_rows: int, prints: int, bars: int, opened: str | None, extent_since: int | None = None
    ) -> ViewRequest:
        """Return what to ask the session for, given what there is room for."""
        if ladder_rows != self._ladder_rows:
            self.window.resize(ladder_rows)
            self._ladder_rows = ladder_rows
        columns = self.ladder_columns
        return ViewRequest(
            ladder_top=self.window.top,
            ladder_rows=ladder_rows,
            prints=self.tape.wanted(prints),
            minimum_size=self.tape_minimum,
            interval=self.interval,
            bars=max(bars, 1) if "bar" in columns else bars,
            recent_seconds=self._recent_seconds if "recent" in columns else 0,
            profile=True,
            profile_of=_PROFILES_OF[self.profile],
            profile_minutes=PROFILE_MINUTES,
            zones=ladder_rows + bars > 0,
            opened=opened,
            flow=True,
            timing=True,
            pinned=self.pinned,
            mentor=True,
            trading=True,
            extent_since=extent_since,
            footprints=bars if self.shows_footprint else int("bar" in columns),
        )

    def _centre(self) -> Answer:
        if self.window.frozen:
            return FROZEN
        self.window.centre()
        self.footprint.centre()
        return None

    def scroll_ladder(self, ticks: int) -> Answer:
        """Scroll by key what shows a price a row: the ladder, and the footprint with it; or move the price cursor."""
        if self.window.frozen:
            return FROZEN
        if self.cursor.tick is not None:
            self.window.scroll(self.cursor.move(ticks))
            return None
        self.window.scroll(ticks)
        if self.shows_footprint:
            self.footprint.scroll(ticks)
        return None

    def _next_chart_kind(self) -> Answer:
        self.footprint.centre()
        self.chart_kind = CHART_KINDS[(CHART_KINDS.index(self.chart_kind) + 1) % len(CHART_KINDS)]
        return f"chart: {self.chart_kind}"

    def next_profile(self) -> Answer:
        """Show the volume at price of other bars beside the candles."""
        self.profile = PROFILES[(PROFILES.index(self.profile) + 1) % len(PROFILES)]
        return f"profile: {self.profile}"

    def _next_beneath(self) -> Answer:
        self.beneath = BENEATH[(BENEATH.index(self.beneath) + 1) % len(BENEATH)]
        return f"beneath the candles: {self.beneath}"

    def _toggle_levels(self) -> Answer:
        self.levels = not self.levels
        return f"Gann levels {'shown' if self.levels else 'hidden'} on chart and ladder"

    def pin(self, view: MarketView) -> Answer:
        """Measure Gann levels from the highest and the lowest of the bars of the chart, or no more."""
        if self.pinned is not None:
            self.pinned = None
            return "the range is no longer pinned"
        if not view.bars:
            return "there are no bars to pin"
        highest, lowest = max(view.bars, key=lambda bar: bar.high), min(view.bars, key=lambda bar: bar.low)
        if highest.high <= lowest.low:
            return "the bars have no range to pin"
        self.pinned = PinnedRange(lowest.low, highest.high, lowest.start, highest.start)
        self.levels = True
        low, high = (numbers.price(view.instrument, tick) for tick in (lowest.low, highest.high))
        return f"pinned for Gann: {low} to {high}"

    def _change_minimum(self, direction: int) -> Answer:
        larger = [size for size in PRINT_SIZES if size > self.tape_minimum]
        smaller = [size for size in PRINT_SIZES if size < self.tape_minimum]
        if direction > 0 and larger:
            self.tape_minimum = larger[0]
        elif direction < 0 and smaller:
            self.tape_minimum = smaller[-1]
        return f"tape from {self.tape_minimum} lots" if self.tape_minimum > 1 else "tape shows every print"

    def intervals(self) -> dict[str, Callable[[], Answer]]:
        """Return what chooses each interval, by its name."""
        return {interval: partial(self._choose_interval, interval) for interval in _INTERVALS}

    def _change_interval(self, direction: int) -> Answer:
        return self._choose_interval(_INTERVALS[(_INTERVALS.index(self.interval) + direction) % len(_INTERVALS)])

    def _choose_interval(self, interval: str) -> Answer:
        self.interval = interval
        return f"bars of {self.interval}"
