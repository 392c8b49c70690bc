"""What several commands read from their arguments: speeds and times."""

from datetime import UTC, datetime

from qmo_tui.errors import QmoError


def speed_of(text: str | None) -> float | None:
    """Return the speed in the setting's terms: 0 is as fast as possible."""
    if text is None:
        return None
    if text.lower() == "max":
        return 0.0
    try:
        return float(text.removesuffix("x"))
    except ValueError:
        raise QmoError(f"--speed {text}: give a number of times real time, such as 60, or max") from None


def moment_of(text: str | None, flag: str) -> int | None:
    """Return an ISO time as nanoseconds UTC; without an offset it is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise QmoError(f"{flag} {text}: give an ISO date and time, such as 2023-12-25T23:10:00") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000_000) * 1_000
