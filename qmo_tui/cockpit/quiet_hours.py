"""Quiet hours: when the trader does not want to be called, by New York's clock or that of the machine's place."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A stretch of every day, which may go over midnight.

    Attributes:
        begin: Its first moment.
        end: The first one after it; the same as `begin` is no time at all.
        zone: Whose clock; None is the clock of the place where the program runs.
    """

    begin: time = time()
    end: time = time()
    zone: tzinfo | None = UTC

    def covers(self, ts: int) -> bool:
        """Whether a moment (ns UTC) is in them."""
        now = datetime.fromtimestamp(ts // 1_000_000_000, UTC).astimezone(self.zone).time()
        if self.begin <= self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end


def quiet_hours(span: str, zone: tzinfo | None) -> QuietHours:
    """Return the hours that a setting names, such as `22:00-06:30`; none where it is empty."""
    if not span:
        return QuietHours()
    begin, _, end = span.partition("-")
    return QuietHours(time.fromisoformat(begin), time.fromisoformat(end), zone)
