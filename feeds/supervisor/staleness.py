"""How long the market has said nothing, schema by schema, counted only while it trades.

A line that carries heartbeats and no records is alive and worthless. Each schema has a time it is never silent for in
open trading; the daily halt, the weekend and whatever else `is_trading` says no to does not count.
"""

from collections.abc import Callable, Mapping

from feeds.records import Schema


class Staleness:
    """Watches the schemas of one connection. `now` is loop time in seconds, `moment` the wall clock in ns UTC."""

    def __init__(self, limits: Mapping[Schema, float], is_trading: Callable[[int], bool]) -> None:
        """Watch with these limits, in seconds; a schema without one may be silent for ever."""
        self._limits = limits
        self._is_trading = is_trading
        self._heard: dict[Schema, float] = {}
        self._since = 0.0

    def begin(self, now: float, expected: Schema | None = None) -> None:
        """Begin with a new connection, on which `expected` is to come; others are watched once they have come."""
        self._heard.clear()
        self._since = now
        if expected is not None:
            self._heard[expected] = now

    def expect(self, schema: Schema, now: float) -> None:
        """Watch a schema from now on, whether or not it ever comes."""
        self._heard.setdefault(schema, now)

    def note(self, schema: Schema, now: float) -> None:
        """Hear that records of a schema have come."""
        self._heard[schema] = now

    def silent(self, now: float, moment: int) -> tuple[Schema, ...]:
        """Return the schemas that have been silent for too long."""
        if not self._is_trading(moment):
            self._since = now
            return ()
        return tuple(
            schema
            for schema, heard in self._heard.items()
            if schema in self._limits and now - max(heard, self._since) > self._limits[schema]
        )

    def limit(self, schema: Schema) -> float:
        """Return how long a schema may be silent, seconds."""
        return self._limits[schema]
