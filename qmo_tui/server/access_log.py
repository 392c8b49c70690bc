"""One line a request in the program's log, and never a token: it may stand behind the question mark, or in a header."""

import logging
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


class WithoutRequests(logging.Filter):
    """Takes out of what aiohttp complains of what was sent: where that is no HTTP, it repeats the line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Leave of an error its kind."""
        if record.exc_info is not None and record.exc_info[0] is not None:
            record.msg, record.args = f"{record.getMessage()}: {record.exc_info[0].__name__}", None
            record.exc_info = record.exc_text = None
        return True
