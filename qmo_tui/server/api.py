"""What the addresses under `/api/v1` answer."""

import hashlib
from functools import cache, partial
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import ETag, web

from engines.view import ViewRequest
from qmo_tui.server import answers, reading
from qmo_tui.server.document import EVENT_KINDS, openapi
from qmo_tui.server.following import Following
from qmo_tui.server.newest import FRESH_SECONDS, Newest, glance_at
from qmo_tui.server.questions import asked_in_address, asked_in_body
from qmo_tui.server.served import Served
from qmo_tui.server.stream import EventStream
from qmo_tui.server.worst_lag import WorstLag
from qmo_tui.setting_tables.server import Server

_READING: Final = ViewRequest(zones=True, mentor=True)
"""The one view that market, zones and health are answered from."""


class Api:
    """The answers about one session."""

    def __init__(self, served: Served, stream: EventStream, lag: WorstLag, options: Server) -> None:
        self._stream = stream
        self._lag = lag
        self._newest = Newest(partial(glance_at, served), FRESH_SECONDS)
        self._following = Following(stream, options, EVENT_KINDS)

    def routes(self) -> list[web.RouteDef]:
        """Return the addresses with what answers them."""
        return [
            web.get("/api/v1/market", self._market),
            web.post("/api/v1/market", self._ask_market),
            web.get("/api/v1/zones", self._zones),
            web.get("/api/v1/bars", self._bars),
            web.get("/api/v1/health", self._health),
            web.get("/api/v1/stream", self._following.follow, allow_head=False),
            web.get("/api/v1/openapi.json", _openapi),
        ]

    async def _market(self, request: web.Request) -> web.Response:
        return self._answer_market(request, asked_in_address(request, answers.MarketQuestion))

    async def _ask_market(self, request: web.Request) -> web.Response:
        return self._answer_market(request, await asked_in_body(request, answers.MarketQuestion))

    def _answer_market(self, request: web.Request, question: answers.MarketQuestion) -> web.Response:
        answer = reading.market(self._newest.answer(_READING), question)
        return _answered(request, answer, msgspec.structs.replace(answer, age_seconds=None))

    async def _zones(self, request: web.Request) -> web.Response:
        question = asked_in_address(request, answers.ZonesQuestion)
        answer = reading.zones(self._newest.answer(_READING), question)
        return _answered(request, answer)

    async def _bars(self, request: web.Request) -> web.Response:
        question = asked_in_address(request, answers.BarsQuestion)
        glance = self._newest.answer(ViewRequest(interval=question.interval, bars=answers.MOST_BARS))
        answer = reading.bars(glance, question)
        return _answered(request, answer)

    async def _health(self, request: web.Request) -> web.Response:
        asked_in_address(request, _Nothing)
        glance = self._newest.answer(_READING)
        return _json(msgspec.json.encode(reading.health(glance, self._lag.milliseconds, self._stream.stand)))


class _Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address that takes no question."""


def _answered(request: web.Request, answer: msgspec.Struct, lasting: msgspec.Struct | None = None) -> web.Response:
    """Return an answer, or that it (or what is `lasting` of it) is what the client had when it asked last."""
    body = msgspec.json.encode(answer)
    told = body if lasting is None else msgspec.json.encode(lasting)
    etag = hashlib.blake2b(told, digest_size=12).hexdigest()
    known = request.if_none_match or ()
    if request.method == "GET" and any(one.value == etag for one in known):
        response = web.Response(status=HTTPStatus.NOT_MODIFIED)
    else:
        response = _json(body)
    response.etag = ETag(etag, is_weak=True)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


@cache
def _document() -> bytes:
    return msgspec.json.encode(openapi())


async def _openapi(_: web.Request) -> web.Response:
    return _json(_document())
