"""One line a request in the program's log, and never a token: it may stand behind the question mark, or in a header."""

import logging
from http import HTTPStatus
from time import monotonic
from typing import Final

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from qmo_tui.errors import one_line

_LONGEST: Final = 200
"""Letters of an address that are told."""
_AGAIN_SECONDS: Final = 60.0
_REFUSALS: Final = 64
"""Refusals that are remembered as told."""


class AccessLog(AbstractAccessLogger):
    """Tells refusals, each once a minute; with the log's level at `debug` every request.

    A program that asks wrongly ten times a second would else drive out of the log what somebody looks for.
    """

    def __init__(self, logger: logging.Logger, log_format: str = "") -> None:
        super().__init__(logger, log_format)
        self._told: dict[tuple[str, int], float] = {}

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Tell one request."""
        path = one_line(request.path)[:_LONGEST]
        is_refused = response.status >= HTTPStatus.BAD_REQUEST
        tell = self.logger.info if is_refused and self._is_news(path, response.status) else self.logger.debug
        tell("%s %s %d in %.1f ms", request.method, path, response.status, time * 1_000)

    def _is_news(self, path: str, status: int) -> bool:
        now = monotonic()
        if now - self._told.get((path, status), -_AGAIN_SECONDS) < _AGAIN_SECONDS:
            return False
        if len(self._told) >= _REFUSALS:
            self._told.clear()
        self._told[path, status] = now
        return True


class WithoutRequests(logging.Filter):
    """Takes out of what aiohttp complains of what was sent: where that is no HTTP, it repeats the line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Leave of an error its kind."""
        if record.exc_info is not None and record.exc_info[0] is not None:
            record.msg, record.args = f"{record.getMessage()}: {record.exc_info[0].__name__}", None
            record.exc_info = record.exc_text = None
        return True
