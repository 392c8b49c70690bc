"""Absorption, said plainly: every trade ever seen in one list, every measure taken anew from it when asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, expm1, log1p, nan, pi, sqrt
from statistics import median
from typing import NamedTuple

from engines.zones.absorption import AbsorptionSettings

BID, ASK = "bid", "ask"
LIVE_ZONES = 64
LOOKS = 60
BUCKET = 300_000_000_000
BUCKETS = 300
KEPT_OF_DAY = 300
LEAST_OF_DAY = 40
LEAST_SPREAD = 0.25
LEAST_DEVIATION = 0.5
LEAST_AWAY = 3.0


class Hit(NamedTuple):
    """One trade; `side` is what it hit, empty without an aggressor; `came` is what ever came into that queue, net."""

    ts: int
    event: int
    tick: int
    size: int
    side: str
    displayed: int | None = None
    came: int | None = None


class Minute(NamedTuple):
    """A minute in which something traded, with the usual range of minutes known at its end; 0 is unknown."""

    end: int
    close: int
    usual_range: float


class Step(NamedTuple):
    """One step of one zone, as it stood right after it."""

    what: str
    number: int
    ts: int
    amount: int
    side: str
    low: int
    high: int
    since: int
    lots: int
    trades: int
    touches: int
    progress: int
    refill: float | None
    volume_z: float
    impact_z: float


@dataclass
class Zone:
    """A live zone; `members` are the places of its trades in the list of all."""

    number: int
    side: str
    low: int
    high: int
    since: int
    pressed: int
    members: list[int]
    measures: tuple[int, float, float, float]
    touches: int = 1
    through: int = 0
    away: bool = False
    confirmed: bool = False

    def beyond(self, tick: int) -> int:
        """Return ticks on the bad side."""
        return self.low - tick if self.side == BID else tick - self.high

    def ahead(self, tick: int) -> int:
        """Return ticks on the good side."""
        return tick - self.high if self.side == BID else self.low - tick


@dataclass
class Usual:
    """What has been learned at the ends of slots."""

    lately: list[float] = field(default_factory=list)
    of_day: dict[int, list[float]] = field(default_factory=dict)
    known_before_today: dict[int, int] = field(default_factory=dict)
    depths: list[float] = field(default_factory=list)
    pressures: list[float] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    slots: int = 0
    volumes: list[tuple[float, float]] = field(default_factory=list)
    needed: int = 0
    usual_lots: float = 0.0


def fading(values: list[float] | list[int], keep: float) -> float:
    """Add up values of which each but the last has faded once more than its follower."""
    total = 0.0
    for value in values:
        total = total * keep + value
    return total


class PlainAbsorption:
    """Finds and follows zones in trades and minutes handed over in the order of time."""

    def __init__(self, settings: AbsorptionSettings) -> None:
        self.settings = settings
        self.steps: list[Step] = []
        self.hits: list[Hit] = []
        self.day_first = 0
        self.day_start = 0
        self.usual = Usual()
        self.zones: list[Zone] = []
        self.formed = 0
        self.looked = {BID: 0, ASK: 0}
        self.range = 0.0
        self.slot = 0
        self.before_slot: int | None = None

    # --- what comes in ------------------------------------------------------------------------------------------------

    def begin_day(self, start: int, previous_end: int | None) -> None:
        """Begin a trading day: zones end, and what is usual at each time of day counts from now on."""
        if previous_end is not None:
            for zone in self.zones:
                self.tell("day ended", zone, previous_end, 0)
            self.zones = []
            if len(self.hits) > self.day_first:
                self.learn()
            self.day_first = len(self.hits)
            self.before_slot = None
            self.looked = {BID: 0, ASK: 0}
        self.day_start = start
        self.usual.known_before_today = {bucket: len(samples) for bucket, samples in self.usual.of_day.items()}

    def trade(self, hit: Hit) -> None:
        """Take one trade."""
        if hit.ts <= 0:
            return
        slot = hit.ts // self.settings.slot
        if slot != self.slot:
            if len(self.hits) > self.day_first:
                self.learn()
            self.slot = slot
            self.state()
        self.hits.append(hit)
        for zone in tuple(self.zones):
            self.follow(zone, hit)
        if hit.side:
            self.look(hit)

    def minute(self, minute: Minute) -> None:
        """Take the close of a minute."""
        self.range = minute.usual_range
        for zone in self.in_rows():
            beyond, quiet = zone.beyond(minute.close), minute.end - self.hits[zone.members[-1]].ts
            if beyond > self.settings.progress:
                self.end("closed beyond", zone, minute.end, beyond)
            elif quiet > self.settings.age:
                self.end("aged", zone, minute.end, quiet)

    # --- the window ---------------------------------------------------------------------------------------------------

    def window_at(self, ts: int) -> list[int]:
        """Return the places of the day's trades in the window that ends at a time, newest first."""
        places = []
        for place in range(len(self.hits) - 1, self.day_first - 1, -1):
            if self.hits[place].ts <= ts - self.settings.window:
                break
            places.append(place)
        return places

    def band(self, side: str, tick: int) -> tuple[int, int]:
        """Return lowest and highest tick of the zone whose far end is a tick."""
        rest = self.settings.zone_ticks - 1
        return (tick, tick + rest) if side == BID else (tick - rest, tick)

    def into(self, places: Iterable[int], side: str, tick: int) -> int:
        """Return lots of some trades into that zone."""
        low, high = self.band(side, tick)
        return sum(self.hits[place].size for place in places if self.is_into(place, side, low, high))

    def is_into(self, place: int, side: str, low: int, high: int) -> bool:
        """Whether a trade hit a side at certain prices."""
        return self.hits[place].side == side and low <= self.hits[place].tick <= high

    # --- what is usual ------------------------------------------------------------------------------------------------

    def learn(self) -> None:
        """Learn from the slot that has ended."""
        settings, usual = self.settings, self.usual
        start, end = self.slot * settings.slot, (self.slot + 1) * settings.slot
        window = self.window_at(end - 1)
        own = [self.hits[place] for place in reversed(window) if self.hits[place].ts >= start and self.hits[place].side]
        shown = [hit.displayed for hit in own if hit.displayed is not None]
        if shown:
            usual.depths.append(sum(shown) / len(shown))
        bought = sum(hit.size for hit in own if hit.side == ASK)
        sold = sum(hit.size for hit in own if hit.side == BID)
        if self.before_slot is not None and own:
            self.fit(bought - sold, bought + sold, self.hits[-1].tick - self.before_slot)
        self.before_slot = self.hits[-1].tick
        for side in (BID, ASK):
            ticks = {self.hits[place].tick for place in window if self.hits[place].side == side}
            busiest = max((self.into(window, side, tick) for tick in ticks), default=0)
            if busiest:
                usual.lately.append(log1p(float(busiest)))
                usual.of_day.setdefault(self.bucket(), []).append(log1p(float(busiest)))
        usual.slots += 1

    def bucket(self) -> int:
        """Return which five minutes of the trading day the slot lies in."""
        return min(max((self.slot * self.settings.slot - self.day_start) // BUCKET, 0), BUCKETS - 1)

    def fit(self, pressure: int, activity: int, change: int) -> None:
        """Note by how much the fit so far is wrong, then let the slot into the fit."""
        usual, depth = self.usual, self.depth()
        if usual.pressures:
            error = change - self.slope() * (pressure / depth)
            usual.errors.append(abs(error) / sqrt(activity / depth))
        if pressure:
            usual.pressures.append(abs(pressure) / depth)
            usual.changes.append(change if pressure > 0 else -change)

    def slope(self) -> float:
        """Return ticks for each aggressive lot per lot displayed."""
        keep = self.settings.forgetting
        return fading(self.usual.changes, keep) / fading(self.usual.pressures, keep)

    def depth(self) -> float:
        """Return the lots usually displayed where trades come."""
        depths, keep = self.usual.depths, self.settings.forgetting
        return max(fading(depths, keep) / fading([1.0] * len(depths), keep), 1.0) if depths else 1.0

    def state(self) -> None:
        """State what is usual in the slot that begins."""
        usual, bucket = self.usual, self.bucket()
        if not usual.lately:
            return
        usual.volumes = [middle_and_spread(usual.lately[-self.settings.lately :])]
        if usual.known_before_today.get(bucket, 0) >= LEAST_OF_DAY:
            usual.volumes.append(middle_and_spread(usual.of_day[bucket][-KEPT_OF_DAY:]))
        usual.usual_lots = expm1(usual.volumes[0][0])
        usual.needed = ceil(expm1(max(middle + self.settings.volume_z * spread for middle, spread in usual.volumes)))

    def impact(self, pressure: int, activity: int, change: int) -> float:
        """Return by how many deviations price fell short, upwards."""
        usual, keep = self.usual, self.settings.forgetting
        if not usual.pressures or not usual.errors:
            return 0.0
        mean = fading(usual.errors, keep) / fading([1.0] * len(usual.errors), keep)
        deviation = max(sqrt(pi / 2) * mean * sqrt(activity / self.depth()), LEAST_DEVIATION)
        return (self.slope() * (pressure / self.depth()) - change) / deviation

    # --- finding ------------------------------------------------------------------------------------------------------

    def look(self, hit: Hit) -> None:
        """Ask whether what a trade hits absorbs."""
        settings, needed = self.settings, self.usual.needed
        window = self.window_at(hit.ts)
        if not needed or self.usual.slots < settings.slots or self.into(window, hit.side, hit.tick) < needed:
            return
        if hit.ts < self.looked[hit.side] + settings.window // LOOKS:
            return
        self.looked[hit.side] = hit.ts
        low, high = self.band(hit.side, hit.tick)
        zone = self.zone_at(hit.side, low, high, hit.ts)
        stretch = []
        for place in window:
            one = self.hits[place]
            beyond = low - one.tick if hit.side == BID else one.tick - high
            if beyond > settings.progress or (zone is not None and one.ts <= zone.pressed):
                break
            stretch.append(place)
        members = [place for place in reversed(stretch) if self.is_into(place, hit.side, low, high)]
        lots = sum(self.hits[place].size for place in members)
        if lots < needed:
            return
        measures = self.measure(hit, members, low, high)
        _progress, refill, _volume_z, impact_z = measures
        if impact_z < settings.impact_z or refill < settings.refill:
            return
        if zone is None:
            self.form(hit, low, high, members, measures)
        else:
            zone.low, zone.high = min(zone.low, low), max(zone.high, high)
            zone.members = sorted({*zone.members, *members})
            zone.pressed, zone.measures = hit.ts, measures
            self.tell("pressed", zone, hit.ts, lots)

    def measure(self, hit: Hit, members: list[int], low: int, high: int) -> tuple[int, float, float, float]:
        """Return progress, refill, volume z and impact z of trades into a zone, and of all others since the first."""
        since = [one for one in self.hits[members[0] :] if one.side]
        bought = sum(one.size for one in since if one.side == ASK)
        sold = sum(one.size for one in since if one.side == BID)
        upwards = self.impact(bought - sold, bought + sold, hit.tick - self.hits[members[0]].tick)
        everything = [one.tick for one in self.hits[members[0] :]]
        progress = max(0, low - min(everything) if hit.side == BID else max(everything) - high)
        lots = sum(self.hits[place].size for place in members)
        volume_z = min((log1p(float(lots)) - middle) / spread for middle, spread in self.usual.volumes)
        refill = self.refill(members, lots)
        return progress, refill, volume_z, -upwards if hit.side == BID else upwards

    def refill(self, members: list[int], lots: int) -> float:
        """Return what came into the queues between the first and the last trade at each price, for each lot."""
        came: dict[int, list[int]] = {}
        for place in members:
            one = self.hits[place]
            if one.came is None:
                return nan
            came.setdefault(one.tick, []).append(one.came)
        return sum(sums[-1] - sums[0] for sums in came.values()) / lots

    def zone_at(self, side: str, low: int, high: int, ts: int) -> Zone | None:
        """Return the live zone that a finding belongs to."""
        settings = self.settings
        near = []
        for zone in self.zones:
            apart = max(low - zone.high, zone.low - high, 0)
            height = max(high, zone.high) - min(low, zone.low) + 1
            fits = apart <= settings.merge_ticks and height <= settings.zone_ticks + 2 * settings.merge_ticks
            if zone.side == side and fits and ts - zone.pressed <= settings.merge_time:
                near.append((apart, -zone.number, zone))
        return min(near)[2] if near else None

    def form(
        self, hit: Hit, low: int, high: int, members: list[int], measures: tuple[int, float, float, float]
    ) -> None:
        """Begin a zone; those at its prices, and one too many, give way."""
        for zone in self.in_rows():
            if zone.side == hit.side and zone.low <= high and low <= zone.high:
                self.end("gave way", zone, hit.ts, 0)
        self.formed += 1
        since = self.hits[members[0]].ts
        formed = Zone(self.formed, hit.side, low, high, since, hit.ts, members, measures)
        self.zones.append(formed)
        self.tell("formed", formed, hit.ts, sum(self.hits[place].size for place in members))
        if len(self.zones) > LIVE_ZONES:
            self.end("gave way", min(self.in_rows(), key=lambda zone: zone.pressed), hit.ts, 0)

    # --- the life of a zone -------------------------------------------------------------------------------------------

    def in_rows(self) -> list[Zone]:
        """Return the live zones; the order of steps of one moment means nothing, so this is by number."""
        return sorted(self.zones, key=lambda zone: zone.number)

    def follow(self, zone: Zone, hit: Hit) -> None:
        """Let a zone see a trade."""
        settings, beyond, ahead = self.settings, zone.beyond(hit.tick), zone.ahead(hit.tick)
        quiet = hit.ts - self.hits[zone.members[-1]].ts
        if quiet > settings.age:
            self.end("aged", zone, hit.ts, quiet)
        elif beyond >= settings.break_ticks:
            zone.through += hit.size
            if zone.through >= settings.break_volume * self.usual.usual_lots:
                self.end("traded through", zone, hit.ts, zone.through)
        elif beyond <= 0:
            zone.through = 0
            if ahead <= 0:
                self.enter(zone, hit)
            elif self.range and ahead >= max(LEAST_AWAY, settings.touch_range * self.range):
                zone.away = True
                if not zone.confirmed and ahead >= settings.confirm_range * self.range:
                    zone.confirmed = True
                    self.tell("confirmed", zone, hit.ts, ahead)

    def enter(self, zone: Zone, hit: Hit) -> None:
        """Take a trade at a price of the zone."""
        if hit.side == zone.side:
            zone.members.append(len(self.hits) - 1)
        if zone.away:
            zone.away = False
            zone.touches += 1
            self.tell("touched", zone, hit.ts, zone.touches)

    def end(self, what: str, zone: Zone, ts: int, amount: int) -> None:
        """End a zone."""
        self.tell(what, zone, ts, amount)
        self.zones.remove(zone)

    def tell(self, what: str, zone: Zone, ts: int, amount: int) -> None:
        """Note a step."""
        lots = sum(self.hits[place].size for place in zone.members)
        place = (zone.side, zone.low, zone.high, zone.since, lots, len(zone.members), zone.touches)
        self.steps.append(Step(what, zone.number, ts, amount, *place, *zone.measures))


def middle_and_spread(samples: list[float]) -> tuple[float, float]:
    """Return the median and 1.4826 times the median absolute deviation, never too small."""
    middle = median(samples)
    return middle, max(1.4826 * median(abs(sample - middle) for sample in samples), LEAST_SPREAD)
