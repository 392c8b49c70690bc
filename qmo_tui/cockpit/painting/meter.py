"""The row that tells what the screen costs."""

from qmo_tui.cockpit.frame import Frame
from qmo_tui.cockpit.painting import numbers
from qmo_tui.cockpit.painting.spans import UNKNOWN, Row, Rows, most_important


def meter_subject(frame: Frame) -> object:
    """Return what of a frame the row shows."""
    return frame.meter, frame.pace


def paint_meter(frame: Frame, width: int, height: int) -> Rows:
    """Paint what a second of the screen cost; all unknown within the first one."""
    read = frame.meter
    pace = frame.pace.frames_per_second
    lags = (None, None) if read is None else (read.lag_median, read.lag_p99)
    parts = [
        (0, _part("fps", f"{UNKNOWN if read is None else f'{read.frames:.0f}'} of {pace}")),
        (1, _part("lag p50 p99", " ".join(_milliseconds(lag) for lag in lags) + " ms")),
        (2, _part("frame", f"{_kilobytes(None if read is None else read.bytes_a_frame)} kB")),
        (3, _part("cores", UNKNOWN if read is None else f"{read.cores:.2f}")),
        (4, ((numbers.rate(frame.records_per_second), "text"),)),
        (5, _part("terminal waits for", f"{_kilobytes(None if read is None else read.waiting)} kB")),
        (6, _part("views", _views(frame))),
    ]
    return (most_important(parts, width),)[:height]


def _part(name: str, value: str) -> Row:
    return ((f" {name} ", "muted"), (value, "text"))


def _views(frame: Frame) -> str:
    read = frame.meter
    if read is None:
        return UNKNOWN
    return f"{read.views:.0f}/s of {_milliseconds(read.view_seconds)} ms"


def _milliseconds(seconds: float | None) -> str:
    return UNKNOWN if seconds is None else f"{seconds * 1_000:.1f}"


def _kilobytes(size: float | None) -> str:
    return UNKNOWN if size is None else f"{size / 1_000:.1f}"
