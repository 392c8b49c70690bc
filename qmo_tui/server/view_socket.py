"""Views for screens in other processes: a WebSocket that answers each `ViewRequest` with a `Glance`.

The screen sets the pace: it asks again once it has the answer, so that nothing piles up for one that is slow. How often
it may ask is bounded, and screens that want the same share one answer.
"""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, get_args

import msgspec
from aiohttp import WSCloseCode, web

from engines.view import ViewRequest
from qmo_tui.server.application import OPTIONS, SERVED
from qmo_tui.server.newest import Newest, glance_at
from qmo_tui.server.problems import Refused
from qmo_tui.server.served import Served
from qmo_tui.session.glance import VIEW_PATH, encoded, request_of
from qmo_tui.setting_tables.kinds import ChartInterval

_LARGEST_REQUEST: Final = 4_096
"""Bytes of a question."""
_MOST_ROWS: Final = 1_000
"""Rows, prints or bars in one answer, seconds or minutes that it looks back: more than the largest screen shows."""
_FARTHEST: Final = 2**40
"""Ticks; no price is so far away."""
_END_OF_TIME: Final = 2**63
"""Nanoseconds."""
_SHARED_SECONDS: Final = 0.04
"""An answer is given again to whoever asks the same so soon; nobody is answered more often."""
_HEARTBEAT_SECONDS: Final = 15.0


def answers_of(served: Served, clock: Callable[[], float] = time.monotonic) -> Newest[bytes]:
    """Return the answers of one session, as bytes."""
    return Newest(lambda request: encoded(glance_at(served, request)), _SHARED_SECONDS, clock)


class ViewSocket:
    """The route that screens ask; as many at once as the settings allow."""

    def __init__(self, application: web.Application) -> None:
        self._answers = answers_of(application[SERVED])
        self._most = application[OPTIONS].screens
        self._open: set[web.WebSocketResponse] = set()
        application.router.add_get(VIEW_PATH, self._handle)
        application.on_shutdown.append(self._end)

    async def _handle(self, request: web.Request) -> web.WebSocketResponse:
        if len(self._open) >= self._most:
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{self._most} screens are open: close one, or allow more (setting server.screens)",
            )
        socket = web.WebSocketResponse(
            heartbeat=_HEARTBEAT_SECONDS, max_msg_size=_LARGEST_REQUEST, compress=False, timeout=1.0
        )
        self._open.add(socket)
        try:
            await socket.prepare(request)
            await self._answer_all(socket)
        finally:
            self._open.discard(socket)
        return socket

    async def _answer_all(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            try:
                wanted = checked(request_of(message.data))
            except (msgspec.DecodeError, TypeError, ValueError, RecursionError) as error:
                await socket.close(
                    code=WSCloseCode.UNSUPPORTED_DATA, message=f"no view request: {error}".encode()[:120]
                )
                return
            try:
                await socket.send_bytes(self._answers.answer(wanted))
            except ConnectionError:
                return  # the screen has gone
            await asyncio.sleep(_SHARED_SECONDS)

    async def _end(self, _: web.Application) -> None:
        """Tell every screen that this was the last answer."""
        for socket in tuple(self._open):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the serving program has ended")


def checked(request: ViewRequest) -> ViewRequest:
    """Return a request that can be answered.

    Raises:
        ValueError: It wants more than any screen shows, or what there is none of.
    """
    counts = (request.ladder_rows, request.prints, request.bars, request.footprints)
    spans = (request.recent_seconds, request.profile_minutes)
    if min(counts + spans + (request.minimum_size,)) < 0 or max(counts + spans) > _MOST_ROWS:
        raise ValueError(f"0 to {_MOST_ROWS} rows, prints, bars, seconds and minutes")
    if request.interval not in get_args(ChartInterval):
        raise ValueError("no such interval")
    pinned = request.pinned
    ticks = [request.ladder_top or 0] + ([] if pinned is None else [pinned.low, pinned.high])
    if max(map(abs, ticks)) > _FARTHEST or (pinned is not None and pinned.low >= pinned.high):
        raise ValueError("no such prices")
    times = [request.extent_since or 0] + ([] if pinned is None else [pinned.low_start, pinned.high_start])
    if any(not 0 <= moment < _END_OF_TIME for moment in times):
        raise ValueError("no such times")
    return request
