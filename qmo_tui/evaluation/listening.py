"""Collecting what the detectors say while a session runs; everything else that is said is passed over."""

from collections.abc import Hashable, Iterable

import msgspec

from engines.events import Event
from qmo_tui.evaluation.detectors import DETECTORS, Detector
from qmo_tui.evaluation.matching import Occurrence
from qmo_tui.evaluation.readings import Line


class Listener:
    """Hears the events of one session, for every detector of the table."""

    def __init__(self, tick: float) -> None:
        """Hear of a contract with this tick, in currency units."""
        self._tick = tick
        self._said: dict[str, dict[Hashable, Occurrence]] = {detector.name: {} for detector in DETECTORS}

    def hear(self, events: Iterable[Event]) -> None:
        """Take events in the order in which they are said."""
        for event in events:
            listening = [detector for detector in DETECTORS if detector.kind == event.__struct_config__.tag]
            if listening:
                line: Line = msgspec.to_builtins(event)
                for detector in listening:
                    if detector.hears(line):
                        detector.said(self._said[detector.name], line, self._tick)

    def said(self, detector: Detector) -> list[Occurrence]:
        """Return what a detector has said."""
        return list(self._said[detector.name].values())
