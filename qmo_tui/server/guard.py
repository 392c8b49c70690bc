"""Who is let in: requests of this machine, by their names, with the token, of bearable size and number.

A page of the internet that a browser shows could send requests here too. It does not know the token; and where its name
was made to lead to this machine, its `Host` or `Origin` tells.
"""

import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from qmo_tui.server.problems import Refused
from qmo_tui.server.token import Token

LARGEST_BODY: Final = 65_536
"""Bytes of a request's body."""
_OUR_NAMES: Final = frozenset({"127.0.0.1", "localhost"})
_BEARER: Final = "bearer "

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Allowance:
    """How many requests may come: so many a second, and as many at once."""

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._left = float(per_second)
        self._asked = clock()

    def take(self) -> bool:
        """Take one; False where none is left."""
        now = self._clock()
        self._left = min(self._per_second, self._left + (now - self._asked) * self._per_second)
        self._asked = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Guard:
    """Refuses what must not be answered, whatever it asks for."""

    def __init__(self, token: Token, allowance: Allowance) -> None:
        self._token = token
        self._allowance = allowance

    def admit(self, request: web.Request) -> None:
        """Let a request pass.

        Raises:
            Refused: It comes from elsewhere, without the token, too often, or is too large.
        """
        _check_names(request)
        if not self._token.matches(presented(request)):
            raise Refused(
                HTTPStatus.UNAUTHORIZED,
                "the token is missing or wrong: send `Authorization: Bearer TOKEN` with the one that was told at start;"
                " in a browser open the whole address that `qmo serve` tells, with ?token=TOKEN at its end",
                {"WWW-Authenticate": 'Bearer realm="qmo"'},
            )
        if (request.content_length or 0) > LARGEST_BODY:
            raise too_large()
        if not self._allowance.take():
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too many requests a second: ask less often, or follow the stream (setting server.requests_per_second)",
                {"Retry-After": "1"},
            )


def presented(request: web.Request) -> str:
    """Return the token that a request carries: in its header, else in its address; empty for none."""
    header = request.headers.get("Authorization", "")
    if header[: len(_BEARER)].lower() == _BEARER:
        return header[len(_BEARER) :].strip()
    return request.query.get("token", "")


def too_large() -> Refused:
    """Return the refusal of a body beyond all need."""
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the body is larger than {LARGEST_BODY} bytes: send a smaller one",
        {"Connection": "close"},
    )


def _check_names(request: web.Request) -> None:
    host = request.headers.get("Host", "")
    if _name_of(f"//{host}") not in _OUR_NAMES:
        raise Refused(HTTPStatus.FORBIDDEN, "this server answers to 127.0.0.1 and localhost alone: ask it by that name")
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != f"http://{host.lower()}":
        raise Refused(HTTPStatus.FORBIDDEN, "pages of other origins are not answered: ask from this server's own")


def _name_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
