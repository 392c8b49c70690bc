"""Why history cannot be had, and which of it an exception of Databento's client is.

The client raises its own errors, those of two HTTP libraries, and whatever it trips over in an answer of another shape.
No message of ours repeats a key, even where the server does; for the same reason no error keeps the one it came from.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from feeds.errors import CannotConnect, KeyRefused, NotEntitled, SourceError

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_PAST_THE_END: Final = re.compile(r"license_not_found|live data licen[cs]e|data_end_after_available_end", re.IGNORECASE)
_BUSY: Final = frozenset({408, 429, 500, 502, 503, 504})
_SECOND_NS: Final = 1_000_000_000
_LONGEST_REASON: Final = 300


class TooDear(SourceError):  # noqa: N818 - the names say what is wrong, as those of feeds.errors do
    """The data would cost more than the limit that was set."""


class RequestRefused(SourceError):  # noqa: N818
    """Databento does not understand the request, or has no such data."""


class BrokenAnswer(SourceError):  # noqa: N818
    """An answer that is cut short or cannot be read."""


class EndsEarlier(NotEntitled):
    """The account may not have data up to the end of the request.

    Attributes:
        end: Where its data end, ns UTC; None where the answer does not say.
    """

    def __init__(self, message: str, end: int | None) -> None:
        super().__init__(message)
        self.end = end


class Busy(CannotConnect):
    """Databento cannot answer now; the same request may succeed later.

    Attributes:
        wait: Seconds that it asks to be left alone, 0 where it does not say.
    """

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class _Told:
    """What an HTTP error answer says: its status, its words without a key, and its headers."""

    status: int
    words: str
    headers: Mapping[str, Any]


def classified(error: Exception, words: str, server: str) -> SourceError:
    """Return what an exception of the client means; `words` is its text without a key, `server` who was asked."""
    if isinstance(error, SourceError):
        return error
    status = getattr(error, "http_status", None)
    if isinstance(status, int):
        headers = getattr(error, "headers", None)
        return _of_an_answer(_Told(status, words[:_LONGEST_REASON], {} if headers is None else headers))
    names = {kind.__name__ for kind in type(error).__mro__}
    known = None if "JSONDecodeError" in names else _of_the_line(names, words, server)
    if known is not None:
        return known
    if isinstance(error, OSError) and error.errno is not None:
        return BrokenAnswer(f"the data cannot be written: {error.strerror or type(error).__name__}")
    return BrokenAnswer(f"the answer of {server} cannot be read ({type(error).__name__})")


def _of_the_line(names: set[str], words: str, server: str) -> SourceError | None:
    """Return why no whole answer came, or None where one did."""
    if names & {"Timeout", "TimeoutError", "ServerTimeoutError"}:
        return CannotConnect(f"{server} did not answer in time")
    if "Error streaming response" in words or names & {"ClientPayloadError", "ChunkedEncodingError"}:
        return BrokenAnswer(f"the data of {server} broke off before their end")
    if names & {"ConnectionError", "ClientConnectionError", "RequestException", "ClientError"}:
        return CannotConnect(f"{server} cannot be reached: is this machine online?")
    return None


def moment_in(text: str) -> int | None:
    """Return the first date or time in a text as ns UTC, to the microsecond; None where there is none."""
    found = _MOMENT.search(text)
    if found is None:
        return None
    moment = datetime.fromisoformat(found[0])
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(moment.replace(microsecond=0).timestamp()) * _SECOND_NS + moment.microsecond * 1_000


def _of_an_answer(told: _Told) -> SourceError:
    if told.status == 401:
        return KeyRefused("Databento does not accept the API key: check DATABENTO_API_KEY")
    if _PAST_THE_END.search(told.words):
        return EndsEarlier(f"the account's history ends earlier: {told.words}", moment_in(told.words))
    if told.status == 402:
        return NotEntitled(f"Databento asks for payment first: {told.words}")
    if told.status == 403:
        return NotEntitled(f"the account may not see this: {told.words}")
    if told.status in _BUSY:
        return Busy(f"Databento is busy or down (HTTP {told.status})", _seconds(told.headers.get("Retry-After")))
    return RequestRefused(f"Databento refuses the request (HTTP {told.status}): {told.words}")


def _seconds(text: object) -> float:
    return float(str(text)) if str(text).isdecimal() else 0.0
