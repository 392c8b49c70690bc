"""How long to leave Yahoo alone after it could not be had."""

import random

from feeds.yahoo.errors import RateLimited, YahooError
from feeds.yahoo.options import YahooOptions

_LEAST_SHARE = 0.5
"""A pause is this share of what it could be, at least: so that many programs do not come back at one moment."""


class Backoff:
    """Pauses that double with each failure in a row."""

    def __init__(self, options: YahooOptions, chance: random.Random) -> None:
        self._options = options
        self._chance = chance
        self._failures = 0

    def after(self, error: YahooError) -> float:
        """Return the seconds to wait after one more failure."""
        options = self._options
        whole = min(options.longest_backoff, options.first_backoff * 2.0 ** min(self._failures, 30))
        self._failures += 1
        pause = whole * self._chance.uniform(_LEAST_SHARE, 1.0)
        return max(pause, options.rate_limited_seconds) if isinstance(error, RateLimited) else pause

    def over(self) -> None:
        """Forget the failures: it worked."""
        self._failures = 0
