"""Astro timing: the sky as almanacs have it, and windows said once, without a direction."""

import time
from datetime import UTC, datetime
from itertools import pairwise
from math import degrees

import ephem
import pytest

from engines.events import Window
from engines.pipeline import Pipeline, run
from engines.timing.astro.ephemeris import DAY_NS, Body, longitude, turned
from engines.timing.astro.sky import SkyEvent, SkyKind, sky_of, year_from
from engines.timing.astro.windows import KINDS, AstroSettings, AstroWindows
from feeds.instrument import Instrument
from feeds.records import Batch, Schema
from tests.market import session
from tests.market.sessions import FIRST_INSTRUMENT, TICK

MINUTE = 60_000_000_000
HOUR = 60 * MINUTE
ARC_SECOND = 1 / 3_600
EPHEM_EPOCH_DAYS = 25_567.5
"""Days from ephem's epoch, the noon of 1899-12-31, to 1970."""
PLANETS = {
    Body.MOON: ephem.Moon,
    Body.MERCURY: ephem.Mercury,
    Body.VENUS: ephem.Venus,
    Body.SUN: ephem.Sun,
    Body.MARS: ephem.Mars,
    Body.JUPITER: ephem.Jupiter,
    Body.SATURN: ephem.Saturn,
}


def at(text: str) -> int:
    """Return a moment such as `2026-01-18 19:52`, UTC, in ns."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def sky_between(start: int, end: int) -> list[SkyEvent]:
    """Return what happens from `start` to before `end`, in order; ns UTC."""
    days = range(start // DAY_NS, -(-end // DAY_NS))
    return [event for day in days for event in sky_of(day) if start <= event.ts < end]


@pytest.fixture(scope="module")
def three_years() -> list[SkyEvent]:
    return sky_between(at("2024-01-01"), at("2027-01-01"))


@pytest.mark.parametrize("body", list(Body))
def test_longitudes_agree_with_an_independent_ephemeris_to_thirty_arc_seconds(body: Body) -> None:
    for day in range(0, 3 * 365, 7):
        moment = at("2024-01-01 06:00") + day * DAY_NS
        date = ephem.Date(moment / DAY_NS + EPHEM_EPOCH_DAYS)
        there = PLANETS[body](date)
        # Its apparent geocentric place (g_ra, g_dec) is of date already.
        theirs = degrees(ephem.Ecliptic(ephem.Equatorial(there.g_ra, there.g_dec, epoch=date), epoch=date).lon)
        assert abs(turned(longitude(body, moment) - theirs)) <= 30 * ARC_SECOND


@pytest.mark.parametrize(
    ("when", "name"),
    [
        ("2024-01-11 11:57", "new Moon"),
        ("2024-04-08 18:21", "new Moon"),
        ("2024-04-23 23:49", "full Moon"),
        ("2025-03-14 06:55", "full Moon"),
        ("2025-03-29 10:58", "new Moon"),
        ("2025-09-07 18:09", "full Moon"),
        ("2025-12-20 01:43", "new Moon"),
        ("2026-01-03 10:03", "full Moon"),
        ("2026-01-18 19:52", "new Moon"),
        ("2026-03-20 14:46", "Sun enters Aries"),
        ("2026-06-21 08:24", "Sun enters Cancer"),
    ],
)
def test_the_almanac_is_met_to_the_minute(when: str, name: str) -> None:
    near = [event for event in sky_between(at(when) - HOUR, at(when) + HOUR) if event.name == name]
    assert [abs(event.ts - at(when)) <= 90 * MINUTE // 60 for event in near] == [True]


def test_mercury_turns_when_the_almanac_says(three_years: list[SkyEvent]) -> None:
    turns = [event for event in three_years if event.kind is SkyKind.STATION and event.name.startswith("Mercury")]
    days = [datetime.fromtimestamp(event.ts // 1_000_000_000, UTC).strftime("%Y-%m-%d") for event in turns]
    retrograde = ["2024-04-01", "2024-08-05", "2024-11-26", "2025-03-15", "2025-07-18", "2025-11-09"]
    direct = ["2024-01-02", "2024-04-25", "2024-08-28", "2024-12-15", "2025-04-07", "2025-08-11", "2025-11-29"]
    assert days == sorted(
        [*retrograde, *direct, "2026-02-26", "2026-03-20", "2026-06-29", "2026-07-23", "2026-10-24", "2026-11-13"]
    )
    assert [event.name.endswith("direct") for event in turns] == [number % 2 == 0 for number in range(len(turns))]


def test_mars_and_the_sun_do_what_they_do(three_years: list[SkyEvent]) -> None:
    in_2026 = [event.name for event in three_years if event.ts >= at("2026-01-01")]
    assert not [name for name in in_2026 if name.startswith("Mars turns")]
    assert sum(name.startswith("Sun enters") for name in in_2026) == 12


def test_at_its_moment_an_aspect_is_exact(three_years: list[SkyEvent]) -> None:
    angles = {"conjunction": 0, "sextile": 60, "square": 90, "trine": 120, "opposition": 180}
    aspects = [event for event in three_years if event.kind in {SkyKind.ASPECT, SkyKind.MOON_ASPECT}]
    assert len(aspects) > 1_500
    for event in aspects:
        one, name, other = event.name.split()
        apart = abs(turned(longitude(Body(one), event.ts) - longitude(Body(other), event.ts)))
        assert abs(apart - angles[name]) < 2 * ARC_SECOND


def test_days_meet_without_a_gap_or_a_repetition() -> None:
    start = at("2026-05-01") // DAY_NS
    of_days = [event for day in range(start, start + 31) for event in sky_of(day)]
    assert of_days == sorted(set(of_days))
    lunar = [event.ts for event in of_days if event.kind is SkyKind.INGRESS and event.name.startswith("Moon")]
    assert all(1.9 < (later - earlier) / DAY_NS < 2.8 for earlier, later in pairwise(lunar))


@pytest.mark.parametrize("kind", list(SkyKind))
def test_the_base_rate_said_is_the_share_of_time_covered(kind: SkyKind, three_years: list[SkyEvent]) -> None:
    half = KINDS[kind].half
    covered, end = 0, 0
    for event in three_years:
        if event.kind is kind:
            begin = max(event.ts - half, end)
            end = event.ts + half
            covered += max(0, end - begin)
    assert covered / (at("2027-01-01") - at("2024-01-01")) == pytest.approx(KINDS[kind].base_rate, abs=0.005)


def test_a_window_is_said_once_when_its_time_has_come() -> None:
    windows = AstroWindows()
    begin, end = at("2026-01-17 23:00"), at("2026-01-18 22:00")
    in_force = windows.begin_day(begin, end)
    assert all(window.start <= begin < window.end and window.ts == begin for window in in_force)
    said = [window for clock in range(begin, end, HOUR) for window in windows.take(clock)]
    assert [window.ts for window in said] == sorted(window.start for window in said)
    (new_moon,) = [window for window in said if window.name == "new Moon"]
    assert new_moon.exact == at("2026-01-18 19:51:55")
    assert (new_moon.exact - new_moon.start, new_moon.end - new_moon.exact) == (6 * HOUR, 6 * HOUR)
    again = windows.begin_day(at("2026-01-18 23:00"), at("2026-01-19 22:00"))
    assert new_moon.name not in {window.name for window in again}


def test_what_began_over_a_weekend_is_said_at_the_open_unless_it_is_over() -> None:
    at_opens = 0
    for week in range(10):
        windows = AstroWindows()
        friday_end = at("2026-01-09 22:00") + week * 7 * DAY_NS
        sunday = friday_end + 49 * HOUR
        windows.begin_day(friday_end - 23 * HOUR, friday_end)
        windows.take(friday_end)
        opened = windows.begin_day(sunday, sunday + 23 * HOUR)
        assert all(friday_end <= window.start <= sunday < window.end and window.ts == sunday for window in opened)
        at_opens += len(opened)
    assert at_opens > 0


def test_the_pipeline_says_windows_in_the_order_of_time() -> None:
    gold = Instrument("GCG4", FIRST_INSTRUMENT, TICK, 100.0)
    events = run(Pipeline(gold), [Batch(Schema.MBO, session(seed=3).array)])
    windows = [event for event in events if isinstance(event, Window)]
    assert windows
    assert all(window.engine == "astro" and window.price is None for window in windows)
    times = [event.ts for event in events]
    assert times == sorted(times)


# --- the pillar ---------------------------------------------------------------------------------------------------


def followed(settings: AstroSettings, begin: int, end: int) -> AstroWindows:
    """Return the windows of a day, all of them said that have begun by `end`."""
    windows = AstroWindows(settings)
    windows.begin_day(begin, end)
    windows.take(end)
    return windows


def test_the_pillar_rises_to_the_exact_moment_and_falls_to_the_end_of_the_window() -> None:
    """Around the new Moon of 2026-01-18, 19:52 UTC, six hours to both sides; it counts half of what the Sun does."""
    only_these = AstroSettings(moon=0.0, mercury=0.0, venus=0.0, sun=1.0, mars=0.0, jupiter=0.0, saturn=0.0)
    exact = at("2026-01-18 19:51:55")
    strengths = []
    for hours in (-6, -3, 0, 3, 6):
        windows = followed(only_these, at("2026-01-17 23:00"), exact + hours * HOUR)
        lean = windows.lean(exact + hours * HOUR)
        assert (lean.available, lean.direction) == (True, None)
        strengths.append(lean.strength)
    assert strengths == [0.0, 0.25, 0.5, 0.25, 0.0]


def test_the_pillar_names_the_line_that_said_the_window() -> None:
    windows = AstroWindows()
    said = windows.begin_day(at("2026-01-17 23:00"), at("2026-01-18 22:00"))
    moment = at("2026-01-18 19:00")
    said += windows.take(moment)
    lean, pillar = windows.lean(moment), windows.pillar(moment, 0.15)
    (reason,) = pillar.reasons
    assert (pillar.strength, pillar.direction, pillar.weight) == (lean.strength, None, 0.15)
    assert (reason.kind, reason.ts, reason.id) in {("window", window.ts, window.name) for window in said}
    assert "of all time" in reason.text


def test_bodies_without_a_weight_make_a_quiet_pillar() -> None:
    nothing = AstroSettings(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    windows = followed(nothing, at("2026-01-17 23:00"), at("2026-01-18 19:00"))
    assert windows.lean(at("2026-01-18 19:00")).strength == 0.0


def test_a_reading_does_not_know_of_windows_said_after_it() -> None:
    begin, early, late = at("2026-01-17 23:00"), at("2026-01-18 02:00"), at("2026-01-18 19:00")
    in_time, ahead = followed(AstroSettings(), begin, early), followed(AstroSettings(), begin, late)
    assert in_time.pillar(early, 0.15) == ahead.pillar(early, 0.15)


def test_what_is_to_come_is_shown_for_days() -> None:
    now = at("2026-01-17 23:00")
    shown = AstroWindows().shown(now)
    assert [window.start for window in shown] == sorted(window.start for window in shown)
    assert any(window.name == "new Moon" and window.exact == at("2026-01-18 19:51:55") for window in shown)
    assert all(window.end > now for window in shown)


# --- a year ahead -------------------------------------------------------------------------------------------------


def test_a_year_ahead_takes_less_than_two_seconds_and_says_the_same() -> None:
    moment = at("2030-06-01")
    sky_of.cache_clear()
    longitude.cache_clear()
    begun = time.process_time()
    ahead = list(year_from(moment))
    assert time.process_time() - begun < 2.0
    first = moment // DAY_NS - 2
    kept = [sky_of(first + place) for place in (0, 100, 367)]
    assert all(one is ahead[place] for one, place in zip(kept, (0, 100, 367), strict=True))
    sky_of.cache_clear()
    longitude.cache_clear()
    assert [sky_of(first + place) for place in (367, 100, 0)] == [ahead[place] for place in (367, 100, 0)]
