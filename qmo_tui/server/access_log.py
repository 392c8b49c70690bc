"""One line a request in the program's log: never what stands behind the question mark, where a token may be."""

from http import HTTPStatus

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from qmo_tui.errors import one_line

_LONGEST = 200
"""Letters of an address that are told."""


class AccessLog(AbstractAccessLogger):
    """Tells refusals, and with the log's level at `debug` every request."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Tell one request."""
        tell = self.logger.info if response.status >= HTTPStatus.BAD_REQUEST else self.logger.debug
        tell("%s %s %d in %.1f ms", request.method, one_line(request.path)[:_LONGEST], response.status, time * 1_000)
