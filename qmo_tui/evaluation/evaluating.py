"""One session evaluated: its records through the engines, what they say collected, and held against the truth."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum

from engines.events import Summary
from feeds.recording import Recording
from feeds.records import Schema
from qmo_tui.errors import QmoError
from qmo_tui.evaluation.detectors import DETECTORS, Detector, is_made
from qmo_tui.evaluation.listening import Listener
from qmo_tui.evaluation.matching import Occurrence
from qmo_tui.evaluation.scores import Score, score
from qmo_tui.evaluation.truth_file import Thing
from qmo_tui.evaluation.witness import Witness
from qmo_tui.exit_codes import ExitCode
from qmo_tui.session.contract import choose
from qmo_tui.session.headless import events_of
from qmo_tui.session.preparing import load_engines
from qmo_tui.settings import Settings

Tell = Callable[[int, int | None], None]
"""Told the records read and the newest event time, after every batch."""


def _silence(_records: int, _clock: int | None) -> None:
    """Tell nobody."""


class Standing(StrEnum):
    """Whether a row of the table could be scored."""

    SCORED = "scored"
    NO_DETECTOR = "no detector"
    """The engines make no such events yet."""
    OTHER_SCHEMA = "other schema"
    """Records of this schema cannot show it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One detector and what it did; where it is not scored, only what is true is counted."""

    detector: Detector
    standing: Standing
    score: Score


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of one session, or of several together.

    Attributes:
        schema: What the engines were given.
        records: Records read.
        things: Things that the truth tells.
        rows: One a detector, in the order of the table.
        notes: What else the user should know.
    """

    schema: Schema | None
    records: int
    things: int
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __add__(self, other: "Evaluation") -> "Evaluation":
        """Return both together; a detector that spoke in one of them is scored in both."""
        rows = []
        for one, two in zip(self.rows, other.rows, strict=True):
            standing = one.standing if one.standing is Standing.SCORED else two.standing
            rows.append(Row(one.detector, standing, one.score + two.score))
        return Evaluation(
            self.schema, self.records + other.records, self.things + other.things, rows, self.notes + other.notes
        )


def evaluate(
    recording: Recording,
    settings: Settings,
    things: Sequence[Thing],
    *,
    symbol: str | None = None,
    tell: Tell = _silence,
) -> Evaluation:
    """Run a recording through the engines and hold what they say against a truth that is said to belong to it.

    Raises:
        DbnError: The recording is broken.
        InstrumentError: The contract's tick is unknown or contradicts a definition.
        QmoError: The recording has no order flow of the contract, or the truth is of another session.
        OSError: The recording cannot be read on.
    """
    return _evaluate(recording, settings, lambda: things, Witness(things), symbol=symbol, tell=tell)


def evaluate_itself(
    recording: Recording, settings: Settings, truth: Callable[[], Sequence[Thing]], *, tell: Tell = _silence
) -> Evaluation:
    """Do the same with a market that knows its truth once it has run, and to which that belongs beyond doubt."""
    return _evaluate(recording, settings, truth, Witness(()), symbol=None, tell=tell)


def _evaluate(
    recording: Recording,
    settings: Settings,
    truth: Callable[[], Sequence[Thing]],
    witness: Witness,
    *,
    symbol: str | None,
    tell: Tell,
) -> Evaluation:
    followed = choose(recording, settings, symbol)
    if followed.instrument is None:
        raise QmoError(f"{recording.source} holds no order flow to evaluate", ExitCode.UNREADABLE)
    load_engines()
    tick = followed.instrument.tick_size
    pipeline, listener = followed.pipeline(settings, watched=False), Listener(tick)
    pieces = witness.watch(recording.batches(settings.replay.batch), followed.instrument.instrument_id)
    with closing(events_of(pipeline, pieces, tell)) as findings:
        for found in findings:
            listener.hear(found)
    recorded = witness.recorded(tick, pipeline.clock)
    if recorded is None:
        raise QmoError(f"{recording.source} holds no order flow to evaluate", ExitCode.UNREADABLE)
    notes = [*recording.notes, *witness.doubts(recorded, recording.source)]
    things, summary = truth(), pipeline.summary()
    rows = []
    for detector in DETECTORS:
        said = listener.said(detector)
        standing = _standing(detector, followed.schema, summary, said)
        held = score(detector, things, recorded, said, session=recording.source)
        rows.append(Row(detector, standing, held if standing is Standing.SCORED else replace(held, missed=[])))
    return Evaluation(followed.schema, pipeline.records, len(things), rows, notes)


def _standing(detector: Detector, schema: Schema | None, summary: Summary, said: Sequence[Occurrence]) -> Standing:
    if said:
        return Standing.SCORED
    if schema not in detector.schemas:
        return Standing.OTHER_SCHEMA
    return Standing.SCORED if is_made(detector, summary) else Standing.NO_DETECTOR
