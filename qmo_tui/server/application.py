"""The server's application: its routes, and what holds for every answer."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Final
from weakref import WeakSet

from aiohttp import web
from aiohttp.typedefs import Middleware

from qmo_tui.loop_lag import watch_lag
from qmo_tui.server.api import Api
from qmo_tui.server.guard import LARGEST_BODY, Allowance, Guard, Handler, too_large
from qmo_tui.server.problems import Refused
from qmo_tui.server.served import Served
from qmo_tui.server.stream import EventStream
from qmo_tui.server.token import Token
from qmo_tui.server.worst_lag import WorstLag
from qmo_tui.setting_tables.server import Server

_LOGGER: Final = logging.getLogger("qmo.server")
SERVED: Final = web.AppKey("served", Served)
"""The session that is served."""
OPTIONS: Final = web.AppKey("options", Server)
"""The settings of the server."""
KNOWN: Final = web.AppKey("known", WeakSet[asyncio.BaseTransport])
"""The connections on which a request was let in."""


def make_application(served: Served, stream: EventStream, token: Token, options: Server) -> web.Application:
    """Return the application; whoever has further routes adds them before it is started."""
    guard = Guard(token, Allowance(options.requests_per_second))
    application = web.Application(middlewares=[_tell_problems, _guarded(guard)], client_max_size=LARGEST_BODY)
    application[SERVED] = served
    application[OPTIONS] = options
    application[KNOWN] = WeakSet()
    lag = WorstLag()
    application.add_routes(Api(served, stream, lag, options).routes())
    application.on_response_prepare.append(_mark)
    application.cleanup_ctx.append(_watching(lag))
    return application


def _watching(lag: WorstLag) -> Callable[[web.Application], AsyncIterator[None]]:
    async def watch(_: web.Application) -> AsyncIterator[None]:
        watching = asyncio.create_task(watch_lag(lag.record, time.monotonic))
        yield
        watching.cancel()

    return watch


def _guarded(guard: Guard) -> Middleware:
    @web.middleware
    async def let_pass(request: web.Request, handler: Handler) -> web.StreamResponse:
        guard.admit(request)
        if request.transport is not None:
            request.app[KNOWN].add(request.transport)
        return await handler(request)

    return let_pass


@web.middleware
async def _tell_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error as a problem; what is a defect stands in the log, never in the answer."""
    try:
        return await handler(request)
    except Refused as refused:
        return refused.response
    except web.HTTPError as error:
        return _refusal_of(error).response
    except Exception:
        _LOGGER.exception("a request to %s failed", request.path)
        if request.writer.output_size:
            raise  # an answer is under way, such as an open WebSocket: its connection is cut, for another has no place
        return Refused(
            HTTPStatus.INTERNAL_SERVER_ERROR, "the program made a mistake: its log has the details, please report it"
        ).response


def _refusal_of(error: web.HTTPError) -> Refused:
    """Return aiohttp's own refusals in our words."""
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return too_large()
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return Refused(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"{error.method} is not answered here: nothing can be changed, use {allowed}",
            {"Allow": allowed},
        )
    if isinstance(error, web.HTTPNotFound):
        return Refused(HTTPStatus.NOT_FOUND, "nothing is at this address: /api/v1/openapi.json tells what there is")
    return Refused(HTTPStatus(error.status), error.text or error.reason)


async def _mark(_: web.Request, response: web.StreamResponse) -> None:
    """Say on every answer that it is for this client and moment alone, and nothing of what made it."""
    response.headers["Server"] = "qmo"
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
