"""The sky computed beside a session: kept for those who ask later, and given up when the session ends."""

from engines.timing.astro.ephemeris import DAY_NS
from engines.timing.astro.sky import sky_of
from qmo_tui.session.sky_ahead import SkyAhead

FAR = 40_000 * DAY_NS
"""A moment whose days no other test computes."""


async def test_it_ends_with_the_session_at_once() -> None:
    before = sky_of.cache_info().currsize
    ahead = SkyAhead()
    ahead.begin(FAR)
    await ahead.close()
    assert sky_of.cache_info().currsize - before < 368


async def test_a_session_that_never_knew_the_time_has_nothing_to_end() -> None:
    await SkyAhead().close()


async def test_the_first_day_is_kept_whenever_it_ends() -> None:
    sky_of.cache_clear()
    ahead = SkyAhead()
    ahead.begin(FAR)
    ahead.begin(FAR + 1_000 * DAY_NS)
    await ahead.close()
    misses = sky_of.cache_info().misses
    sky_of(FAR // DAY_NS - 2)
    assert sky_of.cache_info().misses == misses
