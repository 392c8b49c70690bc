"""What can go wrong with Yahoo, each in one line that can be shown; and which of it an exception of `yfinance` is.

The library raises its own exceptions, those of its HTTP client and, over an answer of an unexpected shape, whatever
its parsing trips over. None of them is imported here, since that would load the library: they are told by name.
"""

import logging
from typing import Any, Final

from feeds.errors import CannotConnect

_LOGGER: Final = logging.getLogger("qmo.yahoo")
_TOO_MANY: Final = 429
_FIRST_ERROR: Final = 400
_LONGEST_REASON: Final = 160


class YahooError(CannotConnect):
    """Yahoo cannot be had for now; the message says why, in one line."""


class RateLimited(YahooError):  # noqa: N818 - the names say what is wrong, as those of feeds.dbn.errors do
    """Yahoo wants fewer requests from this address."""


class Unreachable(YahooError):  # noqa: N818
    """No connection: no name, no route, refused, or cut."""


class TimedOut(YahooError):  # noqa: N818
    """No whole answer in time."""


class NothingGiven(YahooError):  # noqa: N818
    """An answer without a price: an unknown symbol, or one that Yahoo has no data for at the moment."""


class Malformed(YahooError):  # noqa: N818
    """An answer that cannot be read."""


class Refused(YahooError):  # noqa: N818
    """An answer with an HTTP error status, or Yahoo's notice that it is down."""


class NotUsable(YahooError):  # noqa: N818
    """Nothing of Yahoo works in this installation: the library is missing or its address setting is wrong."""


class Closed(YahooError):  # noqa: N818
    """Whoever asked has closed it meanwhile."""


def classified(error: Exception, symbol: str, status: int | None = None) -> YahooError:
    """Return what an exception out of `yfinance` means; its traceback goes to the log where the cause is not plain.

    `status` is that of the newest HTTP answer, None where there was none.
    """
    if isinstance(error, YahooError):
        return error
    names = {kind.__name__ for kind in type(error).__mro__}
    known = _of_an_answer(names, symbol, error, _status(error)) or _of_the_line(names)
    if known is not None:
        return known
    if status is not None and status >= _FIRST_ERROR:
        return _refused(status)
    _LOGGER.info("an answer of Yahoo could not be read", exc_info=error)
    return Malformed(f"Yahoo's answer cannot be read ({type(error).__name__})")


def _of_an_answer(names: set[str], symbol: str, error: Exception, status: int | None) -> YahooError | None:
    """Return what Yahoo's answer says, or None where this is not about a readable answer."""
    if "YFRateLimitError" in names or status == _TOO_MANY:
        return RateLimited("Yahoo takes no more requests from this address for now (429)")
    if names & {"YFTickerMissingError", "YFInvalidPeriodError"}:
        given = getattr(error, "yahoo_reason", None)
        return NothingGiven(f"Yahoo has no prices of {symbol}" + (f": {_line(given)}" if given else ""))
    if "YFDataException" in names:
        return Refused("Yahoo says that it is down")
    return None if status is None else _refused(status)


def _refused(status: int) -> Refused:
    return Refused(f"Yahoo answers with an error (HTTP {status})")


def _of_the_line(names: set[str]) -> YahooError | None:
    """Return why there was no answer, or None where there was one."""
    if names & {"Timeout", "TimeoutError"}:
        return TimedOut("Yahoo did not answer in time")
    if "DNSError" in names:
        return Unreachable("Yahoo's address was not found: is this machine online?")
    if names & {"RequestException", "ConnectionError", "WebSocketException", "OSError"}:
        return Unreachable("Yahoo cannot be reached")
    return None


def _status(error: Exception) -> int | None:
    response: Any = getattr(error, "response", None)
    return getattr(response, "status_code", None) or None  # 0: the connection broke before there was one


def _line(text: object) -> str:
    return " ".join(str(text).split())[:_LONGEST_REASON]
