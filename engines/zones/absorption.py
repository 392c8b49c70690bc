"""Absorption: heavy aggression into a price that does not give way, as zones with a life.

What is asked of the prices that a trade hits, over the trades since it was last too far beyond them, at most a window
back (`absorption_kernel`):

- *volume*: aggressive lots into them, `volume_z` deviations above what usually trades into one zone;
- *progress*: ticks traded beyond them in the aggressor's direction;
- *refill*: lots that came back into the queue (stacked - pulled + refilled) for each that was traded; unknown where the
  schema does not tell the queue;
- *impact*: by how many deviations price fell short of what such pressure usually does to it.

Findings of one side that lie close in price and time are one zone. It is *touched* when price comes back to it from
well away, *confirmed* when price leaves it far on the good side, *broken* when enough trades beyond it or a minute
closes there, *expired* with age, with its trading day, or when newer absorption at its prices takes its place.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from operator import attrgetter
from typing import Any, Final

import numpy as np

from engines.book.layout import MINUTE_NS, NO_EVENT, SECOND_NS, TRADE, RecordArray
from engines.events import AbsorptionState, Event
from engines.saturation import saturated
from engines.timing.trading_day import TradingDay
from engines.view import OpenedZone, ZoneMark
from engines.zones import absorption_kernel as kernel
from engines.zones.absorption_icebergs import DeedsTold, IcebergDeed, IcebergDeeds, ZoneDeeds
from engines.zones.absorption_layout import (
    BUCKETS,
    CELL,
    CELLS,
    DONE,
    FINDING,
    FORMED,
    GROW_WINDOW,
    KEPT,
    LAST_OF_LIVE,
    LIMITS,
    MOST_ZONE_TICKS,
    NOW,
    PRESSED,
    RANGES,
    ROWS,
    SAMPLES,
    STEP,
    ZONE,
    AbsorptionArrays,
)
from engines.zones.absorption_telling import STATES, Told, event_of, mark_of, newest_trades, reason_of, records_of
from engines.zones.found import Found
from engines.zones.memory_proofs import Remembered
from feeds.instrument import Instrument

ENDED_KEPT: Final = 64
"""Ended zones kept for screens."""
FIRST_WINDOW: Final = 4_096
"""Trades that the window has room for at first, a power of two."""
_MOST_STEPS: Final = 2 * ROWS + 2
"""A trade can do two things to every zone, form one, and make one give way."""


@dataclass(frozen=True, slots=True)
class AbsorptionSettings:
    """What is called absorption, and how its zones live.

    Attributes:
        window: How far back a finding looks, ns.
        slot: Length of the stretches that what is usual is learned from, ns.
        slots: How many of them must be known before anything is judged.
        lately: Samples of volume, two a slot, that count as lately; at most `absorption_layout.SAMPLES`.
        forgetting: Weight that earlier slots keep in the fit of price change to pressure with each that follows.
        zone_ticks: Height of a finding: the price that a trade hits and those right before it.
        volume_z: Least volume, deviations above what is usual.
        progress: Most ticks traded beyond.
        refill: Least lots that came back for each that traded, where that is known.
        impact_z: Least shortfall of price change, deviations.
        merge_ticks: Findings at most so far apart,
        merge_time: and so much later, ns, are one zone.
        touch_range: Price must have been away by so many usual ranges of a minute for its return to be a touch.
        confirm_range: A zone is confirmed when price is so many usual ranges of a minute away.
        break_ticks: A zone is broken when, so many ticks beyond it or more,
        break_volume: so many times of what usually trades into a zone has traded.
        age: A zone expires when nothing has traded into it for so long, ns.
    """

    window: int = 30 * SECOND_NS
    slot: int = 15 * SECOND_NS
    slots: int = 8
    lately: int = 120
    forgetting: float = 0.99
    zone_ticks: int = 1
    volume_z: float = 2.25
    progress: int = 1
    refill: float = 0.7
    impact_z: float = 0.4
    merge_ticks: int = 2
    merge_time: int = 10 * MINUTE_NS
    touch_range: float = 0.5
    confirm_range: float = 1.5
    break_ticks: int = 2
    break_volume: float = 1.0
    age: int = 120 * MINUTE_NS


@dataclass(slots=True)
class _Zone:
    """What is known of a live zone beyond its row of ZONE.

    Attributes:
        findings: How often absorption was found in it, each time in lots that no finding before it had.
        deeds: What native icebergs did in it.
    """

    row: int
    state: AbsorptionState = "formed"
    findings: int = 0
    deeds: ZoneDeeds = field(default_factory=ZoneDeeds)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A zone that is over as screens show it, the newest trades into it (TRADE rows), and how many there were."""

    mark: ZoneMark
    trades: RecordArray
    count: int

    def opened(self) -> OpenedZone:
        """Return it with those trades."""
        return OpenedZone(self.mark, records_of(self.mark, self.trades), self.count)


