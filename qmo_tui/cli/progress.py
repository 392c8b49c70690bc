"""Progress on stderr, where that is a terminal: records, event time, rate."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from feeds.recording import Recording

_BETWEEN_SECONDS: Final = 0.1
_SECOND_NS: Final = 1_000_000_000

Tell = Callable[[int, int | None], None]


@contextmanager
def reading_progress(recording: "Recording") -> Iterator[Tell]:
    """Give a function to be told (records read, newest event time); it paints at most ten times a second.

    Until it is told something the first time, the engines are being prepared.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _records, _clock: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from qmo_tui.session.preparing import PREPARING

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[records]:,} records"),
        TextColumn("{task.fields[clock]}"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
    )
    began = painted = 0.0
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(PREPARING, total=recording.size, records=0, clock="--", rate=0.0)

        def tell(records: int, clock: int | None) -> None:
            nonlocal began, painted
            now = time.monotonic()
            began = began or now
            if now - painted < _BETWEEN_SECONDS:
                return
            painted = now
            bar.update(
                task,
                description=recording.source,
                completed=recording.bytes_read,
                records=records,
                clock="--" if clock is None else _utc(clock),
                rate=records / max(now - began, _BETWEEN_SECONDS),
            )

        yield tell


def _utc(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment // _SECOND_NS, UTC):%Y-%m-%d %H:%M:%S} UTC"
