"""The table of detectors: which events are held against which truth, and how closely.

A new detector is one row. It needs a reading of its truth and of its events (`readings`), the schemas whose records can
show its subject, and a tolerance. Whether the engines make such events at all is not written here: they say so.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Final

from engines.events import Event, Summary
from feeds.records import Schema
from qmo_tui.evaluation import readings
from qmo_tui.evaluation.matching import Occurrence, Tolerance
from qmo_tui.evaluation.readings import Line, Recorded, Truth
from qmo_tui.evaluation.truth_file import Thing

BY_ORDER: Final = (Schema.MBO,)
BY_PRICE: Final = (Schema.MBP_10, Schema.MBP_1)
ANY_FLOW: Final = (Schema.MBO, Schema.MBP_10, Schema.MBP_1, Schema.TBBO, Schema.TRADES)


@dataclass(frozen=True, slots=True)
class Detector:
    """One row of the table.

    Attributes:
        name: For people.
        kind: Kind of its events.
        tier: Their tier, where the kind has tiers.
        unit: What is counted.
        schemas: Schemas whose records can show it.
        tolerance: How far apart an event and the truth may be.
        truth: Reads what is true.
        said: Takes a line of its events into what has been said.
        control: Name of the decoys that are planted as controls; None where there are none.
        rule: In words, for the documentation.
    """

    name: str
    kind: str
    tier: str | None
    unit: str
    schemas: tuple[Schema, ...]
    tolerance: Tolerance
    truth: Callable[[Iterable[Thing], Recorded], Truth]
    said: Callable[[dict[Hashable, Occurrence], Line, float], None]
    control: str | None = None
    rule: str = ""

    def hears(self, line: Line) -> bool:
        """Whether a line of the event log is one of its events."""
        return bool(line["kind"] == self.kind) and (self.tier is None or bool(line["tier"] == self.tier))


DETECTORS: Final = (
    Detector(
        name="native icebergs",
        kind="iceberg",
        tier="native",
        unit="icebergs",
        schemas=BY_ORDER,
        tolerance=Tolerance(seconds=None, ticks=0),
        truth=readings.native_truth,
        said=readings.native_said,
        rule="same order id and side, same price when found",
    ),
    Detector(
        name="stops",
        kind="stops",
        tier=None,
        unit="orders",
        schemas=BY_ORDER,
        tolerance=Tolerance(seconds=0.0, ticks=0),
        truth=readings.stops_truth,
        said=readings.stops_said,
        rule="same nanosecond and side, prices that overlap; orders are counted",
    ),
    Detector(
        name="inferred icebergs",
        kind="iceberg",
        tier="inferred",
        unit="level-events",
        schemas=BY_PRICE,
        tolerance=Tolerance(seconds=0.0, ticks=0),
        truth=readings.inferred_truth,
        said=readings.inferred_said,
        rule="same nanosecond, side and price",
    ),
    Detector(
        name="synthetic icebergs",
        kind="iceberg",
        tier="synthetic",
        unit="icebergs",
        schemas=BY_ORDER,
        tolerance=Tolerance(seconds=1.0, ticks=0),
        truth=readings.synthetic_truth,
        said=readings.zone_said,
        rule="same side and price, first said from 1 s before its first clip to 1 s after its end",
    ),
    Detector(
        name="absorption",
        kind="absorption",
        tier=None,
        unit="zones",
        schemas=ANY_FLOW,
        tolerance=Tolerance(seconds=30.0, ticks=2),
        truth=readings.absorption_truth,
        said=readings.zone_said,
        control="no_absorption",
        rule="same side, zone within 2 ticks of the wall, first said from 30 s before the pressure to 30 s after it",
    ),
    Detector(
        name="sweeps",
        kind="sweep",
        tier=None,
        unit="sweeps",
        schemas=ANY_FLOW,
        tolerance=Tolerance(seconds=60.0, ticks=2, early=False),
        truth=readings.sweep_truth,
        said=readings.sweep_said,
        control="breakout",
        rule="same side, pool to extreme within 2 ticks of the swing, said from the run's begin to 60 s after return",
    ),
)


def is_made(detector: Detector, summary: Summary) -> bool:
    """Whether the engines make a detector's events: the vocabulary has the kind, the summary the tier."""
    kinds = {kind.__struct_config__.tag for kind in Event.__subclasses__()}
    return detector.kind in kinds and (detector.tier is None or detector.tier in (summary.icebergs or {}))
