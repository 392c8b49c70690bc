"""What several commands read from their arguments: speeds, times, and whether to serve beside the screen."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from qmo_tui.errors import QmoError

Serve = Annotated[
    bool, typer.Option("--serve", help="Serve the market to other programs on this machine too, as `qmo serve` does.")
]
ServePort = Annotated[
    int | None, typer.Option("--port", metavar="N", help="With --serve: its port. [setting server.port]")
]


def check_port(port: int | None, *, serve: bool, plain: bool = False) -> None:
    """Refuse a port that nothing would listen on, and to serve beside lines of plain text.

    Raises:
        QmoError: One of the two was asked for.
    """
    if serve and plain:
        raise QmoError("--serve goes with the cockpit: without a screen, use `qmo serve`")
    if port is not None and not serve:
        raise QmoError("--port goes with --serve")


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
        raise QmoError(
            f"{flag} {text}: give an ISO date and time, such as 2023-12-25T23:10:00 in UTC, or 2023-12-25T18:10-05:00"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000_000) * 1_000