class Absorptions:
    """Finds absorption in one instrument and follows its zones.

    Attributes:
        proofs: What iceberg memory takes of the last stretch.
    """

    def __init__(
        self, instrument: Instrument, settings: AbsorptionSettings | None = None, *, watched: bool = True
    ) -> None:
        """Begin without knowing what is usual; where nobody watches, zones that ended are not kept."""
        self._watched = watched
        self.proofs: list[Remembered] = []
        self._instrument = instrument
        self._settings = settings or AbsorptionSettings()
        self._arrays = _new_arrays(self._settings)
        self._live: dict[int, _Zone] = {}
        self._ended: deque[_Ended] = deque(maxlen=ENDED_KEPT)
        self._icebergs = IcebergDeeds()
        self._day: TradingDay | None = None
        self._said: list[Event] = []
        self._proven: list[Remembered] = []

    def begin_day(self, day: TradingDay) -> None:
        """Start a trading day: zones end with the one before, which is said with the next stretch."""
        kernel.end_day(self._arrays, 0 if self._day is None else self._day.end)
        self._take_steps()
        self._day = day
        self._arrays.now["day_start"] = day.start
        self._arrays.sampled_before[:] = self._arrays.sampled

    def take(self, found: Found) -> list[Event]:
        """Take a stretch and return what is to be said of it."""
        self._take_deeds(found)
        self._take_stretch(found.trades, found.minutes)
        if len(found.trades):
            self._forget_deeds(int(found.trades["clock"][-1]) - self._settings.window, int(found.trades["event"][-1]))
        self.proofs, self._proven = self._proven, []
        said, self._said = self._said, []
        return said

    def marks(self) -> tuple[ZoneMark, ...]:
        """Return the newest ended zones and all live ones, the oldest first."""
        live = (mark_of(told, self._score(told)) for told in map(self._told, self._live.values()))
        return tuple(sorted((*(ended.mark for ended in self._ended), *live), key=attrgetter("first_ts")))

    def opened(self, zone_id: str) -> OpenedZone | None:
        """Return a zone with the newest trades into it; None where there is none of that id any more."""
        for zone in self._live.values():
            told = self._told(zone)
            if told.id == zone_id:
                return self._seen(told, zone.row).opened()
        return next((ended.opened() for ended in self._ended if ended.mark.id == zone_id), None)

    def _take_deeds(self, found: Found) -> None:
        deeds = self._icebergs.take(found)
        if not deeds:
            return
        for zone in self._live.values():
            zone.deeds.add(_deeds_in(self._arrays.zones[zone.row], deeds))

    def _forget_deeds(self, until: int, event: int) -> None:
        """Let go of deeds up to a time: the steps that follow are of the running matching event or later ones."""
        self._icebergs.forget(until)
        for zone in self._live.values():
            zone.deeds.sum_up(until, event)

    def _take_stretch(self, trades: RecordArray, minutes: RecordArray) -> None:
        position, minute = 0, 0
        while True:
            position, minute, reason = kernel.take_stretch(self._arrays, trades, minutes, position, minute)
            if reason == DONE:
                return
            if reason == GROW_WINDOW:
                self._arrays = _with_longer_window(self._arrays)
            else:
                self._take_steps()

    def _take_steps(self) -> None:
        now = self._arrays.now
        count = int(now["steps"][0])
        now["steps"] = 0
        for step, row in zip(self._arrays.steps[:count], self._arrays.told[:count], strict=True):
            self._take_step(step, row.copy())

    def _take_step(self, step: Any, row: Any) -> None:
        what, number = int(step["what"]), int(row["number"])
        zone = self._live.setdefault(number, _Zone(int(step["row"])))
        zone.state = STATES.get(what, zone.state)
        if what in (FORMED, PRESSED):
            zone.findings += 1
            self._recall(zone, row, int(step["ts"]))
        told = Told(row, zone.state, zone.findings, _known_at(step, zone.deeds) if self._icebergs.known else None)
        reason = reason_of(what, int(step["amount"]), told)
        self._said.append(event_of(int(step["ts"]), told, self._score(told), reason, self._instrument))
        if what in (FORMED, PRESSED) or what > LAST_OF_LIVE:
            self._proven.append(_proof_of(int(step["ts"]), told, self._score(told)))
        if what > LAST_OF_LIVE:
            del self._live[number]
            if self._watched:
                self._ended.append(self._seen(told, zone.row, reason))

    def _recall(self, zone: _Zone, row: Any, ts: int) -> None:
        """Take in what icebergs did within a window, and since, at prices of a zone that were not its own yet."""
        recent = (deed for deed in self._icebergs.recent if deed.ts > ts - self._settings.window)
        zone.deeds.add(_deeds_in(row, recent))

    def _told(self, zone: _Zone) -> Told:
        row = self._arrays.zones[zone.row].copy()
        return Told(row, zone.state, zone.findings, zone.deeds.known() if self._icebergs.known else None)

    def _seen(self, told: Told, row: int, reason: str = "") -> _Ended:
        mark = mark_of(told, self._score(told), reason)
        return _Ended(mark, newest_trades(told, self._arrays.kept[row]), int(told.zone["count"]))

    def _score(self, told: Told) -> float:
        """Return the mean of the measures that are known, each a half where it is just enough to be found.

        A volume z is told as soon as it is enough and hardly grows beyond, so what is found once more counts as much
        volume again. No more lots come back than were taken, or few: all of them are 1.
        """
        limits, zone = self._settings, told.zone
        volume = _times(float(zone["volume_z"]), limits.volume_z) + told.findings - 1
        measures = [saturated(_times(float(zone["impact_z"]), limits.impact_z)), saturated(volume)]
        if told.refill is not None:
            measures.append(_returned(told.refill, limits.refill))
        return round(sum(measures) / len(measures), 2)


