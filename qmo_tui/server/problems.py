"""Errors as a client gets them: `application/problem+json` (RFC 9457), one sentence each with what to do."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from aiohttp import web


class Problem(msgspec.Struct, frozen=True):
    """Why a request was refused.

    Attributes:
        title: The status in words.
        status: HTTP status.
        detail: What is wrong and what to do, one sentence.
    """

    title: str
    status: int
    detail: str


class Refused(Exception):  # noqa: N818 - a refusal is an answer
    """A request that is refused, with the problem that tells why."""

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.problem = Problem(title=status.phrase, status=status.value, detail=detail)
        self.headers = dict(headers or {})

    @property
    def response(self) -> web.Response:
        """The answer that tells it."""
        return web.Response(
            status=self.problem.status,
            body=msgspec.json.encode(self.problem),
            content_type="application/problem+json",
            headers=self.headers,
        )
