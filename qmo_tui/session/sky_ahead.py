"""A year of the sky, computed beside a session so that no reading waits for it.

The engines say the same without it: they compute what is missing when they need it, a few milliseconds a day.
"""

import asyncio
from threading import Event


class SkyAhead:
    """Fills the cache of moments in the sky, once, in a thread."""

    def __init__(self) -> None:
        """Touch nothing yet."""
        self._given_up = Event()
        self._running: asyncio.Future[None] | None = None

    def begin(self, moment: int) -> None:
        """Compute the year from a moment on (ns UTC); another call changes nothing."""
        if self._running is None:
            self._running = asyncio.ensure_future(asyncio.to_thread(self._compute, moment))

    async def close(self) -> None:
        """Give up what is left; returns when the thread has ended."""
        self._given_up.set()
        if self._running is not None:
            await self._running

    def _compute(self, moment: int) -> None:
        from engines.timing.astro.sky import year_from  # noqa: PLC0415 - loads the ephemeris, which no start waits for

        for _ in year_from(moment):
            if self._given_up.is_set():
                return
