"""The stored calibration: one JSON file a product, replaced at once, read whole or set aside.

Recorded sessions write `calibration/GC.json` in the data folder, simulated ones `calibration/demo/GC.json`: what a
simulated market taught is never shown beside a real one.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

import msgspec

from feeds.instrument import Instrument, root_of
from qmo_tui.broken_file import keep_aside
from qmo_tui.calibration.measures import Measured
from qmo_tui.calibration.model import Model
from qmo_tui.calibration.outcomes import Barriers, Ended
from qmo_tui.calibration.pillar_rates import PillarRate
from qmo_tui.calibration.shifted_dates import ShiftTest
from qmo_tui.errors import QmoError
from qmo_tui.exit_codes import ExitCode
from qmo_tui.paths import calibration_folder

FORMAT: Final = 1
_TEMPORARY: Final = ".new"


class Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calibration with everything it rests on; the measures and the model are None where outcomes are too few.

    Attributes:
        format: Of the file.
        version: Of the program that made it.
        settings_digest: Of the settings that pillars depend on.
        product: Root of the contracts, such as `GC`.
        simulated: Whether the sessions were.
        barriers: What outcomes were counted by.
        recordings: File names.
        records: Records read.
        sessions: Dates of the trading days with outcomes, ISO 8601, oldest first.
        n: Outcomes.
        needed: Outcomes without which there is no calibration.
        left_out: Scores that could not be entered, or whose horizon was not recorded to the end.
        seen_twice: Outcomes dropped because recordings tell the same time.
        ended: Outcomes by what ended them; empty where they are too few.
        base_rate: Share won of all outcomes.
        fitted: The model's probabilities, each said by sessions before.
        recalibrated: The fixed-weight score turned into a probability by sessions before.
        score: The fixed-weight score taken for a probability, which it is not.
    """

    format: int
    version: str
    settings_digest: str
    product: str
    simulated: bool
    barriers: Barriers
    recordings: tuple[str, ...]
    records: int
    sessions: tuple[str, ...]
    n: int
    needed: int
    left_out: int
    seen_twice: int
    ended: dict[Ended, int] = msgspec.field(default_factory=dict)
    base_rate: float | None = None
    fitted: Measured | None = None
    recalibrated: Measured | None = None
    score: Measured | None = None
    pillars: tuple[PillarRate, ...] = ()
    shifts: tuple[ShiftTest, ...] = ()
    model: Model | None = None


class CalibrationDamagedError(QmoError):
    """The file is no calibration, or not whole."""


def product_of(instrument: Instrument) -> str:
    """Return the name that calibrations of a contract are kept under: its root, or its id where it has no name."""
    return root_of(instrument.symbol) or instrument.symbol or str(instrument.instrument_id)


def calibration_file(product: str, *, simulated: bool) -> Path:
    """Return the path of a product's calibration, whether or not the file exists."""
    folder = calibration_folder()
    return (folder / "demo" if simulated else folder) / f"{product}.json"


def read_calibration(path: Path) -> Stored | None:
    """Read a stored calibration; None where there is none.

    Raises:
        CalibrationDamagedError: It is no calibration, not whole, or of another format.
        QmoError: It cannot be read.
    """
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=Stored)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise QmoError(f"calibration: {path}: {error.strerror}", ExitCode.UNREADABLE) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CalibrationDamagedError(f"calibration: {path.name} is damaged ({error})", ExitCode.UNREADABLE) from error
    if stored.format != FORMAT:
        raise CalibrationDamagedError(
            f"calibration: {path.name} is of another version (format {stored.format})", ExitCode.UNREADABLE
        )
    return stored


def open_calibration(path: Path) -> tuple[Stored | None, str | None]:
    """Read a stored calibration for a session and return it with what to tell, if anything.

    One that is damaged is set aside. Nothing is raised: the session goes on without one and says so.
    """
    try:
        return read_calibration(path), None
    except CalibrationDamagedError as error:
        return None, f"{error}: {_set_aside(path)}"
    except QmoError as error:
        return None, str(error)


def _set_aside(path: Path) -> str:
    try:
        aside = keep_aside(path)
    except OSError as failure:
        return f"it cannot be set aside ({failure.strerror}) and is not used"
    return f"it is kept as {aside.name}; `qmo calibrate FILES` makes a new one"


def write_calibration(path: Path, stored: Stored) -> None:
    """Replace a stored calibration at once: a reader, and a crash, sees the old one or the new one.

    Raises:
        QmoError: It cannot be written; the old one stands.
    """
    temporary = path.with_name(path.name + _TEMPORARY)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(msgspec.json.encode(stored) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            temporary.unlink()
        raise QmoError(f"the calibration {path} cannot be written: {error.strerror}", ExitCode.UNEXPECTED) from error
