"""The stored calibration beside the score of a running session.

The engines know nothing of it: the session puts it into the view it hands on, so no event and no digest depends on
what was learned elsewhere. What a recording is replayed with is what was known before it: a calibration that holds its
day or a later one says so, and no probability.
"""

import importlib
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from engines.events import Event
from engines.mentor_view import Calibration, MentorView
from engines.timing.trading_day import day_of
from engines.view import BookState, MarketView
from feeds.instrument import Instrument
from feeds.records import Provenance
from qmo_tui import __version__
from qmo_tui.setting_tables.engines import Bars
from qmo_tui.settings import Settings, settings_digest

if TYPE_CHECKING:
    from qmo_tui.calibration.calibration_file import Stored
    from qmo_tui.calibration.inputs import Ranges


def pillars_digest(settings: Settings) -> str:
    """Return a hash of the settings that pillars depend on: not of which bars are logged."""
    return settings_digest(msgspec.structs.replace(settings, bars=Bars()))


class ScoreCalibration:
    """What scores like the one on the screen came to, for one contract after the other.

    Attributes:
        remarks: What was wrong with the stored file, a line each.
    """

    def __init__(self, settings: Settings) -> None:
        """Touch nothing yet."""
        self.remarks: tuple[str, ...] = ()
        self._digest = pillars_digest(settings)
        self._stored: Stored | None = None
        self._ranges: Ranges | None = None
        self._read: tuple[int, BookState, Calibration | None] | None = None

    def prepare(self) -> None:
        """Load what reading a calibration takes; blocks, so call it in a thread where a screen waits."""
        importlib.import_module("qmo_tui.calibration.calibration_file")

    def follow(self, instrument: Instrument, provenance: Provenance) -> None:
        """Go over to a contract: read what is stored for its product; blocks for some milliseconds."""
        from qmo_tui.calibration import calibration_file as file  # noqa: PLC0415 - a screen does not wait for it
        from qmo_tui.calibration.inputs import Ranges  # noqa: PLC0415 - as above

        path = file.calibration_file(file.product_of(instrument), simulated=provenance is Provenance.DEMO)
        self._stored, remark = file.open_calibration(path)
        self.remarks = () if remark is None else (remark,)
        self._ranges, self._read = Ranges(instrument.tick_size), None

    def restart(self) -> None:
        """Begin the market anew, as a replay does that jumps back."""
        if self._ranges is not None:
            self._ranges, self._read = self._ranges.fresh(), None

    def hear(self, events: Iterable[Event]) -> None:
        """Take what the engines say."""
        if self._ranges is not None and self._stored is not None:
            self._ranges.hear(events)

    def beside(self, view: MarketView) -> MarketView:
        """Return a view with the calibration of its score, where it has a score and something is stored."""
        mentor = view.mentor
        if mentor is None or self._stored is None:
            return view
        if self._read is None or self._read[:2] != (mentor.ts, view.book):
            self._read = mentor.ts, view.book, self._calibration(mentor, view.book, self._stored)
        return replace(view, mentor=msgspec.structs.replace(mentor, calibration=self._read[2]))

    def _calibration(self, mentor: MentorView, book: BookState, stored: "Stored") -> Calibration | None:
        if not stored.n:
            return None
        silence = Calibration(stored.n, None, None, None, None, stored.sessions[0], stored.sessions[-1])
        if stored.model is None:
            return silence
        why = self._why_silent(mentor, stored)
        if why is not None:
            return msgspec.structs.replace(silence, note=why)
        return self._estimated(mentor, book, stored, silence)

    def _why_silent(self, mentor: MentorView, stored: "Stored") -> str | None:
        """Return why no probability may be said; None where one may."""
        if (stored.version, stored.settings_digest) != (__version__, self._digest):
            return "other settings or version: calibrate anew"
        if not stored.simulated and day_of(mentor.ts).isoformat() <= stored.sessions[-1]:
            return "made of this day or later ones"
        return None

    def _estimated(self, mentor: MentorView, book: BookState, stored: "Stored", silence: Calibration) -> Calibration:
        from qmo_tui.calibration.inputs import inputs_of, signed_pillars  # noqa: PLC0415 - as above

        known = msgspec.structs.replace(silence, base_rate=stored.base_rate)
        if mentor.side is None or stored.model is None or stored.fitted is None or self._ranges is None:
            return known
        inputs = inputs_of(signed_pillars(mentor.pillars), mentor.side, mentor.ts, self._ranges.volatility)
        skilled, sound = stored.fitted.skill_interval[0] > 0, book is not BookState.SUSPECT
        estimate = stored.model.estimate(inputs, trust=float(skilled and sound))
        notes = {
            "no skill shown": not skilled,
            "the book is suspect": not sound,
            "outside of what was seen": skilled and sound and estimate.inside < 1,
        }
        return msgspec.structs.replace(
            known,
            probability=estimate.probability,
            low=estimate.low,
            high=estimate.high,
            note=next((note for note, applies in notes.items() if applies), ""),
        )