def _times(measure: float, least: float) -> float:
    """Return a measure in multiples of its least; of one that is not asked for, as if it were just enough."""
    return measure / least if least > 0.0 else 1.0


def _returned(refill: float, least: float) -> float:
    """Return what a refill ratio says: a half at its least, 1 where every lot came back."""
    if least >= 1.0:
        return saturated(refill / least)
    return min(1.0, max(0.0, 0.5 + 0.5 * (refill - least) / (1.0 - least)))


def _deeds_in(zone: Any, deeds: Iterable[IcebergDeed]) -> list[IcebergDeed]:
    """Return what icebergs did at the prices and in the lifetime of a zone, a ZONE row."""
    side, low, high, since = int(zone["side"]), int(zone["low"]), int(zone["high"]), int(zone["since"])
    return [deed for deed in deeds if deed.side == side and low <= deed.tick <= high and deed.ts >= since]


def _known_at(step: Any, deeds: ZoneDeeds) -> DeedsTold:
    """Return the deeds of matching events before that of a step, or where time made it, of times before it."""
    event, ts = int(step["event"]), int(step["ts"])
    if event == NO_EVENT:
        return deeds.known(lambda deed: deed.ts < ts)
    return deeds.known(lambda deed: deed.event < event)


def _proof_of(ts: int, told: Told, score: float) -> Remembered:
    """Return what iceberg memory takes of a zone: its lots as far as the score goes, none more once it has ended."""
    zone, ended = told.zone, told.state in ("broken", "expired")
    low, high = int(zone["low"]), int(zone["high"])
    lots = 0.0 if ended else int(zone["lots"]) * score
    return Remembered(told.id, "absorption", told.side, low, high, lots, ts, ended=ended)


def _new_arrays(settings: AbsorptionSettings) -> AbsorptionArrays:
    limits = np.zeros(1, LIMITS)
    for name, value in asdict(settings).items():
        limits[name] = value
    return AbsorptionArrays(
        limits=limits,
        now=np.zeros(1, NOW),
        window=np.zeros(FIRST_WINDOW, TRADE),
        cells=np.zeros((2, CELLS), CELL),
        looked=np.zeros(2, np.int64),
        finding=np.zeros(1, FINDING),
        sums=np.zeros((3, MOST_ZONE_TICKS), np.int64),
        samples=np.zeros((1 + BUCKETS, SAMPLES)),
        ranked=np.zeros((1 + BUCKETS, SAMPLES)),
        sampled=np.zeros(1 + BUCKETS, np.int64),
        sampled_before=np.zeros(1 + BUCKETS, np.int64),
        ranges=np.zeros(RANGES, np.int64),
        zones=np.zeros(ROWS, ZONE),
        kept=np.zeros((ROWS, KEPT), TRADE),
        steps=np.zeros(_MOST_STEPS, STEP),
        told=np.zeros(_MOST_STEPS, ZONE),
    )


def _with_longer_window(arrays: AbsorptionArrays) -> AbsorptionArrays:
    """Double the window's ring; every trade keeps its number, and so finds its place in the new one."""
    old = arrays.window
    window = np.zeros(2 * len(old), TRADE)
    numbers = np.arange(int(arrays.now["first"][0]), int(arrays.now["last"][0]))
    window[numbers % len(window)] = old[numbers % len(old)]
    return arrays._replace(window=window)
